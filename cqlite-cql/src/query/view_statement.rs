//! Materialized views.

use std::fmt;

use super::{RawSelector, WhereClause};
use crate::error::Result;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::property::Property;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::statement::{PrimaryKey, TableOption};

/// `CREATE MATERIALIZED VIEW name AS SELECT selectors FROM table WHERE relations PRIMARY KEY (...) WITH options`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateViewStatement {
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The view.
    pub name: QualifiedName,
    /// Its columns; empty for `*`.
    pub selectors: Vec<RawSelector>,
    /// The table it shows.
    pub base: QualifiedName,
    /// What it shows of the table.
    pub where_clause: WhereClause,
    /// Its primary key.
    pub primary_key: PrimaryKey,
    /// What follows `WITH`; never `COMPACT STORAGE`.
    pub options: Vec<TableOption>,
}

/// `ALTER MATERIALIZED VIEW name WITH options`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterViewStatement {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The view.
    pub name: QualifiedName,
    /// What changes; at least one.
    pub properties: Vec<Property>,
}

/// `DROP MATERIALIZED VIEW name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropViewStatement {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The view.
    pub name: QualifiedName,
}

impl CreateViewStatement {
    /// From `CREATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        parser.expect_keyword(Keyword::View)?;
        let if_not_exists = parser.if_not_exists()?;
        let name = QualifiedName::parse(parser)?;
        parser.expect_keywords(&[Keyword::As, Keyword::Select])?;
        let selectors = RawSelector::parse_all(parser)?;
        parser.expect_keyword(Keyword::From)?;
        let base = QualifiedName::parse(parser)?;
        let where_clause = WhereClause::parse_optional(parser)?;
        parser.expect_keywords(&[Keyword::Primary, Keyword::Key])?;
        let primary_key = PrimaryKey::parse(parser)?;
        let mut options = Vec::new();
        if parser.eat_keyword(Keyword::With) {
            options = TableOption::parse_all(parser)?;
        }
        if options.contains(&TableOption::CompactStorage) {
            let message = "COMPACT STORAGE tables are not allowed starting with version 4.0";
            return Err(parser.placeless(message));
        }
        Ok(CreateViewStatement { if_not_exists, name, selectors, base, where_clause, primary_key, options })
    }
}

impl AlterViewStatement {
    /// From `ALTER`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        parser.expect_keyword(Keyword::View)?;
        let if_exists = parser.if_exists()?;
        let name = QualifiedName::parse(parser)?;
        parser.expect_keyword(Keyword::With)?;
        Ok(AlterViewStatement { if_exists, name, properties: Property::parse_all(parser)? })
    }
}

impl DropViewStatement {
    /// From `DROP`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        parser.expect_keyword(Keyword::View)?;
        let if_exists = parser.if_exists()?;
        Ok(DropViewStatement { if_exists, name: QualifiedName::parse(parser)? })
    }
}

impl fmt::Display for CreateViewStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE MATERIALIZED VIEW {if_not_exists}{} AS SELECT ", self.name)?;
        if self.selectors.is_empty() {
            f.write_str("*")?;
        }
        let Self { selectors, base, where_clause, primary_key, .. } = self;
        write!(f, "{} FROM {base}{where_clause} {primary_key}", Separated::by_comma(selectors))?;
        if !self.options.is_empty() {
            write!(f, " WITH {}", Separated::new(&self.options, " AND "))?;
        }
        f.write_str(";")
    }
}

impl fmt::Display for AlterViewStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        let properties = Separated::new(&self.properties, " AND ");
        write!(f, "ALTER MATERIALIZED VIEW {if_exists}{} WITH {properties};", self.name)
    }
}

impl fmt::Display for DropViewStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "DROP MATERIALIZED VIEW {if_exists}{};", self.name)
    }
}
