//! What a database and a node answer to the same `SELECT`: values, write times and times of expiry.

use std::{collections::BTreeMap, fmt::Write as _, ops::ControlFlow};

use cqlite_core::{
    Database,
    catalog::Table,
    storage::read::{Cells, ReadCommand, ReadPartition, ReadRow, RowSink},
};
use cqlite_sstable::{Result, component::statistics::HeaderColumn, types::CqlType};

use crate::{
    cassandra::{Connection, CqlError, quoted},
    catalogued::now_seconds,
    selected::{Value, key_values, whole_value},
};

/// The rows of a table in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<AnsweredRow>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredRow {
    /// The values of the columns as serialized; none is null.
    pub values: Vec<Value>,
    /// What is told of the cells of each column: only of those of one cell that do not count, and of maps.
    pub times: Vec<Times>,
}

/// The times of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// `WRITETIME`, as serialized.
    pub written: Value,
    /// The earliest and the latest second at which it may expire.
    pub expires: Option<(i64, i64)>,
}

/// Which times of a column can be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timed {
    No,
    Written,
    WrittenAndExpiring,
}

fn timed(column_type: &CqlType) -> Timed {
    match column_type {
        CqlType::Counter => Timed::No,
        // A node fails where one of the others is null.
        CqlType::Map { frozen: false, .. } => Timed::Written,
        other if other.is_multi_cell() => Timed::No,
        _ => Timed::WrittenAndExpiring,
    }
}

/// Names of all columns: those of the key, of the clustering, the static and the regular ones.
fn names(table: &Table) -> Vec<String> {
    let (schema, layout) = (table.schema(), table.layout());
    let of_key = schema.partition_key.iter().map(|column| column.name.clone());
    let clusterings = schema.clustering.iter().map(|column| column.name.clone());
    let others = [true, false].into_iter().flat_map(|is_static| layout.header_columns(is_static));
    of_key.chain(clusterings).chain(others.map(|column| column.name_text().into_owned())).collect()
}

/// What a database answers.
///
/// # Errors
/// If it cannot read.
pub fn answer_of_database(db: &Database, table: &Table) -> Result<Answer> {
    answer_of_database_at(db, table, None)
}

/// What a database answers when expiry is judged by another time than the present.
///
/// # Errors
/// If it cannot read.
pub fn answer_of_database_at(db: &Database, table: &Table, seconds: Option<i64>) -> Result<Answer> {
    let command = ReadCommand { now_seconds: seconds, ..ReadCommand::all(table.id()) };
    let mut rows = Rows { table, keys: Vec::new(), statics: None, rows: Vec::new() };
    db.view().for_each(&command, &mut rows)?;
    rows.end_partition();
    Ok(Answer { columns: names(table), rows: rows.rows })
}

/// What a node answers.
///
/// # Errors
/// If it fails.
pub fn answer_of_node(connection: &mut Connection, table: &Table) -> Result<Answer, CqlError> {
    let columns = names(table);
    let layout = table.layout();
    let others = [true, false].into_iter().flat_map(|is_static| layout.header_columns(is_static));
    let others: Vec<&HeaderColumn> = others.collect();
    let mut asked: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    for column in &others {
        let name = quoted(&column.name_text());
        match timed(&column.column_type) {
            Timed::No => {}
            Timed::Written => asked.push(format!("WRITETIME({name})")),
            Timed::WrittenAndExpiring => asked.extend([format!("WRITETIME({name})"), format!("TTL({name})")]),
        }
    }
    let from = format!("{}.{}", quoted(table.keyspace()), quoted(table.name()));
    let before = now_seconds();
    let answered = connection.execute(&format!("SELECT {} FROM {from}", asked.join(", ")))?;
    let after = now_seconds();
    let count = columns.len();
    let rows = answered.rows.into_iter().map(|mut values| {
        let mut told = values.split_off(count).into_iter();
        let times = others.iter().map(|column| {
            let timed = timed(&column.column_type);
            let written = if timed == Timed::No { None } else { told.next().flatten() };
            let ttl = if timed == Timed::WrittenAndExpiring { told.next().flatten() } else { None };
            let seconds = |ttl: Vec<u8>| i64::from(i32::from_be_bytes(ttl.try_into().expect("an int")));
            let expires = ttl.map(seconds).map(|left| (before + left, after + left));
            Times { written, expires }
        });
        let times = times.collect();
        AnsweredRow { values, times }
    });
    Ok(Answer { columns, rows: rows.collect() })
}

