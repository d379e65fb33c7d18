//! Storage-attached indexes (`index.sai.StorageAttachedIndex.validateOptions`).

use cqlite_cql::{IndexTargetKind, Literal};
use cqlite_sstable::Partitioner;
use cqlite_sstable::types::CqlType;

use super::masks::type_of;
use crate::catalog::{SecondaryIndex, Table};
use crate::query::{QueryError, QueryResult};

const ANALYSIS: [&str; 3] = ["ascii", "case_sensitive", "normalize"];
const SIMILARITIES: [&str; 3] = ["EUCLIDEAN", "DOT_PRODUCT", "COSINE"];

/// Options that only a system property of Cassandra allows, and how messages call them.
const CUSTOM_PARAMETERS: [(&str, &str); 2] = [
    ("maximum_node_connections", "Maximum node connections"),
    ("construction_beam_width", "Construction beam width"),
];

fn refused<T>(message: impl Into<String>) -> QueryResult<T> {
    Err(QueryError::invalid(message))
}

/// Refuses what such an index cannot be on, or be told. `table` does not have it yet.
pub(super) fn check(table: &Table, index: &SecondaryIndex) -> QueryResult<()> {
    check_column(table, index)?;
    check_names(index)?;
    if *table.layout().partitioner() != Partitioner::Murmur3 {
        return refused(
            "Storage-attached index does not support the following IPartitioner implementations: [class \
             org.apache.cassandra.dht.OrderPreservingPartitioner, class org.apache.cassandra.dht.LocalPartitioner, class \
             org.apache.cassandra.dht.ByteOrderedPartitioner, class org.apache.cassandra.dht.RandomPartitioner]",
        );
    }
    if index.target().contains(',') {
        return refused(format!(
            "A storage-attached index cannot be created over multiple columns: {}",
            index.target()
        ));
    }
    let targets = index.targets();
    let target = targets.first().and_then(|(kind, name)| Some((*kind, name, type_of(table.schema(), name)?)));
    let Some((kind, name, of)) = target else {
        return refused(format!("Failed to retrieve target column for: {}", index.target()));
    };
    check_analysis(table, index, name, &indexed_type(&of, kind))?;
    check_vector_options(index, &indexed_type(&of, kind))?;
    check_types(index, &of, kind)
}

/// Refuses a second one on a column: Cassandra looks at those that are there once more, and before the one that is new
/// (`StorageAttachedIndex.validateOptions`).
fn check_column(table: &Table, index: &SecondaryIndex) -> QueryResult<()> {
    let targets = index.targets();
    let Some((kind, name)) = targets.first().filter(|_| targets.len() == 1) else { return Ok(()) };
    let is_same = |known: &SecondaryIndex| {
        known.class() == SecondaryIndex::STORAGE_ATTACHED
            && known
                .targets()
                .first()
                .is_some_and(|(other, column)| column == name && as_values(*other) == as_values(*kind))
    };
    match table.indexes().iter().any(is_same) {
        true => {
            refused(format!("Cannot create more than one storage-attached index on the same column: {name}"))
        }
        false => Ok(()),
    }
}

/// A plain column counts as its values.
fn as_values(kind: IndexTargetKind) -> IndexTargetKind {
    if kind == IndexTargetKind::Simple { IndexTargetKind::Values } else { kind }
}

fn check_names(index: &SecondaryIndex) -> QueryResult<()> {
    let is_known = |name: &str| {
        ANALYSIS.contains(&name)
            || CUSTOM_PARAMETERS.iter().any(|(known, _)| *known == name)
            || ["target", "class_name", "similarity_function", "optimize_for"].contains(&name)
    };
    let unknown: Vec<&str> =
        index.options.keys().map(String::as_str).filter(|name| !is_known(name)).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(QueryError::configuration(format!(
            "Properties specified [{}] are not understood by StorageAttachedIndex",
            unknown.join(", ")
        ))),
    }
}

/// The type of what is looked for (`IndexTermType.calculateIndexType`); of entries that of key and value together.
fn indexed_type(of: &CqlType, kind: IndexTargetKind) -> CqlType {
    match of {
        CqlType::List { element, frozen: false } | CqlType::Set { element, frozen: false } => {
            CqlType::clone(element)
        }
        CqlType::Map { key, frozen: false, .. } if kind == IndexTargetKind::Keys => CqlType::clone(key),
        CqlType::Map { key, value, frozen: false } if kind == IndexTargetKind::Entries => {
            CqlType::Composite([CqlType::clone(key), CqlType::clone(value)].into())
        }
        CqlType::Map { value, frozen: false, .. } => CqlType::clone(value),
        other => other.clone(),
    }
}

