//! Options of roles.

use std::fmt;

use crate::error::Result;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::map_literal::MapLiteral;
use crate::parser::Parser;

/// An option of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleOption {
    /// `PASSWORD = 'text'`
    Password(String),
    /// `HASHED PASSWORD = 'text'`
    HashedPassword(String),
    /// `OPTIONS = {...}`
    Options(MapLiteral),
    /// `SUPERUSER = true`
    Superuser(bool),
    /// `LOGIN = true`
    Login(bool),
    /// `ACCESS TO DATACENTERS {...}`; none for `ACCESS TO ALL DATACENTERS`
    Datacenters(Option<Vec<String>>),
    /// `ACCESS FROM CIDRS {...}`; none for `ACCESS FROM ALL CIDRS`
    Cidrs(Option<Vec<String>>),
}

impl RoleOption {
    /// `WITH option AND option ...`, which may be absent.
    pub(super) fn parse_all(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        if !parser.eat_keyword(Keyword::With) {
            return Ok(Vec::new());
        }
        let mut options: Vec<Self> = Vec::new();
        loop {
            let option = Self::parse(parser)?;
            if let Some(message) = options.iter().find_map(|before| before.contradiction(&option)) {
                return Err(parser.placeless(message));
            }
            options.push(option);
            if !parser.eat_keyword(Keyword::And) {
                break;
            }
        }
        let has = |is: fn(&Self) -> bool| options.iter().any(is);
        let is_plain: fn(&Self) -> bool = |option| matches!(option, RoleOption::Password(_));
        let is_hashed: fn(&Self) -> bool = |option| matches!(option, RoleOption::HashedPassword(_));
        if has(is_plain) && has(is_hashed) {
            let message = "Options 'password' and 'hashed password' are mutually exclusive";
            return Err(parser.placeless(message));
        }
        Ok(options)
    }

    /// Why `other` cannot stand after this option.
    fn contradiction(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (RoleOption::Datacenters(Some(_)), RoleOption::Datacenters(Some(_)))
            | (RoleOption::Datacenters(None), RoleOption::Datacenters(None))
            | (RoleOption::Cidrs(Some(_)), RoleOption::Cidrs(Some(_)))
            | (RoleOption::Cidrs(None), RoleOption::Cidrs(None)) => None,
            (RoleOption::Datacenters(Some(_)), RoleOption::Datacenters(None)) => {
                Some("DCs have already been set".to_owned())
            }
            (RoleOption::Cidrs(Some(_)), RoleOption::Cidrs(None)) => {
                Some("CIDR Groups have already been set".to_owned())
            }
            (RoleOption::Datacenters(None), RoleOption::Datacenters(_))
            | (RoleOption::Cidrs(None), RoleOption::Cidrs(_)) => Some("All has been set".to_owned()),
            _ if std::mem::discriminant(self) == std::mem::discriminant(other) => {
                Some(format!("Multiple definition for property '{}'", self.property()))
            }
            _ => None,
        }
    }

    /// The name that Cassandra keeps the option under.
    fn property(&self) -> &'static str {
        match self {
            RoleOption::Password(_) => "PASSWORD",
            RoleOption::HashedPassword(_) => "HASHED_PASSWORD",
            RoleOption::Options(_) => "OPTIONS",
            RoleOption::Superuser(_) => "SUPERUSER",
            RoleOption::Login(_) => "LOGIN",
            RoleOption::Datacenters(_) => "DATACENTERS",
            RoleOption::Cidrs(_) => "CIDRS",
        }
    }

    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let Some(keyword) = parser.keyword() else {
            return Err(parser.no_viable_alternative());
        };
        match keyword {
            Keyword::Hashed => {
                parser.advance();
                parser.expect_keyword(Keyword::Password)?;
                parser.expect(TokenKind::Equal)?;
                Ok(RoleOption::HashedPassword(parser.string()?))
            }
            Keyword::Access => Self::parse_access(parser),
            Keyword::Password | Keyword::Options | Keyword::Superuser | Keyword::Login => {
                parser.advance();
                parser.expect(TokenKind::Equal)?;
                Self::parse_value(parser, keyword)
            }
            _ => Err(parser.no_viable_alternative()),
        }
    }

    fn parse_value(parser: &mut Parser<'_>, keyword: Keyword) -> Result<Self> {
        match keyword {
            Keyword::Password => Ok(RoleOption::Password(parser.string()?)),
            Keyword::Options => Ok(RoleOption::Options(MapLiteral::parse(parser)?)),
            _ => {
                let value = parser.expect(TokenKind::Boolean)?.text.eq_ignore_ascii_case("true");
                Ok(match keyword {
                    Keyword::Login => RoleOption::Login(value),
                    _ => RoleOption::Superuser(value),
                })
            }
        }
    }

    fn parse_access(parser: &mut Parser<'_>) -> Result<Self> {
        let is_to = parser.kind(1) == TokenKind::Keyword(Keyword::To);
        if !is_to && parser.kind(1) != TokenKind::Keyword(Keyword::From) {
            return Err(parser.no_viable_alternative_ahead(1));
        }
        let object = if is_to { Keyword::Datacenters } else { Keyword::Cidrs };
        let is_told =
            matches!(parser.kind(2), TokenKind::Keyword(word) if word == Keyword::All || word == object);
        parser.decide(2, is_told)?;
        parser.verb_and_object();
        let option = if is_to { RoleOption::Datacenters } else { RoleOption::Cidrs };
        if parser.eat_keyword(Keyword::All) {
            parser.expect_keyword(object)?;
            return Ok(option(None));
        }
        parser.expect_keyword(object)?;
        parser.expect(TokenKind::LeftBrace)?;
        let names = parser.separated(TokenKind::Comma, Parser::string)?;
        parser.expect(TokenKind::RightBrace)?;
        Ok(option(Some(names)))
    }
}

impl fmt::Display for RoleOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |names: &Option<Vec<String>>| match names {
            Some(names) => names.iter().map(|name| Literal::quote(name)).collect::<Vec<_>>().join(", "),
            None => String::new(),
        };
        match self {
            RoleOption::Password(password) => write!(f, "PASSWORD = {}", Literal::quote(password)),
            RoleOption::HashedPassword(hash) => write!(f, "HASHED PASSWORD = {}", Literal::quote(hash)),
            RoleOption::Options(options) => write!(f, "OPTIONS = {options}"),
            RoleOption::Superuser(value) => write!(f, "SUPERUSER = {value}"),
            RoleOption::Login(value) => write!(f, "LOGIN = {value}"),
            RoleOption::Datacenters(None) => f.write_str("ACCESS TO ALL DATACENTERS"),
            RoleOption::Datacenters(given) => write!(f, "ACCESS TO DATACENTERS {{{}}}", names(given)),
            RoleOption::Cidrs(None) => f.write_str("ACCESS FROM ALL CIDRS"),
            RoleOption::Cidrs(given) => write!(f, "ACCESS FROM CIDRS {{{}}}", names(given)),
        }
    }
}
