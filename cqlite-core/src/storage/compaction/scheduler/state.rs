//! What a scheduler knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_sstable::SstableId;

use super::super::{CompactionMemory, CompactionParameters, SstableSummary};
use super::job::Job;
use crate::storage::TableId;

/// A table waits at most so many times the first delay.
const MOST_DELAYS: u32 = 100;

/// What a scheduler knows, behind one lock.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Tables to be looked at, each once.
    pub(super) queued: VecDeque<TableId>,
    pub(super) running: BTreeMap<u64, Job>,
    pub(super) tables: BTreeMap<TableId, TableState>,
    pub(super) next_number: u64,
    pub(super) concurrency: usize,
    pub(super) is_paused: bool,
    pub(super) is_closed: bool,
    pub(super) next_check: Option<Instant>,
}

/// What is known of one table.
#[derive(Debug, Default)]
pub(super) struct TableState {
    pub(super) memory: CompactionMemory,
    pub(super) parameters: Option<Arc<CompactionParameters>>,
    pub(super) compacting: BTreeSet<SstableId>,
    pub(super) suspects: BTreeSet<SstableId>,
    /// Somebody makes a choice in it.
    pub(super) is_chosen_from: bool,
    /// Somebody wants that nobody else compacts anything in it.
    pub(super) is_stopped: bool,
    /// When it may be looked at again after a failure.
    pub(super) retry_at: Option<Instant>,
    failures: u32,
}

impl TableState {
    /// Adds what the scheduler knows of SSTables, and forgets those that are gone.
    pub(super) fn mark(&mut self, live: &mut [SstableSummary]) {
        self.suspects.retain(|suspect| live.iter().any(|one| one.id == *suspect));
        for sstable in live {
            sstable.is_compacting |= self.compacting.contains(&sstable.id);
            sstable.is_suspect |= self.suspects.contains(&sstable.id);
        }
    }

    /// What is remembered under other parameters is of no use.
    pub(super) fn follow(&mut self, parameters: &Arc<CompactionParameters>) {
        if self.parameters.as_ref().is_some_and(|known| known != parameters) {
            self.memory = CompactionMemory::default();
        }
        self.parameters = Some(Arc::clone(parameters));
    }

    /// A compaction has failed: the table waits.
    pub(super) fn delay(&mut self, now: Instant, delay: Duration) {
        let times = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX).min(MOST_DELAYS);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.checked_add(delay.saturating_mul(times));
    }

    /// A compaction has come to its end.
    pub(super) fn forgive(&mut self) {
        (self.failures, self.retry_at) = (0, None);
    }
}

impl State {
    pub(super) fn table(&mut self, table: TableId) -> &mut TableState {
        self.tables.entry(table).or_default()
    }

    /// Whether nothing may begin in a table by who has stopped it, or has not.
    pub(super) fn lets_none_begin(&self, table: TableId, has_stopped: bool) -> bool {
        self.is_closed || (!has_stopped && self.tables.get(&table).is_some_and(|state| state.is_stopped))
    }

    /// Puts a table behind all others that are to be looked at.
    pub(super) fn queue(&mut self, table: TableId) {
        if !self.queued.contains(&table) {
            self.queued.push_back(table);
        }
    }

    /// The next table that can be looked at; those that wait go back into the queue.
    pub(super) fn next_table(&mut self, now: Instant) -> Option<TableId> {
        if self.is_paused || self.running.len() >= self.concurrency {
            return None;
        }
        let can_be_chosen_from = |table: &TableId| {
            self.tables.get(table).is_none_or(|state| {
                let waits = state.retry_at.is_some_and(|at| at > now);
                !state.is_chosen_from && !state.is_stopped && !waits
            })
        };
        let at = self.queued.iter().position(can_be_chosen_from)?;
        let table = self.queued.remove(at)?;
        self.table(table).is_chosen_from = true;
        Some(table)
    }

    /// Whether nothing runs, and nothing is about to. What is paused goes on when somebody says so, and not by itself.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        if self.is_paused {
            return true;
        }
        let is_due = |table: &TableId| {
            self.tables
                .get(table)
                .is_none_or(|state| !state.is_stopped && state.retry_at.is_none_or(|at| at <= now))
        };
        self.running.is_empty()
            && self.tables.values().all(|state| !state.is_chosen_from)
            && (self.concurrency == 0 || !self.queued.iter().any(is_due))
    }

    /// When something is to be done though nobody says so.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let retries = self.queued.iter().filter_map(|table| self.tables.get(table)?.retry_at);
        retries.chain(self.next_check).min()
    }

    /// Takes in a job whose inputs are marked from now on.
    pub(super) fn begin(&mut self, job: &Job) {
        self.table(job.table).compacting.extend(job.choice.inputs.iter().cloned());
        self.running.insert(job.number, job.clone());
    }

    /// A job has ended. Its inputs are free again, unless they have to be left alone.
    pub(super) fn end(&mut self, job: &Job, frees_inputs: bool) {
        self.running.remove(&job.number);
        if frees_inputs {
            self.free(job);
        }
    }

    /// The inputs of a job are free again.
    pub(super) fn free(&mut self, job: &Job) {
        let compacting = &mut self.table(job.table).compacting;
        job.choice.inputs.iter().for_each(|input| {
            compacting.remove(input);
        });
    }

    /// How many bytes running compactions may still write.
    pub(super) fn wanted_bytes(&self) -> u64 {
        self.running.values().fold(0, |sum, job| {
            let left = job.wanted_bytes.saturating_sub(job.control.progress().written_bytes);
            sum.saturating_add(left)
        })
    }
}
