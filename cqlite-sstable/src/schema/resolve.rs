//! Finding the schema of a table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cqlite_cql::{QualifiedName, Uuid};

use super::{ResolvedTable, SchemaSource, SstableHeader, SystemSchema, TableHint, TableKind, TableSchema};
use crate::error::{Error, Result};
use crate::io::{FileSource, SourceExt as _};

/// The name of the file that Cassandra puts into a snapshot.
const SCHEMA_FILE: &str = "schema.cql";

/// No schema is larger: it is read as a whole.
const SCHEMA_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// Finds the schema of the table to which all of `headers` belong: in the file of CQL that is `given`, else in
/// `schema.cql` beside the SSTables, else in `system_schema` of the same data directory, else in the headers alone.
/// The hidden table of an index has no other schema than its headers.
///
/// A schema that was not asked for and cannot be used is passed over, with one of the
/// [warnings](ResolvedTable::warnings). See [the module](super) for an example.
///
/// # Errors
/// If there is no header, or they are not of one table; if the schema given cannot be used; if the types of
/// partition key or clustering differ between headers, or between headers and schema.
pub fn resolve(headers: &[SstableHeader<'_>], given: Option<&Path>) -> Result<ResolvedTable> {
    resolve_with(headers, given, &[])
}

/// As [`resolve`], for a table whose node has several data directories: `roots` are those that may have
/// `system_schema`, which is in one of them alone. That of the table's own data directory goes before.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    headers: &[SstableHeader<'_>],
    given: Option<&Path>,
    roots: &[PathBuf],
) -> Result<ResolvedTable> {
    resolve_by(headers, given, roots, &mut |known, keyspace, table| known.table(keyspace, table))
}

