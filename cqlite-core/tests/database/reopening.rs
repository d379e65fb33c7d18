//! What there is after an opening.

use std::sync::{Arc, Mutex};

use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::replay::{ReplayPolicy, ReplayStage};
use cqlite_core::{Database, Event, EventListener};

use super::rows::{all, key, log_as_a_node, on, put, put_static, with_table};

#[test]
fn what_was_written_is_there_after_a_drop_and_after_a_close() {
    let place = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for round in 0..6 {
        let (db, table) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
        assert_eq!(all(&db, &table), expected, "round {round}");
        for c in 0..50 {
            db.write(&put(&db, &table, &format!("k{}", c % 7), c, &format!("{round}"))).unwrap();
        }
        db.write(&put_static(&db, &table, "k3", &format!("s{round}"))).unwrap();
        expected = all(&db, &table);
        match round % 3 {
            0 => drop(db),
            1 => db.close().unwrap(),
            _ => {
                db.flush(table.id()).unwrap();
                drop(db);
            }
        }
    }
}

#[test]
fn a_close_leaves_an_empty_log_and_one_process_writes() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("has the database open"), "{refused}");
    let reader = Database::open_read_only(place.path()).unwrap();
    assert_eq!(key(&reader, &table, "a"), ["a=1:x"], "the end of the log is read");
    assert!(reader.write(&put(&db, &table, "a", 1, "y")).is_err());
    drop(reader);
    db.close().unwrap();
    assert_eq!(std::fs::read_dir(place.path().join("commitlog")).unwrap().count(), 0);
    let reader = Database::open_read_only(place.path()).unwrap();
    assert_eq!(key(&reader, &table, "a"), ["a=1:x"]);
}

#[test]
fn a_directory_of_another_kind_is_refused_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("letter.txt"), "dear").unwrap();
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("letter.txt"), "{refused}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    let refused = Database::open_read_only(place.path().join("none")).unwrap_err();
    assert!(refused.to_string().contains("there is no database"), "{refused}");
}

#[test]
fn who_only_reads_cannot_have_damage_of_the_log_passed_over() {
    let place = tempfile::tempdir().unwrap();
    with_table(on(place.path())).0.close().unwrap();
    for policy in [ReplayPolicy::Stop, ReplayPolicy::Skip] {
        let refused = on(place.path()).on_log_corruption(policy).open_read_only().unwrap_err();
        assert!(refused.to_string().contains("on_log_corruption"), "{refused}");
    }
    on(place.path()).on_log_corruption(ReplayPolicy::Refuse).open_read_only().unwrap();
}

#[derive(Debug, Default)]
struct Told(Mutex<Vec<Event>>);

impl EventListener for Told {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn a_missing_table_directory_is_told_of() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let told = Arc::new(Told::default());
    let (db, table) = with_table(on(place.path()).listener(told.clone()));
    assert!(all(&db, &table).is_empty());
    let events = told.0.lock().unwrap();
    assert!(events.iter().any(
        |event| matches!(event, Event::MissingDirectory { directory: named, .. } if *named == directory)
    ));
}

/// A map of texts as one cell has it.
fn frozen_map(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut map = (entries.len() as i32).to_be_bytes().to_vec();
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        map.extend((text.len() as i32).to_be_bytes());
        map.extend(text.as_bytes());
    }
    map
}

