//! SSTables from elsewhere that become part of a table.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cqlite_sstable::component::statistics::{CommitLogPosition, HeaderColumn, IntervalSet, Statistics};
use cqlite_sstable::io::{OutputDirectory, SourceExt as _};
use cqlite_sstable::reader::{Files, Sstable};
use cqlite_sstable::schema::{ColumnKind, TableSchema};
use cqlite_sstable::tools::verify::{Verdict, VerifyOptions, verify};
use cqlite_sstable::writer::{CommitFailure, Operation, Transaction};
use cqlite_sstable::{Component, Descriptor, Error, Partitioner, Result, Version};

use super::links::names_of;
use crate::storage::compaction::executor::{LiveSstable, NextId};
use crate::storage::fs::{FileSystem, FsDirectory, FsFiles};

/// The most bytes of a Statistics.db that is changed.
const STATISTICS_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// How much is copied at a time.
const COPY_BYTES: usize = 1024 * 1024;

/// What is done with SSTables that are taken in (`SSTableImporter.Options`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestOptions {
    /// Whether they go to level 0 of leveled compaction: they may overlap anything.
    pub resets_level: bool,
    /// Whether they count as not repaired.
    pub clears_repaired: bool,
    /// Whether all of them is read and compared with all checksums first.
    pub verifies: bool,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self { resets_level: true, clears_repaired: true, verifies: true }
    }
}

/// SSTables that are complete in the directory of their table and not yet part of it. Dropped, they are removed.
#[derive(Debug)]
pub struct Ingested {
    transaction: Transaction,
    sstables: Vec<Arc<LiveSstable>>,
}

/// Copies SSTables into the directory of a table, by hard links where that is possible, under new ids. What their
/// Statistics.db says of a host and its commit log is left out: it would be taken for what this node has in its own log.
/// The originals stay as they are.
///
/// # Errors
/// [`cqlite_sstable::ErrorKind::InvalidInput`] if one is not of this table: its partitioner, key, clusterings or columns
/// are others; [`cqlite_sstable::ErrorKind::Corrupt`] if it is damaged; and if the directory cannot be written. Nothing is
/// left then.
pub fn ingest(
    files: &Arc<dyn FileSystem>,
    directory: &Path,
    table: (&TableSchema, &Partitioner),
    sources: &[Descriptor],
    (ids, options): (&NextId, IngestOptions),
) -> Result<Ingested> {
    let mut checked = Vec::with_capacity(sources.len());
    for source in sources {
        checked.push(check(files, table, source, options).map_err(|error| error.at(source.to_string()))?);
    }
    let output: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(files), directory));
    let version = sources
        .first()
        .map(Descriptor::version)
        .ok_or_else(|| Error::invalid_input("there is no SSTable to take in").advise("name at least one"))?;
    let mut transaction = Transaction::begin(output, Operation::Write, version)?;
    let mut sstables = Vec::with_capacity(sources.len());
    for (source, statistics) in sources.iter().zip(checked) {
        let target = transaction.add(source.version(), ids()?)?;
        copy(&**files, source, &target, &statistics)?;
        sstables.push(target);
    }
    let opened = sstables.into_iter().map(|target| LiveSstable::open(files, target).map(Arc::new));
    let sstables = opened.collect::<Result<_>>()?;
    Ok(Ingested { transaction, sstables })
}

impl Ingested {
    /// The SSTables, open.
    pub fn sstables(&self) -> &[Arc<LiveSstable>] {
        &self.sstables
    }

    /// Makes all of them part of the table.
    ///
    /// # Errors
    /// As `Transaction::commit` of the writer: [`CommitFailure::Undone`] if none of them is, and nothing is left of them.
    pub fn commit(self) -> Result<Vec<Arc<LiveSstable>>, CommitFailure> {
        let committed = self.transaction.commit()?;
        // All of it is there, whether the log can be removed or not: the next opening does it.
        let _ = committed.finish();
        Ok(self.sstables)
    }

    /// Removes them again.
    ///
    /// # Errors
    /// If a file cannot be removed: the log stays, and hides what is left.
    pub fn discard(self) -> Result<()> {
        self.transaction.abort()
    }
}

/// Checks an SSTable, and gives the bytes of the Statistics.db that it is to have.
fn check(
    files: &Arc<dyn FileSystem>,
    (schema, partitioner): (&TableSchema, &Partitioner),
    source: &Descriptor,
    options: IngestOptions,
) -> Result<Vec<u8>> {
    let opened = Arc::new(FsFiles::new(Arc::clone(files), source.clone()));
    let sstable = Sstable::open_files(Box::new((*opened).clone()), source.version())?;
    if sstable.partitioner()? != *partitioner {
        return Err(Error::invalid_input(format!(
            "it is ordered by {}, but the table by {}",
            sstable.partitioner()?.name(),
            partitioner.name()
        )));
    }
    check_columns(schema, &sstable)?;
    LiveSstable::open(files, source.clone())?;
    if options.verifies {
        check_content(Arc::clone(&opened) as Arc<dyn Files>, sstable.version())?;
    }
    let path = source.file(Component::Statistics);
    let bytes = opened.open(Component::Statistics)?.read_all(STATISTICS_LIMIT_BYTES)?;
    let mut statistics = Statistics::parse(&bytes, source.version()).map_err(|error| error.at(&path))?;
    let stats = &mut statistics.stats;
    stats.originating_host_id = None;
    stats.commit_log_intervals = IntervalSet::default();
    stats.commit_log_lower_bound = CommitLogPosition::NONE;
    stats.commit_log_upper_bound = CommitLogPosition::NONE;
    if options.resets_level {
        stats.sstable_level = 0;
    }
    if options.clears_repaired {
        (stats.repaired_at_millis, stats.pending_repair, stats.is_transient) = (0, None, false);
    }
    statistics.write(source.version()).map_err(|error| error.at(&path))
}