/// As [`resolve_with`], where `lookup` answers for what `system_schema` says of a table.
pub(super) fn resolve_by(
    headers: &[SstableHeader<'_>],
    given: Option<&Path>,
    roots: &[PathBuf],
    lookup: &mut Lookup<'_>,
) -> Result<ResolvedTable> {
    check_one_table(headers)?;
    let from_headers = TableSchema::from_headers(headers)?;
    let mut warnings = Vec::new();
    let found = match given {
        Some(path) if from_headers.kind != TableKind::Index => {
            Some(given_schema(path, headers, &mut warnings)?)
        }
        _ if from_headers.kind == TableKind::Index => None,
        _ => match schema_beside(headers, &mut warnings) {
            Some(found) => Some(found),
            None => system_schema(headers, roots, &mut warnings, lookup),
        },
    };
    let (mut schema, source) = found.unwrap_or((from_headers, SchemaSource::Headers));
    if schema.id.is_none() && schema.kind != TableKind::Index {
        schema.id = headers.iter().find_map(SstableHeader::table_id);
    }
    ResolvedTable::new(schema, source, warnings, headers)
}

/// What a `system_schema` says of a table, by its keyspace and name.
pub(super) type Lookup<'a> = dyn FnMut(&SystemSchema, &str, &str) -> Result<Option<TableSchema>> + 'a;

/// What the directories say of the table.
struct Place {
    keyspace: Option<String>,
    table: Option<String>,
    id: Option<Uuid>,
}

impl Place {
    fn of(headers: &[SstableHeader<'_>]) -> Self {
        let name = headers.iter().find_map(|one| one.descriptor.table_name());
        let (keyspace, table) = name.unzip();
        Self { keyspace, table, id: headers.iter().find_map(SstableHeader::table_id) }
    }

    fn hint(&self) -> TableHint<'_> {
        TableHint { keyspace: self.keyspace.as_deref(), table: self.table.as_deref(), id: self.id }
    }

    /// Says so if a schema is of a table of another name than the directories tell.
    fn warn_of_name(&self, schema: &TableSchema, path: &Path, warnings: &mut Vec<Error>) {
        let (Some(keyspace), Some(table)) = (&self.keyspace, &self.table) else { return };
        if *table != schema.name || *keyspace != schema.keyspace {
            let schema = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
            let place = QualifiedName::new(keyspace.as_str(), table.as_str());
            let message =
                format!("the schema is of {schema}, but by their directory the files are of {place}");
            warnings.push(Error::invalid_input(message).at(path));
        }
    }
}

fn given_schema(
    path: &Path,
    headers: &[SstableHeader<'_>],
    warnings: &mut Vec<Error>,
) -> Result<(TableSchema, SchemaSource)> {
    let place = Place::of(headers);
    let schema = read_cql(path, place.hint())?;
    place.warn_of_name(&schema, path, warnings);
    Ok((schema, SchemaSource::Given(path.to_owned())))
}

fn read_cql(path: &Path, hint: TableHint<'_>) -> Result<TableSchema> {
    let bytes = FileSource::open(path)?.read_all(SCHEMA_LIMIT_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::invalid_input("the schema is not text in UTF-8").at(path))?;
    TableSchema::from_cql(&text, hint).map_err(|error| error.at(path))
}

fn schema_beside(
    headers: &[SstableHeader<'_>],
    warnings: &mut Vec<Error>,
) -> Option<(TableSchema, SchemaSource)> {
    let directories: BTreeSet<&Path> = headers.iter().map(|one| one.descriptor.directory()).collect();
    let files = directories.into_iter().map(|directory| directory.join(SCHEMA_FILE));
    for path in files.filter(|path| path.is_file()) {
        let place = Place::of(headers);
        match read_cql(&path, place.hint()) {
            Ok(schema) => {
                place.warn_of_name(&schema, &path, warnings);
                return Some((schema, SchemaSource::Beside(path)));
            }
            Err(error) => warnings.push(passed_over(&path, &error)),
        }
    }
    None
}

fn system_schema(
    headers: &[SstableHeader<'_>],
    more_roots: &[PathBuf],
    warnings: &mut Vec<Error>,
    lookup: &mut Lookup<'_>,
) -> Option<(TableSchema, SchemaSource)> {
    let place = Place::of(headers);
    let (keyspace, table) = (place.keyspace?, place.table?);
    let mut roots: Vec<SystemSchema> = Vec::new();
    let beside = headers.iter().filter_map(|one| SystemSchema::beside(one.descriptor));
    for system_schema in beside.chain(more_roots.iter().filter_map(|root| SystemSchema::find(root))) {
        if !roots.contains(&system_schema) {
            roots.push(system_schema);
        }
    }
    for system_schema in roots {
        let root = system_schema.root();
        let name = QualifiedName::new(keyspace.as_str(), table.as_str());
        let message = match lookup(&system_schema, &keyspace, &table) {
            Ok(Some(schema)) if place.id.is_some() && schema.id.is_some() && schema.id != place.id => {
                let known = schema.id.map(|id| id.to_string()).unwrap_or_default();
                format!(
                    "system_schema knows {name} by the id {known}: this directory is of a table dropped before"
                )
            }
            Ok(Some(schema)) => return Some((schema, SchemaSource::SystemSchema(root.to_owned()))),
            Ok(None) => {
                format!("system_schema does not know {name}: it was dropped, or created a moment ago")
            }
            Err(error) => {
                warnings.push(passed_over(&root.join("system_schema"), &error));
                continue;
            }
        };
        warnings.push(Error::invalid_input(message).at(root));
    }
    None
}

/// Why a schema that was not asked for is not used.
fn passed_over(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("the schema there is not used: {}", error.message()))
        .at(error.path().unwrap_or(path))
}

/// Refuses headers that lie in the directories of different tables.
fn check_one_table(headers: &[SstableHeader<'_>]) -> Result<()> {
    let mut tables = BTreeSet::new();
    let mut directories: BTreeSet<PathBuf> = BTreeSet::new();
    for one in headers {
        if let Some(id) = one.table_id() {
            tables.insert((id, one.index_name()));
            directories.extend(one.descriptor.table_directory());
        }
    }
    if tables.len() < 2 {
        return Ok(());
    }
    let listed: Vec<String> = directories.iter().map(|path| path.display().to_string()).collect();
    let error =
        Error::invalid_input(format!("these are SSTables of different tables: {}", listed.join(", ")));
    let Place { keyspace: Some(keyspace), table: Some(table), .. } = Place::of(headers) else {
        return Err(error.advise("name one of the directories"));
    };
    let known = headers.iter().filter_map(|one| SystemSchema::beside(one.descriptor));
    let known = known.filter_map(|schema| schema.table_id(&keyspace, &table).ok().flatten()).next();
    Err(match known {
        Some(id) => error.advise(format!("system_schema knows {table} by the id {id}")),
        None => error.advise("name one of the directories"),
    })
}