/// Takes rows as they are read.
struct Rows<'t> {
    table: &'t Table,
    keys: Vec<Value>,
    /// Those of the partition, until it has a row.
    statics: Option<Statics>,
    rows: Vec<AnsweredRow>,
}

struct Statics {
    cells: Vec<(Value, Times)>,
    is_shown: bool,
}

impl Rows<'_> {
    /// Shows a static row that no other row shows.
    fn end_partition(&mut self) {
        let Some(Statics { is_shown: false, .. }) = &self.statics else { return };
        let clustering = vec![None; self.table.schema().clustering.len()];
        let regulars = self.table.layout().header_columns(false).len();
        self.show(clustering, vec![(None, Times::default()); regulars]);
        self.statics = None;
    }

    fn show(&mut self, clustering: Vec<Value>, regulars: Vec<(Value, Times)>) {
        let statics = self.statics.as_mut().map_or_else(Vec::new, |statics| {
            statics.is_shown = true;
            statics.cells.clone()
        });
        let (values, times): (Vec<Value>, Vec<Times>) = statics.into_iter().chain(regulars).unzip();
        let values = self.keys.iter().cloned().chain(clustering).chain(values).collect();
        self.rows.push(AnsweredRow { values, times });
    }
}

impl RowSink for Rows<'_> {
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        self.end_partition();
        self.keys = key_values(&self.table.layout().header().key_type, partition.key);
        let cells = columns(self.table.layout().header_columns(true), partition.static_cells);
        self.statics = Some(Statics { cells, is_shown: false });
        Ok(ControlFlow::Continue(()))
    }

    fn row(&mut self, row: &ReadRow<'_>) -> Result<ControlFlow<()>> {
        let clustering = row.clustering.iter().map(|value| value.bytes().map(<[u8]>::to_vec)).collect();
        self.show(clustering, columns(self.table.layout().header_columns(false), row.cells));
        Ok(ControlFlow::Continue(()))
    }
}

/// The values and times of all columns of a row.
fn columns(columns: &[HeaderColumn], cells: Cells<'_>) -> Vec<(Value, Times)> {
    let mut by_column: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for cell in cells.iter() {
        by_column.entry(cell.column).or_default().push(cell);
    }
    let told = |(place, column): (usize, &HeaderColumn)| {
        let Some(cells) = by_column.get(&place) else { return (None, Times::default()) };
        let pairs: Vec<_> = cells.iter().map(|cell| (cell.path, cell.value)).collect();
        let value = whole_value(&column.column_type, &pairs);
        let mut times = Times::default();
        match timed(&column.column_type) {
            Timed::No => {}
            Timed::Written => {
                let mut list = (cells.len() as i32).to_be_bytes().to_vec();
                for cell in cells {
                    list.extend(8_i32.to_be_bytes());
                    list.extend(cell.timestamp.to_be_bytes());
                }
                times.written = Some(list);
            }
            Timed::WrittenAndExpiring => {
                times.written = Some(cells[0].timestamp.to_be_bytes().to_vec());
                let expires = cells[0].local_deletion_time_seconds;
                times.expires = (cells[0].ttl_seconds > 0).then_some((expires, expires));
            }
        }
        (Some(value), times)
    };
    columns.iter().enumerate().map(told).collect()
}

/// Where two answers differ first.
pub fn differs(ours: &Answer, theirs: &Answer) -> Option<String> {
    for (place, (one, other)) in ours.rows.iter().zip(&theirs.rows).enumerate() {
        let same_times = one.times.iter().zip(&other.times).all(|(one, other)| is_same(one, other));
        if one.values != other.values || !same_times {
            let mut told = format!("row {place} of {:?}:\n", ours.columns);
            let _ = writeln!(told, "  ours   {}\n  theirs {}", shown(one), shown(other));
            return Some(told);
        }
    }
    let (one, other) = (ours.rows.len(), theirs.rows.len());
    let first = ours.rows.get(other).or(theirs.rows.get(one));
    first.map(|row| format!("{one} rows instead of {other}; the first one too many is {}", shown(row)))
}

fn is_same(one: &Times, other: &Times) -> bool {
    let expires = match (one.expires, other.expires) {
        (None, None) => true,
        (Some((from, to)), Some((at_first, at_last))) => from <= at_last && at_first <= to,
        _ => false,
    };
    one.written == other.written && expires
}

fn shown(row: &AnsweredRow) -> String {
    let hex = |value: &Value| match value {
        None => "null".to_owned(),
        Some(value) => value.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    };
    let mut text: Vec<String> = row.values.iter().map(hex).collect();
    text.extend(row.times.iter().map(|times| format!("{} {:?}", hex(&times.written), times.expires)));
    text.join(", ")
}
