//! What a salvage recovers of sound and damaged SSTables, and that it changes none of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::salvage::{Counts, LossKind, SalvageOptions, Stream};
use cqlite_sstable::{Component, ErrorKind, Result};
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::fixtures;
use cqlite_tests::fuzz::random::Random;
use cqlite_tests::known::KnownSstable;
use cqlite_tests::mutated::MutatedSstable;
use cqlite_tests::salvaged::{Salvaged, is_row, scanned_items};

fn salvaged(sstable: &MutatedSstable) -> Result<Salvaged> {
    let sstable = Sstable::open_files(Box::new(sstable.files()), sstable.version)?;
    Salvaged::of(&sstable, &SalvageOptions { skips_in_counters: true, ..SalvageOptions::default() })
}

fn assert_whole(sstable: &KnownSstable) -> Option<u64> {
    let path = &sstable.data_path;
    let opened = Sstable::open(path).ok()?;
    let expected = scanned_items(&opened).unwrap_or_else(|error| panic!("{error}"));
    let found = Salvaged::of(&opened, &SalvageOptions::default()).unwrap();
    assert!(found.report.is_complete(), "{}: {:?} {:?}", path.display(), found.report, found.losses);
    let recovered = found.items(Stream::Recovered);
    assert!(recovered == expected, "{}: {} items of {}", path.display(), recovered.len(), expected.len());
    Some(found.report.recovered.rows)
}

/// The same content uncompressed, with a checksum for each 512 bytes.
fn in_small_chunks(sstable: &MutatedSstable) -> MutatedSstable {
    let small = sstable.with_content(sstable.uncompressed(), 512);
    let whole = small.components[&Component::Data].clone();
    small.with(Component::Digest, crc32fast::hash(&whole).to_string().into_bytes())
}

fn with_data(sstable: &MutatedSstable, change: impl FnOnce(&mut Vec<u8>)) -> MutatedSstable {
    let mut data = sstable.components[&Component::Data].clone();
    change(&mut data);
    sstable.with(Component::Data, data)
}

fn original(sstable: &MutatedSstable) -> Vec<String> {
    let sstable = Sstable::open_files(Box::new(sstable.files()), sstable.version).unwrap();
    scanned_items(&sstable).unwrap()
}

fn fixture(format: cqlite_tests::cassandra::Format, keyspace: &str, table: &str) -> MutatedSstable {
    let table = fixtures::table(format, keyspace, table);
    MutatedSstable::read(&table.sstables[0].data_path)
}

/// Every range that is opened in a partition is closed in it.
fn assert_markers_pair(items: &[String], what: &str) {
    let mut open = false;
    for item in items {
        if item.contains(" {\"partition\":") {
            assert!(!open, "{what}: a range is open at the end of a partition, in front of {item}");
        }
        let Some((_, marker)) = item.split_once(" {\"marker\":{\"kind\":\"") else { continue };
        let opens = marker.starts_with("INCL_START") || marker.starts_with("EXCL_START");
        let both = marker.contains("_BOUNDARY\"");
        assert_eq!(open, both || !opens, "{what}: {item}");
        open = both || opens;
    }
    assert!(!open, "{what}: a range is open at the end");
}

#[test]
fn of_every_sound_sstable_of_the_corpus_everything_is_recovered_and_nothing_is_said_to_be_lost() {
    let Some(corpus) = corpus_or_skip("of_every_sound_sstable_of_the_corpus_everything_is_recovered") else {
        return;
    };
    let sstables = corpus.sstables().unwrap();
    let rows: Vec<u64> = sstables.iter().filter_map(assert_whole).collect();
    assert!(rows.len() >= 400, "{} SSTables", rows.len());
    assert!(rows.iter().sum::<u64>() > 100_000, "{rows:?}");
}

