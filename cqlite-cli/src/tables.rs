//! The schemas of tables.

use std::path::{Path, PathBuf};

use cqlite_sstable::reader::{Access, DiskFiles, read_header};
use cqlite_sstable::schema::{ResolvedTable, SstableHeader, resolve_with};
use cqlite_sstable::{Descriptor, Result};

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
