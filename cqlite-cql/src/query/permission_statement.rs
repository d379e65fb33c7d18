//! Granting, revoking and listing of permissions.

use std::fmt;

use super::role_name::role_name;
use super::{Permission, Resource};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::literal::Literal;
use crate::parser::Parser;
use crate::separated::Separated;

/// A statement about permissions. `ALL` stands for all of [`Permission::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionStatement {
    /// `GRANT permissions ON resource TO grantee`
    Grant {
        /// What is permitted; at least one.
        permissions: Vec<Permission>,
        /// On what.
        resource: Resource,
        /// To whom.
        grantee: Identifier,
    },
    /// `REVOKE permissions ON resource FROM revokee`
    Revoke {
        /// What is permitted no longer; at least one.
        permissions: Vec<Permission>,
        /// On what.
        resource: Resource,
        /// To whom.
        revokee: Identifier,
    },
    /// `LIST permissions [ON resource] [OF role] [NORECURSIVE]`
    List {
        /// Which; at least one.
        permissions: Vec<Permission>,
        /// On what; on anything if it is not given.
        resource: Option<Resource>,
        /// Whose; anyone's if it is not given.
        of: Option<Identifier>,
        /// Whether those of the roles of the role are listed too.
        is_recursive: bool,
    },
}

impl PermissionStatement {
    /// After `GRANT`.
    pub(super) fn parse_grant(parser: &mut Parser<'_>) -> Result<Self> {
        let (permissions, resource) = Self::parse_head(parser)?;
        parser.expect_keyword(Keyword::To)?;
        let grantee = role_name(parser)?;
        Self::check(parser, &permissions, &resource)?;
        Ok(PermissionStatement::Grant { permissions, resource, grantee })
    }

    /// After `REVOKE`.
    pub(super) fn parse_revoke(parser: &mut Parser<'_>) -> Result<Self> {
        let (permissions, resource) = Self::parse_head(parser)?;
        parser.expect_keyword(Keyword::From)?;
        let revokee = role_name(parser)?;
        Self::check(parser, &permissions, &resource)?;
        Ok(PermissionStatement::Revoke { permissions, resource, revokee })
    }

    /// After `LIST`.
    pub(super) fn parse_list(parser: &mut Parser<'_>) -> Result<Self> {
        let permissions = Permission::parse_all(parser)?;
        let resource = if parser.eat_keyword(Keyword::On) { Some(Resource::parse(parser)?) } else { None };
        let of = if parser.eat_keyword(Keyword::Of) { Some(role_name(parser)?) } else { None };
        let is_recursive = !parser.eat_keyword(Keyword::Norecursive);
        Ok(PermissionStatement::List { permissions, resource, of, is_recursive })
    }

    fn parse_head(parser: &mut Parser<'_>) -> Result<(Vec<Permission>, Resource)> {
        let permissions = Permission::parse_all(parser)?;
        parser.expect_keyword(Keyword::On)?;
        Ok((permissions, Resource::parse(parser)?))
    }

    fn check(parser: &Parser<'_>, permissions: &[Permission], resource: &Resource) -> Result<()> {
        if resource.supports(permissions) {
            return Ok(());
        }
        let message = "does not support any of the requested permissions";
        Err(parser.placeless(format!("Resource type {} {message}", resource.class())))
    }
}

impl fmt::Display for PermissionStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = |role: &Identifier| Literal::quote(role.as_str());
        match self {
            PermissionStatement::Grant { permissions, resource, grantee } => {
                write!(f, "GRANT {} ON {resource} TO {};", Separated::by_comma(permissions), quote(grantee))
            }
            PermissionStatement::Revoke { permissions, resource, revokee } => {
                write!(
                    f,
                    "REVOKE {} ON {resource} FROM {};",
                    Separated::by_comma(permissions),
                    quote(revokee)
                )
            }
            PermissionStatement::List { permissions, resource, of, is_recursive } => {
                write!(f, "LIST {}", Separated::by_comma(permissions))?;
                resource.iter().try_for_each(|resource| write!(f, " ON {resource}"))?;
                of.iter().try_for_each(|role| write!(f, " OF {}", quote(role)))?;
                f.write_str(if *is_recursive { ";" } else { " NORECURSIVE;" })
            }
        }
    }
}
