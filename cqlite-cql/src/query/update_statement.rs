//! `UPDATE`

use std::fmt;

use super::assigned_columns::AssignedColumns;
use super::{Assignment, Attributes, Conditions, WhereClause};
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Spanned;

/// `UPDATE table [USING ...] SET assignments WHERE relations [IF ...]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStatement {
    /// The table.
    pub table: QualifiedName,
    /// `USING`
    pub attributes: Attributes,
    /// What is done; at least one.
    pub assignments: Vec<Spanned<Assignment>>,
    /// To which rows.
    pub where_clause: WhereClause,
    /// When.
    pub conditions: Conditions,
}

impl UpdateStatement {
    /// From `UPDATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let table = QualifiedName::parse(parser)?;
        let attributes = Attributes::parse_optional(parser)?;
        parser.expect_keyword(Keyword::Set)?;
        let mut assignments = Vec::with_capacity(Parser::FEW);
        let mut columns = AssignedColumns::default();
        loop {
            let assignment = Assignment::parse(parser)?;
            if !columns.take(&assignments, &assignment.node) {
                let column = assignment.node.column.as_str();
                return Err(parser.placeless(format!("Multiple incompatible setting of column {column}")));
            }
            assignments.push(assignment);
            if !parser.eat(TokenKind::Comma) {
                break;
            }
        }
        parser.expect_keyword(Keyword::Where)?;
        let where_clause = WhereClause::parse(parser)?;
        let conditions = Conditions::parse_optional(parser)?;
        Ok(UpdateStatement { table, attributes, assignments, where_clause, conditions })
    }
}

impl fmt::Display for UpdateStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let assignments = Separated::by_comma(&self.assignments);
        let Self { table, attributes, where_clause, conditions, .. } = self;
        write!(f, "UPDATE {table}{attributes} SET {assignments}{where_clause}{conditions};")
    }
}
