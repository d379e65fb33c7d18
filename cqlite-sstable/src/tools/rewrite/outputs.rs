//! The SSTables that a rewrite makes of one table.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::cut::Cutter;
use super::{Cut, Kept, NewPlace, OutputIds, Target};
use crate::descriptor::{Descriptor, SstableId};
use crate::error::{Error, Result};
use crate::io::OutputDirectory;
use crate::partitioner::Partitioner;
use crate::reader::{Access, DiskFiles};
use crate::row::UnfilteredPartitions;
use crate::tools::verify::{Verdict, VerifyOptions, verify};
use crate::writer::{Operation, SstableWriter, Transaction, Written};

/// The outputs of one table: written one after another, and visible together when all are complete and
/// verified.
pub struct Outputs {
    current: Option<Current>,
    transaction: Transaction,
    ids: OutputIds,
    target: Target,
    verifies: bool,
    written: Vec<Written>,
    /// Dropped behind the transaction, which leaves it empty if it fails.
    place: Option<NewPlace>,
}

/// What is written of the current input, or of the merge of all.
struct Current {
    kept: Kept,
    partitioner: Partitioner,
    cutter: Cutter,
    /// The id of the input, until its first output has it.
    id: Option<SstableId>,
    /// The partitions of the output that was completed last.
    previous_partitions: Option<u64>,
    writer: Option<SstableWriter>,
}

impl Outputs {
    /// In the directory `place`, which is made if it is not there; [`super::check_place`] was to be asked
    /// before.
    ///
    /// # Errors
    /// If the directory cannot be made, or no transaction log can name it.
    pub fn begin(
        place: &Path,
        operation: Operation,
        target: Target,
        ids: OutputIds,
        verifies: bool,
    ) -> Result<Self> {
        let place = NewPlace::make(place)?;
        let outputs = Self::begin_in(place.directory(), operation, target, ids, verifies)?;
        Ok(Self { place: Some(place), ..outputs })
    }

    /// As [`Outputs::begin`], in a directory that is there.
    ///
    /// # Errors
    /// If no transaction log can name it.
    pub fn begin_in(
        directory: Arc<dyn OutputDirectory>,
        operation: Operation,
        target: Target,
        ids: OutputIds,
        verifies: bool,
    ) -> Result<Self> {
        let transaction = Transaction::begin(directory, operation, target.version)?;
        Ok(Self { current: None, transaction, ids, target, verifies, written: Vec::new(), place: None })
    }

    /// Begins the outputs of another input, whose `id` the first of them may get; without one, those of a merge. Where it is
    /// cut behind tokens, `counts` may tell how many partitions each part has.
    ///
    /// # Errors
    /// If the last output so far cannot be completed.
    pub fn start(
        &mut self,
        id: Option<SstableId>,
        mut kept: Kept,
        partitioner: Partitioner,
        (cut, counts): (Cut, Option<Vec<u64>>),
    ) -> Result<()> {
        self.end()?;
        if cut != Cut::Never {
            kept.settings.token_space_coverage = None;
        }
        self.current = Some(Current {
            kept,
            partitioner,
            cutter: Cutter::new(cut, counts),
            id,
            previous_partitions: None,
            writer: None,
        });
        Ok(())
    }

    /// Writes all partitions of a source. Behind each step to the next one, `read_bytes` tells how much of
    /// the inputs lies in
    /// front of it, and may tell somebody else.
    ///
    /// # Errors
    /// Those of the source, and if an output cannot be written.
    pub fn write<S: UnfilteredPartitions>(
        &mut self,
        source: &mut S,
        mut read_bytes: impl FnMut(&mut S) -> u64,
    ) -> Result<()> {
        while source.advance_partition()? {
            let read = read_bytes(source);
            let Some(current) = &mut self.current else { return Ok(()) };
            let token = current.partitioner.token(source.partition().key);
            let written = current.writer.as_ref().map_or(0, SstableWriter::stored_bytes);
            if current.cutter.begins(&token, written, read) || current.writer.is_none() {
                self.next_writer()?;
            }
            if let Some(writer) = self.current.as_mut().and_then(|current| current.writer.as_mut()) {
                writer.write_partition(source)?;
            }
        }
        Ok(())
    }

    fn next_writer(&mut self) -> Result<()> {
        self.finish_writer()?;
        let Some(current) = &mut self.current else { return Ok(()) };
        let id = self.ids.give(current.id.take().as_ref())?;
        self.transaction.add(self.target.version, id.clone())?;
        let kept = &current.kept;
        let estimated_keys = match current.previous_partitions {
            None => current.cutter.share(kept.partitions),
            Some(previous) => current.cutter.share_behind(kept.partitions, previous),
        };
        let writes_behind = !current.cutter.asks_for_stored_bytes() && has_cores();
        let options = kept.writer_options(self.target, estimated_keys, writes_behind);
        current.writer = Some(SstableWriter::new(
            Arc::clone(self.transaction.directory()),
            self.target.version,
            id,
            kept.header.clone(),
            current.partitioner.clone(),
            options,
        )?);
        Ok(())
    }

