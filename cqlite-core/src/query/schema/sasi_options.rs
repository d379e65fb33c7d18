//! SASI indexes (`index.sasi.SASIIndex.validateOptions`).

use cqlite_sstable::Partitioner;
use cqlite_sstable::types::CqlType;

use super::masks::type_of;
use crate::catalog::{SecondaryIndex, Table};
use crate::query::{QueryError, QueryResult};

const PACKAGE: &str = "org.apache.cassandra.index.sasi.analyzer.";

fn refused(message: impl Into<String>) -> QueryResult<()> {
    Err(QueryError::configuration(message))
}

/// Refuses what such an index cannot be on, or be told.
pub(super) fn check(table: &Table, index: &SecondaryIndex) -> QueryResult<()> {
    if *table.layout().partitioner() != Partitioner::Murmur3 {
        return refused("SASI only supports Murmur3Partitioner.");
    }
    let targets = index.targets();
    let target = match targets.as_slice() {
        [(_, name)] => type_of(table.schema(), name).map(|of| (name, of)),
        _ => None,
    };
    let Some((name, of)) = target else {
        return refused(format!("failed to retrieve target column for: {}", index.target()));
    };
    if of.is_multi_cell() {
        return refused("complex columns are not yet supported by SASI");
    }
    if table.schema().partition_key.iter().any(|column| column.name == *name) {
        return refused("partition key columns are not yet supported by SASI");
    }
    let is_text = matches!(of, CqlType::Text | CqlType::Ascii);
    check_analyzer(index, &of, is_text)?;
    check_mode(index, is_text)
}

/// `IndexMode.validateAnalyzer`
fn check_analyzer(index: &SecondaryIndex, of: &CqlType, is_text: bool) -> QueryResult<()> {
    let Some(class) = index.options.get("analyzer_class") else { return Ok(()) };
    let name = class.strip_prefix(PACKAGE).unwrap_or_default();
    match name {
        "NoOpAnalyzer" => return Ok(()),
        "DelimiterAnalyzer" | "NonTokenizingAnalyzer" | "StandardAnalyzer" => {}
        _ => return refused(format!("Unable to find analyzer class '{class}'")),
    }
    if !is_text {
        return refused(format!("{name} does not support type {}", of.cql_name()));
    }
    let has = |option: &str| index.options.contains_key(option);
    let normalizes = has("normalize_lowercase") || has("normalize_uppercase");
    if name == "NonTokenizingAnalyzer" && has("case_sensitive") && normalizes {
        return refused(
            "case_sensitive option cannot be specified together with either normalize_lowercase or normalize_uppercase",
        );
    }
    Ok(())
}

/// `IndexMode.getMode`
fn check_mode(index: &SecondaryIndex, is_text: bool) -> QueryResult<()> {
    let option = |name: &str| index.options.get(name).map(String::as_str);
    let is_true = |name: &str| option(name).map(|value| value.eq_ignore_ascii_case("true"));
    let mode = option("mode").unwrap_or("PREFIX");
    if !["PREFIX", "CONTAINS", "SPARSE"].contains(&mode.to_uppercase().as_str()) {
        return refused(format!("Incorrect index mode: {mode}"));
    }
    if !mode.eq_ignore_ascii_case("SPARSE") {
        return Ok(());
    }
    if is_true("is_literal").unwrap_or(is_text) {
        return refused("SPARSE mode is only supported on non-literal columns.");
    }
    let has_analyzer = option("analyzer_class").is_some();
    if is_true("analyzed").unwrap_or(has_analyzer) {
        return refused("SPARSE mode doesn't support analyzers.");
    }
    Ok(())
}
