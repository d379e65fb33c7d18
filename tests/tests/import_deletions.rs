//! What a deletion of an import covers is not written: it would be there again once the deletion is purged.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    slice,
};

use cqlite_tests::{
    cqlite::cqlite,
    fuzz::Random,
    known::data_files,
    rewritten::{Compaction, Purge, Rewritten, compact},
    scratch,
};

const SCHEMA: &str =
    "CREATE TABLE ks.t (k int, c int, s int static, v int, m map<int, int>, PRIMARY KEY (k, c))";
const NOW_SECONDS: i64 = 1_700_000_000;
const SEEDS: u64 = 12;
const FILES: usize = 4;

/// Imports JSON lines into one SSTable.
fn import(lines: &[String], place: &Path, options: &[&str]) -> PathBuf {
    fs::create_dir_all(place).unwrap();
    let input = place.join("rows.jsonl");
    fs::write(&input, lines.join("\n")).unwrap();
    let out = place.join("out");
    let mut command = cqlite();
    command.arg("import").arg(&input).arg("--out").arg(&out).args(["--schema", SCHEMA, "--no-verify"]);
    let output = command.args(["--now", &NOW_SECONDS.to_string()]).args(options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let [data] = data_files(&out).unwrap().try_into().unwrap();
    data
}

/// The lossless rows of an SSTable, without its header.
fn rows(data: &Path) -> Vec<String> {
    let output = cqlite().args(["dump", "--lossless"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().skip(1).map(str::to_owned).collect()
}

/// What is left of SSTables when all of their tombstones are purged.
fn purged(data: &[PathBuf], out: &Path) -> Vec<String> {
    let purge = Purge { gc_grace_seconds: 0, now_seconds: NOW_SECONDS + 10 };
    match compact(data, &Compaction { version: "nb", purge: Some(purge) }, out) {
        Rewritten::Written(written) => written.iter().flat_map(|data| rows(data)).collect(),
        Rewritten::Refused(words) => panic!("{words}"),
    }
}

/// Copies an SSTable under another number.
fn copy_as(number: usize, data: &Path, directory: &Path) -> PathBuf {
    fs::create_dir_all(directory).unwrap();
    for entry in fs::read_dir(data.parent().unwrap()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().replacen("nb-1-", &format!("nb-{number}-"), 1);
        fs::copy(entry.path(), directory.join(name)).unwrap();
    }
    directory.join(format!("nb-{number}-big-Data.db"))
}

#[test]
fn rows_that_deletions_of_the_same_input_cover_are_not_written() {
    let lines = [
        r#"{"k":1,"c":1,"v":1,"$timestamp":5}"#,
        r#"{"k":1,"s":1,"$timestamp":6}"#,
        r#"{"k":1,"$delete":"partition","$timestamp":10}"#,
        r#"{"k":1,"c":2,"v":2,"$timestamp":11}"#,
        r#"{"k":1,"$delete_range":{">=":{"c":7}},"$timestamp":9}"#,
        r#"{"k":2,"c":1,"v":1,"$timestamp":5}"#,
        r#"{"k":2,"c":3,"$delete":"row","$timestamp":10}"#,
        r#"{"k":2,"$delete_range":{">=":{"c":0},"<":{"c":5}},"$timestamp":10}"#,
        r#"{"k":2,"c":2,"v":2,"$timestamp":12}"#,
        r#"{"k":2,"c":5,"v":3,"$timestamp":4}"#,
    ];
    let lines = lines.map(str::to_owned);
    let place = scratch::directory();
    // The least memory makes runs of the rows, which are merged.
    for (name, options) in [("memory", &[][..]), ("runs", &["--memory", "1"])] {
        let rows = rows(&import(&lines, &place.path().join(name), options));
        let of = |what: &str| rows.iter().filter(|line| line.starts_with(what)).count();
        assert_eq!((of(r#"{"partition""#), of(r#"{"row""#), of(r#"{"marker""#)), (2, 3, 2), "{rows:#?}");
        assert_eq!(of(r#"{"static""#), 0, "{rows:#?}");
        for clustering in ["00000002", "00000005"] {
            assert!(rows.iter().any(|row| row.contains(&format!("\"clustering\":[\"{clustering}\"]"))));
        }
    }
}

/// A change of one of three partitions, as a line of the input.
fn change(random: &mut Random) -> String {
    let (key, clustering, time) = (random.below(3), random.below(6), 1 + random.below(30));
    let (value, element) = (random.below(4), random.below(3));
    let of = |fields: String| format!(r#"{{"k":{key},"$timestamp":{time},{fields}}}"#);
    match random.below(14) {
        0 if random.below(2) == 0 => of(r#""$delete":"partition""#.to_owned()),
        1 | 2 => of(format!(
            r#""$delete_range":{{">=":{{"c":{clustering}}},"<":{{"c":{}}}}}"#,
            clustering + 1 + random.below(3)
        )),
        3 => of(format!(r#""$delete_range":{{">":{{"c":{clustering}}}}}"#)),
        4 => of(format!(r#""c":{clustering},"$delete":"row""#)),
        5 => of(format!(r#""c":{clustering},"$delete":["v","m"]"#)),
        6 => of(format!(r#""c":{clustering},"$delete_elements":{{"m":[{element}]}}"#)),
        7 | 8 => of(format!(r#""s":{value}"#)),
        9 => of(format!(r#""c":{clustering},"v":{value}"#)),
        _ => of(format!(r#""c":{clustering},"v":{value},"m":{{"{element}":{value}}}"#)),
    }
}

#[test]
fn a_purge_leaves_of_one_import_what_it_leaves_of_several() {
    let (mut left, mut written) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let files: Vec<Vec<String>> =
            (0..FILES).map(|_| (0..25).map(|_| change(&mut random)).collect()).collect();
        let place = scratch::directory();
        let several: Vec<PathBuf> = (1..)
            .zip(&files)
            .map(|(number, lines)| {
                let data = import(lines, &place.path().join(number.to_string()), &[]);
                copy_as(number, &data, &place.path().join("several"))
            })
            .collect();
        let one = import(&files.concat(), &place.path().join("one"), &[]);
        let of_several = purged(&several, &place.path().join("of_several"));
        let of_one = purged(slice::from_ref(&one), &place.path().join("of_one"));
        assert_eq!(of_one, of_several, "seed {seed}");
        left += of_one.len();
        written += rows(&one).len();
    }
    assert!(left > 100 && written > left + 100, "{left} of {written}");
}
