//! The piece of a statement that a syntax error quotes.

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
    end: usize,
    is_end: bool,
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
    let text = |start: usize, end: usize| source.get(start..end).unwrap_or_default().replace('\n', "");
    let before = text(from.start, offending.start);
    let shown = text(offending.start, offending.end);
    let after = text(offending.end, to.end);
    let leading = if from.start == 0 { "" } else { "..." };
    let trailing = if to.end >= source.trim_end_matches('\n').len() { "" } else { "..." };
    let before = last(&before);
    Some(format!("{leading}{before}[{}]{}{trailing}", first(&shown), first(&after)))
}

fn quoted_end(source: &str, token: Token<'_>) -> usize {
    let is_quoted = matches!(token.kind, TokenKind::String | TokenKind::QuotedIdentifier);
    if !is_quoted || token.text == "\"\"" {
        return token.span.end;
    }
    let length = token.value().chars().count();
    let rest = source.get(token.span.start..).unwrap_or_default();
    rest.char_indices().nth(length).map_or(source.len(), |(at, _)| token.span.start + at)
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
        pieces.push(Piece { start: at, end: at + length, is_end: false });
        at += length.max(1);
    }
}

pub(super) fn first(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

fn last(text: &str) -> &str {
    text.char_indices().rev().nth(LONGEST).map_or(text, |(start, _)| text.get(start..).unwrap_or_default())
}
