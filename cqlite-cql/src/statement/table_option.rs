//! What follows `WITH` in a `CREATE TABLE`.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::parser::Parser;
use crate::property::{Property, PropertyNames, PropertyValue};
use crate::separated::Separated;
use crate::uuid::Uuid;

/// One option of a new table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableOption {
    /// `ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18`
    Id(Uuid),
    /// `COMPACT STORAGE`
    CompactStorage,
    /// `CLUSTERING ORDER BY (a ASC, b DESC)`
    ClusteringOrder(Vec<ClusteringOrder>),
    /// `name = value`
    Property(Property),
}

/// `column ASC` or `column DESC`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusteringOrder {
    /// The clustering column.
    pub column: Identifier,
    /// Its order.
    pub order: Order,
}

/// The order of a clustering column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `ASC`, smallest first.
    Ascending,
    /// `DESC`, largest first.
    Descending,
}

impl TableOption {
    /// `option AND option ...`
    pub(crate) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        let mut names = PropertyNames::default();
        parser.separated(TokenKind::Keyword(Keyword::And), |parser| Self::parse(parser, &mut names))
    }

    fn parse(parser: &mut Parser<'_>, names: &mut PropertyNames) -> Result<Self> {
        if parser.at_keywords(&[Keyword::Compact, Keyword::Storage]) {
            parser.expect_keywords(&[Keyword::Compact, Keyword::Storage])?;
            return Ok(TableOption::CompactStorage);
        }
        if parser.at_keywords(&[Keyword::Clustering, Keyword::Order]) {
            parser.expect_keywords(&[Keyword::Clustering, Keyword::Order, Keyword::By])?;
            return Ok(TableOption::ClusteringOrder(parser.parenthesised(ClusteringOrder::parse)?));
        }
        if parser.at_keyword(Keyword::Compact) || parser.at_keyword(Keyword::Clustering) {
            let is_equal = parser.kind(1) == TokenKind::Equal;
            parser.decide(1, is_equal)?;
        }
        let start = parser.current().span.start;
        let property = Property::parse(parser, names)?;
        if property.name != "id" {
            return Ok(TableOption::Property(property));
        }
        let id = match &property.value {
            PropertyValue::Literal(Literal::Uuid(id)) => Some(TableOption::Id(*id)),
            // Cassandra takes a string, too.
            PropertyValue::Literal(Literal::String(text)) => Uuid::parse(text).map(TableOption::Id),
            _ => None,
        };
        match id {
            Some(id) => Ok(id),
            // That it is no id is told when the table is made.
            None if parser.is_strict() => Ok(TableOption::Property(property)),
            None => Err(parser.invalid(parser.span_since(start), "Invalid table id")),
        }
    }
}

impl ClusteringOrder {
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let column = parser.identifier()?;
        if parser.eat_keyword(Keyword::Asc) {
            Ok(ClusteringOrder { column, order: Order::Ascending })
        } else if parser.eat_keyword(Keyword::Desc) {
            Ok(ClusteringOrder { column, order: Order::Descending })
        } else {
            Err(parser.no_viable_alternative())
        }
    }
}

impl fmt::Display for TableOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableOption::Id(id) => write!(f, "ID = {id}"),
            TableOption::CompactStorage => f.write_str("COMPACT STORAGE"),
            TableOption::ClusteringOrder(columns) => {
                write!(f, "CLUSTERING ORDER BY ({})", Separated::by_comma(columns))
            }
            TableOption::Property(property) => write!(f, "{property}"),
        }
    }
}

impl fmt::Display for ClusteringOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.column, self.order)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Order::Ascending => "ASC",
            Order::Descending => "DESC",
        })
    }
}
