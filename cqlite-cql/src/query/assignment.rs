//! Assignments of an `UPDATE`.

use std::fmt;

use super::{ColumnPart, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::literal::Literal;
use crate::parser::Parser;
use crate::span::Spanned;

/// What an `UPDATE` does to a column; Cassandra's `Operation.RawUpdate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The column.
    pub column: Identifier,
    /// What is done to it.
    pub operation: Operation,
}

/// What is done to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `column = value`
    SetValue(Spanned<Term>),
    /// `column[element] = value`
    SetElement {
        /// The key of a map or the index of a list.
        element: Box<Spanned<Term>>,
        /// Its new value.
        value: Spanned<Term>,
    },
    /// `column.field = value`
    SetField {
        /// The field.
        field: Identifier,
        /// Its new value.
        value: Spanned<Term>,
    },
    /// `column = column + value` or `column += value`
    Addition(Spanned<Term>),
    /// `column = column - value` or `column -= value`
    Subtraction(Spanned<Term>),
    /// `column = value + column`
    Prepend(Spanned<Term>),
}

impl Assignment {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        let column = parser.column()?;
        let operation = match ColumnPart::parse(parser)? {
            ColumnPart::Element(element) => {
                parser.expect(TokenKind::Equal)?;
                Operation::SetElement { element: Box::new(element), value: Term::parse(parser)? }
            }
            ColumnPart::Field(field) => {
                parser.expect(TokenKind::Equal)?;
                Operation::SetField { field, value: Term::parse(parser)? }
            }
            ColumnPart::Whole if parser.eat(TokenKind::PlusEqual) => {
                Operation::Addition(Term::parse(parser)?)
            }
            ColumnPart::Whole if parser.eat(TokenKind::MinusEqual) => {
                Operation::Subtraction(Term::parse(parser)?)
            }
            ColumnPart::Whole if parser.eat(TokenKind::Equal) => Self::parse_value(parser, &column)?,
            ColumnPart::Whole => return Err(parser.no_viable_alternative()),
        };
        Ok(Spanned { node: Assignment { column, operation }, span: parser.span_since(start) })
    }

    /// What follows `column =`.
    fn parse_value(parser: &mut Parser<'_>, column: &Identifier) -> Result<Operation> {
        if !Self::is_column(parser) {
            let value = Term::parse(parser)?;
            if !parser.eat(TokenKind::Plus) {
                return Ok(Operation::SetValue(value));
            }
            if parser.column()? != *column {
                let message = "Only expressions of the form X = <value> + X are supported.";
                return Err(parser.placeless(message));
            }
            return Ok(Operation::Prepend(value));
        }
        use TokenKind::{Integer, Minus, Plus};
        parser.decide(1, matches!(parser.kind(1), Integer | Minus | Plus))?;
        let same = parser.column()? == *column;
        let token = parser.current();
        let (sign, operation) = match token.kind {
            TokenKind::Plus => {
                parser.advance();
                (" +", Operation::Addition(Term::parse(parser)?))
            }
            TokenKind::Minus => {
                parser.advance();
                (" -", Operation::Subtraction(Term::parse(parser)?))
            }
            // `c = c -1`: the minus sign belongs to the number, which is added.
            _ => {
                let text = parser.expect(TokenKind::Integer)?.text;
                let node = Term::Constant(Literal::Integer(text.into()));
                let sign = if text.starts_with('-') { " - " } else { " + " };
                (sign, Operation::Addition(Spanned { node, span: token.span }))
            }
        };
        if !same {
            let message = format!("Only expressions of the form X = X{sign}<value> are supported.");
            return Err(parser.placeless(message));
        }
        Ok(operation)
    }

    /// Whether a column stands there, and something is done with it.
    fn is_column(parser: &Parser<'_>) -> bool {
        let follows = matches!(parser.kind(1), TokenKind::Plus | TokenKind::Minus | TokenKind::Integer);
        parser.is_column(0) && follows
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        match &self.operation {
            Operation::SetValue(value) => write!(f, "{column} = {value}"),
            Operation::SetElement { element, value } => write!(f, "{column}[{element}] = {value}"),
            Operation::SetField { field, value } => write!(f, "{column}.{field} = {value}"),
            Operation::Addition(value) => write!(f, "{column} += {value}"),
            Operation::Subtraction(value) => write!(f, "{column} -= {value}"),
            Operation::Prepend(value) => write!(f, "{column} = {value} + {column}"),
        }
    }
}
