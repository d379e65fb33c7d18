//! Salvaged rows as SSTables.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::line_pipe::{LineReceiver, LineSender, line_pipe};
use super::sorting::add_all;
use super::{Loss, SalvageOptions, SalvageReport, SalvageSink, Stream, salvage};
use crate::component::statistics::{IntervalSet, SerializationHeader, StatisticsSettings};
use crate::descriptor::{Descriptor, SstableId};
use crate::error::{Error, ErrorKind, Result};
use crate::io::OutputDirectory;
use crate::partitioner::Partitioner;
use crate::reader::Sstable;
use crate::tools::lossless::LosslessReader;
use crate::tools::rewrite::{
    Kept, NewPlace, OutputIds, RewriteInput, RewriteOptions, check_output, check_space, estimated_bytes, keep,
};
use crate::types::CqlType;
use crate::writer::builder::{BuilderOptions, SstableBuilder};
use crate::writer::{Lossy, Operation, SstableWriter, Transaction, WriterOptions, Written};

/// The rows that are out of order are sorted in so much memory; more of them go to temporary files.
const SORTING_BYTES: usize = 24 * 1024 * 1024;

/// How salvaged rows are written into SSTables.
#[derive(Debug, Clone, Copy)]
pub struct SalvageJob<'a> {
    /// The directory for the SSTables; [`crate::tools::rewrite::check_place`] was to be asked before.
    pub place: &'a Path,
    /// What is written.
    pub output: &'a RewriteOptions,
    /// What is read.
    pub salvage: &'a SalvageOptions,
    /// Whether what was written is read as a whole before it becomes visible.
    pub verifies: bool,
}

/// What became of a salvage into SSTables.
#[derive(Debug, Clone, Default)]
pub struct SalvagedSstables {
    /// What was recovered, and what was not.
    pub report: SalvageReport,
    /// The SSTable of the recovered rows; none if there are none.
    pub recovered: Option<Written>,
    /// That of the rows that stood behind greater ones, in order now.
    pub out_of_order: Option<Written>,
}

impl SalvagedSstables {
    /// The SSTables that were written.
    pub fn written(&self) -> impl Iterator<Item = &Written> + Clone {
        self.recovered.iter().chain(&self.out_of_order)
    }
}

impl SalvageJob<'_> {
    /// Salvages one SSTable into a new one with its header, and one more if rows were out of order. Both become visible
    /// together. Rows that nobody vouches for go to `sink` as lines, and so do counters that are out of order, which
    /// must not be merged by themselves. If anything is lost, the new SSTables count as not repaired, and say
    /// nothing of a commit log: a node would not look there for what is missing.
    ///
    /// # Errors
    /// As [`salvage`], if the version cannot hold what was recovered, if there is no room for as much, and if the SSTables cannot be written or are not
    /// sound. Nothing is left of them then.
    pub fn run(
        &self,
        (descriptor, sstable): (&Descriptor, &Sstable),
        ids: &mut OutputIds,
        sink: &mut dyn SalvageSink,
    ) -> Result<SalvagedSstables> {
        let kept = keep(&[RewriteInput::of_damaged(descriptor, sstable)?], self.output)?;
        check_space(self.place, estimated_bytes(descriptor, sstable, kept.compression.is_some())?)?;
        let place = NewPlace::make(self.place)?;
        let target = self.output.target;
        let transaction = Transaction::begin(place.directory(), Operation::Scrub, target.version)?;
        let partitioner = sstable.partitioner()?;
        let input = descriptor.id();
        let mut into = IntoSstables {
            job: self,
            kept,
            partitioner,
            transaction,
            ids,
            input,
            sink,
            main: None,
            sorted: None,
            failed: None,
        };
        let salvaged = salvage(sstable, self.salvage, &mut into);
        let written = into.finish(salvaged)?;
        if written.recovered.is_some() || written.out_of_order.is_some() {
            place.keep();
        }
        Ok(written)
    }

    fn writer(
        &self,
        transaction: &mut Transaction,
        id: SstableId,
        (header, settings, partitions): (SerializationHeader, StatisticsSettings, u64),
        (kept, partitioner): (&Kept, &Partitioner),
    ) -> Result<SstableWriter> {
        let target = self.output.target;
        transaction.add(target.version, id.clone())?;
        let options = WriterOptions {
            compression: kept.compression.clone(),
            index: kept.index,
            estimated_keys: partitions,
            statistics: settings,
            lossy: if target.is_lossy { Lossy::Convert } else { Lossy::Refuse },
            writes_behind: false,
        };
        let directory: Arc<dyn OutputDirectory> = Arc::clone(transaction.directory());
        SstableWriter::new(directory, target.version, id, header, partitioner.clone(), options)
    }
}

/// Reads lines in a thread of its own, and gives back what it put them into.
struct Reading<T> {
    lines: LineSender,
    thread: JoinHandle<Result<T>>,
}

impl<T: Send + 'static> Reading<T> {
    fn begin(
        mut into: T,
        read: impl FnOnce(&mut LosslessReader<LineReceiver>, &mut T) -> Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (lines, receiver) = line_pipe();
        let thread = std::thread::Builder::new().name("salvaged rows".to_owned()).spawn(move || {
            read(&mut LosslessReader::open(receiver, "salvaged rows")?, &mut into)?;
            Ok(into)
        })?;
        Ok(Self { lines, thread })
    }

    fn end(self) -> Result<T> {
        drop(self.lines);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::Output, "a thread that writes rows has ended")))
    }
}

/// The rows that are out of order, and how many ranges could not be put in order.
type Sorting = (SstableBuilder, u64);

