//! Renaming of columns and fields.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;

/// `from TO to`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The old name.
    pub from: Identifier,
    /// The new name.
    pub to: Identifier,
}

impl Rename {
    /// `from TO to AND from TO to ...`
    pub(crate) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        parser.separated(TokenKind::Keyword(Keyword::And), |parser| {
            let from = parser.identifier()?;
            parser.expect_keyword(Keyword::To)?;
            Ok(Rename { from, to: parser.identifier()? })
        })
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} TO {}", self.from, self.to)
    }
}
