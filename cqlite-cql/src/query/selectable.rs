//! What a `SELECT` shows of rows.

use super::{ArithmeticOperator, SelectorModifier, Term};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::native_type::NativeType;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::span::Spanned;
use crate::type_name::TypeName;

use super::BindMarker;

/// An expression over the columns of a row; Cassandra's `Selectable.Raw`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selectable {
    /// A column.
    Column(Identifier),
    /// A constant, `null` or a bind marker.
    Term(Term),
    /// `count(*)`
    CountAll,
    /// `WRITETIME(column)`, `MAXWRITETIME(column)` or `TTL(column)`
    WritetimeOrTtl {
        /// Which of them.
        kind: WritetimeOrTtl,
        /// The column.
        column: Identifier,
        /// What of the column.
        modifiers: Vec<SelectorModifier>,
    },
    /// `CAST(selector AS type)`
    Cast {
        /// What is converted.
        selector: Box<Spanned<Selectable>>,
        /// The type it is converted to.
        target: NativeType,
    },
    /// `function(arguments)`
    Function {
        /// The function.
        name: Box<QualifiedName>,
        /// Its arguments.
        arguments: Vec<Spanned<Selectable>>,
    },
    /// `selector.field`, `selector[element]`, `selector[from..to]` and chains of them.
    Modified {
        /// What they are applied to.
        base: Box<Spanned<Selectable>>,
        /// At least one.
        modifiers: Vec<SelectorModifier>,
    },
    /// `(type) selector`
    TypeHint {
        /// The type.
        type_name: Box<TypeName>,
        /// What is of that type.
        selector: Box<Spanned<Selectable>>,
    },
    /// `(a, b)`: a tuple, or with one element what is in the parentheses.
    TupleOrNested(Vec<Spanned<Selectable>>),
    /// `[a, b]`
    List(Vec<Spanned<Selectable>>),
    /// `{a, b}`. `{}` is also an empty map.
    Set(Vec<Spanned<Selectable>>),
    /// `{k: v, ...}`: a map or, if all keys are names, a user type.
    MapOrUserType(Vec<(Spanned<Selectable>, Spanned<Selectable>)>),
    /// `-selector`
    Negation(Box<Spanned<Selectable>>),
    /// `first op selector ...`, from left to right; the operators are all additive or all multiplicative.
    Arithmetic {
        /// The first operand.
        first: Box<Spanned<Selectable>>,
        /// Operators and further operands; at least one.
        rest: Vec<(ArithmeticOperator, Spanned<Selectable>)>,
    },
}

/// What of a cell is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WritetimeOrTtl {
    /// `WRITETIME`
    Writetime,
    /// `MAXWRITETIME`
    MaxWritetime,
    /// `TTL`
    Ttl,
}