struct IntoSstables<'a, 's> {
    job: &'a SalvageJob<'a>,
    kept: Kept,
    partitioner: Partitioner,
    transaction: Transaction,
    ids: &'a mut OutputIds,
    input: &'a SstableId,
    sink: &'s mut dyn SalvageSink,
    main: Option<Reading<SstableWriter>>,
    sorted: Option<Reading<Sorting>>,
    /// Why an SSTable could not be begun.
    failed: Option<Error>,
}

impl IntoSstables<'_, '_> {
    fn begin_main(&mut self) -> Result<Reading<SstableWriter>> {
        let id = self.ids.give(Some(self.input))?;
        let kept = &self.kept;
        let contents = (kept.header.clone(), kept.settings.clone(), kept.partitions);
        let writer = self.job.writer(&mut self.transaction, id, contents, (kept, &self.partitioner))?;
        Reading::begin(writer, |lines, writer| writer.write(lines)).map_err(Error::output)
    }

    fn begin_sorted(&self) -> Result<Reading<Sorting>> {
        let options = BuilderOptions { memory_limit_bytes: SORTING_BYTES, ..BuilderOptions::default() };
        let directory = Arc::clone(self.transaction.directory());
        let header = self.kept.header.clone();
        let builder = SstableBuilder::new(header, self.partitioner.clone(), directory, options)?;
        let sort = |lines: &mut LosslessReader<_>, (builder, left_out): &mut Sorting| {
            *left_out = add_all(lines, builder)?;
            Ok(())
        };
        Reading::begin((builder, 0), sort).map_err(Error::output)
    }

    /// Notes why what was to be begun cannot be.
    fn begun<T>(&mut self, begun: Result<T>) -> io::Result<Option<T>> {
        begun.map(Some).map_err(|error| {
            self.failed = Some(error);
            io::ErrorKind::BrokenPipe.into()
        })
    }

    fn has_counters(&self) -> bool {
        let header = &self.kept.header;
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        columns.any(|column| column.column_type == CqlType::Counter)
    }

    /// Completes the SSTables, and makes them visible.
    fn finish(mut self, salvaged: Result<SalvageReport>) -> Result<SalvagedSstables> {
        // Where writing fails, that is why reading ended.
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let main = self.main.take().map(Reading::end).transpose();
        let sorted = self.sorted.take().map(Reading::end).transpose();
        let (main, sorted) = (main.map_err(advised)?, sorted.map_err(advised)?);
        let mut report = salvaged?;
        let mut found = SalvagedSstables::default();
        if let Some(mut writer) = main {
            if !report.is_complete() {
                forget_origin(writer.settings_mut());
            }
            if writer.partitions() > 0 {
                found.recovered = Some(writer.finish()?);
            }
        }
        if let Some((builder, left_out)) = sorted {
            if left_out > 0 {
                report.notes.push(format!(
                    "{left_out} range deletions whose ends were out of order are lost: older data may reappear"
                ));
            }
            found.out_of_order = self.write_sorted(builder)?;
        }
        if self.job.verifies {
            found.written().try_for_each(check_output)?;
        }
        self.transaction.commit()?.finish()?;
        found.report = report;
        Ok(found)
    }

    fn write_sorted(&mut self, builder: SstableBuilder) -> Result<Option<Written>> {
        let mut sorted = builder.finish()?;
        let id = self.ids.give(None)?;
        let mut settings = self.kept.settings.clone();
        forget_origin(&mut settings);
        settings.sstable_level = 0;
        let contents = (sorted.header().clone(), settings, sorted.estimated_partitions());
        let kept = (&self.kept, &self.partitioner);
        let mut writer = self.job.writer(&mut self.transaction, id, contents, kept)?;
        writer.write(&mut sorted)?;
        if writer.partitions() == 0 { Ok(None) } else { writer.finish().map(Some) }
    }
}

impl SalvageSink for IntoSstables<'_, '_> {
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()> {
        match stream {
            Stream::Recovered => {
                if self.main.is_none() && !has_rows(text) {
                    return Ok(());
                }
                if self.main.is_none() {
                    let begun = self.begin_main();
                    self.main = self.begun(begun)?;
                }
                self.main.as_ref().map_or(Ok(()), |main| main.lines.send(text))
            }
            Stream::OutOfOrder if !self.has_counters() => {
                if self.sorted.is_none() {
                    let begun = self.begin_sorted();
                    self.sorted = self.begun(begun)?;
                }
                self.sorted.as_ref().map_or(Ok(()), |sorted| sorted.lines.send(text))
            }
            Stream::OutOfOrder | Stream::Suspect => self.sink.write(stream, text),
        }
    }

    fn lost(&mut self, loss: &Loss) -> io::Result<()> {
        self.sink.lost(loss)
    }

    fn progress(&mut self, done_bytes: u64, total_bytes: u64) {
        self.sink.progress(done_bytes, total_bytes);
    }
}

/// Whether something stands behind the header, with which the first piece begins.
fn has_rows(first_piece: &[u8]) -> bool {
    first_piece
        .iter()
        .position(|byte| *byte == b'\n')
        .is_some_and(|end| end.saturating_add(1) < first_piece.len())
}

/// Data of which a part is missing is neither repaired nor all that a commit log had.
fn forget_origin(settings: &mut StatisticsSettings) {
    settings.repaired_at_millis = 0;
    settings.pending_repair = None;
    settings.is_transient = false;
    settings.originating_host_id = None;
    settings.commit_log_intervals = IntervalSet::default();
}

fn advised(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Corrupt => {
            error.advise("salvage it with --lossless, which writes lines whatever is in them")
        }
        _ => error,
    }
}
