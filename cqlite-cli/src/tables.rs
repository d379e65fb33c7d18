//! The schemas of tables.

use std::path::{Path, PathBuf};

use cqlite_sstable::find::FoundTable;
use cqlite_sstable::reader::{Access, DiskFiles, Sstable, read_header};
use cqlite_sstable::schema::{ResolvedTable, SstableHeader, resolve_with};
use cqlite_sstable::{Descriptor, Error, Partitioner, Result};

use crate::terminal;

/// Resolves the schema from the headers of all SSTables of a table, with the data directories `roots`; its
/// warnings are told.
pub fn resolve(sstables: &[Descriptor], given: Option<&Path>, roots: &[PathBuf]) -> Result<ResolvedTable> {
    let read = |one: &Descriptor| read_header(&DiskFiles::new(one.clone(), Access::default()), one.version());
    let headers = sstables.iter().map(read).collect::<Result<Vec<_>>>()?;
    let headers: Vec<SstableHeader<'_>> = sstables
        .iter()
        .zip(&headers)
        .map(|(descriptor, header)| SstableHeader { descriptor, header })
        .collect();
    let resolved = resolve_with(&headers, given, roots)?;
    resolved.warnings.iter().for_each(terminal::warning);
    Ok(resolved)
}

/// The partitioner of a table, by its first SSTable.
pub fn partitioner(table: &FoundTable) -> Result<Partitioner> {
    let first = table.sstables.first();
    let first = first.ok_or_else(|| Error::invalid_input("there is no SSTable").at(table.place()))?;
    Sstable::open_descriptor(first, Access::default())?.partitioner()
}

/// The `gc_grace_seconds` that Cassandra has where a table says nothing.
const DEFAULT_GC_GRACE_SECONDS: i64 = 864_000;

/// For how long tombstones of a table have to be kept: as it is given, as the schema says, or ten days.
pub fn gc_grace_seconds(given: Option<u32>, sstables: &[Descriptor], roots: &[PathBuf]) -> i64 {
    let of_schema = || {
        // Which of the SSTables it is does not matter: options are not in headers.
        let resolved = resolve(sstables.get(..1)?, None, roots).ok()?;
        resolved.schema.gc_grace_seconds()
    };
    given.map(i64::from).or_else(of_schema).unwrap_or(DEFAULT_GC_GRACE_SECONDS)
}
