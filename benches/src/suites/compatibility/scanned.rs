//! What a scan shows of an SSTable.

use std::fmt::Write as _;

use cqlite_sstable::reader::{Cursor, Row, ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::row::PrefixBuffer;

use crate::load::Result;

/// The partitions and rows that a scan went through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) partitions: u64,
    pub(super) rows: u64,
}

/// A partition as a scan shows it, or a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScannedPartition {
    pub(super) key: Vec<u8>,
    /// All that is in it, as text.
    pub(super) digest: u32,
    pub(super) rows: Vec<ScannedRow>,
}

/// A row as a scan shows it, or a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScannedRow {
    pub(super) place: PrefixBuffer,
    pub(super) digest: u32,
}

/// Reads an SSTable through, every cell of it.
pub(super) fn read_through(sstable: &Sstable) -> Result<Counts> {
    let mut cursor = sstable.scan(ScanOptions::default())?;
    let mut counts = Counts::default();
    while cursor.advance_partition()? {
        counts.partitions += 1;
        while cursor.advance_unfiltered()? {
            counts.rows += u64::from(matches!(cursor.unfiltered(), Unfiltered::Row(_)));
            while cursor.advance_item()? {
                std::hint::black_box(cursor.item());
            }
        }
    }
    sstable.finish_scan(&mut cursor)?;
    Ok(counts)
}

/// All partitions of an SSTable.
pub(super) fn partitions(sstable: &Sstable) -> Result<Vec<ScannedPartition>> {
    let mut cursor = sstable.scan(ScanOptions::default())?;
    let mut partitions = Vec::new();
    while cursor.advance_partition()? {
        partitions.push(partition(&mut cursor)?);
    }
    Ok(partitions)
}

/// The partition that a cursor stands at.
pub(super) fn partition(cursor: &mut Cursor) -> Result<ScannedPartition> {
    let head = cursor.partition();
    let key = head.key.to_vec();
    let statics = head.static_row.map(|row| (row.liveness, row.deletion));
    let mut text = format!("{:?} {statics:?}", head.deletion);
    while cursor.advance_item()? {
        write!(text, "{:?}", cursor.item())?;
    }
    let (mut digest, mut rows) = (crc32fast::hash(text.as_bytes()), Vec::new());
    while cursor.advance_unfiltered()? {
        let place = match cursor.unfiltered() {
            Unfiltered::Row(row) => {
                text = row_text(&row);
                let mut place = PrefixBuffer::bottom();
                place.set(cursor.unfiltered().place());
                Some(place)
            }
            Unfiltered::Marker(marker) => {
                text = format!("{marker:?}");
                None
            }
        };
        while cursor.advance_item()? {
            write!(text, "{:?}", cursor.item())?;
        }
        let of_row = crc32fast::hash(text.as_bytes());
        digest = digest.rotate_left(1) ^ of_row;
        rows.extend(place.map(|place| ScannedRow { place, digest: of_row }));
    }
    Ok(ScannedPartition { key, digest, rows })
}

/// The head of a row as text, without where it lies.
pub(super) fn row_text(row: &Row<'_>) -> String {
    format!("{:?}", (row.clustering, row.liveness, row.deletion, row.shadowable_deletion))
}
