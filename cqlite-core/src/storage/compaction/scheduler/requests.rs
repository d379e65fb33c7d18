//! Compactions that somebody asks for.

use cqlite_sstable::{Error, Result, SstableId};

use super::super::{Choice, OverlappingTombstones};
use super::job::Job;
use super::{CompactionRequest, HostedTable, Scheduler};
use crate::storage::TableId;

impl Scheduler {
    /// Compacts what somebody asks for, on this thread, and gives what was made. A major compaction stops those that run
    /// in the table first; others go on beside what is asked for.
    ///
    /// # Errors
    /// If there is no such table, or it is being emptied, dropped or compacted as a whole; if an SSTable that is asked for is
    /// not there or is being compacted; if compactions are paused; and the first
    /// failure of a compaction. What was done before that stays done.
    pub fn compact(&self, table: TableId, request: &CompactionRequest) -> Result<Vec<SstableId>> {
        if self.shared.lock().is_paused {
            let told = "compactions are paused, and nothing that is asked for would come to its end";
            return Err(Error::invalid_input(told).advise("call `resume_compactions`, and ask again"));
        }
        match request {
            CompactionRequest::Major { splits } => {
                let stopped = self.stop_table(table);
                let hosted = self.hosted(table)?;
                let choices = hosted.parameters.major(&hosted.live, *splits, &self.context(&hosted));
                let jobs = self.mark_all(table, &hosted, choices, true)?;
                drop(stopped);
                self.run_all(&jobs)
            }
            CompactionRequest::UserDefined(ids) => {
                let hosted = self.hosted(table)?;
                let context = self.context(&hosted);
                let choices = hosted.parameters.user_defined(&hosted.live, ids, &context)?;
                let jobs = self.mark_all(table, &hosted, choices, false)?;
                self.run_all(&jobs)
            }
            CompactionRequest::GarbageCollection(garbage) => self.collect_garbage(table, *garbage),
        }
    }

    /// One after another, as they are when their turn comes: what others compact meanwhile is passed over.
    fn collect_garbage(&self, table: TableId, garbage: OverlappingTombstones) -> Result<Vec<SstableId>> {
        let hosted = self.hosted(table)?;
        let mut outputs = Vec::new();
        for choice in hosted.parameters.each_alone(&hosted.live) {
            let now = self.hosted(table)?;
            let is_free = |id: &SstableId| now.live.iter().any(|one| one.id == *id && !one.is_compacting);
            if !choice.inputs.iter().all(is_free) {
                continue;
            }
            // Somebody else may be faster.
            if let Some(job) = self.shared.mark(table, now, (choice, Some(garbage)), false)? {
                outputs.extend(self.shared.run(&job)?);
            }
        }
        Ok(outputs)
    }

    fn hosted(&self, table: TableId) -> Result<HostedTable> {
        let hosted = self.shared.host.table(table);
        let mut hosted = hosted.ok_or_else(|| Error::invalid_input(format!("there is no table {table}")))?;
        self.shared.lock().table(table).mark(&mut hosted.live);
        Ok(hosted)
    }

    fn context<'a>(&self, hosted: &'a HostedTable) -> super::super::Context<'a> {
        hosted.context(self.shared.host.now_millis(), 0)
    }

    /// Marks the inputs of all choices, or of none.
    fn mark_all(
        &self,
        table: TableId,
        hosted: &HostedTable,
        choices: Vec<Choice>,
        has_stopped: bool,
    ) -> Result<Vec<Job>> {
        let mut jobs: Vec<Job> = Vec::with_capacity(choices.len());
        for choice in choices {
            match self.shared.mark(table, hosted.clone(), (choice, None), has_stopped) {
                Ok(Some(job)) => jobs.push(job),
                outcome => {
                    self.give_up(&jobs);
                    return Err(outcome.err().unwrap_or_else(is_taken));
                }
            }
        }
        Ok(jobs)
    }

    fn run_all(&self, jobs: &[Job]) -> Result<Vec<SstableId>> {
        let mut outputs = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            match self.shared.run(job) {
                Ok(made) => outputs.extend(made),
                Err(error) => {
                    self.give_up(jobs.get(at.saturating_add(1)..).unwrap_or_default());
                    return Err(error);
                }
            }
        }
        Ok(outputs)
    }

    fn give_up(&self, jobs: &[Job]) {
        let mut state = self.shared.lock();
        jobs.iter().for_each(|job| state.end(job, true));
    }
}

fn is_taken() -> Error {
    let told = "an SSTable that is asked for is being compacted already, or its table emptied or dropped";
    Error::invalid_input(told).advise("try again when that has ended")
}
