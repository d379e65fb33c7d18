//! A dump that is divided among threads is the one that is not.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::Version;
use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::io::MemorySource;
use crate::reader::MemoryFiles;

/// Not divided, whatever the size.
fn alone() -> Division {
    Division { threads: 1, ..Division::for_cores() }
}

/// Divided at every `segment_bytes`, with hardly any room for what waits.
fn divided(threads: usize, segment_bytes: u64, block_bytes: usize) -> Division {
    Division {
        threads,
        least_data_bytes: 0,
        least_segment_bytes: segment_bytes,
        most_segment_bytes: segment_bytes,
        waiting_segments: threads + 1,
        block_bytes,
        segment_blocks: 1,
    }
}

fn divisions() -> [Division; 4] {
    [divided(2, 1, 64 * 1024), divided(3, 100, 100), divided(2, 4096, 500), divided(4, 1, 1000)]
}

/// The components of an SSTable, in memory.
#[derive(Clone)]
struct Stored {
    name: String,
    version: Version,
    components: Vec<(Component, Vec<u8>)>,
}

impl Stored {
    fn read(descriptor: &Descriptor) -> Self {
        let read = |component| Some((component, std::fs::read(descriptor.file(component)).ok()?));
        Self {
            name: descriptor.file(Component::Data).display().to_string(),
            version: descriptor.version(),
            components: Component::ALL.into_iter().filter_map(read).collect(),
        }
    }

    fn bytes(&self, wanted: Component) -> Option<&[u8]> {
        self.components.iter().find(|(component, _)| *component == wanted).map(|(_, bytes)| bytes.as_slice())
    }

    fn with(&self, wanted: Component, bytes: Vec<u8>) -> Self {
        let mut changed = self.clone();
        changed.components.retain(|(component, _)| *component != wanted);
        changed.components.push((wanted, bytes));
        changed
    }

    fn open(&self) -> Sstable {
        let mut files = MemoryFiles::default();
        for (component, bytes) in &self.components {
            let source = MemorySource::new(component.file_name(), bytes.as_slice());
            files.insert_source(*component, Arc::new(source));
        }
        Sstable::open_files(Box::new(files), self.version).unwrap()
    }

    fn dump(&self, options: &DumpOptions, division: &Division) -> (Vec<u8>, Result<DumpSummary, String>) {
        let mut printed = Vec::new();
        let summary = dump_divided(&self.open(), options, &mut printed, division, &mut |_, _| {});
        (printed, summary.map_err(|error| error.to_string()))
    }
}

fn collect(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.to_str().unwrap().ends_with("-Data.db") {
            into.push(path);
        }
    }
}

fn fixtures() -> Vec<Stored> {
    let mut paths = Vec::new();
    for version in ["nb", "oa"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(version), &mut paths);
    }
    paths.sort();
    let found: Vec<Stored> =
        paths.iter().map(|path| Stored::read(&Descriptor::from_file(path).unwrap())).collect();
    assert!(found.len() > 100);
    found
}

fn partitions(stored: &Stored) -> u64 {
    stored.open().statistics().stats.estimated_partition_size_bytes.count() as u64
}

/// Fixtures with partitions enough to divide.
fn with_many_partitions() -> Vec<Stored> {
    let mut found = fixtures();
    found.retain(|stored| partitions(stored) >= 10 && stored.bytes(Component::Index).is_some());
    assert!(found.len() >= 4, "{}", found.len());
    found
}

fn options() -> Vec<DumpOptions> {
    let mut all = Vec::new();
    let formats = [
        DumpFormat::Json,
        DumpFormat::JsonLines,
        DumpFormat::Internal,
        DumpFormat::Keys,
        DumpFormat::Lossless,
    ];
    for format in formats {
        for tombstones_only in [false, true] {
            all.push(DumpOptions { format, tombstones_only, ..DumpOptions::new(1_700_000_000) });
        }
    }
    all
}

#[test]
fn every_fixture_is_printed_the_same_in_segments_of_any_size() {
    let mut divided_dumps = 0;
    for stored in fixtures() {
        for options in options() {
            let whole = stored.dump(&options, &alone());
            assert!(whole.1.is_ok(), "{}: {:?}", stored.name, whole.1);
            for division in divisions() {
                let parts = stored.dump(&options, &division);
                assert!(parts == whole, "{} {options:?} {division:?}: {:?}", stored.name, parts.1);
                divided_dumps += 1;
            }
        }
    }
    assert!(divided_dumps > 3000);
}

