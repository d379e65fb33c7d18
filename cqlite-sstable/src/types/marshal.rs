//! Marshal class names, the form in which SSTable headers name types (`db.marshal.TypeParser`).

use std::fmt;
use std::sync::Arc;

use super::{CqlType, Field, UserType};

const PACKAGE: &str = "org.apache.cassandra.db.marshal.";

/// Types nested deeper than this are refused: no schema needs them and parsing recurses.
const MAX_DEPTH: usize = 64;

/// The most elements of a vector whose elements have no bytes.
const MAX_EMPTY_ELEMENTS: u32 = 8192;

/// Why a class name is not a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarshalError {
    /// The character (byte) at which parsing stopped.
    pub at: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for MarshalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.at)
    }
}

impl std::error::Error for MarshalError {}

/// The classes without arguments.
const SIMPLE: [(&str, CqlType); 24] = [
    ("AsciiType", CqlType::Ascii),
    ("LongType", CqlType::BigInt),
    ("BytesType", CqlType::Blob),
    ("BooleanType", CqlType::Boolean),
    ("CounterColumnType", CqlType::Counter),
    ("SimpleDateType", CqlType::Date),
    ("DateType", CqlType::LegacyTimestamp),
    ("DecimalType", CqlType::Decimal),
    ("DoubleType", CqlType::Double),
    ("DurationType", CqlType::Duration),
    ("EmptyType", CqlType::Empty),
    ("FloatType", CqlType::Float),
    ("InetAddressType", CqlType::Inet),
    ("Int32Type", CqlType::Int),
    ("LexicalUUIDType", CqlType::LexicalUuid),
    ("ShortType", CqlType::SmallInt),
    ("UTF8Type", CqlType::Text),
    ("TimeType", CqlType::Time),
    ("TimestampType", CqlType::Timestamp),
    ("TimeUUIDType", CqlType::TimeUuid),
    ("LegacyTimeUUIDType", CqlType::LegacyTimeUuid),
    ("ByteType", CqlType::TinyInt),
    ("UUIDType", CqlType::Uuid),
    ("IntegerType", CqlType::Varint),
];

