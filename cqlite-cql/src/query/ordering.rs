//! `ORDER BY`

use std::fmt;

use super::Term;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::span::Spanned;
use crate::statement::Order;

/// `column [ANN OF vector] [ASC | DESC]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    /// The column.
    pub column: Identifier,
    /// The vector whose nearest neighbours are wanted.
    pub ann_of: Option<Spanned<Term>>,
    /// The order; ascending if none is written.
    pub order: Order,
}

impl Ordering {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let column = parser.column()?;
        let mut ann_of = None;
        if parser.eat_keyword(Keyword::Ann) {
            parser.expect_keyword(Keyword::Of)?;
            ann_of = Some(Term::parse(parser)?);
        }
        let order = if parser.eat_keyword(Keyword::Desc) {
            Order::Descending
        } else {
            parser.eat_keyword(Keyword::Asc);
            Order::Ascending
        };
        Ok(Ordering { column, ann_of, order })
    }
}

impl fmt::Display for Ordering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.column)?;
        self.ann_of.iter().try_for_each(|vector| write!(f, " ANN OF {vector}"))?;
        write!(f, " {}", self.order)
    }
}
