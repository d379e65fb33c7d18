//! The threads that compact.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use cqlite_sstable::writer::CommitFailure;
use cqlite_sstable::{Error, Result, SstableId};

use super::super::executor::{CompactionControl, FailedCompaction, fit_into_room};
use super::super::{Choice, OverlappingTombstones, Pending};
use super::job::Job;
use super::state::State;
use super::{
    CompactionEvent, CompactionHost, HostedTable, RunningCompaction, SchedulerOptions, StoppedTable,
};
use crate::storage::TableId;

/// How much less of the processors a compaction gets than reads, writes and flushes, where there are not enough of them: about a
/// tenth. Cassandra, too, gives its compactions the least priority.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets the threads of reads, writes and flushes go first. Threads that this one starts do the same.
fn give_way() {
    // It is a thread's own on Linux alone; elsewhere it would be that of the process. Refused, compactions take what they get.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}

/// Runs compactions of all tables of a host. Dropped, it stops them and waits for their threads.
pub struct Scheduler {
    pub(super) shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the threads have in common.
pub(super) struct Shared {
    pub(super) host: Arc<dyn CompactionHost>,
    pub(super) options: SchedulerOptions,
    state: Mutex<State>,
    changed: Condvar,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("state", &*self.shared.lock()).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// Starts the threads. All tables are looked at first.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(host: Arc<dyn CompactionHost>, options: SchedulerOptions) -> Result<Self> {
        let concurrency = options.concurrency;
        let (state, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { host, options, state, changed });
        let scheduler = Self { shared, threads: Mutex::default() };
        scheduler.set_concurrency(concurrency)?;
        scheduler.check_all();
        Ok(scheduler)
    }

    /// Changes how many run at a time. With 0 none is begun any more; those that run go on.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn set_concurrency(&self, concurrency: usize) -> Result<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        while threads.len() < concurrency {
            let shared = Arc::clone(&self.shared);
            let named = thread::Builder::new().name(format!("compaction-{}", threads.len()));
            let thread = named.spawn(move || {
                give_way();
                shared.work();
            });
            threads.push(thread.map_err(|error| {
                Error::new(
                    cqlite_sstable::ErrorKind::Io,
                    format!("no thread can be started for compactions: {error}"),
                )
            })?);
        }
        self.shared.lock().concurrency = concurrency;
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Changes how fast all compactions together read; none for no limit.
    pub fn set_throughput(&self, bytes_per_second: Option<u64>) {
        self.shared.options.throttle.set_bytes_per_second(bytes_per_second);
    }

    /// How fast all compactions together may read.
    pub fn throughput(&self) -> Option<u64> {
        self.shared.options.throttle.bytes_per_second()
    }

    /// A table has other SSTables than before: something may be due in it.
    pub fn notify(&self, table: TableId) {
        self.shared.lock().queue(table);
        self.shared.changed.notify_one();
    }

    /// Looks at all tables, as it does by itself once in a while.
    pub fn check_all(&self) {
        self.shared.check_all();
    }

    /// Lets all compactions wait where they are, and begins no others, or goes on.
    pub fn set_paused(&self, is_paused: bool) {
        let mut state = self.shared.lock();
        state.is_paused = is_paused;
        state.running.values().for_each(|job| job.control.set_paused(is_paused));
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Stops the compactions that run now. What they have written is removed, and the same may be chosen again.
    pub fn cancel_running(&self) {
        self.shared.lock().running.values().for_each(|job| job.control.cancel());
    }

    /// Forgets that compactions have failed: tables that wait, and SSTables that are left out, are tried again.
    pub fn retry(&self) {
        let mut state = self.shared.lock();
        for table in state.tables.values_mut() {
            table.forgive();
            table.suspects.clear();
        }
        drop(state);
        self.check_all();
    }

    /// Leaves an SSTable out of all choices, as it was found damaged.
    pub fn suspect(&self, table: TableId, sstable: SstableId) {
        self.shared.lock().table(table).suspects.insert(sstable);
    }

    /// Stops the compactions of a table, waits for their end, and lets none begin as long as the result is held.
    pub fn stop_table(&self, table: TableId) -> StoppedTable<'_> {
        let mut state = self.shared.lock();
        // One at a time: who has stopped it may compact it as a whole.
        while state.table(table).is_stopped {
            state = self.shared.wait(state);
        }
        state.table(table).is_stopped = true;
        loop {
            let of_table = state.running.values().filter(|job| job.table == table);
            let runs = of_table.map(|job| job.control.cancel()).count() > 0;
            if !runs && !state.table(table).is_chosen_from {
                return StoppedTable { scheduler: self, table };
            }
            state = self.shared.wait(state);
        }
    }

    pub(super) fn go_on(&self, table: TableId) {
        let mut state = self.shared.lock();
        state.table(table).is_stopped = false;
        state.queue(table);
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Forgets all about a table that was dropped.
    pub fn forget_table(&self, table: TableId) {
        let mut state = self.shared.lock();
        state.queued.retain(|queued| *queued != table);
        let is_free = |state: &State| state.running.values().all(|job| job.table != table);
        if is_free(&state) {
            state.tables.remove(&table);
        }
    }

    /// The compactions that run.
    pub fn running(&self) -> Vec<RunningCompaction> {
        self.shared.lock().running.values().map(Job::running).collect()
    }

    /// Waits until nothing runs and nothing is due. Tables that wait after a failure count as done; so does all that is
    /// paused, begun or not.
    pub fn wait_idle(&self) {
        let mut state = self.shared.lock();
        while !state.is_idle(Instant::now()) && !state.is_closed {
            state = self.shared.wait(state);
        }
    }

    /// How much there is to compact until nothing is due, about: the debt that slows writers down.
    pub fn pending(&self) -> Pending {
        let host = &self.shared.host;
        let of_table = |table| {
            let mut hosted = host.table(table)?;
            let mut state = self.shared.lock();
            let known = state.table(table);
            known.mark(&mut hosted.live);
            let mut memory = known.memory.clone();
            drop(state);
            let context = hosted.context(host.now_millis(), 0);
            Some(hosted.parameters.pending(&hosted.live, &mut memory, &context))
        };
        host.tables().into_iter().filter_map(of_table).sum()
    }

    /// Stops all that runs, and waits for the threads. Nothing is begun any more.
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.running.values().for_each(|job| job.control.cancel());
        drop(state);
        self.shared.changed.notify_all();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let is_other = |handle: &JoinHandle<()>| handle.thread().id() != thread::current().id();
        for thread in threads.into_iter().filter(is_other) {
            // One that panicked has told so.
            let _ = thread.join();
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn check_all(&self) {
        let tables = self.host.tables();
        let mut state = self.lock();
        tables.into_iter().for_each(|table| state.queue(table));
        state.next_check = Instant::now().checked_add(self.options.check_interval);
        drop(state);
        self.changed.notify_all();
    }

    /// What a thread does until the scheduler is closed.
    fn work(&self) {
        while let Some(table) = self.next_table() {
            if let Some(job) = self.choose(table) {
                let _ = self.run(&job);
            }
        }
    }

    /// Waits for a table that is to be looked at; none when the scheduler is closed.
    fn next_table(&self) -> Option<TableId> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            let now = Instant::now();
            if state.next_check.is_some_and(|at| at <= now) {
                drop(state);
                self.check_all();
                state = self.lock();
                continue;
            }
            if let Some(table) = state.next_table(now) {
                return Some(table);
            }
            state = match state.next_wake().map(|at| at.saturating_duration_since(now)) {
                Some(time) => {
                    self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wait(state),
            };
        }
    }

    /// Looks for what is due in a table, and marks it.
    fn choose(&self, table: TableId) -> Option<Job> {
        let hosted = self.host.table(table);
        let mut state = self.lock();
        let Some(mut hosted) = hosted else {
            state.tables.remove(&table);
            drop(state);
            self.changed.notify_all();
            return None;
        };
        let random = spread(state.next_number);
        let known = state.table(table);
        known.mark(&mut hosted.live);
        known.follow(&hosted.parameters);
        let mut memory = std::mem::take(&mut known.memory);
        drop(state);
        let context = hosted.context(self.host.now_millis(), random);
        let choice = hosted.parameters.choose(&hosted.live, &mut memory, &context);
        let mut state = self.lock();
        let known = state.table(table);
        known.memory = memory;
        let is_stopped = state.lets_none_begin(table, false);
        drop(state);
        let job = match choice.filter(|_| !is_stopped) {
            Some(choice) => self.mark(table, hosted, (choice, None), false).unwrap_or_else(|error| {
                self.failed(table, &error, &[], true);
                None
            }),
            None => None,
        };
        let mut state = self.lock();
        state.table(table).is_chosen_from = false;
        if job.is_some() {
            // There may be more to do in it beside this.
            state.queue(table);
        }
        drop(state);
        self.changed.notify_all();
        job
    }

    /// Marks the inputs of a choice, as far as there is room for what becomes of them. None if one of them was taken or
    /// replaced meanwhile, or somebody else has stopped the table.
    ///
    /// # Errors
    /// If there is no room.
    pub(super) fn mark(
        &self,
        table: TableId,
        hosted: HostedTable,
        (mut choice, garbage): (Choice, Option<OverlappingTombstones>),
        has_stopped: bool,
    ) -> Result<Option<Job>> {
        let free = self.host.free_bytes();
        let mut state = self.lock();
        let free = free.map(|free| free.saturating_sub(state.wanted_bytes()));
        let (_, wanted_bytes) = fit_into_room(&mut choice, &hosted.live, free)?;
        // Who stopped the table or closes the scheduler waits for what runs, and goes on where nothing does.
        let is_stopped = state.lets_none_begin(table, has_stopped);
        let known = state.table(table);
        if is_stopped || choice.inputs.iter().any(|input| known.compacting.contains(input)) {
            return Ok(None);
        }
        let control = CompactionControl::new(Arc::clone(&self.options.throttle));
        control.set_paused(state.is_paused);
        let number = state.next_number;
        state.next_number = number.saturating_add(1);
        let job = Job { number, table, choice, live: hosted.live, garbage, control, wanted_bytes };
        state.begin(&job);
        drop(state);
        // What is marked stays, but it was looked at before.
        let now = self.host.table(table);
        let is_there =
            |input: &SstableId| now.as_ref().is_some_and(|now| now.live.iter().any(|one| one.id == *input));
        if job.choice.inputs.iter().all(is_there) {
            return Ok(Some(job));
        }
        self.lock().end(&job, true);
        self.changed.notify_all();
        Ok(None)
    }

    /// Runs a job to its end, whatever that is.
    ///
    /// # Errors
    /// What it has failed with.
    pub(super) fn run(&self, job: &Job) -> Result<Vec<SstableId>> {
        self.host.tell(CompactionEvent::Started { table: job.table, choice: &job.choice });
        let started = self.host.start(job.table, &job.choice, job.garbage);
        let written = match started {
            Ok(task) => task.run(&job.control),
            Err(error) => Err(FailedCompaction { error, is_cancelled: false, suspects: Vec::new() }),
        };
        let outputs = match written {
            Ok(outputs) => outputs,
            Err(failed) => return Err(self.without_outputs(job, failed)),
        };
        match self.host.install(job.table, outputs) {
            Ok(outputs) => {
                let (table, choice) = (job.table, &job.choice);
                let ids: Vec<SstableId> = outputs.iter().map(|one| one.id.clone()).collect();
                self.host.tell(CompactionEvent::Completed { table, choice, outputs: &ids });
                let mut state = self.lock();
                let known = state.table(table);
                known.memory.compacted(choice, &job.live, &outputs);
                known.forgive();
                state.end(job, true);
                state.queue(table);
                drop(state);
                self.changed.notify_all();
                Ok(ids)
            }
            Err(failure) => {
                let is_undone = matches!(failure, CommitFailure::Undone(_));
                let error = failure.into_error();
                self.failed(job.table, &error, &[], true);
                // Where nobody knows which of both a power cut leaves, the inputs are not touched any more.
                self.lock().end(job, is_undone);
                self.changed.notify_all();
                Err(error)
            }
        }
    }

    fn without_outputs(&self, job: &Job, failed: FailedCompaction) -> Error {
        let FailedCompaction { error, is_cancelled, suspects } = failed;
        if is_cancelled {
            self.host.tell(CompactionEvent::Cancelled { table: job.table });
        } else {
            // Without what is damaged, there may be something else to do at once.
            self.failed(job.table, &error, &suspects, suspects.is_empty());
        }
        let mut state = self.lock();
        state.end(job, true);
        state.queue(job.table);
        drop(state);
        self.changed.notify_all();
        error
    }

    fn failed(&self, table: TableId, error: &Error, suspects: &[SstableId], waits: bool) {
        self.host.tell(CompactionEvent::Failed { table, error, suspects });
        let mut state = self.lock();
        let known = state.table(table);
        known.suspects.extend(suspects.iter().cloned());
        if waits {
            known.delay(Instant::now(), self.options.retry_delay);
        }
        state.queue(table);
        drop(state);
        self.changed.notify_all();
    }
}

/// Numbers that follow each other become ones that do not (SplitMix64).
fn spread(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
