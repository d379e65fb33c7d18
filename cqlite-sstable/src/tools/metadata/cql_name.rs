//! Types as a `CREATE TABLE` statement has them.

use crate::types::CqlType;

/// The name in CQL; for what CQL has no name, the class name in quotes.
pub(super) fn cql_name(named: &CqlType) -> String {
    match named {
        CqlType::List { element, frozen } => frozen_if(*frozen, format!("list<{}>", cql_name(element))),
        CqlType::Set { element, frozen } => frozen_if(*frozen, format!("set<{}>", cql_name(element))),
        CqlType::Map { key, value, frozen } => {
            frozen_if(*frozen, format!("map<{}, {}>", cql_name(key), cql_name(value)))
        }
        CqlType::Tuple(types) => {
            let types: Vec<String> = types.iter().map(cql_name).collect();
            format!("tuple<{}>", types.join(", "))
        }
        CqlType::User(user) => frozen_if(user.frozen, user.name.clone()),
        CqlType::Vector { element, dimension } => format!("vector<{}, {dimension}>", cql_name(element)),
        CqlType::Reversed(inner) => cql_name(inner),
        simple => match native_name(simple) {
            Some(name) => name.to_owned(),
            None => format!("'{}'", simple.marshal_name()),
        },
    }
}

fn frozen_if(frozen: bool, name: String) -> String {
    if frozen { format!("frozen<{name}>") } else { name }
}

fn native_name(simple: &CqlType) -> Option<&'static str> {
    Some(match simple {
        CqlType::Ascii => "ascii",
        CqlType::BigInt => "bigint",
        CqlType::Blob => "blob",
        CqlType::Boolean => "boolean",
        CqlType::Counter => "counter",
        CqlType::Date => "date",
        CqlType::Decimal => "decimal",
        CqlType::Double => "double",
        CqlType::Duration => "duration",
        CqlType::Empty => "empty",
        CqlType::Float => "float",
        CqlType::Inet => "inet",
        CqlType::Int => "int",
        CqlType::SmallInt => "smallint",
        CqlType::Text => "text",
        CqlType::Time => "time",
        CqlType::Timestamp => "timestamp",
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => "timeuuid",
        CqlType::TinyInt => "tinyint",
        CqlType::Uuid => "uuid",
        CqlType::Varint => "varint",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_cql_and_others_their_class() {
        let name = |class| cql_name(&CqlType::parse_marshal(class).unwrap());
        assert_eq!(name("MapType(Int32Type,FrozenType(ListType(UTF8Type)))"), "map<int, frozen<list<text>>>");
        assert_eq!(name("ReversedType(TupleType(LongType,TimeUUIDType))"), "tuple<bigint, timeuuid>");
        assert_eq!(name("VectorType(FloatType , 3)"), "vector<float, 3>");
        assert_eq!(name("LexicalUUIDType"), "'org.apache.cassandra.db.marshal.LexicalUUIDType'");
    }
}
