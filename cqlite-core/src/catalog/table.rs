//! A table of the catalogue.

use std::sync::Arc;

use cqlite_cql::{Property, Uuid};
use cqlite_sstable::schema::{SchemaRow, SchemaTable, TableKind, TableSchema};
use cqlite_sstable::writer::TimeUuid;
use cqlite_sstable::{Error, Partitioner, Result};

use super::TableParameters;
use super::table_rules::check_new;
use crate::storage::TableId;
use crate::storage::mutation::TableLayout;

/// A table or view: its columns, its parameters, and what is prepared for its rows (`schema.TableMetadata`).
#[derive(Debug, Clone)]
pub struct Table {
    schema: Arc<TableSchema>,
    layout: Arc<TableLayout>,
    parameters: TableParameters,
    /// Rows of indexes, triggers and masks, and that of a view, which are kept as they are.
    pub(super) attached: Vec<(SchemaTable, SchemaRow)>,
}

impl Table {
    /// A new table. Its options become its parameters; what they do not say has its default. If it has no id, it gets a
    /// new one.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    pub fn new(mut schema: TableSchema, partitioner: &Partitioner) -> Result<Self> {
        let parameters = TableParameters::parse(&schema.options)?;
        check_new(&schema, &parameters)?;
        schema.id = Some(schema.id.unwrap_or_else(|| TimeUuid::next().to_uuid()));
        Self::stored(schema, parameters, Vec::new(), partitioner)
    }

    /// A table that is there, and was checked by whoever made it.
    pub(crate) fn stored(
        mut schema: TableSchema,
        parameters: TableParameters,
        attached: Vec<(SchemaTable, SchemaRow)>,
        partitioner: &Partitioner,
    ) -> Result<Self> {
        schema.options = parameters.to_options();
        let layout = TableLayout::new(&schema, partitioner.clone())?;
        Ok(Self { schema: Arc::new(schema), layout, parameters, attached })
    }

    /// A table of somebody's files, with the layout by which they are read.
    pub(super) fn of_files(
        mut schema: TableSchema,
        layout: Arc<TableLayout>,
        parameters: TableParameters,
        attached: Vec<(SchemaTable, SchemaRow)>,
    ) -> Self {
        schema.options = parameters.to_options();
        Self { schema: Arc::new(schema), layout, parameters, attached }
    }

    /// The table with other columns or parameters, and the same id.
    pub(crate) fn with_schema(&self, schema: TableSchema, parameters: TableParameters) -> Result<Self> {
        Self::stored(schema, parameters, self.attached.clone(), self.layout.partitioner())
    }

    /// Its columns. Its options are all of its parameters; those of its keyspace are not in there.
    pub fn schema(&self) -> &Arc<TableSchema> {
        &self.schema
    }

    /// What is prepared for its rows.
    pub fn layout(&self) -> &Arc<TableLayout> {
        &self.layout
    }

    /// Its parameters.
    pub fn parameters(&self) -> &TableParameters {
        &self.parameters
    }

    /// The id.
    pub fn id(&self) -> TableId {
        self.layout.id()
    }

    /// The keyspace.
    pub fn keyspace(&self) -> &str {
        &self.schema.keyspace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.schema.name
    }

    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        self.schema.kind == TableKind::View
    }

    /// The id of the table that a view shows.
    pub fn base_table_id(&self) -> Option<TableId> {
        let row = self.attached.iter().find(|(of, _)| *of == SchemaTable::Views);
        row.and_then(|(_, row)| row.uuid("base_table_id").ok().flatten()).map(TableId)
    }

    /// The name of its directory under that of its keyspace.
    pub fn directory_name(&self) -> String {
        let Uuid(bytes) = self.id().0;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{digits}", self.name())
    }

    /// The names of its secondary indexes, triggers or masked columns; none for another table of the schema.
    pub fn attached_names(&self, of: SchemaTable) -> Vec<String> {
        let rows = self.attached.iter().filter(|(kind, _)| *kind == of);
        rows.filter_map(|(_, row)| row.clustering_text(1).ok()).collect()
    }

    /// Whether it is the same in all that is kept of it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.schema == other.schema && self.parameters == other.parameters && self.attached == other.attached
    }

    /// The rows of one of the tables of `system_schema` that belong to it.
    pub(crate) fn attached_rows(&self, of: SchemaTable) -> impl Iterator<Item = &SchemaRow> {
        self.attached.iter().filter(move |(kind, _)| *kind == of).map(|(_, row)| row)
    }

    pub(super) fn attached(&self) -> &[(SchemaTable, SchemaRow)] {
        &self.attached
    }

    /// The table with other options (`ALTER TABLE ... WITH`); those that are not given stay.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_options(&self, options: &[Property]) -> Result<Self> {
        let parameters = self.parameters.altered(options)?;
        if self.schema.is_counter() && parameters.default_time_to_live_seconds > 0 {
            return Err(Error::invalid_input("Cannot set default_time_to_live on a table with counters"));
        }
        self.with_schema(TableSchema::clone(&self.schema), parameters)
    }
}
