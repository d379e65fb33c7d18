//! Clients that ask an engine for a while.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{
    ArrivalSchedule, BatchFigures, BatchPerformanceMeasurer, LatencyRecorder, PerformanceMonitor,
};

use super::asker::{Asked, Asker};
use super::{Engine, OperationKind, Result};

/// How clients decide when to ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each asks again as soon as it is answered (a closed loop). A pause of the engine keeps clients from asking, so that latencies say less
    /// than a user sees.
    Closed,
    /// All together ask so often a second, whether they were answered or not (an open loop). Latencies count from when an operation
    /// was due.
    Open(f64),
}

/// When clients stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After so long.
    Elapsed(Duration),
    /// When so many operations were carried out.
    Operations(u64),
}

/// A load: clients, when they ask, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'a> {
    /// What operations are called in the monitor: `NAME.read` and so on.
    pub name: &'a str,
    /// How many clients there are, each a thread.
    pub clients: u64,
    /// When they ask.
    pub pace: Pace,
    /// When they stop.
    pub until: Until,
    /// The choices of the clients.
    pub seed: u64,
}

/// What a load came to.
#[derive(Debug)]
pub struct Driven {
    /// All operations.
    pub all: BatchFigures,
    /// Each kind of them.
    pub kinds: BTreeMap<OperationKind, BatchFigures>,
    /// Records that were written or found.
    pub records: u64,
}

impl Driven {
    /// Records a second.
    pub fn records_per_second(&self) -> f64 {
        self.records as f64 / self.all.elapsed.as_secs_f64()
    }
}

impl Drive<'_> {
    /// Has the clients ask, and waits for them. The monitor is told of each operation while they do.
    ///
    /// # Errors
    /// The first that a client meets; the others stop then.
    pub fn run(&self, engine: &dyn Engine, asked: &Asked, monitor: &PerformanceMonitor) -> Result<Driven> {
        let barrier = Barrier::new(usize::try_from(self.clients)?.saturating_add(1));
        let ended = thread::scope(|scope| {
            let clients: Vec<_> = (0..self.clients)
                .map(|client| {
                    let barrier = &barrier;
                    scope.spawn(move || self.client(client, engine, asked, monitor, barrier))
                })
                .collect();
            barrier.wait();
            clients.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        let mut kinds: BTreeMap<OperationKind, BatchPerformanceMeasurer> = BTreeMap::new();
        let (mut all, mut records) = (None::<BatchPerformanceMeasurer>, 0_u64);
        for client in ended {
            let client = client.map_err(|_| "a client panicked")??;
            records = records.saturating_add(client.records);
            for (kind, measured) in client.kinds {
                match &mut all {
                    Some(all) => all.merge(&measured),
                    none => *none = Some(measured.clone()),
                }
                match kinds.get_mut(&kind) {
                    Some(known) => known.merge(&measured),
                    None => drop(kinds.insert(kind, measured)),
                }
            }
        }
        let now = Instant::now();
        let all = all.unwrap_or_default().finalize_at(now);
        let kinds = kinds.into_iter().map(|(kind, measured)| (kind, measured.finalize_at(now))).collect();
        Ok(Driven { all, kinds, records })
    }

    fn client(
        &self,
        number: u64,
        engine: &dyn Engine,
        asked: &Asked,
        monitor: &PerformanceMonitor,
        barrier: &Barrier,
    ) -> Result<Measured> {
        let mut asker = Asker::new(asked, self.seed.wrapping_mul(1_000_003).wrapping_add(number));
        let client = engine.client();
        barrier.wait();
        let mut client = client?;
        let begun = Instant::now();
        let schedule = match self.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(ArrivalSchedule::new(begun, rate)?),
        };
        let mut measured = Measured { begun, records: 0, kinds: BTreeMap::new() };
        let mut recorders: BTreeMap<OperationKind, LatencyRecorder> = BTreeMap::new();
        // Clients take turns: of all operations, numbered from zero, each has those of its own number.
        let mut operation_number = number;
        loop {
            let due = schedule.map(|schedule| schedule.due(operation_number));
            let begins = due.unwrap_or_else(Instant::now);
            let is_over = match self.until {
                Until::Elapsed(time) => begins.saturating_duration_since(begun) >= time,
                Until::Operations(operations) => operation_number >= operations,
            };
            if is_over {
                return Ok(measured);
            }
            if let Some(due) = due {
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            let operation = asker.next_operation();
            let records = client.carry_out(&operation)?;
            let ended = Instant::now();
            let kind = operation.kind();
            let recorder =
                recorders.entry(kind).or_insert_with(|| monitor.recorder(&format!("{}.{kind}", self.name)));
            let measurer = measured.of(kind);
            match due {
                Some(due) => {
                    recorder.record_scheduled(due, ended);
                    measurer.record_scheduled(due, ended);
                }
                None => {
                    let latency = ended.saturating_duration_since(begins);
                    recorder.record(latency);
                    measurer.record_operation(latency);
                }
            }
            measured.records = measured.records.saturating_add(records);
            operation_number = operation_number.saturating_add(self.clients);
        }
    }
}

/// What one client measured.
struct Measured {
    begun: Instant,
    records: u64,
    kinds: BTreeMap<OperationKind, BatchPerformanceMeasurer>,
}

impl Measured {
    fn of(&mut self, kind: OperationKind) -> &mut BatchPerformanceMeasurer {
        let begun = self.begun;
        self.kinds.entry(kind).or_insert_with(|| BatchPerformanceMeasurer::begun(begun))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Client, KeyDistribution, Operation, OperationMix};

    /// Takes a millisecond for everything, and half a second for one record.
    struct Slow;

    impl Engine for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn client(&self) -> Result<Box<dyn Client + '_>> {
            Ok(Box::new(Self))
        }

        fn settle(&self) -> Result<()> {
            Ok(())
        }
    }

    impl Client for Slow {
        fn carry_out(&mut self, operation: &Operation) -> Result<u64> {
            let pause = if *operation == Operation::Insert(50) { 500 } else { 1 };
            thread::sleep(Duration::from_millis(pause));
            Ok(1)
        }
    }

    fn driven(pace: Pace, until: Until) -> Driven {
        let asked =
            Asked::new(OperationMix::only(OperationKind::Insert), KeyDistribution::Uniform, 0).unwrap();
        let drive = Drive { name: "test", clients: 2, pace, until, seed: 1 };
        drive.run(&Slow, &asked, &PerformanceMonitor::new()).unwrap()
    }

    #[test]
    fn as_many_operations_are_carried_out_as_asked_for() {
        let driven = driven(Pace::Closed, Until::Operations(101));
        assert_eq!((driven.all.latency.count, driven.records), (101, 101));
        assert_eq!(driven.kinds.keys().collect::<Vec<_>>(), [&OperationKind::Insert]);
    }

    #[test]
    fn in_an_open_loop_a_pause_delays_what_was_due_in_it() {
        let driven = driven(Pace::Open(400.0), Until::Elapsed(Duration::from_secs(1)));
        assert_eq!(driven.all.latency.count, 400);
        // A quarter of a second long one of two clients could not ask: a hundred operations were due.
        let late = driven.all.latency.p95_nanos;
        assert!(late > 200_000_000, "{late}");
    }
}
