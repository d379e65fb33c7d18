//! What is decided once for a table.

use std::sync::Arc;

use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::encoding::{EncodingStats, write_uvint, write_vint_prefixed};
use cqlite_sstable::merge::SharedColumns;
use cqlite_sstable::row::ClusteringOrder;
use cqlite_sstable::schema::{Column, DroppedColumn, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Error, Partitioner, Result};

use super::TableId;
use super::column_list::{ColumnList, ColumnLists, ListError, TableColumns};
use super::value_check::{ColumnCheck, ValueCheck};

/// A table as far as writing and reading its rows needs it: ids and names, types, and columns in the order in which rows
/// have them.
///
/// Cells of all that goes through the engine name their column by its place among these static or regular columns. A
/// change of the schema makes another layout.
#[derive(Debug)]
pub struct TableLayout {
    id: TableId,
    keyspace: String,
    name: String,
    partitioner: Partitioner,
    header: SerializationHeader,
    order: ClusteringOrder,
    columns: Arc<SharedColumns>,
    key_check: ValueCheck,
    /// Of the static and of the regular columns.
    checks: [Vec<ColumnCheck>; 2],
    dropped: Vec<DroppedColumn>,
    lists: ColumnLists,
    all_columns: Arc<ColumnList>,
    /// Whether rows are there only while their liveness is (`TableMetadata.enforceStrictLiveness`).
    enforces_strict_liveness: bool,
    /// All names as an update has them; none if static columns or dropped ones make the list another one.
    all_names: Option<Vec<u8>>,
}

impl TableLayout {
    /// The layout of a table.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if the schema has no id.
    pub fn new(schema: &TableSchema, partitioner: Partitioner) -> Result<Arc<Self>> {
        let bytes =
            |columns: &[Column]| columns.iter().map(|column| column.name.as_bytes().to_owned()).collect();
        let names = [bytes(&schema.static_columns), bytes(&schema.regular_columns)];
        Self::with_header_names(schema, names, partitioner)
    }

