//! Options of keyspaces and tables.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::map_literal::MapLiteral;
use crate::parser::Parser;

/// `name = value`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Property {
    /// The option's name.
    pub name: Identifier,
    /// Its value.
    pub value: PropertyValue,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PropertyValue {
    /// A constant.
    Literal(Literal),
    /// A map of constants.
    Map(MapLiteral),
}

impl Property {
    /// An option with a constant value.
    pub fn literal(name: &str, value: Literal) -> Self {
        Property { name: Identifier::new(name), value: PropertyValue::Literal(value) }
    }

    /// An option whose value is a map.
    pub fn map(name: &str, value: MapLiteral) -> Self {
        Property { name: Identifier::new(name), value: PropertyValue::Map(value) }
    }

    /// `name = value AND name = value ...`
    pub(crate) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        let mut names = PropertyNames::default();
        parser.separated(TokenKind::Keyword(Keyword::And), |parser| Self::parse(parser, &mut names))
    }

    pub(crate) fn parse(parser: &mut Parser<'_>, names: &mut PropertyNames) -> Result<Self> {
        if parser.is_strict() {
            Self::look_ahead(parser)?;
        }
        let name = names.parse_new(parser)?;
        parser.expect(TokenKind::Equal)?;
        Ok(Property { name, value: PropertyValue::parse(parser)? })
    }

    /// Whether there are a name, an equals sign and the start of a value.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        let is_name = parser.is_name(0);
        parser.decide(0, is_name)?;
        let is_equal = parser.kind(1) == TokenKind::Equal;
        parser.decide(1, is_equal)?;
        let is_value = match parser.kind(2) {
            TokenKind::LeftBrace => true,
            TokenKind::Keyword(keyword) => !keyword.is_reserved(),
            _ => Literal::is_ahead(parser, 2),
        };
        parser.decide(2, is_value)
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

impl PropertyValue {
    /// A map, a constant, or a word that Cassandra takes for the string of its letters.
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let token = parser.current();
        match token.kind {
            TokenKind::LeftBrace => Ok(PropertyValue::Map(MapLiteral::parse(parser)?)),
            TokenKind::Keyword(keyword) if !keyword.is_reserved() => {
                parser.advance();
                Ok(PropertyValue::Literal(Literal::String(token.text.into())))
            }
            _ => Ok(PropertyValue::Literal(Literal::parse(parser)?)),
        }
    }
}

impl fmt::Display for PropertyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PropertyValue::Literal(literal) => write!(f, "{literal}"),
            PropertyValue::Map(map) => write!(f, "{map}"),
        }
    }
}

/// The option names that a statement has used: none may come twice.
#[derive(Default)]
pub(crate) struct PropertyNames(BTreeSet<Identifier>);

impl PropertyNames {
    fn parse_new(&mut self, parser: &mut Parser<'_>) -> Result<Identifier> {
        let span = parser.current().span;
        let name = parser.identifier()?;
        if self.0.insert(name.clone()) {
            Ok(name)
        } else {
            let message = format!("Multiple definitions for property '{}'", name.as_str());
            Err(parser.recognition_error(span, message))
        }
    }
}
