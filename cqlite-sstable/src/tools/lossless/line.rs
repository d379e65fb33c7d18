//! One line.

use std::collections::HashMap;

use super::fields::{Fields, array, hex};
use super::reader::MarkerParts;
use super::value_checks::ValueChecks;
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME,
    OwnedRow,
};
use crate::tools::json_text::{JsonError, JsonValue};
use crate::types::CqlType;

/// What a line says.
#[derive(Debug)]
pub(super) enum Line {
    Partition { key: Vec<u8>, deletion: DeletionTime, deletion_unknown: bool },
    Row { is_static: bool, head: OwnedRow, items: Vec<ParsedItem>, more: bool },
    Cells { items: Vec<ParsedItem>, more: bool },
    Marker(MarkerParts),
}

/// A cell, or the deletion of a complex column.
#[derive(Debug)]
pub(super) struct ParsedItem {
    pub(super) column: usize,
    /// It is the deletion of a complex column; what follows has no meaning then.
    pub(super) deletion: Option<DeletionTime>,
    pub(super) timestamp: i64,
    pub(super) ttl_seconds: i32,
    pub(super) local_deletion_time_seconds: i64,
    pub(super) path: Option<Vec<u8>>,
    pub(super) value: Vec<u8>,
}

impl ParsedItem {
    /// The cell that it is, if it is no deletion.
    pub(super) fn as_cell(&self) -> Cell<'_> {
        Cell {
            column: self.column,
            timestamp: self.timestamp,
            ttl_seconds: self.ttl_seconds,
            local_deletion_time_seconds: self.local_deletion_time_seconds,
            path: self.path.as_deref(),
            value: &self.value,
        }
    }
}

/// Reads lines for one header.
#[derive(Debug)]
pub(super) struct LineParser {
    statics: Columns,
    regulars: Columns,
    clustering_types: Vec<CqlType>,
    /// None if bytes are taken that are no values of their types.
    checks: Option<ValueChecks>,
}

/// Columns by name.
#[derive(Debug)]
struct Columns {
    by_name: HashMap<Vec<u8>, Column>,
}

#[derive(Debug, Clone)]
struct Column {
    index: usize,
    /// It has a cell for each element.
    is_multi_cell: bool,
    /// The type of what is in a cell; none where it differs from cell to cell.
    value_type: Option<CqlType>,
}

impl Columns {
    fn new(columns: &[HeaderColumn]) -> Self {
        let entry = |(index, column): (usize, &HeaderColumn)| {
            let is_multi_cell = column.column_type.is_multi_cell();
            let value_type = match &column.column_type {
                CqlType::List { element, frozen: false } => Some((**element).clone()),
                CqlType::Map { value, frozen: false, .. } => Some((**value).clone()),
                _ if is_multi_cell => None,
                whole => Some(whole.clone()),
            };
            (column.name.clone(), Column { index, is_multi_cell, value_type })
        };
        Self { by_name: columns.iter().enumerate().map(entry).collect() }
    }
}

impl LineParser {
    pub(super) fn new(header: &SerializationHeader) -> Self {
        Self {
            statics: Columns::new(&header.static_columns),
            regulars: Columns::new(&header.regular_columns),
            clustering_types: header.clustering_types.clone(),
            checks: Some(ValueChecks::new(header)),
        }
    }

    pub(super) fn take_any_values(&mut self) {
        self.checks = None;
    }

    /// What `text` says. `continues_static` tells whose cells those of a line `cells` are.
    pub(super) fn parse(&self, text: &str, continues_static: bool) -> Result<Line, String> {
        let mut fields = Fields::of(json(text)?, "the line")?;
        let line = if let Some(partition) = fields.take("partition") {
            self.partition(partition)?
        } else if let Some(row) = fields.take("row") {
            self.row(row, false)?
        } else if let Some(row) = fields.take("static") {
            self.row(row, true)?
        } else if let Some(marker) = fields.take("marker") {
            Line::Marker(self.marker(marker)?)
        } else if let Some(cells) = fields.take("cells") {
            Line::Cells { items: self.items(cells, continues_static)?, more: fields.boolean("more")? }
        } else {
            return Err("it is no 'partition', 'static', 'row', 'cells' or 'marker'".to_owned());
        };
        fields.finish()?;
        Ok(line)
    }

    fn partition(&self, value: JsonValue<'_>) -> Result<Line, String> {
        let mut fields = Fields::of(value, "the partition")?;
        let key = fields.hex("key")?.ok_or("the field 'key' is missing")?;
        if let Some(checks) = &self.checks {
            checks.key(&key)?;
        }
        // For people.
        fields.text("text")?;
        let deleted = deletion(&mut fields, "deletion")?;
        let deletion_unknown = fields.boolean("deletion_unknown")?;
        if deleted.is_some() && deletion_unknown {
            return Err("'deletion' and 'deletion_unknown' exclude each other".to_owned());
        }
        fields.finish()?;
        Ok(Line::Partition { key, deletion: deleted.unwrap_or(DeletionTime::LIVE), deletion_unknown })
    }

