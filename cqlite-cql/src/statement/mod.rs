//! Statements. Each file holds one: its tree, its grammar and its printing, side by side.

mod alter_keyspace;
mod alter_table;
mod alter_type;
mod column_definition;
mod column_mask;
mod create_index;
mod create_keyspace;
mod create_table;
mod create_type;
mod drop_statement;
mod other;
mod primary_key;
mod rename;
mod table_option;

pub use alter_keyspace::AlterKeyspace;
pub use alter_table::{AlterTable, AlterTableChange};
pub use alter_type::{AlterType, AlterTypeChange};
pub use column_definition::ColumnDefinition;
pub use column_mask::ColumnMask;
pub use create_index::{CreateIndex, IndexTarget, IndexTargetKind};
pub use create_keyspace::CreateKeyspace;
pub use create_table::CreateTable;
pub use create_type::{CreateType, FieldDefinition};
pub use drop_statement::{DropStatement, DropTarget};
pub use other::OtherStatement;
pub use primary_key::PrimaryKey;
pub use rename::Rename;
pub use table_option::{ClusteringOrder, Order, TableOption};

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;

/// A statement of CQL. Printed with its semicolon, in the layout of Cassandra's `DESCRIBE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `CREATE KEYSPACE`
    CreateKeyspace(CreateKeyspace),
    /// `ALTER KEYSPACE`
    AlterKeyspace(AlterKeyspace),
    /// `CREATE TYPE`
    CreateType(CreateType),
    /// `ALTER TYPE`
    AlterType(AlterType),
    /// `CREATE TABLE`
    CreateTable(CreateTable),
    /// `ALTER TABLE`
    AlterTable(AlterTable),
    /// `CREATE INDEX`
    CreateIndex(CreateIndex),
    /// `DROP KEYSPACE`, `DROP TYPE`, `DROP TABLE`, `DROP INDEX`
    Drop(DropStatement),
    /// `USE keyspace`
    Use(Identifier),
    /// Any other statement of CQL, recognised by its first words and not looked into.
    Other(OtherStatement),
}

impl Statement {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let second = match parser.kind(1) {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        };
        let statement = match (parser.keyword(), second) {
            (Some(Keyword::Create), Some(object)) => Self::parse_create(parser, object)?,
            (Some(Keyword::Alter), Some(object)) => Self::parse_alter(parser, object)?,
            (Some(Keyword::Drop), _) => DropStatement::parse(parser)?.map(Statement::Drop),
            (Some(Keyword::Use), _) => {
                parser.advance();
                Some(Statement::Use(parser.keyspace_name()?))
            }
            _ => None,
        };
        match statement {
            Some(statement) => Ok(statement),
            None => Ok(Statement::Other(OtherStatement::parse(parser)?)),
        }
    }

    /// The statement, if it creates an `object` of which this crate has a tree.
    fn parse_create(parser: &mut Parser<'_>, object: Keyword) -> Result<Option<Self>> {
        Ok(Some(match object {
            Keyword::Keyspace | Keyword::Schema => Statement::CreateKeyspace(CreateKeyspace::parse(parser)?),
            Keyword::Type => Statement::CreateType(CreateType::parse(parser)?),
            Keyword::Table | Keyword::Columnfamily => Statement::CreateTable(CreateTable::parse(parser)?),
            Keyword::Index | Keyword::Custom => Statement::CreateIndex(CreateIndex::parse(parser)?),
            _ => return Ok(None),
        }))
    }

    /// The statement, if it alters an `object` of which this crate has a tree.
    fn parse_alter(parser: &mut Parser<'_>, object: Keyword) -> Result<Option<Self>> {
        Ok(Some(match object {
            Keyword::Keyspace | Keyword::Schema => Statement::AlterKeyspace(AlterKeyspace::parse(parser)?),
            Keyword::Type => Statement::AlterType(AlterType::parse(parser)?),
            Keyword::Table | Keyword::Columnfamily => Statement::AlterTable(AlterTable::parse(parser)?),
            _ => return Ok(None),
        }))
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::CreateKeyspace(statement) => write!(f, "{statement}"),
            Statement::AlterKeyspace(statement) => write!(f, "{statement}"),
            Statement::CreateType(statement) => write!(f, "{statement}"),
            Statement::AlterType(statement) => write!(f, "{statement}"),
            Statement::CreateTable(statement) => write!(f, "{statement}"),
            Statement::AlterTable(statement) => write!(f, "{statement}"),
            Statement::CreateIndex(statement) => write!(f, "{statement}"),
            Statement::Drop(statement) => write!(f, "{statement}"),
            Statement::Use(keyspace) => write!(f, "USE {keyspace};"),
            Statement::Other(statement) => write!(f, "{statement}"),
        }
    }
}
