//! How fast compactions read and write.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Time, and waiting for it. Tests have one of their own.
pub trait Clock: Debug + Send + Sync {
    /// How long it is since some moment that stays the same.
    fn now(&self) -> Duration;

    /// Puts the current thread to sleep, at most for `time`. It may wake up sooner, and does if it is
    /// unparked.
    fn park(&self, time: Duration);
}

/// The time of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn park(&self, time: Duration) {
        thread::park_timeout(time);
    }
}

/// A limit on the bytes that all compactions together go through in a second (`compaction_throughput`). It
/// can be changed at any time, also for those who already wait.
///
/// Bytes are granted in the order in which they are asked for. Who asks waits until all that was granted
/// before has had its time, and not for its own, so that one who asks now and then does not wait at all. Time
/// in which nobody asked is not saved up.
///
/// # Example
/// ```
/// use cqlite_core::storage::compaction::{SystemClock, Throttle};
/// let throttle = Throttle::new(SystemClock::default(), Some(64 << 20));
/// assert!(throttle.acquire(1 << 20, &|| false));
/// throttle.set_bytes_per_second(None);
/// ```
#[derive(Debug)]
pub struct Throttle<C = SystemClock> {
    clock: C,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    bytes_per_second: Option<u64>,
    /// Bytes that were asked for since the beginning.
    granted: f64,
    /// How many of them have had their time at `at`.
    passed: f64,
    at: Duration,
    waiting: Vec<Thread>,
}

impl State {
    /// Goes on to `now`.
    fn advance(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        self.passed = match self.bytes_per_second {
            Some(rate) => (self.passed + seconds * rate as f64).min(self.granted),
            None => self.granted,
        };
        self.at = self.at.max(now);
    }

