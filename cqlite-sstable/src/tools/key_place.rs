//! Where in an SSTable a partition is, and what is in it.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::text::micros_text;
use crate::error::{Error, Result};
use crate::reader::{AbsentBy, KeySearch, RowItem, Sstable, Unfiltered};
use crate::row::DeletionTime;

/// A partition in one SSTable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPlace {
    /// Where it begins in the uncompressed Data.db.
    pub position: u64,
    /// Where its entry begins in Index.db or Rows.db, if it has one there.
    pub index_position: Option<u64>,
    /// Its bytes in the uncompressed Data.db.
    pub size_bytes: u64,
    /// Rows, the static one left out.
    pub rows: u64,
    /// Cells, tombstones among them.
    pub cells: u64,
    /// Cell tombstones, deletions of collections, rows, and the partition, and range tombstone markers.
    pub tombstones: u64,
    /// The least and the greatest write time of anything in it, in microseconds; deletions count, too.
    pub timestamps: Option<(i64, i64)>,
}

/// What is known of a key in one SSTable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReport {
    /// It is there.
    There(KeyPlace),
    /// It is not.
    Absent(AbsentBy),
}

/// Looks for a partition and counts what is in it. The second value tells why the index was of no use, if it was not.
///
/// # Errors
/// Damage of the data, and failed reads.
pub fn find_key(sstable: &Sstable, key: &[u8]) -> Result<(KeyReport, Option<Error>)> {
    let (search, warning) = sstable.search(key)?;
    let mut found = match search {
        KeySearch::Absent(by) => return Ok((KeyReport::Absent(by), warning)),
        KeySearch::Found(found) => found,
    };
    let cursor = &mut found.cursor;
    let partition = cursor.partition();
    let mut place = KeyPlace {
        position: cursor.partition_position(),
        index_position: found.index_position,
        ..KeyPlace::default()
    };
    place.deletion(partition.deletion);
    if partition.static_row.is_some() {
        while cursor.advance_item()? {
            place.item(&cursor.item());
        }
    }
    while cursor.advance_unfiltered()? {
        match cursor.unfiltered() {
            Unfiltered::Marker(marker) => {
                place.deletion(marker.deletion);
                marker.opened.into_iter().for_each(|opened| place.written_at(opened.marked_for_delete_at));
            }
            Unfiltered::Row(row) => {
                place.rows = place.rows.saturating_add(1);
                row.liveness.iter().for_each(|liveness| place.written_at(liveness.timestamp));
                place.deletion(row.deletion);
                place.deletion(row.shadowable_deletion);
                while cursor.advance_item()? {
                    place.item(&cursor.item());
                }
            }
        }
    }
    place.size_bytes = cursor.position().saturating_sub(place.position);
    Ok((KeyReport::There(place), warning))
}

impl KeyPlace {
    fn written_at(&mut self, timestamp: i64) {
        let (least, greatest) = self.timestamps.unwrap_or((timestamp, timestamp));
        self.timestamps = Some((least.min(timestamp), greatest.max(timestamp)));
    }

    fn deletion(&mut self, deletion: DeletionTime) {
        if !deletion.is_live() {
            self.tombstones = self.tombstones.saturating_add(1);
            self.written_at(deletion.marked_for_delete_at);
        }
    }

    fn item(&mut self, item: &RowItem<'_>) {
        match item {
            RowItem::ComplexDeletion { deletion, .. } => self.deletion(*deletion),
            RowItem::Cell(cell) => {
                self.cells = self.cells.saturating_add(1);
                self.tombstones = self.tombstones.saturating_add(u64::from(cell.is_tombstone()));
                self.written_at(cell.timestamp);
            }
        }
    }
}

impl KeyReport {
    /// One line for people, about the SSTable of this name.
    ///
    /// # Errors
    /// As those of `out`.
    pub fn write_readable(&self, sstable: &str, key: &str, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Absent(by) => writeln!(out, "{sstable}: {key} is not there ({})", absent_text(*by)),
            Self::There(place) => {
                let index =
                    place.index_position.map(|at| format!(", index entry at {at}")).unwrap_or_default();
                let written = place.timestamps.map(|(least, greatest)| {
                    format!(", written {} to {}", micros_text(least), micros_text(greatest))
                });
                let KeyPlace { position, size_bytes, rows, cells, tombstones, .. } = place;
                let written = written.unwrap_or_default();
                writeln!(
                    out,
                    "{sstable}: {key} is at {position}{index}, {size_bytes} bytes, {rows} rows, {cells} cells, \
                     {tombstones} tombstones{written}"
                )
            }
        }
    }

    /// The same as JSON.
    pub fn to_json(&self, sstable: &str, key: &str) -> Value {
        match self {
            Self::Absent(by) => {
                let by = match by {
                    AbsentBy::Range => "range",
                    AbsentBy::Filter => "filter",
                    AbsentBy::Index => "index",
                    AbsentBy::Scan => "scan",
                };
                json!({ "sstable": sstable, "key": key, "found": false, "absent_by": by })
            }
            Self::There(place) => json!({
                "sstable": sstable,
                "key": key,
                "found": true,
                "position": place.position,
                "index_position": place.index_position,
                "size_bytes": place.size_bytes,
                "rows": place.rows,
                "cells": place.cells,
                "tombstones": place.tombstones,
                "min_timestamp": place.timestamps.map(|(least, _)| least),
                "max_timestamp": place.timestamps.map(|(_, greatest)| greatest),
            }),
        }
    }
}

fn absent_text(by: AbsentBy) -> &'static str {
    match by {
        AbsentBy::Range => "it is outside of the first and the last key",
        AbsentBy::Filter => "the bloom filter refuses it",
        AbsentBy::Index => "the index does not have it",
        AbsentBy::Scan => "all of the data was read",
    }
}
