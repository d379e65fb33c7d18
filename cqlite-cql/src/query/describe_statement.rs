//! `DESCRIBE`

use std::fmt;

use super::function_text::FunctionText;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;

/// `DESCRIBE target [WITH INTERNALS]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStatement {
    /// What is described.
    pub target: DescribeTarget,
    /// Whether what Cassandra keeps to itself is shown too.
    pub with_internals: bool,
}

/// What a `DESCRIBE` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescribeTarget {
    /// `CLUSTER`
    Cluster,
    /// `[FULL] SCHEMA`
    Schema {
        /// Whether Cassandra's own keyspaces are shown too.
        is_full: bool,
    },
    /// `KEYSPACES`
    Keyspaces,
    /// `[ONLY] KEYSPACE [name]`
    Keyspace {
        /// Whether what is in the keyspace is left out.
        only: bool,
        /// The keyspace; the current one if none is given.
        name: Option<Identifier>,
    },
    /// `TABLES`
    Tables,
    /// `TABLE name`
    Table(QualifiedName),
    /// `INDEX name`
    Index(QualifiedName),
    /// `MATERIALIZED VIEW name`
    MaterializedView(QualifiedName),
    /// `TYPES`
    Types,
    /// `TYPE name`
    Type(QualifiedName),
    /// `FUNCTIONS`
    Functions,
    /// `FUNCTION name`
    Function(QualifiedName),
    /// `AGGREGATES`
    Aggregates,
    /// `AGGREGATE name`
    Aggregate(QualifiedName),
    /// `name`: a keyspace, or in one a table, an index or a view.
    Generic(QualifiedName),
}

impl DescribeStatement {
    /// From `DESCRIBE` or `DESC`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let target = DescribeTarget::parse(parser)?;
        let with_internals = parser.eat_keyword(Keyword::With);
        if with_internals {
            parser.expect_keyword(Keyword::Internals)?;
        }
        Ok(DescribeStatement { target, with_internals })
    }
}

impl DescribeTarget {
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let whole = match parser.keyword() {
            Some(Keyword::Cluster) => DescribeTarget::Cluster,
            Some(Keyword::Schema) => DescribeTarget::Schema { is_full: false },
            Some(Keyword::Keyspaces) => DescribeTarget::Keyspaces,
            Some(Keyword::Tables | Keyword::Columnfamilies) => DescribeTarget::Tables,
            Some(Keyword::Types) => DescribeTarget::Types,
            Some(Keyword::Functions) => DescribeTarget::Functions,
            Some(Keyword::Aggregates) => DescribeTarget::Aggregates,
            Some(keyword) => return Self::parse_named(parser, keyword),
            None => return Self::parse_generic(parser),
        };
        // All but this may be names, too.
        if !matches!(whole, DescribeTarget::Schema { .. }) {
            parser.has_seen(2);
        }
        parser.advance();
        Ok(whole)
    }

    fn parse_named(parser: &mut Parser<'_>, keyword: Keyword) -> Result<Self> {
        let is_alone = match parser.kind(1) {
            TokenKind::Dot | TokenKind::End | TokenKind::Semicolon => true,
            kind => kind == TokenKind::Keyword(Keyword::With),
        };
        match keyword {
            Keyword::Full => {
                parser.advance();
                parser.expect_keyword(Keyword::Schema)?;
                Ok(DescribeTarget::Schema { is_full: true })
            }
            Keyword::Only if parser.kind(1) == TokenKind::Keyword(Keyword::Keyspace) => {
                parser.advance();
                Self::parse_keyspace(parser, true)
            }
            Keyword::Keyspace => Self::parse_keyspace(parser, false),
            Keyword::Table | Keyword::Columnfamily => {
                parser.advance();
                Ok(DescribeTarget::Table(QualifiedName::parse(parser)?))
            }
            Keyword::Index => {
                parser.advance();
                Ok(DescribeTarget::Index(QualifiedName::parse(parser)?))
            }
            Keyword::Materialized => {
                parser.advance();
                parser.expect_keyword(Keyword::View)?;
                Ok(DescribeTarget::MaterializedView(QualifiedName::parse(parser)?))
            }
            Keyword::Type if !is_alone => {
                let is_named = parser.is_name(1);
                parser.decide(1, is_named)?;
                parser.advance();
                Ok(DescribeTarget::Type(parser.user_type_name()?))
            }
            Keyword::Function if !is_alone => {
                let is_named = parser.is_name(1) || parser.is_function_name(1);
                parser.decide(1, is_named)?;
                parser.advance();
                Ok(DescribeTarget::Function(parser.function_name()?))
            }
            Keyword::Aggregate if !is_alone => {
                let is_named = parser.is_name(1) || parser.is_function_name(1);
                parser.decide(1, is_named)?;
                parser.advance();
                Ok(DescribeTarget::Aggregate(parser.function_name()?))
            }
            _ => Self::parse_generic(parser),
        }
    }

    /// From `KEYSPACE`.
    fn parse_keyspace(parser: &mut Parser<'_>, only: bool) -> Result<Self> {
        parser.advance();
        let name = if parser.is_name(0) { Some(parser.identifier()?) } else { None };
        Ok(DescribeTarget::Keyspace { only, name })
    }

    fn parse_generic(parser: &mut Parser<'_>) -> Result<Self> {
        if !parser.is_name(0) {
            return Err(parser.no_viable_alternative());
        }
        let name = QualifiedName::parse_before(parser, "table", |parser| {
            let next = parser.kind(1);
            matches!(next, TokenKind::Semicolon | TokenKind::End | TokenKind::Keyword(Keyword::With))
        })?;
        Ok(DescribeTarget::Generic(name))
    }
}

