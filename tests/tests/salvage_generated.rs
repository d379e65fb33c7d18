//! What a salvage recovers of generated SSTables: without an index, with a damaged one, with long rows and with
//! wrong headers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use cqlite_sstable::Component;
use cqlite_sstable::partitioner::Partitioner;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::salvage::{Loss, LossKind, SalvageOptions, SalvageSink, Stream, salvage};
use cqlite_sstable::types::CqlType;
use cqlite_tests::cassandra::Format;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::fixtures;
use cqlite_tests::fuzz::random::Random;
use cqlite_tests::generated::{header, push_element, push_partition, push_prefixed, push_row, push_uvint};
use cqlite_tests::mutated::{MutatedSstable, state_partition_sizes, statistics_with_header};
use cqlite_tests::salvaged::{Salvaged, is_row, scanned_items};

const CHUNK_BYTES: usize = 512;

/// A generated SSTable of version `nb`, and where its partitions begin.
struct Generated {
    sstable: MutatedSstable,
    starts: Vec<usize>,
}

/// Keys in the order of their tokens.
fn keys(range: std::ops::Range<i32>) -> Vec<[u8; 4]> {
    let partitioner =
        Partitioner::parse("org.apache.cassandra.dht.Murmur3Partitioner", &CqlType::Int).unwrap();
    let mut keys: Vec<[u8; 4]> = range.map(i32::to_be_bytes).collect();
    keys.sort_by(|a, b| partitioner.compare_keys(a, b));
    keys
}

/// A partition of one row with `value` in `v`.
fn partition(key: [u8; 4], value: &[u8]) -> Vec<u8> {
    let mut cell = vec![0x08];
    push_uvint(&mut cell, value.len() as u64);
    cell.extend(value);
    let mut bytes = Vec::new();
    push_partition(&mut bytes);
    bytes[2..6].copy_from_slice(&key);
    push_row(&mut bytes, false, cell.len() as u64);
    bytes.extend(cell);
    bytes.push(0x01);
    bytes
}

fn noise(random: &mut Random, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|_| random.below(256) as u8).collect()
}

fn generated(partitions: &[Vec<u8>], header: &[u8]) -> Generated {
    let table = fixtures::table(Format::Nb, "names", "table");
    let mut sstable = MutatedSstable::read(&table.sstables[0].data_path);
    sstable.components.retain(|component, _| *component == Component::Statistics);
    let mut statistics = statistics_with_header(&sstable.components[&Component::Statistics], header);
    state_partition_sizes(&mut statistics, &partitions.iter().map(Vec::len).collect::<Vec<_>>());
    let sstable = sstable.with(Component::Statistics, statistics);
    let mut starts = vec![0];
    starts.extend(partitions.iter().scan(0, |end, partition| {
        *end += partition.len();
        Some(*end)
    }));
    let _end = starts.pop();
    Generated { sstable: sstable.with_content(partitions.concat(), CHUNK_BYTES as u32), starts }
}

/// 300 partitions of up to 400 bytes. A third of the values holds partitions itself, right ones with keys that are not
/// in the table.
fn with_copies_in_values() -> Generated {
    let mut random = Random::new(5);
    let others = keys(1_000_000..1_004_000);
    let all = keys(0..300);
    let partitioner =
        Partitioner::parse("org.apache.cassandra.dht.Murmur3Partitioner", &CqlType::Int).unwrap();
    let partitions: Vec<Vec<u8>> = all
        .iter()
        .enumerate()
        .map(|(index, key)| {
            let size = 20 + random.below(100);
            let mut value = noise(&mut random, size);
            if index % 3 == 0 {
                let from = others.partition_point(|other| partitioner.compare_keys(other, key).is_lt());
                let copies = others[from..].iter().take(7).flat_map(|key| partition(*key, b"a copy"));
                value.extend(copies);
            }
            partition(*key, &value)
        })
        .collect();
    generated(&partitions, &header())
}

fn index(generated: &Generated) -> Vec<u8> {
    let content = &generated.sstable.components[&Component::Data];
    let mut index = Vec::new();
    for start in &generated.starts {
        index.extend(&content[*start..start + 6]);
        push_uvint(&mut index, *start as u64);
        index.push(0);
    }
    index
}

fn salvaged(sstable: &MutatedSstable) -> Salvaged {
    let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).unwrap();
    Salvaged::of(&opened, &SalvageOptions::default()).unwrap()
}

