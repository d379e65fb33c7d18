//! Text to tokens.

mod keyword;
mod number;
mod plain;
mod strict;
mod token;
mod word;

pub use keyword::Keyword;
pub(crate) use number::out_of_range;
pub use token::{Token, TokenKind};

use crate::error::{HALF_A_CHARACTER, ParseError, Result};
use crate::span::Span;
use strict::Expected;
use word::Word;

/// Cuts CQL text into tokens, one at a time, without copying any of it. A clone looks ahead.
///
/// Two things are as in Cassandra and may surprise: a minus sign directly before digits belongs to the number
/// (`c -1` is two tokens), and `:name` is two tokens, since `{a:b}` would be ambiguous otherwise.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    source: &'a str,
    offset: usize,
    is_strict: bool,
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of `source`. A byte-order mark there is passed over.
    pub fn new(source: &'a str) -> Self {
        let offset = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lexer { source, offset, is_strict: false }
    }

    /// A lexer that refuses what Cassandra's refuses: a byte-order mark, a comment that the text ends in, `1ex`, `12ab`.
    pub(crate) fn strict(source: &'a str) -> Self {
        Lexer { source, offset: 0, is_strict: true }
    }

    /// A lexer over the same text, at a byte offset where a token or white space begins.
    pub(crate) fn at(source: &'a str, offset: usize) -> Self {
        Lexer { source, offset, is_strict: false }
    }

    /// The next token; [`TokenKind::End`] at the end of the text, again and again.
    pub fn next_token(&mut self) -> std::result::Result<Token<'a>, ParseError> {
        let (kind, span) = self.next_kind()?;
        Ok(Token { kind, text: span.text(self.source), span })
    }

    /// The kind of the next token, and where it stands.
    #[inline(always)]
    pub(crate) fn next_kind(&mut self) -> Result<(TokenKind, Span)> {
        let bytes = self.source.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.offset) {
            self.offset += 1;
        }
        if let Some(b'-' | b'/') = bytes.get(self.offset) {
            self.skip_comments()?;
        }
        let start = self.offset;
        let (kind, length) = match plain::scan(bytes.get(start..).unwrap_or_default()) {
            Some(plain) => plain,
            None => self.scan()?,
        };
        self.offset = start + length;
        Ok((kind, Span { start, end: self.offset }))
    }

    /// The kind and the length of the next token, whatever it is.
    fn scan(&self) -> Result<(TokenKind, usize)> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok((TokenKind::End, 0));
        };
        if self.is_strict
            && let Some(refused) = strict::refused(rest)
        {
            return Err(match refused.expected {
                Expected::This(expected) => self.unfinished(refused.length, expected),
                Expected::Digits => self.no_digits_after(refused.length),
                Expected::Nothing => self.no_alternative_after(refused.length),
            });
        }
        if let Some(literal) = number::scan(rest) {
            return Ok(literal);
        }
        if self.is_strict && rest.starts_with("expr(") {
            return Ok((TokenKind::Expression, "expr(".len()));
        }
        if self.is_strict
            && let Some(length) = strict::negative_non_finite(rest)
        {
            return Ok((TokenKind::Float, length));
        }
        match first {
            'a'..='z' | 'A'..='Z' => {
                let word = Word::at(rest.as_bytes());
                Ok((plain::kind_of_word(&word), word.length))
            }
            '\'' => Err(self.unterminated('\'', "string literal")),
            '"' => Err(self.unterminated('"', "quoted name")),
            '$' if rest.starts_with("$$") => self.dollar_quoted(),
            _ => match punctuation(rest) {
                Some(punctuation) => Ok(punctuation),
                None if self.is_strict && first == '!' => Err(self.unfinished(1, "'='")),
                None => Err(self.error(
                    first.len_utf8(),
                    format!("no viable alternative at character '{}'", self.shown(first)),
                )),
            },
        }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.offset..).unwrap_or_default()
    }

    fn error(&self, length: usize, message: impl Into<String>) -> ParseError {
        ParseError::new(self.source, Span { start: self.offset, end: self.offset + length }, message)
    }

    /// The character after `length` bytes as a message shows it, and where it stands.
    fn character_after(&self, length: usize) -> (String, Span) {
        let start = self.offset + length;
        let next = self.source.get(start..).and_then(|rest| rest.chars().next());
        let shown = next.map_or_else(|| "<EOF>".to_owned(), |next| self.shown(next));
        (shown, Span { start, end: start + next.map_or(0, char::len_utf8) })
    }

    /// A character as a message shows it (`BaseRecognizer.getCharErrorDisplay` where it is to be Cassandra's).
    fn shown(&self, character: char) -> String {
        match character {
            '\n' | '\r' | '\t' => character.escape_debug().to_string(),
            _ if !self.is_strict => character.escape_debug().to_string(),
            _ if character.len_utf16() > 1 => HALF_A_CHARACTER.to_owned(),
            _ => character.to_string(),
        }
    }

    /// An error at the character after `length` bytes, which is nothing that a token goes on with.
    fn no_alternative_after(&self, length: usize) -> ParseError {
        let (shown, span) = self.character_after(length);
        ParseError::new(self.source, span, format!("no viable alternative at character '{shown}'"))
    }

    /// An error at the character after `length` bytes, which is no digit, though one or more must follow.
    fn no_digits_after(&self, length: usize) -> ParseError {
        let (shown, span) = self.character_after(length);
        let message = format!("required (...)+ loop did not match anything at character '{shown}'");
        ParseError::new(self.source, span, message)
    }

    /// An error at the character after `length` bytes, where a token that has begun cannot go on.
    fn unfinished(&self, length: usize, expected: &str) -> ParseError {
        let (shown, span) = self.character_after(length);
        ParseError::new(self.source, span, format!("mismatched character '{shown}' expecting {expected}"))
    }

    /// Passes over comments and blanks.
    fn skip_comments(&mut self) -> Result<()> {
        loop {
            let rest = self.rest();
            let text = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.offset += rest.len() - text.len();
            if text.starts_with("--") || text.starts_with("//") {
                match text.find(['\n', '\r']) {
                    None if self.is_strict => return Err(self.unfinished(text.len(), "set null")),
                    end => self.offset += end.unwrap_or(text.len()),
                }
            } else if let Some(comment) = text.strip_prefix("/*") {
                let Some(length) = comment.find("*/") else {
                    if self.is_strict {
                        let expected = if comment.ends_with('*') { "'/'" } else { "'*'" };
                        return Err(self.unfinished(text.len(), expected));
                    }
                    return Err(self.error("/*".len(), "unterminated comment"));
                };
                self.offset += "/*".len() + length + "*/".len();
            } else {
                return Ok(());
            }
        }
    }

    /// An error for a token that begins with a `quote` and does not end.
    fn unterminated(&self, quote: char, name: &str) -> ParseError {
        if self.is_strict && quote == '"' && self.rest().len() == quote.len_utf8() {
            return self.no_alternative_after(quote.len_utf8());
        }
        if self.is_strict {
            return self.unfinished(self.rest().len(), &format!("'{quote}'"));
        }
        self.error(1, format!("unterminated {name}"))
    }

    fn dollar_quoted(&self) -> Result<(TokenKind, usize)> {
        let body = self.rest().get("$$".len()..).unwrap_or_default();
        match body.find("$$") {
            Some(length) => Ok((TokenKind::String, length + 2 * "$$".len())),
            None if self.is_strict => Err(self.unfinished(self.rest().len(), "'$'")),
            None => Err(self.error("$$".len(), "unterminated string literal")),
        }
    }
}

