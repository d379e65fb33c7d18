use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::*;
use crate::Result;
use crate::error::ErrorKind;
use crate::merge::{Transformed, WrittenBetween};
use crate::partitioner::Token;
use crate::reader::{Cursor, ScanOptions, Sstable};
use crate::row::{DeletionTime, Row, RowItem, Unfiltered, UnfilteredPartitions};

/// The SSTables of the repository, written by Cassandra.
fn fixtures() -> Vec<Sstable> {
    fn below(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => below(&path, found),
                false if path.to_str().unwrap().ends_with("-Data.db") => found.push(path),
                false => {}
            }
        }
    }
    let mut paths = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"), &mut paths);
    paths.iter().map(|path| Sstable::open(path).unwrap()).collect()
}

/// Everything with a write time that a source has, one line each, and how many partitions, rows have nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    written: BTreeSet<(String, i64)>,
    keys: Vec<Vec<u8>>,
    empty: u64,
}

impl Content {
    fn of(mut source: impl UnfilteredPartitions) -> Result<Self> {
        let mut content = Self::default();
        while source.advance_partition()? {
            let partition = source.partition();
            let key = partition.key.to_vec();
            let before = content.written.len();
            content.deletion(format!("{key:?}"), partition.deletion);
            if let Some(row) = partition.static_row {
                content.row(&format!("{key:?} static"), &row);
                content.items(&format!("{key:?} static"), &mut source)?;
            }
            while source.advance_unfiltered()? {
                let before = content.written.len();
                let place = format!("{key:?} {:?}", source.unfiltered().place().1);
                match source.unfiltered() {
                    Unfiltered::Row(row) => {
                        content.row(&place, &row);
                        content.items(&place, &mut source)?;
                    }
                    // Of a boundary, the sides apart: a filter may let one of them pass.
                    Unfiltered::Marker(marker) => {
                        let (close, open) = (marker.kind.close(), marker.kind.open());
                        let kind = close.unwrap_or(marker.kind);
                        content.deletion(format!("{place} {}", kind.name()), marker.deletion);
                        if let (Some(open), Some(opened)) = (open, marker.opened) {
                            content.deletion(format!("{place} {}", open.name()), opened);
                        }
                    }
                }
                content.empty += u64::from(content.written.len() == before);
            }
            content.empty += u64::from(content.written.len() == before);
            content.keys.push(key);
        }
        Ok(content)
    }

    fn deletion(&mut self, of: String, deletion: DeletionTime) {
        if !deletion.is_live() {
            self.written.insert((format!("{of} deleted {deletion:?}"), deletion.marked_for_delete_at));
        }
    }

    fn row(&mut self, place: &str, row: &Row<'_>) {
        self.deletion(format!("{place} row"), row.deletion);
        self.deletion(format!("{place} shadowable"), row.shadowable_deletion);
        self.written.extend(row.liveness.map(|live| (format!("{place} {live:?}"), live.timestamp)));
    }

    fn items(&mut self, place: &str, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_item()? {
            let timestamp = match source.item() {
                RowItem::Cell(cell) => cell.timestamp,
                RowItem::ComplexDeletion { deletion, .. } => deletion.marked_for_delete_at,
            };
            self.written.insert((format!("{place} {:?}", source.item()), timestamp));
        }
        Ok(())
    }
}

fn filtered<'a>(sstable: &Sstable, options: &'a FilterOptions) -> Transformed<Cursor, RowFilter<'a>> {
    let filter = RowFilter::new(options, sstable.partitioner().unwrap());
    Transformed::new(sstable.scan(ScanOptions::default()).unwrap(), filter)
}

fn written(micros: (Bound<i64>, Bound<i64>)) -> FilterOptions {
    FilterOptions { written: Some(WrittenBetween { micros }), ..FilterOptions::default() }
}

