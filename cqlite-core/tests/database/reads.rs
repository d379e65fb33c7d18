//! Reading.

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::mutation::Batch;
use cqlite_core::storage::read::{PagingState, ReadCommand};
use cqlite_sstable::Component;
use cqlite_sstable::reader::{Slice, TokenRange};
use cqlite_sstable::row::{ClusteringKind, ClusteringValue, PrefixBuffer};

use super::rows::{all, delete, key, lines, on, put, put_static, with_table};

fn between(from: i32, to: i32) -> Slice {
    let bound = |kind, value: i32| PrefixBuffer::new(kind, [ClusteringValue::Value(&value.to_be_bytes())]);
    Slice { start: bound(ClusteringKind::InclStartBound, from), end: bound(ClusteringKind::InclEndBound, to) }
}

/// The same rows in memory, in SSTables, and in both.
fn in_every_place(check: impl Fn(&Database, &Table)) {
    for flushes in 0..4 {
        let (db, table) = with_table(Database::in_memory().unwrap());
        for c in 0..200 {
            db.write(&put(&db, &table, "a", c, &format!("first {c}"))).unwrap();
        }
        if flushes & 1 != 0 {
            db.flush(table.id()).unwrap();
        }
        for c in (0..200).step_by(3) {
            db.write(&put(&db, &table, "a", c, &format!("second {c}"))).unwrap();
        }
        for c in (0..200).step_by(5) {
            db.write(&delete(&db, &table, "a", Some(c))).unwrap();
        }
        db.write(&put_static(&db, &table, "a", "static")).unwrap();
        db.write(&put(&db, &table, "b", 7, "of b")).unwrap();
        db.write(&put_static(&db, &table, "only", "static")).unwrap();
        db.write(&put(&db, &table, "gone", 1, "x")).unwrap();
        db.write(&delete(&db, &table, "gone", None)).unwrap();
        if flushes & 2 != 0 {
            db.flush(table.id()).unwrap();
        }
        check(&db, &table);
    }
}

fn expected(range: impl Iterator<Item = i32>) -> Vec<String> {
    let left = range.filter(|c| c % 5 != 0);
    left.map(|c| format!("a[static]={c}:{} {c}", if c % 3 == 0 { "second" } else { "first" })).collect()
}

#[test]
fn a_partition_is_what_its_last_writes_and_deletions_leave() {
    in_every_place(|db, table| {
        assert_eq!(key(db, table, "a"), expected(0..200));
        assert_eq!(key(db, table, "b"), ["b=7:of b"]);
        assert_eq!(key(db, table, "only"), ["only[static]"]);
        assert!(key(db, table, "gone").is_empty() && key(db, table, "never").is_empty());
        assert_eq!(all(db, table).len(), expected(0..200).len() + 2);
    });
}

#[test]
fn slices_limits_and_reversed_reads_choose_rows() {
    in_every_place(|db, table| {
        let of = |command: ReadCommand| lines(&db.read(&command).unwrap());
        let a = || ReadCommand::key(table.id(), "a");
        assert_eq!(of(a().slices([between(10, 20)])), expected(10..21));
        assert_eq!(
            of(a().slices([between(10, 20), between(100, 103)])),
            [expected(10..21), expected(100..104)].concat()
        );
        assert_eq!(of(a().limit(4)), expected(0..200)[..4]);
        let reversed: Vec<String> = expected(0..200).into_iter().rev().collect();
        assert_eq!(of(a().reversed()), reversed);
        assert_eq!(of(a().reversed().limit(3)), reversed[..3]);
        let reversed: Vec<String> = expected(10..21).into_iter().rev().collect();
        assert_eq!(of(a().reversed().slices([between(10, 20)])), reversed);
        let each_one = of(ReadCommand::all(table.id()).partition_limit(1));
        assert_eq!(each_one.len(), 3, "{each_one:?}");
        assert_eq!(of(a().columns(vec![], vec![]).limit(1)), ["a=1:null"]);
        assert!(of(a().slices([between(5, 5)])).is_empty());
    });
}

