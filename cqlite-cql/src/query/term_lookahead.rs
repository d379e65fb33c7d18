//! How far Cassandra's parser looks ahead before it decides what sort of term it reads.

use super::Term;
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::native_type::NativeType;
use crate::parser::Parser;

use TokenKind::{
    Colon, Dot, LeftBrace, LeftBracket, LeftParenthesis, Less, Minus, QuestionMark, RightBrace,
    RightParenthesis,
};

impl Term {
    /// Whether a term may begin `ahead` tokens after the current one.
    pub(crate) fn may_begin_at(parser: &Parser<'_>, ahead: usize) -> bool {
        match parser.kind(ahead) {
            Colon | QuestionMark | LeftBrace | LeftBracket | LeftParenthesis | Minus => true,
            TokenKind::Keyword(Keyword::Null | Keyword::Token) => true,
            _ => parser.is_name(ahead) || Literal::is_ahead(parser, ahead),
        }
    }

    /// Whether something that is no name and may only begin a term stands `ahead` tokens after the current one.
    fn is_no_name(parser: &Parser<'_>, ahead: usize) -> bool {
        Self::may_begin_at(parser, ahead) && !parser.is_name(ahead)
    }

    /// An error unless what stands there can be told to be one sort of term without an operator.
    pub(super) fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        match parser.kind(0) {
            LeftParenthesis => Self::look_into_parenthesis(parser),
            LeftBrace => Self::look_into_braces(parser),
            QuestionMark if parser.kind(1) == Dot => Self::look_at_function(parser, 2),
            QuestionMark => {
                let fits = Self::may_follow(parser, 1);
                parser.decide(1, fits)
            }
            TokenKind::Keyword(Keyword::Cast) => {
                parser.decide(1, matches!(parser.kind(1), LeftParenthesis | Dot))?;
                if parser.kind(1) == Dot { Self::look_at_function(parser, 2) } else { Ok(()) }
            }
            _ if parser.is_name(0) || parser.at_keyword(Keyword::Token) => {
                let may_be_called = parser.is_function_name(0) && parser.kind(1) == LeftParenthesis;
                let is_qualified = parser.is_name(0) && parser.kind(1) == Dot;
                parser.decide(1, may_be_called || is_qualified)?;
                if is_qualified {
                    Self::look_at_function(parser, 2)
                } else {
                    Self::look_at_arguments(parser, 2)
                }
            }
            _ => {
                let fits = Self::may_begin_at(parser, 0);
                parser.decide(0, fits)
            }
        }
    }

    fn may_follow(parser: &Parser<'_>, ahead: usize) -> bool {
        parser.may_follow_term(ahead)
            || parser.is_arithmetic_operator(ahead)
            || parser.kind(ahead) == TokenKind::Keyword(Keyword::As)
    }

    /// The name of a function after that of its keyspace.
    fn look_at_function(parser: &mut Parser<'_>, ahead: usize) -> Result<()> {
        let is_name = parser.is_function_name(ahead);
        parser.decide(ahead, is_name)?;
        parser.decide(ahead + 1, parser.kind(ahead + 1) == LeftParenthesis)?;
        Self::look_at_arguments(parser, ahead + 2)
    }

    fn look_at_arguments(parser: &mut Parser<'_>, ahead: usize) -> Result<()> {
        let fits = parser.kind(ahead) == RightParenthesis || Self::may_begin_at(parser, ahead);
        parser.decide(ahead, fits)
    }

    /// A set, a map or a user type.
    fn look_into_braces(parser: &mut Parser<'_>) -> Result<()> {
        if parser.is_name(1) {
            use Keyword::{Distinct, Json, Key, Maxwritetime, Ttl, Writetime};
            let is_no_function = matches!(
                parser.kind(1),
                TokenKind::Keyword(Distinct | Json | Key | Maxwritetime | Ttl | Writetime)
            );
            let is_call = parser.kind(2) == LeftParenthesis && !is_no_function;
            return parser.decide(2, is_call || matches!(parser.kind(2), Colon | Dot));
        }
        let fits = parser.kind(1) == RightBrace || Self::may_begin_at(parser, 1);
        parser.decide(1, fits)
    }

    /// A tuple, or a type and what is of it.
    fn look_into_parenthesis(parser: &mut Parser<'_>) -> Result<()> {
        use Keyword::{
            Cast, Count, Distinct, Frozen, Json, Key, List, Map, Maxwritetime, Set, Ttl, Tuple, Vector,
            Writetime,
        };
        let next = parser.kind(2);
        let fits = match parser.kind(1) {
            TokenKind::String if next == RightParenthesis => return Self::look_behind_class(parser),
            TokenKind::String => parser.is_arithmetic_operator(2) || next == TokenKind::Comma,
            TokenKind::Keyword(Set) => return Ok(()),
            TokenKind::Keyword(Cast | Count) => matches!(next, LeftParenthesis | Dot),
            TokenKind::Keyword(Distinct | Json | Maxwritetime | Ttl | Writetime) => next == Dot,
            TokenKind::Keyword(Frozen | List | Map | Tuple | Vector) => {
                matches!(next, LeftParenthesis | Dot | RightParenthesis | Less)
            }
            TokenKind::Keyword(Key) => matches!(next, Dot | RightParenthesis),
            _ if parser.is_name(1) => matches!(next, LeftParenthesis | Dot | RightParenthesis),
            _ => {
                let fits = Self::is_no_name(parser, 1);
                return parser.decide(1, fits);
            }
        };
        parser.decide(2, fits)?;
        if next == Dot { Self::look_at_qualified(parser) } else { Ok(()) }
    }

    /// A function or a user type of another keyspace, in a parenthesis.
    fn look_at_qualified(parser: &mut Parser<'_>) -> Result<()> {
        let is_native = NativeType::of_token(parser.ahead(3)).is_some();
        let is_key = parser.kind(3) == TokenKind::Keyword(Keyword::Key);
        let is_function = parser.is_function_name(3);
        parser.decide(3, is_function || is_key)?;
        let is_only_function =
            is_native || matches!(parser.kind(3), TokenKind::Keyword(Keyword::Count | Keyword::Token));
        if is_only_function || is_key {
            return Ok(());
        }
        parser.decide(4, matches!(parser.kind(4), LeftParenthesis | RightParenthesis))
    }

    /// `('...')`: a tuple, or a class whose value follows.
    fn look_behind_class(parser: &mut Parser<'_>) -> Result<()> {
        let (next, after) = (parser.kind(3), parser.kind(4));
        match next {
            TokenKind::Keyword(Keyword::As) => {
                let is_native = NativeType::of_token(parser.ahead(4)).is_some();
                parser.decide(4, is_native || matches!(after, LeftParenthesis | Dot))
            }
            TokenKind::Keyword(Keyword::Group | Keyword::Per) => {
                let clause =
                    if next == TokenKind::Keyword(Keyword::Per) { Keyword::Partition } else { Keyword::By };
                let is_clause = after == TokenKind::Keyword(clause);
                parser.decide(4, is_clause || matches!(after, LeftParenthesis | Dot))
            }
            _ => {
                let fits = Self::may_follow(parser, 3) || Self::may_begin_at(parser, 3);
                parser.decide(3, fits)
            }
        }
    }

    /// Whether what follows a plus sign is a term, rather than the column that a list is put before.
    pub(super) fn look_behind_plus(parser: &mut Parser<'_>) -> Result<bool> {
        if parser.kind(1) == TokenKind::QuotedIdentifier && !parser.is_name(1) {
            return Ok(false);
        }
        if !parser.is_name(1) {
            let fits = Self::may_begin_at(parser, 1);
            return parser.decide(1, fits).map(|()| true);
        }
        let is_column = matches!(parser.kind(2), TokenKind::Comma | TokenKind::Keyword(Keyword::Where));
        let may_be_called = parser.is_function_name(1) || parser.kind(1) == TokenKind::Keyword(Keyword::Cast);
        let is_call = parser.kind(2) == Dot || (parser.kind(2) == LeftParenthesis && may_be_called);
        parser.decide(2, is_column || is_call)?;
        Ok(is_call)
    }
}