/// `AbstractAnalyzer.fromOptions`
fn check_analysis(table: &Table, index: &SecondaryIndex, column: &str, of: &CqlType) -> QueryResult<()> {
    let options: Vec<(&str, &String)> =
        ANALYSIS.iter().filter_map(|name| Some((*name, index.options.get(*name)?))).collect();
    if options.is_empty() {
        return Ok(());
    }
    let schema = table.schema();
    let is_key = schema.partition_key.iter().any(|known| known.name == column)
        || schema.clustering.iter().any(|known| known.name == column);
    if is_key {
        let entries: Vec<String> = options
            .iter()
            .map(|(name, value)| format!("{}: {}", Literal::quote(name), Literal::quote(value)))
            .collect();
        return refused(format!(
            "Analysis options are not supported on primary key columns, but found {{{}}}",
            entries.join(", ")
        ));
    }
    if !matches!(of, CqlType::Text | CqlType::Ascii) {
        return refused(format!("CQL type {} cannot be analyzed.", of.cql_name()));
    }
    for (name, value) in options {
        if value.is_empty() {
            return refused(format!("Empty value for boolean option '{name}'"));
        }
        if !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") {
            return refused(format!("Illegal value for boolean option '{name}': {value}"));
        }
    }
    Ok(())
}

/// `IndexWriterConfig.fromOptions`, which is not told the name of the index.
fn check_vector_options(index: &SecondaryIndex, of: &CqlType) -> QueryResult<()> {
    let has = |name: &str| index.options.contains_key(name);
    let custom = CUSTOM_PARAMETERS.iter().find(|(name, _)| has(name));
    if custom.is_none() && !has("similarity_function") && !has("optimize_for") {
        return Ok(());
    }
    if !matches!(of, CqlType::Vector { .. }) {
        return refused(format!("CQL type {} cannot have vector options", of.cql_name()));
    }
    if let Some((_, name)) = custom {
        return refused(format!("{name} cannot be set without enabling SAI_VECTOR_ALLOW_CUSTOM_PARAMETERS"));
    }
    if let Some(similarity) = similarity(index).filter(|name| !SIMILARITIES.contains(&name.as_str())) {
        return refused(format!(
            "Similarity function {similarity} was not recognized for index null. Valid values are: {}",
            SIMILARITIES.join(", ")
        ));
    }
    let optimize_for = index.options.get("optimize_for").map(|value| value.to_uppercase());
    if let Some(other) = optimize_for.filter(|value| !["LATENCY", "RECALL"].contains(&value.as_str())) {
        return refused(format!(
            "optimize_for '{other}' was not recognized for index null. Valid values are: LATENCY, RECALL"
        ));
    }
    Ok(())
}

fn similarity(index: &SecondaryIndex) -> Option<String> {
    index.options.get("similarity_function").map(|value| value.to_uppercase())
}

fn check_types(index: &SecondaryIndex, of: &CqlType, kind: IndexTargetKind) -> QueryResult<()> {
    let unsupported = |of: &CqlType| refused(format!("Unsupported type: {}", of.cql_name()));
    if let (CqlType::Map { key, value, frozen: false }, IndexTargetKind::Entries) = (of, kind) {
        let mut parts = [key, value].into_iter();
        return parts.find(|of| !is_supported(of)).map_or(Ok(()), |of| unsupported(of));
    }
    let of = indexed_type(of, kind);
    if !is_supported(&of) {
        return unsupported(&of);
    }
    let CqlType::Vector { element, dimension } = &of else { return Ok(()) };
    if **element != CqlType::Float {
        return refused("SAI ANN indexes are only allowed on vector columns with float elements");
    }
    let is_cosine = similarity(index).is_none_or(|similarity| similarity == "COSINE");
    if *dimension == 1 && is_cosine {
        return refused("Cosine similarity is not supported for single-dimension vectors");
    }
    Ok(())
}

/// Whether it is one of the types with an order that are looked for, or frozen, and then looked for as a whole.
fn is_supported(of: &CqlType) -> bool {
    match of {
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } | CqlType::User(_) => {
            !of.is_multi_cell()
        }
        CqlType::Tuple(_) | CqlType::Vector { .. } => true,
        CqlType::Ascii
        | CqlType::BigInt
        | CqlType::Date
        | CqlType::Double
        | CqlType::Float
        | CqlType::Int
        | CqlType::SmallInt
        | CqlType::Text
        | CqlType::Time
        | CqlType::Timestamp
        | CqlType::TimeUuid
        | CqlType::TinyInt
        | CqlType::Uuid
        | CqlType::Inet
        | CqlType::Varint
        | CqlType::Decimal
        | CqlType::Boolean => true,
        _ => false,
    }
}
