//! What is done to a database, step by step, and what each step makes of its state.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::mutation::Mutation;
use cqlite_sstable::Result;
use cqlite_sstable::schema::Column;
use cqlite_sstable::types::CqlType;

use super::state::{KEYSPACE, State, TableState};

pub const BACKUP: &str = "/backup";
pub const SNAPSHOT: &str = "monday";

/// A change of one row; none deletes it.
#[derive(Debug, Clone)]
pub struct Change {
    pub table: &'static str,
    pub key: String,
    pub value: Option<String>,
}

#[derive(Debug, Clone)]
pub enum Step {
    CreateKeyspace,
    CreateTable(&'static str),
    Write(Vec<Change>),
    Sync,
    Flush(&'static str),
    Compact(&'static str),
    Truncate(&'static str),
    AddColumn(&'static str, &'static str),
    DropColumn(&'static str, &'static str),
    DropTable(&'static str),
    DropKeyspace,
    Snapshot,
    Backup,
    /// Closes the database or only drops it, and opens it again.
    Reopen {
        closes: bool,
    },
}

fn statement(table: &str) -> String {
    let compression = match table {
        "a" => "{'enabled': 'false'}",
        _ => "{'class': 'LZ4Compressor', 'chunk_length_in_kb': '4'}",
    };
    format!("CREATE TABLE {table} (k text PRIMARY KEY, v text) WITH compression = {compression}")
}

impl Step {
    /// Whether nothing of it is in the log alone: in no mode of the log is it lost by a power cut.
    pub fn lasts(&self) -> bool {
        !matches!(self, Self::Write(_) | Self::Flush(_) | Self::Compact(_))
    }

    /// What becomes of a state.
    pub fn apply(&self, state: &mut State) {
        match self {
            Self::CreateKeyspace => *state = Some(BTreeMap::new()),
            Self::DropKeyspace => *state = None,
            _ => state.iter_mut().for_each(|tables| self.apply_in(tables)),
        }
    }

    fn apply_in(&self, tables: &mut BTreeMap<String, TableState>) {
        match self {
            Self::CreateTable(name) => {
                let table = TableState { columns: vec!["v".to_owned()], rows: BTreeMap::new() };
                tables.insert((*name).to_owned(), table);
            }
            Self::DropTable(name) => drop(tables.remove(*name)),
            Self::Truncate(name) => tables.get_mut(*name).unwrap().rows.clear(),
            Self::AddColumn(name, column) => {
                let table = tables.get_mut(*name).unwrap();
                table.columns.push((*column).to_owned());
                table.rows.values_mut().for_each(|row| row.push(None));
            }
            Self::DropColumn(name, column) => {
                let table = tables.get_mut(*name).unwrap();
                let place = table.columns.iter().position(|known| known == column).unwrap();
                table.columns.remove(place);
                table.rows.values_mut().for_each(|row| drop(row.remove(place)));
            }
            Self::Write(changes) => {
                for Change { table, key, value } in changes {
                    let table = tables.get_mut(*table).unwrap();
                    match value {
                        None => drop(table.rows.remove(key)),
                        // All columns are written.
                        Some(value) => {
                            let row = vec![Some(value.clone()); table.columns.len()];
                            table.rows.insert(key.clone(), row);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Does it.
    pub fn run(&self, db: &Database) -> Result<()> {
        let id = |name: &str| db.table(KEYSPACE, name).map(|table| table.id());
        match self {
            Self::CreateKeyspace => {
                db.create_keyspace(Keyspace::new(KEYSPACE, Replication::simple(1), true)?)
            }
            Self::CreateTable(name) => db.create_table(KEYSPACE, &statement(name)).map(drop),
            Self::Write(changes) => {
                let mutations =
                    changes.iter().map(|change| change.mutation(db)).collect::<Result<Vec<_>>>()?;
                match mutations.as_slice() {
                    [mutation] => db.write(mutation),
                    _ => db.submit(&mutations.into_iter().collect())?.wait(),
                }
            }
            Self::Sync => db.sync(),
            Self::Flush(name) => db.flush(id(name)?),
            Self::Compact(name) => {
                db.compact(id(name)?, &CompactionRequest::Major { splits: false }).map(drop)
            }
            Self::Truncate(name) => db.truncate(id(name)?),
            Self::AddColumn(name, column) => {
                db.add_column(KEYSPACE, name, Column::new(*column, CqlType::Text), false)
            }
            Self::DropColumn(name, column) => db.drop_column(KEYSPACE, name, column),
            Self::DropTable(name) => db.drop_table(KEYSPACE, name),
            Self::DropKeyspace => db.drop_keyspace(KEYSPACE),
            Self::Snapshot => db.snapshot(SNAPSHOT),
            Self::Backup => db.backup(Path::new(BACKUP)),
            Self::Reopen { .. } => Ok(()),
        }
    }
}

impl Change {
    fn mutation(&self, db: &Database) -> Result<Mutation> {
        let table: Arc<Table> = db.table(KEYSPACE, self.table)?;
        let update = db.update(&table, self.key.as_bytes());
        let Some(value) = &self.value else { return update.delete_row(&[])?.build() };
        let columns = table.layout().header_columns(false).to_vec();
        let names = columns.iter().map(|column| std::str::from_utf8(&column.name).unwrap());
        let values: Vec<_> = names.map(|name| (name, Some(value.as_bytes()))).collect();
        update.insert(&[], &values)?.build()
    }
}

/// Steps that are made one after another, with values that are never the same.
#[derive(Default)]
struct Steps {
    steps: Vec<Step>,
    written: usize,
}

impl Steps {
    fn push(&mut self, step: Step) -> &mut Self {
        self.steps.push(step);
        self
    }

    fn change(&mut self, table: &'static str, key: usize) -> Change {
        self.written += 1;
        let value = format!("{:04} {}", self.written, "x".repeat(self.written * 131 % 900));
        Change { table, key: format!("k{key}"), value: Some(value) }
    }

    /// Writes to some keys, single ones and batches over two tables, and deletions.
    fn write(&mut self, count: usize, tables: [&'static str; 2]) -> &mut Self {
        for number in 0..count {
            let changes = match number % 4 {
                0 | 2 => vec![self.change(tables[number / 2 % 2], number % 7)],
                1 => vec![self.change(tables[0], number % 5), self.change(tables[1], number % 5)],
                _ => vec![Change { table: tables[0], key: format!("k{}", number % 6), value: None }],
            };
            self.push(Step::Write(changes));
        }
        self
    }
}

/// Everything that a database can do, with reopenings in between.
pub fn all_steps() -> Vec<Step> {
    let mut steps = Steps::default();
    steps.push(Step::CreateKeyspace).push(Step::CreateTable("a")).push(Step::CreateTable("b"));
    steps.write(14, ["a", "b"]).push(Step::Flush("a"));
    steps.write(6, ["a", "b"]).push(Step::Sync).push(Step::Reopen { closes: false });
    steps.write(9, ["b", "a"]).push(Step::Flush("a")).push(Step::Compact("a"));
    steps.push(Step::AddColumn("a", "w")).write(5, ["a", "b"]).push(Step::Flush("b"));
    steps.push(Step::Truncate("b")).write(3, ["b", "a"]).push(Step::Snapshot);
    steps.push(Step::Reopen { closes: true }).write(4, ["a", "b"]);
    steps.push(Step::DropColumn("a", "w")).push(Step::DropTable("b")).push(Step::CreateTable("c"));
    steps.write(4, ["a", "c"]).push(Step::Backup).write(3, ["a", "c"]);
    steps.push(Step::Reopen { closes: false }).push(Step::Compact("a")).push(Step::DropKeyspace);
    steps.push(Step::CreateKeyspace).push(Step::CreateTable("a")).push(Step::CreateTable("b"));
    steps.write(4, ["a", "b"]).push(Step::Sync);
    steps.steps
}

/// As few steps as need each sync that a database does.
pub fn few_steps() -> Vec<Step> {
    let mut steps = Steps::default();
    steps.push(Step::CreateKeyspace).push(Step::CreateTable("a")).write(8, ["a", "a"]).push(Step::Flush("a"));
    steps.write(24, ["a", "a"]).push(Step::Flush("a")).push(Step::Compact("a")).write(16, ["a", "a"]);
    steps.push(Step::Flush("a")).push(Step::Snapshot).push(Step::Backup).push(Step::Reopen { closes: false });
    steps.push(Step::Truncate("a")).write(3, ["a", "a"]).push(Step::Reopen { closes: true });
    steps.write(2, ["a", "a"]);
    steps.steps
}

/// The states before the first step and after each of them.
pub fn states(steps: &[Step]) -> Vec<State> {
    let mut states = vec![None];
    for step in steps {
        let mut next: State = states.last().cloned().flatten();
        step.apply(&mut next);
        states.push(next);
    }
    states
}
