//! Lookups in SSTables whose indexes are damaged, cut, missing, or of another SSTable: an error, or what is really
//! there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use cqlite_sstable::reader::{
    Cursor, Direction, KeySearch, Reader, ReaderOptions, ScanOptions, Slice, Sstable, Unfiltered,
};
use cqlite_sstable::{Component, Result};
use cqlite_tests::cassandra::Format::{self, Da, Nb, Oa};
use cqlite_tests::fixtures;
use cqlite_tests::mutated::MutatedSstable;

/// The rows of a partition as text.
type Rows = Vec<String>;

/// A row without its cells, or a marker, without where it lies.
fn head(unfiltered: Unfiltered<'_>) -> String {
    match unfiltered {
        Unfiltered::Row(row) => format!("{:?} {:?} {:?}", row.clustering, row.liveness, row.deletion),
        Unfiltered::Marker(marker) => {
            format!("{:?} {:?} {:?} {:?}", marker.kind, marker.clustering, marker.deletion, marker.opened)
        }
    }
}

fn rows_of(cursor: &mut Cursor) -> Result<Rows> {
    let mut rows = vec![format!("{:?}", cursor.partition().deletion)];
    while cursor.advance_unfiltered()? {
        let mut row = head(cursor.unfiltered());
        while cursor.advance_item()? {
            row.push_str(&format!("{:?}", cursor.item()));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn reversed_rows_of(reader: &mut Reader) -> Result<Rows> {
    let mut rows = Vec::new();
    let mut slice = reader.slice(Slice::all(), Direction::Reversed)?;
    while slice.advance_unfiltered()? {
        let mut row = head(slice.unfiltered());
        while slice.advance_item()? {
            row.push_str(&format!("{:?}", slice.item()));
        }
        rows.push(row);
    }
    rows.reverse();
    Ok(rows)
}

struct Sound {
    name: String,
    sstable: MutatedSstable,
    partitions: BTreeMap<Vec<u8>, Rows>,
}

/// What a lookup in a damaged SSTable may say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// Lookups that found what is there.
    right: usize,
    /// Lookups that ended with an error.
    errors: usize,
    /// Keys that are there and were said to be absent.
    lost: usize,
}

impl Sound {
    fn fixture(format: Format, keyspace: &str, table: &str) -> Self {
        let known = fixtures::table(format, keyspace, table);
        let sstable = MutatedSstable::read(&known.sstables[0].data_path);
        let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).unwrap();
        let mut cursor = opened.scan(ScanOptions::default()).unwrap();
        let mut partitions = BTreeMap::new();
        while cursor.advance_partition().unwrap() {
            let key = cursor.partition().key.to_vec();
            partitions.insert(key, rows_of(&mut cursor).unwrap());
        }
        Self { name: format!("{format}/{keyspace}/{table}"), sstable, partitions }
    }

    /// Looks up every key in `changed`. Rows that are shown are right; errors are sentences.
    fn look_up(&self, what: &str, changed: &MutatedSstable) -> Told {
        let what = format!("{}, {what}", self.name);
        let mut told = Told::default();
        let opened = Sstable::open_files(Box::new(changed.files()), changed.version);
        let Ok(sstable) = opened else {
            return Told { errors: self.partitions.len(), ..told };
        };
        for (key, wanted) in &self.partitions {
            let found = sstable.reader(ReaderOptions::default()).and_then(|mut reader| {
                if !reader.find(key)? {
                    return Ok(None);
                }
                let rows = rows_of(reader.cursor())?;
                let reversed = reversed_rows_of(&mut reader)?;
                assert!(reversed == rows[1..], "{what}: in reverse, other rows");
                Ok(Some(rows))
            });
            let searched = sstable.search(key).and_then(|(found, _)| match found {
                KeySearch::Found(mut found) => rows_of(&mut found.cursor).map(Some),
                KeySearch::Absent(_) => Ok(None),
            });
            match searched {
                Ok(Some(rows)) => assert!(rows == *wanted, "{what}: a search shows other rows"),
                Ok(None) => told.lost += 1,
                Err(_) => {}
            }
            match found {
                Ok(Some(rows)) => {
                    assert!(rows == *wanted, "{what}: other rows");
                    told.right += 1;
                }
                Ok(None) => told.lost += 1,
                Err(error) => {
                    let sentence = error.to_string();
                    assert!(
                        sentence.contains("; ") && !sentence.contains(char::is_control),
                        "{what}: {sentence}"
                    );
                    told.errors += 1;
                }
            }
        }
        told
    }
}

fn small() -> Vec<Sound> {
    let tables = [("shop", "orders"), ("rows", "statics"), ("rows", "ranges"), ("rows", "wide")];
    let mut all = Vec::new();
    for format in [Nb, Oa, Da] {
        all.extend(tables.map(|(keyspace, table)| Sound::fixture(format, keyspace, table)));
    }
    all
}

/// The indexes, and what else a lookup reads that no checksum covers.
const UNCHECKED: [Component; 7] = [
    Component::Index,
    Component::Summary,
    Component::Filter,
    Component::Partitions,
    Component::Rows,
    Component::CompressionInfo,
    Component::Toc,
];

/// At most so many bytes of a component are changed, spread over it.
const PLACES: usize = 1_500;

#[test]
fn no_flipped_byte_of_an_index_shows_other_rows() {
    for sound in small() {
        let mut lost: BTreeMap<Component, usize> = BTreeMap::new();
        for component in UNCHECKED {
            let Some(bytes) = sound.sstable.components.get(&component) else { continue };
            for at in (0..bytes.len()).step_by(bytes.len() / PLACES + 1) {
                for bits in [0x01, 0x80, 0xFF] {
                    let mut changed = bytes.clone();
                    changed[at] ^= bits;
                    let what = format!("bits {bits:#04x} of byte {at} of {component}");
                    let told = sound.look_up(&what, &sound.sstable.with(component, changed));
                    *lost.entry(component).or_default() += usize::from(told.lost > 0);
                }
            }
        }
        // Nothing in the trie tells a changed transition from a key that was never there; `verify` does.
        lost.remove(&Component::Partitions);
        lost.retain(|_, count| *count > 0);
        assert!(lost.is_empty(), "{}: keys are said to be absent: {lost:?}", sound.name);
    }
}

#[test]
fn no_cut_index_shows_other_rows_or_hides_any() {
    for sound in small() {
        for component in UNCHECKED {
            let Some(bytes) = sound.sstable.components.get(&component) else { continue };
            for length in (0..bytes.len()).step_by(bytes.len() / PLACES + 1) {
                let what = format!("{component} cut to {length} bytes");
                let told = sound.look_up(&what, &sound.sstable.with(component, bytes[..length].to_vec()));
                assert_eq!(told.lost, 0, "{}, {what}", sound.name);
            }
        }
    }
}

#[test]
fn a_missing_summary_or_filter_is_made_anew_and_a_missing_index_is_named() {
    for format in [Nb, Oa] {
        let sound = Sound::fixture(format, "shop", "orders");
        for component in [Component::Summary, Component::Filter, Component::Digest, Component::Toc] {
            let told = sound.look_up("without", &sound.sstable.without(component));
            assert_eq!(told.right, sound.partitions.len(), "without {component}");
        }
        let without = sound.sstable.without(Component::Summary).without(Component::Toc);
        let sstable = Sstable::open_files(Box::new(without.files()), without.version).unwrap();
        let reader = sstable.reader(ReaderOptions::default()).unwrap();
        let warnings = reader.take_warnings();
        assert!(warnings.iter().any(|warning| warning.to_string().starts_with("Summary.db")), "{warnings:?}");
        let told = sound.look_up("without Index.db", &sound.sstable.without(Component::Index));
        assert_eq!(told.errors, sound.partitions.len());
    }
    let sound = Sound::fixture(Da, "shop", "orders");
    for component in [Component::Partitions, Component::Rows] {
        let told = sound.look_up("without", &sound.sstable.without(component));
        assert_eq!(told.errors, sound.partitions.len(), "without {component}");
    }
}

#[test]
fn an_index_or_summary_of_another_table_is_told_and_never_believed() {
    for format in [Nb, Oa] {
        let sound = Sound::fixture(format, "shop", "orders");
        let other = MutatedSstable::read(&fixtures::table(format, "rows", "statics").sstables[0].data_path);
        for components in [
            &[Component::Index][..],
            &[Component::Summary],
            &[Component::Index, Component::Summary],
            &[Component::Index, Component::Summary, Component::Filter],
        ] {
            let mut changed = sound.sstable.clone();
            for component in components {
                changed.components.insert(*component, other.components[component].clone());
            }
            let told = sound.look_up(&format!("with other {components:?}"), &changed);
            assert_eq!(told.lost, 0, "{format} {components:?} {told:?}");
            let index_is_right = !components.contains(&Component::Index);
            assert_eq!(told.right > 0, index_is_right, "{format} {components:?} {told:?}");
        }
    }
    let sound = Sound::fixture(Da, "shop", "orders");
    let other = MutatedSstable::read(&fixtures::table(Da, "rows", "statics").sstables[0].data_path);
    let changed = sound.sstable.with(Component::Partitions, other.components[&Component::Partitions].clone());
    let told = sound.look_up("with other Partitions.db", &changed);
    assert_eq!((told.lost, told.right), (0, 0), "{told:?}");
}

#[test]
fn a_filter_of_another_table_hides_no_key_however_many_are_looked_up() {
    for format in [Nb, Oa, Da] {
        let sound = Sound::fixture(format, "shop", "orders");
        let other = MutatedSstable::read(&fixtures::table(format, "rows", "statics").sstables[0].data_path);
        let filter = other.components[&Component::Filter].clone();
        let changed = sound.sstable.with(Component::Filter, filter);
        let sstable = Sstable::open_files(Box::new(changed.files()), changed.version).unwrap();
        let mut reader = sstable.reader(ReaderOptions::default()).unwrap();
        for _ in 0..20 {
            for key in sound.partitions.keys() {
                assert!(reader.find(key).unwrap(), "{format} {key:?}");
            }
        }
        let warnings = reader.take_warnings();
        assert!(warnings.iter().any(|warning| warning.to_string().starts_with("Filter.db")), "{warnings:?}");
    }
}

/// A copy of the files of an SSTable in a directory of its own.
fn copied(format: Format, keyspace: &str, table: &str) -> (tempfile::TempDir, PathBuf) {
    let data = &fixtures::table(format, keyspace, table).sstables[0].data_path;
    let directory = tempfile::tempdir().unwrap();
    let stem = data.file_name().unwrap().to_str().unwrap().trim_end_matches("Data.db");
    for file in std::fs::read_dir(data.parent().unwrap()).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.starts_with(stem) {
            std::fs::copy(&file, directory.path().join(name)).unwrap();
        }
    }
    let path = directory.path().join(data.file_name().unwrap());
    (directory, path)
}