#[test]
fn a_table_opens_whatever_its_schema_says_of_compaction_and_compression() {
    let windows = ("class", "org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy");
    let cases = [
        ("compaction", frozen_map(&[windows, ("unsafe_aggressive_sstable_expiration", "true")]), None),
        ("compaction", frozen_map(&[("class", "com.example.OwnStrategy")]), Some("it is not compacted")),
        (
            "compression",
            frozen_map(&[("class", "com.example.OwnCompressor")]),
            Some("it is compressed by LZ4"),
        ),
    ];
    for (parameter, map, expected) in cases {
        let place = tempfile::tempdir().unwrap();
        let (db, table) = with_table(on(place.path()));
        let tables = db.table("system_schema", "tables").unwrap();
        let update = db.update(&tables, table.keyspace().as_bytes());
        let update = update.set(&[table.name().as_bytes()], &[(parameter, Some(&map))]).unwrap();
        let mutation = update.build().unwrap();
        db.close().unwrap();
        log_as_a_node(place.path(), &[mutation]);
        let told = Arc::new(Told::default());
        let (db, table) = with_table(on(place.path()).listener(told.clone()));
        let failures: Vec<String> = told.0.lock().unwrap().iter().filter_map(failure).collect();
        assert_eq!(failures.len(), usize::from(expected.is_some()), "{failures:?}");
        assert!(expected.is_none_or(|expected| failures[0].contains(expected)), "{failures:?}");
        for value in ["1", "2"] {
            db.write(&put(&db, &table, "a", 1, value)).unwrap();
            db.flush(table.id()).unwrap();
        }
        db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
        assert_eq!(all(&db, &table), ["a=1:2"]);
    }
}

fn failure(event: &Event) -> Option<String> {
    match event {
        Event::Failed { error } => Some(error.clone()),
        _ => None,
    }
}

#[test]
fn secondary_indexes_are_no_longer_known_as_whole_once_a_row_of_their_table_was_written_or_replayed() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.create_table("ks", "CREATE TABLE other (k text PRIMARY KEY)").unwrap();
    let written_by_a_node =
        |of: (&str, &str), key: &str, clustering: &[&[u8]], values: &[(&str, Option<&[u8]>)]| {
            let table = db.table(of.0, of.1).unwrap();
            let update = db.update(&table, key.as_bytes()).insert(clustering, values).unwrap();
            update.build().unwrap()
        };
    let name = table.name().as_bytes();
    let options = frozen_map(&[("target", "v")]);
    let values: [(&str, Option<&[u8]>); 2] = [("kind", Some(b"COMPOSITES")), ("options", Some(&options))];
    let mut written =
        vec![written_by_a_node(("system_schema", "indexes"), table.keyspace(), &[name, b"by_v"], &values)];
    for (keyspace, index) in [(table.keyspace(), "by_v"), (table.keyspace(), "of_another"), ("other", "by_v")]
    {
        written.push(written_by_a_node(("system", "IndexInfo"), keyspace, &[index.as_bytes()], &[]));
    }
    db.close().unwrap();
    log_as_a_node(place.path(), &written);
    let known = |db: &Database| {
        let page = db.read(&ReadCommand::all(db.table("system", "IndexInfo").unwrap().id())).unwrap();
        page.row_count()
    };
    let db = Database::open_read_only(place.path()).unwrap();
    assert_eq!(known(&db), 3);
    drop(db);
    for _ in 0..2 {
        let db = Database::open(place.path()).unwrap();
        let other = db.table("ks", "other").unwrap();
        db.write(&db.update(&other, b"k").insert(&[], &[]).unwrap().build().unwrap()).unwrap();
        db.flush_and_trim_log().unwrap();
        assert_eq!(known(&db), 3, "nothing is written to the table of the index");
        db.close().unwrap();
    }
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let now = Database::open_read_only(place.path()).unwrap();
    assert_eq!(known(&now), 2, "that is written before the row is");
    drop(now);
    // The node builds it anew, and is killed before that is in an SSTable.
    let anew = db.update(&db.table("system", "IndexInfo").unwrap(), table.keyspace().as_bytes());
    let anew = anew.insert(&[b"by_v"], &[]).unwrap().build().unwrap();
    let row = put(&db, &table, "a", 2, "x");
    db.close().unwrap();
    log_as_a_node(place.path(), std::slice::from_ref(&anew));
    let db = Database::open(place.path()).unwrap();
    assert_eq!(known(&db), 3);
    db.close().unwrap();
    log_as_a_node(place.path(), &[anew, row]);
    let db = Database::open(place.path()).unwrap();
    assert_eq!(known(&db), 2, "a row was replayed, and is not in the index");
    let directory =
        db.view().table(db.table("system", "IndexInfo").unwrap().id()).unwrap().table().directory().clone();
    db.close().unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    let db = Database::open_read_only(place.path()).unwrap();
    assert_eq!(all(&db, &table), ["a=1:x", "a=2:x"]);
    drop(db);
    assert_eq!(known(&Database::open(place.path()).unwrap()), 0);
}