    fn finish_writer(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if let Some(writer) = current.writer.take() {
            let written = writer.finish()?;
            current.previous_partitions = Some(written.partitions);
            self.written.push(written);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.finish_writer()?;
        self.current = None;
        Ok(())
    }

    /// Completes the last output, verifies all of them if that is wanted, and makes them visible.
    /// `verifying` is told of
    /// each before it is read.
    ///
    /// # Errors
    /// If one is not sound, or the transaction fails: nothing is left of any.
    pub fn commit(mut self, mut verifying: impl FnMut(&Written)) -> Result<Vec<Written>> {
        self.end()?;
        if self.verifies {
            for written in &self.written {
                verifying(written);
                check_output(written)?;
            }
        }
        self.transaction.commit()?.finish()?;
        self.place.into_iter().for_each(NewPlace::keep);
        Ok(self.written)
    }
}

/// Whether another thread can work beside this one.
pub fn has_cores() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

/// Reads an output as a whole.
///
/// # Errors
/// If it is not sound.
pub(in crate::tools) fn check_output(written: &Written) -> Result<()> {
    let descriptor = Descriptor::new(&written.directory, written.version, written.id.clone());
    let name = descriptor.to_string();
    let files = Arc::new(DiskFiles::new(descriptor, Access::default()));
    let options = VerifyOptions { read_ahead: has_cores(), ..VerifyOptions::default() };
    let report = verify(files, written.version, &options, &mut |_| {});
    if report.verdict == Verdict::Sound {
        return Ok(());
    }
    let first = report.damages().next().map(ToString::to_string).unwrap_or_default();
    Err(Error::corrupt(format!("what was written is not sound, and is removed again: {first}"))
        .at(name)
        .advise(
            "look for failures of the disk; if it is sound, this is an error of cqlite: please report it",
        ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::component::Component;
    use crate::error::ErrorKind;
    use crate::find::{FindOptions, find};
    use crate::io::{DiskDirectory, FaultyDirectory};
    use crate::reader::{ScanOptions, Sstable};
    use crate::tools::rewrite::{RewriteInput, RewriteOptions, keep};
    use crate::writer::SstableIds;

    fn fixture() -> Descriptor {
        let table = "../fixtures/nb/rows/wide-376d1688a5f0f3e5d11243b0e99f316a/nb-1-big-Data.db";
        Descriptor::from_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(table)).unwrap()
    }

    /// Splits an SSTable in a directory that is full behind so many steps, and tells how many are left.
    fn split(place: &Path, steps: u64) -> (Result<Vec<Written>>, u64) {
        let directory = FaultyDirectory::new(Arc::new(DiskDirectory::new(place)), steps);
        let input = fixture();
        let sstable = Sstable::open(input.file(Component::Data)).unwrap();
        let target = Target { version: input.version(), is_lossy: false };
        let options =
            RewriteOptions { target, marks_unrepaired: false, compression: None, index_block_bytes: None };
        let kept = keep(&[RewriteInput::of(&input, &sstable).unwrap()], &options).unwrap();
        let run = || {
            let ids = OutputIds::next_of(SstableIds::from(2));
            let shared = Arc::new(directory.clone());
            let mut outputs = Outputs::begin_in(shared, Operation::Compaction, target, ids, true)?;
            let cut = Cut::Shares { count: 2, total_bytes: sstable.data_length() };
            outputs.start(None, kept, sstable.partitioner()?, (cut, None))?;
            let mut cursor = sstable.scan(ScanOptions::default())?;
            outputs.write(&mut cursor, |cursor| cursor.partition_position())?;
            outputs.commit(|_| {})
        };
        (run(), directory.steps_left())
    }

    #[test]
    fn a_disk_that_is_full_at_any_byte_of_a_rewrite_leaves_all_outputs_or_none() {
        let root = tempfile::tempdir().unwrap();
        let all_steps = u64::MAX / 2;
        let (written, left) = split(root.path(), all_steps);
        assert_eq!(written.unwrap().len(), 2);
        let needed = all_steps - left;
        let spread = (0..needed).step_by(usize::try_from(needed / 60).unwrap().max(1));
        for steps in spread.chain(needed.saturating_sub(12)..needed) {
            let place = root.path().join(steps.to_string());
            fs::create_dir(&place).unwrap();
            let (done, _) = split(&place, steps);
            let found = find(std::slice::from_ref(&place), &FindOptions::default());
            let visible = found.map_or(0, |found| found.sstables().count());
            match done {
                Ok(_) => panic!("{steps} of {needed} steps were enough"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Output, "{steps} of {needed}: {error}"),
            }
            // Behind the record of the commit, all of them are there, whatever fails.
            assert!(visible == 0 || (visible == 2 && steps >= needed - 12), "{steps} of {needed}: {visible}");
        }
    }
}
