//! SSTables from elsewhere.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cqlite_sstable::component::Component;
use cqlite_sstable::schema::{TableHint, TableSchema};
use cqlite_sstable::{ErrorKind, Partitioner, SstableId};

use super::*;
use crate::storage::lifecycle::{IngestOptions, Ingested, ingest};

const INCOMING: &str = "/incoming";

fn read(files: &dyn FileSystem, path: &Path) -> Option<Vec<u8>> {
    let source = files.open(path).ok()?;
    let mut bytes = vec![0; source.len() as usize];
    source.read_at(&mut bytes, 0).unwrap();
    Some(bytes)
}

/// The files of two SSTables, by name.
fn originals() -> &'static BTreeMap<String, Vec<u8>> {
    static ORIGINALS: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    ORIGINALS.get_or_init(|| {
        let elsewhere = MemoryFileSystem::new();
        let root = Path::new("/");
        for (id, key) in [(1, 5), (2, 6)] {
            let changes = [Written::put(key, 1, 50)];
            test_table::write_sstable(&shared(&elsewhere), root, SstableId::Sequence(id), &changes);
        }
        let names = elsewhere.list(root).unwrap().into_iter().map(|entry| entry.name);
        names.map(|name| (name.clone(), read(&elsewhere, &root.join(name)).unwrap())).collect()
    })
}

/// Files that somebody put there, and of which nothing is synced.
fn put_incoming(files: &Files, _: &Arc<TestTable>) {
    files.create_directory(Path::new(INCOMING)).unwrap();
    for (name, bytes) in originals() {
        files.create(&Path::new(INCOMING).join(name)).unwrap().write_at(bytes, 0).unwrap();
    }
}

/// A file that was taken in and is not as the original is, Statistics.db apart.
fn changed_file(files: &MemoryFileSystem) -> Option<String> {
    let is_changed = |(name, bytes): &(&String, &Vec<u8>)| {
        let taken_in = name.replace("nb-1-", "nb-10-").replace("nb-2-", "nb-11-");
        !name.ends_with(Component::Statistics.file_name())
            && read(files, &Path::new(TABLE).join(taken_in)).as_ref() != Some(*bytes)
    };
    originals().iter().find(is_changed).map(|(name, _)| name.clone())
}

fn incoming() -> Vec<Descriptor> {
    let of = |id| Descriptor::new(INCOMING, test_table::version(), SstableId::Sequence(id));
    vec![of(1), of(2)]
}

fn take_in(files: &Files, schema: &TableSchema, sources: &[Descriptor]) -> Result<Ingested> {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let next = AtomicU32::new(10);
    let ids = move || Ok(SstableId::Sequence(next.fetch_add(1, Ordering::SeqCst)));
    let table = (schema, &Partitioner::Murmur3);
    ingest(&shared, Path::new(TABLE), table, sources, (&ids, IngestOptions::default()))
}

/// The rows of the table, with those that come in or without them.
fn check(files: &MemoryFileSystem, table: &TestTable, is_done: bool) -> Result<(), String> {
    let shown = reopened(files, table).map_err(|error| error.to_string())?;
    let before = table.expected();
    let new: Vec<i32> = shown.keys().map(|(key, _)| *key).filter(|key| [5, 6].contains(key)).collect();
    let is_old = new.is_empty() && shown == before;
    let is_new = new == [5, 6] && shown.len() == before.len() + 2;
    if let Some(name) = is_new.then(|| changed_file(files)).flatten() {
        return Err(format!("{name} has changed"));
    }
    if is_new || (is_old && !is_done) { Ok(()) } else { Err(format!("{shown:?}")) }
}

const INGESTING: Tried<'_> = Tried {
    prepare: &put_incoming,
    run: &|files, _| {
        take_in(files, &test_table::schema(), &incoming())?.commit()?;
        Ok(())
    },
    check: &check,
};

#[test]
fn all_of_an_ingest_is_part_of_the_table_or_nothing_after_a_power_cut_at_any_call() {
    INGESTING.stands_power_cuts();
}

#[test]
fn all_of_an_ingest_is_part_of_the_table_or_nothing_after_a_failure_of_any_call() {
    INGESTING.stands_failures();
}

#[test]
fn without_any_one_sync_a_power_cut_would_break_an_ingest() {
    let needless = INGESTING.needless_syncs();
    // The end of every transaction: the record of the commit, of which the log is removed at once if nothing else is,
    // and its directory before and behind that.
    let is_of_transaction = |sync: &String| sync.ends_with(".log") || sync.ends_with(TABLE);
    assert!(needless.iter().all(is_of_transaction), "{needless:?}");
    assert!(needless.len() <= 3, "{needless:?}");
}

#[test]
fn what_is_taken_in_has_new_ids_no_host_and_no_level_and_the_original_stays() {
    let (files, table) = begun();
    put_incoming(&files, &table);
    let ingested = take_in(&files, &test_table::schema(), &incoming()).unwrap();
    let names: Vec<&str> = ingested.sstables().iter().map(|one| one.descriptor().stem()).collect();
    assert_eq!(names, ["nb-10-big", "nb-11-big"]);
    for one in ingested.sstables() {
        let stats = &one.sstable().statistics().stats;
        assert_eq!((stats.originating_host_id, stats.commit_log_intervals.is_empty()), (None, true));
        assert_eq!((stats.sstable_level, stats.repaired_at_millis), (0, 0));
    }
    ingested.discard().unwrap();
    assert!(!is_there(&files, Path::new(TABLE).join("nb-10-big-Data.db")));
    assert!(is_there(&files, Path::new(INCOMING).join("nb-1-big-Data.db")));
    assert_eq!(reopened(files.inner(), &table).unwrap(), table.expected());
}

#[test]
fn sstables_of_other_tables_and_damaged_ones_are_refused_and_nothing_is_left() {
    let (files, table) = begun();
    put_incoming(&files, &table);
    let refused = |cql: &str| {
        let schema = TableSchema::from_cql(cql, TableHint::default()).unwrap();
        let error = take_in(&files, &schema, &incoming()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        error.to_string()
    };
    assert!(
        refused("CREATE TABLE ks.t (k text, c int, v text, PRIMARY KEY (k, c))").contains("partition key")
    );
    assert!(refused("CREATE TABLE ks.t (k int, c text, v text, PRIMARY KEY (k, c))").contains("clustering"));
    assert!(refused("CREATE TABLE ks.t (k int, c int, v int, PRIMARY KEY (k, c))").contains("column v"));
    assert!(refused("CREATE TABLE ks.t (k int, c int, w text, PRIMARY KEY (k, c))").contains("column v"));
    let path = incoming()[1].file(Component::Data);
    let file = files.open_writable(&path).unwrap();
    file.write_at(&[0xFF], file.length_bytes().unwrap() / 2).unwrap();
    let error = take_in(&files, &test_table::schema(), &incoming()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("/incoming/nb-2-big"), "{error}");
    let left = files.list(Path::new(TABLE)).unwrap();
    assert!(left.iter().all(|entry| !entry.name.starts_with("nb-10") && !entry.name.ends_with(".log")));
}
