//! The serialization header of what is made of several SSTables.

use crate::component::statistics::SerializationHeader;
use crate::error::Result;
use crate::merge::SharedColumns;
use crate::row::NO_DELETION_TIME;

use super::RewriteInput;

/// The bases where nothing has a timestamp, or a local deletion time (`EncodingStats`): 2015-09-22.
const TIMESTAMP_EPOCH: i64 = 1_442_880_000_000_000;
const DELETION_TIME_EPOCH_SECONDS: i64 = 1_442_880_000;

/// The columns of all inputs, which stand in the order of their age, and the least timestamp, local deletion time and TTL by
/// their statistics as bases. The places of the inputs' columns in it are told by the second part.
///
/// # Errors
/// If there is no input, or their columns cannot be those of one SSTable.
pub fn merged_header(inputs: &[RewriteInput<'_>]) -> Result<(SerializationHeader, SharedColumns)> {
    let headers: Vec<&SerializationHeader> = inputs.iter().map(|input| &input.statistics.header).collect();
    let shared = SharedColumns::new(&headers)?;
    let stats = || inputs.iter().map(|input| &input.statistics.stats);
    let deletion_times = stats().map(|one| one.min_local_deletion_time_seconds);
    let header = SerializationHeader {
        min_timestamp: stats().map(|one| one.min_timestamp).min().unwrap_or(i64::MIN),
        min_local_deletion_time_seconds: deletion_times.min().unwrap_or(NO_DELETION_TIME),
        min_ttl_seconds: stats().map(|one| one.min_ttl_seconds).min().unwrap_or(0),
        ..shared.header(&headers)?
    };
    Ok((with_bases(header), shared))
}

/// Bases that stand for "nothing has one" become Cassandra's epochs, and so does a time that old releases let overflow: from
/// a negative base, no difference reaches the times of today. They decide how many bytes differences take, never what is
/// read.
fn with_bases(header: SerializationHeader) -> SerializationHeader {
    let (timestamp, local) = (header.min_timestamp, header.min_local_deletion_time_seconds);
    SerializationHeader {
        min_timestamp: if timestamp == i64::MIN { TIMESTAMP_EPOCH } else { timestamp },
        min_local_deletion_time_seconds: match local {
            NO_DELETION_TIME | ..0 => DELETION_TIME_EPOCH_SECONDS,
            local => local,
        },
        ..header
    }
}
