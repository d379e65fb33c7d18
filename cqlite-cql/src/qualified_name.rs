//! Names of things that live in a keyspace.

use std::fmt;

use smol_str::SmolStr;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;

/// `name` or `keyspace.name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The keyspace, if it is given.
    pub keyspace: Option<Identifier>,
    /// The name within the keyspace.
    pub name: Identifier,
}

impl QualifiedName {
    /// `keyspace.name`, exactly as given.
    pub fn new(keyspace: impl Into<SmolStr>, name: impl Into<SmolStr>) -> Self {
        QualifiedName { keyspace: Some(Identifier::new(keyspace)), name: Identifier::new(name) }
    }

    /// `name` in the current keyspace, exactly as given.
    pub fn unqualified(name: impl Into<SmolStr>) -> Self {
        QualifiedName { keyspace: None, name: Identifier::new(name) }
    }

    /// The name as messages show it, without quotes (`cql3.QualifiedName.toString`).
    pub(crate) fn unquoted(&self) -> String {
        let keyspace = self.keyspace.as_ref().map(|keyspace| format!("{}.", keyspace.as_str()));
        format!("{}{}", keyspace.unwrap_or_default(), self.name.as_str())
    }

    /// The name of a table.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        Self::parse_before(parser, "table", |parser| parser.may_follow_table(1))
    }

    /// The name of an index.
    pub(crate) fn parse_index(parser: &mut Parser<'_>) -> Result<Self> {
        Self::parse_before(parser, "index", |parser| {
            matches!(parser.kind(1), TokenKind::Semicolon | TokenKind::End)
        })
    }

    /// A name that something fitting follows, if it has no keyspace.
    pub(crate) fn parse_before(
        parser: &mut Parser<'_>,
        kind: &str,
        is_followed: impl FnOnce(&Parser<'_>) -> bool,
    ) -> Result<Self> {
        let begins = parser.is_name(0) || parser.at(TokenKind::QuestionMark);
        parser.decide(0, begins)?;
        if parser.kind(1) == TokenKind::Dot {
            let keyspace = Some(parser.keyspace_name()?);
            parser.advance();
            return Ok(QualifiedName { keyspace, name: parser.name_without_marker(kind)? });
        }
        let is_followed = is_followed(parser);
        parser.decide(1, is_followed)?;
        parser.has_seen(2);
        Ok(QualifiedName { keyspace: None, name: parser.name_without_marker(kind)? })
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(keyspace) = &self.keyspace {
            write!(f, "{keyspace}.")?;
        }
        write!(f, "{}", self.name)
    }
}
