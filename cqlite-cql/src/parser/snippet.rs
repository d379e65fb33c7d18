//! The piece of a statement that a syntax error quotes.

use crate::error::HALF_A_CHARACTER;
use crate::lexer::{Token, TokenKind};

/// How many tokens before and after the offending one are quoted; blanks and comments between tokens count.
const BEFORE: usize = 10;
const AFTER: usize = 2;

/// What is quoted of the text of many tokens on either side of the offending one at most, in characters. Cassandra
/// knows no such limit.
const LONGEST: usize = 200;

/// A token, or what stands between two.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    end: Cut,
    is_end: bool,
}

/// A place between two UTF-16 code units.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cut {
    /// The byte before which it is.
    at: usize,
    /// It is not before the character there, but between the two surrogates of it.
    is_within: bool,
}

impl Cut {
    fn before(at: usize) -> Self {
        Self { at, is_within: false }
    }

    /// The place so many code units after a byte, or the end of the text.
    fn after(source: &str, start: usize, units: usize) -> Self {
        let mut passed = 0;
        for (at, character) in source.get(start..).unwrap_or_default().char_indices() {
            if passed >= units {
                return Self::before(start + at);
            }
            passed += character.len_utf16();
            if passed > units {
                return Self { at: start + at, is_within: true };
            }
        }
        Self::before(source.len())
    }
}

/// The text between two places, its lines joined.
fn between(source: &str, from: Cut, to: Cut) -> String {
    if from == to {
        return String::new();
    }
    let (start, leading) = match from.is_within {
        true => (from.at + char::MAX.len_utf8(), HALF_A_CHARACTER),
        false => (from.at, ""),
    };
    let trailing = if to.is_within { HALF_A_CHARACTER } else { "" };
    format!("{leading}{}{trailing}", source.get(start..to.at).unwrap_or_default().replace('\n', ""))
}

/// The last of `tokens` is the last one that has been looked at, and `offending` the index of the one in brackets. None
/// if the end of the text would have to be quoted. Each is quoted as far as its text without quotes is long, as
/// Cassandra does.
pub(super) fn of(source: &str, tokens: &[Token<'_>], offending: usize, is_whole: bool) -> Option<String> {
    let mut pieces = Vec::new();
    let mut offending_at = 0;
    let mut end = if is_whole { 0 } else { tokens.first()?.span.start };
    for (index, token) in tokens.iter().enumerate() {
        hidden(source, end, token.span.start, &mut pieces);
        end = token.span.end;
        if index == offending {
            offending_at = pieces.len();
        }
        let is_end = token.kind == TokenKind::End;
        pieces.push(Piece { start: token.span.start, end: quoted_end(source, *token), is_end });
    }
    let from = *pieces.get(offending_at.saturating_sub(BEFORE))?;
    let to = *pieces.get((offending_at + AFTER).min(pieces.len().saturating_sub(1)))?;
    let offending = *pieces.get(offending_at)?;
    if to.is_end || offending.is_end {
        return None;
    }
    let offending_start = Cut::before(offending.start);
    let before = between(source, Cut::before(from.start), offending_start);
    let shown = between(source, offending_start, offending.end);
    let after = between(source, offending.end, to.end);
    let trailing = if to.end.at >= source.trim_end_matches('\n').len() { "" } else { "..." };
    let quoted = last(&before);
    let leading = if from.start == 0 && quoted.len() == before.len() { "" } else { "..." };
    Some(format!("{leading}{quoted}[{}]{}{trailing}", first(&shown), first(&after)))
}

fn quoted_end(source: &str, token: Token<'_>) -> Cut {
    let is_quoted = matches!(token.kind, TokenKind::String | TokenKind::QuotedIdentifier);
    if !is_quoted || token.text == "\"\"" {
        return Cut::before(token.span.end);
    }
    Cut::after(source, token.span.start, token.value().encode_utf16().count())
}

/// The blanks and comments between two tokens, as Cassandra's lexer cuts them.
fn hidden(source: &str, start: usize, end: usize, pieces: &mut Vec<Piece>) {
    let mut at = start;
    while at < end {
        let gap = source.get(at..end).unwrap_or_default();
        let length = if gap.starts_with("--") || gap.starts_with("//") {
            gap.find(['\n', '\r']).map_or(gap.len(), |length| length + 1)
        } else if gap.starts_with("/*") {
            gap.get(2..).and_then(|body| body.find("*/")).map_or(gap.len(), |length| length + 4)
        } else {
            gap.find(['-', '/']).unwrap_or(gap.len())
        };
        pieces.push(Piece { start: at, end: Cut::before(at + length), is_end: false });
        at += length.max(1);
    }
}

pub(super) fn first(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

fn last(text: &str) -> &str {
    text.char_indices().rev().nth(LONGEST).map_or(text, |(start, _)| text.get(start..).unwrap_or_default())
}
