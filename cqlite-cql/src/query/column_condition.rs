//! Conditions on what a row has been.

use std::fmt;

use super::{InValues, Operator, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::span::Spanned;

/// `column operator value`, `column[element] operator value`, `column.field operator value` of an `IF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnCondition {
    /// The column.
    pub column: Identifier,
    /// What of the column.
    pub part: ColumnPart,
    /// What it must be.
    pub test: ConditionTest,
}

/// What of a column a condition, an assignment or a deletion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnPart {
    /// All of it.
    Whole,
    /// `[element]`
    Element(Spanned<Term>),
    /// `.field`
    Field(Identifier),
}

/// What a condition asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionTest {
    /// `operator value`
    Compare(Operator, Spanned<Term>),
    /// `IN values`
    In(InValues),
}

impl ColumnCondition {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        let column = parser.column()?;
        let part = ColumnPart::parse(parser)?;
        let test = match parser.keyword() {
            Some(Keyword::In) => {
                parser.advance();
                ConditionTest::In(InValues::parse(parser)?)
            }
            Some(Keyword::Contains) if part == ColumnPart::Whole => {
                let operator = Operator::parse_contains(parser)?;
                ConditionTest::Compare(operator, Term::parse(parser)?)
            }
            _ => {
                let operator = Operator::parse_comparison(parser)?;
                ConditionTest::Compare(operator, Term::parse(parser)?)
            }
        };
        Ok(Spanned { node: ColumnCondition { column, part, test }, span: parser.span_since(start) })
    }
}

impl ColumnPart {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat(TokenKind::LeftBracket) {
            let element = Term::parse(parser)?;
            parser.expect(TokenKind::RightBracket)?;
            Ok(ColumnPart::Element(element))
        } else if parser.eat(TokenKind::Dot) {
            Ok(ColumnPart::Field(parser.identifier()?))
        } else {
            Ok(ColumnPart::Whole)
        }
    }
}

impl fmt::Display for ColumnPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnPart::Whole => Ok(()),
            ColumnPart::Element(element) => write!(f, "[{element}]"),
            ColumnPart::Field(field) => write!(f, ".{field}"),
        }
    }
}

impl fmt::Display for ColumnCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} ", self.column, self.part)?;
        match &self.test {
            ConditionTest::Compare(operator, value) => write!(f, "{operator} {value}"),
            ConditionTest::In(values) => write!(f, "IN {values}"),
        }
    }
}
