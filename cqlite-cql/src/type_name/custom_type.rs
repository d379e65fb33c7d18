//! Names of Cassandra's classes of types.

/// The classes that Cassandra has, without their package.
const CLASSES: [&str; 35] = [
    "AsciiType",
    "BooleanType",
    "ByteType",
    "BytesType",
    "CompositeType",
    "CounterColumnType",
    "DateType",
    "DecimalType",
    "DoubleType",
    "DurationType",
    "DynamicCompositeType",
    "EmptyType",
    "FloatType",
    "FrozenType",
    "InetAddressType",
    "Int32Type",
    "IntegerType",
    "LegacyTimeUUIDType",
    "LexicalUUIDType",
    "ListType",
    "LongType",
    "MapType",
    "PartitionerDefinedOrder",
    "ReversedType",
    "SetType",
    "ShortType",
    "SimpleDateType",
    "TimeType",
    "TimeUUIDType",
    "TimestampType",
    "TupleType",
    "UTF8Type",
    "UUIDType",
    "UserType",
    "VectorType",
];

const PACKAGE: &str = "org.apache.cassandra.db.marshal.";

/// Why the text is no class of a type; only the class itself and the brackets behind it are looked at.
pub(super) fn wrong(class: &str) -> Option<String> {
    let bracket = class.find('(');
    let name = class.get(..bracket.unwrap_or(class.len())).unwrap_or_default().trim();
    let simple = name.strip_prefix(PACKAGE).unwrap_or(name);
    let is_known = name.is_empty() || CLASSES.contains(&simple);
    if !is_known {
        let full = if name.contains('.') { name.to_owned() } else { format!("{PACKAGE}{name}") };
        return Some(format!("Error setting type {class}: Unable to find abstract-type class '{full}'"));
    }
    let closes = class.matches(')').count();
    let opens = class.matches('(').count();
    let is_closed = bracket.is_none() || (opens == closes && class.trim_end().ends_with(')'));
    if is_closed { None } else { Some(format!("Cannot parse type {class}: unexpected end of string")) }
}
