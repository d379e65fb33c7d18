//! Columns of a result.

use std::fmt;

use super::Selectable;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::span::Spanned;

/// `selectable [AS alias]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSelector {
    /// What is shown.
    pub selectable: Spanned<Selectable>,
    /// Under which name.
    pub alias: Option<Identifier>,
}

impl RawSelector {
    /// `*`, for which there are none, or selectors between commas.
    pub(crate) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        if parser.eat(TokenKind::Asterisk) {
            return Ok(Vec::new());
        }
        parser.separated(TokenKind::Comma, Self::parse)
    }

    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let selectable = Selectable::parse(parser)?;
        let alias = if parser.eat_keyword(Keyword::As) { Some(parser.identifier()?) } else { None };
        Ok(RawSelector { selectable, alias })
    }
}

impl fmt::Display for RawSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.selectable)?;
        self.alias.iter().try_for_each(|alias| write!(f, " AS {alias}"))
    }
}
