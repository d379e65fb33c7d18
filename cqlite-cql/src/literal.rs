//! Constants.

use std::borrow::Cow;
use std::fmt;

use smol_str::SmolStr;

use crate::error::Result;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::uuid::Uuid;

/// A constant of CQL. Numbers keep the text they were written with, whatever its size or precision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `'text'`, unescaped.
    String(SmolStr),
    /// `-42`
    Integer(SmolStr),
    /// `1.5e3`, `NaN`, `-Infinity`
    Float(SmolStr),
    /// `true` or `FALSE`: the text as written; see [`Literal::boolean`]
    Boolean(SmolStr),
    /// `1y2mo3d` or a duration of ISO 8601
    Duration(SmolStr),
    /// `123e4567-e89b-12d3-a456-426655440000`
    Uuid(Uuid),
    /// `0xcafe`, with its `0x`
    Blob(SmolStr),
}

impl Literal {
    /// `true` or `false`
    pub fn boolean(value: bool) -> Self {
        Literal::Boolean(if value { "true" } else { "false" }.into())
    }

    #[inline]
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let token = parser.current();
        let literal = match token.kind {
            TokenKind::String => Literal::String(token.value().into()),
            TokenKind::Integer => Literal::Integer(token.text.into()),
            TokenKind::Float => Literal::Float(token.text.into()),
            TokenKind::Boolean if parser.is_strict() => Literal::Boolean(token.text.into()),
            TokenKind::Boolean => Literal::Boolean(token.text.to_ascii_lowercase().into()),
            TokenKind::Duration => Literal::Duration(token.text.into()),
            TokenKind::Uuid => match Uuid::parse(token.text) {
                Some(uuid) => Literal::Uuid(uuid),
                None => return Err(parser.no_viable_alternative()),
            },
            TokenKind::Blob => Literal::Blob(token.text.into()),
            _ => return Err(parser.no_viable_alternative()),
        };
        parser.advance();
        Ok(literal)
    }

    /// Whether a constant stands `ahead` tokens after the current one.
    #[inline]
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
