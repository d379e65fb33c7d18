//! Indexes that are written anew from what Data.db holds: they have the bytes of Cassandra's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use cqlite_sstable::row::Unfiltered;
use cqlite_sstable::{
    Component, Descriptor, Result,
    io::{MemoryDirectory, OutputDirectory},
    reader::{Cursor, ScanOptions, Sstable},
    writer::index::{IndexSettings, IndexWriter},
};
use cqlite_tests::{available::corpus_or_skip, fixtures, known::KnownSstable};

/// The deletion that is open behind a row or marker.
fn open_behind(
    unfiltered: &Unfiltered<'_>,
    before: cqlite_sstable::row::DeletionTime,
) -> cqlite_sstable::row::DeletionTime {
    match unfiltered {
        Unfiltered::Row(_) => before,
        Unfiltered::Marker(marker) => marker.open_behind(),
    }
}

/// Writes the index of all that the cursor moves to.
fn write(cursor: &mut Cursor, writer: &mut IndexWriter) -> Result<()> {
    let mut in_partition = cursor.advance_partition()?;
    while in_partition {
        let deletion = cursor.partition().deletion;
        writer.start_partition(cursor.partition().key, cursor.partition_position())?;
        writer.start_rows(cursor.rows_position());
        let mut end = cursor.rows_position();
        let mut open = cqlite_sstable::row::DeletionTime::LIVE;
        while cursor.advance_unfiltered()? {
            let start = end;
            end = cursor.unfiltered_end();
            let unfiltered = cursor.unfiltered();
            open = open_behind(&unfiltered, open);
            writer.unfiltered(unfiltered.place(), start, end, open)?;
        }
        writer.end_partition(deletion, end + 1)?;
        in_partition = cursor.advance_partition()?;
    }
    Ok(())
}

fn rewritten(
    sstable: &Sstable,
    settings: IndexSettings,
    directory: Arc<dyn OutputDirectory>,
) -> Result<Vec<(Component, u64)>> {
    let mut writer = IndexWriter::new(
        directory,
        "x",
        sstable.version(),
        sstable.header(),
        sstable.partitioner()?,
        settings,
    )?;
    write(&mut sstable.scan(ScanOptions::default())?, &mut writer)?;
    writer.finish()
}

fn differences(data: &Path) -> Result<Vec<Component>> {
    let sstable = Sstable::open(data)?;
    let settings = IndexSettings::of_sstable(&sstable)?;
    let memory = MemoryDirectory::new("memory");
    let made = rewritten(&sstable, settings, Arc::new(memory.clone()))?;
    let descriptor = Descriptor::from_file(data)?;
    let mut different = Vec::new();
    for (component, length) in made {
        let ours = memory.bytes(&format!("x-{component}")).unwrap();
        assert_eq!(ours.len() as u64, length);
        match std::fs::read(descriptor.file(component)) {
            Ok(theirs) if theirs == ours => {}
            _ => different.push(component),
        }
    }
    Ok(different)
}

#[test]
fn every_index_has_the_bytes_of_cassandras() {
    let mut known: Vec<KnownSstable> = fixtures::sstables().unwrap();
    if let Some(corpus) = corpus_or_skip("the indexes of the corpus") {
        known.extend(corpus.sstables().unwrap());
    }
    let mut seen = BTreeMap::<String, usize>::new();
    let mut told = Vec::new();
    for sstable in &known {
        match differences(&sstable.data_path) {
            Ok(different) if different.is_empty() => *seen.entry(sstable.version.clone()).or_default() += 1,
            Ok(different) => told.push(format!("{} {different:?}", sstable.data_path.display())),
            Err(error) => told.push(format!("{} {error}", sstable.data_path.display())),
        }
    }
    eprintln!("{seen:?}");
    assert!(told.is_empty(), "{}\n{}", told.len(), told.join("\n"));
}
