//! Indexes that are written anew from what Data.db holds: they have the bytes of Cassandra's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use cqlite_sstable::{
    Component, Descriptor, Result,
    component::IndexEntries,
    io::{FileSource, MemoryDirectory, Source as _},
    reader::{Cursor, ScanOptions, Sstable},
    row::{DeletionTime, Unfiltered},
    writer::index::{IndexSettings, IndexWriter},
};
use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::IndexedTable,
    fixtures,
    known::KnownSstable,
};

/// Writes the index of all that the cursor moves to.
fn write(cursor: &mut Cursor, writer: &mut IndexWriter) -> Result<()> {
    while cursor.advance_partition()? {
        let deletion = cursor.partition().deletion;
        writer.start_partition(cursor.partition().key, cursor.partition_position())?;
        writer.start_rows(cursor.rows_position());
        let mut end = cursor.rows_position();
        let mut open = DeletionTime::LIVE;
        while cursor.advance_unfiltered()? {
            let start = end;
            end = cursor.unfiltered_end();
            if let Unfiltered::Marker(marker) = cursor.unfiltered() {
                open = marker.open_behind();
            }
            writer.unfiltered(cursor.unfiltered().place(), start, end, open)?;
        }
        writer.end_partition(deletion, end + 1)?;
    }
    Ok(())
}

/// The index of an SSTable, written anew, with what its files are called.
fn rewritten(sstable: &Sstable) -> Result<Vec<(Component, Vec<u8>)>> {
    let directory = MemoryDirectory::new("memory");
    let mut writer = IndexWriter::new(
        Arc::new(directory.clone()),
        "new",
        sstable.version(),
        sstable.header(),
        sstable.partitioner()?,
        IndexSettings::of_sstable(sstable)?,
    )?;
    write(&mut sstable.scan(ScanOptions::default())?, &mut writer)?;
    let mut made = Vec::new();
    for (component, length) in writer.finish()? {
        let bytes = directory.bytes(&format!("new-{component}")).unwrap();
        assert_eq!(bytes.len() as u64, length);
        made.push((component, bytes));
    }
    Ok(made)
}

/// The files of the index that have other bytes than those that are there.
fn differences(data: &Path) -> Result<Vec<String>> {
    let descriptor = Descriptor::from_file(data)?;
    let mut different = Vec::new();
    for (component, ours) in rewritten(&Sstable::open(data)?)? {
        let theirs = std::fs::read(descriptor.file(component)).unwrap();
        if let Some(at) = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at)) {
            let lengths = [ours.len(), theirs.len()];
            different.push(format!("{} from {at} on: {lengths:?}", descriptor.file(component).display()));
        }
    }
    Ok(different)
}

/// Whether some partition has an index of its rows.
fn has_row_index(data: &Path) -> bool {
    let descriptor = Descriptor::from_file(data).unwrap();
    if let Ok(rows) = FileSource::open(&descriptor.file(Component::Rows)) {
        return rows.len() > 0;
    }
    let index = FileSource::open(&descriptor.file(Component::Index)).unwrap();
    let mut entries = IndexEntries::new(Arc::new(index));
    while let Some(entry) = entries.next_entry().unwrap() {
        if entry.promoted_length_bytes > 0 {
            return true;
        }
    }
    false
}