#[test]
fn a_truncated_table_is_empty_after_every_opening() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
    for c in 0..20 {
        db.write(&put(&db, &table, "a", c, "old")).unwrap();
        if c == 10 {
            db.flush(table.id()).unwrap();
        }
    }
    db.truncate(table.id()).unwrap();
    assert!(all(&db, &table).is_empty());
    db.write(&put(&db, &table, "a", 100, "new")).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), ["a=100:new"]);
}

#[test]
fn timestamps_go_on_behind_those_that_are_there() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let ahead = db.next_timestamp() + 3_600_000_000;
    let mut update = cqlite_core::storage::mutation::PartitionUpdateBuilder::new(table.layout(), b"a");
    let values = super::rows::clustering(1);
    update.row(&super::rows::row(&values, ahead, false), &[super::rows::cell(0, ahead, b"ahead")]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert!(db.next_timestamp() > ahead);
    db.write(&put(&db, &table, "a", 1, "later")).unwrap();
    assert_eq!(key(&db, &table, "a"), ["a=1:later"]);
}

/// A row whose values have this timestamp.
fn write_at(db: &Database, table: &cqlite_core::catalog::Table, timestamp: i64) {
    let mut update = cqlite_core::storage::mutation::PartitionUpdateBuilder::new(table.layout(), b"future");
    let values = super::rows::clustering(1);
    update
        .row(&super::rows::row(&values, timestamp, false), &[super::rows::cell(0, timestamp, b"x")])
        .unwrap();
    db.write(&update.build().unwrap()).unwrap();
}

#[test]
fn a_write_of_the_far_future_does_not_move_the_time_of_others() {
    for is_closed in [true, false] {
        // That of a client that counts nanoseconds, and the greatest that there is.
        for future in [|now: i64| now * 1_000, |_| i64::MAX - 1] {
            let place = tempfile::tempdir().unwrap();
            let (db, table) = with_table(on(place.path()));
            let before = db.next_timestamp();
            write_at(&db, &table, future(before));
            if is_closed {
                db.close().unwrap();
            } else {
                drop(db);
            }
            let (db, table) = with_table(on(place.path()));
            for value in ["9", "1", "5"] {
                db.write(&put(&db, &table, "a", 1, value)).unwrap();
                assert_eq!(key(&db, &table, "a"), [format!("a=1:{value}")], "what is written last counts");
            }
            let hour = 3_600_000_000;
            assert!(db.next_timestamp() < before + hour, "{} and {before}", db.next_timestamp());
        }
    }
}

#[test]
fn timestamps_go_on_behind_those_that_are_there_if_the_clock_was_set_back_by_years() {
    #[derive(Debug)]
    struct Clock(i64);
    impl cqlite_core::storage::store::WallClock for Clock {
        fn now_micros(&self) -> i64 {
            self.0
        }
    }
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "before")).unwrap();
    let before = db.next_timestamp();
    db.close().unwrap();
    let (db, table) = with_table(on(place.path()).clock(Arc::new(Clock(1_000_000))));
    assert!(db.next_timestamp() > before - 10_000_000);
    db.write(&put(&db, &table, "a", 1, "after")).unwrap();
    assert_eq!(key(&db, &table, "a"), ["a=1:after"]);
}

#[test]
fn a_log_is_not_lost_with_the_schema() {
    let place = tempfile::tempdir().unwrap();
    with_table(on(place.path())).0.close().unwrap();
    let (db, table) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    drop(db);
    let (schema, moved) = (place.path().join("data/system_schema"), place.path().join("moved"));
    std::fs::rename(&schema, &moved).unwrap();
    for (makes_directory, told) in
        [(false, "no schema of them"), (true, "there is no schema that knows them")]
    {
        if makes_directory {
            std::fs::create_dir(&schema).unwrap();
        }
        let refused = on(place.path()).open().unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    }
    std::fs::remove_dir_all(&schema).unwrap();
    std::fs::rename(&moved, &schema).unwrap();
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), ["a=1:x"]);
}

