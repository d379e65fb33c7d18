//! What is asked.

use std::path::PathBuf;

use cqlite_core::{Database, FilesReport};
use cqlite_cql::QualifiedName;
use cqlite_sstable::{Error, Result};

use super::asked::Asked;
use super::told::Told;
use crate::exit::Outcome;
use crate::files_arguments::FilesArguments;
use crate::terminal;

/// The file by which a directory is known as that of a database.
const LOCK: &str = "cqlite.lock";

/// What is asked: files, or a database beside whoever writes into it.
pub struct Opened {
    /// The files as a database.
    pub db: Database,
    /// The tables that can be asked for without their keyspaces.
    pub tables: Vec<QualifiedName>,
    /// What else is there, as messages call it.
    pub left_out: Vec<String>,
    /// What became of tables that are asked for and cannot be shown.
    pub outcome: Outcome,
}

impl Opened {
    /// Opens what is at the paths, and tells what cannot be shown of it.
    ///
    /// # Errors
    /// If there is nothing that can be opened.
    pub fn open(paths: &[PathBuf], files: &FilesArguments, asked: &Asked, told: &Told) -> Result<Self> {
        if let [path] = paths
            && path.join(LOCK).exists()
        {
            if files.are_given() {
                let message =
                    "the directory is that of a database: options for somebody's files make no sense";
                return Err(Error::invalid_input(message).at(path));
            }
            return Self::database(path);
        }
        let wanted = asked.table().into_iter().cloned().collect();
        let (db, report) = Database::open_files(paths, &files.options(wanted))?;
        told.opened(&report);
        let outcome = tell(&report);
        let name = |table: &cqlite_core::FilesTable| {
            QualifiedName::new(table.keyspace.as_str(), table.name.as_str())
        };
        Ok(Self { db, tables: report.tables.iter().map(name).collect(), left_out: report.left_out, outcome })
    }

    /// A database with what its log has, too, which files alone have not.
    fn database(path: &std::path::Path) -> Result<Self> {
        let db = Database::open_read_only(path)?;
        let schema = db.schema();
        let tables = schema.tables().filter(|table| !table.keyspace().starts_with("system"));
        let tables: Vec<QualifiedName> =
            tables.map(|table| QualifiedName::new(table.keyspace(), table.name())).collect();
        let left_out = tables.iter().map(title).collect();
        Ok(Self { db, tables, left_out, outcome: Outcome::Success })
    }
}

/// A table as it is called where nothing has to be in quotes.
pub fn title(table: &QualifiedName) -> String {
    match &table.keyspace {
        Some(keyspace) => format!("{}.{}", keyspace.as_str(), table.name.as_str()),
        None => table.name.as_str().to_owned(),
    }
}

/// Tells what was found and cannot be shown. What belongs to no table that is asked for is no reason to mistrust the answer.
fn tell(report: &FilesReport) -> Outcome {
    report.warnings.iter().chain(&report.errors).for_each(terminal::warning);
    let mut outcome = Outcome::Success;
    for refused in &report.refused {
        terminal::error(&refused.error);
        outcome = outcome.or(Outcome::from(&refused.error));
    }
    outcome
}
