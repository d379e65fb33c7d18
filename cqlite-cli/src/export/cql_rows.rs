//! Rows as statements of CQL that make them again.

use cqlite_core::catalog::Table;
use cqlite_core::storage::read::{Cells, ReadPartition, ReadRow};
use cqlite_cql::{Identifier, QualifiedName};
use cqlite_sstable::row::{Cell, ClusteringValue, NO_DELETION_TIME};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CqlType, push_hex};
use cqlite_sstable::{Error, Result};

use super::columns::ExportColumn;
use super::cql_value::write_term;
use super::row::{CellPlaces, KeyParts, cells_of, total};
use super::sink::{Invalid, RowFormat};

/// Rows as statements of CQL that make them again, with their write times, and with what is left of their times to live: an
/// `INSERT` of what was written with the row, an `UPDATE` for what has another write time, and one for the static row.
pub struct CqlRows {
    table: String,
    partition_key: Vec<CqlColumn>,
    clustering: Vec<CqlColumn>,
    statics: Vec<CqlColumn>,
    regulars: Vec<CqlColumn>,
    /// How many static and regular columns a row may have cells of.
    counts: [usize; 2],
    now_seconds: i64,
    key: KeyParts,
    places: CellPlaces,
    /// `k = 1`, and `1`.
    key_terms: [Vec<u8>; 2],
    /// The same with the clustering columns.
    row_terms: [Vec<u8>; 2],
    /// The statements for the static row of the partition, until its first row.
    of_partition: Vec<u8>,
    groups: Vec<Group>,
    value: Vec<u8>,
    invalid: Invalid,
}

/// A column by its name as CQL writes it.
struct CqlColumn {
    of: ExportColumn,
    name: String,
}

/// When something was written, and when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    timestamp: i64,
    expires_at_seconds: i64,
}

/// What one statement sets.
struct Group {
    stamp: Option<Stamp>,
    /// `a = 1, b = 2`
    assignments: Vec<u8>,
    /// `a, b` and `1, 2`, of columns of one cell.
    names: Vec<u8>,
    values: Vec<u8>,
    kind: GroupKind,
    /// How the assignment to a collection begins that elements are added to.
    open: Vec<u8>,
}

/// What a statement sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupKind {
    /// Columns of one cell, which an `INSERT` can set as well, and counters.
    Cells,
    /// Elements of sets and maps, and fields.
    Elements,
    /// Elements of lists.
    ListElements,
}

impl CqlRows {
    /// Rows of a table. Times to live are counted from a time on.
    ///
    /// # Errors
    /// If nobody may write to the table.
    pub fn new(table: &Table, now_seconds: i64) -> Result<Self> {
        let name = QualifiedName::new(table.keyspace(), table.name());
        if table.is_view() {
            let told = format!("{name} is a materialized view, to which no statement writes");
            return Err(Error::invalid_input(told).advise("export its base table, or as jsonl or csv"));
        }
        let columns = ExportColumn::all_of(table);
        let of_kind = |kind: ColumnKind| {
            let of_kind = columns.iter().filter(|column| column.kind == kind);
            of_kind
                .map(|of| CqlColumn {
                    of: of.clone(),
                    name: Identifier::quote_if_needed(&of.name).into_owned(),
                })
                .collect()
        };
        let layout = table.layout();
        Ok(Self {
            table: name.to_string(),
            partition_key: of_kind(ColumnKind::PartitionKey),
            clustering: of_kind(ColumnKind::Clustering),
            statics: of_kind(ColumnKind::Static),
            regulars: of_kind(ColumnKind::Regular),
            counts: [true, false].map(|is_static| layout.header_columns(is_static).len()),
            now_seconds,
            key: KeyParts::default(),
            places: CellPlaces::default(),
            key_terms: [Vec::new(), Vec::new()],
            row_terms: [Vec::new(), Vec::new()],
            of_partition: Vec::new(),
            groups: Vec::new(),
            value: Vec::new(),
            invalid: Invalid::default(),
        })
    }

    /// Finds what the statements for the cells of a row set.
    fn group(&mut self, is_static: bool, cells: Cells<'_>) {
        let columns = if is_static { &self.statics } else { &self.regulars };
        self.places.index(&cells, if is_static { self.counts[0] } else { self.counts[1] });
        for column in columns {
            let places = self.places.of(column.of.place);
            for cell in cells_of(cells, places) {
                let term = Term { column, cell: &cell, value: &mut self.value, invalid: &mut self.invalid };
                term.add_to(&mut self.groups);
            }
        }
    }

