//! One SSTable, open for reading.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::cursor::Place;
use super::lookup::{Lookup, LookupSetting};
use super::{Access, Cursor, DiskFiles, Files, Reader};
use crate::component::statistics::{SerializationHeader, Statistics};
use crate::component::{Component, CompressionInfo, digest, toc};
use crate::descriptor::Descriptor;
use crate::encoding::{ColumnSet, RowLayout};
use crate::error::{Error, ErrorKind, RESTORE, Result};
use crate::io::{
    CachedFeed, Checksum, ChunkCache, ChunkFeed, Feed, FileId, Gate, PlainFeed, Source, SourceExt as _,
    Window,
};
use crate::partitioner::Partitioner;
use crate::row::ClusteringOrder;
use crate::version::{Format, Version};

/// The components without which all rows can be read.
const OPTIONAL: [Component; 7] = [
    Component::Index,
    Component::Summary,
    Component::Partitions,
    Component::Rows,
    Component::Filter,
    Component::Digest,
    Component::Crc,
];

/// No Statistics.db is larger: it holds histograms of fixed size and one entry a column.
pub(super) const STATISTICS_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// An open SSTable: its metadata, and cursors over its rows.
///
/// Opening reads Statistics.db and the head of CompressionInfo.db; Data.db is read by cursors alone.
#[derive(Debug)]
pub struct Sstable {
    files: Arc<dyn Files>,
    version: Version,
    statistics: Arc<Statistics>,
    layout: Arc<RowLayout>,
    data: Arc<dyn Source>,
    storage: Storage,
    warnings: Vec<Error>,
    lookup: Mutex<Option<Arc<Lookup>>>,
    /// What Data.db is known as in a cache.
    data_id: FileId,
}

/// How Data.db is stored.
#[derive(Debug)]
enum Storage {
    Compressed(Arc<CompressionInfo>),
    Plain { crc: Option<Arc<dyn Source>> },
}

/// How to scan an SSTable.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// The regular columns that are wanted, by their index in the header; all if none are named. Cells of
    /// others are skipped. Static columns are always read.
    pub columns: Option<Vec<usize>>,
    /// Whether a thread may read and decompress ahead of the cursor. Such a cursor goes forward only.
    pub read_ahead: bool,
    /// Whether the checksum of the whole Data.db is computed on the way, for [`Sstable::finish_scan`]. The chunks'
    /// own checksums are always checked.
    pub digest: bool,
    /// How many bytes are read and how many are decompressed at a time, if fewer than the usual 256 KiB each: for one of
    /// many scans at once. Such a scan has no thread that reads ahead.
    pub step_bytes: Option<usize>,
}

/// How to read single partitions of an SSTable.
#[derive(Debug, Clone, Default)]
pub struct ReaderOptions {
    /// As [`ScanOptions::columns`].
    pub columns: Option<Vec<usize>>,
    /// Where decompressed chunks, and parts of the index, are kept, if they are. It may be that of other SSTables, too.
    pub cache: Option<ChunkCache>,
}

