//! The writer of one SSTable.

use std::sync::Arc;

use super::conversion::Converter;
use super::data::DataWriter;
use super::index::IndexWriter;
use super::key_filter::KeyFilter;
use super::new_files::NewFiles;
use super::order::{KeyOrder, RowOrder};
use super::partition::{OpenPartition, OpenRow};
use super::path_order::PathOrder;
use super::row_columns::RowColumns;
use super::{WriterOptions, Written};
use crate::component::statistics::{SerializationHeader, StatisticsCollector, StatisticsSettings};
use crate::component::{BloomFilter, Component, FilterLayout, toc};
use crate::descriptor::SstableId;
use crate::encoding::RowLayout;
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, Spill};
use crate::partitioner::Partitioner;
use crate::row::{ClusteringOrder, RowItem, Unfiltered, UnfilteredPartitions};
use crate::version::Version;

/// The columns of a row that are kept in memory until it ends; a larger row goes to a temporary file.
const ROW_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Writes one SSTable from partitions in the order of their tokens and keys (`SortedTableWriter`).
///
/// A source is drained by [`SstableWriter::write`]. Who has rows of other kinds pushes them: a partition, its static row
/// if it has one, rows and markers in clustering order, each row with its cells in column order.
///
/// After an error it must not be used further. Unless it is finished, all that it made is removed with it.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cqlite_sstable::component::statistics::SerializationHeader;
/// use cqlite_sstable::io::MemoryDirectory;
/// use cqlite_sstable::row::{ClusteringBuffer, DeletionTime, Liveness, Row};
/// use cqlite_sstable::types::CqlType;
/// use cqlite_sstable::writer::{SstableWriter, WriterOptions};
/// use cqlite_sstable::{Format, Partitioner, SstableId, Version};
/// let header = SerializationHeader {
///     min_timestamp: 0,
///     min_local_deletion_time_seconds: 0,
///     min_ttl_seconds: 0,
///     key_type: CqlType::Int,
///     clustering_types: Vec::new(),
///     static_columns: Vec::new(),
///     regular_columns: Vec::new(),
/// };
/// let (version, partitioner) = (Version::parse("nb", Format::Big)?, Partitioner::Murmur3);
/// let options = WriterOptions::new(version, &partitioner, 1);
/// let directory = MemoryDirectory::new("memory");
/// let id = SstableId::Sequence(1);
/// let mut writer = SstableWriter::new(Arc::new(directory.clone()), version, id, header, partitioner, options)?;
/// writer.start_partition(&[0, 0, 0, 1], DeletionTime::LIVE)?;
/// writer.start_row(&Row {
///     is_static: false,
///     clustering: ClusteringBuffer::default().as_clustering(),
///     liveness: Some(Liveness::new(1_700_000_000_000_000)),
///     deletion: DeletionTime::LIVE,
///     shadowable_deletion: DeletionTime::LIVE,
/// })?;
/// writer.end_row()?;
/// writer.end_partition()?;
/// assert_eq!(writer.finish()?.partitions, 1);
/// assert!(directory.bytes("nb-1-big-TOC.txt").is_some());
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub struct SstableWriter {
    pub(super) files: NewFiles,
    version: Version,
    id: SstableId,
    pub(super) layout: RowLayout,
    header: SerializationHeader,
    pub(super) converter: Converter,
    pub(super) data: DataWriter,
    pub(super) index: IndexWriter,
    pub(super) filter: KeyFilter,
    pub(super) collector: StatisticsCollector,
    settings: StatisticsSettings,
    pub(super) keys: KeyOrder,
    pub(super) rows: RowOrder,
    pub(super) columns: RowColumns,
    pub(super) partition: OpenPartition,
    pub(super) row: OpenRow,
    pub(super) partitions: u64,
    pub(super) unfiltereds: u64,
    /// What is about to be written, and what a part of it is made in.
    pub(super) front: Vec<u8>,
    pub(super) scratch: Vec<u8>,
}

