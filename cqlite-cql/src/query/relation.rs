//! Relations of a `WHERE`.

use std::fmt;

use super::{BindMarker, InValues, Operator, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::separated::Separated;
use crate::span::Spanned;

/// A relation between columns and values. Parentheses around it are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// `column operator value`
    SingleColumn {
        /// The column.
        column: Identifier,
        /// How it relates.
        operator: Operator,
        /// To what.
        value: Spanned<Term>,
    },
    /// `column[key] operator value`
    Element {
        /// The column.
        column: Identifier,
        /// The key of its map.
        key: Box<Spanned<Term>>,
        /// How its value relates.
        operator: Operator,
        /// To what.
        value: Spanned<Term>,
    },
    /// `column IN values`
    In {
        /// The column.
        column: Identifier,
        /// Its values.
        values: InValues,
    },
    /// `column IS NOT NULL`
    IsNotNull(Identifier),
    /// `token(a, b) operator value`
    Token {
        /// The columns.
        columns: Vec<Identifier>,
        /// How their token relates.
        operator: Operator,
        /// To what.
        value: Spanned<Term>,
    },
    /// `(a, b) operator (x, y)`; the value is a tuple or a bind marker.
    MultiColumn {
        /// The columns.
        columns: Vec<Identifier>,
        /// How they relate.
        operator: Operator,
        /// To what.
        value: Spanned<Term>,
    },
    /// `(a, b) IN ((x, y), ...)`; the values are all tuples or all bind markers.
    MultiColumnIn {
        /// The columns.
        columns: Vec<Identifier>,
        /// Their values.
        values: InValues,
    },
}

