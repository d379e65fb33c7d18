//! One token of CQL.

use std::borrow::Cow;
use std::fmt;

use super::Keyword;
use crate::span::Span;

/// A token: its kind, and its text as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// The text it was read from, quotes and all.
    pub text: &'a str,
    /// Where that text stands.
    pub span: Span,
}

impl<'a> Token<'a> {
    /// What the token says: the text without quotes and escapes for a string or a quoted name, else as it is.
    pub fn value(&self) -> Cow<'a, str> {
        let quote = match self.kind {
            TokenKind::String if self.text.starts_with("$$") => {
                return Cow::Borrowed(self.between(2));
            }
            TokenKind::String => "'",
            TokenKind::QuotedIdentifier => "\"",
            _ => return Cow::Borrowed(self.text),
        };
        let body = self.between(1);
        if body.contains(quote) {
            Cow::Owned(body.replace(&quote.repeat(2), quote))
        } else {
            Cow::Borrowed(body)
        }
    }

    /// The text without `quote_length` bytes at either end.
    fn between(&self, quote_length: usize) -> &'a str {
        self.text.get(quote_length..self.text.len().saturating_sub(quote_length)).unwrap_or_default()
    }
}

/// The kinds of tokens of CQL 5.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word with a meaning in the grammar; most may also be names, see [`Keyword::is_reserved`].
    Keyword(Keyword),
    /// Any other unquoted name.
    Identifier,
    /// `"Name"`.
    QuotedIdentifier,
    /// `'text'` or `$$text$$`.
    String,
    /// `42`, `-42`.
    Integer,
    /// `1.5`, `1.`, `-1e-9`, `NaN`, `-Infinity`.
    Float,
    /// `true` or `false`.
    Boolean,
    /// `1y2mo3d`, `-P1Y2M3DT4H5M6S`, `P2W`, `P0001-02-03T04:05:06`.
    Duration,
    /// `123e4567-e89b-12d3-a456-426655440000`.
    Uuid,
    /// `0xcafe`.
    Blob,
    /// `?`, a bind marker.
    QuestionMark,
    /// `:`, also before the name of a bind marker.
    Colon,
    /// `(`
    LeftParenthesis,
    /// `)`
    RightParenthesis,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `.`
    Dot,
    /// `..`
    Range,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `+=`
    PlusEqual,
    /// `-=`
    MinusEqual,
    /// `*`
    Asterisk,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `expr(`, which Cassandra's own grammar takes for one token: the start of a custom index expression.
    Expression,
    /// The end of the text.
    End,
}

impl TokenKind {
    /// The text of a kind that has only one.
    fn symbol(self) -> Option<&'static str> {
        Some(match self {
            TokenKind::QuestionMark => "?",
            TokenKind::Colon => ":",
            TokenKind::LeftParenthesis => "(",
            TokenKind::RightParenthesis => ")",
            TokenKind::LeftBracket => "[",
            TokenKind::RightBracket => "]",
            TokenKind::LeftBrace => "{",
            TokenKind::RightBrace => "}",
            TokenKind::Comma => ",",
            TokenKind::Semicolon => ";",
            TokenKind::Dot => ".",
            TokenKind::Range => "..",
            TokenKind::Equal => "=",
            TokenKind::NotEqual => "!=",
            TokenKind::Less => "<",
            TokenKind::LessOrEqual => "<=",
            TokenKind::Greater => ">",
            TokenKind::GreaterOrEqual => ">=",
            TokenKind::Plus => "+",
            TokenKind::Minus => "-",
            TokenKind::PlusEqual => "+=",
            TokenKind::MinusEqual => "-=",
            TokenKind::Asterisk => "*",
            TokenKind::Slash => "/",
            TokenKind::Percent => "%",
            TokenKind::Expression => "expr(",
            _ => return None,
        })
    }
}

/// The kind as an error message names it: `K_FROM`, `')'`, `INTEGER`, as in Cassandra.
impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(symbol) = self.symbol() {
            return write!(f, "'{symbol}'");
        }
        f.write_str(match self {
            TokenKind::Keyword(keyword) => return write!(f, "K_{}", keyword.text()),
            TokenKind::Identifier => "IDENT",
            TokenKind::QuotedIdentifier => "QUOTED_NAME",
            TokenKind::String => "STRING_LITERAL",
            TokenKind::Integer => "INTEGER",
            TokenKind::Float => "FLOAT",
            TokenKind::Boolean => "BOOLEAN",
            TokenKind::Duration => "DURATION",
            TokenKind::Uuid => "UUID",
            TokenKind::Blob => "HEXNUMBER",
            _ => "EOF",
        })
    }
}