#[test]
fn pages_put_together_are_the_whole_read() {
    in_every_place(|db, table| {
        let commands = [
            ReadCommand::all(table.id()),
            ReadCommand::key(table.id(), "a"),
            ReadCommand::key(table.id(), "a").reversed(),
            ReadCommand::key(table.id(), "a").slices([between(10, 50), between(60, 130)]),
            ReadCommand::keys(table.id(), [b"b".to_vec(), b"a".to_vec(), b"only".to_vec()]),
            ReadCommand::all(table.id()).reversed().partition_limit(10),
        ];
        for command in commands {
            let whole = lines(&db.read(&command).unwrap());
            for size in [1, 2, 7, 50] {
                let (mut together, mut resume): (Vec<String>, Option<PagingState>) = (Vec::new(), None);
                loop {
                    let mut next = command.clone().page_rows(size);
                    if let Some(state) = &resume {
                        let state = PagingState::from_bytes(&state.to_bytes()).unwrap();
                        next = next.resume(state);
                    }
                    let page = db.read(&next).unwrap();
                    together.extend(lines(&page));
                    match page.next() {
                        Some(state) => resume = Some(state.clone()),
                        None => break,
                    }
                }
                assert_eq!(together, whole, "pages of {size} of {command:?}");
            }
        }
    });
}

#[test]
fn pages_end_where_the_limit_of_all_of_them_is_reached() {
    in_every_place(|db, table| {
        let commands = [
            ReadCommand::all(table.id()),
            ReadCommand::key(table.id(), "a"),
            ReadCommand::keys(table.id(), [b"only".to_vec(), b"a".to_vec()]).reversed(),
        ];
        for (command, limit) in commands.iter().flat_map(|one| [1, 5, 6].map(|limit| (one, limit))) {
            let whole = db.read(&command.clone().limit(limit)).unwrap();
            assert!(whole.next().is_none(), "{command:?}");
            for size in [1, 3, 50] {
                let command = command.clone().limit(limit).page_rows(size);
                let mut page = db.read(&command).unwrap();
                let (mut together, mut pages) = (lines(&page), 1);
                while let Some(state) = page.next().cloned() {
                    page = db.read(&command.clone().resume(state)).unwrap();
                    together.extend(lines(&page));
                    pages += 1;
                }
                assert_eq!((together, pages), (lines(&whole), limit.div_ceil(size)), "{command:?}");
            }
        }
    });
}

#[test]
fn a_page_of_static_rows_alone_is_bounded() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let value = "s".repeat(10_000);
    let keys: Vec<String> = (0..1_000).map(|number| format!("k{number}")).collect();
    keys.iter().for_each(|key| db.write(&put_static(&db, &table, key, &value)).unwrap());
    let of_keys = ReadCommand::keys(table.id(), keys.iter().map(|key| key.as_bytes().to_vec()));
    for command in [ReadCommand::all(table.id()), of_keys] {
        let (mut page, mut found) = (db.read(&command).unwrap(), 0);
        loop {
            let count = page.partitions().count();
            assert!(count < 500, "a page has {count} partitions of 10 kB");
            found += count;
            let Some(state) = page.next().cloned() else { break };
            page = db.read(&command.clone().resume(state)).unwrap();
        }
        assert_eq!(found, keys.len());
    }
}

#[test]
fn reversed_reads_go_past_many_deleted_rows_and_large_ones() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let large = "x".repeat(1 << 20);
    for c in 0..12 {
        db.write(&put(&db, &table, "a", c, &large)).unwrap();
    }
    for c in 12..3_000 {
        db.write(&delete(&db, &table, "a", Some(c))).unwrap();
    }
    for _ in 0..2 {
        let last = db.read(&ReadCommand::key(table.id(), "a").reversed().limit(1)).unwrap();
        assert_eq!(lines(&last), [format!("a=11:{large}")]);
        let (mut rows, mut resume) = (Vec::new(), None);
        loop {
            let command = ReadCommand { resume, ..ReadCommand::key(table.id(), "a").reversed() };
            let page = db.read(&command).unwrap();
            rows.extend(lines(&page));
            resume = page.next().cloned();
            if resume.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..12).rev().map(|c| format!("a={c}:{large}")).collect();
        assert!(rows == expected, "{} rows", rows.len());
        db.flush(table.id()).unwrap();
    }
}