#[test]
fn a_reader_reads_what_the_writer_has_compacted_since() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    for round in 0..3 {
        for c in 0..200 {
            db.write(&put(&db, &table, &format!("k{c}"), round, "x")).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let reader = Database::open_read_only(place.path()).unwrap();
    db.resume_compactions();
    let request = cqlite_core::storage::compaction::scheduler::CompactionRequest::Major { splits: false };
    db.compact(table.id(), &request).unwrap();
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    let data = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().ends_with("-Data.db");
    let left = std::fs::read_dir(directory).unwrap().filter(|entry| data(entry.as_ref().unwrap())).count();
    assert_eq!(left, 1, "what the reader has open is removed");
    assert_eq!(key(&reader, &table, "k1"), ["k1=0:x", "k1=1:x", "k1=2:x"]);
    assert_eq!(all(&reader, &table).len(), 600);
}

#[test]
fn a_reader_refuses_a_log_that_its_memory_cannot_hold() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let value = "v".repeat(20_000);
    for c in 0..500 {
        db.write(&put(&db, &table, "a", c, &value)).unwrap();
    }
    drop(db);
    let reader = |bytes: usize| on(place.path()).memtable_memory(bytes).open_read_only();
    let refused = reader(4 << 20).unwrap_err().to_string();
    assert!(refused.contains("memtables may have 4194304"), "{refused}");
    assert_eq!(
        reader(32 << 20)
            .unwrap()
            .read(&cqlite_core::storage::read::ReadCommand::key(table.id(), b"a").limit(7))
            .unwrap()
            .row_count(),
        7
    );
}

#[test]
fn reads_of_a_damaged_sstable_say_so_and_others_go_on() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    for round in 0..2 {
        for c in 0..100 {
            db.write(&put(&db, &table, &format!("k{c}"), round, &"x".repeat(100))).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    let data = directory.join("nb-1-big-Data.db");
    let mut bytes = std::fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&data, bytes).unwrap();

    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    let read = |k: &str| db.read(&cqlite_core::storage::read::ReadCommand::key(table.id(), k));
    let failed: Vec<String> =
        (0..100).filter_map(|c| read(&format!("k{c}")).err()).map(|error| error.to_string()).collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|error| error.contains("nb-1-big-Data.db")),
        "{failed:?}"
    );
    assert!(read("never there").is_err() || db.metrics().tables.iter().any(|one| one.damaged_sstables == 1));
    assert!(db.backup(place.path().join("backup")).is_err(), "a backup without it would have fewer rows");
    assert!(db.last_error().unwrap().contains("nb-1-big-Data.db"));
    let other = db.create_table("ks", "CREATE TABLE other (k text PRIMARY KEY, v text)").unwrap();
    let update = db.update(&other, b"a").insert(&[], &[("v", Some(b"x"))]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    assert_eq!(
        db.read(&cqlite_core::storage::read::ReadCommand::key(other.id(), "a")).unwrap().row_count(),
        1
    );
}

#[test]
fn a_damaged_schema_does_not_open_as_an_empty_one() {
    let place = tempfile::tempdir().unwrap();
    let (db, _) = with_table(on(place.path()));
    db.close().unwrap();
    let mut damaged = 0;
    for entry in std::fs::read_dir(place.path().join("data/system_schema")).unwrap() {
        let directory = entry.unwrap().path();
        if directory.to_str().unwrap().contains("tables-") {
            for file in std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()) {
                if file.to_str().unwrap().ends_with("-Statistics.db") {
                    std::fs::write(file, b"nothing of the kind").unwrap();
                    damaged += 1;
                }
            }
        }
    }
    assert!(damaged > 0);
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("Statistics.db"), "{refused}");
}

