//! An SSTable written anew from its own rows is the same, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cqlite_sstable::component::CompressionInfo;
use cqlite_sstable::component::statistics::StatisticsSettings;
use cqlite_sstable::compress::{CompressionParameters, Compressor};
use cqlite_sstable::io::{DiskDirectory, FaultyDirectory, MemoryDirectory, OutputDirectory, Source};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::writer::index::IndexSettings;
use cqlite_sstable::writer::{SstableWriter, WriterOptions, Written};
use cqlite_sstable::{Component, Descriptor, ErrorKind, Result};
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::known::KnownSstable;
use cqlite_tests::rewritten::without_positions;
use cqlite_tests::stored::uncompressed;
use cqlite_tests::{cqlite, filters::keys_of_filter, fixtures, scratch};

/// An SSTable and what was written from it.
struct Rewritten {
    sstable: Sstable,
    directory: MemoryDirectory,
    descriptor: Descriptor,
    written: Written,
}

/// Writes an SSTable anew with everything that it was written with.
fn rewrite_into(known: &KnownSstable, directory: Arc<dyn OutputDirectory>) -> Result<(Sstable, Written)> {
    let sstable = Sstable::open(&known.data_path)?;
    let descriptor = Descriptor::from_file(&known.data_path)?;
    let (version, partitioner) = (descriptor.version(), sstable.partitioner()?);
    let stats = &sstable.statistics().stats;
    let fp_chance = sstable.statistics().validation.bloom_filter_fp_chance;
    let filter = std::fs::metadata(descriptor.file(Component::Filter)).map_or(0, |file| file.len());
    let keys = if filter == 0 { None } else { keys_of_filter(filter as usize, fp_chance) };
    let options = WriterOptions {
        compression: sstable.compression().map(CompressionParameters::from_info).transpose()?,
        index: IndexSettings::of_sstable(&sstable).unwrap_or(IndexSettings::of_version(version)),
        statistics: StatisticsSettings {
            sstable_level: stats.sstable_level,
            repaired_at_millis: stats.repaired_at_millis,
            ..StatisticsSettings::new(partitioner.class_name(), fp_chance)
        },
        ..WriterOptions::new(version, &partitioner, keys.unwrap_or(1))
    };
    let id = descriptor.id().clone();
    let mut writer =
        SstableWriter::new(directory, version, id, sstable.header().clone(), partitioner, options)?;
    writer.write(&mut sstable.scan(ScanOptions::default())?)?;
    let written = writer.finish()?;
    Ok((sstable, written))
}

fn rewrite(known: &KnownSstable) -> Result<Rewritten> {
    let descriptor = Descriptor::from_file(&known.data_path)?;
    let directory = MemoryDirectory::new("memory");
    let (sstable, written) = rewrite_into(known, Arc::new(directory.clone()))?;
    Ok(Rewritten { sstable, directory, descriptor, written })
}

impl Rewritten {
    fn bytes(&self, component: Component) -> Option<Vec<u8>> {
        self.directory.bytes(&format!("{}-{component}", self.descriptor.stem()))
    }

    fn source(&self, component: Component) -> Option<Arc<dyn Source>> {
        self.bytes(component)?;
        let name = format!("{}-{component}", self.descriptor.stem());
        Some(Arc::from(self.directory.open(&name).unwrap()))
    }

    fn original(&self, component: Component) -> Option<Vec<u8>> {
        std::fs::read(self.descriptor.file(component)).ok()
    }

    fn streams(&self) -> [Vec<u8>; 2] {
        let files = self.sstable.files();
        let ours = uncompressed(
            &*self.source(Component::Data).unwrap(),
            self.source(Component::CompressionInfo),
            self.written.version,
        );
        let theirs = uncompressed(
            &*files.open(Component::Data).unwrap(),
            files.open(Component::CompressionInfo).ok(),
            self.sstable.version(),
        );
        [ours.unwrap(), theirs.unwrap()]
    }
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    (a != b).then(|| a.iter().zip(b).take_while(|(a, b)| a == b).count())
}

