//! Operators of relations and conditions.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::query::Term;

/// What stands between a column and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `!=`
    NotEqual,
    /// `CONTAINS`
    Contains,
    /// `CONTAINS KEY`
    ContainsKey,
    /// `LIKE`
    Like,
}

impl Operator {
    /// One of those that compare, if it stands there.
    pub(crate) fn comparison(parser: &Parser<'_>) -> Option<Self> {
        Self::of_comparison(parser.kind(0))
    }

    /// The operator that a token is, if it compares.
    pub(crate) fn of_comparison(kind: TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Equal => Operator::Equal,
            TokenKind::Less => Operator::Less,
            TokenKind::LessOrEqual => Operator::LessOrEqual,
            TokenKind::Greater => Operator::Greater,
            TokenKind::GreaterOrEqual => Operator::GreaterOrEqual,
            TokenKind::NotEqual => Operator::NotEqual,
            _ => return None,
        })
    }

    /// One of those that compare.
    pub(crate) fn parse_comparison(parser: &mut Parser<'_>) -> Result<Self> {
        let Some(operator) = Self::comparison(parser) else {
            return Err(parser.no_viable_alternative());
        };
        parser.advance();
        Ok(operator)
    }

    /// `CONTAINS` or `CONTAINS KEY`, of which the first word has been looked at.
    pub(crate) fn parse_contains(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        if parser.at_keyword(Keyword::Key) {
            let is_followed = Term::may_begin_at(parser, 1);
            parser.decide(1, is_followed)?;
        }
        Ok(if parser.eat_keyword(Keyword::Key) { Operator::ContainsKey } else { Operator::Contains })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::Equal => "=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::NotEqual => "!=",
            Operator::Contains => "CONTAINS",
            Operator::ContainsKey => "CONTAINS KEY",
            Operator::Like => "LIKE",
        })
    }
}
