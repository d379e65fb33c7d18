//! Statements that are not looked into.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;

/// A statement of which this crate has no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherStatement {
    /// What it does, by its first words: `SELECT`, `CREATE MATERIALIZED VIEW`.
    pub name: &'static str,
    /// The statement as written, without its semicolon.
    pub text: String,
}

impl OtherStatement {
    /// The statement up to its semicolon, or to its `APPLY BATCH`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let Some(name) = Self::name_at(parser) else {
            return Err(parser.no_viable_alternative());
        };
        let start = parser.current().span.start;
        if parser.at_keyword(Keyword::Begin) {
            Self::skip_batch(parser)?;
        } else {
            while !parser.at(TokenKind::Semicolon) && !parser.at(TokenKind::End) {
                parser.advance();
            }
        }
        Ok(OtherStatement { name, text: parser.text(parser.span_since(start)).to_owned() })
    }

    fn name_at(parser: &Parser<'_>) -> Option<&'static str> {
        for (words, name) in FIRST_WORDS {
            if parser.at_keywords(words) {
                return Some(name);
            }
        }
        None
    }

    /// The statements of a batch have semicolons of their own.
    fn skip_batch(parser: &mut Parser<'_>) -> Result<()> {
        while !parser.eat_keyword(Keyword::Apply) {
            if parser.at(TokenKind::End) {
                return Err(parser.mismatched(TokenKind::Keyword(Keyword::Apply)));
            }
            parser.advance();
        }
        parser.expect_keyword(Keyword::Batch).map(drop)
    }
}

/// The words that such statements begin with.
const FIRST_WORDS: &[(&[Keyword], &str)] = &[
    (&[Keyword::Select], "SELECT"),
    (&[Keyword::Insert], "INSERT"),
    (&[Keyword::Update], "UPDATE"),
    (&[Keyword::Delete], "DELETE"),
    (&[Keyword::Truncate], "TRUNCATE"),
    (&[Keyword::Begin], "BATCH"),
    (&[Keyword::Create, Keyword::Materialized, Keyword::View], "CREATE MATERIALIZED VIEW"),
    (&[Keyword::Create, Keyword::Function], "CREATE FUNCTION"),
    (&[Keyword::Create, Keyword::Or, Keyword::Replace, Keyword::Function], "CREATE FUNCTION"),
    (&[Keyword::Create, Keyword::Aggregate], "CREATE AGGREGATE"),
    (&[Keyword::Create, Keyword::Or, Keyword::Replace, Keyword::Aggregate], "CREATE AGGREGATE"),
    (&[Keyword::Create, Keyword::Trigger], "CREATE TRIGGER"),
    (&[Keyword::Create, Keyword::Role], "CREATE ROLE"),
    (&[Keyword::Create, Keyword::User], "CREATE USER"),
    (&[Keyword::Alter, Keyword::Materialized, Keyword::View], "ALTER MATERIALIZED VIEW"),
    (&[Keyword::Alter, Keyword::Role], "ALTER ROLE"),
    (&[Keyword::Alter, Keyword::User], "ALTER USER"),
    (&[Keyword::Drop, Keyword::Materialized, Keyword::View], "DROP MATERIALIZED VIEW"),
    (&[Keyword::Drop, Keyword::Function], "DROP FUNCTION"),
    (&[Keyword::Drop, Keyword::Aggregate], "DROP AGGREGATE"),
    (&[Keyword::Drop, Keyword::Trigger], "DROP TRIGGER"),
    (&[Keyword::Drop, Keyword::Role], "DROP ROLE"),
    (&[Keyword::Drop, Keyword::User], "DROP USER"),
    (&[Keyword::Add, Keyword::Identity], "ADD IDENTITY"),
    (&[Keyword::Drop, Keyword::Identity], "DROP IDENTITY"),
    (&[Keyword::Grant], "GRANT"),
    (&[Keyword::Revoke], "REVOKE"),
    (&[Keyword::List], "LIST"),
    (&[Keyword::Describe], "DESCRIBE"),
    (&[Keyword::Desc], "DESCRIBE"),
];

impl fmt::Display for OtherStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};", self.text)
    }
}
