//! How a database is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cqlite_sstable::{Error, Format, Result, Version};

use super::{CheckpointOptions, Database, EventListener};
use crate::storage::commitlog::{SegmentArchive, SegmentCompression, SyncMode};
use crate::storage::fs::{DiskFileSystem, FileSystem, MemoryFileSystem};
use crate::storage::replay::ReplayPolicy;
use crate::storage::store::{MachineClock, WallClock};

/// How a database is opened. What is not said has a default that suits most.
#[derive(Debug, Clone)]
pub struct DatabaseBuilder {
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) directory: PathBuf,
    pub(super) memory_bytes: usize,
    pub(super) memtable_bytes: Option<usize>,
    pub(super) chunk_cache_bytes: Option<u64>,
    pub(super) sync_mode: SyncMode,
    pub(super) has_log: bool,
    pub(super) segment_bytes: u32,
    pub(super) segment_age: Option<Duration>,
    pub(super) log_bytes: u64,
    pub(super) log_compression: Option<SegmentCompression>,
    pub(super) archive: Option<Arc<dyn SegmentArchive>>,
    pub(super) replay_policy: ReplayPolicy,
    pub(super) restore_point_micros: Option<i64>,
    pub(super) version: Version,
    pub(super) has_uuid_ids: bool,
    pub(super) concurrent_compactions: usize,
    pub(super) compaction_bytes_per_second: Option<u64>,
    pub(super) incremental_backups: bool,
    pub(super) auto_snapshot: bool,
    pub(super) checkpoints: Option<CheckpointOptions>,
    pub(super) reserved_disk_bytes: u64,
    pub(super) cluster_name: String,
    pub(super) clock: Arc<dyn WallClock>,
    pub(super) listener: Option<Arc<dyn EventListener>>,
}

impl DatabaseBuilder {
    pub(super) fn new(fs: Arc<dyn FileSystem>, directory: PathBuf) -> Result<Self> {
        Ok(Self {
            fs,
            directory,
            memory_bytes: 88 << 20,
            memtable_bytes: None,
            chunk_cache_bytes: None,
            sync_mode: SyncMode::Periodic { interval: Duration::from_secs(10) },
            has_log: true,
            segment_bytes: 32 << 20,
            segment_age: None,
            log_bytes: 1 << 30,
            log_compression: None,
            archive: None,
            replay_policy: ReplayPolicy::Refuse,
            restore_point_micros: None,
            version: Version::parse("nb", Format::Big)?,
            has_uuid_ids: false,
            concurrent_compactions: 1,
            compaction_bytes_per_second: None,
            incremental_backups: false,
            auto_snapshot: false,
            checkpoints: None,
            reserved_disk_bytes: 64 << 20,
            cluster_name: crate::catalog::LocalNode::DEFAULT_CLUSTER_NAME.to_owned(),
            clock: Arc::new(MachineClock),
            listener: None,
        })
    }

    pub(super) fn on_disk(directory: &Path) -> Result<Self> {
        Self::new(Arc::new(DiskFileSystem), directory.to_owned())
    }

    pub(super) fn in_memory() -> Result<Self> {
        let fs = MemoryFileSystem::new();
        let directory = PathBuf::from("/memory");
        fs.create_directory(&directory).map_err(|error| Error::io(&directory, error))?;
        let builder = Self::new(Arc::new(fs), directory)?;
        Ok(Self { has_log: false, reserved_disk_bytes: 0, ..builder })
    }

    /// Keeps all files there, and not on the disk.
    #[must_use]
    pub fn file_system(mut self, fs: Arc<dyn FileSystem>) -> Self {
        self.fs = fs;
        self
    }

    /// What memtables, caches, indexes, flushes and compactions take together, about: 88 MiB. Of 11 parts memtables take 5,
    /// decompressed chunks 3, and the rest what is left.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// What memtables take, apart from the rest.
    #[must_use]
    pub fn memtable_memory(mut self, bytes: usize) -> Self {
        self.memtable_bytes = Some(bytes);
        self
    }

    /// What decompressed chunks take that are kept for the next reads, apart from the rest.
    #[must_use]
    pub fn chunk_cache(mut self, bytes: u64) -> Self {
        self.chunk_cache_bytes = Some(bytes);
        self
    }

    /// When writes are acknowledged: every 10 seconds all is synced, as Cassandra does unless told otherwise.
    #[must_use]
    pub fn sync_mode(mut self, mode: SyncMode) -> Self {
        self.sync_mode = mode;
        self
    }

    /// Links each SSTable that is flushed into `backups` of its table, as a node does with `incremental_backups`, unless the
    /// table's own parameter of that name is false. Nobody removes these links.
    #[must_use]
    pub fn incremental_backups(mut self) -> Self {
        self.incremental_backups = true;
        self
    }

    /// Whether a snapshot is taken of each table before it is emptied or dropped, as a node does unless told otherwise, and unless the
    /// table's own parameter `allow_auto_snapshot` is false. It is named `truncated-<millis>-<table>` or `dropped-<millis>-<table>`, and
    /// stays until [`Database::clear_snapshot`]: without being told so, a database takes none.
    #[must_use]
    pub fn auto_snapshot(mut self, takes_snapshots: bool) -> Self {
        self.auto_snapshot = takes_snapshots;
        self
    }