impl CqlType {
    /// Parses a marshal class name, with or without the package. A class that is not known becomes
    /// [`CqlType::Custom`] with its whole text; an empty text is `BytesType`, as in Cassandra.
    ///
    /// # Errors
    /// If the text is not of the form `Class(arguments)`, or nests too deep.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::CqlType;
    /// let map = CqlType::parse_marshal("MapType(Int32Type,FrozenType(ListType(UTF8Type)))")?;
    /// assert!(map.is_multi_cell());
    /// # Ok::<(), cqlite_sstable::types::MarshalError>(())
    /// ```
    pub fn parse_marshal(text: &str) -> Result<Self, MarshalError> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        parser.skip_blank();
        if parser.at == text.len() {
            return Ok(Self::Blob);
        }
        let parsed = parser.parse_type()?;
        parser.skip_blank();
        if parser.at < text.len() {
            return Err(parser.error("there is more text behind the type"));
        }
        Ok(parsed)
    }

    /// The marshal class name, as `AbstractType.toString` prints it: full names, frozen types wrapped in
    /// `FrozenType(..)` but not inside each other.
    pub fn marshal_name(&self) -> MarshalName<'_> {
        MarshalName { named: self, ignore_freezing: false }
    }

    /// The full name of the Java class, without arguments. Frozen types have none of their own.
    pub(super) fn class_name(&self) -> String {
        let named = MarshalName { named: self, ignore_freezing: true }.to_string();
        named.split('(').next().unwrap_or_default().trim_end().to_owned()
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, message: impl Into<String>) -> MarshalError {
        MarshalError { at: self.at, message: message.into() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<(), MarshalError> {
        self.skip_blank();
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.error(format!("'{}' is missing", wanted as char)))
    }

    fn identifier(&mut self) -> &'a str {
        self.skip_blank();
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.' | b'_' | b'&'))
        {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Steps to the next argument: over blanks and at most one comma. False at the closing parenthesis,
    /// which is consumed.
    fn next_argument(&mut self) -> Result<bool, MarshalError> {
        self.skip_blank();
        self.take(b',');
        self.skip_blank();
        match self.peek() {
            Some(b')') => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(self.error("')' is missing")),
        }
    }

    fn parse_type(&mut self) -> Result<CqlType, MarshalError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(format!("types nest deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        self.skip_blank();
        let start = self.at;
        let name = self.identifier();
        if name.is_empty() {
            return Err(self.error("a class name is missing"));
        }
        let class = name.strip_prefix(PACKAGE).unwrap_or(name);
        self.skip_blank();
        let parsed = if self.peek() == Some(b'(') {
            self.at += 1;
            self.parse_arguments(class, start)?
        } else {
            self.simple(class, start)?
        };
        self.depth -= 1;
        Ok(parsed)
    }

    fn simple(&self, class: &str, start: usize) -> Result<CqlType, MarshalError> {
        if let Some((_, known)) = SIMPLE.iter().find(|(name, _)| *name == class) {
            return Ok(known.clone());
        }
        match class {
            "ListType" | "SetType" | "MapType" | "TupleType" | "UserType" | "VectorType" | "ReversedType"
            | "FrozenType" | "CompositeType" => Err(self.error(format!("{class} has no arguments"))),
            "DynamicCompositeType" => Ok(CqlType::DynamicComposite(Arc::from([]))),
            "PartitionerDefinedOrder" => {
                Ok(CqlType::PartitionerDefinedOrder { partitioner: String::new(), base: None })
            }
            _ => Ok(self.custom(start)),
        }
    }

    fn custom(&self, start: usize) -> CqlType {
        CqlType::Custom(self.text.get(start..self.at).unwrap_or_default().trim_end().to_owned())
    }

    fn parse_arguments(&mut self, class: &str, start: usize) -> Result<CqlType, MarshalError> {
        match class {
            "ListType" => Ok(CqlType::List { element: self.one_frozen(class)?, frozen: false }),
            "SetType" => Ok(CqlType::Set { element: self.one_frozen(class)?, frozen: false }),
            "MapType" => match self.types()?.as_slice() {
                [key, value] => Ok(CqlType::Map {
                    key: Arc::new(key.freeze()),
                    value: Arc::new(value.freeze()),
                    frozen: false,
                }),
                _ => Err(self.error("MapType takes two types")),
            },
            "TupleType" => Ok(CqlType::Tuple(self.types()?.iter().map(CqlType::freeze).collect())),
            "FrozenType" => Ok(self.one(class)?.freeze()),
            "ReversedType" => Ok(CqlType::Reversed(Arc::new(self.one(class)?))),
            "CompositeType" => Ok(CqlType::Composite(self.types()?.into())),
            "VectorType" => self.vector(),
            "UserType" => self.user_type(),
            "DynamicCompositeType" => self.dynamic_composite(),
            "PartitionerDefinedOrder" => self.partitioner_defined_order(),
            _ => {
                self.skip_arguments()?;
                Ok(self.custom(start))
            }
        }
    }

    fn types(&mut self) -> Result<Vec<CqlType>, MarshalError> {
        let mut types = Vec::new();
        while self.next_argument()? {
            types.push(self.parse_type()?);
        }
        Ok(types)
    }

    fn one(&mut self, class: &str) -> Result<CqlType, MarshalError> {
        let mut types = self.types()?;
        match (types.pop(), types.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(self.error(format!("{class} takes one type"))),
        }
    }

    fn one_frozen(&mut self, class: &str) -> Result<Arc<CqlType>, MarshalError> {
        Ok(Arc::new(self.one(class)?.freeze()))
    }

    fn vector(&mut self) -> Result<CqlType, MarshalError> {
        let element = Arc::new(self.parse_type()?.freeze());
        self.next_argument()?;
        let dimension = self.identifier().parse().ok().filter(|d| (1..=1 << 20).contains(d));
        let dimension = dimension.ok_or_else(|| self.error("a vector's dimension is no sensible number"))?;
        self.expect(b')')?;
        // Elements without bytes are not bounded by the value that they are in.
        let is_nested = matches!(*element, CqlType::Vector { .. });
        if element.fixed_length() == Some(0) && (is_nested || dimension > MAX_EMPTY_ELEMENTS) {
            return Err(self.error("the elements of a vector have no bytes"));
        }
        Ok(CqlType::Vector { element, dimension })
    }

    fn user_type(&mut self) -> Result<CqlType, MarshalError> {
        let keyspace = self.identifier().to_owned();
        self.expect(b',')?;
        let name = self.hex_name()?;
        let mut fields = Vec::new();
        while self.next_argument()? {
            let name = self.hex_name()?;
            self.expect(b':')?;
            fields.push(Field { name, field_type: self.parse_type()? });
        }
        Ok(CqlType::User(Arc::new(UserType { keyspace, name, fields, frozen: false })))
    }

    fn hex_name(&mut self) -> Result<String, MarshalError> {
        let hex = self.identifier().as_bytes();
        let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
        let bytes: Option<Vec<u8>> = hex
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
                _ => None,
            })
            .collect();
        let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        name.ok_or_else(|| self.error("a name is not UTF-8 written in hexadecimal"))
    }

    fn dynamic_composite(&mut self) -> Result<CqlType, MarshalError> {
        let mut aliases = Vec::new();
        while self.next_argument()? {
            let alias = self.identifier();
            let mut characters = alias.chars();
            let (Some(character), None) = (characters.next(), characters.next()) else {
                return Err(self.error("an alias is not a single character"));
            };
            self.expect(b'=')?;
            self.expect(b'>')?;
            aliases.push((character, self.parse_type()?));
        }
        Ok(CqlType::DynamicComposite(aliases.into()))
    }

    fn partitioner_defined_order(&mut self) -> Result<CqlType, MarshalError> {
        let partitioner = self.identifier().to_owned();
        self.skip_blank();
        let base = if self.take(b':') { Some(Arc::new(self.parse_type()?)) } else { None };
        self.expect(b')')?;
        Ok(CqlType::PartitionerDefinedOrder { partitioner, base })
    }

    /// Steps behind the parenthesis that closes an unknown class' arguments.
    fn skip_arguments(&mut self) -> Result<(), MarshalError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.peek() {
                Some(b'(') => open += 1,
                Some(b')') => open -= 1,
                Some(_) => {}
                None => return Err(self.error("')' is missing")),
            }
            self.at += 1;
        }
        Ok(())
    }
}

