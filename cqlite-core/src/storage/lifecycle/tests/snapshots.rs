//! Snapshots and backups.

use cqlite_sstable::{ErrorKind, SstableId};

use super::*;
use crate::storage::lifecycle::{
    Snapshot, SnapshotOptions, back_up, clear_snapshot, list_snapshots, take_snapshot,
};

const CQL: &str = "CREATE TABLE ks.t (k int PRIMARY KEY);";

fn options(tag: &str) -> SnapshotOptions<'_> {
    SnapshotOptions {
        tag,
        created_at_millis: 1_700_000_000_123,
        expires_at_millis: None,
        schema_cql: Some(CQL),
    }
}

/// All SSTables, and one of an index.
fn with_index(files: &Files, table: &TestTable) -> Vec<Descriptor> {
    let index = Path::new(TABLE).join(".by_v");
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    if !is_there(files, &index) {
        files.create_directory(&index).unwrap();
        files.sync_directory(Path::new(TABLE)).unwrap();
        test_table::write_sstable(&shared, &index, SstableId::Sequence(9), &[Written::put(1, 1, 10)]);
    }
    let of_index = Descriptor::new(index, test_table::version(), SstableId::Sequence(9));
    descriptors(table).into_iter().chain([of_index]).collect()
}

fn take(files: &Files, table: &TestTable, tag: &str) -> Result<Snapshot> {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    take_snapshot(&shared, Path::new(TABLE), &with_index(files, table), options(tag))
}

fn read(files: &dyn FileSystem, path: &Path) -> String {
    let source = files.open(path).unwrap();
    let mut bytes = vec![0; source.len() as usize];
    source.read_at(&mut bytes, 0).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Whether a snapshot has all that it should have.
fn check_whole(files: &MemoryFileSystem, table: &TestTable, snapshot: &Snapshot) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let manifest = snapshot.manifest.as_ref().ok_or("no manifest")?;
    let named: Vec<Descriptor> = manifest
        .files
        .iter()
        .map(|name| Descriptor::from_file(&snapshot.directory.join(name)).unwrap())
        .collect();
    let opened = open(&shared(files), &named).map_err(|error| told(&error))?;
    let of_table: Vec<_> = opened.into_iter().filter(|one| !one.descriptor().is_index()).collect();
    if of_table.len() != 2 || named.len() != 3 {
        return Err(format!("{named:?}"));
    }
    let shown = test_table::try_merged(&of_table, table.now()).map_err(|error| told(&error))?;
    if shown != table.expected() || read(files, &snapshot.directory.join("schema.cql")) != CQL {
        return Err(format!("{shown:?}"));
    }
    for descriptor in named {
        let prefix = format!("{}-", descriptor.stem());
        let entries = files.list(descriptor.directory()).map_err(|error| told(&error))?;
        let count = entries.iter().filter(|entry| entry.name.starts_with(&prefix)).count();
        if count != 8 {
            return Err(format!("{count} files of {descriptor}"));
        }
    }
    Ok(())
}

fn check(files: &MemoryFileSystem, table: &TestTable, tags: &[&[&str]]) -> Result<(), String> {
    if reopened(files, table).map_err(|error| error.to_string())? != table.expected() {
        return Err("the table has other rows".to_owned());
    }
    let snapshots = list_snapshots(&shared(files), Path::new(TABLE)).map_err(|error| error.to_string())?;
    let listed: Vec<&str> = snapshots.iter().map(|snapshot| snapshot.tag.as_str()).collect();
    if !tags.contains(&listed.as_slice()) {
        return Err(format!("snapshots {listed:?}"));
    }
    let unfinished = Path::new(TABLE).join("snapshots/.unfinished-a");
    if is_there(files, unfinished) {
        return Err("what is unfinished was not removed".to_owned());
    }
    snapshots.iter().try_for_each(|snapshot| check_whole(files, table, snapshot))
}

const TAKING: Tried<'_> = Tried {
    prepare: &|files, table| drop(with_index(files, table)),
    run: &|files, table| take(files, table, "a").map(drop),
    check: &|files, table, is_done| check(files, table, if is_done { &[&["a"]] } else { &[&[], &["a"]] }),
};

