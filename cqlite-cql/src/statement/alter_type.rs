//! `ALTER TYPE`

use std::fmt;

use super::{FieldDefinition, Rename};
use crate::error::Result;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::type_name::TypeName;

/// `ALTER TYPE [IF EXISTS] name change`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterType {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The type.
    pub name: QualifiedName,
    /// What changes.
    pub change: AlterTypeChange,
}

/// What an `ALTER TYPE` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterTypeChange {
    /// `ADD [IF NOT EXISTS] field type`
    Add {
        /// Whether `IF NOT EXISTS` is given.
        if_not_exists: bool,
        /// The new field.
        field: FieldDefinition,
    },
    /// `RENAME [IF EXISTS] from TO to AND ...`
    Rename {
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// Old and new names; at least one pair.
        fields: Vec<Rename>,
    },
    /// `ALTER field TYPE type`: in the grammar, though Cassandra refuses it since 3.0.
    AlterField(FieldDefinition),
}

impl AlterType {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_exists = parser.if_exists()?;
        let name = parser.user_type_name()?;
        Ok(AlterType { if_exists, name, change: AlterTypeChange::parse(parser)? })
    }
}

impl AlterTypeChange {
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat_keyword(Keyword::Add) {
            let if_not_exists = parser.if_not_exists()?;
            Ok(AlterTypeChange::Add { if_not_exists, field: FieldDefinition::parse(parser)? })
        } else if parser.eat_keyword(Keyword::Rename) {
            let if_exists = parser.if_exists()?;
            Ok(AlterTypeChange::Rename { if_exists, fields: Rename::parse_all(parser)? })
        } else if parser.eat_keyword(Keyword::Alter) {
            let name = parser.identifier()?;
            parser.expect_keyword(Keyword::Type)?;
            Ok(AlterTypeChange::AlterField(FieldDefinition { name, type_name: TypeName::parse(parser)? }))
        } else {
            Err(parser.no_viable_alternative())
        }
    }
}

impl fmt::Display for AlterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "ALTER TYPE {if_exists}{} {};", self.name, self.change)
    }
}

impl fmt::Display for AlterTypeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlterTypeChange::Add { if_not_exists, field } => {
                write!(f, "ADD {}{field}", if *if_not_exists { "IF NOT EXISTS " } else { "" })
            }
            AlterTypeChange::Rename { if_exists, fields } => {
                let if_exists = if *if_exists { "IF EXISTS " } else { "" };
                write!(f, "RENAME {if_exists}{}", Separated::new(fields, " AND "))
            }
            AlterTypeChange::AlterField(field) => write!(f, "ALTER {} TYPE {}", field.name, field.type_name),
        }
    }
}
