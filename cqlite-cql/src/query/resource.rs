//! What permissions are about.

use std::fmt;

use super::Permission;
use super::function_text::FunctionText;
use super::role_name::{is_role_name, role_name};
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::type_name::TypeName;

/// What a permission is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `ALL KEYSPACES`
    AllKeyspaces,
    /// `KEYSPACE name`
    Keyspace(Identifier),
    /// `ALL TABLES IN KEYSPACE name`
    AllTables(Identifier),
    /// `[TABLE] name`
    Table(QualifiedName),
    /// `ALL ROLES`
    AllRoles,
    /// `ROLE name`
    Role(Identifier),
    /// `ALL FUNCTIONS [IN KEYSPACE name]`
    AllFunctions(Option<Identifier>),
    /// `FUNCTION name(types)`
    Function {
        /// The function.
        name: QualifiedName,
        /// The types of its arguments.
        argument_types: Vec<TypeName>,
    },
    /// `ALL MBEANS`
    AllMbeans,
    /// `MBEAN 'name'` or `MBEANS 'pattern'`
    Mbean {
        /// Whether it is a pattern.
        is_plural: bool,
        /// The name of the object.
        name: String,
    },
}

impl Resource {
    pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        Self::look_ahead(parser)?;
        match parser.keyword() {
            Some(Keyword::All) => Self::parse_all(parser),
            Some(Keyword::Keyspace) => {
                parser.advance();
                Ok(Resource::Keyspace(parser.keyspace_name()?))
            }
            Some(Keyword::Role) if is_role_name(parser, 1) => {
                parser.advance();
                Ok(Resource::Role(role_name(parser)?))
            }
            Some(Keyword::Function) if parser.is_name(1) || parser.is_function_name(1) => {
                parser.advance();
                let name = parser.function_name()?;
                Ok(Resource::Function { name, argument_types: TypeName::parse_arguments(parser)? })
            }
            Some(Keyword::Mbean | Keyword::Mbeans) if parser.kind(1) == TokenKind::String => {
                Self::parse_mbean(parser)
            }
            _ => {
                parser.eat_table();
                Ok(Resource::Table(QualifiedName::parse(parser)?))
            }
        }
    }

    /// An error unless what stands there can be told to be one sort of resource.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        use Keyword::{
            From, Function, Functions, In, Keyspaces, Mbean, Mbeans, Norecursive, Of, Role, Roles, Tables, To,
        };
        let is_end = |parser: &Parser<'_>, ahead: usize| {
            let kind = parser.kind(ahead);
            matches!(kind, TokenKind::Semicolon | TokenKind::End)
                || matches!(kind, TokenKind::Keyword(From | Norecursive | Of | To))
        };
        let next = parser.kind(1);
        let is_object = match parser.keyword() {
            Some(Keyword::All) => {
                matches!(next, TokenKind::Keyword(Functions | Keyspaces | Mbeans | Roles | Tables))
            }
            Some(Role) => is_role_name(parser, 1),
            Some(Function) => {
                parser.is_name(1) || parser.is_function_name(1) || next == TokenKind::QuestionMark
            }
            Some(Mbean | Mbeans) => next == TokenKind::String,
            _ => return Ok(()),
        };
        let is_table = next == TokenKind::Dot || is_end(parser, 1);
        parser.decide(1, is_object || is_table)?;
        let is_all_functions = parser.at_keyword(Keyword::All) && next == TokenKind::Keyword(Functions);
        let is_scope = parser.kind(2) == TokenKind::Keyword(In) || is_end(parser, 2);
        parser.decide(2, !is_all_functions || is_scope)
    }

    /// From `ALL`, which may also be the name of a table.
    fn parse_all(parser: &mut Parser<'_>) -> Result<Self> {
        let TokenKind::Keyword(object) = parser.kind(1) else {
            return Ok(Resource::Table(QualifiedName::parse(parser)?));
        };
        let resource = match object {
            Keyword::Keyspaces => Resource::AllKeyspaces,
            Keyword::Roles => Resource::AllRoles,
            Keyword::Mbeans => Resource::AllMbeans,
            Keyword::Tables | Keyword::Columnfamilies => {
                parser.verb_and_object();
                parser.expect_keywords(&[Keyword::In, Keyword::Keyspace])?;
                return Ok(Resource::AllTables(parser.keyspace_name()?));
            }
            Keyword::Functions => {
                parser.verb_and_object();
                let mut keyspace = None;
                if parser.eat_keyword(Keyword::In) {
                    parser.expect_keyword(Keyword::Keyspace)?;
                    keyspace = Some(parser.keyspace_name()?);
                }
                return Ok(Resource::AllFunctions(keyspace));
            }
            _ => return Ok(Resource::Table(QualifiedName::parse(parser)?)),
        };
        parser.verb_and_object();
        Ok(resource)
    }

    fn parse_mbean(parser: &mut Parser<'_>) -> Result<Self> {
        let is_plural = parser.at_keyword(Keyword::Mbeans);
        parser.advance();
        let name = parser.string()?;
        let wrong = match name.as_str() {
            "" => Some("Empty JMX object name supplied".to_owned()),
            "*:*" => Some("Please use ALL MBEANS instead of wildcard pattern".to_owned()),
            _ if !is_object_name(&name) => Some(format!("{name} is not a valid JMX object name")),
            _ if is_plural && !name.contains(['*', '?']) => {
                Some(format!("Plural form used, but non-pattern JMX object name specified ({name})"))
            }
            _ => None,
        };
        match wrong {
            Some(message) => Err(parser.placeless(message)),
            None => Ok(Resource::Mbean { is_plural, name }),
        }
    }

    /// Whether any of the permissions can be about it.
    pub(super) fn supports(&self, permissions: &[Permission]) -> bool {
        use Permission::{
            Alter, Authorize, Create, Describe, Drop, Execute, Modify, Select, SelectMasked, Unmask,
        };
        let applicable: &[Permission] = match self {
            Resource::AllKeyspaces | Resource::Keyspace(_) | Resource::AllTables(_) => {
                &[Create, Alter, Drop, Select, Modify, Authorize, Unmask, SelectMasked]
            }
            Resource::Table(_) => &[Alter, Drop, Select, Modify, Authorize, Unmask, SelectMasked],
            Resource::AllRoles => &[Create, Alter, Drop, Authorize, Describe],
            Resource::Role(_) => &[Alter, Drop, Authorize, Describe],
            Resource::AllFunctions(_) => &[Create, Alter, Drop, Authorize, Execute],
            // Which depends on what the function is.
            Resource::Function { .. } => return true,
            Resource::AllMbeans | Resource::Mbean { .. } => &[Authorize, Describe, Execute, Modify, Select],
        };
        permissions.iter().any(|permission| applicable.contains(permission))
    }

    /// The name of its class in Cassandra.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Resource::AllRoles | Resource::Role(_) => "RoleResource",
            Resource::AllFunctions(_) | Resource::Function { .. } => "FunctionResource",
            Resource::AllMbeans | Resource::Mbean { .. } => "JMXResource",
            _ => "DataResource",
        }
    }
}

