//! A table with two rows.

use std::ops::Range;
use std::sync::Arc;

use cqlite_cql::parse_cql;
use cqlite_cql::query::{CqlStatement, SelectStatement};
use cqlite_sstable::Partitioner;
use cqlite_sstable::row::{Cell, ClusteringBuffer, ClusteringValue, NO_DELETION_TIME};
use cqlite_sstable::schema::ColumnKind;

use super::super::Selection;
use crate::catalog::{self, Keyspace, Replication, Schema, SystemTables};
use crate::query::{
    BindMarkers, Bindings, ColumnSpec, IndexedCells, InputRow, PartitionKey, QueryResult, RowSet, Scope,
    TableColumn, TableColumns, Value,
};
use crate::storage::read::{Cells, KeptCells};

/// Names and types of columns, and rows of values in hexadecimal.
pub(super) struct Answer {
    pub(super) columns: Vec<(String, String)>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl Answer {
    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The types of the columns.
    pub(super) fn types(&self) -> Vec<&str> {
        self.columns.iter().map(|(_, cql_type)| cql_type.as_str()).collect()
    }

    /// A row; null is shown as a minus.
    pub(super) fn row(&self, place: usize) -> Vec<&str> {
        self.rows[place].iter().map(|value| value.as_deref().unwrap_or("-")).collect()
    }

    /// The first column of each row, as text.
    pub(super) fn texts(&self) -> Vec<String> {
        let text = |hex: &Option<String>| {
            let bytes = hex.as_ref().map(|hex| unhex(hex)).unwrap_or_default();
            String::from_utf8(bytes).unwrap()
        };
        self.rows.iter().map(|row| text(&row[0])).collect()
    }
}

/// A cell: its column, path, value, time of writing, and time to live.
type TestCell = (&'static str, Option<Vec<u8>>, Vec<u8>, i64, i32);

struct TestRow {
    key: Vec<u8>,
    clustering: ClusteringBuffer,
    statics: KeptCells,
    regulars: KeptCells,
}

/// Its rows, and what it is called in a schema.
pub(super) struct Table {
    schema: Schema,
    pub(super) columns: Arc<TableColumns>,
    table: Arc<catalog::Table>,
    rows: Vec<TestRow>,
}

/// The second at which statements are carried out.
const NOW_SECONDS: i64 = 1_000_000;

const TABLE: &str = "CREATE TABLE t (k int, c int, s int STATIC, v int, w text, m map<text, int>, st set<int>, l list<int>, \
     fm frozen<map<text, int>>, fs frozen<set<int>>, uu u, fu frozen<u>, vec vector<float, 2>, \"Up\" int, \
     PRIMARY KEY (k, c)) WITH CLUSTERING ORDER BY (c DESC)";

impl Table {
    /// The table whose two rows the tests are about.
    pub(super) fn new() -> Self {
        let mut table = Self::of(TABLE);
        let cell = |column, value: &[u8]| (column, None, value.to_vec(), 1000, 0);
        let of = |column, path: &[u8], value: &[u8], timestamp| {
            (column, Some(path.to_vec()), value.to_vec(), timestamp, 0)
        };
        let full = vec![
            cell("v", &int(7)),
            cell("w", b"x"),
            of("m", b"a", &int(1), 1000),
            of("m", b"b", &int(2), 1000),
            of("m", b"c", &int(3), 1000),
            of("m", b"d", &int(4), 3000),
            of("st", &int(1), b"", 1000),
            of("st", &int(2), b"", 1000),
            of("st", &int(3), b"", 1000),
            of("l", &[1; 16], &int(1), 1000),
            of("l", &[2; 16], &int(2), 1000),
            cell("fm", &unhex("0000000100000001610000000400000001")),
            cell("fs", &unhex("0000000200000004000000010000000400000002")),
            of("uu", &[0, 0], &int(1), 1000),
            of("uu", &[0, 1], b"q", 1000),
            cell("fu", &unhex("0000000400000002000000017a")),
            cell("vec", &unhex("3f80000040000000")),
            cell("Up", &int(9)),
        ];
        table.insert(20, Some(30), &[cell("s", &int(5))], &full);
        table.insert(100, Some(200), &[cell("s", &int(6))], &[cell("v", &int(8))]);
        table
    }

    /// A table without rows.
    pub(super) fn of(statement: &str) -> Self {
        let partitioner = Partitioner::Murmur3;
        let system = Arc::new(SystemTables::new(&partitioner).unwrap());
        let mut keyspace = Keyspace::new("k", Replication::simple(1), true).unwrap();
        let declared = cqlite_cql::parse_statement("CREATE TYPE u (a int, \"B\" text)").unwrap();
        let cqlite_cql::Statement::CreateType(declared) = declared else { panic!("no type") };
        keyspace = keyspace.with_type(keyspace.declare_type(&declared).unwrap()).unwrap();
        let table = keyspace.table_from_cql(statement, &partitioner).unwrap();
        let name = table.name().to_owned();
        let keyspace = keyspace.with_table(table).unwrap();
        let table = Arc::clone(keyspace.table(&name).unwrap());
        let schema = Schema::new(system).unwrap().with_keyspace(keyspace);
        Self { schema, columns: Arc::new(TableColumns::of(&table)), table, rows: Vec::new() }
    }

    /// Adds a row; without a clustering it is a static row alone.
    pub(super) fn insert(&mut self, key: i32, c: Option<i32>, statics: &[TestCell], regulars: &[TestCell]) {
        let mut clustering = ClusteringBuffer::default();
        if let Some(c) = c {
            clustering.push(ClusteringValue::Value(&int(c)));
        }
        let row = TestRow {
            key: int(key).to_vec(),
            clustering,
            statics: self.kept(statics),
            regulars: self.kept(regulars),
        };
        self.rows.push(row);
    }

    fn kept(&self, cells: &[TestCell]) -> KeptCells {
        let mut cells: Vec<Cell<'_>> = cells
            .iter()
            .map(|(column, path, value, timestamp, ttl_seconds)| Cell {
                column: self.columns.find(column).unwrap().place,
                timestamp: *timestamp,
                ttl_seconds: *ttl_seconds,
                local_deletion_time_seconds: match ttl_seconds {
                    0 => NO_DELETION_TIME,
                    seconds => NOW_SECONDS + i64::from(*seconds),
                },
                path: path.as_deref(),
                value,
            })
            .collect();
        cells.sort_by_key(|cell| cell.column);
        KeptCells::of(&cells)
    }

    /// Prepares a clause.
    pub(super) fn prepare(
        &self,
        clause: &str,
        ordering: &[&str],
    ) -> QueryResult<(Selection, Vec<ColumnSpec>)> {
        self.prepare_for(clause, ordering, false)
    }

    fn prepare_for(
        &self,
        clause: &str,
        ordering: &[&str],
        has_group_by: bool,
    ) -> QueryResult<(Selection, Vec<ColumnSpec>)> {
        let select = parse(clause);
        let scope = Scope { schema: &self.schema, keyspace: "k", table: Some(&self.table) };
        let ordering: Vec<Arc<TableColumn>> =
            ordering.iter().map(|name| Arc::clone(self.columns.find(name).unwrap())).collect();
        let mut markers = BindMarkers::default();
        let selection = Selection::prepare(
            &select.selectors,
            &scope,
            &self.columns,
            &ordering,
            has_group_by,
            select.is_json,
            &mut markers,
        )?;
        Ok((selection, markers.into_specs()?))
    }

    /// Whether a clause selects static columns alone.
    pub(super) fn selects_only_statics(&self, clause: &str) -> QueryResult<bool> {
        let scope = Scope { schema: &self.schema, keyspace: "k", table: Some(&self.table) };
        super::super::selects_only_statics(&parse(clause).selectors, &scope, &self.columns)
    }

    /// Carries a clause out, each row by itself.
    pub(super) fn select(&self, clause: &str, values: &[Value<'_>]) -> QueryResult<Answer> {
        let (selection, _) = self.prepare(clause, &[])?;
        self.carry_out(&selection, values, Mode::Each)
    }

    /// Carries a clause out, all rows as one group; those of them are read that are in the range.
    pub(super) fn group(&self, clause: &str, rows: Range<usize>) -> QueryResult<Answer> {
        let (selection, _) = self.prepare_for(clause, &[], true)?;
        self.carry_out(&selection, &[], Mode::Group(rows))
    }

    pub(super) fn carry_out(
        &self,
        selection: &Selection,
        values: &[Value<'_>],
        mode: Mode,
    ) -> QueryResult<Answer> {
        let bindings = Bindings { values, now_millis: NOW_SECONDS * 1000 };
        let mut selectors = selection.selectors(&bindings)?;
        let mut result = RowSet::new(Arc::clone(selection.row_columns()));
        let rows = match &mode {
            Mode::Each => 0..self.rows.len(),
            Mode::Group(rows) => rows.clone(),
        };
        for row in &self.rows[rows] {
            let (mut starts, mut static_starts) = (Vec::new(), Vec::new());
            let whole = 0..row.key.len();
            let count = |kind| self.columns.all().iter().filter(|column| column.kind == kind).count();
            let input = InputRow {
                key: PartitionKey { bytes: &row.key, parts: std::slice::from_ref(&whole) },
                clustering: Some(row.clustering.as_clustering()).filter(|clustering| !clustering.is_empty()),
                statics: IndexedCells::index(
                    row.statics.cells(),
                    count(ColumnKind::Static),
                    &mut static_starts,
                ),
                regulars: match row.regulars.cells() {
                    cells if cells.is_empty() => IndexedCells::index(Cells::NONE, 0, &mut starts),
                    cells => IndexedCells::index(cells, count(ColumnKind::Regular), &mut starts),
                },
            };
            match mode {
                Mode::Each => selectors.push(&input, &mut result)?,
                Mode::Group(_) => selectors.add_row(&input)?,
            }
        }
        if let Mode::Group(_) = mode {
            selectors.output(&mut result)?;
        }
        Ok(Answer::of(&result))
    }
}

/// How rows become those of a result.
pub(super) enum Mode {
    Each,
    Group(Range<usize>),
}

impl Answer {
    fn of(result: &RowSet) -> Self {
        let columns = result.columns().iter();
        let columns = columns.map(|of| (of.name.to_string(), of.cql_type.cql_name().to_string()));
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let rows = result.rows().map(|row| row.values().map(|value| value.map(hex)).collect());
        Self { columns: columns.collect(), rows: rows.collect() }
    }
}

fn parse(clause: &str) -> SelectStatement {
    let statement = parse_cql(&format!("SELECT {clause} FROM k.t")).unwrap().node;
    let CqlStatement::Select(select) = statement else { panic!("no SELECT") };
    select
}

pub(super) fn int(value: i32) -> [u8; 4] {
    value.to_be_bytes()
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