    fn row(&self, value: JsonValue<'_>, is_static: bool) -> Result<Line, String> {
        let mut fields = Fields::of(value, "the row")?;
        let mut head = OwnedRow::default();
        if !is_static {
            head.clustering = self.clustering(&mut fields)?;
            let count = head.clustering.as_clustering().len();
            if count != self.clustering_types.len() {
                let wanted = self.clustering_types.len();
                return Err(format!(
                    "the field 'clustering' has {count} values, but there are {wanted} columns"
                ));
            }
        }
        head.liveness = fields.take("liveness").map(liveness).transpose()?;
        head.deletion = deletion(&mut fields, "deletion")?.unwrap_or(DeletionTime::LIVE);
        head.shadowable_deletion =
            deletion(&mut fields, "shadowable_deletion")?.unwrap_or(DeletionTime::LIVE);
        let items = fields.take("cells").map(|cells| self.items(cells, is_static)).transpose()?;
        let more = fields.boolean("more")?;
        fields.finish()?;
        Ok(Line::Row { is_static, head, items: items.unwrap_or_default(), more })
    }

    fn marker(&self, value: JsonValue<'_>) -> Result<MarkerParts, String> {
        let mut fields = Fields::of(value, "the marker")?;
        let kind = marker_kind(&fields.wanted_text("kind")?)?;
        let clustering = self.clustering(&mut fields)?;
        let count = clustering.as_clustering().len();
        if count > self.clustering_types.len() {
            let most = self.clustering_types.len();
            return Err(format!("the field 'clustering' has {count} values, but there are {most} columns"));
        }
        let closed = deletion(&mut fields, "deletion")?.ok_or("the field 'deletion' is missing")?;
        let opened = deletion(&mut fields, "opened")?;
        match (kind.is_boundary(), opened.is_some()) {
            (true, false) => {
                return Err("the field 'opened' is missing: a boundary closes and opens".to_owned());
            }
            (false, true) => {
                return Err("the field 'opened' is not for a bound, but for boundaries".to_owned());
            }
            _ => {}
        }
        fields.finish()?;
        Ok(MarkerParts { kind, clustering, deletion: closed, opened })
    }

    fn clustering(&self, fields: &mut Fields<'_>) -> Result<ClusteringBuffer, String> {
        let buffer = clustering(fields.wanted_array("clustering")?, &self.clustering_types)?;
        if let Some(checks) = &self.checks {
            checks.clustering(buffer.as_clustering())?;
        }
        Ok(buffer)
    }

    fn items(&self, value: JsonValue<'_>, is_static: bool) -> Result<Vec<ParsedItem>, String> {
        let cells = array(value, "cells")?;
        let columns = if is_static { &self.statics } else { &self.regulars };
        (1_usize..)
            .zip(cells)
            .map(|(number, cell)| {
                let item = item(cell, columns).and_then(|item| match &self.checks {
                    Some(checks) => checks.item(&item, is_static).map(|()| item),
                    None => Ok(item),
                });
                item.map_err(|error| format!("cell {number}: {error}"))
            })
            .collect()
    }
}

/// The JSON of a line, with the column of an error.
pub(super) fn json(text: &str) -> Result<JsonValue<'_>, String> {
    JsonValue::parse(text)
        .map_err(|JsonError { at, message }| format!("byte {}: {message}", at.saturating_add(1)))
}

fn clustering(values: Vec<JsonValue<'_>>, types: &[CqlType]) -> Result<ClusteringBuffer, String> {
    let mut buffer = ClusteringBuffer::default();
    for (index, value) in values.into_iter().enumerate() {
        match value {
            JsonValue::Null => buffer.push(ClusteringValue::Null),
            JsonValue::String(digits) => {
                let value = hex(&digits, "clustering")?;
                check_length(types.get(index), &value, "clustering")?;
                buffer.push(ClusteringValue::Value(&value));
            }
            other => {
                return Err(format!("the field 'clustering' has {}, not a string or null", other.kind()));
            }
        }
    }
    Ok(buffer)
}

/// Refuses a value whose length is not that of its type, by which a reader would go on.
fn check_length(of: Option<&CqlType>, value: &[u8], name: &str) -> Result<(), String> {
    match of.and_then(|of| Some((of, of.fixed_length()?))) {
        Some((of, length)) if !value.is_empty() && value.len() != length => Err(format!(
            "the field '{name}' has {} bytes, but a value of {} has {length}",
            value.len(),
            of.cql_name()
        )),
        _ => Ok(()),
    }
}

