//! What a partition is made of: deletion times, clusterings, liveness, cells, range tombstone markers.

mod cell;
mod clustering;
mod clustering_order;
mod deletion_time;
mod liveness;
mod owned_row;
mod prefix_buffer;
mod reconcile;
mod unfiltered;
mod unfiltered_order;
mod unfiltered_partitions;

pub use cell::Cell;
pub use clustering::{Clustering, ClusteringBuffer, ClusteringKind, ClusteringValue};
pub use clustering_order::{ClusteringOrder, ClusteringPrefix};
pub use deletion_time::DeletionTime;
pub use liveness::Liveness;
pub use owned_row::OwnedRow;
pub use prefix_buffer::PrefixBuffer;
pub use reconcile::{Precedence, reconcile, reconcile_counters};
pub use unfiltered::{Marker, Partition, Row, RowItem, Unfiltered};
pub use unfiltered_order::UnfilteredOrder;
pub use unfiltered_partitions::UnfilteredPartitions;

/// Seconds that stand for "no local deletion time": the data is neither deleted nor expiring
/// (`Cell.NO_DELETION_TIME`).
pub const NO_DELETION_TIME: i64 = i64::MAX;

/// The last second that a local deletion time can name, in 2106 (`Cell.MAX_DELETION_TIME`).
pub const MAX_DELETION_TIME: i64 = u32::MAX as i64 - 2;

/// What Cassandra shows for a local deletion time that overflowed (`Cell.INVALID_DELETION_TIME`).
pub const INVALID_DELETION_TIME: i64 = u32::MAX as i64 - 1;

/// The TTL that marks liveness as expired from its beginning (`LivenessInfo.EXPIRED_LIVENESS_TTL`).
pub const EXPIRED_LIVENESS_TTL: i32 = i32::MAX;
