//! What is known about an SSTable without reading its rows, in three forms: as `sstablemetadata` prints it,
//! for people, and as JSON.

mod bars;
mod cassandra;
mod java;
mod json;
mod readable;
mod term_histogram;
mod values;

pub use readable::ReadableOptions;
pub(in crate::tools) use readable::{byte_size, instant, printable};
pub(in crate::tools) use values::{hex, uuid_text, value_text};

use crate::component::statistics::Statistics;
use crate::component::{Component, CompressionInfo, Summary};
use crate::error::{Error, ErrorKind, Result};
use crate::io::SourceExt as _;
use crate::partitioner::{Partitioner, Token};
use crate::reader::Files;
use crate::version::Version;

/// No file of metadata is larger than this.
const LIMIT_BYTES: u64 = 1 << 30;

/// The metadata of one SSTable.
#[derive(Debug)]
pub struct Metadata {
    /// What the names of its files have in common, with the directory in front: `.../nb-1-big`.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The contents of Statistics.db.
    pub statistics: Statistics,
    /// The class name of the compressor, with or without its package; none if Data.db is not compressed.
    pub compressor: Option<String>,
    /// The first and the last partition key, where they are known.
    pub key_range: Option<KeyRange>,
    /// The size of Data.db on disk, where it is known.
    pub data_bytes: Option<u64>,
    /// The size of the data without compression, where it is known.
    pub uncompressed_bytes: Option<u64>,
    /// What could not be read, and what is therefore missing.
    pub warnings: Vec<Error>,
}

/// The first and the last partition key of an SSTable, serialized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key.
    pub first: Vec<u8>,
    /// The last key.
    pub last: Vec<u8>,
}

impl Metadata {
    /// What Statistics.db tells of the SSTable `name`; the rest can be set.
    pub fn new(name: impl Into<String>, version: Version, statistics: Statistics) -> Self {
        let stats = &statistics.stats;
        let keys = stats.first_key.clone().zip(stats.last_key.clone());
        let key_range = keys.map(|(first, last)| KeyRange { first, last });
        Self {
            name: name.into(),
            version,
            statistics,
            compressor: None,
            key_range,
            data_bytes: None,
            uncompressed_bytes: None,
            warnings: Vec::new(),
        }
    }

    /// Reads all that is needed from `files`. Only Statistics.db must be there.
    ///
    /// # Errors
    /// If Statistics.db is missing, or Statistics.db or CompressionInfo.db cannot be read. A Summary.db that
    /// is missing or damaged is a warning, where the first and the last key are nowhere else.
    pub fn load(name: impl Into<String>, files: &dyn Files, version: Version) -> Result<Self> {
        let source = files.open(Component::Statistics)?;
        let statistics = Statistics::parse(&source.read_all(LIMIT_BYTES)?, version)
            .map_err(|error| error.at(source.path()))?;
        let mut read = Self::new(name, version, statistics);
        if let Some(source) = files.open_if_there(Component::CompressionInfo)? {
            let info = CompressionInfo::open(source, version)?;
            read.compressor = Some(info.compressor.class_name().to_owned());
            read.uncompressed_bytes = Some(info.data_length_bytes);
        } else if read.statistics.stats.compression_ratio >= 0.0 {
            let missing = "the file is missing, but Statistics.db says that Data.db is compressed";
            let missing = Error::new(ErrorKind::Missing, missing).at(files.path(Component::CompressionInfo));
            read.warnings.push(missing);
        }
        match files.open_if_there(Component::Data)? {
            Some(data) => {
                read.data_bytes = Some(data.len());
                if read.statistics.stats.compression_ratio < 0.0 {
                    read.uncompressed_bytes.get_or_insert(data.len());
                }
            }
            None => read
                .warnings
                .push(Error::new(ErrorKind::Missing, "the file is missing").at(files.path(Component::Data))),
        }
        if !version.has_key_range() {
            match key_range_of_summary(files) {
                Ok(range) => read.key_range = Some(range),
                Err(error) => read.warnings.push(error.advise("the first and the last key are not known")),
            }
        }
        Ok(read)
    }

    /// The partitioner.
    ///
    /// # Errors
    /// If it is not supported.
    pub fn partitioner(&self) -> Result<Partitioner> {
        Partitioner::parse(&self.statistics.validation.partitioner, &self.statistics.header.key_type)
    }

    /// The tokens of the first and the last key, where keys and partitioner are known.
    pub fn token_range(&self) -> Option<(Token, Token)> {
        let partitioner = self.partitioner().ok()?;
        let range = self.key_range.as_ref()?;
        Some((partitioner.token(&range.first), partitioner.token(&range.last)))
    }
}

fn key_range_of_summary(files: &dyn Files) -> Result<KeyRange> {
    let source = files.open(Component::Summary)?;
    let bytes = source.read_all(LIMIT_BYTES)?;
    let summary = Summary::parse(&bytes).map_err(|error| error.at(source.path()))?;
    Ok(KeyRange { first: summary.first_key.to_owned(), last: summary.last_key.to_owned() })
}
