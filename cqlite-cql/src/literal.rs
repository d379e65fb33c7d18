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
    /// `true` or `FALSE`: the text as written; see [`Literal::boolean`]
    Boolean(String),
    /// `1y2mo3d` or a duration of ISO 8601
    Duration(String),
    /// `123e4567-e89b-12d3-a456-426655440000`
    Uuid(Uuid),
    /// `0xcafe`, with its `0x`
    Blob(String),
}

impl Literal {
    /// `true` or `false`
    pub fn boolean(value: bool) -> Self {
        Literal::Boolean(value.to_string())
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let token = parser.current();
        let literal = match token.kind {
            TokenKind::String => Some(Literal::String(token.value().into_owned())),
            TokenKind::Integer => Some(Literal::Integer(token.text.to_owned())),
            TokenKind::Float => Some(Literal::Float(token.text.to_owned())),
            TokenKind::Boolean if parser.is_strict() => Some(Literal::Boolean(token.text.to_owned())),
            TokenKind::Boolean => Some(Literal::Boolean(token.text.to_ascii_lowercase())),
            TokenKind::Duration => Some(Literal::Duration(token.text.to_owned())),
            TokenKind::Uuid => Uuid::parse(token.text).map(Literal::Uuid),
            TokenKind::Blob => Some(Literal::Blob(token.text.to_owned())),
            _ => None,
        };
        let Some(literal) = literal else {
            return Err(parser.no_viable_alternative());
        };
        parser.advance();
        Ok(literal)
    }

    /// Whether a constant stands `ahead` tokens after the current one.
    pub(crate) fn is_ahead(parser: &Parser<'_>, ahead: usize) -> bool {
        use TokenKind::{Blob, Boolean, Duration, Float, Integer, String, Uuid};
        matches!(parser.kind(ahead), Blob | Boolean | Duration | Float | Integer | String | Uuid)
    }

    /// What the constant says, without quotes: how Cassandra takes the value of a property.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Literal::String(text)
            | Literal::Integer(text)
            | Literal::Float(text)
            | Literal::Boolean(text)
            | Literal::Duration(text)
            | Literal::Blob(text) => Cow::Borrowed(text),
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
