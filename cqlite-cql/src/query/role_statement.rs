//! Roles, users and identities.

use std::fmt;

use super::role_name::{identity_name, is_role_name, role_name, user_name};
use super::{Permission, RoleOption};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::parser::Parser;
use crate::separated::Separated;

/// A statement about roles. `CREATE USER` is a role that may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleStatement {
    /// `CREATE ROLE` or `CREATE USER`
    Create {
        /// Whether it is written with `USER`.
        is_user: bool,
        /// Whether `IF NOT EXISTS` is given.
        if_not_exists: bool,
        /// The role.
        role: Identifier,
        /// Its options.
        options: Vec<RoleOption>,
    },
    /// `ALTER ROLE` or `ALTER USER`
    Alter {
        /// Whether it is written with `USER`.
        is_user: bool,
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// The role.
        role: Identifier,
        /// What changes.
        options: Vec<RoleOption>,
    },
    /// `DROP ROLE` or `DROP USER`
    Drop {
        /// Whether it is written with `USER`.
        is_user: bool,
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// The role.
        role: Identifier,
    },
    /// `LIST USERS`
    ListUsers,
    /// `LIST ROLES [OF role] [NORECURSIVE]`
    ListRoles {
        /// Whose roles; all if none is given.
        of: Option<Identifier>,
        /// Whether the roles of roles are listed too.
        is_recursive: bool,
    },
    /// `GRANT role TO grantee`
    Grant {
        /// What is granted.
        role: Identifier,
        /// To whom.
        grantee: Identifier,
    },
    /// `REVOKE role FROM revokee`
    Revoke {
        /// What is revoked.
        role: Identifier,
        /// From whom.
        revokee: Identifier,
    },
    /// `ADD IDENTITY identity TO ROLE role`
    AddIdentity {
        /// Whether `IF NOT EXISTS` is given.
        if_not_exists: bool,
        /// The identity.
        identity: Identifier,
        /// The role.
        role: Identifier,
    },
    /// `DROP IDENTITY identity`
    DropIdentity {
        /// Whether `IF EXISTS` is given.
        if_exists: bool,
        /// The identity.
        identity: Identifier,
    },
}

impl RoleStatement {
    /// From `CREATE`, with `ROLE` or `USER` after it.
    pub(super) fn parse_create(parser: &mut Parser<'_>) -> Result<Self> {
        let is_user = Self::parse_head(parser);
        let if_not_exists = parser.if_not_exists()?;
        let (role, options) = Self::parse_body(parser, is_user)?;
        Ok(RoleStatement::Create { is_user, if_not_exists, role, options })
    }

    /// From `ALTER`, with `ROLE` or `USER` after it.
    pub(super) fn parse_alter(parser: &mut Parser<'_>) -> Result<Self> {
        let is_user = Self::parse_head(parser);
        let if_exists = parser.if_exists()?;
        let (role, options) = Self::parse_body(parser, is_user)?;
        Ok(RoleStatement::Alter { is_user, if_exists, role, options })
    }

    /// From `DROP`, with `ROLE` or `USER` after it.
    pub(super) fn parse_drop(parser: &mut Parser<'_>) -> Result<Self> {
        let is_user = Self::parse_head(parser);
        let if_exists = parser.if_exists()?;
        let role = if is_user { user_name(parser)? } else { role_name(parser)? };
        Ok(RoleStatement::Drop { is_user, if_exists, role })
    }

    /// The two words before the name. Whether the second is `USER`.
    fn parse_head(parser: &mut Parser<'_>) -> bool {
        parser.advance();
        let is_user = parser.at_keyword(Keyword::User);
        parser.advance();
        is_user
    }

    fn parse_body(parser: &mut Parser<'_>, is_user: bool) -> Result<(Identifier, Vec<RoleOption>)> {
        if !is_user {
            return Ok((role_name(parser)?, RoleOption::parse_all(parser)?));
        }
        let role = user_name(parser)?;
        let mut options = Vec::new();
        if parser.eat_keyword(Keyword::With) {
            let is_hashed = parser.eat_keyword(Keyword::Hashed);
            if !is_hashed && !parser.at_keyword(Keyword::Password) {
                return Err(parser.no_viable_alternative());
            }
            parser.expect_keyword(Keyword::Password)?;
            let password = parser.string()?;
            let option = if is_hashed { RoleOption::HashedPassword } else { RoleOption::Password };
            options.push(option(password));
        }
        if parser.eat_keyword(Keyword::Superuser) {
            options.push(RoleOption::Superuser(true));
        } else if parser.eat_keyword(Keyword::Nosuperuser) {
            options.push(RoleOption::Superuser(false));
        }
        Ok((role, options))
    }

    /// After `LIST`, from `ROLES`.
    pub(super) fn parse_list(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        let of = if parser.eat_keyword(Keyword::Of) { Some(role_name(parser)?) } else { None };
        Ok(RoleStatement::ListRoles { of, is_recursive: !parser.eat_keyword(Keyword::Norecursive) })
    }

    /// After `GRANT`.
    pub(super) fn parse_grant(parser: &mut Parser<'_>) -> Result<Self> {
        let role = role_name(parser)?;
        parser.expect_keyword(Keyword::To)?;
        Ok(RoleStatement::Grant { role, grantee: role_name(parser)? })
    }

