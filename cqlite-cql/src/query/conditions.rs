//! `IF`

use std::fmt;

use super::ColumnCondition;
use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::separated::Separated;
use crate::span::Spanned;

/// When an `UPDATE` or a `DELETE` is applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Conditions {
    /// Always.
    #[default]
    None,
    /// `IF EXISTS`
    IfExists,
    /// `IF condition AND condition ...`
    If(Vec<Spanned<ColumnCondition>>),
}

impl Conditions {
    /// `IF ...`, which may be absent.
    pub(crate) fn parse_optional(parser: &mut Parser<'_>) -> Result<Self> {
        if !parser.eat_keyword(Keyword::If) {
            return Ok(Conditions::None);
        }
        if parser.at_keyword(Keyword::Exists) && !Self::is_column_exists(parser) {
            use Keyword::{Apply, Delete, Insert, Update};
            let is_end = matches!(
                parser.kind(1),
                TokenKind::Semicolon | TokenKind::End | TokenKind::Keyword(Apply | Delete | Insert | Update)
            );
            parser.decide(1, is_end)?;
            parser.advance();
            return Ok(Conditions::IfExists);
        }
        let conditions = parser.separated(TokenKind::Keyword(Keyword::And), ColumnCondition::parse)?;
        Ok(Conditions::If(conditions))
    }

    /// Whether `EXISTS` is the name of a column that a condition is about.
    fn is_column_exists(parser: &Parser<'_>) -> bool {
        use TokenKind::{Dot, Equal, Greater, GreaterOrEqual, LeftBracket, Less, LessOrEqual, NotEqual};
        match parser.kind(1) {
            Dot | Equal | Greater | GreaterOrEqual | LeftBracket | Less | LessOrEqual | NotEqual => true,
            TokenKind::Keyword(keyword) => matches!(keyword, Keyword::In | Keyword::Contains),
            _ => false,
        }
    }
}

/// With ` IF ` before it, unless there are none.
impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conditions::None => Ok(()),
            Conditions::IfExists => f.write_str(" IF EXISTS"),
            Conditions::If(conditions) => write!(f, " IF {}", Separated::new(conditions, " AND ")),
        }
    }
}
