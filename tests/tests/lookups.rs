//! What is found by key, and in a slice, is what the scan shows there: nothing less, nothing more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeSet;

use cqlite_sstable::io::ChunkCache;
use cqlite_sstable::partitioner::hash3_x64_128;
use cqlite_sstable::reader::{
    Cursor, Direction, Marker, Reader, ReaderOptions, ScanOptions, Slice, SliceRows, Sstable, TokenRange,
    Unfiltered,
};
use cqlite_sstable::row::{ClusteringKind, ClusteringOrder, DeletionTime, PrefixBuffer};
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::fixtures;
use cqlite_tests::known::KnownSstable;

/// A row or marker of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    place: PrefixBuffer,
    /// What is open behind it; none for a row.
    open_behind: Option<DeletionTime>,
    /// Everything in it, but where it lies.
    content: String,
}

#[derive(Debug)]
struct SeenPartition {
    key: Vec<u8>,
    head: String,
    unfiltereds: Vec<Seen>,
}

/// Numbers that look random and are always the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        hash3_x64_128(&self.0.to_be_bytes(), 7)[0]
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn marker_content(marker: &Marker<'_>) -> String {
    format!("{:?} {:?} {:?} {:?}", marker.kind, marker.clustering, marker.deletion, marker.opened)
}

/// The place and open deletion of an unfiltered, and its content without its cells.
fn seen(unfiltered: Unfiltered<'_>) -> Seen {
    let mut place = PrefixBuffer::bottom();
    place.set(unfiltered.place());
    let (open_behind, content) = match unfiltered {
        Unfiltered::Row(row) => {
            let head = (row.clustering, row.liveness, row.deletion, row.shadowable_deletion);
            (None, format!("{head:?}"))
        }
        Unfiltered::Marker(marker) => (Some(marker.open_behind()), marker_content(&marker)),
    };
    Seen { place, open_behind, content }
}

fn partition_of(cursor: &mut Cursor) -> SeenPartition {
    let partition = cursor.partition();
    let key = partition.key.to_vec();
    let statics = partition.static_row.map(|row| (row.liveness, row.deletion));
    let mut head = format!("{:?} {} {statics:?}", partition.deletion, cursor.partition_position());
    while cursor.advance_item().unwrap() {
        head.push_str(&format!("{:?}", cursor.item()));
    }
    let mut unfiltereds = Vec::new();
    while cursor.advance_unfiltered().unwrap() {
        let mut one = seen(cursor.unfiltered());
        while cursor.advance_item().unwrap() {
            one.content.push_str(&format!("{:?}", cursor.item()));
        }
        unfiltereds.push(one);
    }
    SeenPartition { key, head, unfiltereds }
}

fn scan(sstable: &Sstable) -> Vec<SeenPartition> {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut partitions = Vec::new();
    while cursor.advance_partition().unwrap() {
        partitions.push(partition_of(&mut cursor));
    }
    partitions
}

fn all_of(mut rows: SliceRows<'_>) -> Vec<Seen> {
    let mut found = Vec::new();
    while rows.advance_unfiltered().unwrap() {
        let mut one = seen(rows.unfiltered());
        while rows.advance_item().unwrap() {
            one.content.push_str(&format!("{:?}", rows.item()));
        }
        found.push(one);
    }
    assert!(!rows.advance_unfiltered().unwrap(), "the end of a slice is its end");
    found
}

/// The slice as it follows from all rows and markers: those in between, and what is open at its ends.
fn expected(partition: &SeenPartition, slice: &Slice, order: &ClusteringOrder) -> Vec<Seen> {
    let bound = |bound: &PrefixBuffer, deletion: DeletionTime| {
        let (kind, clustering) = bound.as_prefix();
        let marker = Marker { kind, clustering, deletion, opened: None };
        seen(Unfiltered::Marker(marker))
    };
    if order.compare(slice.start.as_prefix(), slice.end.as_prefix()).is_ge() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let mut open = DeletionTime::LIVE;
    let mut open_at_start = DeletionTime::LIVE;
    for one in &partition.unfiltereds {
        let place = one.place.as_prefix();
        if order.compare(place, slice.end.as_prefix()).is_ge() {
            break;
        }
        open = one.open_behind.unwrap_or(open);
        if order.compare(place, slice.start.as_prefix()).is_gt() {
            rows.push(one.clone());
        } else {
            open_at_start = open;
        }
    }
    if !open_at_start.is_live() {
        rows.insert(0, bound(&slice.start, open_at_start));
    }
    if !open.is_live() {
        rows.push(bound(&slice.end, open));
    }
    rows
}

/// A bound at, or beside, some row or marker of the partition, maybe with fewer values.
fn random_bound(partition: &SeenPartition, random: &mut Random, kinds: [ClusteringKind; 2]) -> PrefixBuffer {
    let near = &partition.unfiltereds[random.below(partition.unfiltereds.len())].place;
    let values = near.values.as_clustering();
    let count = random.below(values.len() + 2).min(values.len());
    PrefixBuffer::new(kinds[random.below(2)], values.iter().take(count))
}

fn random_slice(partition: &SeenPartition, random: &mut Random) -> Slice {
    let starts = [ClusteringKind::InclStartBound, ClusteringKind::ExclStartBound];
    let ends = [ClusteringKind::InclEndBound, ClusteringKind::ExclEndBound];
    Slice { start: random_bound(partition, random, starts), end: random_bound(partition, random, ends) }
}

