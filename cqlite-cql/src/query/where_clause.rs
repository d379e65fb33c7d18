//! `WHERE`

use std::fmt;

use super::{Relation, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::span::Spanned;

/// `relation AND relation ...`; empty if there is no `WHERE`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhereClause {
    /// The relations, in the order written.
    pub relations: Vec<Spanned<Relation>>,
    /// `expr(index, value)`: what custom indexes are asked, in the order written.
    pub expressions: Vec<CustomIndexExpression>,
}

/// `expr(index, value)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomIndexExpression {
    /// The index.
    pub index: Identifier,
    /// What it is asked.
    pub value: Spanned<Term>,
}

impl WhereClause {
    /// From the word after `WHERE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let mut clause = WhereClause { relations: Vec::with_capacity(Parser::FEW), expressions: Vec::new() };
        loop {
            if parser.eat(TokenKind::Expression) {
                let index = parser.name_without_marker("index")?;
                parser.expect(TokenKind::Comma)?;
                let value = Term::parse(parser)?;
                parser.expect(TokenKind::RightParenthesis)?;
                clause.expressions.push(CustomIndexExpression { index, value });
            } else {
                clause.relations.push(Relation::parse(parser)?);
            }
            if !parser.eat_keyword(Keyword::And) {
                return Ok(clause);
            }
        }
    }

    /// `WHERE ...`, which may be absent.
    pub(crate) fn parse_optional(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat_keyword(Keyword::Where) { Self::parse(parser) } else { Ok(WhereClause::default()) }
    }

    /// Whether there is no relation and no expression.
    pub fn is_empty(&self) -> bool {
        self.relations.is_empty() && self.expressions.is_empty()
    }
}

/// With ` WHERE ` before it, unless it is empty.
impl fmt::Display for WhereClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = " WHERE ";
        for relation in &self.relations {
            write!(f, "{before}{relation}")?;
            before = " AND ";
        }
        for CustomIndexExpression { index, value } in &self.expressions {
            write!(f, "{before}expr({index}, {value})")?;
            before = " AND ";
        }
        Ok(())
    }
}
