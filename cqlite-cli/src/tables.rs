//! SSTables put together to tables, and their schemas.

use std::path::{Path, PathBuf};

use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::schema::{ResolvedTable, SstableHeader, resolve};
use cqlite_sstable::{Descriptor, Result};

use crate::terminal;

/// The SSTables of one table, in the order in which they were named.
pub struct Table {
    pub descriptors: Vec<Descriptor>,
}

/// Puts together what belongs to one table: by keyspace and table directory where the layout is Cassandra's, else
/// by the directory itself. Several data directories can hold parts of one table.
pub fn group(descriptors: Vec<Descriptor>) -> Vec<Table> {
    let mut tables: Vec<(PathBuf, Table)> = Vec::new();
    for descriptor in descriptors {
        let key = key(&descriptor);
        match tables.iter_mut().find(|(known, _)| *known == key) {
            Some((_, table)) => table.descriptors.push(descriptor),
            None => tables.push((key, Table { descriptors: vec![descriptor] })),
        }
    }
    tables.into_iter().map(|(_, table)| table).collect()
}

fn key(descriptor: &Descriptor) -> PathBuf {
    let directory = descriptor.directory();
    let Some(table) = descriptor.table_directory() else { return directory.to_owned() };
    let name = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
    let keyspace = table.parent().map(name).unwrap_or_default();
    let below = if descriptor.is_index() { name(directory) } else { PathBuf::new() };
    keyspace.join(name(&table)).join(below)
}

impl Table {
    /// Resolves the schema from the headers of all SSTables; its warnings are told.
    pub fn resolve(&self, given: Option<&Path>) -> Result<ResolvedTable> {
        let opened = self.descriptors.iter().map(|one| Sstable::open_descriptor(one, Access::default()));
        let opened = opened.collect::<Result<Vec<_>>>()?;
        let headers: Vec<SstableHeader<'_>> = self
            .descriptors
            .iter()
            .zip(&opened)
            .map(|(descriptor, sstable)| SstableHeader { descriptor, header: sstable.header() })
            .collect();
        let resolved = resolve(&headers, given)?;
        resolved.warnings.iter().for_each(terminal::warning);
        Ok(resolved)
    }
}