fn check_slices(reader: &mut Reader, partition: &SeenPartition, random: &mut Random, count: usize) {
    let order = reader.order().clone();
    let mut slices = vec![Slice::all()];
    slices.extend((1..count).map(|_| random_slice(partition, random)));
    for unfiltered in partition.unfiltereds.iter().step_by(partition.unfiltereds.len() / count + 1) {
        slices.push(Slice::of_prefix(unfiltered.place.values.as_clustering().iter()));
    }
    for slice in slices {
        let mut wanted = expected(partition, &slice, &order);
        let forward = all_of(reader.slice(slice.clone(), Direction::Forward).unwrap());
        assert_eq!(forward, wanted, "{slice:?}");
        wanted.reverse();
        let reversed = all_of(reader.slice(slice.clone(), Direction::Reversed).unwrap());
        assert_eq!(reversed, wanted, "reversed {slice:?}");
    }
}

/// Keys of all lengths and kinds, as they may be looked up by mistake.
fn absent_keys(present: &BTreeSet<Vec<u8>>, random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    let known: Vec<&Vec<u8>> = present.iter().collect();
    let mut keys = Vec::new();
    while keys.len() < count {
        let mut key = known[random.below(known.len())].clone();
        match random.below(4) {
            0 => key.truncate(random.below(key.len() + 1)),
            1 => key.push(random.next() as u8),
            _ => {
                let length = key.len().max(1);
                key.resize(length, 0);
                key[random.below(length)] ^= 1 << random.below(8);
            }
        }
        if random.below(3) == 0 {
            key = random.next().to_be_bytes()[..1 + random.below(8)].to_vec();
        }
        if !present.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn check(known: &KnownSstable, absent: usize) {
    let sstable = Sstable::open(&known.data_path).unwrap();
    let partitions = scan(&sstable);
    let cache = ChunkCache::new(256 * 1024);
    let mut random = Random(partitions.len() as u64);
    let present: BTreeSet<Vec<u8>> = partitions.iter().map(|partition| partition.key.clone()).collect();
    for cache in [None, Some(cache)] {
        let mut reader = sstable.reader(ReaderOptions { columns: None, cache }).unwrap();
        for partition in partitions.iter().rev() {
            let place = known.data_path.display();
            assert!(reader.find(&partition.key).unwrap(), "{place} {:?}", partition.key);
            let found = partition_of(reader.cursor());
            assert_eq!(
                (&found.head, &found.unfiltereds),
                (&partition.head, &partition.unfiltereds),
                "{place}"
            );
            assert!(!reader.cursor().advance_partition().unwrap(), "only the one that was looked for");
            if partition.unfiltereds.len() > 1 && (partitions.len() < 100 || random.below(50) == 0) {
                check_slices(&mut reader, partition, &mut random, 12);
            }
            // What is not read of a row is no cell of the partition that is looked up next.
            let mut rows = reader.slice(Slice::all(), Direction::Forward).unwrap();
            for _ in 0..=random.below(partition.unfiltereds.len()) {
                rows.advance_unfiltered().unwrap();
            }
        }
        for key in absent_keys(&present, &mut random, absent) {
            assert!(!reader.find(&key).unwrap(), "{} {key:?}", known.data_path.display());
        }
        let warnings = reader.take_warnings();
        assert!(warnings.is_empty(), "{} {warnings:?}", known.data_path.display());
    }
    check_ranges(&sstable, &partitions, &mut random);
}

fn check_ranges(sstable: &Sstable, partitions: &[SeenPartition], random: &mut Random) {
    let keys_of = |mut cursor: Cursor| {
        let mut keys = Vec::new();
        while cursor.advance_partition().unwrap() {
            keys.push(cursor.partition().key.to_vec());
        }
        keys
    };
    for parts in [1, 2, 7] {
        let ranges = sstable.ranges_of_equal_bytes(parts).unwrap();
        assert!(ranges.len() <= parts);
        let scanned = |range| keys_of(sstable.scan_range(range, ScanOptions::default()).unwrap());
        let found: Vec<Vec<u8>> = ranges.iter().flat_map(scanned).collect();
        assert!(found.iter().eq(partitions.iter().map(|partition| &partition.key)));
    }
    let partitioner = sstable.partitioner().unwrap();
    for _ in 0..8 {
        let mut token = || match random.below(4) {
            0 => None,
            _ => Some(partitioner.token(&partitions[random.below(partitions.len())].key)),
        };
        let range = TokenRange { after: token(), through: token() };
        let found = keys_of(sstable.scan_tokens(&range, ScanOptions::default()).unwrap());
        let wanted = partitions.iter().map(|partition| &partition.key).filter(|key| {
            let token = partitioner.token(key);
            range.after.as_ref().is_none_or(|after| token > *after)
                && range.through.as_ref().is_none_or(|through| token <= *through)
        });
        assert!(found.iter().eq(wanted), "{range:?}");
    }
}

#[test]
fn every_key_and_slice_of_the_fixtures_is_found_and_no_other() {
    for known in fixtures::sstables().unwrap() {
        check(&known, 1_000);
    }
}

#[test]
fn every_key_and_slice_of_the_corpus_is_found_and_no_other() {
    let Some(corpus) = corpus_or_skip("every_key_and_slice_of_the_corpus_is_found_and_no_other") else {
        return;
    };
    let mut checked = 0;
    for known in corpus.sstables().unwrap() {
        check(&known, 10_000);
        checked += 1;
    }
    assert!(checked > 700, "{checked}");
}
