//! What the verbs that write SSTables hold in memory does not grow with the tables, their number, the partitions or the
//! rows: 64 MiB; nor does an export, but with the largest row. An import holds its stated limit and what the others hold.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    ffi::OsStr,
    fs,
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
    sync::Arc,
};

use cqlite_sstable::{
    Format, Partitioner, SstableId, Version,
    component::statistics::{HeaderColumn, SerializationHeader},
    io::{DiskDirectory, MemoryDirectory, OutputDirectory},
    row::{Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row},
    types::CqlType,
    writer::{SstableWriter, WriterOptions},
};
use cqlite_tests::{cqlite::cqlite, peak::run_measured};

const MIB: u64 = 1 << 20;
const LIMIT: u64 = 64 * MIB;
const WRITE_TIME: i64 = 1_700_000_000_000_000;

/// `CREATE TABLE (k bigint, c bigint, v blob, m map<int, blob>, PRIMARY KEY (k, c))`
fn header() -> SerializationHeader {
    let column = |name: &str, column_type| HeaderColumn { name: name.as_bytes().to_vec(), column_type };
    let map = CqlType::Map { key: CqlType::Int.into(), value: CqlType::Blob.into(), frozen: false };
    SerializationHeader {
        min_timestamp: WRITE_TIME,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::BigInt,
        clustering_types: vec![CqlType::BigInt],
        static_columns: Vec::new(),
        regular_columns: vec![column("v", CqlType::Blob), column("m", map)],
    }
}

fn writer(directory: Arc<dyn OutputDirectory>, id: u32, estimated_keys: u64) -> SstableWriter {
    let version = Version::parse("nb", Format::Big).unwrap();
    let partitioner = Partitioner::Murmur3;
    let options = WriterOptions::new(version, &partitioner, estimated_keys);
    SstableWriter::new(directory, version, SstableId::Sequence(id), header(), partitioner, options).unwrap()
}

/// So many keys in the order of their tokens.
fn sorted_keys(count: i64) -> Vec<[u8; 8]> {
    let mut keys: Vec<[u8; 8]> = (0..count).map(i64::to_be_bytes).collect();
    keys.sort_by(|a, b| Partitioner::Murmur3.compare_keys(a, b));
    keys
}

