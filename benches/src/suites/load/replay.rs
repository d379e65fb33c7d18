//! A commit log that is replayed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cqlite_core::storage::store::{Event, EventListener};
use cqlite_tests::performance::{EventKind, PerformanceTargets, Unit};

use crate::load::{CqliteEngine, Engine as _, Operation, RecordShape, Result};
use crate::suite::{Stage, steps_of};
use crate::suites::ground::{engine_with, fill};

const WRITTEN: &str = "all is in the log";
/// Room for the log and for memtables, so that nothing is flushed before the process is killed.
const ROOM_BYTES: u64 = 8 << 30;

/// A log of a million puts.
///
/// # Errors
/// If it cannot be written or replayed.
pub fn million(stage: &Stage) -> Result<()> {
    let puts = stage.scale().of(2_000, 1_000_000, 1_000_000);
    run(stage, PerformanceTargets::RECOVERY_1M, puts)
}

/// A log of ten million puts.
///
/// # Errors
/// If it cannot be written or replayed.
pub fn ten_million(stage: &Stage) -> Result<()> {
    let puts = stage.scale().of(5_000, 10_000_000, 10_000_000);
    run(stage, PerformanceTargets::RECOVERY_10M, puts)
}

fn run(stage: &Stage, figure: &str, puts: u64) -> Result<()> {
    if stage.role().is_some() {
        return write(stage, &stage.empty("data")?, puts);
    }
    for round in 0..stage.rounds().min(3) {
        stage.tell(format!("the log is written, round {}", round + 1));
        killed(stage)?;
        stage.tell(format!("the log is replayed, round {}", round + 1));
        let data = stage.directory().join("data");
        let progress = Arc::new(Progress(AtomicU64::new(0)));
        let begun = Instant::now();
        let db = stage.database(&data)?.listener(Arc::<Progress>::clone(&progress)).open()?;
        let engine = CqliteEngine::new(db, RecordShape::SMALL)?;
        let mut client = engine.client()?;
        // Until the first answer.
        let found = client.carry_out(&Operation::Read(puts - 1))?;
        let ended = Instant::now();
        stage.monitor().record_event_between(EventKind::Recovery, begun, ended);
        stage.monitor().record_metric(figure, Unit::Seconds, (ended - begun).as_secs_f64());
        let told = progress.0.load(Ordering::Relaxed);
        stage.monitor().record_metric(&format!("{figure}.progress"), Unit::Count, told as f64);
        if told == 0 {
            return Err("no progress was told of".into());
        }
        let missing =
            (0..puts).step_by(1_009).filter_map(|number| match client.carry_out(&Operation::Read(number)) {
                Ok(1) => None,
                found => Some((number, found)),
            });
        if let Some((number, found)) = missing.take(1).next() {
            return Err(format!("put {number} is not there after the replay: {found:?}").into());
        }
        if found != 1 {
            return Err("the last put is not there after the replay".into());
        }
        drop(client);
        drop(engine);
    }
    Ok(())
}

/// Has a process write the log, and kills it, so that nothing is put in order.
fn killed(stage: &Stage) -> Result<()> {
    let mut victim = stage.start("writer")?;
    let mut is_written = false;
    for step in steps_of(&mut victim)? {
        if step? == WRITTEN {
            is_written = true;
            break;
        }
    }
    stage.monitor().record_event(EventKind::Kill, Instant::now());
    victim.kill()?;
    victim.wait()?;
    match is_written {
        true => Ok(()),
        false => Err("the process that writes the log ended before it was done".into()),
    }
}

fn write(stage: &Stage, data: &Path, puts: u64) -> Result<()> {
    let engine = engine_with(stage, data, RecordShape::SMALL, "", |builder| {
        builder.memtable_memory(ROOM_BYTES as usize).commit_log_size(ROOM_BYTES)
    })?;
    fill(stage, &engine, puts)?;
    let db = engine.database();
    if !db.view().table(db.table("load", "records")?.id())?.sstables().is_empty() {
        return Err("something was flushed: the log does not have all".into());
    }
    stage.tell(WRITTEN);
    loop {
        std::thread::park();
    }
}

/// Counts how often progress is told of.
#[derive(Debug)]
struct Progress(AtomicU64);

impl EventListener for Progress {
    fn tell(&self, event: &Event) {
        if matches!(event, Event::Replaying(_)) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
