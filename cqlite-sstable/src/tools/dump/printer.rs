//! The parts of a dump: keys, clusterings, times, deletions, cells.

use super::columns::{Cells, DumpColumn, field_of};
use super::json_writer::JsonWriter;
use super::{DumpOptions, DumpSummary};
use crate::component::statistics::SerializationHeader;
use crate::row::{Cell, Clustering, ClusteringValue, DeletionTime, Liveness};
use crate::types::{
    CompositeComponents, CqlType, JsonStyle, TextSink as _, TimeUnit, push_hex, write_instant, write_json,
    write_string,
};

/// Prints the parts that partitions, rows and markers have in common.
pub(super) struct Printer<'a, 'o, 'w> {
    pub(super) json: JsonWriter<'o, 'w>,
    pub(super) options: &'a DumpOptions,
    pub(super) summary: &'a mut DumpSummary,
    pub(super) header: &'a SerializationHeader,
    /// The position that the current row or marker is printed with.
    pub(super) position: u64,
}

impl Printer<'_, '_, '_> {
    pub(super) fn number(&mut self, number: i64) {
        self.json.raw(|out| out.push(itoa::Buffer::new().format(number).as_bytes()));
    }

    /// A time as text, or as a number in quotes.
    pub(super) fn time(&mut self, time: i64, unit: TimeUnit) {
        let (raw, style) = (self.options.raw_times, self.options.style);
        self.json.raw(|out| {
            out.push(b"\"");
            if raw {
                out.push(itoa::Buffer::new().format(time).as_bytes());
            } else {
                write_instant(time, unit, style, out);
            }
            out.push(b"\"");
        });
    }

    /// A value as JSON; bytes that are not valid for the type, in hexadecimal.
    fn json_value(&mut self, value_type: &CqlType, value: &[u8]) {
        let style = self.options.style;
        let written = self.json.raw(|out| {
            write_json(value_type, value, style, out).inspect_err(|_| {
                out.push(b"\"0x");
                push_hex(value, out);
                out.push(b"\"");
            })
        });
        if let Err(error) = written {
            self.summary.invalid(self.position, error);
        }
    }

    /// A value as a string in quotes, in the form of keys and paths.
    fn string_value(&mut self, value_type: &CqlType, value: &[u8]) {
        let written = self.json.string(|sink| {
            write_string(value_type, value, sink).inspect_err(|_| {
                sink.push(b"0x");
                push_hex(value, sink);
            })
        });
        if let Err(error) = written {
            self.summary.invalid(self.position, error);
        }
    }

    fn key_component(&mut self, component_type: &CqlType, value: &[u8], name: Option<&String>) {
        if let Some(name) = name {
            self.json.escaped_name(name);
        }
        self.string_value(component_type, value);
    }

    fn composite_key(&mut self, types: &[CqlType], key: &[u8], names: Option<&[String]>) {
        for (i, component) in CompositeComponents::new(key, types).enumerate() {
            let name = names.and_then(|names| names.get(i));
            match component {
                Ok(component) => self.key_component(&component.component_type, component.value, name),
                Err(error) => {
                    self.key_component(&CqlType::Blob, key, name);
                    self.summary.invalid(self.position, error);
                }
            }
        }
    }

    /// The path of a cell, if its column has many. Returns the type of the cell's value, if there is one.
    fn path<'c>(&mut self, column: &'c DumpColumn, path: &[u8]) -> Option<&'c CqlType> {
        let value_type = match &column.cells {
            Cells::One => return Some(&column.column_type),
            Cells::Collection { value, .. } => Some(value),
            Cells::Fields(user) => field_of(user, path).map(|field| &field.field_type),
        };
        self.json.name("path");
        self.json.compact_arrays = true;
        self.json.start_array();
        match &column.cells {
            Cells::Collection { path: path_type, .. } => self.string_value(path_type, path),
            Cells::Fields(user) => {
                let name = field_of(user, path).map_or("", |field| &field.name);
                let written: Result<(), std::convert::Infallible> = self.json.string(|sink| {
                    sink.push(name.as_bytes());
                    Ok(())
                });
                debug_assert!(written.is_ok());
            }
            Cells::One => {}
        }
        self.json.end_array();
        self.json.compact_arrays = false;
        value_type
    }

    /// Bytes for which there is no type.
    fn untyped(&mut self, value: &[u8]) {
        self.json.raw(|out| {
            out.push(b"\"0x");
            push_hex(value, out);
            out.push(b"\"");
        });
        self.summary.invalid(self.position, "a cell is of a field that its type does not have");
    }

    pub(super) fn partition_key(&mut self, key: &[u8]) {
        self.json.compact_objects = true;
        self.json.compact_arrays = true;
        let names = match (self.options.style, &self.options.key_names) {
            (JsonStyle::Corrected, Some(names)) => Some(names.partition_key.as_slice()),
            _ => None,
        };
        match names {
            Some(_) => self.json.start_object(),
            None => self.json.start_array(),
        }
        match &self.header.key_type {
            CqlType::Composite(types) => self.composite_key(types, key, names),
            single => self.key_component(single, key, names.and_then(|names| names.first())),
        }
        match names {
            Some(_) => self.json.end_object(),
            None => self.json.end_array(),
        }
        self.json.compact_objects = false;
        self.json.compact_arrays = false;
    }

    pub(super) fn expiry(&mut self, ttl_seconds: i32, expires_at_seconds: i64, expired: bool) {
        self.json.name("ttl");
        self.number(i64::from(ttl_seconds));
        self.json.name("expires_at");
        self.time(expires_at_seconds, TimeUnit::Seconds);
        self.json.name("expired");
        self.json.raw(|out| out.push(if expired { b"true" } else { b"false" }));
    }

    pub(super) fn clustering(&mut self, clustering: &Clustering<'_>) {
        if clustering.is_empty() {
            return;
        }
        self.json.name("clustering");
        self.json.compact_objects = true;
        let names = match (self.options.style, &self.options.key_names) {
            (JsonStyle::Corrected, Some(names)) => Some(names.clustering.as_slice()),
            _ => None,
        };
        match names {
            Some(_) => self.json.start_object(),
            None => self.json.start_array(),
        }
        self.json.compact_arrays = true;
        for (i, clustering_type) in self.header.clustering_types.iter().enumerate() {
            if let Some(name) = names.and_then(|names| names.get(i)) {
                self.json.escaped_name(name);
            }
            match clustering.get(i) {
                Some(ClusteringValue::Value(value)) => self.json_value(clustering_type, value),
                Some(ClusteringValue::Null) => self.json.raw(|out| out.push(b"null")),
                None => self.json.plain_string(b"*"),
            }
        }
        match names {
            Some(_) => self.json.end_object(),
            None => self.json.end_array(),
        }
        self.json.compact_objects = false;
        self.json.compact_arrays = false;
    }

    pub(super) fn deletion(&mut self, deletion: &DeletionTime) {
        self.deletion_named("deletion_info", deletion);
    }

    pub(super) fn deletion_named(&mut self, name: &str, deletion: &DeletionTime) {
        self.json.name(name);
        self.json.compact_objects = true;
        self.json.start_object();
        self.json.name("marked_deleted");
        self.time(deletion.marked_for_delete_at, TimeUnit::Microseconds);
        self.json.name("local_delete_time");
        self.time(deletion.local_deletion_time_seconds, TimeUnit::Seconds);
        self.json.end_object();
        self.json.compact_objects = false;
    }

    pub(super) fn complex_deletion(&mut self, column: &DumpColumn, deletion: &DeletionTime) {
        self.json.compact_objects = true;
        self.json.start_object();
        self.json.name("name");
        self.json.plain_string(&column.json_name);
        self.deletion(deletion);
        self.json.compact_objects = true;
        self.json.end_object();
        self.json.compact_objects = false;
    }

    /// A cell; its time is left out where it is the row's.
    pub(super) fn cell(&mut self, column: &DumpColumn, cell: &Cell<'_>, row: Option<&Liveness>) {
        if matches!(column.cells, Cells::One) && !cell.is_tombstone() {
            self.json.start_written_object(&column.cell_start);
            self.json.compact_objects = true;
            self.json_value(&column.column_type, cell.value);
        } else {
            self.cell_with_path_or_deletion(column, cell);
        }
        if row.is_none_or(|row| row.timestamp != cell.timestamp) {
            self.json.name("tstamp");
            self.time(cell.timestamp, TimeUnit::Microseconds);
        }
        if cell.is_expiring() && row.is_none_or(|row| row.ttl_seconds != cell.ttl_seconds) {
            let expired = !cell.is_live(self.options.now_seconds);
            self.expiry(cell.ttl_seconds, cell.local_deletion_time_seconds, expired);
        }
        self.json.end_object();
        self.json.compact_objects = false;
    }

    fn cell_with_path_or_deletion(&mut self, column: &DumpColumn, cell: &Cell<'_>) {
        self.json.start_object();
        self.json.compact_objects = true;
        self.json.name("name");
        self.json.plain_string(&column.json_name);
        let value_type = self.path(column, cell.path.unwrap_or_default());
        if cell.is_tombstone() {
            self.json.name("deletion_info");
            self.json.compact_objects = true;
            self.json.start_object();
            self.json.name("local_delete_time");
            self.time(cell.local_deletion_time_seconds, TimeUnit::Seconds);
            self.json.end_object();
            self.json.compact_objects = false;
        } else {
            self.json.name("value");
            match value_type {
                Some(value_type) => self.json_value(value_type, cell.value),
                None => self.untyped(cell.value),
            }
        }
    }
}