fn rows(sstable: &MutatedSstable) -> Vec<String> {
    let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).unwrap();
    scanned_items(&opened).unwrap().into_iter().filter(|item| is_row(item)).collect()
}

/// Flips bits in `places` chunks.
fn damaged(sound: &MutatedSstable, places: usize, random: &mut Random) -> MutatedSstable {
    let mut data = sound.components[&Component::Data].clone();
    for _ in 0..places {
        let at = random.below(data.len());
        data[at] ^= 1 << random.below(8);
    }
    sound.with(Component::Data, data)
}

#[test]
fn without_an_index_reading_goes_on_behind_damage_and_no_copy_in_a_value_is_taken_for_a_row() {
    let generated = with_copies_in_values();
    let original: BTreeSet<String> = rows(&generated.sstable).into_iter().collect();
    assert_eq!(original.len(), 300);
    let (mut recovered, mut copies, mut behind) = (0, 0, 0);
    const CASES: usize = 3000;
    for seed in 0..CASES {
        let found = salvaged(&damaged(&generated.sstable, 1 + seed % 3, &mut Random::new(seed as u64)));
        let right = found.rows(Stream::Recovered);
        for row in &right {
            assert!(original.contains(row), "seed {seed}: {row}");
        }
        recovered += right.len();
        behind += usize::from(right.last() == original.iter().max_by_key(|row| position(row, &generated)));
        copies += found.rows(Stream::Suspect).iter().filter(|row| !original.contains(*row)).count();
    }
    assert!(recovered > CASES * 300 * 8 / 10, "{recovered} of {}", CASES * 300);
    assert!(behind > CASES / 2, "{behind}");
    // The copies are found: that they are not believed is no accident.
    assert!(copies > 0, "no copy was met");
}

/// Where the partition of a row begins, by its key in hexadecimal.
fn position(row: &str, generated: &Generated) -> Option<usize> {
    let content = &generated.sstable.components[&Component::Data];
    let key = u32::from_str_radix(&row[..8], 16).unwrap().to_be_bytes();
    generated.starts.iter().copied().find(|start| content[start + 2..start + 6] == key)
}

#[test]
fn a_damaged_index_costs_no_more_than_its_damaged_entries_and_never_leads_to_a_row_that_is_none() {
    let generated = with_copies_in_values();
    let sound_index = index(&generated);
    let original: BTreeSet<String> = rows(&generated.sstable).into_iter().collect();
    let (mut recovered, cases) = (0, 1500);
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let mut index = sound_index.clone();
        for _ in 0..1 + seed % 4 {
            let at = random.below(index.len());
            index[at] = random.below(256) as u8;
        }
        let with_index = generated.sstable.with(Component::Index, index);
        let found = salvaged(&damaged(&with_index, 1, &mut random));
        let right = found.rows(Stream::Recovered);
        for row in &right {
            assert!(original.contains(row), "seed {seed}: {row}");
        }
        recovered += right.len() as u64;
    }
    assert!(recovered > cases * 300 * 9 / 10, "{recovered} of {}", cases * 300);
}

#[test]
fn every_row_that_is_not_recovered_lies_in_a_gap_of_the_list_and_gaps_lie_in_order() {
    let generated = with_copies_in_values();
    let sound = generated.sstable.with(Component::Index, index(&generated));
    let all = rows(&sound);
    for seed in 0..200 {
        let found = salvaged(&damaged(&sound, 4, &mut Random::new(seed)));
        let gaps: Vec<_> = found
            .losses
            .iter()
            .filter(|loss| loss.kind == LossKind::Gap)
            .map(|loss| loss.data.clone())
            .collect();
        assert_eq!(gaps.len() as u64, found.report.gaps);
        assert!(gaps.windows(2).all(|pair| pair[0].end <= pair[1].start), "seed {seed}: {gaps:?}");
        let lost_bytes: u64 = gaps.iter().map(|gap| gap.end - gap.start).sum();
        assert_eq!(lost_bytes, found.report.lost_bytes);
        let recovered: BTreeSet<String> = found.rows(Stream::Recovered).into_iter().collect();
        for (row, start) in all.iter().zip(&generated.starts) {
            // The row is the last thing in its partition.
            let end = *start as u64 + HEAD_BYTES;
            let in_gap = gaps.iter().any(|gap| gap.contains(&end) || gap.contains(&(*start as u64)));
            assert_eq!(!recovered.contains(row), in_gap, "seed {seed}: {start} {gaps:?}");
        }
    }
}

