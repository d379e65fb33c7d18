//! `USING`

use std::fmt;

use super::IntValue;
use crate::error::Result;
use crate::lexer::Keyword;
use crate::parser::Parser;

/// `USING TIMESTAMP n AND TTL n`. As in Cassandra, the last of each counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The write time, in microseconds.
    pub timestamp_micros: Option<IntValue>,
    /// The time to live, in seconds.
    pub ttl_seconds: Option<IntValue>,
}

impl Attributes {
    /// `USING ...`, which may be absent.
    pub(crate) fn parse_optional(parser: &mut Parser<'_>) -> Result<Self> {
        let mut attributes = Attributes::default();
        if !parser.eat_keyword(Keyword::Using) {
            return Ok(attributes);
        }
        loop {
            if parser.eat_keyword(Keyword::Timestamp) {
                attributes.timestamp_micros = Some(IntValue::parse(parser)?);
            } else if parser.eat_keyword(Keyword::Ttl) {
                attributes.ttl_seconds = Some(IntValue::parse(parser)?);
            } else {
                return Err(parser.no_viable_alternative());
            }
            if !parser.eat_keyword(Keyword::And) {
                return Ok(attributes);
            }
        }
    }

    /// `USING TIMESTAMP n`, which may be absent: all that a `DELETE` may use.
    pub(crate) fn parse_optional_timestamp(parser: &mut Parser<'_>) -> Result<Self> {
        let mut attributes = Attributes::default();
        if parser.eat_keyword(Keyword::Using) {
            parser.expect_keyword(Keyword::Timestamp)?;
            attributes.timestamp_micros = Some(IntValue::parse(parser)?);
        }
        Ok(attributes)
    }
}

/// With ` USING ` before it, unless there are none.
impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = " USING";
        if let Some(ttl) = &self.ttl_seconds {
            write!(f, "{before} TTL {ttl}")?;
            before = " AND";
        }
        self.timestamp_micros.iter().try_for_each(|timestamp| write!(f, "{before} TIMESTAMP {timestamp}"))
    }
}
