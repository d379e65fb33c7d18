//! The lines behind the header.

use std::borrow::Cow;

use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::reader::{Marker, Row, RowItem};
use crate::row::{Cell, Clustering, ClusteringKind, ClusteringValue, DeletionTime};
use crate::types::{JsonEscaped, TextSink, push_hex, write_string};

/// A row's line is ended behind the cell that makes it longer than this, and the row goes on in the next line.
const LINE_BYTES: usize = 64 * 1024;

/// Prints partitions, rows, cells and markers as lines of JSON. A row is printed in steps, since it may be of any
/// size: [`LosslessPrinter::start_row`], an [`LosslessPrinter::item`] for each item, [`LosslessPrinter::end_row`].
#[derive(Debug, Clone)]
pub struct LosslessPrinter {
    header: SerializationHeader,
    /// What stands in front of the fields of a cell, for each column.
    statics: Vec<Vec<u8>>,
    regulars: Vec<Vec<u8>>,
    line_bytes: usize,
    in_static: bool,
    /// The current line belongs to a row that began in an earlier one.
    continued: bool,
    /// The current line has an item.
    has_item: bool,
}

impl LosslessPrinter {
    /// A printer for the rows of an SSTable with this header.
    pub fn new(header: &SerializationHeader) -> Self {
        let starts = |columns: &[HeaderColumn]| columns.iter().map(cell_start).collect();
        Self {
            statics: starts(&header.static_columns),
            regulars: starts(&header.regular_columns),
            header: header.clone(),
            line_bytes: 0,
            in_static: false,
            continued: false,
            has_item: false,
        }
    }

    /// Prints the head of a partition; without a deletion, it is not known whether there was one.
    pub fn partition<S: TextSink>(&self, key: &[u8], deletion: Option<DeletionTime>, out: &mut S) {
        out.push(b"{\"partition\":{\"key\":\"");
        push_hex(key, out);
        out.push(b"\"");
        let mut text = Vec::new();
        if write_string(&self.header.key_type, key, &mut text).is_ok() {
            out.push(b",\"text\":\"");
            JsonEscaped::new(out).push(String::from_utf8_lossy(&text).as_bytes());
            out.push(b"\"");
        }
        match deletion {
            None => out.push(b",\"deletion_unknown\":true"),
            Some(deletion) if deletion.is_live() => {}
            Some(deletion) => push_deletion("deletion", &deletion, out),
        }
        out.push(b"}}\n");
    }

    /// Prints a marker.
    pub fn marker<S: TextSink>(&self, marker: &Marker<'_>, out: &mut S) {
        self.bound(marker.kind, marker.clustering, [Some(marker.deletion), marker.opened], out);
    }

    /// Prints a marker from its parts: the deletion of a bound, or what a boundary closes and opens.
    pub fn bound<S: TextSink>(
        &self,
        kind: ClusteringKind,
        clustering: Clustering<'_>,
        [deletion, opened]: [Option<DeletionTime>; 2],
        out: &mut S,
    ) {
        out.push(b"{\"marker\":{\"kind\":\"");
        out.push(kind.name().as_bytes());
        out.push(b"\"");
        push_clustering(clustering, out);
        if let Some(deletion) = deletion {
            push_deletion("deletion", &deletion, out);
        }
        if let Some(opened) = opened {
            push_deletion("opened", &opened, out);
        }
        out.push(b"}}\n");
    }

    /// Prints a row up to its items.
    pub fn start_row<S: TextSink>(&mut self, row: &Row<'_>, out: &mut S) {
        self.in_static = row.is_static;
        self.continued = false;
        self.has_item = false;
        out.push(if row.is_static { b"{\"static\":{" } else { b"{\"row\":{" });
        let mut counted = Counted { out, bytes: 0 };
        if !row.is_static {
            counted.push(b"\"clustering\":[");
            push_values(row.clustering, &mut counted);
            counted.push(b"],");
        }
        if let Some(liveness) = row.liveness {
            push_number("\"liveness\":{\"ts\":", liveness.timestamp, &mut counted);
            if liveness.is_expiring() {
                push_number(",\"ttl\":", liveness.ttl_seconds.into(), &mut counted);
                push_number(",\"expires_at\":", liveness.expires_at_seconds, &mut counted);
            }
            counted.push(b"},");
        }
        for (name, deletion) in
            [("\"deletion\":", &row.deletion), ("\"shadowable_deletion\":", &row.shadowable_deletion)]
        {
            if !deletion.is_live() {
                push_deletion_object(name, deletion, &mut counted);
                counted.push(b",");
            }
        }
        counted.push(b"\"cells\":[");
        self.line_bytes = counted.bytes;
    }