impl Sstable {
    /// Opens the SSTable of which `path` is a file.
    ///
    /// # Errors
    /// If the name is none of an SSTable, the version is not supported, a needed component is missing, or
    /// metadata is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_descriptor(&Descriptor::from_file(path.as_ref())?, Access::default())
    }

    /// Opens an SSTable that was found.
    ///
    /// # Errors
    /// As [`Sstable::open`].
    pub fn open_descriptor(descriptor: &Descriptor, access: Access) -> Result<Self> {
        Self::open_files(Box::new(DiskFiles::new(descriptor.clone(), access)), descriptor.version())
    }

    /// Opens an SSTable from any files.
    ///
    /// # Errors
    /// As [`Sstable::open`].
    pub fn open_files(files: Box<dyn Files>, version: Version) -> Result<Self> {
        let data = files.open(Component::Data).map_err(|error| {
            error.advise("without Data.db there are no rows: restore it from a snapshot or replica")
        })?;
        let source = files.open(Component::Statistics).map_err(|error| {
            error.advise(
                "without Statistics.db the columns and types are unknown: restore it from a snapshot or replica",
            )
        })?;
        let statistics = Statistics::parse(&source.read_all(STATISTICS_LIMIT_BYTES)?, version)
            .map_err(|error| error.at(source.path()).advise(RESTORE))?;
        let version = statistics.version;
        let mut warnings = Vec::new();
        let listed = check_components(&*files, version.format(), &mut warnings);
        let storage = open_storage(&*files, version, &statistics, listed.as_deref(), &mut warnings)?;
        if data.is_empty() {
            return Err(Error::corrupt("the file is empty, but an SSTable has at least one partition")
                .at(data.path())
                .advise(RESTORE));
        }
        let layout = Arc::new(statistics.header.row_layout(version));
        let (files, statistics, lookup) = (Arc::from(files), Arc::new(statistics), Mutex::new(None));
        let data_id = FileId::new();
        Ok(Self { files, version, statistics, layout, data, storage, warnings, lookup, data_id })
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The contents of Statistics.db.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The types and columns of the rows. This alone decides how they are decoded.
    pub fn header(&self) -> &SerializationHeader {
        &self.statistics.header
    }

    /// How Data.db is compressed, if it is.
    pub fn compression(&self) -> Option<&CompressionInfo> {
        match &self.storage {
            Storage::Compressed(info) => Some(info),
            Storage::Plain { .. } => None,
        }
    }

    /// The partitioner that orders it.
    ///
    /// # Errors
    /// If it is one that is not known.
    pub fn partitioner(&self) -> Result<Partitioner> {
        Partitioner::parse(&self.statistics.validation.partitioner, &self.header().key_type)
            .map_err(|error| error.at(self.files.path(Component::Statistics)))
    }

    /// Whether it belongs to a built-in secondary index.
    pub fn is_index(&self) -> bool {
        self.files.is_index()
    }

    /// The files it is read from.
    pub fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// What is wrong with it without keeping it from being read, such as a missing component.
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    /// Data.db.
    pub(crate) fn data(&self) -> &Arc<dyn Source> {
        &self.data
    }

    /// How rows are decoded.
    pub(crate) fn layout(&self) -> &Arc<RowLayout> {
        &self.layout
    }

    /// A cursor over all rows.
    ///
    /// # Errors
    /// If the checksums of an uncompressed Data.db cannot be read, or no thread can be started.
    pub fn scan(&self, options: ScanOptions) -> Result<Cursor> {
        self.data.advise_sequential();
        let window = match (options.step_bytes, &self.storage) {
            (None, _) => Window::new(self.feed(options.digest)?, options.read_ahead)?,
            (Some(step_bytes), Storage::Compressed(info)) => {
                let (data, info) = (Arc::clone(&self.data), Arc::clone(info));
                let feed = ChunkFeed::in_small_steps(data, info, options.digest, step_bytes);
                Window::small(Box::new(feed), step_bytes)?
            }
            (Some(step_bytes), Storage::Plain { .. }) => {
                Window::small(self.feed(options.digest)?, step_bytes)?
            }
        };
        Ok(self.cursor(window, options.columns.map(ColumnSet::from_indexes)))
    }

    /// A cursor over the rows from the start of `segment` on, where a partition has to begin. It can move past the
    /// segment's end; with one cursor for each of the segments that make up the data, their digests together
    /// are that of the file.
    pub(crate) fn scan_segment(&self, segment: &Range<u64>, gate: Box<dyn Gate>) -> Result<Cursor> {
        let window = Window::over_segment(self.feed(true)?, segment, gate);
        Ok(self.cursor(window.map_err(|error| error.at(self.data.path()))?, None))
    }

    /// As [`Sstable::scan`], from `position` of the uncompressed data on, where a partition has to begin.
    pub(super) fn scan_from(&self, position: u64, options: ScanOptions) -> Result<Cursor> {
        if position == 0 {
            return self.scan(options);
        }
        let feed = self.feed(false)?;
        let window = Window::from(feed, position.min(self.data_length()), options.read_ahead);
        let window = window.map_err(|error| error.at(self.data.path()))?;
        Ok(self.cursor(window, options.columns.map(ColumnSet::from_indexes)))
    }

    /// A reader of single partitions. The index is opened by the first one and shared by all.
    ///
    /// # Errors
    /// If the index is missing or damaged, the partitioner is not known, or Data.db's checksums cannot be read.
    pub fn reader(&self, options: ReaderOptions) -> Result<Reader> {
        let lookup = self.lookup()?;
        let mut feed = self.lookup_feed()?;
        if let Some(cache) = &options.cache {
            feed = Box::new(CachedFeed::new(feed, cache.file(self.data_id)));
        }
        let cursor = self.cursor(Window::for_lookups(feed)?, options.columns.map(ColumnSet::from_indexes));
        let order = ClusteringOrder::new(self.header().clustering_types.clone());
        let layout = Arc::clone(&self.layout);
        let state = lookup.state(options.cache.as_ref());
        Ok(Reader::new(lookup, state, cursor, layout, order, self.data.path().to_owned()))
    }

    /// Whether the bloom filter lets a partition with this serialized key be there; true where there is none. It is read
    /// by the first call.
    ///
    /// # Errors
    /// If the index is missing or damaged, or the partitioner is not known.
    pub fn may_contain(&self, key: &[u8]) -> Result<bool> {
        Ok(self.lookup()?.may_contain(key))
    }

    /// A cursor that is set here and there, to read keys.
    pub(crate) fn key_cursor(&self) -> Result<Cursor> {
        Ok(self.cursor(Window::for_lookups(self.lookup_feed()?)?, None))
    }

    /// A cursor over bytes that no checksum was compared with, for an uncompressed Data.db.
    pub(crate) fn unchecked_cursor(&self) -> Result<Cursor> {
        let feed = PlainFeed::for_lookups(Arc::clone(&self.data), None)?;
        Ok(self.cursor(Window::for_lookups(Box::new(feed))?, None))
    }

    /// CompressionInfo.db, if Data.db is compressed.
    pub(crate) fn shared_compression(&self) -> Option<&Arc<CompressionInfo>> {
        match &self.storage {
            Storage::Compressed(info) => Some(info),
            Storage::Plain { .. } => None,
        }
    }

    /// Whether CRC.db is there.
    pub(crate) fn has_crc(&self) -> bool {
        matches!(self.storage, Storage::Plain { crc: Some(_) })
    }

    /// Reads these columns as frozen, whatever the header says of them. Cassandra 3.0 wrote user-defined types frozen
    /// and named them in headers as if they were not (CASSANDRA-15035).
    pub fn freeze_columns(&mut self, names: &[Vec<u8>]) {
        let mut statistics = Statistics::clone(&self.statistics);
        let header = &mut statistics.header;
        for column in header.static_columns.iter_mut().chain(&mut header.regular_columns) {
            if names.contains(&column.name) {
                column.column_type = column.column_type.freeze();
            }
        }
        // Rows have simple columns first, each kind by name: what is frozen stands among the simple ones.
        for columns in [&mut header.static_columns, &mut header.regular_columns] {
            columns.sort_by(|a, b| {
                let kinds = a.column_type.is_multi_cell().cmp(&b.column_type.is_multi_cell());
                kinds.then_with(|| a.name.cmp(&b.name))
            });
        }
        self.layout = Arc::new(header.row_layout(self.version));
        self.statistics = Arc::new(statistics);
    }

    /// A feed for reads here and there.
    pub(crate) fn lookup_feed(&self) -> Result<Box<dyn Feed>> {
        let data = Arc::clone(&self.data);
        Ok(match &self.storage {
            Storage::Compressed(info) => Box::new(ChunkFeed::for_lookups(data, Arc::clone(info))),
            Storage::Plain { crc } => Box::new(PlainFeed::for_lookups(data, crc.clone())?),
        })
    }

    /// The index, opened once.
    pub(super) fn lookup(&self) -> Result<Arc<Lookup>> {
        let mut lookup = self.lookup.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lookup) = &*lookup {
            return Ok(Arc::clone(lookup));
        }
        let keys = self.statistics.stats.estimated_partition_size_bytes.count();
        let opened = Arc::new(Lookup::open(LookupSetting {
            files: Arc::clone(&self.files),
            version: self.version,
            partitioner: self.partitioner()?,
            keys: u64::try_from(keys).unwrap_or(0),
            // A chance of 1 means that the table has no filters.
            expects_filter: self.statistics.validation.bloom_filter_fp_chance < 1.0,
        })?);
        *lookup = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn feed(&self, digest: bool) -> Result<Box<dyn Feed>> {
        let data = Arc::clone(&self.data);
        Ok(match &self.storage {
            Storage::Compressed(info) => Box::new(ChunkFeed::new(data, Arc::clone(info), digest)),
            Storage::Plain { crc } => Box::new(PlainFeed::new(data, crc.clone(), digest)?),
        })
    }

    fn cursor(&self, window: Window, wanted: Option<ColumnSet>) -> Cursor {
        let place =
            Place { path: self.data.path().to_owned(), key_type: self.statistics.header.key_type.clone() };
        Cursor::new(Arc::clone(&self.layout), window, place, wanted)
    }

    /// The path of Data.db.
    pub(super) fn data_path(&self) -> &Path {
        self.data.path()
    }

    /// The uncompressed bytes of the data, as far as that is known without reading it.
    pub fn data_bytes(&self) -> u64 {
        self.data_length()
    }

    /// The uncompressed length of the data, as far as it is known without reading it.
    pub fn data_length(&self) -> u64 {
        self.compression().map_or_else(|| self.data.len(), |info| info.data_length_bytes)
    }

    /// Checks what can only be known at the end of a scan over everything: that there were as many partitions
    /// as Statistics.db counts, and, where the scan was to compute it, that Digest.crc32 matches if it is there.
    ///
    /// # Errors
    /// If one of them is not so.
    pub fn finish_scan(&self, cursor: &mut Cursor) -> Result<()> {
        cursor.finish()?;
        self.check_whole(cursor.partitions(), cursor.digest().as_ref())
    }

    /// What [`Sstable::finish_scan`] checks, from the number of all `partitions` and the digest.
    pub(crate) fn check_whole(&self, partitions: u64, digest: Option<&Checksum>) -> Result<()> {
        let computed = digest.and_then(|digest| digest.of_whole_file(self.data.len()));
        let counted = self.statistics.stats.estimated_partition_size_bytes.count();
        if (partitions as i64) < counted {
            return Err(Error::corrupt(format!(
                "the data ends after {partitions} partitions, but Statistics.db counts {counted}"
            ))
            .at(self.data.path())
            .advise("Data.db has been cut off: restore it from a snapshot or replica"));
        }
        let (Some(actual), Some(file)) = (computed, self.files.open_if_there(Component::Digest)?) else {
            return Ok(());
        };
        let expected = file.read_all(1024).and_then(|bytes| digest::parse(&bytes)).map_err(|error| {
            error.at(file.path()).advise("restore it, or remove it to read without comparing checksums")
        })?;
        if actual == expected {
            return Ok(());
        }
        let checked = match &self.storage {
            Storage::Plain { crc: None } => "Data.db or Digest.crc32 is damaged",
            _ => "as all chunks of Data.db match their own checksums, it is this file that is damaged",
        };
        Err(Error::corrupt(format!(
            "it states the checksum {expected}, but that of Data.db is {actual}: {checked}"
        ))
        .at(file.path())
        .advise("restore the SSTable from a snapshot or replica"))
    }
}

