//! The lossless form of rows: what is printed is read back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;

use cqlite_sstable::{
    component::statistics::SerializationHeader,
    reader::Sstable,
    row::{Unfiltered, UnfilteredPartitions},
    tools::{
        dump::{DumpFormat, DumpOptions, dump},
        lossless::{LosslessPrinter, LosslessReader},
    },
};
use cqlite_tests::{available::corpus_or_skip, cqlite::cqlite, fixtures, known::KnownSstable};

fn lossless(sstable: &Sstable) -> Vec<u8> {
    let mut text = Vec::new();
    let options = DumpOptions { format: DumpFormat::Lossless, ..DumpOptions::new(0) };
    dump(sstable, &options, &mut text).unwrap();
    text
}

/// Prints what a source shows as a dump does: static rows without content are left out.
fn print(source: &mut dyn UnfilteredPartitions, header: &SerializationHeader) -> Vec<u8> {
    let (mut printer, mut out) = (LosslessPrinter::new(header), Vec::new());
    while source.advance_partition().unwrap() {
        let partition = source.partition();
        printer.partition(partition.key, Some(partition.deletion), &mut out);
        if let Some(static_row) = &partition.static_row {
            let start = out.len();
            printer.start_row(static_row, &mut out);
            if print_items(source, &mut printer, &mut out) == 0 {
                out.truncate(start);
            }
        }
        while source.advance_unfiltered().unwrap() {
            match source.unfiltered() {
                Unfiltered::Marker(marker) => printer.marker(&marker, &mut out),
                Unfiltered::Row(row) => {
                    printer.start_row(&row, &mut out);
                    print_items(source, &mut printer, &mut out);
                }
            }
        }
    }
    out
}

fn print_items(
    source: &mut dyn UnfilteredPartitions,
    printer: &mut LosslessPrinter,
    out: &mut Vec<u8>,
) -> usize {
    let mut count = 0;
    while source.advance_item().unwrap() {
        printer.item(&source.item(), out);
        count += 1;
    }
    printer.end_row(out);
    count
}

fn check_round_trip(known: &KnownSstable) {
    let place = known.data_path.display();
    let sstable = Sstable::open(&known.data_path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let text = lossless(&sstable);
    let mut reader = LosslessReader::open(text.as_slice(), Path::new("lines")).unwrap();
    let header = reader.header().clone();
    assert_eq!(&header.serialization, sstable.header(), "{place}");
    assert_eq!(header.version, sstable.version().to_string(), "{place}");
    let stats = &sstable.statistics().stats;
    assert_eq!(header.level, stats.sstable_level);
    assert_eq!(header.repaired_at_millis, stats.repaired_at_millis);
    assert_eq!(header.pending_repair, stats.pending_repair);
    assert_eq!(header.host_id, stats.originating_host_id);
    assert_eq!(header.commit_log_intervals, stats.commit_log_intervals.intervals());
    let told = header.compression.map(|told| (told.compressor, told.chunk_length_bytes, told.options));
    let stored = sstable.compression();
    assert_eq!(
        told,
        stored.map(|info| (info.compressor, info.chunk_length_bytes, info.options.clone())),
        "{place}"
    );
    let again = print(&mut reader, &header.serialization);
    let rows = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert!(again == text[rows..], "{place}: the rows differ");
}

#[test]
fn every_fixture_is_read_back_as_it_was_printed() {
    let all = fixtures::sstables().unwrap();
    assert!(all.len() > 100, "{}", all.len());
    all.iter().for_each(check_round_trip);
}

#[test]
fn every_sstable_of_the_corpus_is_read_back_as_it_was_printed() {
    let Some(corpus) = corpus_or_skip("every_sstable_of_the_corpus_is_read_back_as_it_was_printed") else {
        return;
    };
    let all = corpus.sstables().unwrap();
    let mut read = 0;
    for known in &all {
        // What the reader refuses is the matter of other tests.
        if Sstable::open(&known.data_path).is_ok() {
            check_round_trip(known);
            read += 1;
        }
    }
    assert!(read > 700, "{read} of {}", all.len());
}

#[test]
fn the_command_prints_one_sstable_and_refuses_what_would_lose_something() {
    let table = fixtures::tables().unwrap().into_iter().find(|table| table.sstables.len() > 1).unwrap();
    let data = &table.sstables[0].data_path;
    let output = cqlite().arg("dump").arg("--lossless").arg(data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let header = output.stdout.split(|byte| *byte == b'\n').next().unwrap();
    let header: serde_json::Value = serde_json::from_slice(header).unwrap();
    assert_eq!(header["table"], table.table.as_str());
    assert_eq!(output.stdout[output.stdout.len() - 1], b'\n');
    for refused in [["--raw-times"], ["--tombstones-only"], ["--lines"]] {
        let output = cqlite().args(["dump", "--lossless"]).args(refused).arg(data).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{refused:?}");
    }
    let output = cqlite().args(["dump", "--lossless"]).arg(&table.directory).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("one SSTable"));
}
