//! What a statement touched on its way.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_sstable::io::ReadTally;

use crate::storage::read::{ReadTrace, TouchedSources};

/// What a statement did, step by step (`TRACING ON`).
#[derive(Debug, Clone, Default)]
pub struct QueryTrace {
    /// What was done, each with the time since the beginning.
    pub events: Vec<TraceEvent>,
    /// What of memtables and SSTables was touched.
    pub touched: TouchedSources,
    /// What was read of files and of the cache of chunks.
    pub read: ReadTally,
    /// Rows that were looked at.
    pub rows_read: u64,
    /// Rows of the result.
    pub rows_returned: u64,
    /// From the text to the last row.
    pub duration: Duration,
}

/// A step of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEvent {
    /// What was done.
    pub activity: String,
    /// The time since the statement began.
    pub elapsed: Duration,
}

/// A trace that is being written.
#[derive(Debug)]
pub(super) struct Tracer {
    begun: Instant,
    tally: ReadTally,
    trace: QueryTrace,
    pub(super) read: Arc<ReadTrace>,
}

impl Tracer {
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            tally: ReadTally::of_thread(),
            trace: QueryTrace::default(),
            read: Arc::default(),
        }
    }

    pub(super) fn event(&mut self, activity: impl Into<String>) {
        let elapsed = self.begun.elapsed();
        self.trace.events.push(TraceEvent { activity: activity.into(), elapsed });
    }

    /// The trace, with what the read told.
    pub(super) fn end(mut self, rows_read: u64, rows_returned: u64) -> QueryTrace {
        self.trace.touched = self.read.touched();
        self.trace.read = ReadTally::of_thread().since(self.tally);
        (self.trace.rows_read, self.trace.rows_returned) = (rows_read, rows_returned);
        for activity in activities(&self.trace) {
            self.event(activity);
        }
        self.trace.duration = self.begun.elapsed();
        self.trace
    }
}

/// What was touched, in sentences.
fn activities(trace: &QueryTrace) -> Vec<String> {
    let touched = &trace.touched;
    let mut told = Vec::new();
    if touched.lookups > 0 {
        told.push(format!("Looked for {} partitions by their keys", touched.lookups));
    }
    if touched.memtables > 0 {
        told.push(format!("Asked {} memtables", touched.memtables));
    }
    for (count, why) in [
        (touched.ruled_out_by_token, "by their tokens"),
        (touched.ruled_out_by_clustering, "by their clusterings"),
        (touched.ruled_out_by_deletion, "as a deletion is newer than all that they have"),
    ] {
        if count > 0 {
            told.push(format!("Left {count} SSTables out {why}"));
        }
    }
    for (path, of) in &touched.sstables {
        let mut line = if of.is_scanned { format!("Scanned {path}") } else { format!("Asked {path}") };
        let parts =
            [(of.found, "found"), (of.filter_rejections, "refused by the filter"), (of.absent, "not there")];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !parts.is_empty() {
            let _ = write!(line, ": partitions {}", parts.join(", "));
        }
        told.push(line);
    }
    if trace.read != ReadTally::default() {
        let ReadTally { reads, bytes, cached_chunks } = trace.read;
        told.push(format!("Read {bytes} bytes by {reads} reads, and {cached_chunks} chunks from the cache"));
    }
    if trace.rows_read > 0 || trace.rows_returned > 0 {
        told.push(format!("Looked at {} rows, returned {}", trace.rows_read, trace.rows_returned));
    }
    told
}