/// Compares TOC.txt with the files that are there; what is missing and not needed is a warning. Returns the
/// names that TOC.txt lists.
fn check_components(files: &dyn Files, format: Format, warnings: &mut Vec<Error>) -> Option<Vec<String>> {
    let listed = match files.open(Component::Toc) {
        Ok(source) => source.read_all(1024 * 1024).and_then(|bytes| toc::parse(&bytes)),
        Err(error) if error.kind() == ErrorKind::Missing => {
            Err(Error::new(ErrorKind::Missing, "the list of components is missing"))
        }
        Err(error) => Err(error),
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => {
            warnings.push(error.at(files.path(Component::Toc)).advise("reading goes on without it"));
            return None;
        }
    };
    for component in OPTIONAL.into_iter().filter(|component| component.is_of(format)) {
        if !listed.iter().any(|name| name == component.file_name()) {
            continue;
        }
        let is_for_checks = matches!(component, Component::Crc | Component::Digest);
        let without = if is_for_checks {
            "its checksums cannot be compared"
        } else {
            "it is not needed to read all rows"
        };
        match files.open(component) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Missing => warnings.push(
                Error::new(ErrorKind::Missing, "the file is missing")
                    .at(files.path(component))
                    .advise(without),
            ),
            // What is there for checks and cannot be read fails where it is used.
            Err(_) if is_for_checks => {}
            Err(error) => warnings.push(error.advise(without)),
        }
    }
    Some(listed)
}