    /// After `REVOKE`.
    pub(super) fn parse_revoke(parser: &mut Parser<'_>) -> Result<Self> {
        let role = role_name(parser)?;
        parser.expect_keyword(Keyword::From)?;
        Ok(RoleStatement::Revoke { role, revokee: role_name(parser)? })
    }

    /// From `ADD`, with `IDENTITY` after it.
    pub(super) fn parse_add_identity(parser: &mut Parser<'_>) -> Result<Self> {
        parser.advance();
        parser.expect_keyword(Keyword::Identity)?;
        let if_not_exists = parser.if_not_exists()?;
        let identity = identity_name(parser)?;
        parser.expect_keywords(&[Keyword::To, Keyword::Role])?;
        Ok(RoleStatement::AddIdentity { if_not_exists, identity, role: identity_name(parser)? })
    }

    /// From `DROP`, with `IDENTITY` after it.
    pub(super) fn parse_drop_identity(parser: &mut Parser<'_>) -> Result<Self> {
        parser.verb_and_object();
        let if_exists = parser.if_exists()?;
        Ok(RoleStatement::DropIdentity { if_exists, identity: identity_name(parser)? })
    }

    /// Whether what follows `GRANT` or `REVOKE` tells whether it is a role.
    pub(super) fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        let end = if parser.at_keyword(Keyword::Grant) { Keyword::To } else { Keyword::From };
        let next = parser.kind(2);
        let is_ended = next == TokenKind::Keyword(end) || next == TokenKind::Keyword(Keyword::On);
        match parser.kind(1) {
            TokenKind::Keyword(Keyword::All) => {
                parser.decide(2, is_ended || next == TokenKind::Keyword(Keyword::Permissions))
            }
            TokenKind::Keyword(Keyword::Unmask | Keyword::SelectMasked) => {
                let is_permission =
                    next == TokenKind::Comma || next == TokenKind::Keyword(Keyword::Permission);
                parser.decide(2, is_ended || is_permission)
            }
            _ => {
                let fits = is_role_name(parser, 1) || Permission::ahead(parser, 1).is_some();
                parser.decide(1, fits)
            }
        }
    }

    /// Whether a role, and no permission, is granted or revoked: `GRANT` and `REVOKE` have been taken.
    pub(super) fn is_granted(parser: &Parser<'_>) -> bool {
        let next = parser.kind(1);
        let is_end = next == TokenKind::Keyword(Keyword::To) || next == TokenKind::Keyword(Keyword::From);
        match parser.keyword() {
            Some(Keyword::All | Keyword::Unmask | Keyword::SelectMasked) => is_end,
            Some(keyword) => !keyword.is_reserved(),
            None => true,
        }
    }
}

impl fmt::Display for RoleStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = |is_user: &bool| if *is_user { "USER" } else { "ROLE" };
        let exists = |given: &bool| if *given { "IF EXISTS " } else { "" };
        let not_exists = |given: &bool| if *given { "IF NOT EXISTS " } else { "" };
        let quote = |name: &Identifier| Literal::quote(name.as_str());
        match self {
            RoleStatement::Create { is_user, if_not_exists, role, options } => {
                write!(f, "CREATE {} {}{}", object(is_user), not_exists(if_not_exists), quote(role))?;
                fmt_options(*is_user, options, f)
            }
            RoleStatement::Alter { is_user, if_exists, role, options } => {
                write!(f, "ALTER {} {}{}", object(is_user), exists(if_exists), quote(role))?;
                fmt_options(*is_user, options, f)
            }
            RoleStatement::Drop { is_user, if_exists, role } => {
                write!(f, "DROP {} {}{};", object(is_user), exists(if_exists), quote(role))
            }
            RoleStatement::ListUsers => f.write_str("LIST USERS;"),
            RoleStatement::ListRoles { of, is_recursive } => {
                f.write_str("LIST ROLES")?;
                of.iter().try_for_each(|role| write!(f, " OF {}", quote(role)))?;
                f.write_str(if *is_recursive { ";" } else { " NORECURSIVE;" })
            }
            RoleStatement::Grant { role, grantee } => {
                write!(f, "GRANT {} TO {};", quote(role), quote(grantee))
            }
            RoleStatement::Revoke { role, revokee } => {
                write!(f, "REVOKE {} FROM {};", quote(role), quote(revokee))
            }
            RoleStatement::AddIdentity { if_not_exists, identity, role } => {
                let if_not_exists = not_exists(if_not_exists);
                write!(f, "ADD IDENTITY {if_not_exists}{} TO ROLE {};", quote(identity), quote(role))
            }
            RoleStatement::DropIdentity { if_exists, identity } => {
                write!(f, "DROP IDENTITY {}{};", exists(if_exists), quote(identity))
            }
        }
    }
}

/// The options as `CREATE ROLE` or as `CREATE USER` writes them, and the semicolon.
fn fmt_options(is_user: bool, options: &[RoleOption], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !is_user && !options.is_empty() {
        write!(f, " WITH {}", Separated::new(options, " AND "))?;
    }
    for option in options.iter().filter(|_| is_user) {
        match option {
            RoleOption::Password(password) => write!(f, " WITH PASSWORD {}", Literal::quote(password))?,
            RoleOption::HashedPassword(hash) => write!(f, " WITH HASHED PASSWORD {}", Literal::quote(hash))?,
            RoleOption::Superuser(false) => f.write_str(" NOSUPERUSER")?,
            _ => f.write_str(" SUPERUSER")?,
        }
    }
    f.write_str(";")
}
