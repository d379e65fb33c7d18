//! Statements of every kind.

use std::fmt;

use super::{
    AlterViewStatement, BatchStatement, CreateAggregateStatement, CreateFunctionStatement,
    CreateTriggerStatement, CreateViewStatement, DeleteStatement, DescribeStatement, DropFunctionStatement,
    DropTriggerStatement, DropViewStatement, InsertStatement, Permission, PermissionStatement, RoleStatement,
    SelectStatement, TruncateStatement, UpdateStatement,
};
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::statement::Statement;

/// A statement of CQL 5.0. Printed with its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CqlStatement {
    /// `SELECT`
    Select(SelectStatement),
    /// `INSERT`
    Insert(InsertStatement),
    /// `UPDATE`
    Update(UpdateStatement),
    /// `DELETE`
    Delete(DeleteStatement),
    /// `BEGIN BATCH`
    Batch(BatchStatement),
    /// `TRUNCATE`
    Truncate(TruncateStatement),
    /// `USE`, and `CREATE`, `ALTER` and `DROP` of keyspaces, types, tables and indexes; never
    /// [`Statement::Other`].
    Schema(Statement),
    /// `CREATE MATERIALIZED VIEW`
    CreateView(CreateViewStatement),
    /// `ALTER MATERIALIZED VIEW`
    AlterView(AlterViewStatement),
    /// `DROP MATERIALIZED VIEW`
    DropView(DropViewStatement),
    /// `CREATE FUNCTION`
    CreateFunction(CreateFunctionStatement),
    /// `CREATE AGGREGATE`
    CreateAggregate(CreateAggregateStatement),
    /// `DROP FUNCTION` and `DROP AGGREGATE`
    DropFunction(DropFunctionStatement),
    /// `CREATE TRIGGER`
    CreateTrigger(CreateTriggerStatement),
    /// `DROP TRIGGER`
    DropTrigger(DropTriggerStatement),
    /// Roles, users and identities.
    Role(RoleStatement),
    /// Permissions.
    Permission(PermissionStatement),
    /// `DESCRIBE`
    Describe(DescribeStatement),
}