/// Prints a type's marshal class name; made by [`CqlType::marshal_name`].
pub struct MarshalName<'a> {
    named: &'a CqlType,
    ignore_freezing: bool,
}

impl fmt::Display for MarshalName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ignore = self.ignore_freezing;
        match self.named {
            CqlType::List { element, frozen } => {
                wrapped(f, "ListType", *frozen, ignore, |f, ignore| list(f, &[element], ignore))
            }
            CqlType::Set { element, frozen } => {
                wrapped(f, "SetType", *frozen, ignore, |f, ignore| list(f, &[element], ignore))
            }
            CqlType::Map { key, value, frozen } => {
                wrapped(f, "MapType", *frozen, ignore, |f, ignore| list(f, &[key, value], ignore))
            }
            CqlType::User(user) => {
                wrapped(f, "UserType", user.frozen, ignore, |f, ignore| user_type(f, user, ignore))
            }
            CqlType::Tuple(types) => {
                write!(f, "{PACKAGE}TupleType(")?;
                list(f, &types.iter().collect::<Vec<_>>(), true)?;
                f.write_str(")")
            }
            CqlType::Vector { element, dimension } => {
                let element = MarshalName { named: element, ignore_freezing: ignore };
                write!(f, "{PACKAGE}VectorType({element} , {dimension})")
            }
            CqlType::Composite(types) => {
                write!(f, "{PACKAGE}CompositeType(")?;
                list(f, &types.iter().collect::<Vec<_>>(), false)?;
                f.write_str(")")
            }
            CqlType::DynamicComposite(aliases) => {
                write!(f, "{PACKAGE}DynamicCompositeType(")?;
                for (i, (alias, aliased)) in aliases.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{alias}=>{}", aliased.marshal_name())?;
                }
                f.write_str(")")
            }
            CqlType::Reversed(inner) => write!(f, "{PACKAGE}ReversedType({})", inner.marshal_name()),
            CqlType::PartitionerDefinedOrder { partitioner, base } => {
                write!(f, "{PACKAGE}PartitionerDefinedOrder({partitioner}")?;
                if let Some(base) = base {
                    write!(f, ":{}", base.marshal_name())?;
                }
                f.write_str(")")
            }
            CqlType::Custom(text) => f.write_str(text),
            simple => match SIMPLE.iter().find(|(_, known)| known == simple) {
                Some((name, _)) => write!(f, "{PACKAGE}{name}"),
                None => Err(fmt::Error),
            },
        }
    }
}

