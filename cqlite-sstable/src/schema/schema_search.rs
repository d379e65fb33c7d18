//! The schemas of many tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::resolve::resolve_by;
use super::{ResolvedTable, SchemaRows, SstableHeader, SystemSchema};
use crate::error::Result;

/// Resolves the schemas of many tables, and reads each `system_schema` once for all of them.
#[derive(Debug, Default)]
pub struct SchemaSearch {
    given: Option<PathBuf>,
    roots: Vec<PathBuf>,
    /// By data directory.
    known: BTreeMap<PathBuf, SchemaRows>,
}

impl SchemaSearch {
    /// A search by the file of CQL that is `given`, if one is, and else as [`super::resolve_with`].
    pub fn new(given: Option<PathBuf>, roots: Vec<PathBuf>) -> Self {
        Self { given, roots, known: BTreeMap::new() }
    }

    /// As [`super::resolve_with`].
    ///
    /// # Errors
    /// As [`super::resolve_with`].
    pub fn resolve(&mut self, headers: &[SstableHeader<'_>]) -> Result<ResolvedTable> {
        let known = &mut self.known;
        let mut lookup = |schema: &SystemSchema, keyspace: &str, table: &str| {
            rows_of(known, schema)?.table(keyspace, table)
        };
        resolve_by(headers, self.given.as_deref(), &self.roots, &mut lookup)
    }

    /// What `system_schema` of a data directory says; none if there is no such.
    ///
    /// # Errors
    /// If one of its SSTables cannot be read.
    pub fn rows(&mut self, root: &Path) -> Result<Option<&SchemaRows>> {
        match SystemSchema::find(root) {
            Some(schema) => rows_of(&mut self.known, &schema).map(Some),
            None => Ok(None),
        }
    }

    /// As [`Self::rows`], of data directories that were asked about before.
    pub fn known_rows(&self, root: &Path) -> Option<&SchemaRows> {
        self.known.get(root)
    }
}

fn rows_of<'k>(
    known: &'k mut BTreeMap<PathBuf, SchemaRows>,
    schema: &SystemSchema,
) -> Result<&'k SchemaRows> {
    if !known.contains_key(schema.root()) {
        let rows = schema.rows()?;
        known.insert(schema.root().to_owned(), rows);
    }
    Ok(known.entry(schema.root().to_owned()).or_default())
}