impl CqlStatement {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let Some(verb) = parser.keyword() else {
            return Err(parser.no_viable_alternative());
        };
        match verb {
            Keyword::Select => Ok(CqlStatement::Select(SelectStatement::parse(parser)?)),
            Keyword::Insert => Ok(CqlStatement::Insert(InsertStatement::parse(parser)?)),
            Keyword::Update => Ok(CqlStatement::Update(UpdateStatement::parse(parser)?)),
            Keyword::Delete => Ok(CqlStatement::Delete(DeleteStatement::parse(parser)?)),
            Keyword::Begin => Ok(CqlStatement::Batch(BatchStatement::parse(parser)?)),
            Keyword::Truncate => Ok(CqlStatement::Truncate(TruncateStatement::parse(parser)?)),
            Keyword::Use => Ok(CqlStatement::Schema(Statement::parse(parser)?)),
            Keyword::Create => Self::parse_create(parser),
            Keyword::Alter => Self::parse_alter(parser),
            Keyword::Drop => Self::parse_drop(parser),
            Keyword::Add => Ok(CqlStatement::Role(RoleStatement::parse_add_identity(parser)?)),
            Keyword::Grant => Self::parse_grant(parser),
            Keyword::Revoke => Self::parse_revoke(parser),
            Keyword::List => Self::parse_list(parser),
            Keyword::Describe | Keyword::Desc => {
                Ok(CqlStatement::Describe(DescribeStatement::parse(parser)?))
            }
            _ => Err(parser.no_viable_alternative()),
        }
    }

    fn parse_create(parser: &mut Parser<'_>) -> Result<Self> {
        let object = match parser.kind(1) {
            TokenKind::Keyword(Keyword::Or) if parser.kind(2) == TokenKind::Keyword(Keyword::Replace) => {
                parser.kind(3)
            }
            object => object,
        };
        match object {
            TokenKind::Keyword(
                Keyword::Keyspace
                | Keyword::Type
                | Keyword::Table
                | Keyword::Columnfamily
                | Keyword::Index
                | Keyword::Custom,
            ) if parser.kind(1) == object => Ok(CqlStatement::Schema(Statement::parse(parser)?)),
            TokenKind::Keyword(Keyword::Function) => {
                Ok(CqlStatement::CreateFunction(CreateFunctionStatement::parse(parser)?))
            }
            TokenKind::Keyword(Keyword::Aggregate) => {
                Ok(CqlStatement::CreateAggregate(CreateAggregateStatement::parse(parser)?))
            }
            TokenKind::Keyword(Keyword::Materialized) if parser.kind(1) == object => {
                Ok(CqlStatement::CreateView(CreateViewStatement::parse(parser)?))
            }
            TokenKind::Keyword(Keyword::Trigger) if parser.kind(1) == object => {
                Ok(CqlStatement::CreateTrigger(CreateTriggerStatement::parse(parser)?))
            }
            TokenKind::Keyword(Keyword::Role | Keyword::User) if parser.kind(1) == object => {
                Ok(CqlStatement::Role(RoleStatement::parse_create(parser)?))
            }
            _ => Self::unknown_object(parser),
        }
    }

    fn parse_alter(parser: &mut Parser<'_>) -> Result<Self> {
        let TokenKind::Keyword(object) = parser.kind(1) else {
            return Self::unknown_object(parser);
        };
        match object {
            Keyword::Keyspace | Keyword::Type | Keyword::Table | Keyword::Columnfamily => {
                Ok(CqlStatement::Schema(Statement::parse(parser)?))
            }
            Keyword::Materialized => Ok(CqlStatement::AlterView(AlterViewStatement::parse(parser)?)),
            Keyword::Role | Keyword::User => Ok(CqlStatement::Role(RoleStatement::parse_alter(parser)?)),
            _ => Self::unknown_object(parser),
        }
    }

    fn parse_drop(parser: &mut Parser<'_>) -> Result<Self> {
        let TokenKind::Keyword(object) = parser.kind(1) else {
            return Self::unknown_object(parser);
        };
        match object {
            Keyword::Keyspace | Keyword::Type | Keyword::Table | Keyword::Columnfamily | Keyword::Index => {
                Ok(CqlStatement::Schema(Statement::parse(parser)?))
            }
            Keyword::Materialized => Ok(CqlStatement::DropView(DropViewStatement::parse(parser)?)),
            Keyword::Function | Keyword::Aggregate => {
                Ok(CqlStatement::DropFunction(DropFunctionStatement::parse(parser)?))
            }
            Keyword::Trigger => Ok(CqlStatement::DropTrigger(DropTriggerStatement::parse(parser)?)),
            Keyword::Role | Keyword::User => Ok(CqlStatement::Role(RoleStatement::parse_drop(parser)?)),
            Keyword::Identity => Ok(CqlStatement::Role(RoleStatement::parse_drop_identity(parser)?)),
            _ => Self::unknown_object(parser),
        }
    }

    /// `CREATE`, `ALTER` or `DROP` of nothing known.
    fn unknown_object(parser: &mut Parser<'_>) -> Result<Self> {
        let is_or = parser.at_keyword(Keyword::Create) && parser.kind(1) == TokenKind::Keyword(Keyword::Or);
        let is_replace = is_or && parser.kind(2) == TokenKind::Keyword(Keyword::Replace);
        Err(parser.no_viable_alternative_ahead(1 + usize::from(is_or) + usize::from(is_replace)))
    }

    fn parse_grant(parser: &mut Parser<'_>) -> Result<Self> {
        RoleStatement::look_ahead(parser)?;
        parser.advance();
        Ok(if RoleStatement::is_granted(parser) {
            CqlStatement::Role(RoleStatement::parse_grant(parser)?)
        } else {
            CqlStatement::Permission(PermissionStatement::parse_grant(parser)?)
        })
    }

    fn parse_revoke(parser: &mut Parser<'_>) -> Result<Self> {
        RoleStatement::look_ahead(parser)?;
        parser.advance();
        Ok(if RoleStatement::is_granted(parser) {
            CqlStatement::Role(RoleStatement::parse_revoke(parser)?)
        } else {
            CqlStatement::Permission(PermissionStatement::parse_revoke(parser)?)
        })
    }

    fn parse_list(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        match parser.keyword() {
            Some(Keyword::Users) => {
                parser.advance();
                Ok(CqlStatement::Role(RoleStatement::ListUsers))
            }
            Some(Keyword::Roles) => Ok(CqlStatement::Role(RoleStatement::parse_list(parser)?)),
            Some(keyword) if keyword == Keyword::All || Permission::at(parser).is_some() => {
                Ok(CqlStatement::Permission(PermissionStatement::parse_list(parser)?))
            }
            _ => Err(parser.no_viable_alternative_since(1)),
        }
    }
}

impl fmt::Display for CqlStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CqlStatement::Select(statement) => write!(f, "{statement}"),
            CqlStatement::Insert(statement) => write!(f, "{statement}"),
            CqlStatement::Update(statement) => write!(f, "{statement}"),
            CqlStatement::Delete(statement) => write!(f, "{statement}"),
            CqlStatement::Batch(statement) => write!(f, "{statement}"),
            CqlStatement::Truncate(statement) => write!(f, "{statement}"),
            CqlStatement::Schema(statement) => write!(f, "{statement}"),
            CqlStatement::CreateView(statement) => write!(f, "{statement}"),
            CqlStatement::AlterView(statement) => write!(f, "{statement}"),
            CqlStatement::DropView(statement) => write!(f, "{statement}"),
            CqlStatement::CreateFunction(statement) => write!(f, "{statement}"),
            CqlStatement::CreateAggregate(statement) => write!(f, "{statement}"),
            CqlStatement::DropFunction(statement) => write!(f, "{statement}"),
            CqlStatement::CreateTrigger(statement) => write!(f, "{statement}"),
            CqlStatement::DropTrigger(statement) => write!(f, "{statement}"),
            CqlStatement::Role(statement) => write!(f, "{statement}"),
            CqlStatement::Permission(statement) => write!(f, "{statement}"),
            CqlStatement::Describe(statement) => write!(f, "{statement}"),
        }
    }
}
