//! The tokens that most texts consist of, told by their first bytes.

use super::word::Word;
use super::{Keyword, TokenKind};

/// The token that `bytes` begins with and its length, if that can be told without looking at the rarer literals: UUIDs,
/// blobs, durations and exponents. Blanks and comments have been passed over.
#[inline(always)]
pub(super) fn scan(bytes: &[u8]) -> Option<(TokenKind, usize)> {
    let Some(first) = bytes.first() else {
        return Some((TokenKind::End, 0));
    };
    let kind = match first {
        b'a'..=b'z' | b'A'..=b'Z' => return word(bytes),
        b'0'..=b'9' => return number(bytes, 0),
        b'-' if bytes.get(1).is_some_and(u8::is_ascii_digit) => return number(bytes, 1),
        b'\'' => return quoted(bytes, TokenKind::String),
        b'"' => return quoted(bytes, TokenKind::QuotedIdentifier),
        b'(' => TokenKind::LeftParenthesis,
        b')' => TokenKind::RightParenthesis,
        b'[' => TokenKind::LeftBracket,
        b']' => TokenKind::RightBracket,
        b'{' => TokenKind::LeftBrace,
        b'}' => TokenKind::RightBrace,
        b',' => TokenKind::Comma,
        b';' => TokenKind::Semicolon,
        b':' => TokenKind::Colon,
        b'?' => TokenKind::QuestionMark,
        b'=' => TokenKind::Equal,
        b'*' => TokenKind::Asterisk,
        b'.' if bytes.get(1) != Some(&b'.') => TokenKind::Dot,
        b'<' if bytes.get(1) != Some(&b'=') => TokenKind::Less,
        b'>' if bytes.get(1) != Some(&b'=') => TokenKind::Greater,
        _ => return None,
    };
    Some((kind, 1))
}

/// A word, unless it may be the start of a UUID, a duration or a custom index expression.
#[inline(always)]
fn word(bytes: &[u8]) -> Option<(TokenKind, usize)> {
    let word = Word::at(bytes);
    let next = bytes.get(word.length);
    let may_be_uuid = word.length == 8 && next == Some(&b'-');
    let may_be_duration = bytes.first() == Some(&b'P')
        && bytes.get(1).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'T');
    let may_be_expression = word.length == 4 && next == Some(&b'(') && bytes.starts_with(b"expr");
    if may_be_uuid || may_be_duration || may_be_expression {
        return None;
    }
    Some((kind_of_word(&word), word.length))
}

/// What a word is that is no literal of another kind.
#[inline]
pub(super) fn kind_of_word(word: &Word) -> TokenKind {
    const TRUE: u128 = Word::key_of("TRUE");
    const FALSE: u128 = Word::key_of("FALSE");
    match Keyword::of_word(word) {
        Some(Keyword::Nan | Keyword::Infinity) => TokenKind::Float,
        Some(keyword) => TokenKind::Keyword(keyword),
        None if word.key == TRUE || word.key == FALSE => TokenKind::Boolean,
        None => TokenKind::Identifier,
    }
}

/// Digits from `start` on, perhaps with a fraction, behind which nothing stands that a literal might go on with.
#[inline(always)]
fn number(bytes: &[u8], start: usize) -> Option<(TokenKind, usize)> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut kind = TokenKind::Integer;
    let mut end = digits(start);
    if bytes.get(end) == Some(&b'.') {
        kind = TokenKind::Float;
        end = digits(end + 1);
    }
    let goes_on =
        |next: &u8| !next.is_ascii() || next.is_ascii_alphanumeric() || matches!(next, b'.' | b'-' | b'_');
    if bytes.get(end).is_some_and(goes_on) { None } else { Some((kind, end)) }
}

/// What stands between two quotes, in which a doubled one stands for itself, if there is a second one.
#[inline]
fn quoted(bytes: &[u8], kind: TokenKind) -> Option<(TokenKind, usize)> {
    let quote = bytes.first()?;
    let mut end = 1;
    loop {
        end += bytes.get(end..)?.iter().position(|byte| byte == quote)? + 1;
        if bytes.get(end) != Some(quote) {
            return Some((kind, end));
        }
        end += 1;
    }
}