/// Whether `domain:key=value,...` or a pattern of it is written.
fn is_object_name(name: &str) -> bool {
    let Some((domain, properties)) = name.split_once(':') else { return false };
    let is_property = |property: &str| match property.split_once('=') {
        Some((key, value)) => {
            !key.is_empty() && !key.contains([':', '"', '*', '?', '\n']) && is_object_value(value)
        }
        None => property == "*",
    };
    !domain.contains('\n') && properties.split(',').all(is_property)
}

fn is_object_value(value: &str) -> bool {
    match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').is_some_and(|body| !body.contains(['"', '\n'])),
        None => !value.contains([':', '"', '=', '\n']),
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::AllKeyspaces => f.write_str("ALL KEYSPACES"),
            Resource::Keyspace(name) => write!(f, "KEYSPACE {name}"),
            Resource::AllTables(keyspace) => write!(f, "ALL TABLES IN KEYSPACE {keyspace}"),
            Resource::Table(name) => write!(f, "TABLE {name}"),
            Resource::AllRoles => f.write_str("ALL ROLES"),
            Resource::Role(name) => write!(f, "ROLE {}", Literal::quote(name.as_str())),
            Resource::AllFunctions(None) => f.write_str("ALL FUNCTIONS"),
            Resource::AllFunctions(Some(keyspace)) => write!(f, "ALL FUNCTIONS IN KEYSPACE {keyspace}"),
            Resource::Function { name, argument_types } => {
                write!(f, "FUNCTION {}({})", FunctionText(name), Separated::by_comma(argument_types))
            }
            Resource::AllMbeans => f.write_str("ALL MBEANS"),
            Resource::Mbean { is_plural, name } => {
                write!(f, "{} {}", if *is_plural { "MBEANS" } else { "MBEAN" }, Literal::quote(name))
            }
        }
    }
}