const CLEARING: Tried<'_> = Tried {
    prepare: &|files, table| drop(take(files, table, "a").unwrap()),
    run: &|files, _| {
        let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
        clear_snapshot(&shared, Path::new(TABLE), "a").map(|was_there| assert!(was_there))
    },
    check: &|files, table, is_done| check(files, table, if is_done { &[&[]] } else { &[&[], &["a"]] }),
};

/// All files of the table have a second name that lasts.
fn check_backup(files: &MemoryFileSystem, table: &TestTable, is_done: bool) -> Result<(), String> {
    if reopened(files, table).map_err(|error| error.to_string())? != table.expected() {
        return Err("the table has other rows".to_owned());
    }
    let directory = Path::new(TABLE).join("backups");
    let linked = descriptors(table).into_iter();
    let linked: Vec<Descriptor> =
        linked.map(|one| Descriptor::new(&directory, one.version(), one.id().clone())).collect();
    let opened = open(&shared(files), &linked);
    match opened.and_then(|opened| test_table::try_merged(&opened, table.now())) {
        Ok(shown) if shown == table.expected() => Ok(()),
        Err(error) if is_done => Err(error.to_string()),
        _ if is_done => Err("the backup has other rows".to_owned()),
        _ => Ok(()),
    }
}

const BACKING_UP: Tried<'_> = Tried {
    prepare: &|_, _| {},
    run: &|files, table| back_up(files, Path::new(TABLE), &descriptors(table)),
    check: &check_backup,
};

#[test]
fn a_snapshot_is_whole_or_not_there_after_a_power_cut_at_any_call() {
    TAKING.stands_power_cuts();
    CLEARING.stands_power_cuts();
    BACKING_UP.stands_power_cuts();
}

#[test]
fn a_snapshot_is_whole_or_not_there_after_a_failure_of_any_call() {
    TAKING.stands_failures();
    CLEARING.stands_failures();
    BACKING_UP.stands_failures();
}

#[test]
fn without_any_one_sync_a_power_cut_would_break_a_snapshot() {
    assert_eq!(TAKING.needless_syncs(), Vec::<String>::new());
    assert_eq!(CLEARING.needless_syncs(), Vec::<String>::new());
    assert_eq!(BACKING_UP.needless_syncs(), Vec::<String>::new());
}

#[test]
fn a_snapshot_outlives_its_sstables_and_is_listed_until_it_is_cleared() {
    let (files, table) = begun();
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let expected = table.expected();
    let taken = take(&files, &table, "before").unwrap();
    for descriptor in descriptors(&table) {
        for entry in files.list(Path::new(TABLE)).unwrap() {
            if entry.name.starts_with(descriptor.stem()) {
                files.remove_file(&Path::new(TABLE).join(entry.name)).unwrap();
            }
        }
    }
    let listed = list_snapshots(&shared, Path::new(TABLE)).unwrap();
    assert_eq!(listed, std::slice::from_ref(&taken));
    let set = live_set(&shared, std::slice::from_ref(&taken.directory)).unwrap();
    assert_eq!(test_table::merged(&open(&shared, &set.sstables).unwrap(), table.now()), expected);
    assert_eq!(
        read(&files, &taken.directory.join("manifest.json")),
        "{\n  \"files\" : [ \"nb-1-big-Data.db\", \"nb-2-big-Data.db\", \".by_v/nb-9-big-Data.db\" ],\n  \
         \"created_at\" : \"2023-11-14T22:13:20.123Z\",\n  \"expires_at\" : null,\n  \"ephemeral\" : false\n}"
    );
    assert!(clear_snapshot(&shared, Path::new(TABLE), "before").unwrap());
    assert!(!clear_snapshot(&shared, Path::new(TABLE), "before").unwrap());
    assert!(list_snapshots(&shared, Path::new(TABLE)).unwrap().is_empty());
}

#[test]
fn a_tag_is_taken_once_and_has_to_be_the_name_of_a_directory() {
    let (files, table) = begun();
    take(&files, &table, "a").unwrap();
    for tag in ["a", "", ".", "..", "a/b", "/", ".unfinished-a", "a\0"] {
        let error = take(&files, &table, tag).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{tag}: {error}");
    }
    take(&files, &table, "with blank").unwrap();
}