fn check_content(files: Arc<dyn Files>, version: Version) -> Result<()> {
    let report = verify(files, version, &VerifyOptions::default(), &mut |_| {});
    if report.verdict == Verdict::Sound {
        return Ok(());
    }
    let first = report.damages().next().map(ToString::to_string).unwrap_or_default();
    Err(Error::corrupt(format!("it is not sound: {first}"))
        .advise("save what is left of it with salvage, and take that in"))
}

fn check_columns(schema: &TableSchema, sstable: &Sstable) -> Result<()> {
    let header = sstable.header();
    let differs = |what: &str| {
        Error::invalid_input(format!(
            "its {what} is not that of {}.{}: it is of another table",
            schema.keyspace, schema.name
        ))
    };
    if !header.key_type.is_same_type(&schema.key_type()) {
        return Err(differs("partition key"));
    }
    let clusterings = schema.clustering_types();
    let is_same = header.clustering_types.len() == clusterings.len()
        && header.clustering_types.iter().zip(&clusterings).all(|(a, b)| a.is_same_type(b));
    if !is_same {
        return Err(differs("clustering"));
    }
    let statics = header.static_columns.iter().map(|column| (column, ColumnKind::Static));
    let regulars = header.regular_columns.iter().map(|column| (column, ColumnKind::Regular));
    for (column, kind) in statics.chain(regulars) {
        check_column(schema, column, kind)?;
    }
    Ok(())
}

fn check_column(schema: &TableSchema, column: &HeaderColumn, kind: ColumnKind) -> Result<()> {
    let name = column.name_text();
    let known = schema.columns(kind).iter().find(|known| known.name == *name);
    let dropped = schema.dropped_column(&name, kind);
    match known {
        Some(known) if known.column_type.is_same_type(&column.column_type) => Ok(()),
        _ if dropped.is_some() => Ok(()),
        Some(_) => Err(Error::invalid_input(format!(
            "its column {name} is of another type than that of {}.{}",
            schema.keyspace, schema.name
        ))),
        None => Err(Error::invalid_input(format!(
            "it has a {} column {name}, which {}.{} has not",
            kind.name(),
            schema.keyspace,
            schema.name
        ))
        .advise("add the column to the table first")),
    }
}

/// Makes all files of an SSTable anew under another name, and syncs them.
fn copy(files: &dyn FileSystem, source: &Descriptor, target: &Descriptor, statistics: &[u8]) -> Result<()> {
    let prefix = format!("{}-", source.stem());
    for name in names_of(files, source)? {
        let Some(component) = name.strip_prefix(&prefix) else { continue };
        let to = target.directory().join(format!("{}-{component}", target.stem()));
        let copied = if component == Component::Statistics.file_name() {
            write(files, &to, statistics)
        } else {
            link_or_copy(files, &source.directory().join(&name), &to)
        };
        copied.map_err(|error| Error::output(error).at(&to))?;
    }
    Ok(())
}

fn write(files: &dyn FileSystem, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = files.create(path)?;
    file.write_at(bytes, 0)?;
    file.sync()
}

/// A link is synced, too: who put the original there may not have done so.
fn link_or_copy(files: &dyn FileSystem, from: &Path, to: &Path) -> io::Result<()> {
    match files.hard_link(from, to) {
        Ok(()) => files.open_writable(to)?.sync(),
        // Of another device, or where links are not known.
        Err(error) if is_without_links(&error) => copy_bytes(files, from, to),
        Err(error) => Err(error),
    }
}

fn is_without_links(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::CrossesDevices | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
    )
}

fn copy_bytes(files: &dyn FileSystem, from: &Path, to: &Path) -> io::Result<()> {
    let (source, file) = (files.open(from)?, files.create(to)?);
    let mut buffer = vec![0; COPY_BYTES];
    let mut offset = 0;
    while offset < source.len() {
        let rest = usize::try_from(source.len() - offset).unwrap_or(usize::MAX);
        let length = rest.min(COPY_BYTES);
        let Some(part) = buffer.get_mut(..length) else { break };
        source.read_at(part, offset)?;
        file.write_at(part, offset)?;
        offset += length as u64;
    }
    file.sync()
}