#[test]
fn keys_that_are_left_out_leave_no_separators() {
    for stored in with_many_partitions() {
        let (keys, _) =
            stored.dump(&DumpOptions { format: DumpFormat::Internal, ..DumpOptions::new(0) }, &alone());
        let first = String::from_utf8_lossy(&keys).split("]@").next().unwrap_or_default()[1..].to_owned();
        for format in [DumpFormat::Json, DumpFormat::JsonLines] {
            let excluded_keys = vec![first.clone()];
            let options = DumpOptions { format, excluded_keys, ..DumpOptions::new(0) };
            let whole = stored.dump(&options, &alone());
            for division in divisions() {
                assert!(stored.dump(&options, &division) == whole, "{} {division:?}", stored.name);
            }
        }
    }
}

#[test]
fn an_index_that_lies_changes_nothing() {
    for stored in with_many_partitions() {
        let index = stored.bytes(Component::Index).unwrap().to_vec();
        let mut lies = vec![Vec::new(), vec![0xFF; 5000], vec![0; 5000], index[..index.len() / 2].to_vec()];
        let step = index.len() / 20 + 1;
        for at in (0..index.len()).step_by(step) {
            for flip in [0x01, 0x10, 0x80] {
                let mut lie = index.clone();
                lie[at] ^= flip;
                lies.push(lie);
            }
        }
        // Places in the middle of partitions, in ascending order.
        let places = (1..60_u8).flat_map(|place| [0, 1, b'k', place * 2, 0]);
        lies.push(places.collect());
        let options = DumpOptions::new(0);
        let whole = stored.dump(&options, &alone());
        for lie in lies {
            let lying = stored.with(Component::Index, lie);
            for division in [divided(2, 1, 1000), divided(3, 100, 100)] {
                let parts = lying.dump(&options, &division);
                assert!(parts == whole, "{} {division:?}: {:?}", stored.name, parts.1);
            }
        }
    }
}

/// The bytes of Data.db turned one by one: the same error, behind a part of what would have been printed.
#[test]
fn damage_is_told_as_without_threads() {
    let mut failed = 0;
    for stored in with_many_partitions() {
        let data = stored.bytes(Component::Data).unwrap().to_vec();
        let options = DumpOptions::new(0);
        let (sound, _) = stored.dump(&options, &alone());
        let step = data.len() / 20 + 1;
        for at in (0..data.len()).step_by(step) {
            let mut bytes = data.clone();
            bytes[at] ^= 0x10;
            let damaged = stored.with(Component::Data, bytes);
            let (_, told) = damaged.dump(&options, &alone());
            for division in [divided(2, 1, 1000), divided(3, 100, 500)] {
                let (printed, told_by_parts) = damaged.dump(&options, &division);
                assert_eq!(told_by_parts, told, "{} byte {at} {division:?}", stored.name);
                assert!(sound.starts_with(&printed), "{} byte {at} {division:?}", stored.name);
            }
            failed += u32::from(told.is_err());
        }
    }
    assert!(failed > 50, "{failed}");
}

#[test]
fn a_damaged_digest_is_told_and_a_sound_one_is_computed() {
    for stored in with_many_partitions() {
        let Some(digest) = stored.bytes(Component::Digest) else { continue };
        let wrong = if digest == b"1" { b"2" } else { b"1" };
        let damaged = stored.with(Component::Digest, wrong.to_vec());
        let options = DumpOptions::new(0);
        let (_, told) = damaged.dump(&options, &alone());
        assert!(told.as_ref().unwrap_err().contains("it states the checksum"), "{told:?}");
        for division in divisions() {
            assert_eq!(damaged.dump(&options, &division).1, told, "{} {division:?}", stored.name);
        }
    }
}

/// Takes so many bytes and no more.
struct Closing(usize);

impl Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_ends_all_threads() {
    for stored in with_many_partitions() {
        let sstable = stored.open();
        let options = DumpOptions::new(0);
        let (whole, _) = stored.dump(&options, &alone());
        for taken in (0..whole.len()).step_by(whole.len() / 10 + 1) {
            for division in divisions() {
                let error = dump_divided(&sstable, &options, &mut Closing(taken), &division, &mut |_, _| {})
                    .unwrap_err();
                assert!(error.is_closed_pipe(), "{error}");
            }
        }
    }
}