/// How many SSTables there are of each version, and how many of them have an index of rows.
fn rewrite_all(sstables: &[KnownSstable]) -> BTreeMap<&str, (usize, usize)> {
    let mut seen = BTreeMap::<_, (usize, usize)>::new();
    let mut different = Vec::new();
    for sstable in sstables {
        different.extend(differences(&sstable.data_path).unwrap());
        let counts = seen.entry(sstable.version.as_str()).or_default();
        counts.0 += 1;
        counts.1 += usize::from(has_row_index(&sstable.data_path));
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    seen
}

#[test]
fn the_index_of_each_fixture_has_the_bytes_of_cassandras() {
    let sstables = fixtures::sstables().unwrap();
    let seen = rewrite_all(&sstables);
    for version in ["me", "nb", "oa", "da"] {
        assert!(seen[version].0 > 0, "{seen:?}");
    }
    assert!(["nb", "oa", "da"].iter().all(|version| seen[version].1 > 0), "{seen:?}");
}

#[test]
fn the_index_of_each_sstable_of_the_corpus_has_the_bytes_of_cassandras() {
    let Some(corpus) = corpus_or_skip("rewriting the indexes of the corpus") else { return };
    let sstables = corpus.sstables().unwrap();
    let seen = rewrite_all(&sstables);
    let versions: Vec<_> = seen.keys().copied().collect();
    assert_eq!(versions, ["da", "ma", "mb", "mc", "md", "me", "na", "nb", "nc", "oa"]);
    assert!(["nb", "oa", "da"].iter().all(|version| seen[version].1 > 5), "{seen:?}");
}

/// Writes a table by Cassandra's own writer, and its index by ours: the lengths of its files.
fn rewrite_large(
    test: &str,
    table: IndexedTable,
    (is_bti, block_kibibytes): (bool, u32),
    entries: u32,
) -> Option<Vec<u64>> {
    let cassandra = cassandra_or_skip(test)?;
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("indexed");
    let data = table.write(&cassandra, &directory, is_bti, block_kibibytes, entries).unwrap();
    let different = differences(&data).unwrap();
    assert!(different.is_empty(), "{test}: {different:?}");
    let sstable = Sstable::open(&data).unwrap();
    if table != IndexedTable::Many {
        let inferred = IndexSettings::of_sstable(&sstable).unwrap();
        assert_eq!((inferred.block_bytes, inferred.min_index_interval), (block_kibibytes * 1024, 128));
    }
    let made = rewritten(&sstable).unwrap();
    Some(made.iter().map(|(_, bytes)| bytes.len() as u64).collect())
}

#[test]
fn a_million_partitions_have_the_trie_of_cassandras_own_writer() {
    let name = "a trie of a million partitions";
    let Some(lengths) = rewrite_large(name, IndexedTable::Many, (true, 16), 1_000_000) else { return };
    assert!(lengths[0] > 1000 * 4096 && lengths[1] == 0, "{lengths:?}");
}

#[test]
fn three_hundred_thousand_partitions_have_the_index_and_the_summary_of_cassandras_own_writer() {
    let name = "an index of 300,000 partitions";
    let Some(lengths) = rewrite_large(name, IndexedTable::Many, (false, 64), 300_000) else { return };
    assert!(lengths[0] > 3_000_000 && lengths[1] > 30_000, "{lengths:?}");
}

#[test]
fn blocks_of_rows_of_all_kinds_of_clusterings_have_the_index_of_cassandras_own_writer() {
    let name = "the index of wide partitions";
    for (is_bti, block_kibibytes) in [(true, 1), (true, 16), (false, 4)] {
        let form = (is_bti, block_kibibytes);
        let Some(lengths) = rewrite_large(name, IndexedTable::Wide, form, 200_000) else { return };
        assert!(lengths[usize::from(is_bti)] > 2 * 4096, "{lengths:?}");
    }
}

#[test]
fn clusterings_that_share_thousands_of_bytes_have_the_index_of_cassandras_own_writer() {
    for (is_bti, name) in [(true, "a deep trie of rows"), (false, "an index of long clusterings")] {
        let Some(lengths) = rewrite_large(name, IndexedTable::Deep, (is_bti, 16), 8_000) else { return };
        assert!(lengths[usize::from(is_bti)] > 2 * 4096, "{lengths:?}");
    }
}

#[test]
fn open_range_tombstones_are_indexed_as_by_cassandras_own_writer() {
    for (is_bti, name) in [(true, "a trie of markers"), (false, "an index of markers")] {
        let Some(lengths) = rewrite_large(name, IndexedTable::Ranges, (is_bti, 1), 40_000) else { return };
        assert!(lengths[usize::from(is_bti)] > 4 * 4096, "{lengths:?}");
    }
}
