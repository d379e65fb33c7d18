//! SSTables in memory, made of what `dump --lossless` printed or of text.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_sstable::{
    Component, Descriptor, Format, Partitioner, Result, SstableId, Version,
    io::{MemoryDirectory, Source},
    reader::{Files, MemoryFiles, Sstable},
    row::UnfilteredPartitions,
    schema::TableSchema,
    tools::{
        import::{
            CsvOptions, ImportOptions, Importer, RefusedRow, RefusedRows, kept_of_table, serialization_header,
        },
        lossless::LosslessReader,
        rewrite::{Kept, Target},
    },
    writer::{
        SstableWriter, WriterOptions,
        builder::{BuilderOptions, SstableBuilder},
    },
};

/// The version that an SSTable of these letters is written in: its own, or the last of its release.
///
/// # Errors
/// If the letters are those of no version.
pub fn target(letters: &str) -> Result<Target> {
    let format = if letters == "da" { Format::Bti } else { Format::Big };
    Ok(Target { version: Version::parse(letters, format)?.written_as(), is_lossy: false })
}

/// Files in memory that may be those of an index, as otherwise their directory tells.
#[derive(Debug)]
struct PlacedFiles {
    files: MemoryFiles,
    is_index: bool,
}

impl Files for PlacedFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        self.files.open(component)
    }

    fn path(&self, component: Component) -> PathBuf {
        self.files.path(component)
    }

    fn is_index(&self) -> bool {
        self.is_index
    }
}

/// Writes lossless rows into an SSTable in memory, and opens it, as that of an index if the rows are such.
///
/// # Errors
/// If the rows cannot be read, or the version cannot hold them.
pub fn reimport(lossless: &[u8], is_index: bool) -> Result<Sstable> {
    let mut reader = LosslessReader::open(lossless, Path::new("rows.jsonl"))?;
    let header = reader.header().clone();
    let target = target(&header.version)?;
    let partitioner = Partitioner::parse(&header.partitioner, &header.serialization.key_type)?;
    let kept = header.kept(target, None)?;
    write(&mut reader, (kept, partitioner, target.version), is_index)
}

/// Imports rows of text for a table of `schema`, with a write time of 1, into an SSTable in memory. What is refused
/// is an error.
///
/// # Errors
/// If a row is refused, or the schema has no such table.
pub fn import_text(schema: &TableSchema, text: &[u8], csv: Option<&CsvOptions>) -> Result<Sstable> {
    let version = Version::parse("nb", Format::Big)?;
    let options = ImportOptions {
        write_time_micros: 1,
        write_times_ascend: false,
        ..ImportOptions::new(1_700_000_000)
    };
    let mut importer = Importer::new(schema, &options)?;
    let directory = Arc::new(MemoryDirectory::new("memory"));
    let header = serialization_header(schema);
    let mut builder =
        SstableBuilder::new(header, Partitioner::Murmur3, directory, BuilderOptions::default())?;
    match csv {
        Some(csv) => importer.csv(text, "rows.csv", csv, &mut builder, &mut Untold)?,
        None => importer.json_lines(text, "rows.jsonl", &mut builder, &mut Untold)?,
    }
    let mut sorted = builder.finish()?;
    let kept = kept_of_table(schema, &sorted, (version, &Partitioner::Murmur3), None)?;
    write(&mut sorted, (kept, Partitioner::Murmur3, version), false)
}

/// The error that ends the import tells of the row.
struct Untold;

impl RefusedRows for Untold {
    fn refused(&mut self, _row: &RefusedRow<'_>) -> Result<()> {
        Ok(())
    }
}

fn write<S: UnfilteredPartitions>(
    source: &mut S,
    (kept, partitioner, version): (Kept, Partitioner, Version),
    is_index: bool,
) -> Result<Sstable> {
    let options = WriterOptions {
        compression: kept.compression,
        index: kept.index,
        statistics: kept.settings,
        ..WriterOptions::new(version, &partitioner, kept.partitions)
    };
    let directory = MemoryDirectory::new("memory");
    let shared = Arc::new(directory.clone());
    let id = SstableId::Sequence(1);
    let mut writer = SstableWriter::new(shared, version, id, kept.header, partitioner, options)?;
    writer.write(source)?;
    let written = writer.finish()?;
    let mut files = MemoryFiles::default();
    let descriptor = Descriptor::new(&written.directory, version, written.id);
    for (component, _) in written.components {
        if let Some(bytes) = directory.bytes(&format!("{}-{component}", descriptor.stem())) {
            files.insert(component, bytes);
        }
    }
    Sstable::open_files(Box::new(PlacedFiles { files, is_index }), version)
}
