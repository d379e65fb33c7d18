//! The cursor over tokens that every node of the syntax tree is read with.

mod lookahead;
mod names;
mod snippet;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::error::{ParseError, ParseErrorKind, Result};
use crate::lexer::{Keyword, Lexer, Token, TokenKind, out_of_range};
use crate::query::CqlStatement;
use crate::span::{Span, Spanned};
use crate::statement::Statement;

/// More tokens than an error quotes before the offending one.
const SNIPPET_TOKENS: usize = 12;

/// How many tokens are cut at once. So many lie in the fastest cache, and few statements have more.
const TOKENS_AT_ONCE: usize = 256;

/// More tokens than anything looks ahead.
const TOKENS_AHEAD: usize = 8;

/// More tokens than anything looks back.
const TOKENS_BEHIND: usize = 32;

/// Recursive descent over the tokens of a text.
///
/// Each node of the tree has its grammar beside its definition, as a `parse` function that takes a `Parser`.
pub(crate) struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    /// The tokens around the current one. All indices count from the first of them.
    tokens: Vec<Place>,
    /// How many tokens came before those.
    passed: usize,
    /// Whether the last token of the text is among them.
    has_last: bool,
    /// The index of the current token.
    index: usize,
    /// Why the text cannot be cut into further tokens.
    refused: Option<ParseError>,
    /// Whether only what Cassandra's own parser takes is taken.
    is_strict: bool,
    /// Whether nobody will see an error.
    is_attempt: bool,
    /// How many brackets may yet be opened.
    depth: usize,
    /// How many bind markers were read.
    bind_markers: usize,
    /// The start of the statement that is being read: an error quotes nothing before it.
    statement_start: usize,
    /// The index of the last token that Cassandra's parser has seen, if it lies after the current one.
    seen: usize,
    /// The first float that Cassandra cannot take for a number.
    unreadable: Option<Unreadable>,
}

/// A float that Cassandra cannot take for a number.
struct Unreadable {
    /// How many tokens stand before it in the text.
    before: usize,
    span: Span,
    reason: &'static str,
}

/// A token without its text.
#[derive(Debug, Clone, Copy)]
struct Place {
    kind: TokenKind,
    start: u32,
    end: u32,
}

impl Place {
    /// A place in a text that is not longer than 4 GiB.
    #[inline]
    fn new(kind: TokenKind, span: Span) -> Self {
        let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Place { kind, start: offset(span.start), end: offset(span.end) }
    }
}

impl<'a> Parser<'a> {
    /// How deep terms and relations may nest. Input is not trusted, and each level takes stack.
    pub(crate) const MAX_DEPTH: usize = 120;

    /// How many items of a list there is room for before it is known how many there are.
    pub(crate) const FEW: usize = 4;

    /// A parser that takes what Cassandra prints as well as what it takes.
    pub(crate) fn new(source: &'a str) -> Result<Self> {
        Self::over(source, Lexer::new(source), false)
    }

    /// A parser that takes what Cassandra's own parser takes.
    pub(crate) fn strict(source: &'a str) -> Result<Self> {
        Self::over(source, Lexer::strict(source), true)
    }

    fn over(source: &'a str, lexer: Lexer<'a>, is_strict: bool) -> Result<Self> {
        let whole = Span { start: 0, end: source.len() };
        if u32::try_from(source.len()).is_err() {
            return Err(ParseError::new(source, whole, "the text is longer than 4 GiB"));
        }
        let mut parser = Parser {
            source,
            lexer,
            tokens: Vec::with_capacity((source.len() / 3 + 4).min(TOKENS_AT_ONCE)),
            passed: 0,
            has_last: false,
            index: 0,
            refused: None,
            is_strict,
            is_attempt: false,
            depth: Self::MAX_DEPTH,
            bind_markers: 0,
            statement_start: 0,
            seen: 0,
            unreadable: None,
        };
        parser.cut(TOKENS_AT_ONCE);
        Ok(parser)
    }

