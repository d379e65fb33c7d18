//! Names of things that live in a keyspace.

use std::fmt;

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
    pub fn new(keyspace: impl Into<String>, name: impl Into<String>) -> Self {
        QualifiedName { keyspace: Some(Identifier::new(keyspace)), name: Identifier::new(name) }
    }

    /// `name` in the current keyspace, exactly as given.
    pub fn unqualified(name: impl Into<String>) -> Self {
        QualifiedName { keyspace: None, name: Identifier::new(name) }
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let first = parser.identifier()?;
        if parser.eat(TokenKind::Dot)? {
            Ok(QualifiedName { keyspace: Some(first), name: parser.identifier()? })
        } else {
            Ok(QualifiedName { keyspace: None, name: first })
        }
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