impl SstableWriter {
    /// Begins an SSTable in `directory`. Cells and complex deletions that come have columns by their place in `header`;
    /// types and bases that the version cannot hold are changed in what is written.
    ///
    /// # Errors
    /// If there is an SSTable of this id, a file cannot be made, an option has a value that it cannot have, or the version
    /// cannot hold the types or the compression.
    pub fn new(
        directory: Arc<dyn OutputDirectory>,
        version: Version,
        id: SstableId,
        header: SerializationHeader,
        partitioner: Partitioner,
        options: WriterOptions,
    ) -> Result<Self> {
        let mut converter = Converter::new(version, options.lossy);
        let compression = converter.compression(options.compression)?;
        let header = converter.header(header)?;
        let settings = options.statistics;
        let filter =
            BloomFilter::with_chance(options.estimated_keys.max(1), settings.bloom_filter_fp_chance)?;
        let files = NewFiles::new(Arc::clone(&directory), version, &id)?;
        let data = DataWriter::create(&files, compression.as_ref(), options.writes_behind)?;
        let index = IndexWriter::new(
            Arc::clone(&directory),
            files.stem(),
            version,
            &header,
            partitioner.clone(),
            options.index,
        )?;
        Ok(Self {
            files,
            version,
            id,
            layout: header.row_layout(version),
            converter,
            data,
            index,
            filter: KeyFilter::new(filter),
            collector: StatisticsCollector::new(version, &header),
            settings,
            keys: KeyOrder::new(partitioner, header.key_type.clone()),
            rows: RowOrder::new(ClusteringOrder::new(header.clustering_types.clone())),
            columns: RowColumns::new(PathOrder::new(&header), Spill::new(directory, ROW_LIMIT_BYTES)),
            header,
            partition: OpenPartition::default(),
            row: OpenRow::new(),
            partitions: 0,
            unfiltereds: 0,
            front: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// The header that the SSTable gets.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// Uncompressed bytes of Data.db so far.
    pub fn position(&self) -> u64 {
        self.data.position()
    }

    /// Bytes of Data.db so far as they are stored; what is not yet a whole chunk is left out, and what another thread has
    /// not yet stored.
    pub fn stored_bytes(&self) -> u64 {
        self.data.stored_bytes()
    }

    /// Partitions so far.
    pub fn partitions(&self) -> u64 {
        self.partitions
    }

    /// What Statistics.db is to say beside what the rows tell; the size of the filter is chosen already.
    pub fn settings_mut(&mut self) -> &mut StatisticsSettings {
        &mut self.settings
    }

    /// Writes all partitions of a source, from the next one on.
    ///
    /// # Errors
    /// Those of the source, of the push methods, and failed writes.
    pub fn write(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_partition()? {
            self.write_partition(source)?;
        }
        Ok(())
    }

    /// Writes the partition that a source was moved to last. Nothing of it was moved over before.
    ///
    /// # Errors
    /// As [`SstableWriter::write`].
    pub fn write_partition(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        let partition = source.partition();
        self.start_partition(partition.key, partition.deletion)?;
        if let Some(row) = partition.static_row {
            self.start_row(&row)?;
            self.write_items(source)?;
        }
        while source.advance_unfiltered()? {
            match source.unfiltered() {
                Unfiltered::Row(row) => {
                    self.start_row(&row)?;
                    self.write_items(source)?;
                }
                Unfiltered::Marker(marker) => self.marker(&marker)?,
            }
        }
        self.end_partition()
    }

    fn write_items(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_item()? {
            match source.item() {
                RowItem::Cell(cell) => self.cell(&cell)?,
                RowItem::ComplexDeletion { column, deletion } => self.complex_deletion(column, deletion)?,
            }
        }
        self.end_row()
    }

    /// Writes and syncs all components, Statistics.db and TOC.txt last, then their directory.
    ///
    /// # Errors
    /// If a partition is not ended, if there is none, and failed writes. All files are removed then.
    pub fn finish(self) -> Result<Written> {
        if self.partition.deletion.is_some() {
            return Err(self.in_partition(Error::invalid_input("a partition is not ended")));
        }
        if self.partitions == 0 {
            return Err(Error::invalid_input("an SSTable has at least one partition, but none came"));
        }
        let Self { mut files, version, data, index, .. } = self;
        let data = data.finish(&files, version)?;
        let mut components = data.components;
        components.extend(index.finish()?);
        if let Some(filter) = self.filter.finish() {
            let mut file = files.create(Component::Filter)?;
            let written = filter.write(FilterLayout::of(version), &mut file);
            written.map_err(|error| file.failed(error))?;
            components.push((Component::Filter, file.finish()?));
        }
        let settings = StatisticsSettings { compression_ratio: data.compression_ratio, ..self.settings };
        let statistics = self.collector.finish(self.header, settings);
        let path = files.path(Component::Statistics);
        let bytes = statistics.write(version).map_err(|error| error.at(path))?;
        components.push((Component::Statistics, files.write_whole(Component::Statistics, &bytes)?));
        let listed = components.iter().map(|(component, _)| *component).chain([Component::Toc]);
        let listed = toc::write(&listed.collect::<Vec<_>>());
        components.push((Component::Toc, files.write_whole(Component::Toc, &listed)?));
        files.keep()?;
        Ok(Written {
            directory: files.directory().path().to_owned(),
            version,
            id: self.id,
            components,
            partitions: self.partitions,
            unfiltereds: self.unfiltereds,
            data_length_bytes: data.length_bytes,
            statistics,
            conversions: self.converter.counts,
        })
    }
}
