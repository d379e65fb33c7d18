//! What `cqlite dump` holds in memory does not grow with the file, the partition or the row: 32 MiB, and twice the
//! largest cell.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{fs, io::Read as _, path::Path, process::Stdio};

use cqlite_tests::{
    cqlite::cqlite,
    generated::{
        CHUNK_BYTES, Repeated, partitions, push_element, push_partition, push_row, push_rows_of_a_chunk,
        push_uvint, push_value,
    },
    peak::{peak_bytes, run_measured},
};

const MIB: u64 = 1 << 20;
const LIMIT: u64 = 32 * MIB;

/// Dumps all of an SSTable to nowhere and returns the peak of its memory.
fn peak_of_full_dump(data: &Path) -> u64 {
    let dumped = run_measured(cqlite().arg("dump").arg(data));
    assert_eq!((dumped.code, dumped.stderr.as_str()), (Some(0), ""));
    eprintln!("{} MiB at most, {} s", dumped.peak_bytes / MIB, dumped.elapsed.as_secs());
    dumped.peak_bytes
}

/// Dumps until `output` bytes were read, then closes the pipe; returns the peak of its memory.
fn peak_of_begun_dump(data: &Path, options: &[&str], output: u64) -> u64 {
    let mut child = cqlite()
        .arg("dump")
        .arg(data)
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut room = vec![0; 1 << 20];
    let (mut read, mut peak) = (0, 0);
    while read < output {
        let count = stdout.read(&mut room).unwrap();
        assert!(count > 0, "the dump ended after {read} bytes");
        read += count as u64;
        peak = peak_bytes(&child).unwrap_or(peak);
    }
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    eprintln!("{} MiB at most while {} MiB of output were read", peak / MIB, read / MIB);
    peak
}

/// 100 GB when decompressed.
const CHUNKS_OF_100_GB: u64 = 100_000_000_000 / CHUNK_BYTES as u64;
/// More than a test reads.
const WRITTEN_CHUNKS: u64 = 60_000;

#[test]
fn a_table_of_100_gb_in_many_partitions() {
    let table = Repeated { written_chunks: WRITTEN_CHUNKS, ..partitions(CHUNKS_OF_100_GB) };
    let directory = tempfile::tempdir().unwrap();
    let data = table.write(directory.path()).unwrap();
    for indexed in [false, true] {
        if indexed {
            write_index(&data);
        }
        assert!(peak_of_begun_dump(&data, &[], 200 * MIB) <= LIMIT);
        assert!(peak_of_begun_dump(&data, &["-e"], MIB / 4) <= LIMIT);
        assert!(peak_of_begun_dump(&data, &["-d"], 200 * MIB) <= LIMIT);
    }
}

/// An Index.db that has a partition in each chunk: with it, a dump is divided among threads.
fn write_index(data: &Path) {
    let mut index = Vec::new();
    for chunk in 0..WRITTEN_CHUNKS {
        index.extend([0, 4, 0, 0, 0, 7]);
        push_uvint(&mut index, chunk * CHUNK_BYTES as u64);
        index.push(0);
    }
    fs::write(data.with_file_name("nb-1-big-Index.db"), index).unwrap();
}

#[test]
fn a_partition_of_100_gb() {
    let mut head = Vec::new();
    push_partition(&mut head);
    push_rows_of_a_chunk(&mut head, 0);
    let mut body = Vec::new();
    push_rows_of_a_chunk(&mut body, 0);
    let table =
        Repeated { head, body, times: CHUNKS_OF_100_GB, tail: vec![0x01], written_chunks: WRITTEN_CHUNKS };
    let directory = tempfile::tempdir().unwrap();
    let data = table.write(directory.path()).unwrap();
    for format in [&[][..], &["-l"]] {
        assert!(peak_of_begun_dump(&data, format, 200 * MIB) <= LIMIT);
    }
}

/// One row with a map of `elements` elements of `element_bytes` each.
fn row_of_elements(element_bytes: usize, elements: u64) -> Repeated {
    // What stands in front of the elements: partition 18, row 16, the count 9.
    const HEAD: usize = 18 + 4 + 9 + 3 + 9;
    let mut body = Vec::new();
    for _ in 0..CHUNK_BYTES / element_bytes {
        push_element(&mut body, element_bytes);
    }
    let times = elements * element_bytes as u64 / CHUNK_BYTES as u64;
    let first = CHUNK_BYTES - HEAD;
    let mut head = Vec::new();
    push_partition(&mut head);
    push_row(&mut head, true, 9 + first as u64 + times * CHUNK_BYTES as u64);
    head.push(0xFF);
    head.extend((elements + 1).to_be_bytes());
    assert_eq!(head.len(), HEAD);
    push_element(&mut head, first);
    Repeated { head, body, times, tail: vec![0x01], written_chunks: u64::MAX }
}

#[test]
fn a_row_of_2_gb() {
    let directory = tempfile::tempdir().unwrap();
    let data = row_of_elements(1024, 2 << 20).write(directory.path()).unwrap();
    assert!(peak_of_full_dump(&data) <= LIMIT);
}

#[test]
fn a_cell_of_200_mb() {
    const VALUE: usize = 200 << 20;
    let mut all = Vec::new();
    push_partition(&mut all);
    // The flags, the length and the value of the cell.
    push_row(&mut all, false, 1 + 9 + VALUE as u64);
    let start = all.len();
    push_value(&mut all, VALUE);
    assert_eq!(all.len() - start, 10 + VALUE);
    all.push(0x01);
    let tail = all.split_off(all.len() / CHUNK_BYTES * CHUNK_BYTES);
    let times = (all.len() / CHUNK_BYTES - 1) as u64;
    all.truncate(CHUNK_BYTES);
    let table = Repeated { head: all, body: vec![0; CHUNK_BYTES], times, tail, written_chunks: u64::MAX };
    let directory = tempfile::tempdir().unwrap();
    let data = table.write(directory.path()).unwrap();
    assert!(peak_of_full_dump(&data) <= LIMIT + 2 * VALUE as u64);
}