#[test]
fn whatever_is_damaged_no_row_is_recovered_that_was_not_there_and_ranges_stay_closed() {
    let (mut damages, mut recovered, mut all) = (0, 0, 0);
    for known in fixtures::sstables().unwrap() {
        let compressed = MutatedSstable::read(&known.data_path);
        // A Statistics.db without checksums has another head, which is not made to say that Data.db is uncompressed.
        let small = compressed.version.has_metadata_checksum().then(|| (in_small_chunks(&compressed), true));
        for (sound, is_small) in small.into_iter().chain([(compressed, false)]) {
            let items = original(&sound);
            let rows: BTreeSet<&String> = items.iter().filter(|item| is_row(item)).collect();
            for seed in 0..12 {
                let mut random = Random::new(seed);
                let damaged = with_data(&sound, |data| {
                    let (at, size) = (random.below(data.len()), 1 + random.below(40));
                    let end = (at + size).min(data.len());
                    match seed % 3 {
                        0 => data[at] ^= 1 << random.below(8),
                        1 => data[at..end].fill(0),
                        _ => data.truncate(at.max(1)),
                    }
                });
                let what = format!("{}, seed {seed}", known.data_path.display());
                let found = salvaged(&damaged).unwrap_or_else(|error| panic!("{what}: {error}"));
                for stream in [Stream::Recovered, Stream::OutOfOrder] {
                    for row in found.rows(stream) {
                        assert!(rows.contains(&row), "{what}: {row}");
                    }
                    assert_markers_pair(&found.items(stream), &what);
                }
                damages += 1;
                if is_small && seed % 3 != 2 {
                    recovered += (found.report.recovered.rows + found.report.suspect.rows) as usize;
                    all += rows.len();
                }
            }
        }
    }
    assert!(damages > 3000, "{damages}");
    assert!(recovered * 100 > all * 90, "{recovered} of {all}");
}

#[test]
fn a_damaged_chunk_in_a_wide_partition_costs_only_rows_around_it() {
    for format in [cqlite_tests::cassandra::Format::Nb, cqlite_tests::cassandra::Format::Da] {
        let sound = in_small_chunks(&fixture(format, "rows", "wide"));
        let items = original(&sound);
        let rows: Vec<&String> = items.iter().filter(|item| is_row(item)).collect();
        let middle = sound.components[&Component::Data].len() / 2;
        let found = salvaged(&with_data(&sound, |data| data[middle] ^= 1)).unwrap();
        let recovered = found.rows(Stream::Recovered);
        assert_eq!(
            (recovered.first(), recovered.last()),
            (rows.first().copied(), rows.last().copied()),
            "{format}"
        );
        assert!(recovered.len() * 10 > rows.len() * 8, "{format}: {} of {}", recovered.len(), rows.len());
        assert_eq!((found.report.gaps, found.losses[0].kind), (1, LossKind::Gap), "{format}");
        assert!(found.losses[0].data.contains(&(middle as u64)), "{format}: {:?}", found.losses);
        assert!(found.report.suspect.rows > 0, "{format}");
    }
}

#[test]
fn rows_that_no_checksum_vouches_for_are_suspect() {
    let sound = in_small_chunks(&fixture(cqlite_tests::cassandra::Format::Nb, "rows", "wide"));
    let rows = original(&sound).into_iter().filter(|item| is_row(item)).count() as u64;
    let other_digest = sound.with(Component::Digest, b"12345".to_vec());
    let found = salvaged(&other_digest).unwrap();
    assert_eq!((found.report.recovered, found.report.suspect.rows), (Counts::default(), rows));
    let without_any = sound.without(Component::Digest).without(Component::Crc);
    let found = salvaged(&without_any).unwrap();
    assert_eq!((found.report.recovered.rows, found.report.suspect.rows), (rows, 0));
    assert!(found.report.notes.iter().any(|note| note.contains("no checksum")), "{:?}", found.report.notes);
}

#[test]
fn damage_in_a_table_of_counters_is_passed_over_only_when_asked() {
    let sound = fixture(cqlite_tests::cassandra::Format::Nb, "rows", "counters");
    let damaged = with_data(&sound, |data| data[5] ^= 1);
    let opened = Sstable::open_files(Box::new(damaged.files()), damaged.version).unwrap();
    let error = Salvaged::of(&opened, &SalvageOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().ends_with("pass over the damage with --counters"), "{error}");
    assert!(salvaged(&damaged).unwrap().report.gaps > 0);
    let opened = Sstable::open_files(Box::new(sound.files()), sound.version).unwrap();
    assert!(Salvaged::of(&opened, &SalvageOptions::default()).unwrap().report.is_complete());
}

#[test]
fn partitions_out_of_order_go_to_a_stream_of_their_own() {
    let sound = in_small_chunks(&fixture(cqlite_tests::cassandra::Format::Nb, "rows", "counters"));
    let opened = Sstable::open_files(Box::new(sound.files()), sound.version).unwrap();
    let mut cursor = opened.scan(cqlite_sstable::reader::ScanOptions::default()).unwrap();
    let mut starts = Vec::new();
    while cursor.advance_partition().unwrap() {
        starts.push(cursor.partition_position() as usize);
    }
    let data = sound.uncompressed();
    let turned = [&data[starts[1]..starts[2]], &data[..starts[1]], &data[starts[2]..]].concat();
    let found = salvaged(&sound.with_content(turned, 512)).unwrap();
    assert_eq!((found.report.out_of_order.partitions, found.report.gaps), (1, 0));
    let mut both: Vec<String> = found.items(Stream::Recovered);
    both.extend(found.items(Stream::OutOfOrder));
    both.sort();
    let mut expected = original(&sound);
    expected.sort();
    assert_eq!(both, expected);
}