fn punctuation(rest: &str) -> Option<(TokenKind, usize)> {
    let kind = match rest.get(..2) {
        Some("..") => TokenKind::Range,
        Some("!=") => TokenKind::NotEqual,
        Some("<=") => TokenKind::LessOrEqual,
        Some(">=") => TokenKind::GreaterOrEqual,
        Some("+=") => TokenKind::PlusEqual,
        Some("-=") => TokenKind::MinusEqual,
        _ => return punctuation_character(rest).map(|kind| (kind, 1)),
    };
    Some((kind, 2))
}

fn punctuation_character(rest: &str) -> Option<TokenKind> {
    Some(match rest.bytes().next()? {
        b'(' => TokenKind::LeftParenthesis,
        b')' => TokenKind::RightParenthesis,
        b'[' => TokenKind::LeftBracket,
        b']' => TokenKind::RightBracket,
        b'{' => TokenKind::LeftBrace,
        b'}' => TokenKind::RightBrace,
        b',' => TokenKind::Comma,
        b';' => TokenKind::Semicolon,
        b':' => TokenKind::Colon,
        b'.' => TokenKind::Dot,
        b'?' => TokenKind::QuestionMark,
        b'=' => TokenKind::Equal,
        b'<' => TokenKind::Less,
        b'>' => TokenKind::Greater,
        b'+' => TokenKind::Plus,
        b'-' => TokenKind::Minus,
        b'*' => TokenKind::Asterisk,
        b'/' => TokenKind::Slash,
        b'%' => TokenKind::Percent,
        _ => return None,
    })
}