fn wrapped(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    frozen: bool,
    ignore_freezing: bool,
    arguments: impl FnOnce(&mut fmt::Formatter<'_>, bool) -> fmt::Result,
) -> fmt::Result {
    let wrap = frozen && !ignore_freezing;
    if wrap {
        write!(f, "{PACKAGE}FrozenType(")?;
    }
    write!(f, "{PACKAGE}{class}(")?;
    arguments(f, ignore_freezing || frozen)?;
    f.write_str(if wrap { "))" } else { ")" })
}

fn list<T: AsRef<CqlType>>(f: &mut fmt::Formatter<'_>, types: &[T], ignore_freezing: bool) -> fmt::Result {
    for (i, named) in types.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(f, "{comma}{}", MarshalName { named: named.as_ref(), ignore_freezing })?;
    }
    Ok(())
}

impl AsRef<CqlType> for CqlType {
    fn as_ref(&self) -> &CqlType {
        self
    }
}

fn user_type(f: &mut fmt::Formatter<'_>, user: &UserType, ignore_freezing: bool) -> fmt::Result {
    write!(f, "{},{}", user.keyspace, Hex(&user.name))?;
    for field in &user.fields {
        let field_type = MarshalName { named: &field.field_type, ignore_freezing };
        write!(f, ",{}:{field_type}", Hex(&field.name))?;
    }
    Ok(())
}

struct Hex<'a>(&'a str);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(text: &str) -> String {
        text.replace('~', PACKAGE)
    }

    #[test]
    fn what_cassandra_prints_reads_back_to_the_same_text() {
        for text in [
            "~Int32Type",
            "~ReversedType(~TimestampType)",
            "~FrozenType(~UserType(fk,61646472,737472656574:~UTF8Type,74616773:~SetType(~UTF8Type)))",
            "~UserType(fk,61646472,737472656574:~UTF8Type,74616773:~FrozenType(~SetType(~UTF8Type)))",
            "~VectorType(~FloatType , 3)",
            "~MapType(~UTF8Type,~FrozenType(~ListType(~MapType(~Int32Type,~UTF8Type))))",
            "~TupleType(~Int32Type,~ListType(~UTF8Type))",
            "~CompositeType(~Int32Type,~UTF8Type)",
            "~DynamicCompositeType(a=>~BytesType,b=>~ReversedType(~LongType))",
            "~PartitionerDefinedOrder(org.apache.cassandra.dht.Murmur3Partitioner:~Int32Type)",
            "com.example.MyType(a,b(c))",
        ] {
            let parsed = CqlType::parse_marshal(&long(text)).unwrap();
            assert_eq!(parsed.marshal_name().to_string(), long(text));
        }
    }

    #[test]
    fn everything_inside_a_frozen_type_is_frozen() {
        let frozen = CqlType::parse_marshal("FrozenType(MapType(Int32Type,ListType(UTF8Type)))").unwrap();
        let CqlType::Map { value, frozen: true, .. } = frozen else { panic!("{frozen:?}") };
        assert!(!value.is_multi_cell());
    }

    #[test]
    fn nesting_is_limited_and_broken_text_is_an_error() {
        let deep = format!("{}Int32Type{}", "ListType(".repeat(100_000), ")".repeat(100_000));
        assert!(CqlType::parse_marshal(&deep).unwrap_err().message.contains("deeper"));
        for broken in
            ["ListType(", "MapType(Int32Type)", "VectorType(FloatType , x)", "UserType(k,zz)", "Int32Type)"]
        {
            assert!(CqlType::parse_marshal(broken).is_err(), "{broken}");
        }
        assert_eq!(CqlType::parse_marshal(""), Ok(CqlType::Blob));
    }
}
