//! Triggers.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::literal::Literal;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;

/// `CREATE TRIGGER [IF NOT EXISTS] name ON table USING 'class'`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTriggerStatement {
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The trigger.
    pub name: Identifier,
    /// Its table.
    pub table: QualifiedName,
    /// Its class in Java.
    pub class: String,
}

/// `DROP TRIGGER [IF EXISTS] name ON table`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropTriggerStatement {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The trigger.
    pub name: Identifier,
    /// Its table.
    pub table: QualifiedName,
}

impl CreateTriggerStatement {
    /// From `CREATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_not_exists = parser.if_not_exists()?;
        let name = parser.identifier()?;
        parser.expect_keyword(Keyword::On)?;
        let table = QualifiedName::parse(parser)?;
        parser.expect_keyword(Keyword::Using)?;
        Ok(CreateTriggerStatement { if_not_exists, name, table, class: parser.string()? })
    }
}

impl DropTriggerStatement {
    /// From `DROP`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_exists = parser.if_exists()?;
        let name = parser.identifier()?;
        parser.expect_keyword(Keyword::On)?;
        Ok(DropTriggerStatement { if_exists, name, table: QualifiedName::parse(parser)? })
    }
}

impl fmt::Display for CreateTriggerStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let class = Literal::quote(&self.class);
        write!(f, "CREATE TRIGGER {if_not_exists}{} ON {} USING {class};", self.name, self.table)
    }
}

impl fmt::Display for DropTriggerStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "DROP TRIGGER {if_exists}{} ON {};", self.name, self.table)
    }
}
