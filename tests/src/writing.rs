//! How a database writes its files.

use std::{path::Path, time::Duration};

use cqlite_core::{
    Database, DatabaseBuilder,
    storage::commitlog::{SegmentCompression, SyncMode},
};
use cqlite_sstable::{Error, Format, Result, Version, compress::Compressor};

/// The keyspace that is written.
pub const KEYSPACE: &str = "made";

/// How many tables are made in it; some of them are dropped again.
pub const TABLES: usize = 20;

/// How the commit log and SSTables are written.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// When writes are acknowledged.
    pub mode: SyncMode,
    /// How the commit log is compressed.
    pub compression: Option<Compressor>,
    /// The version of SSTables.
    pub version: &'static str,
}

const MODES: [(&str, SyncMode); 5] = [
    ("batch", SyncMode::Batch),
    ("group", SyncMode::Group { window: Duration::from_millis(2) }),
    ("periodic", SyncMode::Periodic { interval: Duration::from_secs(10) }),
    ("off", SyncMode::Off),
    ("write-back", SyncMode::WriteBack { buffer_bytes: 64 << 10 }),
];

const COMPRESSORS: [(&str, Option<Compressor>); 5] = [
    ("none", None),
    ("lz4", Some(Compressor::Lz4)),
    ("snappy", Some(Compressor::Snappy)),
    ("deflate", Some(Compressor::Deflate)),
    ("zstd", Some(Compressor::Zstd)),
];

const VERSIONS: [&str; 3] = ["nb", "oa", "da"];

impl Writing {
    /// By the names of the mode, the compressor and the version.
    ///
    /// # Errors
    /// If there is none of such names.
    pub fn parse<T: AsRef<str>>(names: &[T]) -> Result<Self> {
        let refused = || Error::invalid_input("a mode, a compressor and a version are wanted");
        let [mode, compression, version] = names else { return Err(refused()) };
        let mode = MODES.iter().find(|(name, _)| *name == mode.as_ref()).ok_or_else(refused)?.1;
        let compression =
            COMPRESSORS.iter().find(|(name, _)| *name == compression.as_ref()).ok_or_else(refused)?.1;
        let version = VERSIONS.iter().find(|name| **name == version.as_ref()).ok_or_else(refused)?;
        Ok(Self { mode, compression, version })
    }

    /// A database that is written so, in the cluster of the nodes of these tests, with segments of which several are filled.
    ///
    /// # Errors
    /// If there is no such version.
    pub fn builder(&self, directory: &Path) -> Result<DatabaseBuilder> {
        let format = if self.version == "da" { Format::Bti } else { Format::Big };
        let builder = Database::builder(directory)?
            .cluster_name("cqlite tests")
            .sync_mode(self.mode)
            .commit_log_segment(256 << 10)
            .commit_log_compression(self.compression.map(SegmentCompression::new))
            .sstable_version(Version::parse(self.version, format)?);
        Ok(if self.version == "da" { builder.uuid_sstable_ids() } else { builder })
    }
}
