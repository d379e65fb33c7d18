//! Types as CQL writes them.

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, TokenKind};
use crate::literal::Literal;
use crate::native_type::NativeType;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;

/// A type as written: nothing is resolved or checked, and only what is written `frozen` is frozen. Printed as
/// `DESCRIBE` and `system_schema.columns` print types: `map<text, frozen<list<int>>>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeName {
    /// `int`
    Native(NativeType),
    /// `list<T>`
    List(Box<TypeName>),
    /// `set<T>`
    Set(Box<TypeName>),
    /// `map<K, V>`
    Map(Box<TypeName>, Box<TypeName>),
    /// `tuple<A, B, ...>`
    Tuple(Vec<TypeName>),
    /// `vector<T, n>`
    Vector(Box<TypeName>, u32),
    /// `frozen<T>`
    Frozen(Box<TypeName>),
    /// `name` or `keyspace.name`
    UserDefined(QualifiedName),
    /// `'fully.qualified.ClassName(...)'`: a type that CQL has no name for.
    Custom(String),
}

impl TypeName {
    /// How deep types may nest. Input is not trusted, and each level takes stack.
    pub const MAX_DEPTH: usize = 64;

    /// `frozen<self>`
    #[must_use]
    pub fn frozen(self) -> Self {
        TypeName::Frozen(Box::new(self))
    }

    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        Self::parse_nested(parser, Self::MAX_DEPTH)
    }

    /// A type of at most `depth` levels.
    fn parse_nested(parser: &mut Parser<'_>, depth: usize) -> Result<Self> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(parser.error(format!("types are nested more than {} levels deep", Self::MAX_DEPTH)));
        };
        if parser.at(TokenKind::String) {
            return Ok(TypeName::Custom(parser.string()?));
        }
        match parser.next_kind()? {
            TokenKind::Less => Self::parse_parametrised(parser, depth),
            TokenKind::Dot => Ok(TypeName::UserDefined(QualifiedName::parse(parser)?)),
            _ => match NativeType::of_token(parser.current()) {
                Some(native) => {
                    parser.advance()?;
                    Ok(TypeName::Native(native))
                }
                None => {
                    Ok(TypeName::UserDefined(QualifiedName { keyspace: None, name: parser.identifier()? }))
                }
            },
        }
    }

    fn parse_parametrised(parser: &mut Parser<'_>, depth: usize) -> Result<Self> {
        let Some(constructor) = parser.keyword().filter(|keyword| Self::is_constructor(*keyword)) else {
            return Err(parser.no_viable_alternative());
        };
        parser.advance()?;
        parser.expect(TokenKind::Less)?;
        let first = Self::parse_nested(parser, depth)?;
        let parsed = match constructor {
            Keyword::List => TypeName::List(Box::new(first)),
            Keyword::Set => TypeName::Set(Box::new(first)),
            Keyword::Map => {
                parser.expect(TokenKind::Comma)?;
                TypeName::Map(Box::new(first), Box::new(Self::parse_nested(parser, depth)?))
            }
            Keyword::Vector => {
                parser.expect(TokenKind::Comma)?;
                TypeName::Vector(Box::new(first), Self::parse_dimension(parser)?)
            }
            Keyword::Tuple => {
                let mut elements = vec![first];
                while parser.eat(TokenKind::Comma)? {
                    elements.push(Self::parse_nested(parser, depth)?);
                }
                TypeName::Tuple(elements)
            }
            _ => first.frozen(),
        };
        parser.expect(TokenKind::Greater)?;
        Ok(parsed)
    }

    fn is_constructor(keyword: Keyword) -> bool {
        use Keyword::{Frozen, List, Map, Set, Tuple, Vector};
        matches!(keyword, List | Set | Map | Vector | Tuple | Frozen)
    }

    fn parse_dimension(parser: &mut Parser<'_>) -> Result<u32> {
        let token = parser.expect(TokenKind::Integer)?;
        token.text.parse().ok().filter(|dimension| *dimension > 0).ok_or_else(|| {
            let message = format!("vectors may only have positive dimensions; given {}", token.text);
            parser.error_at(token.span, message)
        })
    }

    /// The name of a user type. One that would be read as a native type is quoted.
    fn fmt_user_defined(name: &QualifiedName, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if name.keyspace.is_none() && NativeType::find(name.name.as_str()).is_some() {
            f.write_str(&Identifier::quote(name.name.as_str()))
        } else {
            write!(f, "{name}")
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeName::Native(native) => write!(f, "{native}"),
            TypeName::List(element) => write!(f, "list<{element}>"),
            TypeName::Set(element) => write!(f, "set<{element}>"),
            TypeName::Map(key, value) => write!(f, "map<{key}, {value}>"),
            TypeName::Tuple(elements) => write!(f, "tuple<{}>", Separated::by_comma(elements)),
            TypeName::Vector(element, dimension) => write!(f, "vector<{element}, {dimension}>"),
            TypeName::Frozen(inner) => write!(f, "frozen<{inner}>"),
            TypeName::UserDefined(name) => Self::fmt_user_defined(name, f),
            TypeName::Custom(class) => f.write_str(&Literal::quote(class)),
        }
    }
}
