//! `cqlite set` changes what Cassandra's own tools change, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use cqlite_sstable::component::statistics::{MutableState, Statistics};
use cqlite_sstable::io::{DiskDirectory, FaultyDirectory};
use cqlite_sstable::tools::set::{Change, Plan, RepairChange};
use cqlite_sstable::{Component, Format, Version};
use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::{self, Tools},
    cqlite, fixtures,
    known::KnownSstable,
    transaction_log,
};
use tempfile::TempDir;

const SESSION: &str = "5a1c395e-b41f-11e5-9f22-ba0be0483c18";

/// A copy of an SSTable in a directory named as its own: the directory to keep, and its Data.db and Statistics.db.
struct Copied {
    _place: TempDir,
    data: PathBuf,
    statistics: PathBuf,
}

fn copy_of(sstable: &KnownSstable) -> Copied {
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("keyspace").join(sstable.directory().file_name().unwrap());
    fs::create_dir_all(&table).unwrap();
    for component in Component::ALL {
        let name = format!("{}-{component}", sstable.stem());
        let from = sstable.directory().join(&name);
        if from.exists() {
            fs::copy(from, table.join(name)).unwrap();
        }
    }
    let of = |component: Component| table.join(format!("{}-{component}", sstable.stem()));
    Copied { data: of(Component::Data), statistics: of(Component::Statistics), _place: place }
}

fn set(path: &Path, options: &[&str]) -> Output {
    cqlite::cqlite().arg("set").args(options).arg(path).output().unwrap()
}

fn version_of(sstable: &KnownSstable) -> Version {
    let format = if sstable.version == "da" { Format::Bti } else { Format::Big };
    Version::parse(&sstable.version, format).unwrap()
}

fn orders(format: cassandra::Format) -> KnownSstable {
    fixtures::table(format, "shop", "orders").sstables.remove(0)
}

fn state(copied: &Copied, version: Version) -> MutableState {
    MutableState::of(&Statistics::parse(&fs::read(&copied.statistics).unwrap(), version).unwrap().stats)
}

#[test]
fn without_yes_it_tells_what_would_change_and_changes_nothing() {
    let copied = copy_of(&orders(cassandra::Format::Nb));
    let before = fs::read(&copied.statistics).unwrap();
    let output = set(&copied.data, &["--level", "3", "--pending-repair", SESSION]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.ends_with(&format!(": level 0 -> 3, pending repair none -> {SESSION}\n")), "{told}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--yes"));
    assert_eq!(fs::read(&copied.statistics).unwrap(), before);
}

#[test]
fn each_option_changes_its_fields() {
    for format in cassandra::Format::ALL {
        let known = orders(format);
        let (copied, version) = (copy_of(&known), version_of(&known));
        let session = u128::from_str_radix(&SESSION.replace('-', ""), 16).unwrap().to_be_bytes();
        type Step = (&'static [&'static str], i32, i64, Option<[u8; 16]>);
        let steps: [Step; 6] = [
            (&["--level", "8"], 8, 0, None),
            (&["--pending-repair", SESSION], 8, 0, Some(session)),
            (&["--repaired-at", "1700000000000", "--level", "0"], 0, 1_700_000_000_000, None),
            (&["--no-pending-repair"], 0, 1_700_000_000_000, None),
            (&["--pending-repair", SESSION], 0, 0, Some(session)),
            (&["--unrepaired"], 0, 0, None),
        ];
        let original = fs::read(&copied.statistics).unwrap();
        for (options, sstable_level, repaired_at_millis, pending_repair) in steps {
            let output = set(&copied.data, &[options, &["--yes"]].concat());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let expected =
                MutableState { sstable_level, repaired_at_millis, pending_repair, is_transient: false };
            assert_eq!(state(&copied, version), expected, "{options:?}");
        }
        assert_eq!(fs::read(&copied.statistics).unwrap(), original, "set back to what it was");
        let names: Vec<_> = fs::read_dir(copied.data.parent().unwrap()).unwrap().flatten().collect();
        assert!(names.iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".tmp")));
    }
}

