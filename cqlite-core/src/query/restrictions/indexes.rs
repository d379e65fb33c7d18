//! What the secondary indexes of a table could answer.
//!
//! There are no indexes behind this: what they could answer is what may be asked without `ALLOW FILTERING`, and is found by
//! looking at rows.

use cqlite_sstable::schema::SchemaTable;
use cqlite_sstable::types::CqlType;

use super::sasi::SasiIndex;
use crate::catalog::Table;
use crate::query::TableColumn;

/// What of a column an index has (`cql3.statements.schema.IndexTarget.Type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexTargetKind {
    /// `values`, and all of a column of one cell.
    Values,
    /// `keys`
    Keys,
    /// `entries`
    Entries,
    /// `full`
    Full,
}

/// What an index may be asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexOperator {
    Equal,
    In,
    Range,
    Contains,
    ContainsKey,
    Like,
    Ann,
}

/// A secondary index, as far as queries go (`index.Index`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexInfo {
    /// The name.
    pub(crate) name: String,
    /// The column, not quoted.
    pub(crate) column: String,
    /// What of it.
    pub(crate) target: IndexTargetKind,
    /// Whether it is a storage-attached one; the others are Cassandra's own tables.
    pub(crate) is_storage_attached: bool,
    /// What it may be asked, if it is a SASI one.
    pub(super) sasi: Option<SasiIndex>,
    /// Whether it is custom, by a class.
    pub(crate) is_custom: bool,
    /// The options.
    pub(crate) options: Vec<(String, String)>,
}

impl IndexInfo {
    /// The indexes of a table, by their names.
    pub(crate) fn of(table: &Table) -> Vec<Self> {
        table
            .attached_rows(SchemaTable::Indexes)
            .filter_map(|row| {
                let name = row.clustering_text(1).ok()?;
                let options = row.text_map("options").ok()?;
                let is_custom = row.text("kind").ok().flatten().is_some_and(|kind| kind == "CUSTOM");
                Some(Self::new(name, options, is_custom))
            })
            .collect()
    }

    fn new(name: String, options: Vec<(String, String)>, is_custom: bool) -> Self {
        let option =
            |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let (target, column) = parse_target(option("target").unwrap_or_default());
        let class = option("class_name").unwrap_or_default();
        let simple = class.rsplit('.').next().unwrap_or_default();
        let is_storage_attached = simple.eq_ignore_ascii_case("sai") || simple == "StorageAttachedIndex";
        let sasi = (simple == "SASIIndex").then(|| SasiIndex::of_options(&options));
        Self { name, column, target, is_storage_attached, sasi, is_custom, options }
    }

    /// Whether it has a column.
    pub(crate) fn depends_on(&self, column: &TableColumn) -> bool {
        self.column == column.name()
    }

    /// Whether it could be asked for a column by an operator (`Index.supportsExpression`).
    pub(crate) fn supports(&self, column: &TableColumn, operator: IndexOperator) -> bool {
        if !self.depends_on(column) {
            return false;
        }
        if self.is_storage_attached {
            return self.storage_attached_supports(column.cql_type(), operator);
        }
        if self.is_custom {
            return self.sasi.is_some_and(|sasi| sasi.supports(column.cql_type(), operator));
        }
        match (column.cql_type(), operator) {
            (CqlType::List { frozen: false, .. }, operator) => operator == IndexOperator::Contains,
            (CqlType::Set { frozen: false, .. }, operator) => {
                matches!(operator, IndexOperator::Contains | IndexOperator::ContainsKey)
            }
            (CqlType::Map { frozen: false, .. }, operator) => match self.target {
                IndexTargetKind::Keys => operator == IndexOperator::ContainsKey,
                IndexTargetKind::Entries => operator == IndexOperator::Equal,
                IndexTargetKind::Values | IndexTargetKind::Full => operator == IndexOperator::Contains,
            },
            (_, operator) => operator == IndexOperator::Equal,
        }
    }

    /// `index.sai.utils.IndexTermType.supports`
    fn storage_attached_supports(&self, cql_type: &CqlType, operator: IndexOperator) -> bool {
        match operator {
            IndexOperator::Like | IndexOperator::In => return false,
            IndexOperator::Ann => return matches!(cql_type, CqlType::Vector { .. }),
            _ => {}
        }
        let is_collection =
            matches!(cql_type, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. });
        if is_collection && cql_type.is_multi_cell() {
            return match self.target {
                IndexTargetKind::Keys => operator == IndexOperator::ContainsKey,
                IndexTargetKind::Values => operator == IndexOperator::Contains,
                IndexTargetKind::Entries => operator == IndexOperator::Equal,
                IndexTargetKind::Full => false,
            };
        }
        if self.target == IndexTargetKind::Full {
            return operator == IndexOperator::Equal;
        }
        if matches!(cql_type, CqlType::Vector { .. }) {
            return operator == IndexOperator::Equal;
        }
        let is_equal_alone =
            matches!(cql_type, CqlType::Text | CqlType::Ascii | CqlType::Boolean | CqlType::Uuid);
        let is_literal = is_equal_alone && *cql_type != CqlType::Uuid
            || matches!(cql_type, CqlType::Tuple(_) | CqlType::User(_))
            || is_collection;
        match operator {
            IndexOperator::Equal => true,
            IndexOperator::Range => !is_equal_alone && !is_literal,
            _ => !is_equal_alone,
        }
    }

    /// Whether rows have to be looked at where several elements are asked for (`Index.filtersMultipleContains`).
    pub(crate) fn filters_multiple_contains(&self) -> bool {
        !self.is_storage_attached
    }

    /// The indexes that are asked together: all storage-attached ones are, each of the others is alone.
    pub(crate) fn groups(indexes: &[Self]) -> Vec<Vec<&Self>> {
        let (together, alone): (Vec<&Self>, Vec<&Self>) =
            indexes.iter().partition(|index| index.is_storage_attached);
        let mut groups: Vec<Vec<&Self>> = alone.into_iter().map(|index| vec![index]).collect();
        if !together.is_empty() {
            groups.push(together);
        }
        groups
    }
}

/// The target of an index as its options tell it: `values(column)`, or a column alone (`index.TargetParser`).
fn parse_target(target: &str) -> (IndexTargetKind, String) {
    let kinds = [
        ("keys(", IndexTargetKind::Keys),
        ("entries(", IndexTargetKind::Entries),
        ("values(", IndexTargetKind::Values),
        ("full(", IndexTargetKind::Full),
    ];
    let inner = kinds.iter().find_map(|(prefix, kind)| {
        target.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(')')).map(|column| (*kind, column))
    });
    let (kind, column) = inner.unwrap_or((IndexTargetKind::Values, target));
    let column = match column.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => column.to_owned(),
    };
    (kind, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_they_are_stored() {
        assert_eq!(parse_target("v"), (IndexTargetKind::Values, "v".to_owned()));
        assert_eq!(parse_target("keys(m)"), (IndexTargetKind::Keys, "m".to_owned()));
        assert_eq!(parse_target("full(\"A\"\"b\")"), (IndexTargetKind::Full, "A\"b".to_owned()));
    }
}