    /// The statements of the groups, and one that makes the row itself if it has liveness of its own.
    fn write_groups(&mut self, liveness: Option<Stamp>, is_static: bool, out: &mut Vec<u8>) {
        let [condition, values] = if is_static { &self.key_terms } else { &self.row_terms };
        if let Some(stamp) = liveness {
            let with_row = self
                .groups
                .iter()
                .position(|group| group.stamp == Some(stamp) && group.kind == GroupKind::Cells);
            let group = with_row.map(|place| self.groups.remove(place));
            out.extend_from_slice(format!("INSERT INTO {} (", self.table).as_bytes());
            for (number, column) in self.partition_key.iter().chain(&self.clustering).enumerate() {
                out.extend_from_slice(if number > 0 { b", " } else { b"" });
                out.extend_from_slice(column.name.as_bytes());
            }
            for (place, own) in [(0, &b""[..]), (1, values)] {
                out.extend_from_slice(if place == 0 { b"" } else { b") VALUES (" });
                out.extend_from_slice(own);
                if let Some(group) = &group {
                    out.extend_from_slice(b", ");
                    out.extend_from_slice(if place == 0 { &group.names } else { &group.values });
                }
            }
            out.push(b')');
            self.write_stamp(stamp, out);
            out.extend_from_slice(b";\n");
        }
        for group in &self.groups {
            out.extend_from_slice(format!("UPDATE {}", self.table).as_bytes());
            if let Some(stamp) = group.stamp {
                self.write_stamp(stamp, out);
            }
            out.extend_from_slice(b" SET ");
            out.extend_from_slice(&group.assignments);
            out.extend_from_slice(b" WHERE ");
            out.extend_from_slice(condition);
            out.extend_from_slice(b";\n");
        }
        self.groups.clear();
    }

    fn write_stamp(&self, stamp: Stamp, out: &mut Vec<u8>) {
        out.extend_from_slice(format!(" USING TIMESTAMP {}", stamp.timestamp).as_bytes());
        if stamp.expires_at_seconds != NO_DELETION_TIME {
            let left = stamp.expires_at_seconds.saturating_sub(self.now_seconds).max(1);
            out.extend_from_slice(format!(" AND TTL {left}").as_bytes());
        }
    }
}

/// A value that becomes part of an assignment.
struct Term<'t, 'c> {
    column: &'t CqlColumn,
    cell: &'t Cell<'c>,
    value: &'t mut Vec<u8>,
    invalid: &'t mut Invalid,
}

impl Term<'_, '_> {
    fn add_to(self, groups: &mut Vec<Group>) {
        let name = self.column.name.as_bytes();
        let (cell, of) = (self.cell, &self.column.of.cql_type);
        let stamp = (*of != CqlType::Counter).then_some(Stamp {
            timestamp: cell.timestamp,
            expires_at_seconds: cell.local_deletion_time_seconds,
        });
        let path = cell.path.unwrap_or_default();
        self.value.clear();
        let open: &[u8] = match of {
            CqlType::List { element, frozen: false } => {
                push_term(self.column, element, cell.value, self.value, self.invalid);
                b"["
            }
            CqlType::Set { element, frozen: false } => {
                push_term(self.column, element, path, self.value, self.invalid);
                b"{"
            }
            CqlType::Map { key, value, frozen: false } => {
                push_term(self.column, key, path, self.value, self.invalid);
                self.value.extend_from_slice(b": ");
                push_term(self.column, value, cell.value, self.value, self.invalid);
                b"{"
            }
            CqlType::User(user) if !user.frozen => {
                let field = <[u8; 2]>::try_from(path).map(u16::from_be_bytes).map_or(usize::MAX, usize::from);
                let Some(field) = user.fields.get(field) else { return };
                let group = Group::of(groups, stamp, GroupKind::Elements);
                group.begin(name);
                group.open.clear();
                group.assignments.push(b'.');
                group.assignments.extend_from_slice(Identifier::quote_if_needed(&field.name).as_bytes());
                group.assignments.extend_from_slice(b" = ");
                push_term(self.column, &field.field_type, cell.value, self.value, self.invalid);
                group.assignments.extend_from_slice(self.value);
                return;
            }
            CqlType::Counter => {
                let group = Group::of(groups, None, GroupKind::Cells);
                group.begin(name);
                group.assignments.extend_from_slice(b" = ");
                group.assignments.extend_from_slice(name);
                group.assignments.extend_from_slice(format!(" + {}", total(cell.value)).as_bytes());
                return;
            }
            of => {
                push_term(self.column, of, cell.value, self.value, self.invalid);
                Group::of(groups, stamp, GroupKind::Cells).set(name, self.value);
                return;
            }
        };
        let kind = if open == b"[" { GroupKind::ListElements } else { GroupKind::Elements };
        Group::of(groups, stamp, kind).add_element(name, open, self.value);
    }
}

fn push_term(column: &CqlColumn, of: &CqlType, value: &[u8], out: &mut Vec<u8>, invalid: &mut Invalid) {
    let start = out.len();
    if let Err(error) = write_term(of, value, out) {
        invalid.note(&column.of.name, &error);
        out.truncate(start);
        out.extend_from_slice(b"0x");
        push_hex(value, out);
    }
}

