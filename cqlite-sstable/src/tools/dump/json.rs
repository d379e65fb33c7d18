//! A dump as JSON (`tools.JsonTransformer`).

use super::columns::DumpColumns;
use super::json_writer::JsonWriter;
use super::printer::Printer;
use super::{DumpFormat, DumpOptions, DumpSummary};
use crate::error::Result;
use crate::reader::{Cursor, Marker, Row, RowItem, Sstable, Unfiltered};
use crate::row::{Clustering, ClusteringKind, DeletionTime};
use crate::types::{TextSink as _, TimeUnit};

/// Prints partitions as JSON. Each method mirrors one of the tool's, so that its state of compactness is the
/// tool's at every place.
pub(super) struct JsonDump<'a, 'o, 'w> {
    printer: Printer<'a, 'o, 'w>,
    columns: DumpColumns,
    table_kind: &'static str,
    /// With `tombstones_only`: what is not printed before a deletion is found in it.
    partition_is_open: bool,
    row_is_open: bool,
}

impl<'a, 'o, 'w> JsonDump<'a, 'o, 'w> {
    pub(super) fn new(
        sstable: &'a Sstable,
        options: &'a DumpOptions,
        json: JsonWriter<'o, 'w>,
        summary: &'a mut DumpSummary,
    ) -> Self {
        let header = sstable.header();
        Self {
            columns: DumpColumns::new(header, json.layout()),
            printer: Printer { json, options, summary, header, position: 0 },
            table_kind: if sstable.is_index() { "INDEX" } else { "REGULAR" },
            partition_is_open: false,
            row_is_open: false,
        }
    }

    /// Whether there are partitions in the document so far.
    pub(super) fn has_entries(&self) -> bool {
        self.printer.json.has_entries()
    }

    pub(super) fn partition(&mut self, cursor: &mut Cursor) -> Result<()> {
        if self.printer.options.format == DumpFormat::Keys {
            self.printer.partition_key(cursor.partition().key);
            return self.printer.json.out.check();
        }
        let everything = !self.printer.options.tombstones_only;
        self.partition_is_open = false;
        if everything || !cursor.partition().deletion.is_live() {
            self.open_partition(cursor);
        }
        self.printer.position = cursor.rows_position();
        let static_row = cursor.partition().static_row;
        let has_static =
            static_row.is_some_and(|row| row.liveness.is_some() || !row.greatest_deletion().is_live());
        if static_row.is_some() && (has_static || cursor.has_item()?) {
            self.row(cursor)?;
        }
        self.printer.position = cursor.rows_position();
        while cursor.advance_unfiltered()? {
            match cursor.unfiltered() {
                Unfiltered::Row(_) => {
                    let end = cursor.unfiltered_end();
                    self.row(cursor)?;
                    self.printer.position = end;
                }
                Unfiltered::Marker(marker) => {
                    self.ensure_partition(cursor);
                    self.marker(&marker);
                    self.printer.position = cursor.unfiltered_end();
                }
            }
            self.printer.json.out.check()?;
        }
        if self.partition_is_open {
            self.printer.json.end_array();
            self.printer.json.end_object();
        }
        self.printer.json.out.check()
    }

    fn ensure_partition(&mut self, cursor: &Cursor) {
        if !self.partition_is_open {
            self.open_partition(cursor);
        }
    }

    fn open_partition(&mut self, cursor: &Cursor) {
        let partition = cursor.partition();
        self.partition_is_open = true;
        self.printer.json.start_object();
        if let Some(source) = &self.printer.options.source {
            self.printer.json.name("source");
            let written: std::result::Result<(), std::convert::Infallible> =
                self.printer.json.string(|sink| {
                    sink.push(source.as_bytes());
                    Ok(())
                });
            debug_assert!(written.is_ok());
        }
        self.printer.json.name("table kind");
        self.printer.json.plain_string(self.table_kind.as_bytes());
        self.printer.json.name("partition");
        self.printer.json.start_object();
        self.printer.json.name("key");
        self.printer.partition_key(partition.key);
        self.printer.json.name("position");
        self.printer.number(cursor.rows_position() as i64);
        if !partition.deletion.is_live() {
            self.printer.deletion(&partition.deletion);
        }
        self.printer.json.end_object();
        self.printer.json.name("rows");
        self.printer.json.start_array();
    }

