//! How large the partitions of an SSTable are: bytes, rows, cells, tombstones (`tools.SSTablePartitions`).
//!
//! Partitions are counted one after another and given to a [`PartitionSink`]; memory does not grow with their
//! number. [`CsvWriter`] is the sink that prints what `sstablepartitions --csv` prints; [`PartitionReport`] keeps
//! the largest and histograms.

mod counts;
mod csv;
mod distribution;
mod indexed;
mod options;
mod place;
mod ranking;
mod report;
mod report_text;
mod scan;
mod thresholds;

pub use counts::{Measure, PartitionCounts};
pub use csv::CsvWriter;
pub use options::PartitionsOptions;
pub use place::SstablePlace;
pub use report::PartitionReport;
pub use thresholds::{Thresholds, parse_size_bytes};

use crate::error::Result;
use crate::reader::Sstable;

/// Takes the partitions of an SSTable, in the order of its data.
pub trait PartitionSink {
    /// Takes what was counted of a partition. Only if its head is wanted, [`PartitionSink::partition`] comes next:
    /// where the index alone is read, that costs a read of Data.db.
    fn counted(&mut self, counts: &PartitionCounts) -> bool;

    /// Takes the serialized key of the partition counted last, and whether it lives: no deletion covers all of it.
    ///
    /// # Errors
    /// What the sink fails with.
    fn partition(&mut self, key: &[u8], is_live: bool, counts: &PartitionCounts) -> Result<()>;

    /// Takes how many bytes of the uncompressed data were counted, of how many.
    fn progress(&mut self, _done_bytes: u64, _total_bytes: u64) {}
}

/// Counts the partitions of `sstable`. They come in the order of the data.
///
/// # Errors
/// If a key in the options is not of the key's type, if the index or the rows cannot be read (what came before is
/// right), or if the sink fails.
///
/// # Example
/// ```no_run
/// use cqlite_sstable::reader::Sstable;
/// use cqlite_sstable::tools::partitions::{Measure, PartitionReport, PartitionsOptions, Thresholds, count_partitions};
/// let sstable = Sstable::open("shop/orders-3f9a/nb-1-big-Data.db")?;
/// let mut report = PartitionReport::new("shop.orders", Measure::Bytes, 10, Thresholds::default(), false);
/// report.begin("nb-1-big", &sstable.header().key_type);
/// count_partitions(&sstable, &PartitionsOptions::new(1_700_000_000), &mut report)?;
/// println!("{}", report.to_json());
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub fn count_partitions(
    sstable: &Sstable,
    options: &PartitionsOptions,
    sink: &mut dyn PartitionSink,
) -> Result<()> {
    if options.index_alone && options.keys.is_empty() && options.excluded_keys.is_empty() {
        return indexed::count(sstable, sink);
    }
    scan::count(sstable, options, sink)
}
