//! What `-v` tells.

use std::time::{Duration, Instant};

use cqlite_core::query::{QueryTrace, RowSet};
use cqlite_core::{FilesReport, FilesTable};
use cqlite_cql::QualifiedName;
use cqlite_sstable::Component;

use crate::terminal;

/// What was opened and read, on standard error if it is wanted.
pub struct Told {
    is_wanted: bool,
    started: Instant,
    rows: u64,
    bytes: u64,
}

impl Told {
    /// Nothing yet.
    pub fn begin(is_wanted: bool) -> Self {
        Self { is_wanted, started: Instant::now(), rows: 0, bytes: 0 }
    }

    /// Tells what was opened.
    pub fn opened(&self, report: &FilesReport) {
        if !self.is_wanted {
            return;
        }
        for table in &report.tables {
            let name = QualifiedName::new(table.keyspace.as_str(), table.name.as_str());
            let bytes = data_bytes(table);
            let count = table.sstables.len();
            terminal::note(format!("{name}: {count} SSTables, {bytes} bytes; schema: {}", table.source));
            for damaged in &table.damaged {
                terminal::note(format!("{name}: {} is damaged", damaged.file(Component::Data).display()));
            }
        }
        if let Some(log) = &report.commit_log {
            terminal::note(format!(
                "commit log {}: {} mutations, {} of them of no table asked for or in SSTables already, {} of tables that \
                 nothing tells of",
                log.directory.display(),
                log.mutations,
                log.passed,
                log.unknown
            ));
        }
        let (left_out, elapsed) = (report.left_out.len(), Millis(self.started.elapsed()));
        terminal::note(format!("{left_out} other tables were not opened; opened in {elapsed}"));
    }

    /// Counts rows of the result.
    pub fn rows(&mut self, rows: &RowSet) {
        self.rows = self.rows.saturating_add(rows.len() as u64);
        self.bytes = self.bytes.saturating_add(rows.bytes() as u64);
    }

    /// Tells what was answered.
    pub fn answered(&self, elapsed: Duration, trace: Option<&QueryTrace>) {
        if self.is_wanted {
            let events = trace.iter().flat_map(|trace| &trace.events);
            events.for_each(|event| terminal::note(&event.activity));
            let (rows, bytes, elapsed) = (self.rows, self.bytes, Millis(elapsed));
            terminal::note(format!("answered: {rows} rows, {bytes} bytes of values, in {elapsed}"));
        }
    }
}

fn data_bytes(table: &FilesTable) -> u64 {
    let sizes = table.sstables.iter().map(|one| std::fs::metadata(one.file(Component::Data)));
    sizes.map(|size| size.map_or(0, |size| size.len())).sum()
}

/// A time in milliseconds.
struct Millis(Duration);

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ms", self.0.as_secs_f64() * 1e3)
    }
}
