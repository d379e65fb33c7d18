//! Indexes of made-up partitions, read back; and disks that fill up.

use std::sync::Arc;

use super::*;
use crate::component::{
    IndexBlock, IndexEntries, PartitionPosition, Partitions, PromotedIndex, Rows, Summary,
};
use crate::encoding::{Deltas, RowLayout, ValueLength};
use crate::error::ErrorKind;
use crate::io::{FaultyDirectory, MemoryDirectory, MemorySource, Source, SourcePages};
use crate::partitioner::{KeyPosition, hash3_x64_128};
use crate::row::{ClusteringKind, ClusteringOrder, ClusteringValue, PrefixBuffer};
use crate::types::CqlType;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % bound
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| [0, 1, b'a', 0xFE, 0xFF][self.below(5) as usize]).collect()
    }
}

/// A partition of rows and markers in order, as the writer of Data.db would tell of it.
struct Told {
    key: Vec<u8>,
    deletion: DeletionTime,
    start: u64,
    rows_start: u64,
    /// Each with its start, its end and what is open behind it.
    unfiltereds: Vec<(PrefixBuffer, u64, u64, DeletionTime)>,
    end: u64,
}

fn types() -> Vec<CqlType> {
    vec![CqlType::Blob, CqlType::Reversed(CqlType::Varint.into())]
}

fn header() -> SerializationHeader {
    SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::Blob,
        clustering_types: types(),
        static_columns: Vec::new(),
        regular_columns: Vec::new(),
    }
}

fn place(random: &mut Random) -> PrefixBuffer {
    let (first, second) = (random.bytes(6), random.below(300).to_be_bytes());
    let first = if random.below(9) == 0 { None } else { Some(&first[..]) };
    let first = first.map_or(ClusteringValue::Null, ClusteringValue::Value);
    match random.below(4) {
        0 => PrefixBuffer::new(ClusteringKind::ExclEndInclStartBoundary, [first]),
        _ => PrefixBuffer::new(ClusteringKind::Clustering, [first, ClusteringValue::Value(&second)]),
    }
}

fn partitions(random: &mut Random, count: u64, most_rows: u64) -> Vec<Told> {
    let mut keys: Vec<Vec<u8>> = (0..count).map(|_| random.bytes(9)).collect();
    keys.sort_by(|a, b| Partitioner::Murmur3.compare_keys(a, b));
    keys.dedup();
    let order = ClusteringOrder::new(types());
    let mut end = 0;
    let mut all = Vec::new();
    for key in keys {
        let start = end;
        let rows_start = start + 15 + random.below(100);
        let mut places: Vec<_> = (0..random.below(most_rows + 1)).map(|_| place(random)).collect();
        places.sort_by(|a, b| order.compare(a.as_prefix(), b.as_prefix()));
        places.dedup_by(|a, b| order.compare(a.as_prefix(), b.as_prefix()).is_eq());
        end = rows_start;
        let mut open = DeletionTime::LIVE;
        let mut unfiltereds = Vec::new();
        for place in places {
            let from = end;
            end += 1 + random.below(60);
            if place.kind != ClusteringKind::Clustering {
                open = [DeletionTime::LIVE, DeletionTime::build(random.below(900) as i64, 7)]
                    [random.below(2) as usize];
            }
            unfiltereds.push((place, from, end, open));
        }
        end += 1;
        let deletion = if random.below(2) == 0 { DeletionTime::LIVE } else { DeletionTime::build(5, 6) };
        all.push(Told { key, deletion, start, rows_start, unfiltereds, end });
    }
    all
}

fn write(
    directory: Arc<dyn OutputDirectory>,
    version: Version,
    settings: IndexSettings,
    partitions: &[Told],
) -> Result<Vec<(Component, u64)>> {
    let mut writer = IndexWriter::new(directory, "x", version, &header(), Partitioner::Murmur3, settings)?;
    for told in partitions {
        writer.start_partition(&told.key, told.start)?;
        writer.start_rows(told.rows_start);
        for (place, start, end, open) in &told.unfiltereds {
            writer.unfiltered(place.as_prefix(), *start, *end, *open)?;
        }
        writer.end_partition(told.deletion, told.end)?;
    }
    writer.finish()
}

fn source(directory: &MemoryDirectory, component: Component) -> Arc<dyn Source> {
    let name = format!("x-{component}");
    Arc::new(MemorySource::new(&name, directory.bytes(&name).unwrap()))
}

fn layout(version: Version) -> Arc<RowLayout> {
    let deltas = Deltas {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        unsigned_deletion_times: version.has_uint_deletion_time(),
        wide_deltas: false,
    };
    Arc::new(RowLayout {
        deltas,
        clustering: types().iter().map(ValueLength::of).collect(),
        statics: Default::default(),
        regulars: Default::default(),
        takes_any_idle_bits: false,
    })
}