    /// How long it takes until this many bytes have had their time; none if they have.
    fn until(&self, bytes: f64) -> Option<Duration> {
        // the rounding of long sums must not be waited for
        const NEARLY: f64 = 0.5;
        let rate = self.bytes_per_second.filter(|_| bytes - self.passed > NEARLY)?;
        let seconds = (bytes - self.passed) / rate.max(1) as f64;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

impl<C: Clock> Throttle<C> {
    /// A limit of so many bytes in a second, or none. 0 is taken for 1.
    pub fn new(clock: C, bytes_per_second: Option<u64>) -> Self {
        let at = clock.now();
        let rate = bytes_per_second.map(|rate| rate.max(1));
        let state = State { bytes_per_second: rate, granted: 0.0, passed: 0.0, at, waiting: Vec::new() };
        Self { clock, state: Mutex::new(state) }
    }

    /// The limit, if there is one.
    pub fn bytes_per_second(&self) -> Option<u64> {
        self.lock().bytes_per_second
    }

    /// Changes the limit, or lifts it. Those who wait go on at the new one.
    pub fn set_bytes_per_second(&self, bytes_per_second: Option<u64>) {
        let mut state = self.lock();
        state.advance(self.clock.now());
        state.bytes_per_second = bytes_per_second.map(|rate| rate.max(1));
        drop(state);
        self.wake();
    }

    /// Asks for some bytes, and waits for its turn, or until `is_cancelled`, which is asked whenever the
    /// thread wakes up. Whether they were granted.
    ///
    /// It sleeps without a spin. What was asked for and cancelled counts for those who wait behind it.
    pub fn acquire(&self, bytes: u64, is_cancelled: &dyn Fn() -> bool) -> bool {
        let mut state = self.lock();
        state.advance(self.clock.now());
        let turn = state.granted;
        state.granted += bytes as f64;
        let mut is_listed = false;
        loop {
            let is_granted = state.until(turn).is_none();
            let wait = state.until(turn).filter(|_| !is_cancelled());
            let Some(wait) = wait else {
                if is_listed {
                    state.waiting.retain(|thread| thread.id() != thread::current().id());
                }
                return is_granted;
            };
            if !is_listed {
                state.waiting.push(thread::current());
                is_listed = true;
            }
            drop(state);
            self.clock.park(wait);
            state = self.lock();
            state.advance(self.clock.now());
        }
    }

    /// Wakes those who wait, so that they ask whether they are cancelled.
    pub fn wake(&self) {
        self.lock().waiting.iter().for_each(Thread::unpark);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::*;

    /// A clock that stands still until somebody waits for it.
    #[derive(Debug, Clone, Default)]
    struct Still(Arc<AtomicU64>);

    impl Still {
        fn nanos(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Clock for Still {
        fn now(&self) -> Duration {
            Duration::from_nanos(self.nanos())
        }

        fn park(&self, time: Duration) {
            self.0.fetch_add(time.as_nanos() as u64, Ordering::SeqCst);
        }
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn bytes_pass_at_the_limit_and_nobody_waits_for_his_own() {
        let clock = Still::default();
        let throttle = Throttle::new(clock.clone(), Some(1_000));
        let mut waited = Vec::new();
        for bytes in [500, 2_000, 100, 100] {
            assert!(throttle.acquire(bytes, &|| false));
            waited.push(clock.nanos());
        }
        assert_eq!(waited, [0, SECOND / 2, SECOND / 2 + 2 * SECOND, SECOND / 2 + 2 * SECOND + SECOND / 10]);
    }

    #[test]
    fn time_in_which_nobody_asked_is_not_saved_up() {
        let clock = Still::default();
        let throttle = Throttle::new(clock.clone(), Some(1_000));
        clock.park(Duration::from_secs(3_600));
        let start = clock.nanos();
        assert!(throttle.acquire(1_000, &|| false));
        assert_eq!(clock.nanos(), start);
        assert!(throttle.acquire(1_000, &|| false));
        assert_eq!(clock.nanos(), start + SECOND);
    }

    #[test]
    fn a_new_limit_is_for_those_who_wait_already() {
        let clock = Still::default();
        let throttle = Throttle::new(clock.clone(), Some(1_000));
        assert!(throttle.acquire(10_000, &|| false));
        clock.park(Duration::from_secs(2));
        throttle.set_bytes_per_second(Some(4_000));
        assert_eq!(throttle.bytes_per_second(), Some(4_000));
        assert!(throttle.acquire(1, &|| false));
        assert_eq!(clock.nanos(), 2 * SECOND + 2 * SECOND, "8,000 bytes were left, at 4,000 a second");
        throttle.set_bytes_per_second(None);
        assert!(throttle.acquire(u64::MAX, &|| false) && throttle.acquire(1, &|| false));
        assert_eq!(clock.nanos(), 4 * SECOND);
    }

    #[test]
    fn who_is_cancelled_gets_nothing_and_waits_no_longer() {
        let clock = Still::default();
        let throttle = Throttle::new(clock.clone(), Some(1));
        assert!(throttle.acquire(1_000, &|| false));
        let asked = Cell::new(0);
        let is_cancelled = || asked.replace(asked.get() + 1) > 0;
        let nearly = Throttle { clock: Nap(clock.clone()), state: throttle.state };
        assert!(!nearly.acquire(1, &is_cancelled));
        assert_eq!((clock.nanos(), asked.get()), (SECOND, 2));
        assert!(nearly.lock().waiting.is_empty());
    }

    /// Wakes up after a second, however long it may sleep.
    #[derive(Debug)]
    struct Nap(Still);

    impl Clock for Nap {
        fn now(&self) -> Duration {
            self.0.now()
        }

        fn park(&self, time: Duration) {
            self.0.park(time.min(Duration::from_secs(1)));
        }
    }

    #[test]
    fn a_thread_that_sleeps_for_hours_wakes_up_when_the_limit_is_lifted_or_it_is_cancelled() {
        let throttle = Throttle::new(SystemClock::default(), Some(1));
        assert!(throttle.acquire(1_000_000, &|| false));
        let is_cancelled = AtomicBool::new(false);
        thread::scope(|scope| {
            let granted = scope.spawn(|| throttle.acquire(1, &|| false));
            let cancelled = scope.spawn(|| throttle.acquire(1, &|| is_cancelled.load(Ordering::SeqCst)));
            while throttle.lock().waiting.len() < 2 {
                thread::yield_now();
            }
            is_cancelled.store(true, Ordering::SeqCst);
            throttle.wake();
            assert!(!cancelled.join().unwrap());
            throttle.set_bytes_per_second(None);
            assert!(granted.join().unwrap());
        });
    }
}