impl Group {
    /// The group of what was written at one time. Elements of lists go on with the last group alone, so that they stay in
    /// their order.
    fn of(groups: &mut Vec<Self>, stamp: Option<Stamp>, kind: GroupKind) -> &mut Self {
        let last = groups.iter().rposition(|group| group.kind == kind);
        let known = groups.iter().enumerate().position(|(place, group)| {
            let is_open = kind != GroupKind::ListElements || last == Some(place);
            group.stamp == stamp && group.kind == kind && is_open
        });
        let place = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(Self {
                stamp,
                assignments: Vec::new(),
                names: Vec::new(),
                values: Vec::new(),
                kind,
                open: Vec::new(),
            });
        }
        // The place is that of one that is there, or was just pushed.
        #[expect(clippy::indexing_slicing, reason = "it was found, or just pushed")]
        &mut groups[place]
    }

    /// Begins an assignment to a column.
    fn begin(&mut self, name: &[u8]) {
        if !self.assignments.is_empty() {
            self.assignments.extend_from_slice(b", ");
        }
        self.assignments.extend_from_slice(name);
    }

    /// Sets a column of one cell.
    fn set(&mut self, name: &[u8], value: &[u8]) {
        self.begin(name);
        self.assignments.extend_from_slice(b" = ");
        self.assignments.extend_from_slice(value);
        if !self.names.is_empty() {
            self.names.extend_from_slice(b", ");
            self.values.extend_from_slice(b", ");
        }
        self.names.extend_from_slice(name);
        self.values.extend_from_slice(value);
    }

    /// Adds an element to a collection: `m = m + {...}`.
    fn add_element(&mut self, name: &[u8], open: &[u8], element: &[u8]) {
        let close = if open == b"[" { b']' } else { b'}' };
        let begin = [name, b" = ", name, b" + ", open].concat();
        if self.open == begin {
            self.assignments.pop();
            self.assignments.extend_from_slice(b", ");
        } else {
            if !self.assignments.is_empty() {
                self.assignments.extend_from_slice(b", ");
            }
            self.assignments.extend_from_slice(&begin);
            self.open = begin;
        }
        self.assignments.extend_from_slice(element);
        self.assignments.push(close);
    }
}

impl RowFormat for CqlRows {
    fn begin(&mut self, _out: &mut Vec<u8>) {}

    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<()> {
        self.key.split(partition.key, self.partition_key.len());
        let [conditions, values] = &mut self.key_terms;
        conditions.clear();
        values.clear();
        for column in &self.partition_key {
            let value = self.key.get(partition.key, column.of.place);
            push_key(column, value, [conditions, values], &mut self.invalid);
        }
        let mut statements = std::mem::take(&mut self.of_partition);
        statements.clear();
        if !partition.static_cells.is_empty() {
            self.group(true, partition.static_cells);
            self.write_groups(None, true, &mut statements);
        }
        self.of_partition = statements;
        Ok(())
    }

    fn row(&mut self, row: Option<&ReadRow<'_>>, out: &mut Vec<u8>) -> Result<()> {
        out.append(&mut self.of_partition);
        let Some(row) = row else { return Ok(()) };
        let [conditions, values] = &mut self.row_terms;
        for (own, of_key) in [&mut *conditions, &mut *values].into_iter().zip(&self.key_terms) {
            own.clone_from(of_key);
        }
        for column in &self.clustering {
            let value = row.clustering.get(column.of.place).and_then(ClusteringValue::bytes);
            let value = value.ok_or_else(|| {
                Error::invalid_input(format!(
                    "a row has no value of {}, for which CQL has no term",
                    column.name
                ))
                .advise("export the table as jsonl or csv")
            })?;
            push_key(column, value, [conditions, values], &mut self.invalid);
        }
        let stamp = row
            .liveness
            .map(|one| Stamp { timestamp: one.timestamp, expires_at_seconds: one.expires_at_seconds });
        self.group(false, row.cells);
        self.write_groups(stamp, false, out);
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<u8>) {}

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}

/// Adds a column of the key to the conditions and to the values.
fn push_key(
    column: &CqlColumn,
    value: &[u8],
    [conditions, values]: [&mut Vec<u8>; 2],
    invalid: &mut Invalid,
) {
    if !conditions.is_empty() {
        conditions.extend_from_slice(b" AND ");
        values.extend_from_slice(b", ");
    }
    conditions.extend_from_slice(column.name.as_bytes());
    conditions.extend_from_slice(b" = ");
    let start = values.len();
    push_term(column, &column.of.cql_type, value, values, invalid);
    conditions.extend_from_slice(values.get(start..).unwrap_or_default());
}
