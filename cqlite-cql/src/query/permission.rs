//! Permissions.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::parser::Parser;

/// What a role may be permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the permission of its name")]
pub enum Permission {
    Create,
    Alter,
    Drop,
    Select,
    Modify,
    Authorize,
    Describe,
    Execute,
    Unmask,
    SelectMasked,
}

impl Permission {
    /// All of them.
    pub const ALL: [Permission; 10] = [
        Permission::Create,
        Permission::Alter,
        Permission::Drop,
        Permission::Select,
        Permission::Modify,
        Permission::Authorize,
        Permission::Describe,
        Permission::Execute,
        Permission::Unmask,
        Permission::SelectMasked,
    ];

    /// The name in CQL.
    pub const fn name(self) -> &'static str {
        match self {
            Permission::Create => "CREATE",
            Permission::Alter => "ALTER",
            Permission::Drop => "DROP",
            Permission::Select => "SELECT",
            Permission::Modify => "MODIFY",
            Permission::Authorize => "AUTHORIZE",
            Permission::Describe => "DESCRIBE",
            Permission::Execute => "EXECUTE",
            Permission::Unmask => "UNMASK",
            Permission::SelectMasked => "SELECT_MASKED",
        }
    }

    /// `ALL [PERMISSIONS]` or permissions between commas.
    pub(super) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        if parser.eat_keyword(Keyword::All) {
            parser.eat_keyword(Keyword::Permissions);
            return Ok(Self::ALL.to_vec());
        }
        parser.separated(TokenKind::Comma, |parser| {
            let found = Self::at(parser).ok_or_else(|| parser.no_viable_alternative())?;
            parser.advance();
            parser.eat_keyword(Keyword::Permission);
            Ok(found)
        })
    }

    /// The permission that stands there.
    pub(super) fn at(parser: &Parser<'_>) -> Option<Self> {
        Self::ahead(parser, 0)
    }

    /// The permission whose name stands `ahead` tokens after the current one.
    pub(super) fn ahead(parser: &Parser<'_>, ahead: usize) -> Option<Self> {
        let TokenKind::Keyword(keyword) = parser.kind(ahead) else { return None };
        Self::ALL.into_iter().find(|permission| permission.name() == keyword.text())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
