//! Databases full of random tables and rows.

use std::sync::Arc;

use cqlite_core::{Database, catalog::Table, storage::compaction::scheduler::CompactionRequest};
use cqlite_sstable::Result;

use crate::{
    changes::{Kind, RandomChanges, batch, change_all},
    ddl, random_schema,
};

/// Changes of each table before it is altered, and between two flushes.
const CHANGES: usize = 25;

/// Makes a keyspace with so many random tables, and writes into them before they are altered.
///
/// # Errors
/// If the database refuses something.
pub fn create(db: &Database, keyspace: &str, tables: usize, seed: u64) -> Result<()> {
    for statement in random_schema::statements(keyspace, tables, seed) {
        let statement = readable(&statement);
        ddl::execute_on(db, &statement).map_err(|error| error.at(&statement))?;
        if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
            let name = rest.split([' ', '.']).nth(1).unwrap_or_default().trim_matches('"');
            let table = db.table(keyspace, name)?;
            let changes = RandomChanges::new(&table, seed).take(CHANGES);
            change_all(db, &table, changes)?;
            if seed.wrapping_add(name.len() as u64).is_multiple_of(2) {
                db.flush(table.id())?;
            }
        }
    }
    Ok(())
}

/// A statement without what a node cannot read, and with writes that are in its commit log.
fn readable(statement: &str) -> String {
    let mut statement = statement.replace("durable_writes = false", "durable_writes = true");
    // A node orders columns of such names in front of all others, and then takes those of many cells for ones of one cell
    // (`Columns.findFirstComplexIdx`): it cannot merge rows of theirs.
    for (number, kind) in
        (0..6).flat_map(|number| ["list<", "set<", "map<", "flat"].map(|kind| (number, kind)))
    {
        statement = statement.replace(&format!("\"é{number}\" {kind}"), &format!("\"e{number}\" {kind}"));
    }
    statement
}

/// The tables of a keyspace.
pub fn tables(db: &Database, keyspace: &str) -> Vec<Arc<Table>> {
    let schema = db.schema();
    schema.keyspace(keyspace).map_or_else(Vec::new, |found| found.tables().values().cloned().collect())
}

/// Writes into all tables of a keyspace: flushes some of that, compacts some, and leaves some in memory. Some tables are
/// emptied first.
///
/// # Errors
/// If the database refuses something.
pub fn write(db: &Database, keyspace: &str, seed: u64) -> Result<()> {
    let tables = tables(db, keyspace);
    for (number, table) in tables.iter().enumerate() {
        let mut changes = RandomChanges::new(table, seed);
        if (number + seed as usize) % 11 == 5 {
            db.truncate(table.id())?;
        }
        for _ in 0..(number + seed as usize) % 3 {
            change_all(db, table, changes.by_ref().take(CHANGES))?;
            db.flush(table.id())?;
        }
        if number % 3 == 0 {
            db.compact(table.id(), &CompactionRequest::Major { splits: false })?;
        }
        change_all(db, table, changes.take(CHANGES))?;
    }
    write_batches(db, &tables, seed)
}

/// Writes batches over all tables.
fn write_batches(db: &Database, tables: &[Arc<Table>], seed: u64) -> Result<()> {
    for round in 0..3 {
        let changes = tables.iter().filter_map(|table| {
            let change = RandomChanges::new(table, seed * 7 + round).find(|change| !is_count(&change.kind));
            change.map(|change| (table, change))
        });
        db.submit(&batch(db, changes)?)?.wait()?;
    }
    Ok(())
}

fn is_count(kind: &Kind) -> bool {
    matches!(kind, Kind::Count { .. })
}
