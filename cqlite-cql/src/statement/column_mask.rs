//! Dynamic data masking.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::query::Term;

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
        if parser.at_keyword(Keyword::Masked) {
            Self::look_ahead(parser)?;
        }
        if !parser.eat_keyword(Keyword::Masked) {
            return Ok(None);
        }
        parser.expect_keyword(Keyword::With)?;
        if parser.at_keyword(Keyword::Default)
            && !matches!(parser.kind(1), TokenKind::LeftParenthesis | TokenKind::Dot)
        {
            parser.advance();
            let function = QualifiedName::unqualified("mask_default");
            return Ok(Some(ColumnMask { function, arguments: String::new() }));
        }
        if parser.is_strict() {
            return Self::parse_terms(parser).map(Some);
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
            parser.advance();
        }
        let arguments = parser.text(parser.span_since(start)).trim().to_owned();
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(Some(ColumnMask { function, arguments }))
    }

    /// Whether what follows `MASKED` tells how.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        let is_with = parser.kind(1) == TokenKind::Keyword(Keyword::With);
        parser.decide(1, is_with)?;
        let is_function = parser.is_name(2) || parser.is_function_name(2);
        parser.decide(2, is_function || parser.kind(2) == TokenKind::QuestionMark)?;
        let is_default = parser.kind(2) == TokenKind::Keyword(Keyword::Default);
        use TokenKind::{Comma, Dot, End, LeftParenthesis, RightParenthesis, Semicolon};
        let is_end = matches!(
            parser.kind(3),
            Comma
                | Dot
                | End
                | LeftParenthesis
                | RightParenthesis
                | Semicolon
                | TokenKind::Keyword(Keyword::Primary)
        );
        parser.decide(3, !is_default || is_end)
    }

    /// `function(arguments)`, of which the arguments are terms.
    fn parse_terms(parser: &mut Parser<'_>) -> Result<Self> {
        let function = parser.function_name()?;
        let start = parser.current().span.start;
        parser.decide(0, parser.at(TokenKind::LeftParenthesis))?;
        let begins = parser.kind(1) == TokenKind::RightParenthesis || Term::may_begin_at(parser, 1);
        parser.decide(1, begins)?;
        Term::parse_arguments(parser)?;
        let written = parser.text(parser.span_since(start));
        let arguments = written.strip_prefix('(').and_then(|written| written.strip_suffix(')'));
        Ok(ColumnMask { function, arguments: arguments.unwrap_or_default().trim().to_owned() })
    }
}

impl fmt::Display for ColumnMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MASKED WITH {}({})", self.function, self.arguments)
    }
}