/// Sets another state and then the old one again.
fn set_and_set_back(sstables: &[KnownSstable]) -> usize {
    for known in sstables {
        let name = format!("{}-{}", known.stem(), Component::Statistics);
        let file = fs::read(known.directory().join(name)).unwrap();
        let read = Statistics::parse(&file, version_of(known)).unwrap();
        let old = MutableState::of(&read.stats);
        let pending = read.version.has_pending_repair().then_some([7; 16]);
        let new = MutableState {
            sstable_level: old.sstable_level + 1,
            repaired_at_millis: if pending.is_some() { 0 } else { 5 },
            pending_repair: pending,
            is_transient: read.version.has_is_transient(),
        };
        let new = MutableState { is_transient: new.is_transient && pending.is_some(), ..new };
        let changed = new.write_into(&file, version_of(known)).unwrap();
        let shown = known.data_path.display();
        let read_again = Statistics::parse(&changed, version_of(known)).unwrap();
        assert_eq!(MutableState::of(&read_again.stats), new, "{shown}");
        assert_eq!((&read_again.header, &read_again.compaction), (&read.header, &read.compaction), "{shown}");
        assert!(old.write_into(&changed, version_of(known)).unwrap() == file, "{shown}: other bytes");
    }
    sstables.len()
}

#[test]
fn what_is_set_back_has_the_bytes_that_it_had_in_every_version() {
    let changed = set_and_set_back(&fixtures::sstables().unwrap());
    assert!(changed > 200, "only {changed} were changed");
}

#[test]
fn what_is_set_back_has_the_bytes_that_it_had_in_the_corpus() {
    let Some(corpus) = corpus_or_skip("what_is_set_back_has_the_bytes_that_it_had_in_the_corpus") else {
        return;
    };
    let changed = set_and_set_back(&corpus.sstables().unwrap());
    assert!(changed > 600, "only {changed} were changed");
}

#[test]
fn the_bytes_are_those_that_sstablerepairedset_leaves() {
    let Some(cassandra) = cassandra_or_skip("the_bytes_are_those_that_sstablerepairedset_leaves") else {
        return;
    };
    let mut tools = Tools::shared(&cassandra).unwrap();
    for format in cassandra::Format::ALL {
        let known = orders(format);
        let (theirs, ours) = (copy_of(&known), copy_of(&known));
        for (option, their_option) in
            [("--repaired-at", "--is-repaired"), ("--unrepaired", "--is-unrepaired")]
        {
            let data = theirs.data.to_str().unwrap();
            let output = tools.run("SSTableRepairedAtSetter", ["--really-set", their_option, data]).unwrap();
            assert!(output.success(), "{}", output.stderr);
            let millis = state(&theirs, version_of(&known)).repaired_at_millis.to_string();
            let options = [option, millis.as_str(), "--yes"];
            let options = if option == "--unrepaired" { &["--unrepaired", "--yes"][..] } else { &options };
            assert!(set(&ours.data, options).status.success());
            let [theirs, ours] = [&theirs, &ours].map(|copied| fs::read(&copied.statistics).unwrap());
            assert!(ours == theirs, "{format} {option}");
        }
    }
}

#[test]
fn cassandra_reads_the_level_and_the_repair_that_were_set() {
    let Some(cassandra) = cassandra_or_skip("cassandra_reads_the_level_and_the_repair_that_were_set") else {
        return;
    };
    let mut tools = Tools::shared(&cassandra).unwrap();
    for format in cassandra::Format::ALL {
        let copied = copy_of(&orders(format));
        assert!(set(&copied.data, &["--level", "4", "--pending-repair", SESSION, "--yes"]).status.success());
        let told = tools.sstablemetadata(&copied.data, &[] as &[&str]).unwrap();
        assert!(told.success(), "{}", told.stderr);
        let told = String::from_utf8(told.stdout).unwrap();
        assert!(told.contains("SSTable Level: 4"), "{told}");
        assert!(told.contains(&format!("Pending repair: {SESSION}")), "{told}");
    }
}

