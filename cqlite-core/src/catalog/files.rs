//! Keyspaces and tables of somebody's files.

use std::collections::BTreeMap;

use cqlite_cql::QualifiedName;
use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::schema::{Column, ColumnKind, ResolvedTable, SchemaRows};
use cqlite_sstable::types::UserType;
use cqlite_sstable::{Error, Partitioner, Result};

use super::read::{attached_to, empty_keyspace};
use super::{Keyspace, Replication, Schema, Table, TableParameters};
use crate::storage::mutation::TableLayout;

/// The datacenter of keyspaces that only a script of CQL tells of.
const DATACENTER: &str = "datacenter1";

impl Schema {
    /// A schema of these tables and no others, not even those in which a catalogue is kept. `rows` are what the
    /// `system_schema`s of their data directories say, which tell the rest of their keyspaces.
    pub(crate) fn of_files(base: &Self, tables: Vec<Table>, rows: &[&SchemaRows]) -> Self {
        let mut by_keyspace: BTreeMap<String, Vec<Table>> = BTreeMap::new();
        for table in tables {
            by_keyspace.entry(table.keyspace().to_owned()).or_default().push(table);
        }
        let mut schema = base.clone();
        for name in base.keyspaces().keys() {
            schema = schema.without_keyspace(name);
        }
        for (name, tables) in by_keyspace {
            schema = schema.with_keyspace(keyspace_of_files(&name, tables, rows));
        }
        schema
    }
}

fn keyspace_of_files(name: &str, tables: Vec<Table>, rows: &[&SchemaRows]) -> Keyspace {
    let stored = rows.iter().find_map(|rows| Some((empty_keyspace(rows, name).ok().flatten()?, *rows)));
    let (mut keyspace, mut types) = match stored {
        // Types that cannot be read are those of the columns alone.
        Some((keyspace, rows)) => (keyspace, rows.types(name).unwrap_or_default()),
        None => {
            let options = tables.iter().map(|table| &table.schema().keyspace_options);
            let known =
                options.filter_map(|options| Replication::parse(name, options, DATACENTER).ok()).next();
            let (replication, durable_writes) = known.unwrap_or_else(|| (Replication::simple(1), true));
            (Keyspace::empty(name, replication, durable_writes), Vec::new())
        }
    };
    let of_tables: Vec<UserType> =
        tables.iter().flat_map(|table| table.schema().user_types.iter().cloned()).collect();
    for of in of_tables {
        match types.iter_mut().find(|known| known.name == of.name) {
            Some(known) if known.fields.len() < of.fields.len() => *known = of,
            Some(_) => {}
            None => types.push(of),
        }
    }
    keyspace.fill(types, tables, Vec::new());
    keyspace
}

impl Table {
    /// The table that these SSTables were resolved to, in the order of its maps. What of its options is not understood has
    /// its default, and is told.
    ///
    /// # Errors
    /// If the columns cannot be laid out.
    pub(crate) fn of_resolved(
        resolved: &ResolvedTable,
        headers: &[&SerializationHeader],
        partitioner: &Partitioner,
        rows: Option<&SchemaRows>,
        warnings: &mut Vec<Error>,
    ) -> Result<Self> {
        let schema = &resolved.schema;
        let names = [ColumnKind::Static, ColumnKind::Regular]
            .map(|kind| header_names(resolved, headers, kind, schema.columns(kind)));
        let layout = TableLayout::with_header_names(schema, names, partitioner.clone())?;
        let parameters = match rows {
            Some(_) => TableParameters::stored(&schema.options),
            None => {
                TableParameters::parse(&schema.options).or_else(|_| TableParameters::stored(&schema.options))
            }
        };
        let parameters = parameters.unwrap_or_else(|error| {
            let name = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
            let told = format!("the options of {name} are not understood, which changes nothing of its rows");
            warnings.push(Error::invalid_input(format!("{told}: {}", error.message())));
            TableParameters::default()
        });
        let attached = rows.map(|rows| attached_to(rows, schema)).unwrap_or_default();
        Ok(Self::of_files(schema.clone(), layout, parameters, attached))
    }
}

/// How headers and mutations call the columns of a table.
fn header_names(
    resolved: &ResolvedTable,
    headers: &[&SerializationHeader],
    kind: ColumnKind,
    columns: &[Column],
) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = columns.iter().map(|column| column.name.as_bytes().to_owned()).collect();
    for (header, map) in headers.iter().zip(&resolved.maps) {
        let (of_header, mapped): (&[HeaderColumn], _) = match kind {
            ColumnKind::Static => (&header.static_columns, &map.statics),
            _ => (&header.regular_columns, &map.regulars),
        };
        for (column, mapped) in of_header.iter().zip(mapped) {
            if let Some(name) = mapped.index().and_then(|index| names.get_mut(index)) {
                name.clone_from(&column.name);
            }
        }
    }
    names
}
