//! Maps of constants, the values of options such as `compaction`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use smol_str::SmolStr;

use crate::error::Result;
use crate::lexer::TokenKind;
use crate::literal::Literal;
use crate::parser::Parser;
use crate::query::Term;

/// `{'class': 'SimpleStrategy', 'replication_factor': 1}`, in the order written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MapLiteral {
    /// Keys and values.
    pub entries: Vec<(Literal, Literal)>,
}

impl MapLiteral {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.is_strict() {
            return parser.nested(Self::parse_terms);
        }
        parser.expect(TokenKind::LeftBrace)?;
        if parser.eat(TokenKind::RightBrace) {
            return Ok(MapLiteral::default());
        }
        let entries = parser.separated(TokenKind::Comma, |parser| {
            let key = Literal::parse(parser)?;
            parser.expect(TokenKind::Colon)?;
            Ok((key, Literal::parse(parser)?))
        })?;
        parser.expect(TokenKind::RightBrace)?;
        Ok(MapLiteral { entries })
    }

    /// A map of terms, as Cassandra's grammar has it, of which all must be constants and no two keys equal.
    fn parse_terms(parser: &mut Parser<'_>) -> Result<Self> {
        parser.expect(TokenKind::LeftBrace)?;
        if parser.eat(TokenKind::RightBrace) {
            return Ok(MapLiteral::default());
        }
        if !Term::may_begin_at(parser, 0) {
            return Err(parser.mismatched(TokenKind::RightBrace));
        }
        let terms = parser.separated(TokenKind::Comma, |parser| {
            let key = Term::parse(parser)?.node;
            parser.expect(TokenKind::Colon)?;
            Ok((key, Term::parse(parser)?.node))
        })?;
        parser.expect(TokenKind::RightBrace)?;
        let mut keys = BTreeSet::new();
        let mut entries = Vec::with_capacity(terms.len());
        for (key, value) in terms {
            let unsupported = |term: &Term| match term {
                Term::BindMarker(_) => " (bind variables are not supported in DDL queries)",
                _ => "",
            };
            let key = match key {
                Term::Constant(key) => key,
                other => {
                    let message = format!("Invalid property name: {other}{}", unsupported(&other));
                    return Err(parser.placeless(message));
                }
            };
            let value = match value {
                Term::Constant(value) => value,
                other => {
                    let message = format!("Invalid property value: {other} for property: {key}");
                    return Err(parser.placeless(format!("{message}{}", unsupported(&other))));
                }
            };
            if !keys.insert(key.text().into_owned()) {
                return Err(parser.placeless(format!("Multiple definition for property {}", key.text())));
            }
            entries.push((key, value));
        }
        Ok(MapLiteral { entries })
    }

    /// The value of a key, without quotes. As in Cassandra, the last one counts.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        self.entries
            .iter()
            .rev()
            .find(|(candidate, _)| candidate.text() == key)
            .map(|(_, value)| value.text())
    }
}

/// A map of strings to strings, in the order of the iterator.
impl<K: Into<SmolStr>, V: Into<SmolStr>> FromIterator<(K, V)> for MapLiteral {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let string = |(key, value): (K, V)| (Literal::String(key.into()), Literal::String(value.into()));
        MapLiteral { entries: entries.into_iter().map(string).collect() }
    }
}

impl fmt::Display for MapLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (key, value)) in self.entries.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            write!(f, "{separator}{key}: {value}")?;
        }
        f.write_str("}")
    }
}
