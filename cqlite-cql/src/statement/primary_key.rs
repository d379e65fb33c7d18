//! Primary keys.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::separated::Separated;

/// `PRIMARY KEY ((a, b), c, d)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    /// The partition key; at least one column.
    pub partition: Vec<Identifier>,
    /// The clustering columns.
    pub clustering: Vec<Identifier>,
}

impl PrimaryKey {
    /// The key that is one column.
    pub fn single(column: Identifier) -> Self {
        PrimaryKey { partition: vec![column], clustering: Vec::new() }
    }

    /// The one column that is the whole key, if so it is.
    pub fn as_single(&self) -> Option<&Identifier> {
        match (self.partition.as_slice(), self.clustering.as_slice()) {
            ([column], []) => Some(column),
            _ => None,
        }
    }

    /// From the parenthesis after `PRIMARY KEY`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        parser.expect(TokenKind::LeftParenthesis)?;
        let partition = parser.one_or_parenthesised(Parser::identifier)?;
        let mut clustering = Vec::new();
        while parser.eat(TokenKind::Comma) {
            clustering.push(parser.identifier()?);
        }
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(PrimaryKey { partition, clustering })
    }
}

impl fmt::Display for PrimaryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PRIMARY KEY (")?;
        match self.partition.as_slice() {
            [column] => write!(f, "{column}")?,
            columns => write!(f, "({})", Separated::by_comma(columns))?,
        }
        for column in &self.clustering {
            write!(f, ", {column}")?;
        }
        f.write_str(")")
    }
}
