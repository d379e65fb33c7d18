//! An SSTable written anew from its own rows is the same, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::sync::Arc;

use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::io::{MemoryDirectory, OutputDirectory as _, Source};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::writer::{SstableWriter, WriterOptions, Written};
use cqlite_sstable::{Component, Descriptor, Result};
use cqlite_tests::available::corpus_or_skip;
use cqlite_tests::fixtures;
use cqlite_tests::known::KnownSstable;
use cqlite_tests::stored::uncompressed;

/// An SSTable and what was written from it.
struct Rewritten {
    sstable: Sstable,
    directory: MemoryDirectory,
    descriptor: Descriptor,
    written: Written,
}

fn rewrite(known: &KnownSstable) -> Result<Rewritten> {
    let sstable = Sstable::open(&known.data_path)?;
    let descriptor = Descriptor::from_file(&known.data_path)?;
    let directory = MemoryDirectory::new("memory");
    let compression = sstable.compression().map(CompressionParameters::from_info).transpose()?;
    let mut writer = SstableWriter::new(
        Arc::new(directory.clone()),
        descriptor.version(),
        descriptor.id().clone(),
        sstable.header().clone(),
        sstable.partitioner()?,
        WriterOptions { compression, ..WriterOptions::default() },
    )?;
    writer.write(&mut sstable.scan(ScanOptions::default())?)?;
    let written = writer.finish()?;
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

#[test]
fn every_sstable_has_the_same_data_when_it_is_written_anew() {
    let mut differing = Vec::new();
    let mut same = 0;
    for known in all() {
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