    /// Prints a cell or the deletion of a complex column.
    pub fn item<S: TextSink>(&mut self, item: &RowItem<'_>, out: &mut S) {
        if self.line_bytes > LINE_BYTES {
            out.push(self.line_end(true));
            out.push(b"{\"cells\":[");
            self.continued = true;
            self.has_item = false;
            self.line_bytes = 0;
        }
        if std::mem::replace(&mut self.has_item, true) {
            out.push(b",");
        }
        let mut counted = Counted { out, bytes: 0 };
        match item {
            RowItem::ComplexDeletion { column, deletion } => {
                counted.push(self.column(*column));
                push_deletion("deletion", deletion, &mut counted);
            }
            RowItem::Cell(cell) => {
                counted.push(self.column(cell.column));
                push_cell(cell, &mut counted);
            }
        }
        counted.push(b"}");
        self.line_bytes = self.line_bytes.saturating_add(counted.bytes);
    }

    /// Ends the row.
    pub fn end_row<S: TextSink>(&mut self, out: &mut S) {
        out.push(self.line_end(false));
    }

    fn line_end(&self, more: bool) -> &'static [u8] {
        match (self.continued, more) {
            (false, false) => b"]}}\n",
            (false, true) => b"],\"more\":true}}\n",
            (true, false) => b"]}\n",
            (true, true) => b"],\"more\":true}\n",
        }
    }

    fn column(&self, index: usize) -> &[u8] {
        let columns = if self.in_static { &self.statics } else { &self.regulars };
        columns.get(index).map_or(b"{\"column\":\"?\"", Vec::as_slice)
    }
}

/// Counts what is pushed.
struct Counted<'a, S: TextSink> {
    out: &'a mut S,
    bytes: usize,
}

impl<S: TextSink> TextSink for Counted<'_, S> {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.out.push(bytes);
    }
}

/// A name as a field: in hexadecimal where it is not UTF-8.
pub(super) fn name_field<'n>(name: &'n [u8], [text, hex]: [&'static str; 2]) -> (&'static str, Cow<'n, str>) {
    match std::str::from_utf8(name) {
        Ok(name) => (text, Cow::Borrowed(name)),
        Err(_) => {
            let mut digits = Vec::new();
            push_hex(name, &mut digits);
            (hex, String::from_utf8_lossy(&digits).into_owned().into())
        }
    }
}

fn cell_start(column: &HeaderColumn) -> Vec<u8> {
    let (field, name) = name_field(&column.name, ["column", "column_hex"]);
    let mut start = format!("{{\"{field}\":\"").into_bytes();
    JsonEscaped::new(&mut start).push(name.as_bytes());
    start.push(b'"');
    start
}

fn push_number<S: TextSink>(before: &str, number: i64, out: &mut S) {
    out.push(before.as_bytes());
    out.push(itoa::Buffer::new().format(number).as_bytes());
}

fn push_deletion<S: TextSink>(name: &str, deletion: &DeletionTime, out: &mut S) {
    out.push(b",\"");
    out.push(name.as_bytes());
    push_deletion_object("\":", deletion, out);
}

fn push_deletion_object<S: TextSink>(before: &str, deletion: &DeletionTime, out: &mut S) {
    out.push(before.as_bytes());
    push_number("{\"ts\":", deletion.marked_for_delete_at, out);
    push_number(",\"at\":", deletion.local_deletion_time_seconds, out);
    out.push(b"}");
}

fn push_clustering<S: TextSink>(clustering: Clustering<'_>, out: &mut S) {
    out.push(b",\"clustering\":[");
    push_values(clustering, out);
    out.push(b"]");
}

fn push_values<S: TextSink>(clustering: Clustering<'_>, out: &mut S) {
    for (number, value) in clustering.iter().enumerate() {
        if number > 0 {
            out.push(b",");
        }
        match value {
            ClusteringValue::Null => out.push(b"null"),
            ClusteringValue::Value(bytes) => push_quoted_hex("", bytes, out),
        }
    }
}

fn push_quoted_hex<S: TextSink>(before: &str, bytes: &[u8], out: &mut S) {
    out.push(before.as_bytes());
    out.push(b"\"");
    push_hex(bytes, out);
    out.push(b"\"");
}

fn push_cell<S: TextSink>(cell: &Cell<'_>, out: &mut S) {
    if let Some(path) = cell.path {
        push_quoted_hex(",\"path\":", path, out);
    }
    push_number(",\"ts\":", cell.timestamp, out);
    if cell.is_tombstone() {
        push_number(",\"deleted_at\":", cell.local_deletion_time_seconds, out);
        if cell.value.is_empty() {
            return;
        }
    } else if cell.is_expiring() {
        push_number(",\"ttl\":", cell.ttl_seconds.into(), out);
        push_number(",\"expires_at\":", cell.local_deletion_time_seconds, out);
    }
    push_quoted_hex(",\"value\":", cell.value, out);
}
