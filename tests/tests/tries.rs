//! The tries of BTI SSTables that Cassandra wrote: every partition is found, in order, and every block of rows.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_sstable::{
    Format as SstableFormat, Version,
    component::{CompressionInfo, PartitionPosition, Partitions, RowBlock, Rows},
    encoding::{Bytes, newer_deletion_time},
    io::{ChunkFeed, Feed as _, FileSource, Pages, Source, SourceExt as _, SourcePages},
    partitioner::hash3_x64_128,
};
use cqlite_tests::{available::corpus_or_skip, fixtures, fuzz::TARGETS, known::KnownSstable};

/// What was looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    sstables: usize,
    partitions: u64,
    keys_found: usize,
    absent: usize,
    false_candidates: usize,
    rows_entries: usize,
    blocks: usize,
    open_deletions: usize,
    partition_deletions: usize,
}

/// An index of an SSTable, opened.
struct Index {
    path: PathBuf,
    partitioner: String,
    partitions: Partitions,
    partition_pages: SourcePages,
    rows: Rows,
    row_pages: SourcePages,
}

fn open(data_path: &Path) -> Index {
    let component = |name: &str| {
        let path = data_path.to_str().unwrap().replace("Data.db", name);
        Arc::new(FileSource::open(Path::new(&path)).unwrap()) as Arc<dyn Source>
    };
    let statistics = component("Statistics.db").read_all(1 << 20).unwrap();
    let (partitions, rows) = (component("Partitions.db"), component("Rows.db"));
    Index {
        path: data_path.to_owned(),
        partitioner: partitioner(&statistics),
        partitions: Partitions::open(&*partitions).unwrap(),
        partition_pages: SourcePages::new(partitions),
        rows: Rows::new(&*rows),
        row_pages: SourcePages::new(rows),
    }
}

/// The byte-comparable form of a partition key. None for partitioners that order keys by their types.
fn byte_comparable(key: &[u8], partitioner: &str) -> Option<Vec<u8>> {
    let mut out = vec![0x40];
    match partitioner {
        "Murmur3Partitioner" => {
            let token = match hash3_x64_128(key, 0)[0] as i64 {
                i64::MIN => i64::MAX,
                token => token,
            };
            out.extend((token ^ i64::MIN).to_be_bytes());
        }
        "ByteOrderedPartitioner" => escape(key, &mut out),
        _ => return None,
    }
    out.push(0x40);
    escape(key, &mut out);
    out.push(0x38);
    Some(out)
}

/// The partitioner's name, which Statistics.db begins with after a table of contents.
fn partitioner(statistics: &[u8]) -> String {
    let package = b"org.apache.cassandra.dht.";
    let at = statistics.windows(package.len()).position(|window| window == package).unwrap();
    let name = statistics[at + package.len()..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
    name.map(|byte| char::from(*byte)).collect()
}

/// A run of `n` zeros becomes `00`, `n - 1` times `FE`, `FF`; one at the end has another `FE` in place of `FF`.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    let mut zeros = false;
    for byte in bytes {
        match (zeros, *byte) {
            (true, 0) => out.push(0xFE),
            (true, other) => out.extend([0xFF, other]),
            (false, other) => out.push(other),
        }
        zeros = *byte == 0;
    }
    out.push(if zeros { 0xFE } else { 0 });
}

fn hash_byte(key: &[u8]) -> u8 {
    hash3_x64_128(key, 0)[1] as u8
}

/// Where each partition begins in the uncompressed data.
fn data_positions(index: &mut Index, all: &[PartitionPosition]) -> Vec<u64> {
    let data_position = |position: &PartitionPosition| match position {
        PartitionPosition::Data(at) => *at,
        PartitionPosition::Rows(at) => index.rows.entry(&mut index.row_pages, *at).unwrap().data_position,
    };
    all.iter().map(data_position).collect()
}

/// The uncompressed Data.db.
fn content(data_path: &Path) -> Vec<u8> {
    let info = PathBuf::from(data_path.to_str().unwrap().replace("Data.db", "CompressionInfo.db"));
    let data = FileSource::open(data_path).unwrap();
    if !info.exists() {
        return data.read_all(1 << 30).unwrap();
    }
    let same_as_da = Version::parse("oa", SstableFormat::Big).unwrap();
    let info = CompressionInfo::open(Arc::new(FileSource::open(&info).unwrap()), same_as_da).unwrap();
    let mut feed = ChunkFeed::new(Arc::new(data), Arc::new(info), false);
    let mut content = vec![0; feed.data_length() as usize + feed.unit()];
    let mut filled = 0;
    while let length @ 1.. = feed.fill(&mut content[filled..]).unwrap() {
        filled += length;
    }
    content.truncate(filled);
    content
}

