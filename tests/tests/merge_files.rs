//! Merging SSTables: of every table of the repository, damaged ones among them, and what overlaps tell.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::sync::Arc;

use cqlite_sstable::merge::{LazySource, Merge, OverlappingSstables, Overlaps, SharedColumns};
use cqlite_sstable::reader::{Cursor, ScanOptions, Sstable};
use cqlite_sstable::row::ClusteringOrder;
use cqlite_sstable::{Descriptor, Result};
use cqlite_tests::fixtures;
use cqlite_tests::fuzz::{Random, mutate};
use cqlite_tests::mutated::MutatedSstable;
use cqlite_tests::rows_told::{ColumnNames, rows_told};

fn scan(sstable: &Sstable) -> Result<Cursor> {
    sstable.scan(ScanOptions::default())
}

fn merged(sstables: &[Sstable]) -> Result<Vec<String>> {
    let headers: Vec<_> = sstables.iter().map(Sstable::header).collect();
    let columns = Arc::new(SharedColumns::new(&headers)?);
    let names = ColumnNames::of_header(&columns.header(&headers)?);
    let order = ClusteringOrder::new(headers[0].clustering_types.clone());
    let sources =
        sstables.iter().map(|one| Ok(LazySource::opened(scan(one)?))).collect::<Result<Vec<_>>>()?;
    rows_told(&mut Merge::new(sstables[0].partitioner()?, columns, order, sources), &names)
}

fn open(sstable: &MutatedSstable) -> Result<Sstable> {
    Sstable::open_files(Box::new(sstable.files()), sstable.version)
}

#[test]
fn an_sstable_merged_with_itself_is_itself() {
    let mut lines = 0;
    for known in fixtures::sstables().unwrap() {
        let stored = MutatedSstable::read(&known.data_path);
        let [one, two] = [open(&stored).unwrap(), open(&stored).unwrap()];
        let alone = rows_told(&mut scan(&one).unwrap(), &ColumnNames::of_header(one.header())).unwrap();
        assert_eq!(merged(&[one, two]).unwrap(), alone, "{}", known.data_path.display());
        lines += alone.len();
    }
    assert!(lines > 1_000, "{lines}");
}

#[test]
fn a_damaged_input_ends_the_merge_with_an_error_or_not_at_all() {
    let (mut whole, mut broken) = (0, 0);
    for (seed, known) in fixtures::sstables().unwrap().iter().enumerate() {
        let stored = MutatedSstable::read(&known.data_path);
        let content = stored.uncompressed();
        if content.len() > 100_000 {
            continue;
        }
        for round in 0..12 {
            let mut random = Random::new((seed * 100 + round) as u64);
            let mut damaged = content.clone();
            mutate(&mut damaged, &mut random);
            if damaged.is_empty() {
                continue;
            }
            let Ok(damaged) = open(&stored.with_content(damaged, 65_536)) else { continue };
            match merged(&[open(&stored).unwrap(), damaged]) {
                Ok(_) => whole += 1,
                Err(_) => broken += 1,
            }
        }
    }
    assert!(whole > 0 && broken > 100, "{whole} {broken}");
}

#[test]
fn an_sstable_overlaps_with_the_keys_that_it_has_and_with_few_others() {
    let (mut have, mut refused) = (0, 0);
    for known in fixtures::sstables().unwrap() {
        let sstable = Sstable::open(&known.data_path).unwrap();
        let mut keys = Vec::new();
        let mut cursor = scan(&sstable).unwrap();
        while cursor.advance_partition().unwrap() {
            keys.push(cursor.partition().key.to_vec());
        }
        let oldest = sstable.statistics().stats.min_timestamp;
        let ends = keys.first().cloned().zip(keys.last().cloned());
        let mut overlaps = OverlappingSstables::new(sstable.partitioner().unwrap());
        overlaps.add(Descriptor::from_file(&known.data_path).unwrap(), &sstable, ends).unwrap();
        for key in &keys {
            assert_eq!(
                overlaps.purgeable_before(key).unwrap(),
                Some(oldest),
                "{}",
                known.data_path.display()
            );
            have += 1;
            let mut other = key.clone();
            other.extend([1, 2, 3]);
            refused += usize::from(overlaps.purgeable_before(&other).unwrap().is_none());
        }
    }
    assert!(have > 100 && refused * 10 > have * 9, "{have} {refused}");
}