fn start_row(writer: &mut SstableWriter, clustering: i64) {
    let mut values = ClusteringBuffer::default();
    values.push(ClusteringValue::Value(&clustering.to_be_bytes()));
    let row = Row {
        is_static: false,
        clustering: values.as_clustering(),
        liveness: Some(Liveness::new(WRITE_TIME)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    writer.start_row(&row).unwrap();
}

fn push_cell(writer: &mut SstableWriter, column: usize, path: Option<&[u8]>, value: &[u8]) {
    let cell = Cell {
        column,
        timestamp: WRITE_TIME,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path,
        value,
    };
    writer.cell(&cell).unwrap();
}

/// Bytes that hardly compress, other ones for each number.
fn noise(number: u64, into: &mut [u8]) {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for piece in into.chunks_mut(8) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        piece.copy_from_slice((state ^ (state >> 29)).to_le_bytes().split_at(piece.len()).0);
    }
}

/// One row of `value_bytes` in each of these partitions.
fn push_partitions(writer: &mut SstableWriter, keys: &[[u8; 8]], value_bytes: usize) {
    let mut value = vec![0; value_bytes];
    for key in keys {
        writer.start_partition(key, DeletionTime::LIVE).unwrap();
        start_row(writer, 1);
        noise(u64::from_be_bytes(*key), &mut value);
        push_cell(writer, 0, None, &value);
        writer.end_row().unwrap();
        writer.end_partition().unwrap();
    }
}

/// Makes an SSTable with the id 1 in a new directory of `place`, and links it under more ids: they overlap in all rows.
fn overlapping(place: &Path, count: u32, estimated_keys: u64, fill: impl FnOnce(&mut SstableWriter)) {
    let directory = Arc::new(DiskDirectory::create_all(place).unwrap());
    let mut writer = writer(directory, 1, estimated_keys);
    fill(&mut writer);
    let written = writer.finish().unwrap();
    for id in 2..=count {
        for (component, _) in &written.components {
            let name = |id| place.join(format!("nb-{id}-big-{component}"));
            fs::hard_link(name(1), name(id)).unwrap();
        }
    }
}

/// Runs `cqlite` and returns the peak of its memory.
fn peak_of<A: AsRef<OsStr>>(what: &str, arguments: impl IntoIterator<Item = A>) -> u64 {
    let mut command = cqlite();
    command.args(arguments);
    peak(what, &mut command)
}

fn peak(what: &str, command: &mut Command) -> u64 {
    let measured = run_measured(command);
    assert_eq!((measured.code, measured.stderr.as_str()), (Some(0), ""), "{what}");
    eprintln!("{what}: {:.1} MB at most, {} s", measured.peak_bytes as f64 / 1e6, measured.elapsed.as_secs());
    measured.peak_bytes
}

#[test]
fn large_tables_are_compacted_split_and_upgraded() {
    let place = tempfile::tempdir().unwrap();
    let inputs = place.path().join("inputs");
    let keys = sorted_keys(300_000);
    overlapping(&inputs, 4, 300_000, |writer| push_partitions(writer, &keys, 700));
    let input = inputs.join("nb-1-big-Data.db");
    assert!(fs::metadata(&input).unwrap().len() > 3 * LIMIT);
    let out = |name: &str| place.path().join(name).into_os_string();
    let (compact, purge, split, upgrade) = (out("compact"), out("purge"), out("split"), out("upgrade"));
    let (inputs, input) = (inputs.into_os_string(), input.into_os_string());
    let text = OsStr::new;
    let runs: [(&str, &[&OsStr]); 4] = [
        ("compact", &[text("compact"), text("--out"), &compact, &inputs]),
        (
            "compact --purge",
            &[
                text("compact"),
                text("--purge"),
                text("--commitlog-drained"),
                text("--gc-grace"),
                text("0"),
                text("--out"),
                &purge,
                &inputs,
            ],
        ),
        ("split", &[text("split"), text("--count"), text("5"), text("--out"), &split, &input]),
        ("upgrade", &[text("upgrade"), text("--to"), text("da"), text("--out"), &upgrade, &input]),
    ];
    for (what, arguments) in runs {
        assert!(peak_of(what, arguments) <= LIMIT, "{what}");
    }
}

#[test]
fn five_thousand_inputs_that_do_not_overlap_are_compacted_with_few_descriptors() {
    const INPUTS: usize = 5000;
    let place = tempfile::tempdir().unwrap();
    let inputs = place.path().join("inputs");
    fs::create_dir(&inputs).unwrap();
    let keys = sorted_keys(10 * INPUTS as i64);
    for (id, keys) in (1..).zip(keys.chunks(10)) {
        let memory = MemoryDirectory::new("memory");
        let mut writer = writer(Arc::new(memory.clone()), id, 10);
        push_partitions(&mut writer, keys, 200);
        writer.finish().unwrap();
        for name in memory.names().unwrap() {
            fs::write(inputs.join(&name), memory.bytes(&name).unwrap()).unwrap();
        }
    }
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 40; exec \"$@\"", "sh"])
        .arg(cqlite().get_program())
        .args(["compact", "--out"])
        .arg(place.path().join("out"))
        .arg(&inputs);
    assert!(peak("compact of 5,000", &mut command) <= LIMIT);
}

#[test]
fn a_row_of_ten_million_map_entries_is_compacted_split_and_upgraded() {
    let place = tempfile::tempdir().unwrap();
    let inputs = place.path().join("inputs");
    overlapping(&inputs, 2, 1, |writer| {
        writer.start_partition(&7_i64.to_be_bytes(), DeletionTime::LIVE).unwrap();
        start_row(writer, 1);
        for entry in 0..10_000_000_i32 {
            push_cell(writer, 1, Some(&entry.to_be_bytes()), b"entry");
        }
        writer.end_row().unwrap();
        writer.end_partition().unwrap();
    });
    let out = |name: &str| place.path().join(name).into_os_string();
    let text = OsStr::new;
    let (all, one) = (inputs.clone().into_os_string(), inputs.join("nb-1-big-Data.db").into_os_string());
    assert!(peak_of("compact", [text("compact"), text("--out"), &out("compact"), &all]) <= LIMIT);
    assert!(
        peak_of("split", [text("split"), text("--count"), text("2"), text("--out"), &out("split"), &one])
            <= LIMIT
    );
    assert!(
        peak_of("upgrade", [text("upgrade"), text("--to"), text("da"), text("--out"), &out("upgrade"), &one])
            <= LIMIT
    );
}

