//! A table that was found, open.

use std::sync::Arc;

use cqlite_cql::{Identifier, Uuid};
use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::schema::{ResolvedTable, SchemaSearch, SchemaSource, SstableHeader};
use cqlite_sstable::writer::TimeUuid;
use cqlite_sstable::{Component, Descriptor, Error, ErrorKind, Partitioner, Result};

use super::FilesOptions;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::fs::FileSystem;

/// How often a directory is listed again since a file went away.
const ATTEMPTS: usize = 10;

/// A table that was found, with its SSTables open and its schema known.
pub(super) struct OpenedTable {
    /// As it was when they were opened.
    pub(super) found: FoundTable,
    pub(super) sstables: Vec<LiveSstable>,
    pub(super) damaged: Vec<(Descriptor, Error)>,
    pub(super) resolved: ResolvedTable,
    pub(super) partitioner: Partitioner,
}

impl OpenedTable {
    /// Opens all SSTables of a table, of one moment, and finds its schema.
    pub(super) fn open(
        fs: &Arc<dyn FileSystem>,
        found: FoundTable,
        search: &mut SchemaSearch,
        options: &FilesOptions,
    ) -> Result<Self> {
        let (found, (sstables, damaged)) = open_sstables(fs, found)?;
        let headers: Vec<SstableHeader<'_>> = sstables
            .iter()
            .map(|live| SstableHeader { descriptor: live.descriptor(), header: live.sstable().header() })
            .collect();
        let mut resolved = search.resolve(&headers)?;
        if resolved.source == SchemaSource::Headers {
            give_names(&mut resolved, options)?;
        }
        if resolved.schema.id.is_none() {
            let Uuid(id) =
                found.id.filter(|_| found.index.is_none()).unwrap_or_else(|| TimeUuid::next().to_uuid());
            resolved.schema.id = Some(Uuid(id));
        }
        let partitioner = partitioner_of(&sstables)?;
        Ok(Self { found, sstables, damaged, resolved, partitioner })
    }

    /// The headers of the SSTables.
    pub(super) fn headers(&self) -> Vec<&SerializationHeader> {
        self.sstables.iter().map(|live| live.sstable().header()).collect()
    }
}

/// SSTables that were opened, and those that turned out damaged.
type Opened = (Vec<LiveSstable>, Vec<(Descriptor, Error)>);

/// Opens the SSTables of a table. Where a file went away since they were listed, as a node compacted it, they are listed again.
fn open_sstables(fs: &Arc<dyn FileSystem>, mut found: FoundTable) -> Result<(FoundTable, Opened)> {
    let mut attempt = 0_usize;
    loop {
        if let Some(obstacle) = found.obstacles().first() {
            return Err(Error::new(obstacle.kind(), obstacle.to_string()));
        }
        attempt = attempt.saturating_add(1);
        let (sstables, mut damaged) = open_each(fs, &found)?;
        if attempt < ATTEMPTS && damaged.iter().any(|(_, error)| error.kind() == ErrorKind::Missing) {
            let again = found.listed_again()?;
            // What is missing in a directory that stands still has been missing before.
            if again.sstables != found.sstables {
                found = again;
                continue;
            }
        }
        if sstables.is_empty()
            && let Some((_, error)) = damaged.pop()
        {
            return Err(error);
        }
        return Ok((found, (sstables, damaged)));
    }
}

/// Opens what can be opened. What is damaged is told; anything else that hinders is an error.
fn open_each(fs: &Arc<dyn FileSystem>, found: &FoundTable) -> Result<Opened> {
    let (mut sstables, mut damaged) = (Vec::with_capacity(found.sstables.len()), Vec::new());
    for descriptor in &found.sstables {
        match LiveSstable::open_to_read(fs, descriptor.clone()) {
            Ok(live) => sstables.push(live),
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Missing) => {
                damaged.push((descriptor.clone(), error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((sstables, damaged))
}

/// The partitioner of all SSTables.
fn partitioner_of(sstables: &[LiveSstable]) -> Result<Partitioner> {
    let mut known: Option<(Partitioner, &Descriptor)> = None;
    for live in sstables {
        let partitioner = live.sstable().partitioner()?;
        match &known {
            None => known = Some((partitioner, live.descriptor())),
            Some((first, _)) if *first == partitioner => {}
            Some((first, other)) => {
                let file = other.file(Component::Statistics);
                let (here, there) = (partitioner.name(), first.name());
                return Err(Error::invalid_input(format!(
                    "the partitioner is {here} here, but {there} in {}",
                    file.display()
                ))
                .at(live.descriptor().file(Component::Statistics))
                .advise("these are not SSTables of one table of one node"));
            }
        }
    }
    known.map(|(partitioner, _)| partitioner).ok_or_else(|| Error::invalid_input("there is no SSTable"))
}

/// Calls the columns of the keys as the caller says.
fn give_names(resolved: &mut ResolvedTable, options: &FilesOptions) -> Result<()> {
    let schema = &mut resolved.schema;
    let parts = [
        ("partition key", "key_names", &options.key_names, schema.partition_key.len()),
        ("clustering", "clustering_names", &options.clustering_names, schema.clustering.len()),
    ];
    for (part, option, names, columns) in parts {
        if !names.is_empty() && names.len() != columns {
            let told = format!("{option} has {} names, but the {part} has {columns} columns", names.len());
            return Err(Error::invalid_input(told));
        }
    }
    for (column, name) in schema.partition_key.iter_mut().zip(&options.key_names) {
        column.name.clone_from(name);
    }
    for (column, name) in schema.clustering.iter_mut().zip(&options.clustering_names) {
        column.name.clone_from(name);
    }
    let mut seen = std::collections::BTreeSet::new();
    match schema.column_names().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => {
            let name = Identifier::quote_if_needed(name);
            Err(Error::invalid_input(format!("two columns would be called {name}")))
        }
    }
}
