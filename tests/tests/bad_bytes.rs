//! Damaged, cut and missing components, one after another: damage is told, in one sentence, and what was printed
//! before it is right. In process, over small SSTables of every kind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::sync::Arc;

use cqlite_sstable::{
    Component, Error, ErrorKind, Result,
    io::{Fault, FaultySource, FileSource, MemorySource, Source},
    reader::{Files as _, MemoryFiles, Sstable},
    tools::dump::DumpSummary,
};
use cqlite_tests::{
    cassandra::Format::{Da, Nb, Oa},
    fixtures,
    generated::{CHUNK_BYTES, partitions},
    mutated::{MutatedSstable, dump_files, state_no_compression, state_partitions},
};

/// A sound SSTable and its dump.
struct Sound {
    name: String,
    sstable: MutatedSstable,
    dump: Vec<u8>,
}

impl Sound {
    fn new(name: String, sstable: MutatedSstable) -> Self {
        let (dump, summary) = sstable.dump();
        summary.unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, sstable, dump }
    }

    fn fixture(format: cqlite_tests::cassandra::Format, keyspace: &str, table: &str) -> Self {
        let known = fixtures::table(format, keyspace, table);
        let sstable = MutatedSstable::read(&known.sstables[0].data_path);
        Self::new(format!("{format}/{keyspace}/{table}"), sstable)
    }

    /// The same rows, uncompressed, in small chunks.
    fn uncompressed(&self) -> Self {
        let plain = self.sstable.with_content(self.sstable.uncompressed(), 256);
        Self::new(format!("{} uncompressed", self.name), plain)
    }

    /// What holds of every damaged form of it.
    fn check(&self, what: &str, (printed, result): (Vec<u8>, Result<DumpSummary>)) -> Option<Error> {
        let what = format!("{}, {what}", self.name);
        match result {
            Ok(_) => {
                assert!(printed == self.dump, "{what}: no error, but another dump");
                None
            }
            Err(error) => {
                assert!(self.dump.starts_with(&printed), "{what}: what was printed is not right");
                let told = error.to_string();
                assert!(is_clear(&told), "{what}: '{told}' is no clear sentence");
                Some(error)
            }
        }
    }

    fn check_changed(&self, what: &str, changed: &MutatedSstable) -> Option<Error> {
        self.check(what, changed.dump())
    }
}

/// One line that names a file of the SSTable and says what to do.
fn is_clear(told: &str) -> bool {
    let names_a_file = Component::ALL.iter().any(|component| told.starts_with(component.file_name()));
    names_a_file && told.contains("; ") && !told.contains(char::is_control) && told.len() < 600
}

/// Small ones of each format, with statics, complex columns and range tombstones; compressed and not.
fn small() -> Vec<Sound> {
    let tables = [("shop", "orders"), ("rows", "statics"), ("rows", "ranges"), ("collections", "multi")];
    let mut all = Vec::new();
    for (format, count) in [(Nb, 4), (Oa, 4), (Da, 3)] {
        for (keyspace, table) in &tables[..count] {
            let compressed = Sound::fixture(format, keyspace, table);
            all.push(compressed.uncompressed());
            all.push(compressed);
        }
    }
    all
}

/// Some KiB in several chunks, of every compressor.
fn chunked() -> Vec<Sound> {
    let tables = ["lz4", "lz4_ratio", "snappy", "deflate", "zstd", "zstd_ratio", "noop", "none", "compacted"];
    let mut all: Vec<_> = tables.map(|table| Sound::fixture(Nb, "compression", table)).into();
    all.push(all[0].uncompressed());
    all
}

/// Whether a change of one byte can always be told.
fn is_covered(component: Component) -> bool {
    matches!(component, Component::Data | Component::Statistics | Component::Digest | Component::Crc)
}

fn flip(sound: &Sound, component: Component, at: usize, bits: u8) {
    let mut bytes = sound.sstable.components[&component].clone();
    bytes[at] ^= bits;
    let what = format!("bits {bits:#04x} of byte {at} of {component}");
    let error = sound.check_changed(&what, &sound.sstable.with(component, bytes));
    match error {
        None => assert!(!is_covered(component), "{}: {what} goes unnoticed", sound.name),
        Some(error) => {
            let kind = error.kind();
            let wrong_name = component == Component::CompressionInfo && kind == ErrorKind::Unsupported;
            assert!(kind == ErrorKind::Corrupt || wrong_name, "{}: {what}: {error:?}", sound.name);
            assert!(component != Component::Toc, "{}: {what}: {error}", sound.name);
        }
    }
}