#[test]
fn files_that_shrink_or_vanish_while_they_are_read_end_in_an_error_or_change_nothing() {
    for format in [Nb, Oa, Da] {
        let sound = Sound::fixture(format, "rows", "wide");
        let index = if format == Da { "Partitions.db" } else { "Index.db" };
        for (file, is_cut) in [("Data.db", true), (index, true), ("Data.db", false), (index, false)] {
            let (_directory, data) = copied(format, "rows", "wide");
            let path =
                data.with_file_name(data.file_name().unwrap().to_str().unwrap().replace("Data.db", file));
            let sstable = Sstable::open(&data).unwrap();
            let mut reader = sstable.reader(ReaderOptions::default()).unwrap();
            let (first, rows) = sound.partitions.first_key_value().unwrap();
            assert!(reader.find(first).unwrap());
            match is_cut {
                true => std::fs::File::options().write(true).open(&path).unwrap().set_len(1).unwrap(),
                false => std::fs::remove_file(&path).unwrap(),
            }
            let mut fresh = sstable.reader(ReaderOptions::default()).unwrap();
            let found = fresh.find(first).and_then(|found| {
                assert!(found, "{format} {file}: a key that is there is not said to be absent");
                rows_of(fresh.cursor())
            });
            match found {
                Ok(found) => assert!(!is_cut && found == *rows, "{format} {file}"),
                Err(error) => {
                    assert!(is_cut && error.to_string().contains("ends before"), "{format} {file}: {error}");
                }
            }
        }
    }
}
