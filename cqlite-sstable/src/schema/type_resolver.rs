//! From the names of types to types.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqlite_cql::{Identifier, QualifiedName, TypeName};

use crate::error::{Error, Result};
use crate::types::{CqlType, Field, UserType};

/// User-defined types that contain each other deeper than this are refused, as in headers.
const MAX_DEPTH: usize = 64;

/// How many types and fields the types of one table may come to when spelled out, as headers do.
const MAX_NODES: usize = 100_000;

/// The user-defined types of a keyspace as declared: names, and fields with the names of their types.
pub(super) type TypeDefinitions = BTreeMap<String, Vec<(String, TypeName)>>;

/// Turns names of types into types, with all fields of user-defined types.
pub(super) struct TypeResolver<'a> {
    keyspace: &'a str,
    definitions: &'a TypeDefinitions,
    depth: usize,
    nodes_left: usize,
}

impl<'a> TypeResolver<'a> {
    pub(super) fn new(keyspace: &'a str, definitions: &'a TypeDefinitions) -> Self {
        Self { keyspace, definitions, depth: 0, nodes_left: MAX_NODES }
    }

    /// The type of a column. What is inside a collection, tuple, vector or user-defined type is frozen, said or
    /// not.
    pub(super) fn resolve(&mut self, name: &TypeName) -> Result<CqlType> {
        self.resolve_as(name, false)
    }

    /// The type of a name in `system_schema`.
    pub(super) fn resolve_text(&mut self, text: &str) -> Result<CqlType> {
        self.resolve(&parse_type(text)?)
    }

    /// A user-defined type as declared: fields are frozen only if they are said to be.
    pub(super) fn definition(&mut self, name: &str) -> Result<UserType> {
        let fields = self.fields_of(name)?;
        let fields = fields
            .iter()
            .map(|(name, of)| Ok(Field { name: name.clone(), field_type: self.resolve(of)? }))
            .collect::<Result<_>>()?;
        Ok(UserType { keyspace: self.keyspace.to_owned(), name: name.to_owned(), fields, frozen: false })
    }

    fn fields_of(&self, name: &str) -> Result<&'a [(String, TypeName)]> {
        let found = self.definitions.get(name).map(Vec::as_slice);
        found.ok_or_else(|| {
            let name = Identifier::quote_if_needed(name);
            Error::invalid_input(format!("the type {name} is not known in the keyspace {}", self.keyspace))
                .advise("add its CREATE TYPE to the schema")
        })
    }

    fn resolve_as(&mut self, name: &TypeName, frozen: bool) -> Result<CqlType> {
        self.nodes_left = self.nodes_left.saturating_sub(1);
        if self.depth >= MAX_DEPTH || self.nodes_left == 0 {
            let keyspace = self.keyspace;
            return Err(Error::invalid_input(format!("types of the keyspace {keyspace} nest too deep")));
        }
        self.depth = self.depth.saturating_add(1);
        let resolved = self.resolve_inner(name, frozen);
        self.depth = self.depth.saturating_sub(1);
        resolved
    }

    fn resolve_inner(&mut self, name: &TypeName, frozen: bool) -> Result<CqlType> {
        Ok(match name {
            TypeName::Native(native) => CqlType::from_native(*native),
            TypeName::List(element) => CqlType::List { element: self.inside(element)?, frozen },
            TypeName::Set(element) => CqlType::Set { element: self.inside(element)?, frozen },
            TypeName::Map(key, value) => {
                CqlType::Map { key: self.inside(key)?, value: self.inside(value)?, frozen }
            }
            TypeName::Tuple(types) => {
                let types = types.iter().map(|of| self.resolve_as(of, true));
                CqlType::Tuple(types.collect::<Result<_>>()?)
            }
            TypeName::Vector(element, dimension) => {
                CqlType::Vector { element: self.inside(element)?, dimension: *dimension }
            }
            TypeName::Frozen(inner) => self.resolve_as(inner, true)?,
            TypeName::UserDefined(name) => CqlType::User(Arc::new(self.user_type(name, frozen)?)),
            TypeName::Custom(class) => custom(class, frozen)?,
        })
    }

    fn inside(&mut self, name: &TypeName) -> Result<Arc<CqlType>> {
        self.resolve_as(name, true).map(Arc::new)
    }

    fn user_type(&mut self, name: &QualifiedName, frozen: bool) -> Result<UserType> {
        if let Some(keyspace) = name.keyspace.as_ref().filter(|keyspace| **keyspace != self.keyspace) {
            let own = self.keyspace;
            return Err(Error::invalid_input(format!(
                "a table of the keyspace {own} cannot use the type {name} of the keyspace {keyspace}"
            )));
        }
        let fields = self.fields_of(name.name.as_str())?;
        let fields = fields
            .iter()
            .map(|(name, of)| Ok(Field { name: name.clone(), field_type: self.resolve_as(of, true)? }))
            .collect::<Result<_>>()?;
        Ok(UserType {
            keyspace: self.keyspace.to_owned(),
            name: name.name.as_str().to_owned(),
            fields,
            frozen,
        })
    }
}

