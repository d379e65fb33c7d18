//! Parts of what is selected.

use std::fmt;

use super::Term;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;
use crate::span::Spanned;

/// What of a value is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectorModifier {
    /// `.field`
    Field(Identifier),
    /// `[element]`
    Element(Spanned<Term>),
    /// `[from..to]`, `[from..]` or `[..to]`
    Slice {
        /// The first element.
        from: Option<Spanned<Term>>,
        /// The last element.
        to: Option<Spanned<Term>>,
    },
}

impl SelectorModifier {
    pub(crate) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        let mut modifiers = Vec::new();
        loop {
            if parser.eat(TokenKind::Dot) {
                modifiers.push(SelectorModifier::Field(parser.identifier()?));
            } else if parser.eat(TokenKind::LeftBracket) {
                modifiers.push(Self::parse_element(parser)?);
                parser.expect(TokenKind::RightBracket)?;
            } else {
                // A semicolon only where rows are grouped by it, at the end of the statement.
                let is_in_statement = parser.at(TokenKind::Semicolon) && parser.kind(1) != TokenKind::End;
                let is_followed = parser.may_follow_selector(0) && (modifiers.is_empty() || !is_in_statement);
                return parser.decide(0, is_followed).map(|()| modifiers);
            }
        }
    }

    fn parse_element(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.eat(TokenKind::Range) {
            return Ok(SelectorModifier::Slice { from: None, to: Some(Term::parse(parser)?) });
        }
        let term = Term::parse(parser)?;
        if !parser.eat(TokenKind::Range) {
            return Ok(SelectorModifier::Element(term));
        }
        let to = if parser.at(TokenKind::RightBracket) { None } else { Some(Term::parse(parser)?) };
        Ok(SelectorModifier::Slice { from: Some(term), to })
    }
}

impl fmt::Display for SelectorModifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectorModifier::Field(field) => write!(f, ".{field}"),
            SelectorModifier::Element(term) => write!(f, "[{term}]"),
            SelectorModifier::Slice { from, to } => {
                f.write_str("[")?;
                from.iter().try_for_each(|term| write!(f, "{term} "))?;
                f.write_str("..")?;
                to.iter().try_for_each(|term| write!(f, " {term}"))?;
                f.write_str("]")
            }
        }
    }
}
