//! Constants.

use std::borrow::Cow;
use std::fmt;

use crate::error::Result;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::uuid::Uuid;

/// A constant of CQL. Numbers keep the text they were written with, whatever its size or precision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `'text'`, unescaped.
    String(String),
    /// `-42`
    Integer(String),
    /// `1.5e3`, `NaN`, `-Infinity`
    Float(String),
    /// `true`
    Boolean(bool),
    /// `1y2mo3d` or a duration of ISO 8601
    Duration(String),
    /// `123e4567-e89b-12d3-a456-426655440000`
    Uuid(Uuid),
    /// `0xcafe`, with its `0x`
    Blob(String),
}

impl Literal {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let token = parser.current();
        let literal = match token.kind {
            TokenKind::String => Some(Literal::String(token.value().into_owned())),
            TokenKind::Integer => Some(Literal::Integer(token.text.to_owned())),
            TokenKind::Float => Some(Literal::Float(token.text.to_owned())),
            TokenKind::Boolean => Some(Literal::Boolean(token.text.eq_ignore_ascii_case("true"))),
            TokenKind::Duration => Some(Literal::Duration(token.text.to_owned())),
            TokenKind::Uuid => Uuid::parse(token.text).map(Literal::Uuid),
            TokenKind::Blob => Some(Literal::Blob(token.text.to_owned())),
            _ => None,
        };
        let Some(literal) = literal else {
            return Err(parser.no_viable_alternative());
        };
        parser.advance()?;
        Ok(literal)
    }

    /// What the constant says, without quotes: how Cassandra takes the value of a property.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Literal::String(text)
            | Literal::Integer(text)
            | Literal::Float(text)
            | Literal::Duration(text)
            | Literal::Blob(text) => Cow::Borrowed(text),
            Literal::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Literal::Uuid(uuid) => Cow::Owned(uuid.to_string()),
        }
    }

    /// `text` in single quotes, as a string literal of CQL.
    pub fn quote(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::String(text) => f.write_str(&Self::quote(text)),
            other => f.write_str(&other.text()),
        }
    }
}
