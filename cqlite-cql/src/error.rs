//! Why a text is not CQL, and where.

use std::fmt;

use crate::span::Span;

/// The result of reading CQL.
pub(crate) type Result<T> = std::result::Result<T, ParseError>;

/// How Cassandra's messages show one of the two surrogates of a character: Java encodes it so as UTF-8.
pub(crate) const HALF_A_CHARACTER: &str = "?";

/// A place in a text as Cassandra counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1. Only `\n` ends a line.
    pub line: usize,
    /// The UTF-16 code units before it on its line, hence from 0.
    pub column: usize,
}

impl Position {
    /// The position of the byte at `offset` of `source`.
    pub fn of(source: &str, offset: usize) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().encode_utf16().count(),
        }
    }
}

/// A text that is not CQL. Printed as Cassandra prints its syntax errors:
/// `line 1:7 mismatched input 'x' expecting ')' (CREATE TABLE t (a int [x]...)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(Box<Details>);

/// What is told of an error. Boxed, as results are handed through many functions and few are errors.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Details {
    message: String,
    position: Position,
    span: Span,
    kind: ParseErrorKind,
}

/// How Cassandra answers a text that is wrong in this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseErrorKind {
    /// A syntax error with its place.
    Syntax,
    /// A syntax error at the end of the text, whose place Cassandra calls `line 0:-1`.
    AtEnd,
    /// A syntax error that is no matter of one place: it is told without one.
    Placeless,
    /// A statement that is well formed and not valid.
    Invalid,
}

impl ParseError {
    pub(crate) fn new(source: &str, span: Span, message: impl Into<String>) -> Self {
        let position = Position::of(source, span.start);
        let message = message.into();
        ParseError(Box::new(Details { message, position, span, kind: ParseErrorKind::Syntax }))
    }

    pub(crate) fn of_kind(mut self, kind: ParseErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Whether Cassandra answers with a syntax error (protocol code 2000), rather than that the statement is invalid
    /// (2200).
    pub fn is_syntax_error(&self) -> bool {
        self.0.kind != ParseErrorKind::Invalid
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The line and column of the offending text.
    pub fn position(&self) -> Position {
        self.0.position
    }

    /// The offending text; empty at the end of the input.
    pub fn span(&self) -> Span {
        self.0.span
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            ParseErrorKind::Syntax => {
                write!(f, "line {}:{} {}", self.0.position.line, self.0.position.column, self.0.message)
            }
            ParseErrorKind::AtEnd => write!(f, "line 0:-1 {}", self.0.message),
            ParseErrorKind::Placeless | ParseErrorKind::Invalid => f.write_str(&self.0.message),
        }
    }
}

impl std::error::Error for ParseError {}