#[test]
fn slices_out_of_order_and_states_of_other_reads_are_refused() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    for c in 0..20 {
        db.write(&put(&db, &table, "a", c, "v")).unwrap();
    }
    let a = || ReadCommand::key(table.id(), "a");
    for slices in
        [[between(10, 12), between(1, 3)], [between(1, 5), between(5, 6)], [between(1, 9), between(2, 3)]]
    {
        let refused = db.read(&a().slices(slices)).unwrap_err();
        assert!(refused.to_string().contains("slices have to be in clustering order"), "{refused}");
    }
    let after_two = Slice {
        start: PrefixBuffer::new(ClusteringKind::ExclStartBound, [ClusteringValue::Value(&[0, 0, 0, 2])]),
        ..between(2, 4)
    };
    assert_eq!(db.read(&a().slices([between(1, 2), after_two, between(7, 6)])).unwrap().row_count(), 4);
    let page = db.read(&a().page_rows(5)).unwrap();
    let state = || page.next().unwrap().clone();
    assert_eq!(db.read(&a().resume(state())).unwrap().row_count(), 15);
    let refused = db.read(&ReadCommand::key(table.id(), "b").resume(state())).unwrap_err();
    assert!(refused.to_string().contains("the paging state is one of another read"), "{refused}");
    let local = db.table("system", "local").unwrap();
    assert!(db.read(&ReadCommand::all(local.id()).resume(state())).is_err());
}

#[test]
fn a_view_stays_as_it_was() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    db.write(&put(&db, &table, "a", 1, "before")).unwrap();
    let view = db.view();
    db.write(&put(&db, &table, "a", 1, "after")).unwrap();
    db.write(&put(&db, &table, "a", 2, "new")).unwrap();
    let of_view = || lines(&view.read(&ReadCommand::key(table.id(), "a")).unwrap());
    assert_eq!(of_view(), ["a=1:before"]);
    db.flush(table.id()).unwrap();
    db.write(&delete(&db, &table, "a", None)).unwrap();
    db.flush(table.id()).unwrap();
    assert_eq!(of_view(), ["a=1:before"]);
    assert!(db.metrics().pinned_bytes > 0);
    drop(view);
    assert_eq!(db.metrics().pinned_bytes, 0);
    assert!(key(&db, &table, "a").is_empty());
}

#[test]
fn a_batch_is_seen_as_a_whole() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let (db, table) = (&db, &table);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for round in 0..2_000 {
                let batch: Batch =
                    (0..4).map(|c| put(db, table, &format!("k{c}"), 0, &round.to_string())).collect();
                db.submit(&batch).unwrap().wait().unwrap();
                if round % 300 == 0 {
                    db.flush(table.id()).unwrap();
                }
            }
        });
        let mut last = 0;
        while last < 1_999 {
            let keys = (0..4).map(|c| format!("k{c}").into_bytes());
            let page = db.multi_get(table.id(), keys).unwrap();
            let rounds: Vec<String> =
                lines(&page).iter().map(|line| line.rsplit(':').next().unwrap().to_owned()).collect();
            assert!(rounds.is_empty() || rounds.len() == 4, "{rounds:?}");
            assert!(rounds.iter().all(|round| *round == rounds[0]), "{rounds:?}");
            let round = rounds.first().map_or(0, |round| round.parse().unwrap());
            assert!(round >= last, "{round} after {last}");
            last = round;
        }
    });
}

#[test]
fn a_range_that_ends_with_the_token_of_a_damaged_key_of_any_length_says_so_at_once() {
    let place = tempfile::tempdir().unwrap();
    let db = on(place.path()).open().unwrap();
    db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    let table = db.create_table("ks", "CREATE TABLE long (k blob PRIMARY KEY, v blob)").unwrap();
    let longest = [0xFF; u16::MAX as usize];
    let value: &[(&str, Option<&[u8]>)] = &[("v", Some(&[7; 5_000]))];
    db.write(&db.update(&table, &longest).insert(&[], value).unwrap().build().unwrap()).unwrap();
    db.flush(table.id()).unwrap();
    let data = db.view().table(table.id()).unwrap().sstables()[0].live().descriptor().file(Component::Data);
    let mut bytes = std::fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&data, bytes).unwrap();
    db.read(&ReadCommand::key(table.id(), longest)).unwrap_err();
    let token = table.layout().partitioner().token(&longest);
    let range = TokenRange { after: None, through: Some(token) };
    let refused = db.read(&ReadCommand::range(table.id(), range)).unwrap_err();
    assert!(refused.to_string().contains("may be in a damaged SSTable"), "{refused}");
}