#[test]
fn a_write_that_fails_anywhere_leaves_the_old_file_or_the_new_one() {
    let known = orders(cassandra::Format::Oa);
    let change = Change { level: Some(5), repair: Some(RepairChange::Repaired(9)) };
    let (mut failures, mut steps) = (0, 0);
    loop {
        let copied = copy_of(&known);
        let name = copied.statistics.file_name().unwrap().to_str().unwrap();
        let disk = Arc::new(DiskDirectory::new(copied.statistics.parent().unwrap()));
        let plan = Plan::new(&*disk, name, version_of(&known), &change).unwrap();
        let old = fs::read(&copied.statistics).unwrap();
        let result = plan.carry_out(&FaultyDirectory::new(disk, steps));
        let now = state(&copied, version_of(&known));
        if result.is_ok() {
            assert_eq!((now.sstable_level, now.repaired_at_millis), (5, 9));
            break;
        }
        let is_old = fs::read(&copied.statistics).unwrap() == old;
        let said = result.unwrap_err().to_string();
        assert!(is_old || (now == plan.after && said.contains("has changed")), "{steps}: {said}");
        failures += 1;
        // Byte after byte at both ends, in strides between.
        steps += if (20..old.len() as u64 - 20).contains(&steps) { 211 } else { 1 };
        assert!(steps < 2 * old.len() as u64, "it never succeeds");
    }
    assert!(failures > 40, "only {failures} failures");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_changes() {
    let known = orders(cassandra::Format::Nb);
    let copied = copy_of(&known);
    let before = fs::read(&copied.statistics).unwrap();
    let refused: [(&[&str], &str); 7] = [
        (&[], "required"),
        (&["--level", "9"], "0 to 8"),
        (&["--repaired-at", "0"], "no time of a repair"),
        (&["--repaired-at", "yesterday"], "milliseconds"),
        (&["--pending-repair", "d2177dd0-eaa2-41de-a572-001b779c76e3"], "version 1"),
        (&["--pending-repair", SESSION, "--unrepaired"], "cannot be used with"),
        (&["--repaired-at", "now", "--no-pending-repair"], "cannot be used with"),
    ];
    for (options, told) in refused {
        let output = set(&copied.data, &[options, &["--yes"]].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(told), "{options:?}: {said}");
    }
    assert_eq!(fs::read(&copied.statistics).unwrap(), before);
}

#[test]
fn a_version_without_pending_repairs_is_named() {
    let known = fixtures::sstables().unwrap().into_iter().find(|one| one.version == "me").unwrap();
    let copied = copy_of(&known);
    let output = set(&copied.data, &["--pending-repair", SESSION, "--yes"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'me' does not record pending repairs"));
    assert!(set(&copied.data, &["--level", "2", "--yes"]).status.success());
    assert_eq!(state(&copied, version_of(&known)).sstable_level, 2);
}

#[test]
fn a_table_with_an_unfinished_transaction_is_left_alone() {
    let copied = copy_of(&orders(cassandra::Format::Nb));
    let before = fs::read(&copied.statistics).unwrap();
    let table = copied.data.parent().unwrap();
    for component in Component::ALL {
        let of = |id: u32| table.join(format!("nb-{id}-big-{component}"));
        if of(1).exists() {
            fs::copy(of(1), of(2)).unwrap();
        }
    }
    let log = table.join("nb_txn_compaction_5a1c395e-b41f-11e5-9f22-ba0be0483c18.log");
    fs::write(log, transaction_log::add(table, 2)).unwrap();
    let output = set(table, &["--level", "2", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("transaction"), "{said}");
    assert_eq!(fs::read(&copied.statistics).unwrap(), before);
}

#[test]
fn the_file_keeps_its_mode_and_its_owner() {
    let copied = copy_of(&orders(cassandra::Format::Nb));
    let statistics = &copied.statistics;
    fs::set_permissions(statistics, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(statistics).unwrap();
    let output = set(&copied.data, &["--level", "3", "--yes"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = fs::metadata(statistics).unwrap();
    assert_ne!(before.ino(), after.ino(), "another file took the name");
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
}
