//! The replay of a log.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cqlite_sstable::{Error, Result};

use super::load::Load;
use super::report::ReplayReport;
use super::run::Run;
use super::scanner::{Scan, Scanner, TableTotals};
use super::tables::{MetTables, TableSource};
use super::{ReplayOptions, ReplayPolicy, Scanned};
use crate::storage::commitlog::{CommitLogPosition, FoundSegment, FoundSegments};
use crate::storage::fs::FileSystem;

/// The replay of the log in a directory.
#[derive(Debug, Clone)]
pub struct Replay {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    options: ReplayOptions,
}

impl Replay {
    /// A replay of the segments in `directory`. Nobody writes to them.
    pub fn new(fs: Arc<dyn FileSystem>, directory: impl Into<PathBuf>, options: ReplayOptions) -> Self {
        Self { fs, directory: directory.into(), options }
    }

    /// Reads the log and sorts what is to be replayed. `tables` is asked once for each table that is met. Temporary files are made in
    /// the directory of the log.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] for damage that is no torn tail and for mutations that are sound and not understood, if the policy is
    /// to refuse; [`cqlite_sstable::ErrorKind::Missing`] for segments that are missing between others, in the same case;
    /// [`cqlite_sstable::ErrorKind::Unsupported`] for segments of other versions, encrypted ones, and unknown
    /// compressors; and failed reads and writes.
    pub fn scan(&self, tables: &TableSource<'_>) -> Result<Scanned> {
        let segments = FoundSegments::list(self.fs.as_ref(), &self.directory)?;
        let mut report = ReplayReport { missing: segments.missing().into(), ..ReplayReport::default() };
        let joined = self.joined(segments.segments(), &mut report)?;
        let met = MetTables::new(tables);
        let scan = Scan {
            fs: self.fs.as_ref(),
            options: &self.options,
            segments: joined,
            tables: &met,
            next_segment: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            done_bytes: AtomicU64::new(0),
            total_bytes: joined.iter().map(FoundSegment::length_bytes).sum(),
        };
        let runs = Mutex::new(Vec::new());
        let spill = |load: Load| -> Result<()> {
            let run = spilled(load, &scan, &self.directory)?;
            runs.lock().unwrap_or_else(PoisonError::into_inner).push(run);
            Ok(())
        };
        let scanners = scan_all(&scan, &spill)?;
        let mut runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner);
        let has_spilled = !runs.is_empty();
        let mut totals = Vec::<TableTotals>::new();
        for Found { report: found, totals: more, load } in scanners {
            report.add(found);
            totals.resize(totals.len().max(more.len()), TableTotals::default());
            totals.iter_mut().zip(&more).for_each(|(into, more)| into.add(more));
            if load.is_empty() {
                continue;
            }
            runs.push(if has_spilled { spilled(load, &scan, &self.directory)? } else { sorted(load, &scan) });
        }
        let tables = met.into_all();
        totals.resize(tables.len(), TableTotals::default());
        let options = self.options.clone();
        Ok(Scanned { options, segments, tables, totals, runs, has_spilled, report })
    }

    /// The segments to be read: all, or those in front of what is missing.
    fn joined<'a>(
        &self,
        segments: &'a [FoundSegment],
        report: &mut ReplayReport,
    ) -> Result<&'a [FoundSegment]> {
        let Some(missing) = report.missing.first() else { return Ok(segments) };
        match self.options.policy {
            ReplayPolicy::Refuse => Err(missing.to_error().at(&self.directory)),
            ReplayPolicy::Skip => Ok(segments),
            ReplayPolicy::Stop => {
                let before = missing.before.id;
                report.stopped_at = Some(CommitLogPosition { segment_id: before, position: 0 });
                let end = segments.partition_point(|segment| segment.name().id < before);
                Ok(segments.get(..end).unwrap_or(segments))
            }
        }
    }
}

/// What one thread found.
struct Found {
    report: ReplayReport,
    totals: Vec<TableTotals>,
    load: Load,
}

/// Scans all segments by as many threads as the options say.
fn scan_all(scan: &Scan<'_>, spill: &(dyn Fn(Load) -> Result<()> + Sync)) -> Result<Vec<Found>> {
    let run = || -> Result<Found> {
        let mut scanner = Scanner::new(scan, spill);
        scanner.run().inspect_err(|_| scan.is_over.store(true, Ordering::Relaxed))?;
        let Scanner { report, totals, load, .. } = scanner;
        Ok(Found { report, totals, load })
    };
    let threads = scan.options.scanning_threads().min(scan.segments.len());
    if threads <= 1 {
        return Ok(vec![run()?]);
    }
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        started
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Error::invalid_input("a thread of the replay ended early")))
            })
            .collect()
    })
}

fn spilled(mut load: Load, scan: &Scan<'_>, directory: &Path) -> Result<Run> {
    load.sort(&scan.tables.all());
    Run::spill(&load, scan.fs, directory)
}

fn sorted(mut load: Load, scan: &Scan<'_>) -> Run {
    load.sort(&scan.tables.all());
    Run::in_memory(load)
}