#[test]
fn a_row_with_an_invalid_value_is_suspect_and_the_rows_beside_it_are_recovered() {
    let sound = fixture(cqlite_tests::cassandra::Format::Nb, "rows", "wide");
    let rows = original(&sound).into_iter().filter(|item| is_row(item)).count() as u64;
    let mut content = sound.uncompressed();
    let place = content.windows(6).position(|bytes| bytes == b"static").unwrap();
    content[place] = 0xFF;
    let found = salvaged(&sound.with_content(content, 512)).unwrap();
    assert_eq!((found.report.recovered.rows, found.report.suspect.rows), (rows - 1, 1));
    assert_eq!((found.report.invalid_rows, found.losses[0].kind), (1, LossKind::Invalid));
    assert!(found.losses[0].cause.contains("column s"), "{:?}", found.losses);
}

#[test]
fn overflowed_expiries_are_kept_and_made_anew_only_when_asked() {
    let Some(corpus) = corpus_or_skip("overflowed_expiries_are_kept_and_made_anew_only_when_asked") else {
        return;
    };
    let (mut rows, reinserts) =
        (0, SalvageOptions { reinserts_overflowed_ttl: true, ..SalvageOptions::default() });
    let sstables = corpus.sstables().unwrap();
    for known in sstables.iter().filter(|known| known.data_path.to_string_lossy().contains("negative-ttl")) {
        let sstable = Sstable::open(&known.data_path).unwrap();
        let kept = Salvaged::of(&sstable, &SalvageOptions::default()).unwrap();
        let anew = Salvaged::of(&sstable, &reinserts).unwrap();
        let text =
            |salvaged: &Salvaged| String::from_utf8_lossy(&salvaged.streams[&Stream::Recovered]).into_owned();
        assert_eq!(kept.report, anew.report);
        assert_eq!(text(&kept).contains("\"expires_at\":4294967294"), kept.report.overflowed_rows > 0);
        assert_eq!(text(&anew).contains("\"expires_at\":2147483646"), kept.report.overflowed_rows > 0);
        assert!(!text(&anew).contains("\"expires_at\":4294967294"));
        rows += kept.report.overflowed_rows;
    }
    assert!(rows > 0);
}

fn hashes(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mut found: Vec<(PathBuf, u32)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), crc32fast::hash(&fs::read(path).unwrap())))
        .collect();
    found.sort();
    found
}

#[test]
fn the_command_writes_its_files_beside_no_input_and_its_exit_code_tells_of_losses() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("input");
    fs::create_dir(&input).unwrap();
    let table = fixtures::table(cqlite_tests::cassandra::Format::Nb, "rows", "wide");
    for entry in fs::read_dir(&table.directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        fs::copy(&entry, input.join(entry.file_name().unwrap())).unwrap();
    }
    let run = |out: &Path| {
        cqlite().args(["salvage", "--lossless", "--json", "--out"]).arg(out).arg(&input).output().unwrap()
    };
    let sound = run(&place.path().join("sound"));
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    let report: serde_json::Value = serde_json::from_slice(&sound.stdout).unwrap();
    assert_eq!((&report["complete"], &report["gaps"]), (&true.into(), &0.into()), "{report}");
    let data = input.join("nb-1-big-Data.db");
    let mut bytes = fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&data, bytes).unwrap();
    let before = hashes(&input);
    let out = place.path().join("out");
    let damaged = run(&out);
    assert_eq!(damaged.status.code(), Some(1));
    let names: Vec<String> =
        hashes(&out).iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into()).collect();
    assert_eq!(names, ["nb-1-big.jsonl", "nb-1-big.lost.jsonl"]);
    assert_eq!(run(&out).status.code(), Some(2), "the directory is not empty");
    assert_eq!(run(&input.join("out")).status.code(), Some(2), "the directory is in the input's");
    assert_eq!(hashes(&input), before);
    fs::remove_file(input.join("nb-1-big-Statistics.db")).unwrap();
    assert_eq!(run(&place.path().join("none")).status.code(), Some(3));
}