/// Key and deletion of a partition with a key of four bytes.
const HEAD_BYTES: u64 = 18;

/// Takes the text and keeps the size of the largest piece.
#[derive(Default)]
struct Pieces {
    texts: BTreeMap<Stream, Vec<u8>>,
    largest: usize,
}

impl SalvageSink for Pieces {
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()> {
        self.largest = self.largest.max(text.len());
        self.texts.entry(stream).or_default().extend_from_slice(text);
        Ok(())
    }

    fn lost(&mut self, _loss: &Loss) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_row_of_many_megabytes_is_handed_out_in_pieces_and_is_whole() {
    const ELEMENTS: usize = 600;
    const ELEMENT_BYTES: usize = 16_000;
    let mut cells = Vec::new();
    push_uvint(&mut cells, ELEMENTS as u64);
    for _ in 0..ELEMENTS {
        push_element(&mut cells, ELEMENT_BYTES);
    }
    let mut long = Vec::new();
    push_partition(&mut long);
    push_row(&mut long, true, cells.len() as u64);
    long.extend(cells);
    long.push(0x01);
    let sstable = generated(&[long], &header()).sstable;
    let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).unwrap();
    let mut pieces = Pieces::default();
    let report = salvage(&opened, &SalvageOptions::default(), &mut pieces).unwrap();
    assert_eq!((report.recovered.rows, report.is_complete()), (1, true));
    assert_eq!(
        cqlite_tests::salvaged::items(&pieces.texts[&Stream::Recovered]),
        scanned_items(&opened).unwrap()
    );
    assert!(pieces.texts[&Stream::Recovered].len() > 15 << 20);
    assert!(pieces.largest < 2 << 20, "{}", pieces.largest);
    let middle = sstable.components[&Component::Data].len() / 2;
    let mut data = sstable.components[&Component::Data].clone();
    data[middle] ^= 1;
    let found = salvaged(&sstable.with(Component::Data, data));
    assert_eq!((found.report.recovered.rows, found.report.gaps), (0, 1));
}

/// The header of Cassandra 3.0 for `v frozen<pair>`, which does not call the type frozen.
fn header_of_user_type() -> Vec<u8> {
    let mut header = vec![0, 0, 0];
    push_prefixed(&mut header, b"Int32Type");
    header.push(1);
    push_prefixed(&mut header, b"BytesType");
    header.push(0);
    header.push(2);
    for (name, column_type) in
        [(&b"v"[..], &b"UserType(ks,70616972,61:Int32Type,62:UTF8Type)"[..]), (b"w", b"BytesType")]
    {
        push_prefixed(&mut header, name);
        push_prefixed(&mut header, column_type);
    }
    header
}

#[test]
fn a_user_type_that_the_header_does_not_call_frozen_is_read_as_the_schema_says() {
    const CELL: &str = "\"value\":\"0000000400000009000000026162\"}";
    let value = [&[0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 2][..], b"ab"].concat();
    let partitions: Vec<Vec<u8>> = keys(0..20).into_iter().map(|key| partition(key, &value)).collect();
    let sstable = generated(&partitions, &header_of_user_type()).sstable;
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("input");
    fs::create_dir(&input).unwrap();
    for (component, bytes) in &sstable.components {
        fs::write(input.join(format!("nb-1-big-{component}")), bytes).unwrap();
    }
    let schema = place.path().join("schema.cql");
    let text = "CREATE TYPE ks.pair (a int, b text);
        CREATE TABLE ks.t (k int, c blob, v frozen<pair>, w blob, PRIMARY KEY (k, c));";
    fs::write(&schema, text).unwrap();
    let out = place.path().join("out");
    let mut run = cqlite();
    run.arg("salvage").arg("--lossless").arg("--schema").arg(&schema).arg("--out").arg(&out).arg(&input);
    let output = run.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read(out.join("nb-1-big.jsonl")).unwrap();
    let found = cqlite_tests::salvaged::items(&text);
    let with_value = found.iter().filter(|item| item.contains(CELL) && item.contains("\"column\":\"v\""));
    assert_eq!(with_value.count(), 20, "{found:?}");
}
