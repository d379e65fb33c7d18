//! Whole numbers of limits and timestamps.

use std::fmt;

use smol_str::SmolStr;

use super::BindMarker;
use crate::error::Result;
use crate::lexer::TokenKind;
use crate::parser::Parser;

/// A number as written, or a bind marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntValue {
    /// Decimal digits, perhaps after a minus sign; of any length.
    Integer(SmolStr),
    /// `?` or `:name`
    BindMarker(BindMarker),
}

impl IntValue {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.at(TokenKind::Integer) {
            return Ok(IntValue::Integer(parser.advance().text.into()));
        }
        Ok(IntValue::BindMarker(BindMarker::parse(parser)?))
    }
}

impl fmt::Display for IntValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntValue::Integer(digits) => f.write_str(digits),
            IntValue::BindMarker(marker) => write!(f, "{marker}"),
        }
    }
}