/// Checks that the key leads to `position`, that changed keys do not, and that reading from the key on begins there.
fn check_key(index: &mut Index, key: &[u8], position: PartitionPosition, seen: &mut Seen) {
    let Index { path, partitioner, partitions, partition_pages: pages, .. } = index;
    let Some(comparable) = byte_comparable(key, partitioner) else { return };
    let hash = hash_byte(key);
    assert_eq!(partitions.find(pages, &comparable, hash).unwrap(), Some(position), "{path:?}");
    let mut entries = partitions.entries_from(pages, &comparable).unwrap();
    assert_eq!(entries.next_entry(pages).unwrap().unwrap().position, position, "{path:?}");
    seen.keys_found += 1;
    for number in 0..16_u32 {
        let absent = [key, &number.to_be_bytes()].concat();
        let comparable = byte_comparable(&absent, partitioner).unwrap();
        let found = partitions.find(pages, &comparable, hash_byte(&absent)).unwrap();
        seen.absent += 1;
        seen.false_candidates += usize::from(found.is_some());
    }
}

fn all_blocks(index: &mut Index, position: u64, bound: &[u8]) -> (Vec<RowBlock>, Vec<Vec<u8>>) {
    let entry = index.rows.entry(&mut index.row_pages, position).unwrap();
    let mut blocks = entry.blocks_from(&mut index.row_pages, bound).unwrap();
    let (mut all, mut separators) = (Vec::new(), Vec::new());
    while let Some(block) = blocks.next_block(&mut index.row_pages).unwrap() {
        all.push(block);
        separators.push(blocks.end_separator().to_vec());
    }
    (all, separators)
}

/// Partitions are given in order, found by what the trie holds of their keys, and not by what is next to it.
fn check_partitions(index: &mut Index, seen: &mut Seen) -> Vec<PartitionPosition> {
    let mut entries = index.partitions.entries(&mut index.partition_pages).unwrap();
    let mut all = Vec::new();
    let mut last_prefix: Option<Vec<u8>> = None;
    while let Some(entry) = entries.next_entry(&mut index.partition_pages).unwrap() {
        let prefix = entries.prefix().to_vec();
        assert!(last_prefix.as_ref().is_none_or(|last| *last < prefix && !prefix.starts_with(last)));
        let hash_byte = entry.hash_byte.unwrap();
        for tail in [&[][..], &[0], &[0xFF; 20]] {
            let key = [&prefix, tail].concat();
            let found = index.partitions.find(&mut index.partition_pages, &key, hash_byte).unwrap();
            assert_eq!(found, Some(entry.position), "{:?}", index.path);
            let found = index.partitions.find(&mut index.partition_pages, &key, !hash_byte).unwrap();
            assert_eq!(found, None);
            let mut from = index.partitions.entries_from(&mut index.partition_pages, &key).unwrap();
            assert_eq!(from.next_entry(&mut index.partition_pages).unwrap(), Some(entry));
        }
        all.push(entry.position);
        last_prefix = Some(prefix);
    }
    assert_eq!(all.len() as u64, index.partitions.key_count());
    seen.partitions += all.len() as u64;
    all
}

fn check_rows(index: &mut Index, position: u64, seen: &mut Seen) {
    let entry = index.rows.entry(&mut index.row_pages, position).unwrap();
    let (all, separators) = all_blocks(index, position, &[]);
    assert_eq!(all.len(), entry.block_count as usize);
    assert!(entry.block_count >= 2);
    assert!(all.iter().all(|block| block.start_offset < block.end_offset));
    assert!(all.windows(2).all(|pair| pair[0].end_offset == pair[1].start_offset));
    assert!(separators.is_sorted_by(|left, right| left < right));
    let mut backward = entry.blocks_backward();
    let mut reversed = Vec::new();
    while let Some(block) = backward.next_block(&mut index.row_pages).unwrap() {
        reversed.push(block);
    }
    reversed.reverse();
    assert_eq!(reversed, all);
    for (number, separator) in separators.iter().enumerate() {
        let before =
            [&separator[..separator.len() - 1], &[separator[separator.len() - 1] - 1, 0xFF]].concat();
        for (bound, first) in [(before, number), (separator.clone(), number + 1)] {
            let pages = &mut index.row_pages as &mut dyn Pages;
            assert_eq!(entry.floor(pages, &bound).unwrap().as_ref(), all.get(first));
            let mut backward = entry.blocks_backward_from(pages, &bound).unwrap();
            let last = first.min(all.len() - 1);
            assert_eq!(backward.next_block(pages).unwrap().as_ref(), Some(&all[last]));
            assert_eq!(all_blocks(index, position, &bound).0, all[first..]);
        }
    }
    seen.rows_entries += 1;
    seen.blocks += all.len();
}

