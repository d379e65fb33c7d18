//! Bind markers.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;

/// `?` or `:name`. Markers count in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindMarker {
    /// The name, if it is written.
    pub name: Option<Box<Identifier>>,
    /// How many markers stand before it in the text that was read.
    pub index: usize,
}

impl BindMarker {
    pub(crate) fn is_at(parser: &Parser<'_>) -> bool {
        matches!(parser.kind(0), TokenKind::QuestionMark | TokenKind::Colon)
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat(TokenKind::Colon) {
            let index = parser.next_bind_marker();
            return Ok(BindMarker { name: Some(Box::new(parser.identifier()?)), index });
        }
        if !parser.at(TokenKind::QuestionMark) {
            return Err(parser.no_viable_alternative());
        }
        parser.advance();
        Ok(BindMarker { name: None, index: parser.next_bind_marker() })
    }
}

impl fmt::Display for BindMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, ":{name}"),
            None => f.write_str("?"),
        }
    }
}
