//! Changes of the schema as mutations.

use std::collections::BTreeMap;

use cqlite_sstable::Result;
use cqlite_sstable::row::{Cell, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::schema::SchemaTable;

use super::stored_rows::{
    StoredRow, attached_rows, column_rows, dropped_column_rows, keyspace_row, table_row, type_row,
};
use super::stored_values::clustering;
use super::{Keyspace, SystemTables, Table};
use crate::storage::mutation::{Mutation, PartitionUpdateBuilder};

/// Says by which mutation of `system_schema` a keyspace becomes another one: that which Cassandra would write
/// (`SchemaKeyspace.convertSchemaDiffToMutations`), with one timestamp for all of it.
#[derive(Debug, Clone, Copy)]
pub struct SchemaWriter<'a> {
    system: &'a SystemTables,
    timestamp_micros: i64,
}

impl<'a> SchemaWriter<'a> {
    /// Writes with this timestamp, which has to be later than those of all changes before: the row of a table that is
    /// changed deletes what the row had just before.
    pub fn new(system: &'a SystemTables, timestamp_micros: i64) -> Self {
        Self { system, timestamp_micros }
    }

    /// The mutation that makes `after` of `before`: creates, drops or alters a keyspace, and in it types and tables. If
    /// both are none, or are of different names, nothing but `after` counts.
    ///
    /// Functions, views and triggers are not changed by it, but dropped with their keyspace; triggers also with their
    /// table. The mask of a column that is dropped stays, as Cassandra leaves it, and is gone when a column of the name is
    /// made.
    ///
    /// # Errors
    /// If a name is longer than a key can be, or the timestamp past what a deletion can have.
    pub fn change(&self, before: Option<&Keyspace>, after: Option<&Keyspace>) -> Result<Mutation> {
        let name = after.or(before).map(Keyspace::name).unwrap_or_default();
        let mut updates = Updates::new(self, name);
        match (before, after) {
            (_, None) => {
                for table in SchemaTable::ALL {
                    updates.delete_partition(table)?;
                }
            }
            (None, Some(after)) => {
                updates.put(&keyspace_row(after))?;
                after.types().values().try_for_each(|of| updates.put(&type_row(of)))?;
                after.tables().values().try_for_each(|table| updates.create_table(table))?;
            }
            (Some(before), Some(after)) => {
                updates.put(&keyspace_row(after))?;
                updates.change_types(before, after)?;
                updates.change_tables(before, after)?;
            }
        }
        updates.build()
    }
}

/// The updates of one partition in several tables.
struct Updates<'a> {
    writer: &'a SchemaWriter<'a>,
    key: &'a str,
    builders: BTreeMap<SchemaTable, PartitionUpdateBuilder>,
}

impl<'a> Updates<'a> {
    fn new(writer: &'a SchemaWriter<'a>, key: &'a str) -> Self {
        Self { writer, key, builders: BTreeMap::new() }
    }

    fn builder(&mut self, of: SchemaTable) -> &mut PartitionUpdateBuilder {
        let layout = self.writer.system.schema_table(of).layout();
        self.builders.entry(of).or_insert_with(|| PartitionUpdateBuilder::new(layout, self.key.as_bytes()))
    }

    fn deletion_at(&self, timestamp_micros: i64) -> DeletionTime {
        DeletionTime::build(timestamp_micros, self.writer.timestamp_micros.div_euclid(1_000_000))
    }

    fn delete_partition(&mut self, of: SchemaTable) -> Result<()> {
        let deletion = self.deletion_at(self.writer.timestamp_micros);
        self.builder(of).delete_partition(deletion)
    }

    /// Writes a row beside what there is of it.
    fn put(&mut self, row: &StoredRow) -> Result<()> {
        self.write(row, Some(Liveness::new(self.writer.timestamp_micros)), DeletionTime::LIVE)
    }

    /// Writes a row in the place of what there is of it.
    fn replace(&mut self, row: &StoredRow) -> Result<()> {
        let deletion = self.deletion_at(self.writer.timestamp_micros.saturating_sub(1));
        self.write(row, Some(Liveness::new(self.writer.timestamp_micros)), deletion)
    }

    fn delete(&mut self, of: SchemaTable, clustering: &[Vec<u8>]) -> Result<()> {
        let row = StoredRow { of, clustering: clustering.to_vec(), cells: BTreeMap::new() };
        self.write(&row, None, self.deletion_at(self.writer.timestamp_micros))
    }

    fn write(&mut self, row: &StoredRow, liveness: Option<Liveness>, deletion: DeletionTime) -> Result<()> {
        let table = self.writer.system.schema_table(row.of);
        let columns = table.layout().header_columns(false).iter().enumerate();
        let cells = columns.filter_map(|(column, named)| {
            let value = row.cells.get(named.name_text().as_ref())?;
            Some(RowItem::Cell(Cell {
                column,
                timestamp: self.writer.timestamp_micros,
                ttl_seconds: 0,
                local_deletion_time_seconds: NO_DELETION_TIME,
                path: None,
                value,
            }))
        });
        let items: Vec<RowItem<'_>> = cells.collect();
        let values = clustering(&row.clustering);
        let written = Row {
            is_static: false,
            clustering: values.as_clustering(),
            liveness,
            deletion,
            shadowable_deletion: DeletionTime::LIVE,
        };
        self.builder(row.of).row(&written, &items)
    }

