//! What is counted.

use std::hint::black_box;

use super::inputs::Inputs;
use super::{cql, sstables};

/// A fixed piece of work: it takes the same way in every run, by one thread.
pub struct Scenario {
    /// Its name in the baseline.
    pub name: &'static str,
    /// Prepares it, and does it within [`counted_part`].
    pub carry_out: fn(&Inputs),
}

/// All of them.
pub const SCENARIOS: [Scenario; 11] = [
    Scenario { name: "commit log, replay", carry_out: cql::replay },
    Scenario { name: "compact two SSTables", carry_out: sstables::compact },
    Scenario { name: "CQL, parse", carry_out: cql::parse },
    Scenario { name: "dump as JSON", carry_out: sstables::dump_json },
    Scenario { name: "INSERT, prepared", carry_out: cql::insert },
    Scenario { name: "read by key, BIG", carry_out: sstables::read_big },
    Scenario { name: "read by key, BTI", carry_out: sstables::read_bti },
    Scenario { name: "scan an SSTable", carry_out: sstables::scan },
    Scenario { name: "SELECT by key, memtable", carry_out: cql::select_from_memtable },
    Scenario { name: "SELECT by key, SSTables", carry_out: cql::select_from_sstables },
    Scenario { name: "write an SSTable, LZ4", carry_out: sstables::write },
];

/// What is counted: instructions of the thread that is in this function.
#[inline(never)]
pub fn counted_part(work: &mut dyn FnMut()) {
    work();
    // Behind the work, so that it is called from here and not jumped to.
    black_box(());
}
