//! `DROP`

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;

/// `DROP object [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropStatement {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// What is dropped.
    pub target: DropTarget,
}

/// What is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DropTarget {
    /// `DROP KEYSPACE`
    Keyspace(Identifier),
    /// `DROP TYPE`
    Type(QualifiedName),
    /// `DROP TABLE`
    Table(QualifiedName),
    /// `DROP INDEX`
    Index(QualifiedName),
}

impl DropStatement {
    /// From `DROP`. None, and nothing taken, if what is dropped is of no kind in [`DropTarget`].
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Option<Self>> {
        let TokenKind::Keyword(object) = parser.kind(1) else {
            return Ok(None);
        };
        let qualified: fn(QualifiedName) -> DropTarget = match object {
            Keyword::Keyspace | Keyword::Schema => {
                let if_exists = Self::parse_head(parser)?;
                return Ok(Some(DropStatement {
                    if_exists,
                    target: DropTarget::Keyspace(parser.keyspace_name()?),
                }));
            }
            Keyword::Type => DropTarget::Type,
            Keyword::Table | Keyword::Columnfamily => DropTarget::Table,
            Keyword::Index => DropTarget::Index,
            _ => return Ok(None),
        };
        let if_exists = Self::parse_head(parser)?;
        let name = match object {
            Keyword::Type => parser.user_type_name()?,
            Keyword::Index => QualifiedName::parse_index(parser)?,
            _ => QualifiedName::parse(parser)?,
        };
        Ok(Some(DropStatement { if_exists, target: qualified(name) }))
    }

    /// `DROP object [IF EXISTS]`
    fn parse_head(parser: &mut Parser<'_>) -> Result<bool> {
        parser.verb_and_object();
        parser.if_exists()
    }
}

impl fmt::Display for DropStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        match &self.target {
            DropTarget::Keyspace(name) => write!(f, "DROP KEYSPACE {if_exists}{name};"),
            DropTarget::Type(name) => write!(f, "DROP TYPE {if_exists}{name};"),
            DropTarget::Table(name) => write!(f, "DROP TABLE {if_exists}{name};"),
            DropTarget::Index(name) => write!(f, "DROP INDEX {if_exists}{name};"),
        }
    }
}
