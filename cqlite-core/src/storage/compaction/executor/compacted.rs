//! What a compaction has made, before and after it takes the place of its inputs.

use std::sync::Arc;

use cqlite_sstable::component::Component;
use cqlite_sstable::merge::PurgeReport;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::set::{Change, Plan};
use cqlite_sstable::writer::{CommitFailure, Committed, Transaction, Written};
use cqlite_sstable::{Descriptor, Result, SstableId};

use super::LiveSstable;
use crate::storage::fs::{FileSystem, FsDirectory, FsFiles};

/// Complete outputs that are not yet part of the table. Dropped, they are removed, and the inputs stay.
#[derive(Debug)]
pub struct CompactedOutputs {
    files: Arc<dyn FileSystem>,
    inputs: Vec<Arc<LiveSstable>>,
    expired: Vec<SstableId>,
    outputs: Vec<Arc<LiveSstable>>,
    purge: PurgeReport,
    step: Step,
}

/// What is left to do.
#[derive(Debug)]
enum Step {
    /// The outputs take the place of the inputs.
    Replace(Transaction),
    /// The one input gets another level.
    Level(Plan),
}

impl CompactedOutputs {
    pub(super) fn of_outputs(
        files: Arc<dyn FileSystem>,
        transaction: Transaction,
        (inputs, expired): (Vec<Arc<LiveSstable>>, Vec<SstableId>),
        outputs: Vec<Arc<LiveSstable>>,
        purge: PurgeReport,
    ) -> Self {
        Self { files, inputs, expired, outputs, purge, step: Step::Replace(transaction) }
    }

    /// Works out another level for an SSTable that is not written anew.
    pub(super) fn of_level(files: Arc<dyn FileSystem>, input: Arc<LiveSstable>, level: u8) -> Result<Self> {
        let descriptor = input.descriptor();
        let directory = FsDirectory::new(Arc::clone(&files), descriptor.directory());
        let name = format!("{}-{}", descriptor.stem(), Component::Statistics);
        let change = Change { level: Some(i32::from(level)), repair: None };
        let plan = Plan::new(&directory, &name, descriptor.version(), &change)?;
        let (expired, outputs, purge) = (Vec::new(), Vec::new(), PurgeReport::default());
        Ok(Self { files, inputs: vec![input], expired, outputs, purge, step: Step::Level(plan) })
    }

    /// Opens what was written: what cannot be read is not put in the place of anything.
    pub(super) fn open(files: &Arc<dyn FileSystem>, written: &[Written]) -> Result<Vec<Arc<LiveSstable>>> {
        let open = |one: &Written| {
            let descriptor = Descriptor::new(&one.directory, one.version, one.id.clone());
            LiveSstable::open(files, descriptor).map(Arc::new)
        };
        written.iter().map(open).collect()
    }

    /// What the outputs take the place of.
    pub fn inputs(&self) -> &[Arc<LiveSstable>] {
        &self.inputs
    }

    /// Those of the inputs that were dropped without being read.
    pub fn expired(&self) -> &[SstableId] {
        &self.expired
    }

    /// The outputs, open; none where nothing is left of the inputs, and before the commit of another level.
    pub fn outputs(&self) -> &[Arc<LiveSstable>] {
        &self.outputs
    }

    /// Whether nothing takes the place of the inputs: nothing tells any more then which stretches of the commit log they had.
    pub fn leaves_nothing(&self) -> bool {
        matches!(self.step, Step::Replace(_)) && self.outputs.is_empty()
    }

    /// Which tombstones went, and which stayed and why.
    pub fn purge(&self) -> &PurgeReport {
        &self.purge
    }

    /// Makes the outputs part of the table, and the inputs not, on disk: the point of no return. The inputs' files stay
    /// for those who read them, until [`Replaced::delete`].
    ///
    /// # Errors
    /// [`CommitFailure::Undone`] if nothing has changed and the outputs are removed. After
    /// [`CommitFailure::Undecided`] the inputs stay in the view, and must not be compacted until the table is opened
    /// again: nobody knows which of both a power cut leaves, and as long as the inputs are there for all that is purged
    /// elsewhere, either is right.
    pub fn commit(self) -> Result<Replaced, CommitFailure> {
        let Self { files, inputs, mut outputs, step, .. } = self;
        let committed = match step {
            Step::Replace(mut transaction) => {
                for input in &inputs {
                    let obsolete = FsFiles::new(Arc::clone(&files), input.descriptor().clone()).obsolete();
                    let removed = obsolete.and_then(|obsolete| transaction.remove(obsolete));
                    removed.map_err(CommitFailure::Undone)?;
                }
                Some(transaction.commit()?)
            }
            Step::Level(plan) => {
                outputs = change_level(&files, &plan, &inputs).map_err(CommitFailure::Undone)?;
                None
            }
        };
        Ok(Replaced { inputs: inputs.iter().map(|input| input.id().clone()).collect(), outputs, committed })
    }

    /// Removes the outputs; the inputs stay as they are.
    ///
    /// # Errors
    /// If a file cannot be removed: the log stays, and hides what is left.
    pub fn discard(self) -> Result<()> {
        match self.step {
            Step::Replace(transaction) => transaction.abort(),
            Step::Level(_) => Ok(()),
        }
    }
}

/// The input, open, with its new level.
fn change_level(
    files: &Arc<dyn FileSystem>,
    plan: &Plan,
    inputs: &[Arc<LiveSstable>],
) -> Result<Vec<Arc<LiveSstable>>> {
    let change = |input: &Arc<LiveSstable>| {
        let descriptor = input.descriptor().clone();
        plan.carry_out(&FsDirectory::new(Arc::clone(files), descriptor.directory()))?;
        let opened = FsFiles::new(Arc::clone(files), descriptor.clone());
        let sstable = Sstable::open_files(Box::new(opened), descriptor.version())?;
        LiveSstable::of(files, descriptor, Arc::new(sstable)).map(Arc::new)
    };
    inputs.iter().map(change).collect()
}

/// Outputs that are part of the table in place of the inputs.
#[derive(Debug)]
#[must_use = "the inputs stay on disk until they are deleted"]
pub struct Replaced {
    inputs: Vec<SstableId>,
    outputs: Vec<Arc<LiveSstable>>,
    committed: Option<Committed>,
}

impl Replaced {
    /// What is no longer part of the table; the one SSTable that has another level now has the same id.
    pub fn inputs(&self) -> &[SstableId] {
        &self.inputs
    }

    /// What is part of the table instead.
    pub fn outputs(&self) -> &[Arc<LiveSstable>] {
        &self.outputs
    }

    /// Takes out what is part of the table instead: who reads the inputs still is not to keep the outputs' files as well when
    /// they are replaced in their turn.
    pub fn take_outputs(&mut self) -> Vec<Arc<LiveSstable>> {
        std::mem::take(&mut self.outputs)
    }

    /// Removes the inputs' files, once nobody reads them any more, and then the transaction's log.
    ///
    /// # Errors
    /// If a file cannot be removed. Nothing is lost: the log stays and says the same, and what is left is removed when
    /// the table is opened the next time.
    pub fn delete(self) -> Result<()> {
        self.committed.map_or(Ok(()), Committed::finish)
    }
}
