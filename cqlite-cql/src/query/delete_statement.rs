//! `DELETE`

use std::fmt;

use super::{Attributes, ColumnPart, Conditions, WhereClause};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Spanned;

/// `DELETE [columns] FROM table [USING TIMESTAMP n] WHERE relations [IF ...]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteStatement {
    /// What is deleted of the rows; empty for the rows themselves.
    pub deletions: Vec<Spanned<Deletion>>,
    /// The table.
    pub table: QualifiedName,
    /// `USING`; never a time to live.
    pub attributes: Attributes,
    /// Of which rows.
    pub where_clause: WhereClause,
    /// When.
    pub conditions: Conditions,
}

/// `column`, `column[element]` or `column.field`; Cassandra's `Operation.RawDeletion`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The column.
    pub column: Identifier,
    /// What of it.
    pub part: ColumnPart,
}

impl DeleteStatement {
    /// From `DELETE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let mut deletions = Vec::new();
        if parser.is_column(0) {
            deletions = parser.separated(TokenKind::Comma, Deletion::parse)?;
        }
        parser.expect_keyword(Keyword::From)?;
        let table = QualifiedName::parse(parser)?;
        let attributes = Attributes::parse_optional_timestamp(parser)?;
        parser.expect_keyword(Keyword::Where)?;
        let where_clause = WhereClause::parse(parser)?;
        let conditions = Conditions::parse_optional(parser)?;
        Ok(DeleteStatement { deletions, table, attributes, where_clause, conditions })
    }
}

impl Deletion {
    fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        use TokenKind::{Comma, Dot, LeftBracket};
        let start = parser.current().span.start;
        let is_column = parser.is_column(0);
        parser.decide(0, is_column)?;
        let is_followed =
            matches!(parser.kind(1), Comma | Dot | LeftBracket | TokenKind::Keyword(Keyword::From));
        parser.decide(1, is_followed)?;
        parser.has_seen(2);
        let column = parser.column()?;
        let part = ColumnPart::parse(parser)?;
        Ok(Spanned { node: Deletion { column, part }, span: parser.span_since(start) })
    }
}

impl fmt::Display for Deletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.column, self.part)
    }
}

impl fmt::Display for DeleteStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DELETE ")?;
        if !self.deletions.is_empty() {
            write!(f, "{} ", Separated::by_comma(&self.deletions))?;
        }
        let Self { table, attributes, where_clause, conditions, .. } = self;
        write!(f, "FROM {table}{attributes}{where_clause}{conditions};")
    }
}