/// The presence of CompressionInfo.db tells whether Data.db is compressed, unless it is missing by accident.
fn open_storage(
    files: &dyn Files,
    version: Version,
    statistics: &Statistics,
    listed: Option<&[String]>,
    warnings: &mut Vec<Error>,
) -> Result<Storage> {
    if let Some(source) = files.open_if_there(Component::CompressionInfo)? {
        return Ok(Storage::Compressed(Arc::new(CompressionInfo::open(source, version)?)));
    }
    let crc = files.open_if_there(Component::Crc)?;
    let is_listed = |component: Component| {
        listed.is_some_and(|names| names.iter().any(|name| name == component.file_name()))
    };
    // Statistics.db states a ratio of -1 for uncompressed data.
    let ratio_of_compressed = statistics.stats.compression_ratio >= 0.0;
    if is_listed(Component::CompressionInfo) || (crc.is_none() && ratio_of_compressed) {
        return Err(Error::new(ErrorKind::Missing, "the file is missing, but Data.db is compressed")
            .at(files.path(Component::CompressionInfo))
            .advise(
                "without the places of the chunks no row can be read: restore it from a snapshot or replica",
            ));
    }
    if crc.is_none() && !is_listed(Component::Crc) {
        warnings.push(
            Error::new(ErrorKind::Missing, "the file is missing")
                .at(files.path(Component::Crc))
                .advise("Data.db is read without checking its chunks"),
        );
    }
    Ok(Storage::Plain { crc })
}
