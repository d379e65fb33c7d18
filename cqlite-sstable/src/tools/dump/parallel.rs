//! A dump on several cores: threads print segments of the data, the calling thread writes them in order.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::output::{BlockSink, Output};
use super::segments::{Segment, Segments};
use super::turns::{EndAll, TurnGate, Turns};
use super::{Document, DumpSummary, Entries, PartitionPrinter};
use crate::error::{Error, ErrorKind, Result};
use crate::io::Checksum;
use crate::reader::Cursor;

/// How the work is divided. What waits to be written is at most `waiting_segments * segment_blocks` blocks.
#[derive(Debug, Clone)]
pub(super) struct Division {
    /// Threads that print.
    pub(super) threads: usize,
    /// Less data than this is not divided.
    pub(super) least_data_bytes: u64,
    /// The data of the first segments, and the least of any: output begins when one is printed.
    pub(super) least_segment_bytes: u64,
    /// The most data of a segment with more than one partition.
    pub(super) most_segment_bytes: u64,
    /// Segments that are being printed or wait to be written.
    pub(super) waiting_segments: usize,
    /// Output that is handed to the thread that writes at once: large enough that waking it costs little.
    pub(super) block_bytes: usize,
    /// Blocks of a segment that wait; a thread that has printed more waits for its turn.
    pub(super) segment_blocks: usize,
}

impl Division {
    /// More threads than this wait for the one that writes.
    const MOST_THREADS: usize = 4;

    /// Output that waits to be written.
    const WAITING_BYTES: usize = 12 * 1024 * 1024;

    const BLOCK_BYTES: usize = 256 * 1024;

    /// For this machine.
    pub(super) fn for_cores() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(Self::MOST_THREADS);
        let waiting_segments = threads + 2;
        Self {
            threads,
            least_data_bytes: 8 * 1024 * 1024,
            least_segment_bytes: 128 * 1024,
            most_segment_bytes: 2 * 1024 * 1024,
            waiting_segments,
            block_bytes: Self::BLOCK_BYTES,
            segment_blocks: Self::WAITING_BYTES / Self::BLOCK_BYTES / waiting_segments,
        }
    }

    /// The data of the next segments, after one with `data_bytes` became `output_bytes`: so much that their
    /// output can wait without keeping its thread from going on.
    fn segment_bytes(&self, data_bytes: u64, output_bytes: u64) -> u64 {
        let fitting_output = (self.segment_blocks * self.block_bytes / 2) as u64;
        let fitting = u128::from(data_bytes) * u128::from(fitting_output) / u128::from(output_bytes.max(1));
        let most = u128::from(self.most_segment_bytes);
        (fitting.min(most) as u64).max(self.least_segment_bytes)
    }
}

/// A segment to print, and where its output goes.
struct Job {
    segment: Segment,
    pieces: SyncSender<Piece>,
}

/// What becomes of a segment, in this order: blocks, then how it ended.
enum Piece {
    Block(Vec<u8>),
    Ended(Result<SegmentEnd>),
}

/// What is known of a segment once it is printed.
struct SegmentEnd {
    /// Where in the uncompressed data the last partition ended.
    position: u64,
    partitions: u64,
    digest: Option<Checksum>,
    summary: DumpSummary,
}

/// What all threads share.
struct Shared<'a> {
    document: &'a Document<'a>,
    division: &'a Division,
    turns: Arc<Turns>,
    /// Blocks to be used again.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Shared<'_> {
    fn spare_block(&self) -> Vec<u8> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| Vec::with_capacity(self.division.block_bytes))
    }

    fn give_back(&self, mut block: Vec<u8>) {
        block.clear();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }
}

/// Prints what is between the start and the end of the document, and returns what it met with and whether there
/// is any output. `at` is told how far the output is in the data.
///
/// Each segment is printed as if there were output in front of it: it begins with what separates partitions. That
/// is left out where nothing was written before.
pub(super) fn print(
    document: &Document<'_>,
    segments: Segments,
    division: &Division,
    out: &mut Output<'_>,
    at: &mut dyn FnMut(u64),
) -> Result<(DumpSummary, bool)> {
    let shared = Shared { document, division, turns: Arc::new(Turns::new()), spare: Mutex::default() };
    let (jobs, taken) = channel();
    let taken = Mutex::new(taken);
    thread::scope(|scope| {
        // Both are dropped before the threads are waited for: they end then.
        let jobs = jobs;
        let _end = EndAll(&shared.turns);
        for _ in 0..division.threads.max(1) {
            thread::Builder::new()
                .name("cqlite-dump".to_owned())
                .spawn_scoped(scope, || work(&shared, &taken))
                .map_err(|error| Error::new(ErrorKind::Io, format!("no thread can be started: {error}")))?;
        }
        Writing { shared: &shared, jobs, out, at, summary: DumpSummary::default(), any: false }.run(segments)
    })
}

