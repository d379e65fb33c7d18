//! Terms: the values that statements are given.

use super::{ArithmeticOperator, BindMarker};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::native_type::NativeType;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::span::Spanned;
use crate::type_name::TypeName;

/// A value as written; Cassandra's `Term.Raw`. There is no column in it: those stand in [`super::Selectable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A constant.
    Constant(Literal),
    /// `null`
    Null,
    /// `?` or `:name`
    BindMarker(BindMarker),
    /// `[a, b]`: a list or a vector.
    List(Vec<Spanned<Term>>),
    /// `{a, b}`. `{}` is also an empty map.
    Set(Vec<Spanned<Term>>),
    /// `{k: v, ...}`; at least one entry.
    Map(Vec<(Spanned<Term>, Spanned<Term>)>),
    /// `{field: value, ...}`; at least one field.
    UserType(Vec<(Identifier, Spanned<Term>)>),
    /// `(a, b)`; at least one element. Parentheses never group.
    Tuple(Vec<Spanned<Term>>),
    /// `function(arguments)`
    Function {
        /// The function.
        name: Box<QualifiedName>,
        /// Its arguments.
        arguments: Box<[Spanned<Term>]>,
    },
    /// `(type) term`
    TypeCast {
        /// The type.
        type_name: Box<TypeName>,
        /// What is of that type.
        term: Box<Spanned<Term>>,
    },
    /// `CAST(term AS type)`
    Cast {
        /// What is converted.
        term: Box<Spanned<Term>>,
        /// The type it is converted to.
        target: NativeType,
    },
    /// `-term`
    Negation(Box<Spanned<Term>>),
    /// `first op term op term ...`, from left to right; the operators are all additive or all multiplicative.
    Arithmetic {
        /// The first operand.
        first: Box<Spanned<Term>>,
        /// Operators and further operands; at least one.
        rest: Box<[(ArithmeticOperator, Spanned<Term>)]>,
    },
}

