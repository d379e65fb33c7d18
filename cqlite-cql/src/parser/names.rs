//! Names of all sorts.

use super::Parser;
use crate::error::{ParseError, ParseErrorKind, Result};
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::native_type::NativeType;
use crate::qualified_name::QualifiedName;

/// Names that Cassandra keeps for types of its own.
const RESERVED_TYPE_NAMES: [&str; 7] =
    ["byte", "complex", "enum", "date", "interval", "macaddr", "bitstring"];

impl Parser<'_> {
    /// Whether the token `ahead` tokens after the current one is a name.
    pub(crate) fn is_name(&self, ahead: usize) -> bool {
        match self.kind(ahead) {
            TokenKind::Identifier => true,
            TokenKind::QuotedIdentifier => self.token(self.index + ahead).text.len() > 2,
            TokenKind::Keyword(keyword) => !keyword.is_reserved(),
            TokenKind::Boolean => !self.is_strict,
            _ => false,
        }
    }

    /// Whether the token `ahead` tokens after the current one may be the name of a function, without its keyspace.
    pub(crate) fn is_function_name(&self, ahead: usize) -> bool {
        use Keyword::{Cast, Count, Distinct, Json, Key, Maxwritetime, Token, Ttl, Writetime};
        match self.kind(ahead) {
            TokenKind::Keyword(Token | Count) => true,
            TokenKind::Keyword(Ttl | Writetime | Maxwritetime | Key | Cast | Json | Distinct) => false,
            _ => self.is_name(ahead),
        }
    }

    /// Whether a name that is no native type and none of CQL's own functions stands there: the name of a user type.
    fn is_type_name(&self, ahead: usize) -> bool {
        match self.kind(ahead) {
            TokenKind::Keyword(Keyword::Key) => true,
            TokenKind::Keyword(Keyword::Count) => false,
            TokenKind::Keyword(_) => {
                let text = self.token(self.index + ahead).text;
                self.is_function_name(ahead)
                    && self.kind(ahead) != TokenKind::Keyword(Keyword::Token)
                    && NativeType::find(text).is_none()
            }
            _ => self.is_name(ahead),
        }
    }

    /// A name. Some that Cassandra's grammar refuses are taken, because its `DESCRIBE` prints them: `true` and
    /// `false` without quotes, and `""`, a column of old super column families.
    pub(crate) fn identifier(&mut self) -> Result<Identifier> {
        let token = self.current();
        let identifier = match token.kind {
            TokenKind::QuotedIdentifier if !self.is_strict || token.text.len() > 2 => {
                Identifier::new(token.value())
            }
            TokenKind::Identifier => Identifier::unquoted(token.text),
            TokenKind::Boolean if !self.is_strict => Identifier::unquoted(token.text),
            TokenKind::Keyword(keyword) if !keyword.is_reserved() => Identifier::unquoted(token.text),
            _ => return Err(self.no_viable_alternative()),
        };
        self.advance();
        Ok(identifier)
    }

    /// The name of a keyspace.
    pub(crate) fn keyspace_name(&mut self) -> Result<Identifier> {
        self.name_without_marker("keyspace")
    }

    /// A name that Cassandra's grammar lets be a bind marker, only to refuse it.
    pub(crate) fn name_without_marker(&mut self, kind: &str) -> Result<Identifier> {
        if self.is_strict && self.at(TokenKind::QuestionMark) {
            return Err(self.placeless(format!("Bind variables cannot be used for {kind} names")));
        }
        self.identifier()
    }

    /// The name of a column, which may be `""`.
    pub(crate) fn column(&mut self) -> Result<Identifier> {
        if self.at(TokenKind::QuotedIdentifier) && self.current().text.len() == 2 {
            self.advance();
            return Ok(Identifier::new(""));
        }
        self.identifier()
    }

    /// Whether the name of a column stands there.
    pub(crate) fn is_column(&self, ahead: usize) -> bool {
        self.kind(ahead) == TokenKind::QuotedIdentifier || self.is_name(ahead)
    }

    /// The name of a user type.
    pub(crate) fn user_type_name(&mut self) -> Result<QualifiedName> {
        if !self.is_strict {
            return QualifiedName::parse(self);
        }
        let keyspace = if self.kind(1) == TokenKind::Dot {
            let keyspace = self.identifier()?;
            self.advance();
            Some(keyspace)
        } else {
            None
        };
        if !self.is_type_name(0) {
            return Err(self.no_name_without_keyspace());
        }
        let token = self.current();
        if token.kind == TokenKind::Identifier && RESERVED_TYPE_NAMES.contains(&token.text) {
            let message = format!("Invalid (reserved) user type name {}", token.text);
            return Err(self.error(message).of_kind(ParseErrorKind::Placeless));
        }
        Ok(QualifiedName { keyspace, name: self.identifier()? })
    }

    /// The name of a function.
    pub(crate) fn function_name(&mut self) -> Result<QualifiedName> {
        if self.is_function_name(0) && !self.at_keyword(Keyword::Token) {
            use TokenKind::{Dot, End, LeftParenthesis, Semicolon};
            let is_followed = matches!(
                self.kind(1),
                Dot | End | LeftParenthesis | Semicolon | TokenKind::Keyword(Keyword::With)
            );
            self.decide(1, is_followed)?;
            if self.kind(1) != Dot {
                self.has_seen(2);
            }
        }
        let keyspace = if self.is_name(0) && self.kind(1) == TokenKind::Dot {
            let keyspace = self.identifier()?;
            self.advance();
            Some(keyspace)
        } else {
            None
        };
        Ok(QualifiedName { keyspace, name: self.local_function_name()? })
    }

    /// The name of a function without a keyspace. A keyword that is neither reserved nor a native type is kept as it is written, as
    /// Cassandra's grammar does (`allowedFunctionName`).
    pub(crate) fn local_function_name(&mut self) -> Result<Identifier> {
        if self.eat_keyword(Keyword::Token) {
            return Ok(Identifier::new("token"));
        }
        if !self.is_function_name(0) {
            return Err(self.no_name_without_keyspace());
        }
        let token = self.current();
        let keeps_case = matches!(token.kind, TokenKind::Keyword(keyword) if keyword != Keyword::Count)
            && NativeType::find(token.text).is_none();
        let name = self.identifier()?;
        Ok(if self.is_strict && keeps_case { Identifier::new(token.text) } else { name })
    }

    /// An error where a name stands that can only be one of a keyspace, or none.
    fn no_name_without_keyspace(&mut self) -> ParseError {
        if !self.is_name(0) {
            return self.no_viable_alternative();
        }
        self.index += 1;
        self.mismatched(TokenKind::Dot)
    }
}