/// The numbers of the unfiltereds that begin blocks.
fn blocks_of(told: &Told, block_bytes: u64) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut begins = true;
    for (number, (_, start, end, _)) in told.unfiltereds.iter().enumerate() {
        if begins {
            starts.push((number, *start));
        }
        begins = end - starts.last().unwrap().1 >= block_bytes;
    }
    if starts.len() < 2 { Vec::new() } else { starts.into_iter().map(|(number, _)| number).collect() }
}

fn open_before(told: &Told, number: usize) -> DeletionTime {
    number.checked_sub(1).map_or(DeletionTime::LIVE, |before| told.unfiltereds[before].3)
}

fn check_big(directory: &MemoryDirectory, version: Version, settings: IndexSettings, all: &[Told]) {
    let index = source(directory, Component::Index);
    let mut entries = IndexEntries::new(Arc::clone(&index));
    let mut sampled = Vec::new();
    for (number, told) in all.iter().enumerate() {
        let entry = entries.next_entry().unwrap().unwrap();
        assert_eq!((entry.key, entry.position), (&told.key[..], told.start));
        if (number as u32).is_multiple_of(settings.min_index_interval) {
            sampled.push((told.key.clone(), entry.offset));
        }
        let blocks = blocks_of(told, settings.block_bytes.into());
        assert_eq!(entry.promoted_length_bytes > 0, !blocks.is_empty());
        if blocks.is_empty() {
            continue;
        }
        let range = entry.promoted_offset..entry.end();
        let mut promoted = PromotedIndex::open(Arc::clone(&index), layout(version), range).unwrap();
        assert_eq!(promoted.len(), blocks.len() as u64);
        assert_eq!(promoted.header_length(), told.rows_start - told.start);
        assert_eq!(promoted.partition_deletion(), told.deletion);
        let mut block = IndexBlock::default();
        for (i, first) in blocks.iter().enumerate() {
            promoted.read(i as u64, &mut block).unwrap();
            let next = blocks.get(i + 1).copied().unwrap_or(told.unfiltereds.len());
            let (last, _, end, open) = &told.unfiltereds[next - 1];
            assert_eq!((&block.first, &block.last), (&told.unfiltereds[*first].0, last));
            assert_eq!((block.start, block.open_at_end), (told.unfiltereds[*first].1 - told.start, *open));
            let end_byte = u64::from(block.start + block.width == told.end - told.start);
            assert_eq!(block.start + block.width, end - told.start + end_byte);
        }
    }
    assert_eq!(entries.next_entry().unwrap(), None);
    let summary = directory.bytes("x-Summary.db").unwrap();
    let summary = Summary::parse(&summary).unwrap();
    let read: Vec<_> = summary.iter().map(|entry| (entry.key.to_vec(), entry.index_position)).collect();
    assert_eq!(read, sampled);
    assert_eq!((summary.first_key, summary.last_key), (&all[0].key[..], &all[all.len() - 1].key[..]));
    assert_eq!(summary.size_at_full_sampling as usize, sampled.len());
}

fn check_bti(directory: &MemoryDirectory, settings: IndexSettings, all: &[Told]) {
    let (partitions, rows) = (source(directory, Component::Partitions), source(directory, Component::Rows));
    let index = Partitions::open(&*partitions).unwrap();
    let row_index = Rows::new(&*rows);
    let (mut pages, mut row_pages) = (SourcePages::new(partitions), SourcePages::new(rows));
    let order = ClusteringOrder::new(types());
    assert_eq!(index.key_count(), all.len() as u64);
    for told in all {
        let mut key = Vec::new();
        Partitioner::Murmur3.write_byte_comparable(&told.key, KeyPosition::At, &mut key);
        let hash = hash3_x64_128(&told.key, 0)[1] as u8;
        let found = index.find(&mut pages, &key, hash).unwrap().unwrap();
        assert_eq!(index.find(&mut pages, &key, !hash).unwrap(), None);
        let blocks = blocks_of(told, settings.block_bytes.into());
        let at = match found {
            PartitionPosition::Data(at) => {
                assert_eq!((at, blocks.len()), (told.start, 0));
                continue;
            }
            PartitionPosition::Rows(at) => at,
        };
        let entry = row_index.entry(&mut row_pages, at).unwrap();
        assert_eq!((&entry.key, entry.data_position, entry.deletion), (&told.key, told.start, told.deletion));
        assert_eq!(entry.block_count as usize, blocks.len());
        for (number, (place, ..)) in told.unfiltereds.iter().enumerate() {
            let mut bound = Vec::new();
            order.write_byte_comparable(place.as_prefix(), &mut bound);
            let block = entry.floor(&mut row_pages, &bound).unwrap().unwrap();
            let of = blocks.partition_point(|first| *first <= number) - 1;
            assert_eq!(block.start_offset, told.unfiltereds[blocks[of]].1 - told.start);
            let end = blocks.get(of + 1).map_or(told.end - 1, |next| told.unfiltereds[*next].1);
            assert_eq!(block.end_offset, end - told.start);
            assert_eq!(block.open_deletion, open_before(told, blocks[of]));
        }
    }
    let mut entries = index.entries(&mut pages).unwrap();
    let count = std::iter::from_fn(|| entries.next_entry(&mut pages).unwrap()).count();
    assert_eq!(count, all.len());
}

