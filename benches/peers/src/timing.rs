//! Calls of an engine by one or more threads, with the time of each.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::outcome::{Outcome, Unit};
use crate::result::Result;

/// The longest call a histogram tells apart; longer ones count as this.
const LONGEST: Duration = Duration::from_secs(600);
const SIGNIFICANT_DIGITS: u8 = 3;
/// Of quick calls only every so many are timed, so that the clock does not become a part of them.
const SAMPLED: u64 = 16;

/// Which calls are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// All of them.
    All,
    /// One in sixteen.
    Sampled,
}

/// How long calls took.
#[derive(Debug)]
pub struct Timing {
    calls: u64,
    elapsed: Duration,
    nanoseconds: Histogram<u64>,
}

impl Timing {
    /// Makes `calls` calls, shared out to threads that begin together. A call gets its number, and each thread a state of its own.
    pub fn run<S>(
        threads: u64,
        calls: u64,
        timed: Timed,
        state: impl Fn() -> S + Sync,
        call: impl Fn(u64, &mut S) -> Result<()> + Sync,
    ) -> Result<Self> {
        let barrier = Barrier::new(usize::try_from(threads)? + 1);
        let (begun, histograms) = thread::scope(|scope| {
            let workers = (0..threads)
                .map(|thread| {
                    let (barrier, state, call) = (&barrier, &state, &call);
                    scope.spawn(move || {
                        let mut state = state();
                        barrier.wait();
                        by_one_thread((thread..calls).step_by(threads as usize), timed, &mut state, call)
                    })
                })
                .collect::<Vec<_>>();
            barrier.wait();
            let begun = Instant::now();
            (begun, workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>())
        });
        let elapsed = begun.elapsed();
        let mut nanoseconds = histogram()?;
        for one in histograms {
            nanoseconds.add(one.map_err(|_panic| "a thread of the benchmark panicked")??)?;
        }
        Ok(Self { calls, elapsed, nanoseconds })
    }

    /// Calls in a second.
    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.elapsed.as_secs_f64()
    }

    /// Adds the rate, of `units` things a call, and the times of calls to an outcome.
    pub fn report(&self, outcome: &mut Outcome, name: &str, units: u64) {
        outcome.higher(name, self.rate() * units as f64, Unit::PerSecond);
        for (percentile, quantile) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let nanoseconds = self.nanoseconds.value_at_quantile(quantile);
            outcome.lower(format!("{name}, {percentile}"), nanoseconds as f64 / 1000.0, Unit::Microseconds);
        }
    }

    /// The longest call.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.max())
    }
}

fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_max(LONGEST.as_nanos() as u64, SIGNIFICANT_DIGITS)?)
}

fn by_one_thread<S>(
    numbers: impl Iterator<Item = u64>,
    timed: Timed,
    state: &mut S,
    call: &impl Fn(u64, &mut S) -> Result<()>,
) -> Result<Histogram<u64>> {
    let mut nanoseconds = histogram()?;
    for (count, number) in (0_u64..).zip(numbers) {
        if timed == Timed::Sampled && !count.is_multiple_of(SAMPLED) {
            call(number, state)?;
            continue;
        }
        let begun = Instant::now();
        call(number, state)?;
        nanoseconds.saturating_record(begun.elapsed().as_nanos() as u64);
    }
    Ok(nanoseconds)
}
