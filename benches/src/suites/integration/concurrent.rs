//! Readers beside writers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Session, Statement, StatementBatch};
use cqlite_tests::performance::{Bound, Target, Unit};

use crate::load::Result;
use crate::suite::Stage;

/// Reads that saw a part of a batch, or something older than a read before.
const TORN: &str = "integration.concurrent.torn_reads";

const WRITERS: i32 = 2;
const READERS: usize = 4;

/// Rows that each batch writes, all with the number of the batch.
const ROWS: i32 = 20;

/// That no read sees a part of a batch.
pub(super) fn torn_target() -> Target {
    let what = "reads that saw a part of a batch, or went back in time";
    Target::new(TORN, what, Unit::Count, Bound::AtMost(0.0))
}

/// What goes on at the same time.
struct Going<'d> {
    db: &'d Database,
    is_over: AtomicBool,
    batches: AtomicU64,
    counted: AtomicU64,
    reads: AtomicU64,
    torn: AtomicU64,
}

/// Writers write whole partitions in batches, and count; readers look whether they see all of a batch or nothing of it, and counts that
/// only grow. Memtables are flushed all the time.
///
/// # Errors
/// If a read or a write fails, or the counts are not what was counted.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let time = Duration::from_millis(stage.scale().of(200, 1_000, 6_000));
    let db = stage.database(&stage.empty("data")?)?.auto_snapshot(false).open()?;
    for statement in [
        "CREATE KEYSPACE both WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE both.rows (pk int, ck int, number bigint, PRIMARY KEY (pk, ck))",
        "CREATE TABLE both.counts (pk int PRIMARY KEY, count counter)",
    ] {
        db.execute(statement, ())?;
    }
    let (mut torn, mut first_batch, mut counted) = (0, 0, 0);
    for round in 0..stage.rounds() {
        stage.tell(format!("{WRITERS} writers and {READERS} readers, round {}", round + 1));
        let going = Going {
            db: &db,
            is_over: AtomicBool::new(false),
            batches: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            torn: AtomicU64::new(0),
        };
        let begun = Instant::now();
        going.all(time, first_batch)?;
        let seconds = begun.elapsed().as_secs_f64();
        first_batch += 1 << 40;
        torn += going.torn.load(Ordering::Relaxed);
        counted += going.counted.load(Ordering::Relaxed);
        let tell = |what: &str, count: &AtomicU64| {
            let rate = count.load(Ordering::Relaxed) as f64 / seconds;
            stage.monitor().record_metric(&format!("concurrent.{what}"), Unit::PerSecond, rate);
        };
        tell("batches", &going.batches);
        tell("counts", &going.counted);
        tell("reads", &going.reads);
    }
    stage.monitor().record_metric(TORN, Unit::Count, torn as f64);
    let rows = db.execute("SELECT sum(count) FROM both.counts", ())?.rows().ok_or("a SELECT has rows")?;
    let sum = rows.row(0).map(|row| row.get::<i64>(0)).transpose()?.unwrap_or_default();
    if sum.unsigned_abs() != counted {
        return Err(format!("{counted} was counted, and {sum} is told").into());
    }
    Ok(db.close()?)
}

impl Going<'_> {
    fn all(&self, time: Duration, first_batch: i64) -> Result<()> {
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for writer in 0..WRITERS {
                threads.push(scope.spawn(move || self.until_failed(|| self.write(writer, first_batch))));
                threads.push(scope.spawn(move || self.until_failed(|| self.count(writer))));
            }
            for _reader in 0..READERS {
                threads.push(scope.spawn(|| self.until_failed(|| self.read())));
            }
            threads.push(scope.spawn(|| self.until_failed(|| self.flush())));
            thread::sleep(time);
            self.is_over.store(true, Ordering::Relaxed);
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
        })
    }

    /// If one fails, all end.
    fn until_failed(&self, act: impl FnOnce() -> Result<()>) -> Result<()> {
        act().inspect_err(|_| self.is_over.store(true, Ordering::Relaxed))
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn write(&self, partition: i32, first: i64) -> Result<()> {
        let mut session = self.db.session();
        let insert = session.prepare("INSERT INTO both.rows (pk, ck, number) VALUES (?, ?, ?)")?;
        let mut batch = StatementBatch::unlogged();
        for number in first.. {
            if !self.goes_on() {
                break;
            }
            batch.clear();
            for row in 0..ROWS {
                batch.push(&insert, (partition, row, number))?;
            }
            session.execute_batch(&batch)?;
            self.batches.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn count(&self, partition: i32) -> Result<()> {
        let mut session = self.db.session();
        let update = session.prepare("UPDATE both.counts SET count = count + 1 WHERE pk = ?")?;
        while self.goes_on() {
            session.execute_prepared(&update, (partition,), ExecuteOptions::default())?;
            self.counted.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        let tables = [self.db.table("both", "rows")?.id(), self.db.table("both", "counts")?.id()];
        while self.goes_on() {
            tables.into_iter().try_for_each(|table| self.db.flush(table))?;
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn read(&self) -> Result<()> {
        let mut session = self.db.session();
        let rows = session.prepare("SELECT number FROM both.rows WHERE pk = ?")?;
        let counts = session.prepare("SELECT count FROM both.counts WHERE pk = ?")?;
        let mut newest = [(-1, -1); WRITERS as usize];
        while self.goes_on() {
            for (partition, newest) in (0..).zip(&mut newest) {
                let numbers = numbers(&mut session, &rows, partition)?;
                let first = numbers.first().copied();
                let is_whole = numbers.is_empty() || numbers.len() == ROWS as usize;
                let is_one = numbers.iter().all(|number| Some(*number) == first);
                let count = count_of(&mut session, &counts, partition)?;
                let is_back = first.is_some_and(|first| first < newest.0) || count < newest.1;
                if !is_whole || !is_one || is_back {
                    self.torn.fetch_add(1, Ordering::Relaxed);
                }
                *newest = (first.unwrap_or(newest.0), count);
                self.reads.fetch_add(2, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

fn count_of(session: &mut Session<'_>, select: &Statement, partition: i32) -> Result<i64> {
    Ok(numbers(session, select, partition)?.first().copied().unwrap_or(-1))
}

fn numbers(session: &mut Session<'_>, select: &Statement, partition: i32) -> Result<Vec<i64>> {
    let answer = session.execute_prepared(select, (partition,), ExecuteOptions::default())?;
    let rows = answer.rows().ok_or("a SELECT is answered with rows")?;
    Ok(rows.rows().map(|row| row.get(0)).collect::<std::result::Result<_, _>>()?)
}