/// The name, in quotes if it is a word of CQL.
fn unambiguous(name: &Identifier) -> String {
    match Keyword::find(name.as_str()) {
        Some(_) => Identifier::quote(name.as_str()),
        None => name.to_string(),
    }
}

impl fmt::Display for DescribeStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_internals = if self.with_internals { " WITH INTERNALS" } else { "" };
        write!(f, "DESCRIBE {}{with_internals};", self.target)
    }
}

impl fmt::Display for DescribeTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DescribeTarget::Cluster => f.write_str("CLUSTER"),
            DescribeTarget::Schema { is_full: false } => f.write_str("SCHEMA"),
            DescribeTarget::Schema { is_full: true } => f.write_str("FULL SCHEMA"),
            DescribeTarget::Keyspaces => f.write_str("KEYSPACES"),
            DescribeTarget::Keyspace { only, name } => {
                f.write_str(if *only { "ONLY KEYSPACE" } else { "KEYSPACE" })?;
                name.iter().try_for_each(|name| write!(f, " {name}"))
            }
            DescribeTarget::Tables => f.write_str("TABLES"),
            DescribeTarget::Table(name) => write!(f, "TABLE {name}"),
            DescribeTarget::Index(name) => write!(f, "INDEX {name}"),
            DescribeTarget::MaterializedView(name) => write!(f, "MATERIALIZED VIEW {name}"),
            DescribeTarget::Types => f.write_str("TYPES"),
            DescribeTarget::Type(name) => write!(f, "TYPE {name}"),
            DescribeTarget::Functions => f.write_str("FUNCTIONS"),
            DescribeTarget::Function(name) => write!(f, "FUNCTION {}", FunctionText(name)),
            DescribeTarget::Aggregates => f.write_str("AGGREGATES"),
            DescribeTarget::Aggregate(name) => write!(f, "AGGREGATE {}", FunctionText(name)),
            DescribeTarget::Generic(name) => {
                name.keyspace.iter().try_for_each(|keyspace| write!(f, "{}.", unambiguous(keyspace)))?;
                f.write_str(&unambiguous(&name.name))
            }
        }
    }
}
