//! `BEGIN BATCH`

use std::fmt;

use super::{Attributes, DeleteStatement, InsertStatement, UpdateStatement};
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::span::Spanned;

/// `BEGIN [UNLOGGED | COUNTER] BATCH [USING ...] statements APPLY BATCH`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStatement {
    /// Its kind.
    pub kind: BatchKind,
    /// `USING`
    pub attributes: Attributes,
    /// The statements, in the order written; there may be none.
    pub statements: Vec<Spanned<ModificationStatement>>,
}

/// The kind of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchKind {
    /// All of it or nothing.
    Logged,
    /// Each partition for itself.
    Unlogged,
    /// Of counters.
    Counter,
}

/// A statement that writes rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModificationStatement {
    /// `INSERT`
    Insert(InsertStatement),
    /// `UPDATE`
    Update(UpdateStatement),
    /// `DELETE`
    Delete(DeleteStatement),
}

impl BatchStatement {
    /// From `BEGIN`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let kind = if parser.eat_keyword(Keyword::Unlogged) {
            BatchKind::Unlogged
        } else if parser.eat_keyword(Keyword::Counter) {
            BatchKind::Counter
        } else {
            BatchKind::Logged
        };
        parser.expect_keyword(Keyword::Batch)?;
        let attributes = Attributes::parse_optional(parser)?;
        let mut statements = Vec::new();
        while let Some(statement) = ModificationStatement::parse(parser)? {
            statements.push(statement);
            parser.eat(TokenKind::Semicolon);
        }
        parser.expect_keywords(&[Keyword::Apply, Keyword::Batch])?;
        Ok(BatchStatement { kind, attributes, statements })
    }
}

impl ModificationStatement {
    /// The statement, if one stands there.
    fn parse(parser: &mut Parser<'_>) -> Result<Option<Spanned<Self>>> {
        let start = parser.current().span.start;
        let node = match parser.keyword() {
            Some(Keyword::Insert) => ModificationStatement::Insert(InsertStatement::parse(parser)?),
            Some(Keyword::Update) => ModificationStatement::Update(UpdateStatement::parse(parser)?),
            Some(Keyword::Delete) => ModificationStatement::Delete(DeleteStatement::parse(parser)?),
            _ => return Ok(None),
        };
        Ok(Some(Spanned { node, span: parser.span_since(start) }))
    }
}

impl fmt::Display for BatchStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            BatchKind::Logged => "",
            BatchKind::Unlogged => "UNLOGGED ",
            BatchKind::Counter => "COUNTER ",
        };
        write!(f, "BEGIN {kind}BATCH{}", self.attributes)?;
        self.statements.iter().try_for_each(|statement| write!(f, " {statement}"))?;
        f.write_str(" APPLY BATCH;")
    }
}

impl fmt::Display for ModificationStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModificationStatement::Insert(statement) => write!(f, "{statement}"),
            ModificationStatement::Update(statement) => write!(f, "{statement}"),
            ModificationStatement::Delete(statement) => write!(f, "{statement}"),
        }
    }
}
