//! SSTables that are not even looked at.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cqlite_core::Database;
use cqlite_core::catalog::Table;
use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem, Operation};
use cqlite_core::storage::read::ReadCommand;
use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringKind, ClusteringValue, PrefixBuffer};

/// A table on files of which is known which are read.
struct Watched {
    db: Database,
    table: Arc<Table>,
    read: Arc<Mutex<BTreeSet<String>>>,
}

impl Watched {
    fn new() -> Self {
        let files = FaultyFileSystem::new(MemoryFileSystem::new());
        let builder = Database::builder("/db").unwrap().file_system(Arc::new(files.clone())).chunk_cache(0);
        let (db, table) = super::rows::with_table(builder);
        db.pause_compactions();
        let read: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let seen = Arc::clone(&read);
        files.observe(move |call| {
            let name = call.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if call.operation == Operation::Read && name.ends_with("-Data.db") {
                seen.lock().unwrap().insert(name.to_owned());
            }
        });
        Self { db, table, read }
    }

    fn flush(&self) {
        self.db.flush(self.table.id()).unwrap();
    }

    fn put(&self, c: i32) {
        self.db.write(&super::rows::put(&self.db, &self.table, "a", c, "x")).unwrap();
    }

    fn whole(&self) -> ReadCommand {
        ReadCommand::key(self.table.id(), b"a")
    }
}

/// What a read of a table gives that `write` has written to: how many rows, and of how many SSTables the data was looked
/// at. Each time it is a new one, as what was read once is kept.
fn read(write: impl Fn(&Watched), command: impl Fn(ReadCommand) -> ReadCommand) -> (usize, usize) {
    let watched = Watched::new();
    write(&watched);
    watched.read.lock().unwrap().clear();
    let rows = watched.db.read(&command(watched.whole())).unwrap().row_count();
    (rows, watched.read.lock().unwrap().len())
}

fn slice(from: i32, to: i32) -> Slice {
    let bound = |kind, value: i32| PrefixBuffer::new(kind, [ClusteringValue::Value(&value.to_be_bytes())]);
    Slice { start: bound(ClusteringKind::InclStartBound, from), end: bound(ClusteringKind::InclEndBound, to) }
}

#[test]
fn a_slice_is_not_looked_for_where_all_clusterings_are_others() {
    let write = |watched: &Watched| {
        for from in [0, 100, 200] {
            (from..from + 50).for_each(|c| watched.put(c));
            watched.flush();
        }
    };
    assert_eq!(read(write, |whole| whole), (150, 3));
    type Case = (&'static [[i32; 2]], (usize, usize));
    let slices: [Case; 4] = [
        (&[[10, 20]], (11, 1)),
        (&[[49, 100]], (2, 2)),
        (&[[60, 90]], (0, 0)),
        (&[[60, 110], [240, 300]], (21, 2)),
    ];
    for (slices, expected) in slices {
        let some = |whole: ReadCommand| whole.slices(slices.iter().map(|[from, to]| slice(*from, *to)));
        // A static value may be anywhere.
        assert_eq!(read(write, some), (expected.0, 3), "{slices:?}");
        let some = |whole| some(whole).columns(vec![], vec![0]);
        assert_eq!(read(write, some), expected, "{slices:?}");
        assert_eq!(read(write, |whole| some(whole).reversed()), expected, "{slices:?}");
    }
}

#[test]
fn what_is_older_than_the_deletion_of_its_partition_is_not_looked_at() {
    let write = |watched: &Watched| {
        (0..50).for_each(|c| watched.put(c));
        watched.flush();
        watched.db.write(&super::rows::delete(&watched.db, &watched.table, "a", None)).unwrap();
        watched.put(7);
        watched.flush();
    };
    assert_eq!(read(write, |whole| whole), (1, 1));
    assert_eq!(read(write, ReadCommand::reversed), (1, 1));
    // A deletion of the whole partition counts for all slices of it.
    assert_eq!(read(write, |whole| whole.slices([slice(20, 30)])), (0, 1));
}

#[test]
fn a_deletion_of_a_range_hides_rows_beyond_those_that_its_sstable_has() {
    let write = |watched: &Watched| {
        (0..50).for_each(|c| watched.put(c));
        watched.flush();
        watched.put(100);
        let update = watched.db.update(&watched.table, b"a").delete_range(&slice(10, 60)).unwrap();
        watched.db.write(&update.build().unwrap()).unwrap();
        watched.flush();
    };
    assert_eq!(read(write, |whole| whole), (11, 2));
    assert_eq!(read(write, |whole| whole.slices([slice(5, 20)])), (5, 2));
}
