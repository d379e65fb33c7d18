//! What `dump --lossless` printed, as an SSTable again.

use std::{path::Path, sync::Arc};

use cqlite_sstable::{
    Descriptor, Format, Partitioner, Result, SstableId, Version,
    io::MemoryDirectory,
    reader::{MemoryFiles, Sstable},
    tools::{lossless::LosslessReader, rewrite::Target},
    writer::{SstableWriter, WriterOptions},
};

/// The version that an SSTable of these letters is written in: its own, or the last of its release.
///
/// # Errors
/// If the letters are those of no version.
pub fn target(letters: &str) -> Result<Target> {
    let format = if letters == "da" { Format::Bti } else { Format::Big };
    Ok(Target { version: Version::parse(letters, format)?.written_as(), is_lossy: false })
}

/// Writes lossless rows into an SSTable in memory, and opens it.
///
/// # Errors
/// If the rows cannot be read, or the version cannot hold them.
pub fn reimport(lossless: &[u8]) -> Result<Sstable> {
    let mut reader = LosslessReader::open(lossless, Path::new("rows.jsonl"))?;
    let header = reader.header().clone();
    let target = target(&header.version)?;
    let partitioner = Partitioner::parse(&header.partitioner, &header.serialization.key_type)?;
    let kept = header.kept(target, None)?;
    let options = WriterOptions {
        compression: kept.compression,
        index: kept.index,
        statistics: kept.settings,
        ..WriterOptions::new(target.version, &partitioner, kept.partitions)
    };
    let directory = MemoryDirectory::new("memory");
    let mut writer = SstableWriter::new(
        Arc::new(directory.clone()),
        target.version,
        SstableId::Sequence(1),
        kept.header,
        partitioner,
        options,
    )?;
    writer.write(&mut reader)?;
    let written = writer.finish()?;
    let mut files = MemoryFiles::default();
    let descriptor = Descriptor::new(&written.directory, written.version, written.id);
    for (component, _) in written.components {
        let name = format!("{}-{component}", descriptor.stem());
        if let Some(bytes) = directory.bytes(&name) {
            files.insert(component, bytes);
        }
    }
    Sstable::open_files(Box::new(files), written.version)
}
