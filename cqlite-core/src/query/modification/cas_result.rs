//! What clients are told of a conditional modification.

use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::existing_partition::ExistingPartition;
use crate::catalog::Table;
use crate::query::{ColumnSpec, IndexedCells, InputRow, PartitionKey, RowSet, TableColumn, TableColumns};
use crate::storage::read::{Cells, PageRow};

/// The column that tells whether it was done.
fn applied_column(keyspace: &str, table: &str) -> ColumnSpec {
    ColumnSpec {
        keyspace: keyspace.into(),
        table: table.into(),
        name: "[applied]".into(),
        cql_type: CqlType::Boolean,
        is_descending: false,
    }
}

/// It was done.
pub(super) fn applied(table: &Table) -> RowSet {
    let mut rows = RowSet::new(vec![applied_column(table.keyspace(), table.name())]);
    rows.push_row([Some(&[1][..])]);
    rows
}

/// It was not done, because of these rows: shown are columns of them, or all (`ModificationStatement.buildCasResultSet`).
pub(super) fn refused(
    columns: &TableColumns,
    key: &[u8],
    told: Option<&[Arc<TableColumn>]>,
    is_batch: bool,
    present: &ExistingPartition,
) -> RowSet {
    let shown: Vec<Arc<TableColumn>> = match told {
        None => columns.all().to_vec(),
        Some(told) => {
            let key_columns = if is_batch { columns.primary_key() } else { &[] };
            key_columns.iter().chain(told).cloned().collect()
        }
    };
    let mut specs = Vec::with_capacity(shown.len().saturating_add(1));
    if let Some(column) = columns.all().first() {
        specs.push(applied_column(&column.spec.keyspace, &column.spec.table));
    }
    let statics = present.statics();
    let mut rows = present.rows().peekable();
    if rows.peek().is_none() && statics.is_none() {
        let mut set = RowSet::new(specs);
        set.push_row([Some(&[0][..])]);
        return set;
    }
    specs.extend(shown.iter().map(|column| column.spec.clone()));
    let mut set = RowSet::new(specs);
    let mut writer = ResultWriter::new(columns, key);
    if rows.peek().is_none() {
        writer.push(&shown, statics, None, &mut set);
    }
    rows.for_each(|row| writer.push(&shown, statics, Some(row), &mut set));
    set
}

/// Shows rows of one partition.
struct ResultWriter<'k> {
    key: &'k [u8],
    parts: Vec<std::ops::Range<usize>>,
    /// How many static and regular columns there are at most.
    column_count: usize,
    static_starts: Vec<u32>,
    regular_starts: Vec<u32>,
}

impl<'k> ResultWriter<'k> {
    fn new(columns: &TableColumns, key: &'k [u8]) -> Self {
        let mut parts = Vec::new();
        PartitionKey::split(key, columns.partition_key().len(), &mut parts);
        let column_count = columns.all().len();
        Self { key, parts, column_count, static_starts: Vec::new(), regular_starts: Vec::new() }
    }

    fn push(
        &mut self,
        shown: &[Arc<TableColumn>],
        statics: Option<Cells<'_>>,
        row: Option<PageRow<'_>>,
        set: &mut RowSet,
    ) {
        let Self { key, parts, column_count, static_starts, regular_starts } = self;
        let statics = statics.unwrap_or(Cells::NONE);
        let regulars = row.map_or(Cells::NONE, |row| row.cells());
        let input = InputRow {
            key: PartitionKey { bytes: key, parts },
            clustering: row.map(|row| row.clustering()),
            statics: IndexedCells::index(statics, *column_count, static_starts),
            regulars: IndexedCells::index(regulars, *column_count, regular_starts),
        };
        let values: Vec<_> = shown.iter().map(|column| input.value(column)).collect();
        let values = values.iter().map(Option::as_deref);
        set.push_row(std::iter::once(Some(&[0][..])).chain(values));
    }
}