#[test]
fn a_partition_of_many_rows_is_compacted_and_upgraded() {
    let place = tempfile::tempdir().unwrap();
    let inputs = place.path().join("inputs");
    overlapping(&inputs, 2, 1, |writer| {
        writer.start_partition(&7_i64.to_be_bytes(), DeletionTime::LIVE).unwrap();
        let mut value = [0; 64];
        for row in 0..3_000_000 {
            start_row(writer, row);
            noise(row as u64, &mut value);
            push_cell(writer, 0, None, &value);
            writer.end_row().unwrap();
        }
        writer.end_partition().unwrap();
    });
    let out = |name: &str| place.path().join(name).into_os_string();
    let text = OsStr::new;
    let (all, one) = (inputs.clone().into_os_string(), inputs.join("nb-1-big-Data.db").into_os_string());
    assert!(peak_of("compact", [text("compact"), text("--out"), &out("compact"), &all]) <= LIMIT);
    assert!(
        peak_of("upgrade", [text("upgrade"), text("--to"), text("da"), text("--out"), &out("upgrade"), &one])
            <= LIMIT
    );
}

#[test]
fn an_import_holds_the_memory_that_it_states() {
    const STATED: u64 = 16 * MIB;
    // Beside the rows: what writing and verifying an SSTable takes, and the merge of the runs.
    const BESIDE: u64 = 24 * MIB;
    let place = tempfile::tempdir().unwrap();
    let schema = place.path().join("schema.cql");
    fs::write(&schema, "CREATE TABLE ks.t (k bigint, c bigint, v text, PRIMARY KEY (k, c));").unwrap();
    let rows = place.path().join("rows.csv");
    let mut file = BufWriter::new(fs::File::create(&rows).unwrap());
    let text = "x".repeat(480);
    writeln!(file, "k,c,v").unwrap();
    for row in 0..350_000_u64 {
        let key = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        writeln!(file, "{key},{row},{text}").unwrap();
    }
    file.flush().unwrap();
    assert!(fs::metadata(&rows).unwrap().len() > 10 * STATED);
    let out = place.path().join("out");
    let arguments = [
        OsStr::new("import"),
        OsStr::new("--memory"),
        OsStr::new("16MiB"),
        OsStr::new("--header"),
        OsStr::new("--schema"),
        schema.as_os_str(),
        OsStr::new("--out"),
        out.as_os_str(),
        rows.as_os_str(),
    ];
    assert!(peak_of("import", arguments) <= STATED + BESIDE);
}

#[test]
fn an_export_of_many_sstables_and_of_a_large_partition() {
    let place = tempfile::tempdir().unwrap();
    let many = place.path().join("many");
    overlapping(&many, 300, 5_000, |writer| push_partitions(writer, &sorted_keys(5_000), 2_000));
    let wide = place.path().join("wide");
    overlapping(&wide, 1, 1, |writer| {
        let mut value = [0; 1_000];
        writer.start_partition(&[0; 8], DeletionTime::LIVE).unwrap();
        for clustering in 0..200_000 {
            start_row(writer, clustering);
            noise(clustering as u64, &mut value);
            push_cell(writer, 0, None, &value);
            writer.end_row().unwrap();
        }
        writer.end_partition().unwrap();
    });
    for (what, directory) in [("300 SSTables", many), ("a partition of 200 MB", wide)] {
        let arguments =
            [OsStr::new("export"), OsStr::new("--format"), OsStr::new("jsonl"), directory.as_os_str()];
        assert!(peak_of(what, arguments) < LIMIT, "{what}");
    }
}