fn all() -> Vec<KnownSstable> {
    let mut all = fixtures::sstables().unwrap();
    if let Some(corpus) = corpus_or_skip("rewriting") {
        all.extend(corpus.sstables().unwrap());
    }
    all
}

/// Local deletion times that are negative or beyond 2038, though the version has none such: those that overflowed in old
/// releases. Cassandra takes all of them for one invalid time, and so do we; it is written as one and the same number.
fn has_overflowed_times(known: &KnownSstable) -> bool {
    let path = known.data_path.to_string_lossy();
    path.contains("/negative-ldts/invalid_") || path.contains("/negative-ttl/")
}

#[test]
fn every_sstable_has_the_same_data_when_it_is_written_anew() {
    let mut differing = Vec::new();
    let mut same = 0;
    for known in all().into_iter().filter(|known| !has_overflowed_times(known)) {
        match rewrite(&known) {
            Ok(rewritten) => {
                let [ours, theirs] = rewritten.streams();
                match first_difference(&ours, &theirs) {
                    None => same += 1,
                    Some(at) => differing.push(format!(
                        "{}: byte {at} of {} and {}",
                        known.data_path.display(),
                        ours.len(),
                        theirs.len()
                    )),
                }
            }
            Err(error) => differing.push(format!("{}: {error}", known.data_path.display())),
        }
    }
    assert!(differing.is_empty(), "{same} same; {} not:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn indexes_and_filters_are_the_same_when_an_sstable_is_written_anew() {
    const OTHERS: [Component; 5] =
        [Component::Index, Component::Summary, Component::Partitions, Component::Rows, Component::Filter];
    let mut same = BTreeMap::<Component, usize>::new();
    for known in all().into_iter().filter(|known| !has_overflowed_times(known)) {
        let rewritten = rewrite(&known).unwrap();
        for component in OTHERS {
            let (ours, theirs) = (rewritten.bytes(component), rewritten.original(component));
            let lengths = [&ours, &theirs].map(|file| file.as_ref().map_or(0, Vec::len));
            // Pre-releases of 4.0 wrote na with the filters of the versions before.
            let has_other_layout = rewritten.sstable.version() != rewritten.written.version;
            if component == Component::Filter && has_other_layout {
                continue;
            }
            assert!(ours == theirs, "{component} of {}: {lengths:?} bytes", known.data_path.display());
            *same.entry(component).or_default() += usize::from(ours.is_some());
        }
    }
    assert!(OTHERS.iter().all(|component| same[component] > 50), "{same:?}");
}

/// Cassandra may have one more chunk at the end, of nothing: its length, a byte and a checksum.
fn extra_chunk_bytes(info: &CompressionInfo) -> usize {
    let chunks = info.data_length_bytes.div_ceil(u64::from(info.chunk_length_bytes));
    if info.chunk_count > chunks { 4 + 1 + 4 } else { 0 }
}

#[test]
fn lz4_data_of_an_older_library_is_as_large_as_cassandras_within_two_percent() {
    /// Of less, a few bytes are more than two percent.
    const SMALL_BYTES: usize = 800;
    let (mut compared, all) = (0, all());
    let least = if all.len() > fixtures::sstables().unwrap().len() { 60 } else { 19 };
    for known in all.into_iter().filter(|known| !has_overflowed_times(known)) {
        let rewritten = rewrite(&known).unwrap();
        let is_newer = rewritten.written.version.has_max_compressed_length();
        if is_newer || rewritten.sstable.compression().is_none_or(|info| info.compressor != Compressor::Lz4) {
            continue;
        }
        let [ours, theirs] = [rewritten.bytes(Component::Data), rewritten.original(Component::Data)];
        let [ours, theirs] = [ours.unwrap().len(), theirs.unwrap().len()];
        let theirs = theirs - rewritten.sstable.compression().map_or(0, extra_chunk_bytes);
        let what = known.data_path.display();
        assert!(ours.abs_diff(theirs) * 50 <= theirs.max(SMALL_BYTES), "{what}: {ours} bytes and {theirs}");
        compared += 1;
    }
    assert!(compared > least, "{compared}");
}

/// LZ4 is one library since Cassandra 4.0, and older releases have an older one; of the other compressors, Cassandra's is
/// another release or another program.
#[test]
fn lz4_and_uncompressed_data_is_stored_in_the_same_bytes() {
    let mut same = 0;
    for known in all().into_iter().filter(|known| !has_overflowed_times(known)) {
        let rewritten = rewrite(&known).unwrap();
        let info = rewritten.sstable.compression();
        let is_older = !rewritten.written.version.has_max_compressed_length();
        if info.is_some_and(|info| info.compressor != Compressor::Lz4 || is_older) {
            continue;
        }
        let what = known.data_path.display();
        let extra_bytes = info.map_or(0, extra_chunk_bytes);
        let [ours, theirs] = [rewritten.bytes(Component::Data), rewritten.original(Component::Data)];
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert_eq!(first_difference(&ours, &theirs[..theirs.len() - extra_bytes]), None, "{what}");
        let part = if info.is_some() { Component::CompressionInfo } else { Component::Crc };
        let Some(theirs) = rewritten.original(part) else { continue };
        let ours = rewritten.bytes(part).unwrap();
        if extra_bytes == 0 && info.is_some() {
            assert_eq!(ours, theirs, "{what}");
            assert_eq!(rewritten.bytes(Component::Digest), rewritten.original(Component::Digest), "{what}");
        } else if info.is_none() {
            assert_eq!(ours, theirs[..ours.len()], "{what}");
        }
        same += 1;
    }
    assert!(same > 10, "{same}");
}

/// What `cqlite dump` prints, without what depends on the day.
fn dump(data: &Path) -> String {
    let output = cqlite::cqlite().arg("dump").arg(data).output().unwrap();
    assert!(output.status.success(), "{}: {}", data.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_written_anew_is_sound_and_says_the_same() {
    let place = scratch::directory();
    for (number, known) in all().into_iter().enumerate() {
        // A directory whose name begins with a dot makes it the table of an index.
        let path = place.path().join(number.to_string()).join(known.directory().file_name().unwrap());
        let directory = DiskDirectory::create_all(&path).unwrap();
        let (_, written) =
            rewrite_into(&known, Arc::new(directory)).unwrap_or_else(|error| panic!("{error}"));
        let data = path.join(known.data_path.file_name().unwrap());
        let what = known.data_path.display();
        let verified = cqlite::cqlite().arg("verify").arg(&data).output().unwrap();
        if !has_overflowed_times(&known) {
            let told = String::from_utf8_lossy(&verified.stdout);
            assert!(verified.status.success(), "{what}: {told}");
        }
        for (component, bytes) in &written.components {
            let file = data.with_file_name(format!("{}-{component}", known.stem()));
            assert_eq!(file.metadata().unwrap().len(), *bytes, "{}", file.display());
        }
        let place = if has_overflowed_times(&known) { without_positions } else { str::to_owned };
        assert_eq!(place(&dump(&data)), place(&dump(&known.data_path)), "{what}");
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_is_an_error_and_has_a_list_of_components_only_behind_all_of_them() {
    let all = fixtures::sstables().unwrap();
    for known in all.iter().step_by(all.len() / 8) {
        let all_steps = u64::MAX / 2;
        let whole = MemoryDirectory::new("memory");
        let counting = FaultyDirectory::new(Arc::new(whole.clone()), all_steps);
        rewrite_into(known, Arc::new(counting.clone())).unwrap();
        let needed = all_steps - counting.steps_left();
        for steps in (0..needed).step_by(usize::try_from(needed / 200).unwrap().max(1)).chain([needed - 1]) {
            let memory = MemoryDirectory::new("memory");
            let faulty = FaultyDirectory::new(Arc::new(memory.clone()), steps);
            let error = rewrite_into(known, Arc::new(faulty)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Output, "{steps} of {needed}: {error}");
            let toc = format!("{}-TOC.txt", known.stem());
            let begins_toc = memory.bytes(&toc).is_some();
            for name in whole.names().unwrap().into_iter().filter(|name| begins_toc && *name != toc) {
                assert_eq!(memory.bytes(&name), whole.bytes(&name), "{steps} of {needed}: {name}");
            }
        }
    }
}