    /// Cuts tokens until there are `count`, or all.
    fn cut(&mut self, count: usize) {
        while self.tokens.len() < count && !self.has_last {
            let (kind, span) = match self.lexer.next_kind() {
                Ok(next) => next,
                Err(error) => {
                    let start = error.span().start;
                    self.refused = Some(error);
                    (TokenKind::End, Span { start, end: start })
                }
            };
            if matches!(kind, TokenKind::Float) && self.is_strict && self.unreadable.is_none() {
                let before = self.passed + self.tokens.len();
                let reason = out_of_range(span.text(self.source));
                self.unreadable = reason.map(|reason| Unreadable { before, span, reason });
            }
            self.tokens.push(Place::new(kind, span));
            self.has_last = matches!(kind, TokenKind::End);
        }
    }

    /// Cuts further tokens, and forgets those that nobody looks back at.
    #[cold]
    fn go_on(&mut self) {
        if !self.is_attempt {
            let forgotten = self.index.saturating_sub(TOKENS_BEHIND);
            self.tokens.drain(..forgotten);
            self.passed += forgotten;
            self.index -= forgotten;
            self.seen = self.seen.saturating_sub(forgotten);
        }
        self.cut(self.index + TOKENS_AT_ONCE);
    }

    /// What has been read, unless the text went wrong before.
    pub(crate) fn finish<T>(mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let result = read(&mut self);
        if let Some(Unreadable { before, span, reason }) = self.unreadable
            && self.passed + self.index > before
        {
            let reason = format!("NumberFormatException {reason}");
            let message = format!("Failed parsing statement: [{}] reason: {reason}", self.source);
            return Err(self.error_at(span, message).of_kind(ParseErrorKind::Placeless));
        }
        if result.is_err() {
            self.cut(usize::MAX);
        }
        let has_seen_all = self.seen + 1 >= self.tokens.len();
        match (result, self.refused) {
            (Err(error), Some(refused)) if error.span().start < refused.span().start && !has_seen_all => {
                Err(error)
            }
            (_, Some(refused)) => Err(refused),
            (result, None) => result,
        }
    }

    /// Statements, each but the last followed by a semicolon.
    pub(crate) fn script(&mut self) -> Result<Vec<Spanned<Statement>>> {
        let mut statements = Vec::new();
        loop {
            while self.eat(TokenKind::Semicolon) {}
            if self.at(TokenKind::End) {
                return Ok(statements);
            }
            statements.push(self.statement()?);
            if !self.at(TokenKind::End) {
                self.expect(TokenKind::Semicolon)?;
            }
        }
    }

    /// One statement up to its semicolon.
    pub(crate) fn statement(&mut self) -> Result<Spanned<Statement>> {
        self.statement_start = self.current().span.start;
        let node = Statement::parse(self)?;
        Ok(Spanned { node, span: self.span_since(self.statement_start) })
    }

    /// One statement of any kind up to its semicolon.
    pub(crate) fn cql_statement(&mut self) -> Result<Spanned<CqlStatement>> {
        self.statement_start = self.current().span.start;
        let node = CqlStatement::parse(self)?;
        Ok(Spanned { node, span: self.span_since(self.statement_start) })
    }

    // ---- looking