    fn change_types(&mut self, before: &Keyspace, after: &Keyspace) -> Result<()> {
        for name in before.types().keys().filter(|name| !after.types().contains_key(*name)) {
            self.delete(SchemaTable::Types, &[name.as_bytes().to_vec()])?;
        }
        for (name, of) in after.types() {
            let row = type_row(of);
            if before.types().get(name).is_none_or(|known| type_row(known) != row) {
                self.put(&row)?;
            }
        }
        Ok(())
    }

    fn change_tables(&mut self, before: &Keyspace, after: &Keyspace) -> Result<()> {
        for (name, table) in before.tables() {
            // A table of the same name and another id is another table.
            if after.tables().get(name).is_none_or(|now| now.id() != table.id()) {
                self.drop_table(table)?;
            }
        }
        for (name, table) in after.tables() {
            match before.tables().get(name).filter(|known| known.id() == table.id()) {
                Some(known) => self.alter_table(known, table)?,
                None => self.create_table(table)?,
            }
        }
        Ok(())
    }

    fn create_table(&mut self, table: &Table) -> Result<()> {
        self.replace(&table_row(table))?;
        let masks = attached_rows(table, SchemaTable::ColumnMasks);
        for row in column_rows(table) {
            self.put_column(&row, &masks)?;
        }
        let attached = [SchemaTable::Triggers, SchemaTable::Indexes].map(|of| attached_rows(table, of));
        for row in dropped_column_rows(table).iter().chain(attached.iter().flatten()) {
            self.put(row)?;
        }
        Ok(())
    }

    /// A column with its mask or, whatever a column of its name had, without one.
    fn put_column(&mut self, row: &StoredRow, masks: &[StoredRow]) -> Result<()> {
        self.put(row)?;
        match masks.iter().find(|mask| mask.clustering == row.clustering) {
            Some(mask) => self.put(mask),
            None => self.delete(SchemaTable::ColumnMasks, &row.clustering),
        }
    }

    fn drop_table(&mut self, table: &Table) -> Result<()> {
        let attached = [SchemaTable::Triggers, SchemaTable::Indexes].map(|of| attached_rows(table, of));
        let rows = [table_row(table)].into_iter().chain(column_rows(table)).chain(dropped_column_rows(table));
        for row in rows.chain(attached.into_iter().flatten()) {
            self.delete(row.of, &row.clustering)?;
        }
        Ok(())
    }

    fn alter_table(&mut self, before: &Table, after: &Table) -> Result<()> {
        let rows = |table: &Table, of: SchemaTable| attached_rows(table, of);
        let masks = rows(after, SchemaTable::ColumnMasks);
        let mut columns = Changed::new(column_rows(before), column_rows(after));
        let remasked = Changed::new(rows(before, SchemaTable::ColumnMasks), masks.clone());
        let is_remasked = |row: &StoredRow| {
            let mut changed = remasked.gone.iter().chain(&remasked.new);
            changed.any(|mask| mask.clustering == row.clustering)
        };
        let kept = column_rows(after).into_iter().filter(|row| !columns.new.contains(row));
        let kept: Vec<StoredRow> = kept.filter(is_remasked).collect();
        columns.new.extend(kept);
        let dropped = Changed::new(dropped_column_rows(before), dropped_column_rows(after));
        let indexes = Changed::new(rows(before, SchemaTable::Indexes), rows(after, SchemaTable::Indexes));
        let row = table_row(after);
        let are_kept = columns.is_empty() && dropped.is_empty() && indexes.is_empty();
        if are_kept && row == table_row(before) {
            return Ok(());
        }
        self.replace(&row)?;
        for row in &columns.gone {
            self.delete(row.of, &row.clustering)?;
        }
        columns.new.iter().try_for_each(|row| self.put_column(row, &masks))?;
        // A column is dropped for ever, unless the drop itself is taken back.
        for row in dropped.gone.iter().chain(&indexes.gone) {
            self.delete(row.of, &row.clustering)?;
        }
        dropped.new.iter().chain(&indexes.new).try_for_each(|row| self.put(row))
    }

    fn build(mut self) -> Result<Mutation> {
        let built: Result<Vec<Mutation>> =
            self.builders.values_mut().map(PartitionUpdateBuilder::build).collect();
        Mutation::joined(built?)
    }
}

/// What becomes of rows.
struct Changed {
    gone: Vec<StoredRow>,
    /// There for the first time, or with other values.
    new: Vec<StoredRow>,
}

impl Changed {
    fn new(before: Vec<StoredRow>, mut after: Vec<StoredRow>) -> Self {
        let is_gone = |row: &StoredRow| after.iter().all(|now| now.clustering != row.clustering);
        let gone = before.iter().filter(|row| is_gone(row)).cloned().collect();
        after.retain(|row| !before.contains(row));
        Self { gone, new: after }
    }

    fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }
}