#[test]
fn before_and_after_a_time_lies_all_that_is_written_each_thing_once() {
    let (mut cuts, mut dropped) = (0, DroppedCounts::default());
    for sstable in fixtures() {
        let all = Content::of(sstable.scan(ScanOptions::default()).unwrap()).unwrap();
        let times: BTreeSet<i64> = all.written.iter().map(|(_, time)| *time).collect();
        let picked: Vec<i64> = times.iter().copied().step_by(times.len().div_ceil(5).max(1)).collect();
        for time in picked {
            let options = written((Bound::Unbounded, Bound::Excluded(time)));
            let mut before = filtered(&sstable, &options);
            let earlier = Content::of(&mut before).unwrap();
            let options = written((Bound::Included(time), Bound::Unbounded));
            let later = Content::of(filtered(&sstable, &options)).unwrap();
            assert!(earlier.written.iter().all(|(_, written)| *written < time));
            assert!(later.written.iter().all(|(_, written)| *written >= time));
            let mut both = earlier.written;
            both.extend(later.written);
            assert_eq!(both, all.written, "{:?} at {time}", sstable.files());
            assert_eq!((earlier.empty, later.empty), (0, 0), "{:?} at {time}", sstable.files());
            cuts += 1;
            dropped.rows += before.transformation().dropped().rows;
            dropped.partitions += before.transformation().dropped().partitions;
            dropped.items += before.transformation().dropped().items;
        }
    }
    assert!(
        cuts > 100 && dropped.rows > 100 && dropped.partitions > 10 && dropped.items > 100,
        "{cuts} {dropped:?}"
    );
}

#[test]
fn keys_and_tokens_drop_whole_partitions_and_nothing_else() {
    for sstable in fixtures() {
        let all = Content::of(sstable.scan(ScanOptions::default()).unwrap()).unwrap();
        let dropped_keys: HashSet<Vec<u8>> = all.keys.iter().step_by(3).cloned().collect();
        let rest: Vec<Vec<u8>> =
            all.keys.iter().filter(|key| !dropped_keys.contains(*key)).cloned().collect();
        let options = FilterOptions { dropped_keys, ..FilterOptions::default() };
        assert_eq!(Content::of(filtered(&sstable, &options)).unwrap().keys, rest);

        let partitioner = sstable.partitioner().unwrap();
        let middle = partitioner.token(&all.keys[all.keys.len() / 2]);
        let first = partitioner.token(&all.keys[0]);
        // Both halves of the ring; equal ends are all of it.
        let mut halves = Vec::new();
        for tokens in [(middle.clone(), first.clone()), (first, middle)] {
            let tokens = Some(TokenRange { start: tokens.0, end: tokens.1 });
            let options = FilterOptions { tokens, ..FilterOptions::default() };
            halves.extend(Content::of(filtered(&sstable, &options)).unwrap().keys);
        }
        let (mut halves, mut keys) = (halves, all.keys);
        halves.sort();
        keys.sort();
        if keys.len() > 1 {
            assert_eq!(halves, keys);
        }
    }
}

#[test]
fn a_range_ends_with_its_last_token_and_may_go_over_the_end_of_the_ring() {
    let range = |start, end| TokenRange { start: Token::Murmur3(start), end: Token::Murmur3(end) };
    let inside = |range: &TokenRange| {
        [-10, 0, 5, 10]
            .into_iter()
            .filter(|token| range.contains(&Token::Murmur3(*token)))
            .collect::<Vec<_>>()
    };
    assert_eq!(inside(&range(-10, 5)), [0, 5]);
    assert_eq!(inside(&range(5, -10)), [-10, 10]);
    assert_eq!(inside(&range(5, 5)).len(), 4);
}

#[test]
fn counters_are_not_filtered_by_time() {
    let is_counter = |sstable: &Sstable| {
        let header = sstable.header();
        header.regular_columns.iter().any(|column| column.column_type == crate::types::CqlType::Counter)
    };
    let counters = fixtures().into_iter().find(is_counter).unwrap();
    assert_eq!(
        written((Bound::Included(0), Bound::Unbounded)).check(counters.header()).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    FilterOptions::default().check(counters.header()).unwrap();
}