    #[inline]
    pub(crate) fn current(&self) -> Token<'a> {
        self.token(self.index)
    }

    /// The token of an index; the end of the text if there is none.
    #[inline]
    fn token(&self, index: usize) -> Token<'a> {
        let place = match self.tokens.get(index) {
            Some(place) => *place,
            None => self.last(),
        };
        let span = Span { start: place.start as usize, end: place.end as usize };
        Token { kind: place.kind, text: span.text(self.source), span }
    }

    #[cold]
    fn last(&self) -> Place {
        let nothing = Place { kind: TokenKind::End, start: 0, end: 0 };
        self.tokens.last().copied().unwrap_or(nothing)
    }

    /// The kind of the token `ahead` tokens after the current one.
    #[inline]
    pub(crate) fn kind(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.index + ahead).map_or(TokenKind::End, |place| place.kind)
    }

    #[inline]
    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict
    }

    #[inline]
    pub(crate) fn at(&self, kind: TokenKind) -> bool {
        self.kind(0) == kind
    }

    #[inline]
    pub(crate) fn at_keyword(&self, keyword: Keyword) -> bool {
        self.at(TokenKind::Keyword(keyword))
    }

    #[inline]
    pub(crate) fn keyword(&self) -> Option<Keyword> {
        match self.kind(0) {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// The token `ahead` tokens after the current one.
    #[inline]
    pub(crate) fn ahead(&self, ahead: usize) -> Token<'a> {
        self.token(self.index + ahead)
    }

    /// Whether these keywords come next.
    pub(crate) fn at_keywords(&self, keywords: &[Keyword]) -> bool {
        let mut ahead = keywords.iter().enumerate();
        ahead.all(|(ahead, keyword)| self.kind(ahead) == TokenKind::Keyword(*keyword))
    }

    /// What can be read, or the parser stands where it stood. Why it cannot be read is not told.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        let mark = self.mark();
        let was_attempt = std::mem::replace(&mut self.is_attempt, true);
        let result = read(self);
        self.is_attempt = was_attempt;
        self.has_seen(0);
        if result.is_err() {
            self.reset(mark);
        }
        result.ok()
    }

    /// Where the parser stands, to come back to it.
    pub(crate) fn mark(&self) -> (usize, usize, usize) {
        (self.index, self.depth, self.bind_markers)
    }

    /// Goes back to where the parser stood.
    pub(crate) fn reset(&mut self, (index, depth, bind_markers): (usize, usize, usize)) {
        self.index = index;
        self.depth = depth;
        self.bind_markers = bind_markers;
    }

    /// The number of the next bind marker.
    #[inline]
    pub(crate) fn next_bind_marker(&mut self) -> usize {
        let index = self.bind_markers;
        self.bind_markers += 1;
        index
    }

    // ---- taking

    /// What is within one more bracket.
    #[inline]
    pub(crate) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(self.error(format!("brackets are nested more than {} levels deep", Self::MAX_DEPTH)));
        };
        self.depth = depth;
        let result = read(self);
        self.depth += 1;
        result
    }

    /// Goes to the next token. The one it stood at.
    #[inline]
    pub(crate) fn advance(&mut self) -> Token<'a> {
        let token = self.current();
        self.skip();
        token
    }

    /// Goes to the next token, unless the text ends.
    #[inline]
    fn skip(&mut self) {
        if self.kind(0) != TokenKind::End {
            self.index += 1;
            if self.index + TOKENS_AHEAD > self.tokens.len() && !self.has_last {
                self.go_on();
            }
        }
    }

    #[inline]
    pub(crate) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.skip();
        }
        found
    }

    #[inline]
    pub(crate) fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        self.eat(TokenKind::Keyword(keyword))
    }

    #[inline]
    pub(crate) fn expect(&mut self, kind: TokenKind) -> Result<Token<'a>> {
        if self.at(kind) { Ok(self.advance()) } else { Err(self.mismatched(kind)) }
    }

    #[inline]
    pub(crate) fn expect_keyword(&mut self, keyword: Keyword) -> Result<Token<'a>> {
        self.expect(TokenKind::Keyword(keyword))
    }

    pub(crate) fn expect_keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        keywords.iter().try_for_each(|keyword| self.expect_keyword(*keyword).map(drop))
    }

    /// `CREATE TABLE` and the like: the two words that tell the statement, which the caller has looked at.
    pub(crate) fn verb_and_object(&mut self) {
        self.advance();
        self.advance();
    }

    /// `TABLE` or `COLUMNFAMILY`, which may be absent.
    pub(crate) fn eat_table(&mut self) -> bool {
        self.eat_keyword(Keyword::Table) || self.eat_keyword(Keyword::Columnfamily)
    }

    /// `CREATE` and perhaps `OR REPLACE`. Whether the latter is there.
    pub(crate) fn create_or_replace(&mut self) -> Result<bool> {
        self.expect_keyword(Keyword::Create)?;
        let found = self.eat_keyword(Keyword::Or);
        if found {
            self.expect_keyword(Keyword::Replace)?;
        }
        Ok(found)
    }

    /// `IF NOT EXISTS`, which may be absent.
    pub(crate) fn if_not_exists(&mut self) -> Result<bool> {
        let found = self.eat_keyword(Keyword::If);
        if found {
            self.expect_keywords(&[Keyword::Not, Keyword::Exists])?;
        }
        Ok(found)
    }

    /// `IF EXISTS`, which may be absent.
    pub(crate) fn if_exists(&mut self) -> Result<bool> {
        let found = self.eat_keyword(Keyword::If);
        if found {
            self.expect_keyword(Keyword::Exists)?;
        }
        Ok(found)
    }

    pub(crate) fn string(&mut self) -> Result<String> {
        Ok(self.expect(TokenKind::String)?.value().into_owned())
    }

    /// One or more items with a separator between them.
    pub(crate) fn separated<T>(
        &mut self,
        separator: TokenKind,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let first = item(self)?;
        let mut items = Vec::with_capacity(Self::FEW);
        items.push(first);
        while self.eat(separator) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(item, item, ...)`
    pub(crate) fn parenthesised<T>(&mut self, item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.expect(TokenKind::LeftParenthesis)?;
        let items = self.separated(TokenKind::Comma, item)?;
        self.expect(TokenKind::RightParenthesis)?;
        Ok(items)
    }

    /// `(item, item, ...)`, or one item alone.
    pub(crate) fn one_or_parenthesised<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        if self.at(TokenKind::LeftParenthesis) { self.parenthesised(item) } else { Ok(vec![item(self)?]) }
    }

    // ---- places

    /// From an offset to the end of what has been consumed.
    #[inline]
    pub(crate) fn span_since(&self, start: usize) -> Span {
        let consumed = self.index.checked_sub(1).map_or(0, |index| self.token(index).span.end);
        Span { start, end: consumed.max(start) }
    }

    pub(crate) fn text(&self, span: Span) -> &'a str {
        span.text(self.source)
    }

    // ---- errors at the current token

    pub(crate) fn no_viable_alternative(&self) -> ParseError {
        self.syntax_error(&format!("no viable alternative at input '{}'", self.current_in_message()))
    }

    /// The same, where Cassandra decides what to read `before` tokens before the current one.
    pub(crate) fn no_viable_alternative_since(&self, before: usize) -> ParseError {
        let message = format!("no viable alternative at input '{}'", self.current_in_message());
        self.syntax_error_since(&message, before)
    }

    pub(crate) fn mismatched(&self, expected: TokenKind) -> ParseError {
        self.syntax_error(&format!("mismatched input '{}' expecting {expected}", self.current_in_message()))
    }

    /// An error about what the current token means, rather than that it stands there.
    pub(crate) fn error(&self, message: impl Into<String>) -> ParseError {
        self.error_at(self.current().span, message)
    }

    pub(crate) fn error_at(&self, span: Span, message: impl Into<String>) -> ParseError {
        if self.is_attempt {
            ParseError::new("", span, "")
        } else {
            ParseError::new(self.source, span, message)
        }
    }

    fn syntax_error(&self, message: &str) -> ParseError {
        self.syntax_error_since(message, 0)
    }

    fn syntax_error_since(&self, message: &str, before: usize) -> ParseError {
        if self.is_attempt {
            return self.error("");
        }
        let snippet = if self.is_strict { self.strict_snippet(before) } else { self.snippet() };
        let message = match snippet {
            Some(snippet) => format!("{message} ({snippet})"),
            None => message.to_owned(),
        };
        let kind = if self.is_strict && self.at(TokenKind::End) {
            ParseErrorKind::AtEnd
        } else {
            ParseErrorKind::Syntax
        };
        self.error(message).of_kind(kind)
    }

    /// What the tokens around the one that Cassandra stands at look like to it.
    fn strict_snippet(&self, before: usize) -> Option<String> {
        let offending = self.index.saturating_sub(before);
        let first = offending.saturating_sub(SNIPPET_TOKENS);
        let last = self.index.max(self.seen).min(self.tokens.len().saturating_sub(1));
        let tokens: Vec<Token<'_>> = (first..=last).map(|index| self.token(index)).collect();
        snippet::of(self.source, &tokens, offending - first, self.passed + first == 0)
    }

    /// An error about what a part of the statement means: Cassandra tells it without a place.
    pub(crate) fn recognition_error(&self, span: Span, message: impl Into<String>) -> ParseError {
        let error = self.error_at(span, message);
        if self.is_strict { error.of_kind(ParseErrorKind::Placeless) } else { error }
    }

    /// An error in a statement that is well formed.
    pub(crate) fn invalid(&self, span: Span, message: impl Into<String>) -> ParseError {
        let error = self.error_at(span, message);
        if self.is_strict { error.of_kind(ParseErrorKind::Invalid) } else { error }
    }

    /// An error that Cassandra tells without a place.
    pub(crate) fn placeless(&self, message: impl Into<String>) -> ParseError {
        self.error(message).of_kind(ParseErrorKind::Placeless)
    }

    fn current_in_message(&self) -> Cow<'a, str> {
        match self.kind(0) {
            TokenKind::End => Cow::Borrowed("<EOF>"),
            TokenKind::QuotedIdentifier if self.current().text.len() == 2 => Cow::Borrowed("\"\""),
            _ if self.is_strict => match self.current().value() {
                Cow::Borrowed(value) => snippet::first(value).into(),
                Cow::Owned(value) => Cow::Owned(snippet::first(&value).to_owned()),
            },
            _ => clip(self.current().text),
        }
    }

    /// The current token in brackets, after the last few tokens of its statement; none at the end of the text.
    fn snippet(&self) -> Option<String> {
        /// Blanks between two tokens count as one more, as in Cassandra.
        const PIECES: usize = 10;
        const LONGEST: usize = 160;
        if self.at(TokenKind::End) {
            return None;
        }
        let offending = self.current().span;
        let mut starts = VecDeque::new();
        let mut lexer = Lexer::at(self.source, self.statement_start);
        let mut end = self.statement_start;
        while let Ok(token) = lexer.next_token()
            && token.kind != TokenKind::End
        {
            if token.span.start > end {
                starts.push_back(end);
            }
            if token.span.start >= offending.start {
                break;
            }
            starts.push_back(token.span.start);
            end = token.span.end;
        }
        while starts.len() > PIECES || starts.front().is_some_and(|start| offending.start - start > LONGEST) {
            starts.pop_front();
        }
        let start = starts.front().copied().unwrap_or(offending.start);
        let before = Span { start, end: offending.start }.text(self.source).replace(['\r', '\n'], "");
        let leading = if start > self.statement_start { "..." } else { "" };
        let rest = Span { start: offending.end, end: self.source.len() }.text(self.source);
        let trailing = if rest.trim().is_empty() { "" } else { "..." };
        Some(format!("{leading}{before}[{}]{trailing}", clip(self.current().text)))
    }
}

/// A token's text for a message: on one line and not too long.
fn clip(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    let line_length = text.find(['\r', '\n']).unwrap_or(text.len());
    match text.char_indices().nth(LONGEST).map_or(line_length, |(at, _)| at.min(line_length)) {
        length if length < text.len() => Cow::Owned(format!("{}...", text.get(..length).unwrap_or_default())),
        _ => Cow::Borrowed(text),
    }
}