/// The state of the thread that writes.
struct Writing<'a, 'o, 'w> {
    shared: &'a Shared<'a>,
    jobs: Sender<Job>,
    out: &'o mut Output<'w>,
    at: &'o mut dyn FnMut(u64),
    summary: DumpSummary,
    /// Whether anything was written.
    any: bool,
}

impl Writing<'_, '_, '_> {
    fn run(mut self, mut segments: Segments) -> Result<(DumpSummary, bool)> {
        let mut waiting = VecDeque::new();
        let division = self.shared.division;
        let mut segment_bytes = division.least_segment_bytes;
        let mut digest = Some(Checksum::default());
        loop {
            while waiting.len() < division.waiting_segments
                && let Some(segment) = segments.next(segment_bytes)
            {
                let (pieces, printed) = sync_channel(division.segment_blocks);
                waiting.push_back((segment.clone(), printed));
                // Nobody takes it only if all threads have died, and then nobody prints it.
                let _ = self.jobs.send(Job { segment, pieces });
            }
            let Some((segment, printed)) = waiting.pop_front() else { break };
            self.shared.turns.begin(segment.number);
            let (end, output_bytes) = self.write(&printed)?;
            digest =
                digest.zip(end.digest).and_then(|(mut whole, part)| whole.append(&part).then_some(whole));
            (self.at)(end.position);
            self.summary.partitions += end.partitions;
            self.summary.append(end.summary);
            if segment.is_last || end.position != segment.range.end {
                // Where the index was wrong, the one segment went on to the end of the data.
                break;
            }
            segment_bytes = division.segment_bytes(segment.range.end - segment.range.start, output_bytes);
        }
        self.shared.document.sstable.check_whole(self.summary.partitions, digest.as_ref())?;
        Ok((self.summary, self.any))
    }

    /// Writes the output of a segment while it is printed, and returns how many bytes it has.
    fn write(&mut self, printed: &Receiver<Piece>) -> Result<(SegmentEnd, u64)> {
        let mut output_bytes = 0;
        loop {
            match printed.recv() {
                Ok(Piece::Block(mut block)) => {
                    output_bytes += block.len() as u64;
                    if !std::mem::replace(&mut self.any, true) && self.shared.document.separates_partitions()
                    {
                        block.remove(0);
                    }
                    self.out.pass(&mut block)?;
                    self.shared.give_back(block);
                }
                Ok(Piece::Ended(end)) => return Ok((end?, output_bytes)),
                // It panicked, and so will the scope.
                Err(_) => return Err(Error::new(ErrorKind::Io, "a thread of the dump has died")),
            }
        }
    }
}

/// Prints segments until there are no more.
fn work(shared: &Shared<'_>, jobs: &Mutex<Receiver<Job>>) {
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(Job { segment, pieces }) = next() {
        let end = print_segment(shared, &segment, &pieces);
        if pieces.send(Piece::Ended(end)).is_err() {
            return;
        }
    }
}

fn print_segment(shared: &Shared<'_>, segment: &Segment, pieces: &SyncSender<Piece>) -> Result<SegmentEnd> {
    let gate = TurnGate { turns: Arc::clone(&shared.turns), number: segment.number };
    let mut cursor = shared.document.sstable.scan_segment(&segment.range, Box::new(gate))?;
    let mut sink = PieceSink { shared, pieces };
    let mut out = Output::with_block(&mut sink, shared.spare_block());
    let mut summary = DumpSummary::default();
    let mut printer = PartitionPrinter::new(shared.document, &mut out, &mut summary, Entries::Before);
    let read = print_partitions(shared, segment, &mut cursor, &mut printer);
    out.flush()?;
    shared.give_back(out.into_block());
    read?;
    Ok(SegmentEnd {
        position: cursor.position(),
        partitions: cursor.partitions(),
        digest: cursor.digest(),
        summary,
    })
}

/// Prints the partitions of a segment. If it does not end where the next one begins, all later segments are wrong,
/// and it goes on to the end of the data.
fn print_partitions(
    shared: &Shared<'_>,
    segment: &Segment,
    cursor: &mut Cursor,
    printer: &mut PartitionPrinter<'_, '_, '_>,
) -> Result<()> {
    let mut alone = segment.is_last;
    loop {
        if !alone && cursor.position() >= segment.range.end {
            if cursor.position() == segment.range.end {
                return Ok(());
            }
            shared.turns.end_before(segment.number.saturating_add(1));
            alone = true;
        }
        if !cursor.advance_partition()? {
            return cursor.finish();
        }
        if shared.document.filter.accepts(cursor.partition().key) {
            printer.partition(cursor)?;
        }
    }
}

/// Blocks go to the thread that writes; this waits while there are too many of them. When nobody wants them any
/// more, that is a closed pipe.
struct PieceSink<'a> {
    shared: &'a Shared<'a>,
    pieces: &'a SyncSender<Piece>,
}

impl BlockSink for PieceSink<'_> {
    fn take(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let full = std::mem::replace(block, self.shared.spare_block());
        self.pieces.send(Piece::Block(full)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
