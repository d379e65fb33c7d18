//! `ALTER TABLE`

use std::fmt;

use super::{ColumnDefinition, ColumnMask, Rename};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::property::Property;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::type_name::TypeName;

/// `ALTER TABLE [IF EXISTS] name change`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterTable {
    /// Whether `IF EXISTS` is given.
    pub if_exists: bool,
    /// The table.
    pub name: QualifiedName,
    /// What changes.
    pub change: AlterTableChange,
}

/// What an `ALTER TABLE` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlterTableChange {
    /// `ADD [IF NOT EXISTS] column` or `ADD (columns)`
    Add {
        /// Whether `IF NOT EXISTS` is given.
        if_not_exists: bool,
        /// The new columns; at least one.
        columns: Vec<ColumnDefinition>,
    },
    /// `DROP [IF EXISTS] column [USING TIMESTAMP n]` or `DROP (columns)`
    Drop {
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// The columns; at least one.
        columns: Vec<Identifier>,
        /// The time up to which the cells of the columns are gone, if it is given.
        timestamp_micros: Option<i64>,
    },
    /// `RENAME [IF EXISTS] from TO to AND ...`
    Rename {
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// Old and new names; at least one pair.
        columns: Vec<Rename>,
    },
    /// `WITH name = value AND ...`
    With(Vec<Property>),
    /// `ALTER [IF EXISTS] column MASKED WITH ...` or, without a mask, `ALTER [IF EXISTS] column DROP MASKED`
    Mask {
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// The column.
        column: Identifier,
        /// Its new mask.
        mask: Option<ColumnMask>,
    },
    /// `ALTER column TYPE type`: in the grammar, though Cassandra refuses it since 3.0.
    AlterColumn {
        /// The column.
        column: Identifier,
        /// The new type.
        type_name: TypeName,
    },
    /// `DROP COMPACT STORAGE`
    DropCompactStorage,
}

impl AlterTable {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_exists = parser.if_exists()?;
        let name = QualifiedName::parse(parser)?;
        Ok(AlterTable { if_exists, name, change: AlterTableChange::parse(parser)? })
    }
}

impl AlterTableChange {
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat_keyword(Keyword::Add) {
            let if_not_exists = parser.if_not_exists()?;
            let columns = parser.one_or_parenthesised(ColumnDefinition::parse)?;
            Ok(AlterTableChange::Add { if_not_exists, columns })
        } else if parser.at_keyword(Keyword::Drop) {
            Self::look_ahead(parser)?;
            parser.advance();
            Self::parse_drop(parser)
        } else if parser.eat_keyword(Keyword::Rename) {
            let if_exists = parser.if_exists()?;
            Ok(AlterTableChange::Rename { if_exists, columns: Rename::parse_all(parser)? })
        } else if parser.eat_keyword(Keyword::With) {
            Ok(AlterTableChange::With(Property::parse_all(parser)?))
        } else if parser.at_keyword(Keyword::Alter) {
            Self::look_ahead(parser)?;
            parser.advance();
            Self::parse_alter(parser)
        } else {
            Err(parser.no_viable_alternative())
        }
    }

    /// Whether what follows `ALTER` or `DROP` tells what is altered or dropped.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        let is_if = parser.kind(1) == TokenKind::Keyword(Keyword::If);
        if parser.at_keyword(Keyword::Alter) {
            let is_column = parser.is_column(1);
            parser.decide(1, is_if || is_column)?;
            let is_change =
                matches!(parser.kind(2), TokenKind::Keyword(Keyword::Drop | Keyword::Masked | Keyword::Type));
            return parser.decide(2, is_if || is_change);
        }
        let is_name = parser.is_name(1) || parser.kind(1) == TokenKind::LeftParenthesis;
        parser.decide(1, is_if || is_name)?;
        let is_end = matches!(
            parser.kind(2),
            TokenKind::Semicolon | TokenKind::End | TokenKind::Keyword(Keyword::Storage | Keyword::Using)
        );
        let is_compact = parser.kind(1) == TokenKind::Keyword(Keyword::Compact);
        parser.decide(2, !is_compact || is_end)
    }

    /// After `DROP`.
    fn parse_drop(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.at_keywords(&[Keyword::Compact, Keyword::Storage]) {
            parser.expect_keywords(&[Keyword::Compact, Keyword::Storage])?;
            return Ok(AlterTableChange::DropCompactStorage);
        }
        let if_exists = parser.if_exists()?;
        let columns = parser.one_or_parenthesised(Parser::identifier)?;
        let mut timestamp_micros = None;
        if parser.eat_keyword(Keyword::Using) {
            parser.expect_keyword(Keyword::Timestamp)?;
            let token = parser.expect(TokenKind::Integer)?;
            let Ok(timestamp) = token.text.parse() else {
                return Err(parser.error_at(token.span, format!("timestamp {} is out of range", token.text)));
            };
            timestamp_micros = Some(timestamp);
        }
        Ok(AlterTableChange::Drop { if_exists, columns, timestamp_micros })
    }

    /// After `ALTER`.
    fn parse_alter(parser: &mut Parser<'_>) -> Result<Self> {
        let if_exists = parser.if_exists()?;
        let column = parser.column()?;
        if !if_exists && parser.eat_keyword(Keyword::Type) {
            return Ok(AlterTableChange::AlterColumn { column, type_name: TypeName::parse(parser)? });
        }
        if parser.eat_keyword(Keyword::Drop) {
            parser.expect_keyword(Keyword::Masked)?;
            return Ok(AlterTableChange::Mask { if_exists, column, mask: None });
        }
        match ColumnMask::parse_optional(parser)? {
            Some(mask) => Ok(AlterTableChange::Mask { if_exists, column, mask: Some(mask) }),
            None => Err(parser.no_viable_alternative()),
        }
    }
}

impl fmt::Display for AlterTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "ALTER TABLE {if_exists}{} {};", self.name, self.change)
    }
}

impl fmt::Display for AlterTableChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exists = |given: &bool| if *given { "IF EXISTS " } else { "" };
        match self {
            AlterTableChange::Add { if_not_exists, columns } => {
                write!(f, "ADD {}", if *if_not_exists { "IF NOT EXISTS " } else { "" })?;
                fmt_one_or_parenthesised(columns, f)
            }
            AlterTableChange::Drop { if_exists, columns, timestamp_micros } => {
                write!(f, "DROP {}", exists(if_exists))?;
                fmt_one_or_parenthesised(columns, f)?;
                timestamp_micros.map_or(Ok(()), |timestamp| write!(f, " USING TIMESTAMP {timestamp}"))
            }
            AlterTableChange::Rename { if_exists, columns } => {
                write!(f, "RENAME {}{}", exists(if_exists), Separated::new(columns, " AND "))
            }
            AlterTableChange::With(properties) => {
                write!(f, "WITH {}", Separated::new(properties, "\n    AND "))
            }
            AlterTableChange::Mask { if_exists, column, mask: Some(mask) } => {
                write!(f, "ALTER {}{column} {mask}", exists(if_exists))
            }
            AlterTableChange::Mask { if_exists, column, mask: None } => {
                write!(f, "ALTER {}{column} DROP MASKED", exists(if_exists))
            }
            AlterTableChange::AlterColumn { column, type_name } => {
                write!(f, "ALTER {column} TYPE {type_name}")
            }
            AlterTableChange::DropCompactStorage => f.write_str("DROP COMPACT STORAGE"),
        }
    }
}

fn fmt_one_or_parenthesised<T: fmt::Display>(items: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match items {
        [item] => write!(f, "{item}"),
        items => write!(f, "({})", Separated::by_comma(items)),
    }
}
