//! The words of a command.

use std::path::PathBuf;

use cqlite_cql::lexer::{Lexer, Token, TokenKind};

/// The words of a command, one after another, without the semicolons behind it.
#[derive(Debug)]
pub struct Words<'a> {
    tokens: Vec<Token<'a>>,
    place: usize,
}

impl<'a> Words<'a> {
    /// Those of a text.
    ///
    /// # Errors
    /// If it is no text of CQL, in words.
    pub fn new(text: &'a str) -> Result<Self, String> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            let token = lexer.next_token().map_err(|error| error.to_string())?;
            match token.kind {
                TokenKind::End => return Ok(Self { tokens, place: 0 }),
                TokenKind::Semicolon => {}
                _ => tokens.push(token),
            }
        }
    }

    /// The next one, without moving on.
    pub fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.place).copied()
    }

    /// The next one.
    pub fn take(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.place = self.place.saturating_add(1);
        Some(token)
    }

    /// Moves on if this is the next one, in letters of any case.
    pub fn eat(&mut self, word: &str) -> bool {
        let is_it = self.peek().is_some_and(|token| token.text.eq_ignore_ascii_case(word));
        self.place = self.place.saturating_add(usize::from(is_it));
        is_it
    }

    /// Whether there are no more.
    pub fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// The next one as a name, as it is stored: in lower case, or as it stands in quotes.
    pub fn name(&mut self) -> Option<String> {
        let token = self.peek()?;
        let name = match token.kind {
            TokenKind::Identifier | TokenKind::Keyword(_) => token.text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => token.value().into_owned(),
            _ => return None,
        };
        self.take();
        Some(name)
    }

    /// The next one as the path of a file in quotes; `~/` is the home of who asks.
    pub fn path(&mut self) -> Option<PathBuf> {
        let token = self.peek().filter(|token| token.kind == TokenKind::String)?;
        self.take();
        let path = token.value();
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
        Some(match (path.strip_prefix("~/"), home) {
            (Some(below), Some(home)) => PathBuf::from(home).join(below),
            _ => PathBuf::from(path.into_owned()),
        })
    }
}