    /// The layout of a table whose static and regular columns are called by these bytes in headers and mutations: where the
    /// schema had to give them other names.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn with_header_names(
        schema: &TableSchema,
        [statics, regulars]: [Vec<Vec<u8>>; 2],
        partitioner: Partitioner,
    ) -> Result<Arc<Self>> {
        let id = schema.id.ok_or_else(|| {
            let table = format!("{}.{}", schema.keyspace, schema.name);
            Error::invalid_input(format!("the table {table} has no id, without which nothing can be written"))
        })?;
        let named = |columns: &[Column], names: Vec<Vec<u8>>| -> Vec<HeaderColumn> {
            let types = columns.iter().map(|column| column.column_type.clone());
            names
                .into_iter()
                .zip(types)
                .map(|(name, column_type)| HeaderColumn { name, column_type })
                .collect()
        };
        let no_times = EncodingStats::default().deltas(false);
        let header = SerializationHeader {
            min_timestamp: no_times.min_timestamp,
            min_local_deletion_time_seconds: no_times.min_local_deletion_time_seconds,
            min_ttl_seconds: no_times.min_ttl_seconds,
            key_type: schema.key_type(),
            clustering_types: schema.clustering_types(),
            static_columns: named(&schema.static_columns, statics),
            regular_columns: named(&schema.regular_columns, regulars),
        };
        let names = (schema.keyspace.clone(), schema.name.clone());
        let visibility = (schema.dropped_columns.clone(), schema.enforces_strict_liveness);
        Self::of_parts(TableId(id), names, partitioner, header, visibility)
    }

    /// The same layout once more, for a thread of its own: threads that take and drop references to one and the same layout for
    /// each of many updates would wait for each other.
    pub(in crate::storage) fn twin(&self) -> Result<Arc<Self>> {
        let names = (self.keyspace.clone(), self.name.clone());
        let visibility = (self.dropped.clone(), self.enforces_strict_liveness);
        Self::of_parts(self.id, names, self.partitioner.clone(), self.header.clone(), visibility)
    }

    fn of_parts(
        id: TableId,
        (keyspace, name): (String, String),
        partitioner: Partitioner,
        header: SerializationHeader,
        (dropped, enforces_strict_liveness): (Vec<DroppedColumn>, bool),
    ) -> Result<Arc<Self>> {
        let mut names = Vec::new();
        for columns in [&header.static_columns, &header.regular_columns] {
            write_names(columns.len(), columns.iter(), &mut names)?;
        }
        let (lists, all_columns) =
            ColumnLists::new(&table_columns(&header, &[]), &names).map_err(list_error)?;
        let all_names = if header.static_columns.is_empty() && dropped.is_empty() {
            let (columns, mut regular) = (&header.regular_columns, Vec::new());
            write_names(columns.len(), columns.iter(), &mut regular)?;
            Some(regular)
        } else {
            None
        };
        let checks = |columns: &[HeaderColumn]| -> Vec<ColumnCheck> {
            columns.iter().map(|column| ColumnCheck::new(&column.column_type)).collect()
        };
        Ok(Arc::new(Self {
            id,
            keyspace,
            name,
            partitioner,
            order: ClusteringOrder::new(header.clustering_types.clone()),
            columns: Arc::new(SharedColumns::new(&[&header])?),
            key_check: ValueCheck::new(&header.key_type),
            checks: [checks(&header.static_columns), checks(&header.regular_columns)],
            header,
            dropped,
            lists,
            all_columns,
            enforces_strict_liveness,
            all_names,
        }))
    }

    /// The id.
    pub fn id(&self) -> TableId {
        self.id
    }

    /// The keyspace.
    pub fn keyspace(&self) -> &str {
        &self.keyspace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How partition keys are ordered.
    pub fn partitioner(&self) -> &Partitioner {
        &self.partitioner
    }

    /// Whether a partition has to have a key that is not empty: where keys are ordered by themselves, as in tables that a
    /// node keeps for itself, one may be.
    pub(in crate::storage) fn needs_keys(&self) -> bool {
        !matches!(self.partitioner, Partitioner::Local(_))
    }

    /// Whether the columns count, all of them.
    pub(crate) fn is_counter(&self) -> bool {
        self.checks.iter().flatten().next().is_some_and(ColumnCheck::is_counter)
    }

    /// What makes bytes a partition key of the table.
    pub(super) fn key_check(&self) -> &ValueCheck {
        &self.key_check
    }

    /// What makes a cell one of a static or regular column; none if there is no such column.
    #[inline]
    pub(super) fn column_check(&self, is_static: bool, column: usize) -> Option<&ColumnCheck> {
        let [statics, regulars] = &self.checks;
        if is_static { statics.get(column) } else { regulars.get(column) }
    }

    /// The types and columns, as the header of an SSTable has them. Its bases are those of nothing.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// The order of rows.
    pub fn order(&self) -> &ClusteringOrder {
        &self.order
    }

    /// The columns for a merge of sources that all have those of this layout: a merge of several of them needs the shared
    /// columns of as many headers.
    pub fn columns(&self) -> &Arc<SharedColumns> {
        &self.columns
    }

    /// The static or the regular columns.
    pub fn header_columns(&self, is_static: bool) -> &[HeaderColumn] {
        if is_static { &self.header.static_columns } else { &self.header.regular_columns }
    }

    /// Whether there are static columns: then every partition shows a static row.
    pub fn has_statics(&self) -> bool {
        !self.header.static_columns.is_empty()
    }

    /// The types of the clustering columns.
    pub fn clustering_types(&self) -> &[CqlType] {
        &self.header.clustering_types
    }

    /// Whether rows are there only while their liveness is, whatever cells they have: those of a view with a value of its base
    /// table in its key (`TableMetadata.enforceStrictLiveness`).
    pub(in crate::storage) fn enforces_strict_liveness(&self) -> bool {
        self.enforces_strict_liveness
    }

    /// Whether columns were dropped.
    pub(in crate::storage) fn has_dropped_columns(&self) -> bool {
        !self.dropped.is_empty()
    }

    /// Up to which time cells of a column of this name were dropped with it.
    pub(in crate::storage) fn dropped_until_micros(&self, name: &[u8]) -> i64 {
        let dropped = self.dropped.iter().filter(|dropped| dropped.name.as_bytes() == name);
        dropped.filter_map(|dropped| dropped.dropped_at_micros).max().unwrap_or(i64::MIN)
    }

    /// The list of all columns, which has the number 0.
    pub(in crate::storage) fn all_columns(&self) -> &Arc<ColumnList> {
        &self.all_columns
    }

    /// The list of the names that an update has.
    pub(in crate::storage) fn list(
        &self,
        names: &[u8],
        has_statics: bool,
    ) -> Result<Arc<ColumnList>, ListError> {
        // Most updates name all columns.
        if !has_statics && self.all_names.as_deref() == Some(names) {
            return Ok(Arc::clone(&self.all_columns));
        }
        self.lists.get(&table_columns(&self.header, &self.dropped), names, has_statics)
    }

    /// The list of this number.
    pub(in crate::storage) fn numbered_list(&self, number: u32) -> Option<Arc<ColumnList>> {
        self.lists.numbered(number)
    }

    /// The table in an error.
    pub(in crate::storage) fn full_name(&self) -> String {
        format!("{}.{}", self.keyspace, self.name)
    }
}

fn table_columns<'a>(header: &'a SerializationHeader, dropped: &'a [DroppedColumn]) -> TableColumns<'a> {
    TableColumns {
        clustering: &header.clustering_types,
        statics: &header.static_columns,
        regulars: &header.regular_columns,
        dropped,
    }
}

/// Writes a list of columns as updates have it.
pub(super) fn write_names<'a>(
    count: usize,
    columns: impl Iterator<Item = &'a HeaderColumn>,
    out: &mut Vec<u8>,
) -> Result<()> {
    write_uvint(count as u64, out);
    for column in columns {
        write_vint_prefixed(&column.name, out)?;
    }
    Ok(())
}

pub(super) fn list_error(error: ListError) -> Error {
    match error {
        ListError::Decode(error) => Error::corrupt(error.to_string()),
        ListError::Unknown { name } => Error::corrupt(format!("there is and was no column '{name}'")),
    }
}
