//! The cursor over tokens that every node of the syntax tree is read with.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::error::{ParseError, Result};
use crate::identifier::Identifier;
use crate::lexer::{Keyword, Lexer, Token, TokenKind};
use crate::span::{Span, Spanned};
use crate::statement::Statement;

/// Recursive descent over a text: one token at a time, the rest of the text as look-ahead.
///
/// Each node of the tree has its grammar beside its definition, as a `parse` function that takes a `Parser`.
pub(crate) struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    current: Token<'a>,
    /// The end of the token before `current`.
    consumed_end: usize,
    /// The start of the statement that is being read: an error quotes nothing before it.
    statement_start: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: &'a str) -> Result<Self> {
        let mut lexer = Lexer::new(source);
        let current = lexer.next_token()?;
        Ok(Parser { source, lexer, current, consumed_end: 0, statement_start: current.span.start })
    }

    /// Statements, each but the last followed by a semicolon.
    pub(crate) fn script(&mut self) -> Result<Vec<Spanned<Statement>>> {
        let mut statements = Vec::new();
        loop {
            while self.eat(TokenKind::Semicolon)? {}
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
        self.statement_start = self.current.span.start;
        let node = Statement::parse(self)?;
        Ok(Spanned { node, span: self.span_since(self.statement_start) })
    }

    // ---- looking

    pub(crate) fn current(&self) -> Token<'a> {
        self.current
    }

    pub(crate) fn at(&self, kind: TokenKind) -> bool {
        self.current.kind == kind
    }

    pub(crate) fn at_keyword(&self, keyword: Keyword) -> bool {
        self.at(TokenKind::Keyword(keyword))
    }

    pub(crate) fn keyword(&self) -> Option<Keyword> {
        match self.current.kind {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// The kind of the token after the current one.
    pub(crate) fn next_kind(&self) -> Result<TokenKind> {
        Ok(self.lexer.clone().next_token()?.kind)
    }

    /// Whether these keywords come next.
    pub(crate) fn at_keywords(&self, keywords: &[Keyword]) -> Result<bool> {
        let mut lexer = self.lexer.clone();
        let mut token = self.current;
        for (index, keyword) in keywords.iter().enumerate() {
            if index > 0 {
                token = lexer.next_token()?;
            }
            if token.kind != TokenKind::Keyword(*keyword) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // ---- taking

    pub(crate) fn advance(&mut self) -> Result<Token<'a>> {
        let token = self.current;
        self.current = self.lexer.next_token()?;
        self.consumed_end = token.span.end;
        Ok(token)
    }

    pub(crate) fn eat(&mut self, kind: TokenKind) -> Result<bool> {
        let found = self.at(kind);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(crate) fn eat_keyword(&mut self, keyword: Keyword) -> Result<bool> {
        self.eat(TokenKind::Keyword(keyword))
    }

    pub(crate) fn expect(&mut self, kind: TokenKind) -> Result<Token<'a>> {
        if self.at(kind) { self.advance() } else { Err(self.mismatched(kind)) }
    }

    pub(crate) fn expect_keyword(&mut self, keyword: Keyword) -> Result<Token<'a>> {
        self.expect(TokenKind::Keyword(keyword))
    }

    pub(crate) fn expect_keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        keywords.iter().try_for_each(|keyword| self.expect_keyword(*keyword).map(drop))
    }

    /// `CREATE TABLE` and the like: the two words that tell the statement, which the caller has looked at.
    pub(crate) fn verb_and_object(&mut self) -> Result<()> {
        self.advance()?;
        self.advance().map(drop)
    }

    /// `IF NOT EXISTS`, which may be absent.
    pub(crate) fn if_not_exists(&mut self) -> Result<bool> {
        let found = self.eat_keyword(Keyword::If)?;
        if found {
            self.expect_keywords(&[Keyword::Not, Keyword::Exists])?;
        }
        Ok(found)
    }

    /// `IF EXISTS`, which may be absent.
    pub(crate) fn if_exists(&mut self) -> Result<bool> {
        let found = self.eat_keyword(Keyword::If)?;
        if found {
            self.expect_keyword(Keyword::Exists)?;
        }
        Ok(found)
    }

    /// A name. Some that Cassandra's grammar refuses are taken, because its `DESCRIBE` prints them: `true` and
    /// `false` without quotes, and `""`, a column of old super column families.
    pub(crate) fn identifier(&mut self) -> Result<Identifier> {
        let token = self.current;
        let identifier = match token.kind {
            TokenKind::QuotedIdentifier => Identifier::new(token.value()),
            TokenKind::Identifier | TokenKind::Boolean => Identifier::unquoted(token.text),
            TokenKind::Keyword(keyword) if !keyword.is_reserved() => Identifier::unquoted(token.text),
            _ => return Err(self.no_viable_alternative()),
        };
        self.advance()?;
        Ok(identifier)
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
        let mut items = vec![item(self)?];
        while self.eat(separator)? {
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
    pub(crate) fn span_since(&self, start: usize) -> Span {
        Span { start, end: self.consumed_end.max(start) }
    }

    pub(crate) fn text(&self, span: Span) -> &'a str {
        span.text(self.source)
    }

    // ---- errors at the current token

    pub(crate) fn no_viable_alternative(&self) -> ParseError {
        self.syntax_error(&format!("no viable alternative at input '{}'", self.current_in_message()))
    }

    pub(crate) fn mismatched(&self, expected: TokenKind) -> ParseError {
        self.syntax_error(&format!("mismatched input '{}' expecting {expected}", self.current_in_message()))
    }

    /// An error about what the current token means, rather than that it stands there.
    pub(crate) fn error(&self, message: impl Into<String>) -> ParseError {
        self.error_at(self.current.span, message)
    }

    pub(crate) fn error_at(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError::new(self.source, span, message)
    }

    fn syntax_error(&self, message: &str) -> ParseError {
        let message = match self.snippet() {
            Some(snippet) => format!("{message} ({snippet})"),
            None => message.to_owned(),
        };
        self.error(message)
    }

    fn current_in_message(&self) -> Cow<'a, str> {
        match self.current.kind {
            TokenKind::End => Cow::Borrowed("<EOF>"),
            _ => clip(self.current.text),
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
        let offending = self.current.span;
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
        Some(format!("{leading}{before}[{}]{trailing}", clip(self.current.text)))
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
