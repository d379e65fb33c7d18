//! `INSERT`

use std::fmt;

use super::{Attributes, BindMarker, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Spanned;

/// `INSERT INTO table values [IF NOT EXISTS] [USING ...]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertStatement {
    /// The table.
    pub table: QualifiedName,
    /// What is inserted.
    pub values: InsertValues,
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// `USING`
    pub attributes: Attributes,
}

/// What an `INSERT` inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertValues {
    /// `(columns) VALUES (terms)`; whether they are as many is not checked.
    Columns {
        /// The columns; at least one.
        columns: Vec<Spanned<Identifier>>,
        /// Their values; at least one.
        values: Vec<Spanned<Term>>,
    },
    /// `JSON value [DEFAULT NULL | DEFAULT UNSET]`
    Json {
        /// The row.
        value: JsonValue,
        /// Whether columns that the text lacks are left as they are, rather than set to null.
        default_unset: bool,
    },
}

/// A row as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonValue {
    /// The text.
    Text(String),
    /// `?` or `:name`
    BindMarker(BindMarker),
}

impl InsertStatement {
    /// From `INSERT`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        parser.expect_keyword(Keyword::Into)?;
        let table = QualifiedName::parse(parser)?;
        let values = if parser.eat_keyword(Keyword::Json) {
            Self::parse_json(parser)?
        } else if parser.at(TokenKind::LeftParenthesis) {
            Self::parse_columns(parser)?
        } else {
            return Err(parser.no_viable_alternative());
        };
        let if_not_exists = parser.if_not_exists()?;
        Ok(InsertStatement { table, values, if_not_exists, attributes: Attributes::parse_optional(parser)? })
    }

    fn parse_columns(parser: &mut Parser<'_>) -> Result<InsertValues> {
        let columns = parser.parenthesised(|parser| {
            let span = parser.current().span;
            Ok(Spanned { node: parser.column()?, span })
        })?;
        parser.expect_keyword(Keyword::Values)?;
        Ok(InsertValues::Columns { columns, values: Term::parse_tuple(parser)? })
    }

    fn parse_json(parser: &mut Parser<'_>) -> Result<InsertValues> {
        let value = if parser.at(TokenKind::String) {
            JsonValue::Text(parser.string()?)
        } else {
            JsonValue::BindMarker(BindMarker::parse(parser)?)
        };
        let mut default_unset = false;
        if parser.eat_keyword(Keyword::Default) && !parser.eat_keyword(Keyword::Null) {
            if !parser.eat_keyword(Keyword::Unset) {
                return Err(parser.no_viable_alternative());
            }
            default_unset = true;
        }
        Ok(InsertValues::Json { value, default_unset })
    }
}

impl fmt::Display for InsertStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INSERT INTO {} ", self.table)?;
        match &self.values {
            InsertValues::Columns { columns, values } => {
                write!(f, "({}) VALUES ({})", Separated::by_comma(columns), Separated::by_comma(values))?;
            }
            InsertValues::Json { value, default_unset } => {
                write!(f, "JSON {value}{}", if *default_unset { " DEFAULT UNSET" } else { "" })?;
            }
        }
        let if_not_exists = if self.if_not_exists { " IF NOT EXISTS" } else { "" };
        write!(f, "{if_not_exists}{};", self.attributes)
    }
}

impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonValue::Text(text) => f.write_str(&Literal::quote(text)),
            JsonValue::BindMarker(marker) => write!(f, "{marker}"),
        }
    }
}
