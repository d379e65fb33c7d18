//! What `cqlite import` holds in memory is what `--memory` allows for rows that are not sorted, and 16 MiB for the rest,
//! however many rows there are; and for one row some times its length.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    process::{Child, Stdio},
    thread::sleep,
    time::Duration,
};

use cqlite_tests::cqlite::cqlite;

const MIB: u64 = 1 << 20;
const SCHEMA: &str = "CREATE TABLE ks.t (k bigint, c int, v text, PRIMARY KEY (k, c))";

/// The most memory that the process had so far, or none once it is gone.
fn peak_bytes(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Rows in no order, of 1,000 bytes each.
fn write_rows(path: &Path, rows: u64) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let text = "0123456789abcdef".repeat(60);
    for row in 0..rows {
        let key = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
        writeln!(out, "{key},{row},{text}{row:020}").unwrap();
    }
}

/// Deletions of ranges of one partition, each as long as `width`.
fn write_ranges(path: &Path, ranges: u64, width: u64) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    for range in 0..ranges {
        let (start, end) = (2 * range, 2 * range + width);
        let range = range.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
        writeln!(
            out,
            r#"{{"k":1,"$timestamp":{range},"$delete_range":{{">=":{{"c":{start}}},"<":{{"c":{end}}}}}}}"#
        )
        .unwrap();
    }
}

fn peak_of_import(rows: &Path, options: &[&str]) -> u64 {
    let out = rows.with_extension("out");
    let mut command = cqlite();
    command.arg("import").arg(rows).args(["--schema", SCHEMA, "--out"]).arg(&out).args(options);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak_bytes(&child).unwrap_or(peak).max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        sleep(Duration::from_millis(2));
    };
    assert!(status.success());
    fs::remove_dir_all(out).unwrap();
    peak
}

#[test]
fn an_import_holds_what_it_may_and_16_mib_whatever_the_number_of_rows() {
    let place = tempfile::tempdir().unwrap();
    let rows = place.path().join("rows.csv");
    write_rows(&rows, 330_000);
    for limit in [32, 8] {
        let peak = peak_of_import(&rows, &["--memory", &format!("{limit}MiB")]);
        assert!(peak <= (limit + 16) * MIB, "{} MiB with {limit} MiB allowed", peak / MIB);
    }
}

#[test]
fn ranges_of_one_partition_take_no_more_than_that_however_many_are_open_at_once() {
    let place = tempfile::tempdir().unwrap();
    for width in [1, 100_000] {
        let ranges = place.path().join(format!("{width}.jsonl"));
        write_ranges(&ranges, 100_000, width);
        let peak = peak_of_import(&ranges, &["--memory", "8MiB"]);
        assert!(peak <= (8 + 16) * MIB, "{} MiB with 8 MiB allowed", peak / MIB);
    }
}

#[test]
fn an_import_that_is_told_nothing_holds_no_more_than_144_mib() {
    let place = tempfile::tempdir().unwrap();
    let rows = place.path().join("rows.csv");
    write_rows(&rows, 400_000);
    let peak = peak_of_import(&rows, &[]);
    assert!((100 * MIB..=144 * MIB).contains(&peak), "{} MiB", peak / MIB);
}

#[test]
fn a_long_row_takes_five_times_its_length() {
    const ROW: u64 = 24 * MIB;
    let place = tempfile::tempdir().unwrap();
    let text = "x".repeat(usize::try_from(ROW).unwrap());
    for (name, row) in [
        ("rows.csv", format!("1,1,{text}\n")),
        ("rows.jsonl", format!("{{\"k\":1,\"c\":1,\"v\":\"{text}\"}}\n")),
    ] {
        let rows = place.path().join(name);
        fs::write(&rows, row).unwrap();
        let peak = peak_of_import(&rows, &["--memory", "8MiB"]);
        assert!(peak <= (8 + 16) * MIB + 5 * ROW, "{name}: {} MiB", peak / MIB);
    }
}
