//! A process that is killed while clients write.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{Bound, EventKind, Target, Unit};

use super::acknowledged::Acknowledged;
use super::engine;
use crate::load::{CqliteEngine, Engine as _, Operation, Result};
use crate::suite::{Stage, steps_of};

const WRITERS: usize = 16;
/// Records of one writer have numbers apart from those of the others.
const APART: u64 = 1 << 40;
const LOST: &str = "failure.lost_writes";
/// So often the victim tells what was acknowledged.
const EVERY: Duration = Duration::from_millis(5);

/// Nothing is lost.
pub fn targets() -> Vec<Target> {
    let what = "acknowledged writes that are lost when the process is killed";
    vec![Target::new(LOST, what, Unit::Count, Bound::AtMost(0.0))]
}

/// Has a process write, kills it, and opens what it left: again and again on the same data.
///
/// # Errors
/// If the process cannot be started, or what it left cannot be opened.
pub fn run(stage: &Stage) -> Result<()> {
    let data = stage.directory().join("data");
    if stage.role().is_some() {
        return write(stage, &data);
    }
    for round in 0..stage.rounds() {
        stage.tell(format!("clients write, round {}", round + 1));
        let acknowledged = killed(stage)?;
        stage.tell(format!("what is left is opened, round {}", round + 1));
        let begun = Instant::now();
        let engine = engine(stage, &data)?;
        // Until the first answer.
        let mut client = engine.client()?;
        client.carry_out(&Operation::Read(0))?;
        stage.monitor().record_metric("failure.recovery", Unit::Seconds, begun.elapsed().as_secs_f64());
        let records: u64 = acknowledged.iter().sum();
        stage.monitor().record_metric("failure.acknowledged", Unit::Count, records as f64);
        let mut lost = 0_u64;
        for (writer, count) in acknowledged.iter().enumerate() {
            for number in 0..*count {
                lost += 1 - client.carry_out(&Operation::Read(writer as u64 * APART + number))?.min(1);
            }
        }
        stage.monitor().record_metric(LOST, Unit::Count, lost as f64);
        drop(client);
        engine.close()?;
    }
    Ok(())
}

/// Kills a process in the middle of its writes: what was acknowledged to each writer by then, and maybe more.
fn killed(stage: &Stage) -> Result<Vec<u64>> {
    let mut victim = stage.start("victim")?;
    let time = Duration::from_millis(stage.scale().of(200, 500, 5_000));
    let begun = Instant::now();
    let mut acknowledged = None;
    for step in steps_of(&mut victim)? {
        acknowledged = Acknowledged::parse(&step?).or(acknowledged);
        let is_writing = acknowledged.as_ref().is_some_and(|counts| counts.iter().sum::<u64>() > 0);
        if is_writing && begun.elapsed() >= time {
            break;
        }
    }
    stage.monitor().record_event(EventKind::Kill, Instant::now());
    victim.kill()?;
    victim.wait()?;
    acknowledged.ok_or_else(|| "the process that was to be killed ended before it wrote anything".into())
}

/// Writes until it is killed.
fn write(stage: &Stage, data: &Path) -> Result<()> {
    let engine: CqliteEngine = engine(stage, data)?;
    let acknowledged = Acknowledged::new(WRITERS);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (engine, acknowledged) = (&engine, &acknowledged);
            scope.spawn(move || -> Result<()> {
                let mut client = engine.client()?;
                for number in 0.. {
                    client.carry_out(&Operation::Insert(writer as u64 * APART + number))?;
                    acknowledged.add(writer);
                }
                Ok(())
            });
        }
        loop {
            thread::sleep(EVERY);
            stage.tell(acknowledged.text());
        }
    })
}
