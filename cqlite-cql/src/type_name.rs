//! Types as CQL writes them.

mod custom_type;

use std::fmt;

use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::{Keyword, Token, TokenKind};
use crate::literal::Literal;
use crate::native_type::NativeType;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;

/// Names that no user type has unless it is quoted: Cassandra keeps them for types of its own, or they are functions.
const QUOTED: [&str; 13] = [
    "bitstring",
    "byte",
    "cast",
    "complex",
    "count",
    "distinct",
    "enum",
    "interval",
    "json",
    "macaddr",
    "maxwritetime",
    "ttl",
    "writetime",
];

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
        let type_name = Self::parse_unchecked(parser)?;
        type_name.check(parser)?;
        Ok(type_name)
    }

    /// A type that may freeze what cannot be frozen.
    pub(crate) fn parse_unchecked(parser: &mut Parser<'_>) -> Result<Self> {
        Self::parse_nested(parser, Self::MAX_DEPTH)
    }

    /// Refuses `frozen<int>` where Cassandra's own parser would.
    pub(crate) fn check(&self, parser: &Parser<'_>) -> Result<()> {
        if !parser.is_strict() {
            return Ok(());
        }
        match self {
            TypeName::Frozen(inner) if matches!(**inner, TypeName::Native(_) | TypeName::Custom(_)) => {
                let message = "frozen<> is only allowed on collections, tuples, and user-defined types";
                Err(parser.placeless(format!("{message} (got {inner})")))
            }
            TypeName::Frozen(inner)
            | TypeName::List(inner)
            | TypeName::Set(inner)
            | TypeName::Vector(inner, _) => inner.check(parser),
            TypeName::Map(key, value) => key.check(parser).and_then(|()| value.check(parser)),
            TypeName::Tuple(elements) => elements.iter().try_for_each(|element| element.check(parser)),
            TypeName::Custom(class) => match custom_type::wrong(class) {
                Some(message) => Err(parser.placeless(message)),
                None => Ok(()),
            },
            TypeName::Native(_) | TypeName::UserDefined(_) => Ok(()),
        }
    }

    /// `(type, type, ...)` or `()`
    pub(crate) fn parse_arguments(parser: &mut Parser<'_>) -> Result<Vec<Self>> {
        parser.expect(TokenKind::LeftParenthesis)?;
        let mut types = Vec::new();
        if Self::may_begin(parser) {
            types = parser.separated(TokenKind::Comma, Self::parse)?;
        }
        parser.expect(TokenKind::RightParenthesis)?;
        Ok(types)
    }

    /// Whether a type may begin there.
    fn may_begin(parser: &Parser<'_>) -> bool {
        parser.at(TokenKind::String) || parser.at_keyword(Keyword::Set) || parser.is_name(0)
    }

    /// A type of at most `depth` levels.
    fn parse_nested(parser: &mut Parser<'_>, depth: usize) -> Result<Self> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(parser.error(format!("types are nested more than {} levels deep", Self::MAX_DEPTH)));
        };
        if parser.at(TokenKind::String) {
            return Ok(TypeName::Custom(parser.string()?));
        }
        Self::look_ahead(parser)?;
        match parser.kind(1) {
            TokenKind::Less if !parser.is_strict() || parser.keyword().is_some_and(Self::is_constructor) => {
                Self::parse_parametrised(parser, depth)
            }
            TokenKind::Dot => Ok(TypeName::UserDefined(parser.user_type_name()?)),
            _ if parser.is_strict() && !matches!(parser.kind(0), TokenKind::Keyword(_)) => {
                Ok(TypeName::UserDefined(parser.user_type_name()?))
            }
            _ if parser.is_strict() && parser.at_keyword(Keyword::Set) => {
                parser.advance();
                Err(parser.mismatched(TokenKind::Less))
            }
            _ => match NativeType::of_token(parser.current()) {
                Some(native) => {
                    parser.advance();
                    Ok(TypeName::Native(native))
                }
                None => Ok(TypeName::UserDefined(parser.user_type_name()?)),
            },
        }
    }

    /// An error unless what stands there can be told to be one sort of type.
    fn look_ahead(parser: &mut Parser<'_>) -> Result<()> {
        let is_native = NativeType::of_token(parser.current()).is_some();
        let is_constructor = match parser.keyword() {
            Some(Keyword::Set) => return Ok(()),
            Some(keyword) => Self::is_constructor(keyword),
            None => false,
        };
        if !is_native && !is_constructor {
            let is_name = parser.is_name(0);
            return parser.decide(0, is_name);
        }
        let is_argument = is_constructor && parser.kind(1) == TokenKind::Less;
        let is_alone = parser.may_follow_type(1);
        parser.decide(1, is_argument || is_alone || parser.kind(1) == TokenKind::Dot)?;
        if is_alone && parser.is_strict() {
            parser.has_seen(2);
        }
        Ok(())
    }

    fn parse_parametrised(parser: &mut Parser<'_>, depth: usize) -> Result<Self> {
        let Some(constructor) = parser.keyword().filter(|keyword| Self::is_constructor(*keyword)) else {
            return Err(parser.no_viable_alternative());
        };
        parser.advance();
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
                let dimension = parser.expect(TokenKind::Integer)?;
                parser.expect(TokenKind::Greater)?;
                return Ok(TypeName::Vector(Box::new(first), Self::dimension(parser, dimension)?));
            }
            Keyword::Tuple => {
                let mut elements = vec![first];
                while parser.eat(TokenKind::Comma) {
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

    /// The dimension of a vector, which Cassandra looks at behind the whole type.
    fn dimension(parser: &Parser<'_>, token: Token<'_>) -> Result<u32> {
        if parser.is_strict() && token.text.parse::<i32>().is_err() {
            let message = format!("NumberFormatException For input string: \"{}\"", token.text);
            return Err(parser.placeless(message));
        }
        token.text.parse().ok().filter(|dimension| *dimension > 0).ok_or_else(|| {
            let message = format!("vectors may only have positive dimensions; given {}", token.text);
            parser.invalid(token.span, message)
        })
    }

    /// The name of a user type. One that would be read as a native type is quoted.
    fn fmt_user_defined(name: &QualifiedName, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = name.name.as_str();
        let is_native = name.keyspace.is_none() && NativeType::find(text).is_some();
        if !is_native && !QUOTED.contains(&text) {
            return write!(f, "{name}");
        }
        name.keyspace.iter().try_for_each(|keyspace| write!(f, "{keyspace}."))?;
        f.write_str(&Identifier::quote(text))
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
