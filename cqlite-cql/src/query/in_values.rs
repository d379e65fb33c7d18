//! What stands after `IN`.

use std::fmt;

use super::{BindMarker, Term};
use crate::error::Result;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::separated::Separated;
use crate::span::Spanned;

/// `(a, b)`, which may be empty, or a bind marker for all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InValues {
    /// `(a, b)`
    Terms(Vec<Spanned<Term>>),
    /// `?` or `:name`
    BindMarker(BindMarker),
}

impl InValues {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if BindMarker::is_at(parser) {
            return Ok(InValues::BindMarker(BindMarker::parse(parser)?));
        }
        parser.decide(0, parser.at(TokenKind::LeftParenthesis))?;
        Ok(InValues::Terms(parser.nested(Term::parse_arguments)?))
    }
}

impl fmt::Display for InValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InValues::Terms(terms) => write!(f, "({})", Separated::by_comma(terms)),
            InValues::BindMarker(marker) => write!(f, "{marker}"),
        }
    }
}
