//! Compactions of small tables, whose rows are known.

mod cuts;
mod failing;
mod garbage;
mod model;
mod outputs;
mod purging;

use std::path::Path;
use std::sync::Arc;

use super::{CompactionControl, CompactionTask, Replaced};
use crate::storage::compaction::test_table::{self, Change, Dice, TestTable, Written};
use crate::storage::compaction::{
    Choice, Cut, OverlappingTombstones, Reason, RepairGroup, SystemClock, Throttle,
};
use crate::storage::fs::{FileSystem, MemoryFileSystem};

fn memory() -> MemoryFileSystem {
    let files = MemoryFileSystem::new();
    test_table::make_directories(&files);
    files
}

fn table() -> Arc<TestTable> {
    Arc::new(TestTable::new(Arc::new(memory())))
}

fn control() -> Arc<CompactionControl> {
    CompactionControl::new(Arc::new(Throttle::new(SystemClock::default(), None)))
}

/// All SSTables of a table into one.
fn all(table: &TestTable) -> Choice {
    choice(table, Cut::Never)
}

fn choice(table: &TestTable, cut: Cut) -> Choice {
    Choice {
        inputs: table.ids(),
        expired: Vec::new(),
        group: RepairGroup::Unrepaired,
        level: 0,
        cut,
        reason: Reason::Major,
    }
}

/// Runs a task, puts its outputs into the table and removes the inputs.
fn compact(table: &Arc<TestTable>, choice: Choice) -> Vec<String> {
    compact_with(table, choice, OverlappingTombstones::None)
}

fn compact_with(table: &Arc<TestTable>, choice: Choice, garbage: OverlappingTombstones) -> Vec<String> {
    let replaced = run(&CompactionTask { garbage, ..table.task(choice) });
    table.replace(&replaced);
    let outputs = replaced.outputs().iter().map(|one| one.id().to_string()).collect();
    replaced.delete().unwrap();
    outputs
}

fn run(task: &CompactionTask) -> Replaced {
    task.run(&control()).unwrap().commit().unwrap()
}

/// The names of files in the directory of the table, without what the names of SSTables have behind their id.
fn stems(files: &dyn FileSystem) -> Vec<String> {
    let names = files.list(Path::new(test_table::TABLE)).unwrap().into_iter().map(|entry| entry.name);
    let mut stems: Vec<String> = names.map(|name| name.split("-big-").next().unwrap().to_owned()).collect();
    stems.dedup();
    stems
}