impl Relation {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        Self::look_ahead(parser)?;
        let node = match parser.kind(0) {
            TokenKind::Keyword(Keyword::Token) => Self::parse_token(parser)?,
            TokenKind::LeftParenthesis if Self::is_multi_column(parser) => Self::parse_multi_column(parser)?,
            TokenKind::LeftParenthesis => {
                return parser.nested(|parser| {
                    parser.advance();
                    let relation = Self::parse(parser)?;
                    parser.expect(TokenKind::RightParenthesis)?;
                    Ok(relation)
                });
            }
            _ => Self::parse_single_column(parser)?,
        };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    /// An error unless what stands there can be told to be one sort of relation.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        use TokenKind::{Colon, Comma, LeftBracket, LeftParenthesis, QuestionMark, RightParenthesis};
        if parser.at_keyword(Keyword::Token) {
            return Ok(());
        }
        let is_operator = |parser: &Parser<'_>, ahead: usize| match parser.kind(ahead) {
            LeftBracket => true,
            TokenKind::Keyword(Keyword::Contains | Keyword::In | Keyword::Is | Keyword::Like) => true,
            kind => Operator::of_comparison(kind).is_some(),
        };
        if !parser.at(LeftParenthesis) {
            let is_column = parser.is_column(0);
            parser.decide(0, is_column)?;
            let is_relation = is_operator(parser, 1);
            parser.decide(1, is_relation)?;
            let is_in = parser.kind(1) == TokenKind::Keyword(Keyword::In);
            return parser
                .decide(2, !is_in || matches!(parser.kind(2), Colon | QuestionMark | LeftParenthesis));
        }
        if matches!(parser.kind(1), LeftParenthesis | TokenKind::Keyword(Keyword::Token)) {
            return Ok(());
        }
        let is_column = parser.is_column(1);
        parser.decide(1, is_column)?;
        let fits = matches!(parser.kind(2), Comma | RightParenthesis) || is_operator(parser, 2);
        parser.decide(2, fits)
    }

    fn is_multi_column(parser: &Parser<'_>) -> bool {
        let is_end = matches!(parser.kind(2), TokenKind::Comma | TokenKind::RightParenthesis);
        parser.is_column(1) && is_end
    }

    fn parse_single_column(parser: &mut Parser<'_>) -> Result<Self> {
        let column = parser.column()?;
        if let Some(operator) = Operator::comparison(parser) {
            parser.advance();
            return Ok(Relation::SingleColumn { column, operator, value: Term::parse(parser)? });
        }
        match parser.kind(0) {
            TokenKind::Keyword(Keyword::In) => {
                parser.advance();
                Ok(Relation::In { column, values: InValues::parse(parser)? })
            }
            TokenKind::Keyword(Keyword::Contains) => {
                let operator = Operator::parse_contains(parser)?;
                Ok(Relation::SingleColumn { column, operator, value: Term::parse(parser)? })
            }
            TokenKind::Keyword(Keyword::Like) => {
                parser.advance();
                Ok(Relation::SingleColumn { column, operator: Operator::Like, value: Term::parse(parser)? })
            }
            TokenKind::Keyword(Keyword::Is) => {
                parser.advance();
                parser.expect_keywords(&[Keyword::Not, Keyword::Null])?;
                Ok(Relation::IsNotNull(column))
            }
            TokenKind::LeftBracket => {
                parser.advance();
                let key = Box::new(Term::parse(parser)?);
                parser.expect(TokenKind::RightBracket)?;
                let operator = Operator::parse_comparison(parser)?;
                Ok(Relation::Element { column, key, operator, value: Term::parse(parser)? })
            }
            _ => Err(parser.no_viable_alternative()),
        }
    }

    fn parse_token(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let columns = parser.parenthesised(Parser::column)?;
        let operator = Operator::parse_comparison(parser)?;
        Ok(Relation::Token { columns, operator, value: Term::parse(parser)? })
    }

    fn parse_multi_column(parser: &mut Parser<'_>) -> Result<Self> {
        let columns = parser.parenthesised(Parser::column)?;
        if parser.eat_keyword(Keyword::In) {
            return Ok(Relation::MultiColumnIn { columns, values: Self::parse_tuples(parser)? });
        }
        if Operator::comparison(parser).is_some() {
            use TokenKind::{Colon, LeftParenthesis, QuestionMark};
            parser.decide(1, matches!(parser.kind(1), Colon | LeftParenthesis | QuestionMark))?;
        }
        let operator = Operator::parse_comparison(parser)?;
        let value = Self::parse_tuple_or_marker(parser, !BindMarker::is_at(parser))?;
        Ok(Relation::MultiColumn { columns, operator, value })
    }

    fn parse_tuples(parser: &mut Parser<'_>) -> Result<InValues> {
        if BindMarker::is_at(parser) {
            return Ok(InValues::BindMarker(BindMarker::parse(parser)?));
        }
        use TokenKind::{Colon, LeftParenthesis, QuestionMark, RightParenthesis};
        parser.decide(0, parser.at(LeftParenthesis))?;
        parser
            .decide(1, matches!(parser.kind(1), Colon | LeftParenthesis | QuestionMark | RightParenthesis))?;
        parser.expect(LeftParenthesis)?;
        if parser.eat(RightParenthesis) {
            return Ok(InValues::Terms(Vec::new()));
        }
        let is_tuple = !BindMarker::is_at(parser);
        let terms =
            parser.separated(TokenKind::Comma, |parser| Self::parse_tuple_or_marker(parser, is_tuple))?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(InValues::Terms(terms))
    }

    fn parse_tuple_or_marker(parser: &mut Parser<'_>, is_tuple: bool) -> Result<Spanned<Term>> {
        let start = parser.current().span.start;
        let node = if is_tuple {
            Term::Tuple(Term::parse_tuple(parser)?)
        } else {
            Term::BindMarker(BindMarker::parse(parser)?)
        };
        Ok(Spanned { node, span: parser.span_since(start) })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relation::SingleColumn { column, operator, value } => write!(f, "{column} {operator} {value}"),
            Relation::Element { column, key, operator, value } => {
                write!(f, "{column}[{key}] {operator} {value}")
            }
            Relation::In { column, values } => write!(f, "{column} IN {values}"),
            Relation::IsNotNull(column) => write!(f, "{column} IS NOT NULL"),
            Relation::Token { columns, operator, value } => {
                write!(f, "token({}) {operator} {value}", Separated::by_comma(columns))
            }
            Relation::MultiColumn { columns, operator, value } => {
                write!(f, "({}) {operator} {value}", Separated::by_comma(columns))
            }
            Relation::MultiColumnIn { columns, values } => {
                write!(f, "({}) IN {values}", Separated::by_comma(columns))
            }
        }
    }
}