    /// Prints the row that the cursor is in.
    fn row(&mut self, cursor: &mut Cursor) -> Result<()> {
        let (row, liveness) = match cursor.current_row() {
            Some(row) => (row, row.liveness),
            None => return Ok(()),
        };
        let is_static = row.is_static;
        self.row_is_open = false;
        if !self.printer.options.tombstones_only || !row.greatest_deletion().is_live() {
            self.ensure_partition(cursor);
            self.open_row(&row);
        }
        while cursor.advance_item()? {
            if self.printer.options.tombstones_only {
                if matches!(cursor.item(), RowItem::Cell(cell) if !cell.is_tombstone()) {
                    continue;
                }
                self.ensure_partition(cursor);
                if let (false, Some(row)) = (self.row_is_open, cursor.current_row()) {
                    self.open_row(&row);
                }
            }
            match cursor.item() {
                RowItem::ComplexDeletion { column, deletion } => {
                    if let Some(column) = self.columns.get(is_static, column) {
                        self.printer.complex_deletion(column, &deletion);
                    }
                }
                RowItem::Cell(cell) => {
                    if let Some(column) = self.columns.get(is_static, cell.column) {
                        self.printer.cell(column, &cell, liveness.as_ref());
                    }
                }
            }
            self.printer.json.out.check()?;
        }
        if self.row_is_open {
            self.printer.json.end_array();
            self.printer.json.end_object();
        }
        Ok(())
    }

    fn open_row(&mut self, row: &Row<'_>) {
        self.row_is_open = true;
        self.printer.json.start_object();
        self.printer.json.name("type");
        self.printer.json.plain_string(if row.is_static { b"static_block" } else { b"row" });
        self.printer.json.name("position");
        self.printer.number(self.printer.position as i64);
        if !row.is_static {
            self.printer.clustering(&row.clustering);
        }
        if let Some(liveness) = &row.liveness {
            self.printer.json.compact_objects = false;
            self.printer.json.name("liveness_info");
            self.printer.json.compact_objects = true;
            self.printer.json.start_object();
            self.printer.json.name("tstamp");
            self.printer.time(liveness.timestamp, TimeUnit::Microseconds);
            if liveness.is_expiring() {
                let expired = liveness.expires_at_seconds < self.printer.options.now_seconds;
                self.printer.expiry(liveness.ttl_seconds, liveness.expires_at_seconds, expired);
            }
            self.printer.json.end_object();
            self.printer.json.compact_objects = false;
        }
        self.row_deletions(row);
        self.printer.json.name("cells");
        self.printer.json.start_array();
    }

    /// One deletion as Cassandra prints it, which does not tell that it is shadowable. Where there are two, which
    /// ScyllaDB alone writes, the shadowable one has a name of its own.
    fn row_deletions(&mut self, row: &Row<'_>) {
        match (row.deletion.is_live(), row.shadowable_deletion.is_live()) {
            (true, true) => {}
            (false, true) => self.printer.deletion(&row.deletion),
            (true, false) => self.printer.deletion(&row.shadowable_deletion),
            (false, false) => {
                self.printer.deletion(&row.deletion);
                self.printer.deletion_named("shadowable_deletion_info", &row.shadowable_deletion);
            }
        }
    }

    fn marker(&mut self, marker: &Marker<'_>) {
        self.printer.json.start_object();
        self.printer.json.name("type");
        match (marker.kind.open(), marker.kind.close(), &marker.opened) {
            (Some(open), Some(close), Some(opened)) => {
                self.printer.json.plain_string(b"range_tombstone_boundary");
                self.bound(open, &marker.clustering, opened);
                self.bound(close, &marker.clustering, &marker.deletion);
            }
            _ => {
                self.printer.json.plain_string(b"range_tombstone_bound");
                self.bound(marker.kind, &marker.clustering, &marker.deletion);
            }
        }
        self.printer.json.end_object();
        self.printer.json.compact_objects = false;
    }

    fn bound(&mut self, kind: ClusteringKind, clustering: &Clustering<'_>, deletion: &DeletionTime) {
        self.printer.json.name(if kind.is_start() { "start" } else { "end" });
        self.printer.json.start_object();
        self.printer.json.name("type");
        self.printer.json.plain_string(if kind.is_inclusive() { b"inclusive" } else { b"exclusive" });
        self.printer.clustering(clustering);
        self.printer.deletion(deletion);
        self.printer.json.end_object();
    }
}
