//! What `SELECT *` makes of one SSTable.

use std::collections::BTreeMap;

use cqlite_sstable::component::statistics::HeaderColumn;
use cqlite_sstable::reader::{Cursor, RowItem, ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::row::{ClusteringValue, DeletionTime, UnfilteredPartitions as _};
use cqlite_sstable::types::{CompositeComponents, CounterContext, CqlType};

use crate::known::RawRows;

/// A value as serialized; none for null.
pub type Value = Option<Vec<u8>>;

/// The cells of one column in a row, by path.
#[derive(Default)]
struct Column {
    deletion: Option<DeletionTime>,
    cells: Vec<(Option<Vec<u8>>, i64, Vec<u8>)>,
}

/// The live values of the row that the cursor is in, by the index of the column; what `deleted` covers is left out.
fn values(cursor: &mut Cursor, columns: &[HeaderColumn], deleted: i64, now: i64) -> BTreeMap<usize, Vec<u8>> {
    let mut found: BTreeMap<usize, Column> = BTreeMap::new();
    while cursor.advance_item().unwrap() {
        match cursor.item() {
            RowItem::ComplexDeletion { column, deletion } => {
                found.entry(column).or_default().deletion = Some(deletion);
            }
            RowItem::Cell(cell) => {
                let column = found.entry(cell.column).or_default();
                let covered = column.deletion.is_some_and(|deletion| deletion.deletes(cell.timestamp));
                if cell.is_live(now) && cell.timestamp > deleted && !covered {
                    let path = cell.path.map(<[u8]>::to_vec);
                    column.cells.push((path, cell.timestamp, cell.value.to_vec()));
                }
            }
        }
    }
    let mut values = BTreeMap::new();
    for (index, column) in found.into_iter().filter(|(_, column)| !column.cells.is_empty()) {
        let cells = column.cells.iter().map(|(path, _, value)| (path.as_deref(), value.as_slice()));
        values.insert(index, whole_value(&columns[index].column_type, &cells.collect::<Vec<_>>()));
    }
    values
}

fn push(bytes: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        Some(value) => {
            bytes.extend((value.len() as i32).to_be_bytes());
            bytes.extend(value);
        }
        None => bytes.extend((-1_i32).to_be_bytes()),
    }
}

/// The cells of a column, by path, as the one value that the protocol has.
pub(crate) fn whole_value(column_type: &CqlType, cells: &[(Option<&[u8]>, &[u8])]) -> Vec<u8> {
    let mut bytes = (cells.len() as i32).to_be_bytes().to_vec();
    match column_type {
        CqlType::List { frozen: false, .. } => {
            cells.iter().for_each(|(_, value)| push(&mut bytes, Some(value)));
        }
        CqlType::Set { frozen: false, .. } => {
            cells.iter().for_each(|(path, _)| push(&mut bytes, *path));
        }
        CqlType::Map { frozen: false, .. } => {
            for (path, value) in cells {
                push(&mut bytes, *path);
                push(&mut bytes, Some(value));
            }
        }
        CqlType::User(user) if !user.frozen => {
            bytes.clear();
            for index in 0..user.fields.len() {
                let path = (index as u16).to_be_bytes();
                let cell = cells.iter().find(|(found, _)| *found == Some(&path));
                push(&mut bytes, cell.map(|(_, value)| *value));
            }
        }
        CqlType::Counter => {
            return CounterContext::decode(cells[0].1).unwrap().total().to_be_bytes().to_vec();
        }
        _ => return cells[0].1.to_vec(),
    }
    bytes
}

pub(crate) fn key_values(key_type: &CqlType, key: &[u8]) -> Vec<Value> {
    match key_type {
        CqlType::Composite(types) => CompositeComponents::new(key, types)
            .map(|component| Some(component.unwrap().value.to_vec()))
            .collect(),
        _ => vec![Some(key.to_vec())],
    }
}

/// One row as `SELECT *` has it: keys first, then the other columns under their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedRow {
    /// The columns of the primary key.
    pub keys: Vec<Value>,
    /// The others that are not null.
    pub others: BTreeMap<String, Vec<u8>>,
}

fn named(columns: &[HeaderColumn], values: &BTreeMap<usize, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    values.iter().map(|(index, value)| (columns[*index].name_text().into_owned(), value.clone())).collect()
}

/// Reads an SSTable as a node would answer `SELECT *` from it alone.
///
/// # Panics
/// If it cannot be read.
pub fn select(sstable: &Sstable, now: i64) -> Vec<SelectedRow> {
    let header = sstable.header();
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut rows = Vec::new();
    while cursor.advance_partition().unwrap() {
        let partition_deleted = cursor.partition().deletion.marked_for_delete_at;
        let keys = key_values(&header.key_type, cursor.partition().key);
        let statics = match cursor.partition().static_row {
            Some(row) => {
                let deleted = partition_deleted.max(row.deletion.marked_for_delete_at);
                named(&header.static_columns, &values(&mut cursor, &header.static_columns, deleted, now))
            }
            None => BTreeMap::new(),
        };
        let before = rows.len();
        let mut range_deleted = i64::MIN;
        while cursor.advance_unfiltered().unwrap() {
            let row = match cursor.unfiltered() {
                Unfiltered::Marker(marker) => {
                    range_deleted = match (marker.opened, marker.kind.is_start()) {
                        (Some(opened), _) => opened.marked_for_delete_at,
                        (None, true) => marker.deletion.marked_for_delete_at,
                        (None, false) => i64::MIN,
                    };
                    continue;
                }
                Unfiltered::Row(row) => row,
            };
            let deleted = partition_deleted.max(range_deleted).max(row.deletion.marked_for_delete_at);
            let exists = row.liveness.is_some_and(|liveness| {
                liveness.timestamp > deleted && (!liveness.is_expiring() || now < liveness.expires_at_seconds)
            });
            let clustering = row.clustering.iter().map(|value| match value {
                ClusteringValue::Value(bytes) => Some(bytes.to_vec()),
                ClusteringValue::Null => None,
            });
            let keys: Vec<Value> = keys.iter().cloned().chain(clustering).collect();
            let values = values(&mut cursor, &header.regular_columns, deleted, now);
            if exists || !values.is_empty() {
                let mut others = named(&header.regular_columns, &values);
                others.extend(statics.clone());
                rows.push(SelectedRow { keys, others });
            }
        }
        if rows.len() == before && !statics.is_empty() {
            let nulls = header.clustering_types.iter().map(|_| None);
            rows.push(SelectedRow { keys: keys.into_iter().chain(nulls).collect(), others: statics });
        }
    }
    rows
}

/// Where rows differ first from what a node answered.
pub fn difference(rows: &[SelectedRow], truth: &RawRows) -> Option<String> {
    if rows.len() != truth.rows.len() {
        return Some(format!("{} rows instead of {}", rows.len(), truth.rows.len()));
    }
    let hex = |value: Option<&[u8]>| {
        value.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    for (row, expected) in rows.iter().zip(&truth.rows) {
        for (i, name) in truth.columns.iter().enumerate() {
            let ours = match row.keys.get(i) {
                Some(key) => key.as_deref(),
                None => row.others.get(name).map(Vec::as_slice),
            };
            let theirs = expected[i].as_deref();
            if ours != theirs {
                return Some(format!(
                    "{name} of {:?}: {:?} instead of {:?}",
                    row.keys,
                    hex(ours),
                    hex(theirs)
                ));
            }
        }
    }
    None
}
