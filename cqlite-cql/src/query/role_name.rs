//! Names of roles and users.

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::TokenKind;
use crate::parser::Parser;

/// A role: a name, or a string that is exactly the name.
pub(super) fn role_name(parser: &mut Parser<'_>) -> Result<Identifier> {
    if parser.at(TokenKind::String) {
        return Ok(Identifier::new(parser.string()?));
    }
    parser.name_without_marker("role")
}

/// Whether the name of a role stands `ahead` tokens after the current one.
pub(super) fn is_role_name(parser: &Parser<'_>, ahead: usize) -> bool {
    matches!(parser.kind(ahead), TokenKind::String | TokenKind::QuestionMark) || parser.is_name(ahead)
}

/// A user: as a role, though no keyword. Cassandra refuses double quotes.
pub(super) fn user_name(parser: &mut Parser<'_>) -> Result<Identifier> {
    let message =
        "Quoted strings are are not supported for user names and USER is deprecated, please use ROLE";
    plain_name(parser, message)
}

/// An identity: as a user.
pub(super) fn identity_name(parser: &mut Parser<'_>) -> Result<Identifier> {
    plain_name(parser, "Quoted strings are are not supported for identity")
}

fn plain_name(parser: &mut Parser<'_>, quoted: &str) -> Result<Identifier> {
    match parser.kind(0) {
        TokenKind::String => Ok(Identifier::new(parser.string()?)),
        TokenKind::Identifier => parser.identifier(),
        TokenKind::QuotedIdentifier => Err(parser.placeless(quoted)),
        _ => Err(parser.no_viable_alternative()),
    }
}