impl CqlType {
    /// The type that a name stands for in a keyspace of these user-defined types.
    ///
    /// # Errors
    /// If a type is not known there, or they nest too deep.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::CqlType;
    /// let name = cqlite_cql::parse_type("frozen<set<int>>")?;
    /// let of = CqlType::resolve("shop", [], &name)?;
    /// assert_eq!(of, CqlType::parse_marshal("FrozenType(SetType(Int32Type))")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve<'a>(
        keyspace: &str,
        types: impl IntoIterator<Item = &'a UserType>,
        name: &TypeName,
    ) -> Result<Self> {
        let field = |field: &Field| (field.name.clone(), field.field_type.cql_name());
        let types = types.into_iter().map(|of| (of.name.clone(), of.fields.iter().map(field).collect()));
        let definitions: TypeDefinitions = types.collect();
        TypeResolver::new(keyspace, &definitions).resolve(name)
    }
}

/// Reads a type as `system_schema` holds it.
pub(super) fn parse_type(text: &str) -> Result<TypeName> {
    cqlite_cql::parse_type(text)
        .map_err(|error| Error::invalid_input(format!("'{text}' is not a type of CQL: {error}")))
}

/// A marshal class name in quotes.
fn custom(class: &str, frozen: bool) -> Result<CqlType> {
    let parsed = CqlType::parse_marshal(class)
        .map_err(|error| Error::invalid_input(format!("'{class}' is not a type: {error}")))?;
    Ok(if frozen { parsed.freeze() } else { parsed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<CqlType> {
        let definitions = TypeDefinitions::from([
            ("inner".to_owned(), vec![("x".to_owned(), parse_type("int").unwrap())]),
            ("Outer".to_owned(), vec![("s".to_owned(), parse_type("set<inner>").unwrap())]),
            ("loop".to_owned(), vec![("l".to_owned(), parse_type("frozen<loop>").unwrap())]),
        ]);
        TypeResolver::new("ks", &definitions).resolve_text(text)
    }

    fn marshal(text: &str) -> String {
        resolve(text).unwrap().marshal_name().to_string().replace("org.apache.cassandra.db.marshal.", "~")
    }

    #[test]
    fn what_is_nested_is_frozen_and_what_is_not_said_to_be_is_not() {
        assert_eq!(marshal("list<int>"), "~ListType(~Int32Type)");
        assert_eq!(marshal("frozen<list<varchar>>"), "~FrozenType(~ListType(~UTF8Type))");
        assert_eq!(
            marshal("map<int, frozen<list<tuple<text>>>>"),
            "~MapType(~Int32Type,~FrozenType(~ListType(~TupleType(~UTF8Type))))"
        );
        assert_eq!(marshal("tuple<list<int>>"), "~TupleType(~ListType(~Int32Type))");
        assert_eq!(marshal("vector<float, 3>"), "~VectorType(~FloatType , 3)");
        assert_eq!(
            marshal("\"Outer\""),
            "~UserType(ks,4f75746572,73:~FrozenType(~SetType(~UserType(ks,696e6e6572,78:~Int32Type))))"
        );
    }

    #[test]
    fn class_names_in_quotes_and_empty_are_types() {
        assert_eq!(resolve("empty").unwrap(), CqlType::Empty);
        assert_eq!(resolve("'EmptyType'").unwrap(), CqlType::Empty);
        assert_eq!(resolve("'com.example.Odd'").unwrap(), CqlType::Custom("com.example.Odd".to_owned()));
    }

    #[test]
    fn types_that_double_with_each_other_are_refused_before_they_fill_the_memory() {
        let mut definitions =
            TypeDefinitions::from([("t0".to_owned(), vec![("f".to_owned(), parse_type("int").unwrap())])]);
        for level in 1..40 {
            let inner = parse_type(&format!("frozen<t{}>", level - 1)).unwrap();
            let fields = ["a", "b"].map(|name| (name.to_owned(), inner.clone()));
            definitions.insert(format!("t{level}"), fields.into());
        }
        let resolve = |text| TypeResolver::new("ks", &definitions).resolve_text(text);
        assert!(resolve("t10").is_ok());
        assert!(resolve("t39").unwrap_err().to_string().contains("nest too deep"));
    }

    #[test]
    fn unknown_types_types_of_elsewhere_and_types_of_themselves_are_refused() {
        for (text, part) in [
            ("list<frozen<nothing>>", "the type nothing is not known in the keyspace ks"),
            ("other.inner", "cannot use the type other.inner"),
            ("loop", "nest too deep"),
            ("list<", "is not a type of CQL"),
        ] {
            let error = resolve(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
