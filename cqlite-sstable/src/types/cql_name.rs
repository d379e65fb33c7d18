//! Types as CQL names them.

use cqlite_cql::{NativeType, QualifiedName, TypeName};

use crate::types::CqlType;

impl CqlType {
    /// The type as CQL and `system_schema` write it: `map<text, frozen<list<int>>>`. User-defined types go by
    /// their bare name; what CQL has no name for is a marshal class name in quotes. The order of a
    /// [`CqlType::Reversed`] is left out: CQL says it elsewhere.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::CqlType;
    /// let header = "MapType(Int32Type,FrozenType(ListType(TupleType(UTF8Type))))";
    /// let name = CqlType::parse_marshal(header)?.cql_name().to_string();
    /// assert_eq!(name, "map<int, frozen<list<frozen<tuple<text>>>>>");
    /// # Ok::<(), cqlite_sstable::types::MarshalError>(())
    /// ```
    pub fn cql_name(&self) -> TypeName {
        match self {
            Self::List { element, frozen } => {
                frozen_if(*frozen, TypeName::List(Box::new(element.cql_name())))
            }
            Self::Set { element, frozen } => frozen_if(*frozen, TypeName::Set(Box::new(element.cql_name()))),
            Self::Map { key, value, frozen } => {
                frozen_if(*frozen, TypeName::Map(Box::new(key.cql_name()), Box::new(value.cql_name())))
            }
            Self::Tuple(types) => TypeName::Tuple(types.iter().map(Self::cql_name).collect()).frozen(),
            Self::User(user) => {
                let name = QualifiedName::unqualified(user.name.as_str());
                frozen_if(user.frozen, TypeName::UserDefined(name))
            }
            Self::Vector { element, dimension } => TypeName::Vector(Box::new(element.cql_name()), *dimension),
            Self::Reversed(inner) => inner.cql_name(),
            Self::Custom(class) => TypeName::Custom(class.clone()),
            other => match native_of(other) {
                Some(native) => TypeName::Native(native),
                None => TypeName::Custom(other.marshal_name().to_string()),
            },
        }
    }

    /// The type of a name of CQL without parameters.
    pub fn from_native(native: NativeType) -> Self {
        match native {
            NativeType::Ascii => Self::Ascii,
            NativeType::Bigint => Self::BigInt,
            NativeType::Blob => Self::Blob,
            NativeType::Boolean => Self::Boolean,
            NativeType::Counter => Self::Counter,
            NativeType::Date => Self::Date,
            NativeType::Decimal => Self::Decimal,
            NativeType::Double => Self::Double,
            NativeType::Duration => Self::Duration,
            NativeType::Empty => Self::Empty,
            NativeType::Float => Self::Float,
            NativeType::Inet => Self::Inet,
            NativeType::Int => Self::Int,
            NativeType::Smallint => Self::SmallInt,
            NativeType::Text | NativeType::Varchar => Self::Text,
            NativeType::Time => Self::Time,
            NativeType::Timestamp => Self::Timestamp,
            NativeType::Timeuuid => Self::TimeUuid,
            NativeType::Tinyint => Self::TinyInt,
            NativeType::Uuid => Self::Uuid,
            NativeType::Varint => Self::Varint,
        }
    }

    /// Whether values of both types are the same bytes with the same meaning and order, as far as two spellings
    /// of one column's type go: a user-defined type may have got more fields or new field names, and
    /// `system_schema` calls the old `DateType` `timestamp`, too, and `LegacyTimeUUIDType` `timeuuid`.
    pub fn is_same_type(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reversed(inner), other) => inner.is_same_type(other),
            (this, Self::Reversed(inner)) => this.is_same_type(inner),
            (Self::LegacyTimestamp | Self::Timestamp, Self::LegacyTimestamp | Self::Timestamp)
            | (Self::LegacyTimeUuid | Self::TimeUuid, Self::LegacyTimeUuid | Self::TimeUuid) => true,
            (Self::List { element: a, frozen: f }, Self::List { element: b, frozen: g })
            | (Self::Set { element: a, frozen: f }, Self::Set { element: b, frozen: g }) => {
                f == g && a.is_same_type(b)
            }
            (Self::Map { key: a, value: b, frozen: f }, Self::Map { key: c, value: d, frozen: g }) => {
                f == g && a.is_same_type(c) && b.is_same_type(d)
            }
            (Self::Tuple(a), Self::Tuple(b)) | (Self::Composite(a), Self::Composite(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.is_same_type(b))
            }
            (Self::User(a), Self::User(b)) => {
                let mut fields = a.fields.iter().zip(&b.fields);
                a.name == b.name
                    && a.frozen == b.frozen
                    && fields.all(|(a, b)| a.field_type.freeze().is_same_type(&b.field_type.freeze()))
            }
            (Self::Vector { element: a, dimension: n }, Self::Vector { element: b, dimension: m }) => {
                n == m && a.is_same_type(b)
            }
            (a, b) => a == b,
        }
    }
}

fn frozen_if(frozen: bool, name: TypeName) -> TypeName {
    if frozen { name.frozen() } else { name }
}

fn native_of(of: &CqlType) -> Option<NativeType> {
    NativeType::ALL.into_iter().find(|native| CqlType::from_native(*native) == *of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_as_describe_names_it() {
        for (marshal, cql) in [
            ("UTF8Type", "text"),
            ("ReversedType(TimeUUIDType)", "timeuuid"),
            (
                "ListType(FrozenType(MapType(UTF8Type,SetType(Int32Type))))",
                "list<frozen<map<text, frozen<set<int>>>>>",
            ),
            (
                "TupleType(TupleType(Int32Type),ListType(UTF8Type))",
                "frozen<tuple<frozen<tuple<int>>, frozen<list<text>>>>",
            ),
            ("VectorType(VectorType(Int32Type , 2) , 2)", "vector<vector<int, 2>, 2>"),
            ("VectorType(ListType(Int32Type) , 2)", "vector<frozen<list<int>>, 2>"),
            ("UserType(ks,5a6970,61:Int32Type)", "\"Zip\""),
            ("FrozenType(UserType(ks,696e74,61:Int32Type))", "frozen<\"int\">"),
            ("EmptyType", "empty"),
            ("LexicalUUIDType", "'org.apache.cassandra.db.marshal.LexicalUUIDType'"),
            ("com.example.Odd(a,b)", "'com.example.Odd(a,b)'"),
        ] {
            let parsed = CqlType::parse_marshal(marshal).unwrap();
            assert_eq!(parsed.cql_name().to_string(), cql, "{marshal}");
        }
    }
}
