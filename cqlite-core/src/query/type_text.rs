//! Types as messages show them.

use cqlite_sstable::types::CqlType;

/// The name of a type (`AbstractType.asCQL3Type`). The old class of timestamps and that of time UUIDs in functions are
/// called as those that CQL has a name for.
pub(crate) fn type_text(of: &CqlType) -> String {
    match of {
        CqlType::LegacyTimeUuid => String::from("timeuuid"),
        CqlType::LegacyTimestamp => String::from("timestamp"),
        other => other.cql_name().to_string(),
    }
}