fn version(letters: &str) -> Version {
    Version::parse(letters, if letters == "da" { Format::Bti } else { Format::Big }).unwrap()
}

fn check(letters: &str, settings: IndexSettings, all: &[Told]) {
    let directory = MemoryDirectory::new("memory");
    let version = version(letters);
    write(Arc::new(directory.clone()), version, settings, all).unwrap();
    match version.format() {
        Format::Big => check_big(&directory, version, settings, all),
        Format::Bti => check_bti(&directory, settings, all),
    }
}

#[test]
fn every_partition_and_every_block_is_found_again_whatever_the_keys_and_clusterings() {
    for seed in 0..60 {
        let random = &mut Random(seed);
        let (count, most_rows) = [(1, 0), (1, 200), (300, 3), (20, 80), (2000, 1)][seed as usize % 5];
        let all = partitions(random, count, most_rows);
        let settings = IndexSettings {
            block_bytes: [1, 40, 300][random.below(3) as usize],
            min_index_interval: [1, 7, 128][random.below(3) as usize],
        };
        for letters in ["me", "nb", "oa", "da"] {
            check(letters, settings, &all);
        }
    }
}

#[test]
fn an_index_larger_than_what_is_kept_in_memory_is_written_whole() {
    let settings = IndexSettings { block_bytes: 1, min_index_interval: 1 };
    let mut wide = partitions(&mut Random(1), 1, 0);
    wide[0].unfiltereds = (0..100_000_u64)
        .map(|i| {
            let values = [ClusteringValue::Value(&i.to_be_bytes()), ClusteringValue::Value(&[1])];
            let place = PrefixBuffer::new(ClusteringKind::Clustering, values);
            (place, wide[0].rows_start + 9 * i, wide[0].rows_start + 9 * i + 9, DeletionTime::LIVE)
        })
        .collect();
    wide[0].end = wide[0].rows_start + 900_001;
    let mut many = partitions(&mut Random(2), 1, 0);
    many.extend(partitions(&mut Random(3), 90_000, 0));
    many.remove(0);
    for letters in ["nb", "da"] {
        check(letters, settings, &wide);
        check(letters, settings, &many);
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_is_an_error() {
    let settings = IndexSettings { block_bytes: 40, min_index_interval: 2 };
    let all = partitions(&mut Random(4), 6, 20);
    for letters in ["nb", "da"] {
        let mut steps = 0;
        loop {
            let memory = MemoryDirectory::new("memory");
            let directory = FaultyDirectory::new(Arc::new(memory), steps);
            match write(Arc::new(directory), version(letters), settings, &all) {
                Ok(made) => {
                    // Two files were made and synced.
                    assert_eq!(made.iter().map(|(_, bytes)| bytes).sum::<u64>() + 4, steps);
                    break;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Output, "{error}");
                    assert!(error.path().is_some(), "{error}");
                }
            }
            steps += 1;
        }
    }
}

#[test]
fn what_cannot_be_indexed_is_refused() {
    let settings = IndexSettings { block_bytes: 40, min_index_interval: 2 };
    let refused = |letters: &str, settings, all: &[Told]| {
        let memory = MemoryDirectory::new("memory");
        write(Arc::new(memory), version(letters), settings, all).unwrap_err()
    };
    let all = || partitions(&mut Random(5), 10, 20);
    for letters in ["nb", "da"] {
        assert_eq!(refused(letters, settings, &[]).kind(), ErrorKind::InvalidInput);
        for (block_bytes, min_index_interval) in [(0, 1), (1, 0)] {
            let settings = IndexSettings { block_bytes, min_index_interval };
            assert_eq!(refused(letters, settings, &all()).kind(), ErrorKind::InvalidInput);
        }
        let mut long = all();
        long[0].key = vec![0; 65_536];
        assert_eq!(refused(letters, settings, &long).kind(), ErrorKind::InvalidInput);
    }
    let mut turned = all();
    turned.reverse();
    assert_eq!(refused("da", settings, &turned).kind(), ErrorKind::InvalidInput);
    let mut turned = all();
    turned.iter_mut().for_each(|told| told.unfiltereds.reverse());
    assert_eq!(
        refused("da", IndexSettings { block_bytes: 1, ..settings }, &turned).kind(),
        ErrorKind::InvalidInput
    );

    let deleted = |deletion| {
        let mut all = all();
        all.iter_mut().for_each(|told| told.deletion = deletion);
        all
    };
    let late = deleted(DeletionTime::build(5, 1 << 31));
    assert_eq!(refused("nb", settings, &late).kind(), ErrorKind::Unsupported);
    check("oa", settings, &late);
    let negative = deleted(DeletionTime::build(-5, 6));
    assert_eq!(refused("oa", settings, &negative).kind(), ErrorKind::Unsupported);
    assert_eq!(refused("da", settings, &negative).kind(), ErrorKind::Unsupported);
    check("nb", settings, &negative);
}