/// The entry says of the partition what its start in Data.db says, and its blocks end where the partition does.
fn check_against_data(index: &mut Index, position: u64, content: &[u8], partition_end: u64, seen: &mut Seen) {
    const END_OF_PARTITION: u8 = 1;
    let entry = index.rows.entry(&mut index.row_pages, position).unwrap();
    let mut head = Bytes::from(content, entry.data_position as usize);
    assert_eq!(head.short_prefixed().unwrap(), entry.key);
    assert_eq!(newer_deletion_time(&mut head).unwrap(), entry.deletion);
    let (blocks, _) = all_blocks(index, position, &[]);
    assert!(blocks[0].start_offset + entry.data_position >= head.position() as u64);
    let end = (entry.data_position + blocks[blocks.len() - 1].end_offset) as usize;
    assert_eq!(content[end], END_OF_PARTITION);
    assert_eq!(end + 1, partition_end as usize);
    assert!(blocks[0].open_deletion.is_live());
    seen.open_deletions += blocks.iter().filter(|block| !block.open_deletion.is_live()).count();
    seen.partition_deletions += usize::from(!entry.deletion.is_live());
}

fn check(data_path: &Path, seen: &mut Seen) {
    let mut index = open(data_path);
    let all = check_partitions(&mut index, seen);
    let content = content(data_path);
    let mut starts = data_positions(&mut index, &all);
    assert!(starts[0] == 0 && starts.is_sorted_by(|left, right| left < right));
    starts.push(content.len() as u64);
    let mut keys = Vec::new();
    for (position, start) in all.iter().zip(starts.windows(2)) {
        let key = Bytes::from(&content, start[0] as usize).short_prefixed().unwrap();
        check_key(&mut index, key, *position, seen);
        if let PartitionPosition::Rows(position) = position {
            check_rows(&mut index, *position, seen);
            check_against_data(&mut index, *position, &content, start[1], seen);
        }
        keys.push(key);
    }
    assert_eq!(index.partitions.first_key(), keys[0], "{data_path:?}");
    assert_eq!(index.partitions.last_key(), keys[keys.len() - 1], "{data_path:?}");
    seen.sstables += 1;
}

/// Of absent keys at most one in 256 is a candidate: those with the hash of a key that begins as they do.
fn check_candidates(seen: &Seen) {
    assert!(seen.absent > 1000 && seen.false_candidates * 128 < seen.absent, "{seen:?}");
}

fn is_bti(sstable: &&KnownSstable) -> bool {
    sstable.version == "da"
}

#[test]
fn the_fixtures_tries_lead_to_every_partition_and_every_block() {
    let mut seen = Seen::default();
    for sstable in fixtures::sstables().unwrap().iter().filter(is_bti) {
        check(&sstable.data_path, &mut seen);
    }
    eprintln!("{seen:?}");
    check_candidates(&seen);
    assert!(seen.rows_entries > 0 && seen.blocks > seen.rows_entries);
}

#[test]
fn the_tries_of_the_corpus_lead_to_every_partition_and_every_block() {
    let name = "the_tries_of_the_corpus_lead_to_every_partition_and_every_block";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let mut seen = Seen::default();
    for sstable in corpus.sstables().unwrap().iter().filter(is_bti) {
        check(&sstable.data_path, &mut seen);
    }
    eprintln!("{seen:?}");
    check_candidates(&seen);
    assert!(seen.sstables >= 100 && seen.blocks > 1000 && seen.open_deletions > 0, "{seen:?}");
}

#[test]
fn any_byte_changed_or_missing_ends_in_an_error_or_an_answer() {
    let mut executions = 0;
    for target in TARGETS.iter().filter(|target| target.name.ends_with("_trie")) {
        for seed in (target.seeds)() {
            for length in 0..seed.len() {
                (target.run)(&seed[..length]);
            }
            for at in 0..seed.len() {
                for change in (0..8).map(|bit| 1 << bit).chain([0xFF, seed[at]]) {
                    let mut changed = seed.clone();
                    changed[at] ^= change;
                    (target.run)(&changed);
                    executions += 1;
                }
            }
        }
    }
    eprintln!("{executions} executions");
    assert!(executions > 10_000);
}