fn marker_kind(name: &str) -> Result<ClusteringKind, String> {
    let kinds = (0..8).filter_map(ClusteringKind::from_ordinal);
    let mut kinds = kinds.filter(|kind| *kind != ClusteringKind::Clustering);
    kinds
        .find(|kind| kind.name() == name)
        .ok_or_else(|| format!("the field 'kind' is '{name}', which is none"))
}

fn deletion(fields: &mut Fields<'_>, name: &str) -> Result<Option<DeletionTime>, String> {
    let Some(value) = fields.take(name) else { return Ok(None) };
    let mut parts = Fields::of(value, name)?;
    let within = |error: String| format!("the field '{name}': {error}");
    let deletion = DeletionTime {
        marked_for_delete_at: parts.wanted_integer("ts").map_err(within)?,
        local_deletion_time_seconds: parts.wanted_integer("at").map_err(within)?,
    };
    parts.finish().map_err(within)?;
    Ok(Some(deletion))
}

fn liveness(value: JsonValue<'_>) -> Result<Liveness, String> {
    let mut parts = Fields::of(value, "liveness")?;
    let within = |error: String| format!("the field 'liveness': {error}");
    let timestamp = parts.wanted_integer("ts").map_err(within)?;
    let expiry = expiry(&mut parts).map_err(within)?;
    parts.finish().map_err(within)?;
    Ok(match expiry {
        None => Liveness::new(timestamp),
        Some((ttl_seconds, expires_at_seconds)) => Liveness { timestamp, ttl_seconds, expires_at_seconds },
    })
}

/// TTL and expiry: both or none.
fn expiry(fields: &mut Fields<'_>) -> Result<Option<(i32, i64)>, String> {
    match (fields.integer::<i32>("ttl")?, fields.integer("expires_at")?) {
        (None, None) => Ok(None),
        (Some(ttl), Some(expires_at)) if ttl > 0 => Ok(Some((ttl, expires_at))),
        (Some(ttl), Some(_)) => Err(format!("the field 'ttl' is {ttl}, but a TTL is at least 1")),
        (Some(_), None) => Err("the field 'expires_at' is missing beside 'ttl'".to_owned()),
        (None, Some(_)) => Err("the field 'ttl' is missing beside 'expires_at'".to_owned()),
    }
}

fn item(value: JsonValue<'_>, columns: &Columns) -> Result<ParsedItem, String> {
    let mut fields = Fields::of(value, "it")?;
    let name = fields.name(["column", "column_hex"])?;
    let unknown = || format!("the header has no column '{}' of this kind", String::from_utf8_lossy(&name));
    let column = columns.by_name.get(&name).ok_or_else(unknown)?;
    let mut item = ParsedItem {
        column: column.index,
        deletion: deletion(&mut fields, "deletion")?,
        timestamp: 0,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value: Vec::new(),
    };
    if item.deletion.is_some() {
        if !column.is_multi_cell {
            return Err(
                "the field 'deletion' is for columns of several cells; this one has 'deleted_at'".to_owned()
            );
        }
    } else {
        cell(&mut fields, column.is_multi_cell, &mut item)?;
        check_length(column.value_type.as_ref(), &item.value, "value")?;
    }
    fields.finish()?;
    Ok(item)
}

fn cell(fields: &mut Fields<'_>, is_multi_cell: bool, into: &mut ParsedItem) -> Result<(), String> {
    into.timestamp = fields.wanted_integer("ts")?;
    into.path = fields.hex("path")?;
    match (is_multi_cell, into.path.is_some()) {
        (true, false) => {
            return Err("the field 'path' is missing: the column has a cell for each element".to_owned());
        }
        (false, true) => return Err("the field 'path' is not for a column of one cell".to_owned()),
        _ => {}
    }
    let value = fields.hex("value")?;
    let deleted_at = fields.integer("deleted_at")?;
    let expiry = expiry(fields)?;
    match (deleted_at, expiry) {
        (Some(_), Some(_)) => return Err("'deleted_at' and 'ttl' exclude each other".to_owned()),
        (Some(deleted_at), None) => into.local_deletion_time_seconds = deleted_at,
        (None, _) if value.is_none() => {
            return Err("the field 'value' is missing: an empty one is \"\", a deleted one has 'deleted_at'"
                .to_owned());
        }
        (None, Some((ttl, expires_at))) => {
            (into.ttl_seconds, into.local_deletion_time_seconds) = (ttl, expires_at);
        }
        (None, None) => {}
    }
    into.value = value.unwrap_or_default();
    Ok(())
}
