//! Dynamic data masking.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;

/// `MASKED WITH function(arguments)`: what readers without the permission to unmask see of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMask {
    /// The masking function.
    pub function: QualifiedName,
    /// The arguments as written, without the parentheses: any terms. They never bear on what is stored.
    pub arguments: String,
}

impl ColumnMask {
    /// The mask, if the next word is `MASKED`.
    pub(crate) fn parse_optional(parser: &mut Parser<'_>) -> Result<Option<Self>> {
        if !parser.eat_keyword(Keyword::Masked)? {
            return Ok(None);
        }
        parser.expect_keyword(Keyword::With)?;
        if parser.eat_keyword(Keyword::Default)? {
            let function = QualifiedName::unqualified("mask_default");
            return Ok(Some(ColumnMask { function, arguments: String::new() }));
        }
        let function = QualifiedName::parse(parser)?;
        parser.expect(TokenKind::LeftParenthesis)?;
        let start = parser.current().span.start;
        let mut depth = 0_usize;
        while depth > 0 || !parser.at(TokenKind::RightParenthesis) {
            match parser.current().kind {
                TokenKind::LeftParenthesis => depth += 1,
                TokenKind::RightParenthesis => depth -= 1,
                TokenKind::Semicolon | TokenKind::End => {
                    return Err(parser.mismatched(TokenKind::RightParenthesis));
                }
                _ => {}
            }
            parser.advance()?;
        }
        let arguments = parser.text(parser.span_since(start)).trim().to_owned();
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Some(ColumnMask { function, arguments }))
    }
}

impl fmt::Display for ColumnMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MASKED WITH {}({})", self.function, self.arguments)
    }
}
