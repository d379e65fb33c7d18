//! A log that was scanned, and its SSTables.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cqlite_sstable::Result;
use cqlite_sstable::component::statistics::{CommitLogInterval, SerializationHeader};

use super::job::{Job, Limits};
use super::run::Run;
use super::scanner::TableTotals;
use super::tables::MetTable;
use super::{NewSstable, ReplayOptions, ReplayOutput, ReplayProgress, ReplayReport, ReplayStage};
use crate::storage::commitlog::{CommitLogPosition, FoundSegments};
use crate::storage::mutation::TableLayout;

/// Progress is told every so many bytes.
const TOLD_BYTES: u64 = 1 << 20;

/// A log that was scanned: what is to be replayed lies in sorted runs.
pub struct Scanned {
    pub(super) options: ReplayOptions,
    pub(super) segments: FoundSegments,
    pub(super) tables: Vec<Arc<MetTable>>,
    pub(super) totals: Vec<TableTotals>,
    pub(super) runs: Vec<Run>,
    pub(super) has_spilled: bool,
    pub(super) report: ReplayReport,
}

impl Scanned {
    /// What was found.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// The tables that SSTables will be written of, with how many updates there are and how many bytes they have.
    pub fn tables(&self) -> impl Iterator<Item = (&Arc<TableLayout>, u64, u64)> {
        let all = self.tables.iter().zip(&self.totals);
        all.filter(|(_, totals)| totals.updates > 0)
            .map(|(table, totals)| (table.layout(), totals.updates, totals.bytes))
    }

    /// Writes the SSTables. Those of one table, or of ranges of its tokens, are written by as many threads as the options say.
    ///
    /// # Errors
    /// Those of `output`, and of writing and of reading temporary files. What was begun is removed then, and what was told to
    /// `output` is its own to remove.
    pub fn write(&self, output: &dyn ReplayOutput) -> Result<()> {
        let jobs = self.jobs();
        let work = Work {
            scanned: self,
            output,
            limits: self.limits(),
            next: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            done_bytes: AtomicU64::new(0),
            total_bytes: self.totals.iter().map(|totals| totals.bytes).sum(),
            failure: Mutex::new(None),
        };
        let threads = self.options.threads.max(1).min(jobs.len());
        if threads <= 1 {
            work.run(&jobs);
        } else {
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| work.run(&jobs));
                }
            });
        }
        let failure = work.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), Err)
    }

    /// The segments. They are to be synced ([`FoundSegments::sync`]) before the SSTables of any table are installed: those of another
    /// one may be lost by a power cut, and a batch be there by half.
    pub fn segments(&self) -> &FoundSegments {
        &self.segments
    }

    /// The segments, to be removed ([`FoundSegments::put_away`]) once the SSTables of all tables are installed.
    pub fn into_segments(self) -> (FoundSegments, ReplayReport) {
        (self.segments, self.report)
    }

    fn limits(&self) -> Limits {
        let cursors = self.runs.len().max(1).saturating_mul(self.options.threads.max(1));
        let piece_bytes = (self.options.memory_bytes / 4 / cursors).clamp(4 << 10, 256 << 10);
        Limits { piece_bytes, partition_bytes: self.options.partition_bytes(self.has_spilled) }
    }

    /// The largest come first.
    fn jobs(&self) -> Vec<Job> {
        const NONE: CommitLogPosition = CommitLogPosition::NONE;
        let interval = self.report.interval.unwrap_or(CommitLogInterval { start: NONE, end: NONE });
        let mut jobs = Vec::new();
        for (table, totals) in self.tables.iter().zip(&self.totals) {
            if totals.updates == 0 {
                continue;
            }
            let bases = totals.least.deltas(false);
            let header = SerializationHeader {
                min_timestamp: bases.min_timestamp,
                min_local_deletion_time_seconds: bases.min_local_deletion_time_seconds,
                min_ttl_seconds: bases.min_ttl_seconds,
                ..table.layout().header().clone()
            };
            let layout = Arc::clone(table.layout());
            let new = NewSstable { layout, header, estimated_partitions: 0, estimated_bytes: 0, interval };
            jobs.extend(Job::of_table(table, totals, &self.runs, self.options.threads, new));
        }
        jobs.sort_by_key(|job| std::cmp::Reverse(job.new.estimated_bytes));
        jobs
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanned")
            .field("segments", &self.segments)
            .field("runs", &self.runs.len())
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

/// What the writing threads share.
struct Work<'a> {
    scanned: &'a Scanned,
    output: &'a dyn ReplayOutput,
    limits: Limits,
    next: AtomicUsize,
    is_over: AtomicBool,
    done_bytes: AtomicU64,
    total_bytes: u64,
    failure: Mutex<Option<cqlite_sstable::Error>>,
}

impl Work<'_> {
    fn run(&self, jobs: &[Job]) {
        while !self.is_over.load(Ordering::Relaxed) {
            let Some(job) = jobs.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let mut untold = 0;
            let mut told = |bytes| self.tell(bytes, &mut untold);
            let written = job.write(&self.scanned.runs, self.limits, self.output, &mut told);
            if let Err(error) = written {
                let error = if error.path().is_none() {
                    error.at(format!("{}.{}", job.new.layout.keyspace(), job.new.layout.name()))
                } else {
                    error
                };
                self.is_over.store(true, Ordering::Relaxed);
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    }

    fn tell(&self, bytes: u64, untold: &mut u64) -> bool {
        *untold = untold.saturating_add(bytes);
        if *untold >= TOLD_BYTES {
            let done = self.done_bytes.fetch_add(*untold, Ordering::Relaxed).saturating_add(*untold);
            *untold = 0;
            if let Some(progress) = &self.scanned.options.progress {
                let (stage, total_bytes) = (ReplayStage::Writing, self.total_bytes);
                progress(ReplayProgress { stage, done_bytes: done, total_bytes });
            }
        }
        !self.is_over.load(Ordering::Relaxed)
    }
}