    /// Has a checkpoint made again and again in the background: another database in `checkpoints/<millis>` below the directory, as by
    /// [`Database::backup`].
    #[must_use]
    pub fn checkpoints(mut self, options: CheckpointOptions) -> Self {
        self.checkpoints = Some(options);
        self
    }

    /// Without a commit log: what is not flushed is lost with the process.
    #[must_use]
    pub fn without_commit_log(mut self) -> Self {
        self.has_log = false;
        self
    }

    /// How large segments of the commit log are: 32 MiB. A mutation may have half of that, a batch about all.
    #[must_use]
    pub fn commit_log_segment(mut self, bytes: u32) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// Closes a segment so long after its first write, so that an archive is never much older.
    #[must_use]
    pub fn commit_log_segment_age(mut self, age: Duration) -> Self {
        self.segment_age = Some(age);
        self
    }

    /// How large the commit log may be, 1 GiB, before what keeps its oldest segment is flushed.
    #[must_use]
    pub fn commit_log_size(mut self, bytes: u64) -> Self {
        self.log_bytes = bytes;
        self
    }

    /// Compresses new segments of the commit log.
    #[must_use]
    pub fn commit_log_compression(mut self, compression: Option<SegmentCompression>) -> Self {
        self.log_compression = compression;
        self
    }

    /// Where full segments of the commit log are copied to.
    #[must_use]
    pub fn archive(mut self, archive: Arc<dyn SegmentArchive>) -> Self {
        self.archive = Some(archive);
        self
    }

    /// What is done about corruption of the commit log, and about segments that are missing in it: the database is not opened unless
    /// something else is said. Who opens it only to read cannot say anything else.
    #[must_use]
    pub fn on_log_corruption(mut self, policy: ReplayPolicy) -> Self {
        self.replay_policy = policy;
        self
    }

    /// Leaves out writes of the commit log that are later than this, in microseconds since 1970.
    #[must_use]
    pub fn restore_point(mut self, micros: i64) -> Self {
        self.restore_point_micros = Some(micros);
        self
    }

    /// The version of SSTables that are written: `nb`, which Cassandra reads since 4.0, or another that can be written.
    #[must_use]
    pub fn sstable_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Names new SSTables by time UUIDs, as Cassandra does with `uuid_sstable_identifiers_enabled`.
    #[must_use]
    pub fn uuid_sstable_ids(mut self) -> Self {
        self.has_uuid_ids = true;
        self
    }

    /// How many compactions run at a time: 1. It can be changed later.
    #[must_use]
    pub fn concurrent_compactions(mut self, count: usize) -> Self {
        self.concurrent_compactions = count;
        self
    }

    /// How fast all compactions together read; without a limit if it is not said. It can be changed later.
    #[must_use]
    pub fn compaction_throughput(mut self, bytes_per_second: Option<u64>) -> Self {
        self.compaction_bytes_per_second = bytes_per_second;
        self
    }

    /// As long as the disk has less room than this, 64 MiB, writes are refused.
    #[must_use]
    pub fn reserved_disk(mut self, bytes: u64) -> Self {
        self.reserved_disk_bytes = bytes;
        self
    }

    /// The name of the cluster in a new directory. A node whose configuration has another one does not start on it.
    #[must_use]
    pub fn cluster_name(mut self, name: impl Into<String>) -> Self {
        self.cluster_name = name.into();
        self
    }

    /// Another clock than that of the machine.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn WallClock>) -> Self {
        self.clock = clock;
        self
    }

    /// Who is told of what happens.
    #[must_use]
    pub fn listener(mut self, listener: Arc<dyn EventListener>) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Opens the database, and makes it where there is none.
    ///
    /// # Errors
    /// If another process has it open; if the directory is not that of a database or node, or cannot be read and written; if the
    /// schema or a transaction log cannot be understood; and if the commit log is corrupt.
    pub fn open(self) -> Result<Database> {
        Database::open_with(self)
    }

    /// Opens the database only to read it, also beside a process that writes it: as it is now, the end of the commit log
    /// included. Nothing is written.
    ///
    /// # Errors
    /// If there is no database, and as [`DatabaseBuilder::open`].
    pub fn open_read_only(self) -> Result<Database> {
        Database::open_read_only_with(self)
    }

    pub(super) fn memtable_budget(&self) -> usize {
        self.memtable_bytes.unwrap_or(memtable_share(self.memory_bytes))
    }

    pub(super) fn cache_budget(&self) -> u64 {
        self.chunk_cache_bytes.unwrap_or(cache_share(self.memory_bytes))
    }
}

/// What memtables have of all memory.
pub(super) fn memtable_share(memory_bytes: usize) -> usize {
    memory_bytes / 11 * 5
}

/// What decompressed chunks have of all memory.
pub(super) fn cache_share(memory_bytes: usize) -> u64 {
    memory_bytes as u64 / 11 * 3
}