/// Cuts a component at `length`. Only what no row needs may be cut unnoticed.
fn cut(sound: &Sound, component: Component, length: usize) {
    let bytes = sound.sstable.components[&component][..length].to_vec();
    let what = format!("{component} cut to {length} bytes");
    let error = sound.check_changed(&what, &sound.sstable.with(component, bytes));
    let is_needed = is_covered(component) || component == Component::CompressionInfo;
    assert_eq!(error.is_some(), is_needed, "{}: {what}: {error:?}", sound.name);
}

fn components(sound: &Sound) -> impl Iterator<Item = (Component, usize)> {
    sound.sstable.components.iter().map(|(component, bytes)| (*component, bytes.len()))
}

#[test]
fn every_flipped_byte_of_small_sstables_is_told_or_harmless() {
    for sound in small() {
        for (component, length) in components(&sound) {
            for at in 0..length {
                flip(&sound, component, at, 1 << (at % 8));
                flip(&sound, component, at, 0xFF);
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_one_small_sstable_is_told_or_harmless() {
    let compressed = Sound::fixture(Oa, "rows", "statics");
    for sound in [compressed.uncompressed(), compressed] {
        for (component, length) in components(&sound) {
            for (at, bit) in (0..length).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                flip(&sound, component, at, 1 << bit);
            }
        }
    }
}

#[test]
fn flipped_bytes_of_every_compressor_are_told() {
    for sound in chunked() {
        for (component, length) in components(&sound) {
            let step = if component == Component::Data { 11 } else { 1 };
            for at in (0..length).step_by(step) {
                flip(&sound, component, at, 1 << (at % 8));
            }
        }
    }
}

#[test]
fn small_sstables_cut_at_every_byte_are_told() {
    for sound in small() {
        for (component, length) in components(&sound) {
            (0..length).for_each(|length| cut(&sound, component, length));
        }
    }
}

#[test]
fn data_of_every_compressor_cut_anywhere_is_told() {
    for sound in chunked() {
        let length = sound.sstable.components[&Component::Data].len();
        (0..length).step_by(7).chain(length - 9..length).for_each(|at| cut(&sound, Component::Data, at));
    }
}

#[test]
fn bytes_behind_the_end_of_a_component_are_told() {
    for sound in small().into_iter().chain(chunked()) {
        for (component, _) in components(&sound).filter(|(component, _)| is_covered(*component)) {
            for more in [&[0_u8][..], &[0; 4], &[0xFF; 4], &[7; 300]] {
                let bytes = [sound.sstable.components[&component].as_slice(), more].concat();
                let what = format!("{} bytes behind {component}", more.len());
                let error = sound.check_changed(&what, &sound.sstable.with(component, bytes));
                // One more checksum of zero is what a writer leaves that flushes an empty chunk at the end.
                let is_empty_chunk = component == Component::Crc && more == [0; 4];
                let same_number = component == Component::Digest && more == [0xFF];
                assert!(error.is_some() || is_empty_chunk || same_number, "{}: {what}", sound.name);
            }
        }
    }
}

#[test]
fn without_a_component_reading_fails_or_goes_on_with_a_warning() {
    for sound in small().into_iter().chain(chunked()) {
        for (component, _) in components(&sound) {
            let without = sound.sstable.without(component);
            let needed =
                matches!(component, Component::Data | Component::Statistics | Component::CompressionInfo);
            let error = sound.check_changed(&format!("without {component}"), &without);
            let kind = error.map(|error| error.kind());
            assert_eq!(kind, needed.then_some(ErrorKind::Missing), "{} {component}", sound.name);
            if !needed && sound.sstable.components.contains_key(&Component::Toc) {
                let opened = Sstable::open_files(Box::new(without.files()), without.version).unwrap();
                let warnings: Vec<_> = opened.warnings().iter().map(ToString::to_string).collect();
                assert_eq!(warnings.len(), 1, "{} {component}: {warnings:?}", sound.name);
                assert!(warnings[0].starts_with(component.file_name()), "{warnings:?}");
                assert!(is_clear(&warnings[0]), "{warnings:?}");
            }
        }
    }
}

#[test]
fn every_failing_read_is_told() {
    for sound in small().into_iter().chain(chunked()) {
        for (component, _) in components(&sound) {
            let fails = |reads: &u64| fails_at(&sound, component, *reads, Fault::Error);
            let failing = (0..1000).take_while(fails).count();
            let is_read = is_covered(component) || component == Component::CompressionInfo;
            assert_eq!(failing > 0, is_read, "{} {component}", sound.name);
            assert!(failing < 1000);
            // A bit that is wrong in one read only may be right in the next.
            for reads in 0..10 {
                let _ = fails_at(&sound, component, reads, Fault::FlippedBit);
            }
        }
    }
}

/// Lets the read after `reads` others of a component fail. False when it never comes to it.
fn fails_at(sound: &Sound, component: Component, reads: u64, fault: Fault) -> bool {
    let mut files = MemoryFiles::default();
    for other in sound.sstable.components.keys() {
        let source = Arc::new(Copying(sound.sstable.files().open(*other).unwrap()));
        if *other == component {
            files.insert_source(*other, Arc::new(FaultySource::new(source, reads, fault)));
        } else {
            files.insert_source(*other, source);
        }
    }
    let what = format!("{fault:?} at read {reads} of {component}");
    sound.check(&what, dump_files(files, sound.sstable.version)).is_some()
}

/// Hides that the bytes are in memory, so that they are read as those of a file.
#[derive(Debug)]
struct Copying(Arc<dyn Source>);

impl Source for Copying {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        self.0.read_at(buffer, offset)
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

#[test]
fn damage_is_told_where_a_thread_reads_ahead() {
    let directory = tempfile::tempdir().unwrap();
    let table = partitions(400);
    let path = table.write(directory.path()).unwrap();
    let sound = Sound::new("400 partitions".to_owned(), MutatedSstable::read(&path));
    assert_eq!(sound.sstable.uncompressed().len() as u64, table.data_length());
    let length = sound.sstable.components[&Component::Data].len();
    for at in (0..length).step_by(length / 15).chain([length - 1]) {
        flip(&sound, Component::Data, at, 0x20);
        cut(&sound, Component::Data, at);
    }
    for reads in 0..3 {
        assert!(fails_at(&sound, Component::Data, reads, Fault::Error) || reads > 0);
    }
    // The last partitions are missing, at the border of a chunk, and every checksum is right.
    let rows = sound.sstable.uncompressed();
    let fewer = sound.sstable.with_content(rows[..CHUNK_BYTES * 300].to_vec(), 1 << 16);
    let mut statistics = sound.sstable.components[&Component::Statistics].clone();
    state_no_compression(&mut statistics);
    state_partitions(&mut statistics, 400);
    let fewer = fewer.with(Component::Statistics, statistics);
    let (printed, result) = fewer.dump();
    let told = result.unwrap_err().to_string();
    assert!(told.contains("300 partitions") && told.contains("400"), "{told}");
    assert!(sound.dump.starts_with(&printed));
}

#[test]
fn a_file_that_gets_shorter_while_it_is_read_is_told() {
    let sound = Sound::fixture(Nb, "compression", "lz4");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("Data.db");
    let data = &sound.sstable.components[&Component::Data];
    std::fs::write(&path, data).unwrap();
    let mut files = sound.sstable.files();
    files.insert_source(Component::Data, Arc::new(FileSource::open(&path).unwrap()));
    std::fs::write(&path, &data[..data.len() / 2]).unwrap();
    let (printed, result) = dump_files(files, sound.sstable.version);
    assert!(sound.dump.starts_with(&printed));
    let told = result.unwrap_err().to_string();
    assert!(told.contains("cut off") && told.contains("offset"), "{told}");
}

#[test]
fn what_has_another_name_than_its_bytes_is_told() {
    let sound = Sound::fixture(Nb, "shop", "orders");
    let other = Sound::fixture(Oa, "shop", "orders");
    // The version comes from the name alone.
    for (bytes, name) in [(&sound, &other), (&other, &sound)] {
        let misnamed = MutatedSstable { version: name.sstable.version, ..bytes.sstable.clone() };
        let (printed, result) = misnamed.dump();
        assert!(result.is_err(), "{}: {}", bytes.name, String::from_utf8_lossy(&printed));
    }
    // Components of different SSTables.
    let foreign = Sound::fixture(Nb, "rows", "ranges");
    for component in [Component::Data, Component::Statistics, Component::Digest] {
        let bytes = foreign.sstable.components[&component].clone();
        let (_, result) = sound.sstable.with(component, bytes).dump();
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Corrupt, "{component}");
    }
    let empty = Arc::new(MemorySource::new("Data.db", Vec::new()));
    let mut files = sound.sstable.files();
    files.insert_source(Component::Data, empty);
    assert!(sound.check("empty Data.db", dump_files(files, sound.sstable.version)).is_some());
}