impl Selectable {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let first = Self::parse_group(parser)?;
        if parser.is_arithmetic_operator(0) { Self::parse_arithmetic(parser, first) } else { Ok(first) }
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
            parser.advance();
            rest.push((operator, operand(parser)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let node = Selectable::Arithmetic { first: Box::new(first), rest };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    fn parse_group(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        if !parser.at(TokenKind::Minus) {
            return Self::parse_modified(parser);
        }
        let node = parser.nested(|parser| {
            parser.advance();
            Ok(Selectable::Negation(Box::new(Self::parse_group(parser)?)))
        })?;
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    fn parse_modified(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        if Self::may_begin_at(parser, 0) {
            parser.has_seen(2);
        }
        let base = Self::parse_simple(parser)?;
        // Cassandra takes what cannot be read for the end of the selector.
        let modifiers = parser.attempt(SelectorModifier::parse_all);
        let Some(modifiers) = modifiers.filter(|modifiers| !modifiers.is_empty()) else {
            return Ok(base);
        };
        let node = Selectable::Modified { base: Box::new(base), modifiers };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    /// A selector without operators and modifiers.
    fn parse_simple(parser: &mut Parser<'_>) -> Result<Spanned<Self>> {
        let start = parser.current().span.start;
        Self::look_ahead(parser)?;
        let node = match parser.kind(0) {
            TokenKind::QuestionMark | TokenKind::Colon => {
                Selectable::Term(Term::BindMarker(BindMarker::parse(parser)?))
            }
            TokenKind::Keyword(Keyword::Null) => {
                parser.advance();
                Selectable::Term(Term::Null)
            }
            TokenKind::LeftBracket => parser.nested(Self::parse_list)?,
            TokenKind::LeftBrace => parser.nested(Self::parse_braces)?,
            TokenKind::LeftParenthesis => parser.nested(Self::parse_parenthesis)?,
            _ if Self::is_function(parser) => parser.nested(Self::parse_function)?,
            _ if parser.is_name(0) => Selectable::Column(parser.identifier()?),
            _ => Selectable::Term(Term::Constant(Literal::parse(parser)?)),
        };
        Ok(Spanned { node, span: parser.span_since(start) })
    }

    /// An error unless what stands there can be told to be one sort of selector.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        use TokenKind::{Dot, LeftBrace, LeftBracket, LeftParenthesis, QuestionMark, RightBrace};
        let is_marker = parser.at(QuestionMark);
        if parser.at(LeftBrace) {
            let fits = parser.kind(1) == RightBrace || Self::may_begin_at(parser, 1);
            return parser.decide(1, fits);
        }
        if !parser.is_name(0) && !is_marker {
            let fits = Self::may_begin_at(parser, 0);
            return parser.decide(0, fits);
        }
        use Keyword::{Distinct, Json, Key, Token};
        let may_be_called =
            !is_marker && !matches!(parser.kind(0), TokenKind::Keyword(Distinct | Json | Key));
        let is_call = may_be_called && parser.kind(1) == LeftParenthesis;
        let is_alone = parser.may_follow_selector(1) || parser.kind(1) == LeftBracket;
        parser.decide(1, is_call || is_alone || parser.kind(1) == Dot)?;
        if is_alone {
            parser.has_seen(2);
        }
        if parser.kind(1) != Dot {
            return Ok(());
        }
        let is_name = parser.is_name(2) || parser.kind(2) == TokenKind::Keyword(Token);
        parser.decide(2, is_name)?;
        if !parser.is_function_name(2) || parser.kind(2) == TokenKind::Keyword(Token) {
            return Ok(());
        }
        let fits =
            parser.may_follow_selector(3) || matches!(parser.kind(3), Dot | LeftBracket | LeftParenthesis);
        parser.decide(3, fits)
    }

    /// Whether a selector may begin `ahead` tokens after the current one.
    pub(crate) fn may_begin_at(parser: &Parser<'_>, ahead: usize) -> bool {
        Term::may_begin_at(parser, ahead)
    }

    fn is_function(parser: &Parser<'_>) -> bool {
        use Keyword::{Cast, Maxwritetime, Token, Ttl, Writetime};
        let is_special = matches!(parser.keyword(), Some(Cast | Maxwritetime | Ttl | Writetime));
        let is_called = parser.kind(1) == TokenKind::LeftParenthesis;
        let is_qualified = parser.kind(1) == TokenKind::Dot && parser.kind(3) == TokenKind::LeftParenthesis;
        parser.at_keyword(Token)
            || (is_called && (is_special || parser.is_function_name(0)))
            || (is_qualified && parser.is_name(0) && parser.is_function_name(2))
    }

    fn parse_function(parser: &mut Parser<'_>) -> Result<Self> {
        let kind = match parser.keyword() {
            _ if parser.kind(1) != TokenKind::LeftParenthesis => None,
            Some(Keyword::Count) if parser.kind(2) == TokenKind::Asterisk => {
                parser.advance();
                parser.advance();
                parser.advance();
                parser.expect(TokenKind::RightParenthesis)?;
                return Ok(Selectable::CountAll);
            }
            Some(Keyword::Cast) => return Self::parse_cast(parser),
            Some(Keyword::Writetime) => Some(WritetimeOrTtl::Writetime),
            Some(Keyword::Maxwritetime) => Some(WritetimeOrTtl::MaxWritetime),
            Some(Keyword::Ttl) => Some(WritetimeOrTtl::Ttl),
            _ => None,
        };
        let Some(kind) = kind else {
            let name = Box::new(parser.function_name()?);
            parser.expect(TokenKind::LeftParenthesis)?;
            return Ok(Selectable::Function {
                name,
                arguments: Self::parse_until(parser, TokenKind::RightParenthesis)?,
            });
        };
        parser.advance();
        parser.expect(TokenKind::LeftParenthesis)?;
        let column = parser.identifier()?;
        let modifiers = SelectorModifier::parse_all(parser)?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Selectable::WritetimeOrTtl { kind, column, modifiers })
    }

    fn parse_cast(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        parser.expect(TokenKind::LeftParenthesis)?;
        let selector = Box::new(Self::parse(parser)?);
        parser.expect_keyword(Keyword::As)?;
        let target = NativeType::parse(parser)?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Selectable::Cast { selector, target })
    }

    fn parse_until(parser: &mut Parser<'_>, end: TokenKind) -> Result<Vec<Spanned<Self>>> {
        if parser.eat(end) {
            return Ok(Vec::new());
        }
        if !Self::may_begin_at(parser, 0) {
            return Err(parser.mismatched(end));
        }
        let selectors = parser.separated(TokenKind::Comma, Self::parse)?;
        parser.expect(end)?;
        Ok(selectors)
    }

    fn parse_list(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        Ok(Selectable::List(Self::parse_until(parser, TokenKind::RightBracket)?))
    }

    fn parse_braces(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        if parser.eat(TokenKind::RightBrace) {
            return Ok(Selectable::Set(Vec::new()));
        }
        let first = Self::parse(parser)?;
        use TokenKind::{Colon, Comma, RightBrace};
        parser.decide(0, matches!(parser.kind(0), Colon | Comma | RightBrace))?;
        let node = if parser.eat(Colon) {
            let mut entries = vec![(first, Self::parse(parser)?)];
            while parser.eat(TokenKind::Comma) {
                let key = Self::parse(parser)?;
                parser.expect(TokenKind::Colon)?;
                entries.push((key, Self::parse(parser)?));
            }
            Selectable::MapOrUserType(entries)
        } else {
            let mut elements = vec![first];
            while parser.eat(TokenKind::Comma) {
                elements.push(Self::parse(parser)?);
            }
            Selectable::Set(elements)
        };
        parser.expect(TokenKind::RightBrace)?;
        Ok(node)
    }

    /// `(type) selector` if it can be read so, else selectors in parentheses.
    fn parse_parenthesis(parser: &mut Parser<'_>) -> Result<Self> {
        if let Some((type_name, selector)) = parser.attempt(Self::parse_type_hint) {
            type_name.check(parser)?;
            return Ok(Selectable::TypeHint { type_name: Box::new(type_name), selector: Box::new(selector) });
        }
        Ok(Selectable::TupleOrNested(parser.parenthesised(Self::parse)?))
    }

    fn parse_type_hint(parser: &mut Parser<'_>) -> Result<(TypeName, Spanned<Self>)> {
        parser.advance();
        let type_name = TypeName::parse_unchecked(parser)?;
        parser.expect(TokenKind::RightParenthesis)?;
        Ok((type_name, Self::parse_simple(parser)?))
    }
}
