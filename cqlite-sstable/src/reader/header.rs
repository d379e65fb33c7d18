//! The header of an SSTable, without opening the rest.

use super::Files;
use super::sstable::STATISTICS_LIMIT_BYTES;
use crate::component::Component;
use crate::component::statistics::{SerializationHeader, Statistics};
use crate::error::{RESTORE, Result};
use crate::io::SourceExt as _;
use crate::version::Version;

/// Reads the types and columns of an SSTable from its Statistics.db; no file stays open.
///
/// # Errors
/// If Statistics.db is missing or damaged.
pub fn read_header(files: &dyn Files, version: Version) -> Result<SerializationHeader> {
    let source = files.open(Component::Statistics)?;
    let statistics = Statistics::parse(&source.read_all(STATISTICS_LIMIT_BYTES)?, version);
    Ok(statistics.map_err(|error| error.at(source.path()).advise(RESTORE))?.header)
}
