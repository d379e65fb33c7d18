//! `UPDATE`

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Assignment, Attributes, Conditions, Operation, WhereClause};
use crate::error::Result;
use crate::identifier::Identifier;
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
        // Of each column, whether it is set as a whole, and which of its fields are set.
        let mut known: BTreeMap<Identifier, (bool, BTreeSet<Identifier>)> = BTreeMap::new();
        let assignments = parser.separated(TokenKind::Comma, |parser| {
            let assignment = Assignment::parse(parser)?;
            let Assignment { column, operation } = &assignment.node;
            let sets = matches!(operation, Operation::SetValue(_));
            let is_new_field = |fields: &mut BTreeSet<Identifier>| match operation {
                Operation::SetField { field, .. } => fields.insert(field.clone()),
                _ => true,
            };
            let is_compatible = match known.get_mut(column) {
                Some((before, fields)) => !*before && !sets && is_new_field(fields),
                None => is_new_field(&mut known.entry(column.clone()).or_insert((sets, BTreeSet::new())).1),
            };
            if !is_compatible {
                let message = format!("Multiple incompatible setting of column {}", column.as_str());
                return Err(parser.placeless(message));
            }
            Ok(assignment)
        })?;
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
