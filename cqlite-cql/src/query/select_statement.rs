//! `SELECT`

use std::fmt;

use super::{IntValue, Ordering, RawSelector, Selectable, WhereClause};
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Spanned;

/// `SELECT [JSON] [DISTINCT] selectors FROM table ...`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectStatement {
    /// Whether each row is shown as one JSON text.
    pub is_json: bool,
    /// Whether `DISTINCT` is given.
    pub is_distinct: bool,
    /// What is shown; empty for `*`.
    pub selectors: Vec<RawSelector>,
    /// The table.
    pub table: QualifiedName,
    /// What is asked for.
    pub where_clause: WhereClause,
    /// `GROUP BY`
    pub group_by: Vec<Spanned<Selectable>>,
    /// `ORDER BY`
    pub order_by: Vec<Ordering>,
    /// `PER PARTITION LIMIT`
    pub per_partition_limit: Option<IntValue>,
    /// `LIMIT`
    pub limit: Option<IntValue>,
    /// Whether `ALLOW FILTERING` is given.
    pub allow_filtering: bool,
}

impl SelectStatement {
    /// From `SELECT`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let (is_json, (is_distinct, selectors)) =
            match Self::parse_after(parser, Keyword::Json, Self::parse_clause) {
                Some(clause) => (true, clause),
                None => (false, Self::parse_clause(parser)?),
            };
        parser.expect_keyword(Keyword::From)?;
        let table = QualifiedName::parse(parser)?;
        let where_clause = WhereClause::parse_optional(parser)?;
        let group_by = Self::parse_by(parser, Keyword::Group, Selectable::parse)?;
        let order_by = Self::parse_by(parser, Keyword::Order, Ordering::parse)?;
        let mut per_partition_limit = None;
        if parser.eat_keyword(Keyword::Per) {
            parser.expect_keywords(&[Keyword::Partition, Keyword::Limit])?;
            per_partition_limit = Some(IntValue::parse(parser)?);
        }
        let limit = if parser.eat_keyword(Keyword::Limit) { Some(IntValue::parse(parser)?) } else { None };
        let allow_filtering = parser.eat_keyword(Keyword::Allow);
        if allow_filtering {
            parser.expect_keyword(Keyword::Filtering)?;
        }
        Ok(SelectStatement {
            is_json,
            is_distinct,
            selectors,
            table,
            where_clause,
            group_by,
            order_by,
            per_partition_limit,
            limit,
            allow_filtering,
        })
    }

    /// What follows a word that may also be the name of the first column, if it can be read.
    fn parse_after<T>(
        parser: &mut Parser<'_>,
        word: Keyword,
        read: impl FnOnce(&mut Parser<'_>) -> Result<T>,
    ) -> Option<T> {
        if !parser.at_keyword(word) {
            if parser.at(TokenKind::Asterisk) || Selectable::may_begin_at(parser, 0) {
                parser.has_seen(1);
            }
            return None;
        }
        parser.has_seen(2);
        if matches!(parser.kind(1), TokenKind::Comma | TokenKind::Dot) {
            return None;
        }
        parser.attempt(|parser| {
            parser.advance();
            read(parser)
        })
    }

    fn parse_clause(parser: &mut Parser<'_>) -> Result<(bool, Vec<RawSelector>)> {
        match Self::parse_after(parser, Keyword::Distinct, RawSelector::parse_all) {
            Some(selectors) => Ok((true, selectors)),
            None => Ok((false, RawSelector::parse_all(parser)?)),
        }
    }

    /// `word BY item, item ...`, which may be absent.
    fn parse_by<T>(
        parser: &mut Parser<'_>,
        word: Keyword,
        item: impl FnMut(&mut Parser<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if !parser.eat_keyword(word) {
            return Ok(Vec::new());
        }
        parser.expect_keyword(Keyword::By)?;
        parser.separated(TokenKind::Comma, item)
    }
}

impl fmt::Display for SelectStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        if self.is_json {
            f.write_str("JSON ")?;
        }
        if self.is_distinct {
            f.write_str("DISTINCT ")?;
        }
        if self.selectors.is_empty() {
            f.write_str("*")?;
        }
        write!(f, "{} FROM {}{}", Separated::by_comma(&self.selectors), self.table, self.where_clause)?;
        if !self.group_by.is_empty() {
            write!(f, " GROUP BY {}", Separated::by_comma(&self.group_by))?;
        }
        if !self.order_by.is_empty() {
            write!(f, " ORDER BY {}", Separated::by_comma(&self.order_by))?;
        }
        self.per_partition_limit.iter().try_for_each(|limit| write!(f, " PER PARTITION LIMIT {limit}"))?;
        self.limit.iter().try_for_each(|limit| write!(f, " LIMIT {limit}"))?;
        f.write_str(if self.allow_filtering { " ALLOW FILTERING;" } else { ";" })
    }
}
