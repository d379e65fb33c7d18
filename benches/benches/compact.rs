//! `cqlite compact` as a user runs it, over four SSTables of 1,000,000 rows each of the table of 12 columns, about 690 bytes
//! a row: four that overlap in all their rows, and four that share none. Whole processes, each run printed as it ends.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly"
)]

use std::path::Path;
use std::process::Command;

use cqlite_benches::{INPUTS, bench_table, disjoint, overlapping};
use cqlite_sstable::reader::Sstable;

const ROWS: u32 = 1_000_000;
const RUNS: usize = 3;

fn main() {
    let data = bench_table(ROWS);
    let raw_bytes =
        Sstable::open(&data).unwrap().compression().unwrap().data_length_bytes * u64::from(INPUTS);
    println!("{:<40} wall s  user s   sys s  peak MB  raw MB/s  MB/s of user", "");
    for (name, inputs) in [("overlapping", overlapping(&data)), ("disjoint", disjoint(&data))] {
        for (how, program, options) in [
            ("", &[][..], &[][..]),
            (", not verified", &[], &["--no-verify"]),
            (", one core", &["taskset", "-c", "0"], &[]),
            (", one core, not verified", &["taskset", "-c", "0"], &["--no-verify"]),
        ] {
            for _ in 0..RUNS {
                run(&format!("{name}{how}"), raw_bytes, program, &inputs, options);
            }
        }
    }
}

/// Runs it under `time`, and prints what that tells.
fn run(name: &str, raw_bytes: u64, program: &[&str], inputs: &Path, options: &[&str]) {
    let out = inputs.with_file_name("compacted");
    let _ = std::fs::remove_dir_all(&out);
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%e %U %S %M"])
        .args(program)
        .arg(cqlite_tests::cqlite::path())
        .arg("compact")
        .args(options)
        .arg("--out")
        .arg(&out)
        .arg(inputs)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let figures: Vec<f64> = told.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    let [wall, user, system, peak_kib] = figures[..] else { panic!("time told {told}") };
    let raw = raw_bytes as f64 / 1e6;
    let peak = peak_kib * 1024.0 / 1e6;
    println!(
        "{name:<40} {wall:6.2}  {user:6.2}  {system:6.2}  {peak:7.1}  {:8.0}  {:12.0}",
        raw / wall,
        raw / user
    );
    std::fs::remove_dir_all(&out).unwrap();
}
