//! `cqlite dump` prints what Cassandra's `sstabledump` prints, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::{Cassandra, Tools},
    cqlite, fixtures,
    known::{KnownSstable, read_gz},
};

struct Printed {
    stdout: Vec<u8>,
    stderr: String,
    code: Option<i32>,
}

fn dump(data: &Path, options: &[&str]) -> Printed {
    let output = cqlite::cqlite().arg("dump").arg(data).args(options).output().unwrap();
    Printed {
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

/// Whether a TTL has run out depends on the day of the dump.
fn without_expired(dump: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(dump).into_owned();
    for said in [", \"expired\" : true", ", \"expired\" : false", ",\"expired\":true", ",\"expired\":false"] {
        text = text.replace(said, "");
    }
    text
}

/// Says where two texts part, not all of both.
fn assert_same(ours: &[u8], theirs: &[u8], what: &str) {
    if ours == theirs {
        return;
    }
    let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let near = |text: &[u8]| {
        let from = at.saturating_sub(80);
        String::from_utf8_lossy(&text[from.min(text.len())..text.len().min(at + 120)]).into_owned()
    };
    panic!("{what}: differs at byte {at}\n  ours:   {}\n  theirs: {}", near(ours), near(theirs));
}

fn assert_equals_kept(sstable: &KnownSstable, options: &[&str], truth: &Path) {
    let what = format!("{} {options:?}", sstable.data_path.display());
    let ours = dump(&sstable.data_path, options);
    assert_eq!((ours.code, ours.stderr.as_str()), (Some(0), ""), "{what}");
    let (ours, theirs) = (without_expired(&ours.stdout), without_expired(&read_gz(truth).unwrap()));
    assert_same(ours.as_bytes(), theirs.as_bytes(), &what);
}

/// Compares every dump that is kept, and says how many there were.
fn compare_kept(sstables: &[KnownSstable]) -> usize {
    let mut compared = 0;
    for sstable in sstables {
        let dumps: [(&[&str], _); 5] = [
            (&[], &sstable.truth_dump),
            (&["-t"], &sstable.truth_dump_raw_time),
            (&["-l"], &sstable.truth_dump_lines),
            (&["-d"], &sstable.truth_dump_internal),
            (&["-e"], &sstable.truth_dump_keys),
        ];
        for (options, truth) in dumps {
            if let Some(truth) = truth {
                assert_equals_kept(sstable, options, truth);
                compared += 1;
            }
        }
        if let Some(truth) = &sstable.truth_failed {
            assert_goes_on_where_the_tool_dies(sstable, &read_gz(truth).unwrap());
            compared += 1;
        }
    }
    compared
}

/// The tool's JSON generator closes what was open when it died; up to there both are equal.
fn assert_goes_on_where_the_tool_dies(sstable: &KnownSstable, died: &[u8]) {
    let ours = dump(&sstable.data_path, &[]);
    let what = sstable.data_path.display();
    assert_eq!((ours.code, ours.stderr.as_str()), (Some(0), ""), "{what}");
    let same = ours.stdout.iter().zip(died).take_while(|(a, b)| a == b).count();
    let closing = String::from_utf8_lossy(&died[same..]).into_owned();
    assert!(closing.chars().all(|c| " \n]}".contains(c)), "{what}: {closing}");
    let parsed: serde_json::Value = serde_json::from_slice(&ours.stdout).unwrap();
    assert!(!parsed.as_array().unwrap().is_empty(), "{what}");
}

#[test]
fn the_dump_of_every_fixture_equals_what_sstabledump_printed() {
    let compared = compare_kept(&fixtures::sstables().unwrap());
    assert!(compared > 300, "only {compared} dumps are kept");
}

#[test]
fn the_dump_of_every_corpus_sstable_equals_what_sstabledump_printed() {
    let name = "the_dump_of_every_corpus_sstable_equals_what_sstabledump_printed";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let compared = compare_kept(&corpus.sstables().unwrap());
    assert!(compared > 400, "only {compared} dumps are kept");
}

/// The keys of an SSTable as text, from the lines of the internal dump.
fn keys_of(data: &Path) -> Vec<String> {
    let lines = String::from_utf8_lossy(&dump(data, &["-d"]).stdout).into_owned();
    let mut keys: Vec<String> = Vec::new();
    for line in lines.lines() {
        let Some((key, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("]@")) else {
            continue;
        };
        let plain =
            rest.starts_with(|c: char| c.is_ascii_digit()) && !key.is_empty() && !key.starts_with('-');
        if plain && keys.last().is_none_or(|last| last != key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// The option sets that are compared with the live tool.
fn option_sets(data: &Path) -> Vec<Vec<String>> {
    let fixed: [&[&str]; 8] =
        [&[], &["-l"], &["-t"], &["-d"], &["-e"], &["-l", "-t"], &["-d", "-t"], &["-e", "-l"]];
    let mut sets: Vec<Vec<String>> =
        fixed.iter().map(|set| set.iter().map(|option| (*option).to_owned()).collect()).collect();
    let keys = keys_of(data);
    if let (Some(first), Some(last)) = (keys.first(), keys.last()) {
        let set = |options: &[&str]| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        sets.push(set(&["-k", first]));
        sets.push(set(&["-x", first]));
        sets.push(set(&["-l", "-k", first, "-x", first]));
        if first != last {
            sets.push(set(&["-k", last, first]));
            sets.push(set(&["-t", "-k", last, "-x", first]));
            sets.push(set(&["-x", last, first]));
            sets.push(set(&["-d", "-k", last]));
            sets.push(set(&["-d", "-x", last]));
        }
    }
    sets
}

/// Compares two JVMs' dumps at a time, and says how many there were.
fn compare_live(cassandra: &Cassandra, sstables: &[KnownSstable]) -> usize {
    let waiting = Mutex::new(sstables.iter().filter(|sstable| sstable.truth_failed.is_none()));
    thread::scope(|scope| {
        let workers = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut tools = Tools::start(cassandra).unwrap();
                let next = || waiting.lock().unwrap().next();
                std::iter::from_fn(next).map(|sstable| compare_every_mode(sstable, &mut tools)).sum::<usize>()
            })
        });
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    })
}

fn compare_every_mode(sstable: &KnownSstable, tools: &mut Tools) -> usize {
    let (mut compared, mut fills_the_heap) = (0, false);
    for options in option_sets(&sstable.data_path) {
        let what = format!("{} {options:?}", sstable.data_path.display());
        let is_whole_internal =
            options.first().is_some_and(|first| first == "-d") && !options.contains(&"-k".to_owned());
        if is_whole_internal && fills_the_heap {
            eprintln!("{what}: left out, its rows fill the tool's heap, which takes long");
            continue;
        }
        let theirs = tools.sstabledump(&sstable.data_path, &options).unwrap();
        if !theirs.success() {
            eprintln!("{what}: the tool dies: {}", theirs.stderr.lines().next().unwrap_or_default());
            fills_the_heap |= is_whole_internal && theirs.stderr.contains("OutOfMemoryError");
            continue;
        }
        let ours = dump(&sstable.data_path, &options.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((ours.code, ours.stderr.as_str()), (Some(0), ""), "{what}");
        assert_same(&ours.stdout, &theirs.stdout, &what);
        compared += 1;
    }
    compared
}

#[test]
fn every_mode_equals_the_live_tool_on_the_fixtures() {
    let Some(cassandra) = cassandra_or_skip("every_mode_equals_the_live_tool_on_the_fixtures") else {
        return;
    };
    let compared = compare_live(&cassandra, &fixtures::sstables().unwrap());
    assert!(compared > 1000, "only {compared} dumps were compared");
}

#[test]
fn every_mode_equals_the_live_tool_on_the_corpus() {
    let name = "every_mode_equals_the_live_tool_on_the_corpus";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let Some(corpus) = corpus_or_skip(name) else { return };
    let compared = compare_live(&cassandra, &corpus.sstables().unwrap());
    assert!(compared > 10_000, "only {compared} dumps were compared");
}
