//! `CREATE TABLE`

use std::collections::BTreeSet;
use std::fmt;

use super::{ClusteringOrder, ColumnDefinition, PrimaryKey, TableOption};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::property::PropertyValue;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Span;
use crate::uuid::Uuid;

/// `CREATE TABLE [IF NOT EXISTS] name (columns, PRIMARY KEY (...)) WITH options`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The table.
    pub name: QualifiedName,
    /// All columns, key columns included, in the order written. No name comes twice.
    pub columns: Vec<ColumnDefinition>,
    /// The primary key, also if it is written with its only column. Whether its columns exist is not checked.
    pub primary_key: PrimaryKey,
    /// What follows `WITH`, in the order written.
    pub options: Vec<TableOption>,
}

impl CreateTable {
    /// The `ID` among the options.
    pub fn id(&self) -> Option<Uuid> {
        self.options.iter().find_map(|option| match option {
            TableOption::Id(id) => Some(*id),
            _ => None,
        })
    }

    /// The `CLUSTERING ORDER BY` among the options; empty if there is none.
    pub fn clustering_order(&self) -> &[ClusteringOrder] {
        let order = self.options.iter().find_map(|option| match option {
            TableOption::ClusteringOrder(order) => Some(order.as_slice()),
            _ => None,
        });
        order.unwrap_or_default()
    }

    /// Whether `COMPACT STORAGE` is among the options.
    pub fn is_compact(&self) -> bool {
        self.options.contains(&TableOption::CompactStorage)
    }

    /// The value of the option of this name.
    pub fn property(&self, name: &str) -> Option<&PropertyValue> {
        self.options.iter().find_map(|option| match option {
            TableOption::Property(property) if property.name == name => Some(&property.value),
            _ => None,
        })
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_not_exists = parser.if_not_exists()?;
        let name_start = parser.current().span.start;
        let name = QualifiedName::parse(parser)?;
        let name_span = parser.span_since(name_start);
        let mut body = Body::default();
        parser.expect(TokenKind::LeftParenthesis)?;
        body.parse_item(parser, &name)?;
        while parser.eat(TokenKind::Comma) {
            // As in Cassandra, commas may follow the last item.
            if parser.is_column(0) || parser.at_keyword(Keyword::Primary) {
                body.parse_item(parser, &name)?;
            }
        }
        parser.expect(TokenKind::RightParenthesis)?;
        let options =
            if parser.eat_keyword(Keyword::With) { TableOption::parse_all(parser)? } else { Vec::new() };
        let Some(primary_key) = body.primary_key else {
            let message =
                format!("No PRIMARY KEY specifed for table '{}' (exactly one required)", name.unquoted());
            return Err(parser.invalid(name_span, message));
        };
        Ok(CreateTable { if_not_exists, name, columns: body.columns, primary_key, options })
    }
}

/// What stands between the parentheses.
#[derive(Default)]
struct Body {
    columns: Vec<ColumnDefinition>,
    names: BTreeSet<Identifier>,
    primary_key: Option<PrimaryKey>,
}

impl Body {
    fn parse_item(&mut self, parser: &mut Parser<'_>, table: &QualifiedName) -> Result<()> {
        let item_span = parser.current().span;
        if parser.eat_keyword(Keyword::Primary) {
            parser.expect_keyword(Keyword::Key)?;
            let primary_key = PrimaryKey::parse(parser)?;
            return self.set_primary_key(parser, table, primary_key, item_span);
        }
        let column = ColumnDefinition::parse(parser)?;
        if !self.names.insert(column.name.clone()) {
            let (column, table) = (column.name.as_str(), table.unquoted());
            let message = format!("Duplicate column '{column}' declaration for table '{table}'");
            return Err(parser.invalid(item_span, message));
        }
        let key_span = parser.current().span;
        if parser.eat_keyword(Keyword::Primary) {
            parser.expect_keyword(Keyword::Key)?;
            self.set_primary_key(parser, table, PrimaryKey::single(column.name.clone()), key_span)?;
        }
        self.columns.push(column);
        Ok(())
    }

    fn set_primary_key(
        &mut self,
        parser: &Parser<'_>,
        table: &QualifiedName,
        primary_key: PrimaryKey,
        span: Span,
    ) -> Result<()> {
        if self.primary_key.is_some() {
            let table = table.unquoted();
            let message =
                format!("Multiple PRIMARY KEY specified for table '{table}' (exactly one required)");
            return Err(parser.invalid(span, message));
        }
        self.primary_key = Some(primary_key);
        Ok(())
    }
}

impl fmt::Display for CreateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        writeln!(f, "CREATE TABLE {if_not_exists}{} (", self.name)?;
        let inline_key =
            self.primary_key.as_single().filter(|key| self.columns.iter().any(|column| column.name == **key));
        for (index, column) in self.columns.iter().enumerate() {
            let key = if inline_key == Some(&column.name) { " PRIMARY KEY" } else { "" };
            let is_last = inline_key.is_some() && index + 1 == self.columns.len();
            writeln!(f, "    {column}{key}{}", if is_last { "" } else { "," })?;
        }
        if inline_key.is_none() {
            writeln!(f, "    {}", self.primary_key)?;
        }
        f.write_str(")")?;
        if !self.options.is_empty() {
            write!(f, " WITH {}", Separated::new(&self.options, "\n    AND "))?;
        }
        f.write_str(";")
    }
}