/// Two flushed SSTables, the first of them damaged; returned is where.
fn with_damaged_sstable(place: &std::path::Path, file: &str) -> std::path::PathBuf {
    let (db, table) = with_table(on(place));
    db.pause_compactions();
    for c in 0..2 {
        db.write(&put(&db, &table, "a", c, &"x".repeat(1_000))).unwrap();
        db.flush(table.id()).unwrap();
    }
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    let file = directory.join(file);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0xFF);
    std::fs::write(&file, bytes).unwrap();
    directory
}

fn data_files(directory: &std::path::Path) -> usize {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().ends_with("-Data.db")).count()
}

#[test]
fn a_table_with_a_damaged_sstable_can_be_emptied_and_is_sound_then() {
    // One that cannot be opened, and one that turns out damaged when it is read.
    for file in ["nb-1-big-Statistics.db", "nb-1-big-Data.db"] {
        let place = tempfile::tempdir().unwrap();
        let directory = with_damaged_sstable(place.path(), file);
        let (db, table) = with_table(on(place.path()));
        db.pause_compactions();
        let all_of_it = cqlite_core::storage::read::ReadCommand::all(table.id());
        assert!(db.read(&all_of_it).is_err(), "{file}");
        db.truncate(table.id()).unwrap();
        assert!(all(&db, &table).is_empty(), "{file}");
        db.write(&put(&db, &table, "a", 1, "new")).unwrap();
        db.close().unwrap();
        let (db, table) = with_table(on(place.path()));
        assert_eq!(all(&db, &table), ["a=1:new"], "{file}");
        assert_eq!(data_files(&directory), 1, "{file}");
    }
}

#[test]
fn a_dropped_table_leaves_no_damaged_sstable() {
    let place = tempfile::tempdir().unwrap();
    let directory = with_damaged_sstable(place.path(), "nb-1-big-Statistics.db");
    let (db, _) = with_table(on(place.path()));
    db.drop_table("ks", "t").unwrap();
    db.close().unwrap();
    assert_eq!(data_files(&directory), 0);
}

#[test]
fn memtables_are_flushed_at_the_age_that_their_table_says() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let aged = db.create_table(
        "ks",
        "CREATE TABLE aged (k text, c int, s text static, v text, PRIMARY KEY (k, c)) \
         WITH memtable_flush_period_in_ms = 1",
    );
    let aged = aged.unwrap();
    db.write(&put(&db, &aged, "a", 1, "x")).unwrap();
    let flushes = |id| db.metrics().tables.iter().find(|one| one.id == id).unwrap().flushes;
    let start = std::time::Instant::now();
    while flushes(aged.id()) == 0 {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "it is never flushed");
        std::thread::yield_now();
    }
    assert_eq!(flushes(table.id()), 0, "the other table says nothing of an age");
}

#[derive(Debug, Default)]
struct Progress(Mutex<Vec<(ReplayStage, u64, u64)>>);

impl EventListener for Progress {
    fn tell(&self, event: &Event) {
        if let Event::Replaying(told) = event {
            self.0.lock().unwrap().push((told.stage, told.done_bytes, told.total_bytes));
        }
    }
}

#[test]
fn who_opens_a_database_is_told_how_far_the_replay_of_its_log_is() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let value = "x".repeat(100_000);
    (0..120).for_each(|c| db.write(&put(&db, &table, &format!("k{c}"), c, &value)).unwrap());
    drop(db);
    let progress = Arc::new(Progress::default());
    let (db, table) = with_table(on(place.path()).listener(Arc::clone(&progress) as _));
    assert_eq!(key(&db, &table, "k119").len(), 1);
    let told = progress.0.lock().unwrap();
    let ends = told.iter().filter(|(stage, done, total)| *stage == ReplayStage::Scanning && done == total);
    assert!(ends.count() > 0 && told.len() > 1, "{told:?}");
    assert!(told.iter().all(|(_, done, total)| done <= total && *total > 10_000_000), "{told:?}");
}