impl Term {
    /// A term.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        if parser.may_follow_term(1) && (parser.at(TokenKind::QuestionMark) || Literal::is_ahead(parser, 0)) {
            return Self::parse_alone(parser);
        }
        let first = Self::parse_group(parser)?;
        let term =
            if parser.is_arithmetic_operator(0) { Self::parse_arithmetic(parser, first)? } else { first };
        if !parser.may_follow_term(0) && !parser.at(TokenKind::Plus) {
            return Err(parser.no_viable_alternative());
        }
        parser.has_seen(1);
        Ok(term)
    }

    /// A `?` or a constant that no operator and no bracket follows, as most terms are.
    fn parse_alone(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let span = parser.current().span;
        let node = if parser.at(TokenKind::QuestionMark) {
            Term::BindMarker(BindMarker::parse(parser)?)
        } else {
            Term::Constant(Literal::parse(parser)?)
        };
        parser.has_seen(1);
        Ok(Spanned { node, span })
    }

    /// The operators and operands after the first one.
    fn parse_arithmetic(parser: &mut Parser<'_>, first: Spanned<Self>) -> Result<Spanned<Self>> {
        let first = Self::parse_product(parser, first)?;
        Self::parse_chain(parser, first, ArithmeticOperator::additive, |parser| {
            let first = Self::parse_group(parser)?;
            Self::parse_product(parser, first)
        })
    }

    fn parse_product(parser: &mut Parser<'_>, first: Spanned<Self>) -> Result<Spanned<Self>> {
        Self::parse_chain(parser, first, ArithmeticOperator::multiplicative, Self::parse_group)
    }

    fn parse_chain(
        parser: &mut Parser<'_>,
        first: Spanned<Self>,
        operator: impl Fn(&Parser<'_>) -> Option<ArithmeticOperator>,
        mut operand: impl FnMut(&mut Parser<'_>) -> Result<Spanned<Self>>,
    ) -> Result<Spanned<Self>> {
        let start = first.span.start;
        let mut rest = Vec::new();
        while let Some(operator) = operator(parser) {
            // `SET c = value + c`: the column is none of the term.
            if operator == ArithmeticOperator::Add && !Self::look_behind_plus(parser)? {
                break;
            }
            parser.advance();
            rest.push((operator, operand(parser)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let node = Term::Arithmetic { first: Box::new(first), rest: rest.into() };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    fn parse_group(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        if !parser.eat(TokenKind::Minus) {
            return Self::parse_simple(parser);
        }
        let node = Term::Negation(Box::new(Self::parse_simple(parser)?));
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    /// A term without an operator.
    pub(crate) fn parse_simple(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        Self::look_ahead(parser)?;
        let node = match parser.kind(0) {
            TokenKind::QuestionMark if parser.kind(1) == TokenKind::Dot => {
                return Err(parser
                    .name_without_marker("keyspace")
                    .err()
                    .unwrap_or_else(|| parser.no_viable_alternative()));
            }
            TokenKind::QuestionMark | TokenKind::Colon => Term::BindMarker(BindMarker::parse(parser)?),
            TokenKind::Keyword(Keyword::Null) => {
                parser.advance();
                Term::Null
            }
            TokenKind::LeftBracket => parser.nested(Self::parse_list)?,
            TokenKind::LeftBrace => parser.nested(Self::parse_braces)?,
            TokenKind::LeftParenthesis => parser.nested(Self::parse_parenthesis)?,
            TokenKind::Keyword(Keyword::Cast) if parser.kind(1) == TokenKind::LeftParenthesis => {
                parser.nested(Self::parse_cast)?
            }
            _ if Self::is_function(parser, 0) => parser.nested(Self::parse_function)?,
            _ => Term::Constant(Literal::parse(parser)?),
        };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    /// Whether `name(` or `keyspace.name(` stands there.
    pub(crate) fn is_function(parser: &Parser<'_>, ahead: usize) -> bool {
        if parser.kind(ahead + 1) == TokenKind::LeftParenthesis {
            return parser.is_function_name(ahead) || parser.kind(ahead) == TokenKind::Keyword(Keyword::Cast);
        }
        parser.is_name(ahead) && parser.kind(ahead + 1) == TokenKind::Dot
    }

    fn parse_list(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        Ok(Term::List(Self::parse_until(parser, TokenKind::RightBracket)?))
    }

    /// Terms up to a closing bracket; there may be none.
    fn parse_until(parser: &mut Parser<'_>, end: TokenKind) -> Result<Vec<Spanned<Self>>> {
        if parser.eat(end) {
            return Ok(Vec::new());
        }
        if !Self::may_begin_at(parser, 0) {
            return Err(parser.mismatched(end));
        }
        let terms = parser.separated(TokenKind::Comma, Self::parse)?;
        parser.expect(end)?;
        Ok(terms)
    }

    /// `(a, b)`, terms in parentheses; at least one.
    pub(crate) fn parse_tuple(parser: &mut Parser<'_>) -> Result<Vec<Spanned<Self>>> {
        parser.nested(|parser| parser.parenthesised(Self::parse))
    }

    /// `(a, b)` or `()`.
    pub(crate) fn parse_arguments(parser: &mut Parser<'_>) -> Result<Vec<Spanned<Self>>> {
        parser.expect(TokenKind::LeftParenthesis)?;
        Self::parse_until(parser, TokenKind::RightParenthesis)
    }

    fn parse_braces(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        if parser.eat(TokenKind::RightBrace) {
            return Ok(Term::Set(Vec::new()));
        }
        let node = if parser.is_name(0) && parser.kind(1) == TokenKind::Colon {
            Term::UserType(parser.separated(TokenKind::Comma, |parser| {
                let field = parser.identifier()?;
                parser.expect(TokenKind::Colon)?;
                Ok((field, Self::parse(parser)?))
            })?)
        } else {
            let first = Self::parse(parser)?;
            use TokenKind::{Colon, Comma, RightBrace};
            parser.decide(0, matches!(parser.kind(0), Colon | Comma | RightBrace))?;
            if parser.at(Colon) { Self::parse_map(parser, first)? } else { Self::parse_set(parser, first)? }
        };
        parser.expect(TokenKind::RightBrace)?;
        Ok(node)
    }

    fn parse_map(parser: &mut Parser<'_>, first: Spanned<Self>) -> Result<Self> {
        parser.advance();
        let mut entries = vec![(first, Self::parse(parser)?)];
        while parser.eat(TokenKind::Comma) {
            let key = Self::parse(parser)?;
            parser.expect(TokenKind::Colon)?;
            entries.push((key, Self::parse(parser)?));
        }
        Ok(Term::Map(entries))
    }

    fn parse_set(parser: &mut Parser<'_>, first: Spanned<Self>) -> Result<Self> {
        let mut elements = vec![first];
        while parser.eat(TokenKind::Comma) {
            elements.push(Self::parse(parser)?);
        }
        Ok(Term::Set(elements))
    }

    /// A tuple, or a type and what is of it.
    fn parse_parenthesis(parser: &mut Parser<'_>) -> Result<Self> {
        if !Self::is_type_cast(parser) {
            return Ok(Term::Tuple(parser.parenthesised(Self::parse)?));
        }
        parser.advance();
        let type_name = Box::new(TypeName::parse(parser)?);
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Term::TypeCast { type_name, term: Box::new(Self::parse_simple(parser)?) })
    }

    /// Whether what is in the parenthesis is a type.
    fn is_type_cast(parser: &Parser<'_>) -> bool {
        if parser.kind(1) == TokenKind::String {
            let is_alone = parser.kind(2) == TokenKind::RightParenthesis;
            return is_alone && parser.kind(3) != TokenKind::Minus && Self::may_begin_at(parser, 3);
        }
        if parser.kind(1) == TokenKind::Keyword(Keyword::Set) {
            return true;
        }
        let is_end =
            |ahead: usize| matches!(parser.kind(ahead), TokenKind::RightParenthesis | TokenKind::Less);
        let qualified = parser.kind(2) == TokenKind::Dot && parser.is_name(3) && is_end(4);
        parser.is_name(1) && (is_end(2) || qualified)
    }

    fn parse_cast(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        parser.expect(TokenKind::LeftParenthesis)?;
        let term = Box::new(Self::parse_simple(parser)?);
        parser.expect_keyword(Keyword::As)?;
        let target = NativeType::parse(parser)?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Term::Cast { term, target })
    }

    fn parse_function(parser: &mut Parser<'_>) -> Result<Self> {
        let name = Box::new(parser.function_name()?);
        Ok(Term::Function { name, arguments: Self::parse_arguments(parser)?.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_small_as_lists_may_have_millions() {
        assert!(size_of::<Spanned<Term>>() <= 48);
    }
}
