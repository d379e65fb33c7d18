//! How far Cassandra's parser looks ahead before it decides what to read.
//!
//! What it accepts does not depend on that, but what it says of an error does: it quotes as many tokens as it has seen,
//! and puts the one in brackets at which it decides rather than the one it cannot read.

use super::Parser;
use crate::error::{ParseError, Result};
use crate::lexer::{Keyword, TokenKind};

impl Parser<'_> {
    /// The token `ahead` tokens after the current one has been seen by now.
    #[inline]
    pub(crate) fn has_seen(&mut self, ahead: usize) {
        self.seen = self.seen.max(self.index + ahead);
    }

    /// An error if the token `ahead` tokens after the current one fits none of what can be read here.
    #[inline]
    pub(crate) fn decide(&mut self, ahead: usize, fits: bool) -> Result<()> {
        if fits || !self.is_strict { Ok(()) } else { Err(self.no_viable_alternative_ahead(ahead)) }
    }

    /// An error at the token `ahead` tokens after the current one, at which Cassandra decides what to read.
    pub(crate) fn no_viable_alternative_ahead(&mut self, ahead: usize) -> ParseError {
        let index = self.index;
        self.index = (index + ahead).min(self.tokens.len().saturating_sub(1));
        self.has_seen(0);
        let error = self.no_viable_alternative_since(self.index.saturating_sub(index));
        self.index = index;
        error
    }

    /// Whether the token `ahead` tokens after the current one may follow the name of a table in any statement.
    pub(crate) fn may_follow_table(&self, ahead: usize) -> bool {
        use Keyword::{
            Add, Allow, Alter, As, Drop, From, Group, Json, Limit, Norecursive, Of, Order, Per, Primary,
            Rename, Set, To, Using, Where, With,
        };
        let kind = self.kind(ahead);
        matches!(kind, TokenKind::LeftParenthesis | TokenKind::Semicolon | TokenKind::End)
            || matches!(
                kind,
                TokenKind::Keyword(Add | Allow | Alter | As | Drop | From | Group | Json | Limit)
            )
            || matches!(
                kind,
                TokenKind::Keyword(Norecursive | Of | Order | Per | Primary | Rename | Set | To)
            )
            || matches!(kind, TokenKind::Keyword(Using | Where | With))
    }

    /// Whether the token `ahead` tokens after the current one may follow a term in any statement.
    #[inline]
    pub(crate) fn may_follow_term(&self, ahead: usize) -> bool {
        use Keyword::{
            Allow, And, Apply, Asc, Delete, Desc, Group, If, Insert, Limit, Order, Per, Primary, Update,
            Where,
        };
        use TokenKind::{Colon, Comma, End, Range, RightBrace, RightBracket, RightParenthesis, Semicolon};
        let kind = self.kind(ahead);
        matches!(kind, Colon | Comma | End | Range | RightBrace | RightBracket | RightParenthesis | Semicolon)
            || matches!(
                kind,
                TokenKind::Keyword(Allow | And | Apply | Asc | Delete | Desc | Group | If | Insert)
            )
            || matches!(kind, TokenKind::Keyword(Limit | Order | Per | Primary | Update | Where))
    }

    /// Whether the token `ahead` tokens after the current one is an operator between terms.
    #[inline]
    pub(crate) fn is_arithmetic_operator(&self, ahead: usize) -> bool {
        use TokenKind::{Asterisk, Minus, Percent, Plus, Slash};
        matches!(self.kind(ahead), Asterisk | Minus | Percent | Plus | Slash)
    }

    /// Whether the token `ahead` tokens after the current one may follow a selector without its modifiers.
    pub(crate) fn may_follow_selector(&self, ahead: usize) -> bool {
        use TokenKind::{Colon, Comma, End, RightBrace, RightBracket, RightParenthesis, Semicolon};
        match self.kind(ahead) {
            Colon | Comma | End | RightBrace | RightBracket | RightParenthesis | Semicolon => true,
            TokenKind::Keyword(Keyword::Allow | Keyword::As | Keyword::From) => true,
            TokenKind::Keyword(Keyword::Limit | Keyword::Order | Keyword::Per) => true,
            _ => self.is_arithmetic_operator(ahead),
        }
    }

    /// Whether the token `ahead` tokens after the current one may follow a type in any statement.
    pub(crate) fn may_follow_type(&self, ahead: usize) -> bool {
        use Keyword::{Finalfunc, Initcond, Language, Masked, Primary, Static};
        use TokenKind::{Comma, End, Greater, RightParenthesis, Semicolon};
        let kind = self.kind(ahead);
        matches!(kind, Comma | End | Greater | RightParenthesis | Semicolon)
            || matches!(kind, TokenKind::Keyword(Finalfunc | Initcond | Language | Masked | Primary | Static))
    }
}
