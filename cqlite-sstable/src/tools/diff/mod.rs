//! Whether two tables, or two SSTables, say the same: first differences.
//!
//! Each side is put together as a read does it: the winning version of each cell, without what deletions of the same
//! side cover. What is not logical is not looked at: positions, encodings, statistics, compression, the split into
//! SSTables.

mod difference;
mod row;
mod sides;

use crate::error::{Error, Result};
use crate::merge::{Partitions, SharedColumns, SideBySide};
use crate::reader::{ScanOptions, Sstable};
use crate::row::ClusteringOrder;
use crate::schema::ResolvedTable;

pub use self::difference::Difference;
use self::row::Differ;

/// One of two tables that are compared.
pub struct DiffSide<'a> {
    /// Its SSTables, in the order of the maps of `table`.
    pub sstables: &'a [Sstable],
    /// The table: its names are those in differences, and it tells what was dropped.
    pub table: &'a ResolvedTable,
}

/// What is compared.
#[derive(Debug, Clone)]
pub struct DiffOptions {
    /// So many differences are told.
    pub max: u64,
    /// Only what a query returns is compared: rows that are there, and values. Else write times, TTLs, and deletions
    /// are, too.
    pub ignore_timestamps: bool,
    /// The time at which expiry is judged then, in seconds since 1970.
    pub now_seconds: i64,
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffSummary {
    /// Differences that were told.
    pub differences: u64,
    /// Partitions that were compared, those that only one side has among them.
    pub partitions: u64,
    /// The limit was reached: there may be more differences.
    pub is_cut: bool,
}

/// Compares two tables, and tells up to `options.max` differences to `tell`, in the order of tokens. Memory does not
/// grow with the tables: one cell of each SSTable is looked at at a time.
///
/// # Errors
/// If their keys are of different types or partitioners, if rows cannot be read, or what `tell` fails with.
pub fn diff(
    a: &DiffSide<'_>,
    b: &DiffSide<'_>,
    options: &DiffOptions,
    tell: &mut dyn FnMut(&Difference) -> Result<()>,
) -> Result<DiffSummary> {
    let sstables: Vec<&Sstable> = a.sstables.iter().chain(b.sstables).collect();
    let first = sstables.first().ok_or_else(|| Error::invalid_input("there is no SSTable to compare"))?;
    let partitioner = first.partitioner()?;
    for other in &sstables {
        let (here, there) = (other.header(), first.header());
        let is_alike = here.key_type.is_same_type(&there.key_type)
            && here.clustering_types == there.clustering_types
            && other.partitioner()? == partitioner;
        if !is_alike {
            return Err(Error::invalid_input(
                "the types of keys or clusterings, or the partitioners, are not the same: these are different tables",
            )
            .at(other.files().path(crate::Component::Data)));
        }
    }
    let headers: Vec<_> = sstables.iter().map(|one| one.header()).collect();
    let columns = SharedColumns::new(&headers)?;
    let order = ClusteringOrder::new(first.header().clustering_types.clone());
    let cursors = sstables.iter().map(|one| one.scan(ScanOptions::default())).collect::<Result<Vec<_>>>()?;
    let mut partitions = Partitions::new(partitioner, cursors);
    let mut summary = DiffSummary { differences: 0, partitions: 0, is_cut: false };
    while partitions.advance()? {
        summary.partitions = summary.partitions.saturating_add(1);
        let rows = SideBySide::new(&columns, &order, partitions.at_key())?;
        let mut differ = Differ::new(a, b, options, rows);
        if !differ.partition(&mut summary, tell)? {
            return Ok(summary);
        }
    }
    for (sstable, cursor) in sstables.iter().zip(partitions.cursors_mut()) {
        sstable.finish_scan(cursor)?;
    }
    Ok(summary)
}
