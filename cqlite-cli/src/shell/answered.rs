//! What a `SELECT` answers, on the screen.

use std::ops::ControlFlow;
use std::sync::Arc;

use cqlite_core::catalog::Table;
use cqlite_core::query::{ColumnSpec, QueryTrace, Statement};

use super::runner::Shell;
use super::trouble::Trouble;
use crate::results::{Layout, ResultFormat as _, ResultTable};

const PARTITION_KEY: &str = "\x1b[0;1;31m";
const CLUSTERING: &str = "\x1b[0;1;36m";
const STATIC: &str = "\x1b[0;1;37m";
const OTHER: &str = "\x1b[0;1;35m";

/// So many bytes of text are written at a time where nobody looks on.
const STEP_BYTES: usize = 64 * 1024;

/// Shows the rows of a `SELECT` as they come.
pub struct SelectAnswer<'s, 'd> {
    shell: &'s mut Shell<'d>,
    pub(super) table: ResultTable,
}

impl<'s, 'd> SelectAnswer<'s, 'd> {
    /// Rows of these columns.
    pub fn new(shell: &'s mut Shell<'d>, columns: Arc<[ColumnSpec]>) -> Self {
        let layout = Layout {
            page_rows: shell.settings.page_rows,
            repeats_names: shell.pager.is_some() && shell.output.is_watched(),
            is_expanded: shell.settings.is_expanded,
            palette: shell.output.palette(),
        };
        let colors: Vec<&'static str> = columns.iter().map(|column| color(shell, column)).collect();
        let table = ResultTable::new(columns, &colors, layout);
        Self { shell, table }
    }

    /// Shows the rows of a statement, a page at a time where a person looks on.
    ///
    /// # Errors
    /// If the statement fails, or its answer cannot be written.
    pub fn show(self, statement: &Statement) -> Result<(), Trouble> {
        let Self { shell, mut table } = self;
        let Shell { session, settings, output, interruption, pager, .. } = shell;
        let mut pager = pager.as_mut().filter(|_| settings.is_paging && output.is_watched());
        let step = if output.is_watched() { 1 } else { STEP_BYTES };
        let mut out = Vec::new();
        table.begin(&mut out);
        let (mut is_full, mut is_ended) = (false, false);
        let shown = session.for_each(statement, &[], |rows| {
            for row in rows.rows() {
                if is_full {
                    table.end_page(&mut out);
                    if out.len() >= step {
                        output.answer(&out)?;
                        out.clear();
                    }
                    is_ended = interruption.has_come() || pager.as_mut().is_some_and(|pager| !pager());
                }
                if is_ended {
                    return Ok(ControlFlow::Break(()));
                }
                is_full = table.push_row(row.values());
            }
            is_ended = interruption.has_come();
            Ok(if is_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        // What was read before a damaged place is right, and is shown.
        if shown.is_err() {
            if table.has_rows() {
                table.end_page(&mut out);
            }
        } else {
            table.end(&mut out);
        }
        output.answer(&out)?;
        if shown.is_err() && interruption.has_come() {
            return Err(Trouble::command("Interrupted."));
        }
        shown?;
        if is_ended {
            output.tell("(there may be more)")?;
        }
        match &table.invalid().first {
            None => Ok(()),
            Some(first) => Err(Trouble::Damaged(table.invalid().count, first.clone())),
        }
    }
}

/// The colour of the name of a column: what it is in its table.
fn color(shell: &Shell<'_>, column: &ColumnSpec) -> &'static str {
    let table = shell.place.db.table(&column.keyspace, &column.table).ok();
    table.map_or(OTHER, |table| color_in(&table, &column.name))
}

fn color_in(table: &Table, name: &str) -> &'static str {
    let schema = table.schema();
    match name {
        _ if schema.partition_key.iter().any(|column| column.name == name) => PARTITION_KEY,
        _ if schema.clustering.iter().any(|column| column.name == name) => CLUSTERING,
        _ if schema.static_columns.iter().any(|column| column.name == name) => STATIC,
        _ => OTHER,
    }
}

/// Pushes what a statement touched.
pub fn push_trace(trace: &QueryTrace, out: &mut Vec<u8>) {
    let width = trace.events.iter().map(|event| event.activity.chars().count()).max().unwrap_or(0).max(8);
    let elapsed = |time: std::time::Duration| time.as_micros();
    out.extend_from_slice(b"\nTracing session:\n\n");
    out.extend_from_slice(format!(" {:<width$} | elapsed_micros\n", "activity").as_bytes());
    out.extend_from_slice(format!("-{}-+----------------\n", "-".repeat(width)).as_bytes());
    for event in &trace.events {
        let line = format!(" {:<width$} | {:>14}\n", event.activity, elapsed(event.elapsed));
        out.extend_from_slice(line.as_bytes());
    }
    let last = format!(" {:<width$} | {:>14}\n\n", "Request complete", elapsed(trace.duration));
    out.extend_from_slice(last.as_bytes());
}
