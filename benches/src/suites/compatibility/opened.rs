//! Tables that are opened as files, and compared with what a node answered.

use std::ops::ControlFlow;
use std::path::Path;

use cqlite_core::query::RowSet;
use cqlite_core::{Database, FilesOptions};
use cqlite_tests::corpus::Corpus;
use cqlite_tests::known::KnownTable;
use cqlite_tests::opened::opening;

use crate::load::Result;

/// Rows of a SELECT: the values as serialized.
pub(super) type Rows = Vec<Vec<Option<Vec<u8>>>>;

/// Opens a table of the repository: its schema lies beside it.
pub(super) fn fixture(table: &KnownTable) -> Result<Database> {
    at(&table.directory, &FilesOptions::default())
}

/// Opens a table of the corpus as of the moment at which a node was asked about it. `place` takes what has to be written for that.
pub(super) fn of_corpus(table: &KnownTable, place: &Path) -> Result<Database> {
    let (path, options) = opening(table, place);
    at(&path, &options)
}

/// Opens files.
pub(super) fn at(path: &Path, options: &FilesOptions) -> Result<Database> {
    let (db, report) = Database::open_files(&[path.to_owned()], options)?;
    let refused = report.refused.into_iter().map(|refused| refused.error);
    match refused.chain(report.errors).next() {
        Some(error) => Err(error.into()),
        None => Ok(db),
    }
}

/// All rows that a statement answers.
pub(super) fn rows(db: &Database, cql: &str) -> Result<Rows> {
    let session = db.session();
    let statement = session.prepare(cql)?;
    let mut all = Vec::new();
    session.for_each(&statement, (), |rows: &RowSet| {
        all.extend(
            rows.rows().map(|row| row.values().map(|value| value.map(<[u8]>::to_vec)).collect::<Vec<_>>()),
        );
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// The name of a table in CQL.
pub(super) fn name_of(table: &KnownTable) -> String {
    cqlite_cql::QualifiedName::new(&*table.keyspace, &*table.table).to_string()
}

/// How what a database answers of a table differs from what a node answered. With it goes how many rows there are.
pub(super) fn compare(db: &Database, table: &KnownTable) -> Result<(u64, Option<String>)> {
    let name = name_of(table);
    let mut count = 0;
    if let Some(truth) = table.raw_rows()? {
        let cql = format!("SELECT * FROM {name}");
        let columns = db.prepare(&cql)?.result_columns().ok_or("a SELECT has columns")?;
        if !columns.iter().map(|column| &*column.name).eq(truth.columns.iter()) {
            return Ok((0, Some(format!("columns {columns:?} in place of {:?}", truth.columns))));
        }
        let answered = rows(db, &cql)?;
        count = answered.len() as u64;
        if let Some(told) = differs(&answered, &truth.rows) {
            return Ok((count, Some(told)));
        }
    }
    if let Some(truth) = table.json_rows()? {
        let theirs: Rows = truth.into_iter().map(|row| vec![Some(row.into_bytes())]).collect();
        let answered = rows(db, &format!("SELECT JSON * FROM {name}"))?;
        if let Some(told) = differs(&answered, &theirs) {
            return Ok((count, Some(format!("as JSON, {told}"))));
        }
    }
    Ok((count, None))
}

/// Where rows differ first.
pub(super) fn differs(ours: &Rows, theirs: &Rows) -> Option<String> {
    if ours.len() != theirs.len() {
        return Some(format!("{} rows in place of {}", ours.len(), theirs.len()));
    }
    let mut pairs = ours.iter().zip(theirs).enumerate();
    let (number, (one, other)) = pairs.find(|(_, (one, other))| one != other)?;
    Some(format!("row {number} is {one:02x?} in place of {other:02x?}"))
}

/// Tables of the corpus of which it is known what a node answered, but for one view: only the schema tables of its node would tell that
/// its rows need liveness of their own.
pub(super) fn tables_of(corpus: &Corpus) -> Result<Vec<KnownTable>> {
    let mut tables = corpus.tables()?;
    tables.retain(|table| table.table != "i_mv_by_a" && table.json_rows().is_ok_and(|rows| rows.is_some()));
    Ok(tables)
}
