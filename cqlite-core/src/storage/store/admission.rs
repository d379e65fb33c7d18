//! Slowing writers down before memory is full.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Up to this share of the memory for memtables nobody is slowed down.
const FREE_SHARE: f64 = 0.6;

/// Nobody waits longer for those who came before.
pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Nobody waits for less: a thread that sleeps takes about so long to wake up in time.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Before anything was flushed, this is taken for the rate of flushes, in bytes of memtables a second.
const FIRST_RATE: f64 = 32e6;

/// The weight of the last flush in the rate of all.
const WEIGHT_OF_LAST: f64 = 0.3;

/// No rate is less, so that a writer that waits for its turn never waits for long.
const LEAST_RATE: f64 = 64e3;

/// Admits writes: at once as long as there is much room, and then at the rate at which flushes make room, the less of it
/// the less room there is.
#[derive(Debug)]
pub(super) struct Admission {
    /// When what was admitted before has had its time.
    turn: Mutex<Instant>,
    drain_rate: Mutex<f64>,
    /// By how much compactions lag behind, in thousandths of what they may.
    debt: AtomicU64,
    waits: AtomicU64,
    waited_micros: AtomicU64,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            turn: Mutex::new(Instant::now()),
            drain_rate: Mutex::new(FIRST_RATE),
            debt: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            waited_micros: AtomicU64::new(0),
        }
    }
}

impl Admission {
    /// Waits for the turn of a write of so many bytes, where `held` of `budget` bytes are taken.
    #[inline]
    pub(super) fn admit(&self, bytes: u64, held: usize, budget: usize) {
        let debt = self.debt.load(Ordering::Relaxed);
        if (held as f64) > budget as f64 * FREE_SHARE || debt > 1_000 {
            let share = held as f64 / budget.max(1) as f64;
            self.wait(bytes, share.max(share_of_debt(debt)));
        }
    }

    /// So many bytes are to be compacted, where so many may be.
    pub(super) fn set_debt(&self, bytes: u64, target: u64) {
        let thousandths = u128::from(bytes).saturating_mul(1_000) / u128::from(target.max(1));
        self.debt.store(u64::try_from(thousandths).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    #[cold]
    fn wait(&self, bytes: u64, share: f64) {
        let rate = admitted_rate(*self.drain_rate.lock().unwrap_or_else(PoisonError::into_inner), share);
        let start = Instant::now();
        let wait = {
            let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let (own, next) = turns(*turn, start, Duration::from_secs_f64(bytes as f64 / rate));
            *turn = next;
            own.saturating_duration_since(start)
        };
        if wait >= SHORTEST_WAIT {
            thread::sleep(wait);
            self.waited(start.elapsed());
        }
    }

    /// A write had to wait for so long.
    pub(super) fn waited(&self, time: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.waited_micros.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
    }

    /// A flush made room for so many bytes of memtables in this time.
    pub(super) fn drained(&self, bytes: usize, time: Duration) {
        let rate = bytes as f64 / time.as_secs_f64().max(1e-6);
        let mut known = self.drain_rate.lock().unwrap_or_else(PoisonError::into_inner);
        *known += (rate - *known) * WEIGHT_OF_LAST;
    }

    /// How many writes were slowed down, and for how long all together.
    pub(super) fn waits(&self) -> (u64, Duration) {
        let micros = self.waited_micros.load(Ordering::Relaxed);
        (self.waits.load(Ordering::Relaxed), Duration::from_micros(micros))
    }
}

/// When the turn of a write is that takes so long, and when that of the next one. Time in which nobody wrote is not saved up, and
/// nobody is put off for longer than the longest wait, however many there are: what they write then fills the memory until flushes are
/// waited for.
fn turns(turn: Instant, now: Instant, time: Duration) -> (Instant, Instant) {
    let own = turn.max(now);
    let longest = now.checked_add(LONGEST_WAIT).unwrap_or(now);
    (own, own.checked_add(time).map_or(longest, |next| next.min(longest)))
}

/// As if memory were filled from the share that is free, at the debt that may be, up to all of it at twice that.
fn share_of_debt(thousandths: u64) -> f64 {
    let over = thousandths.saturating_sub(1_000) as f64 / 1_000.0;
    if thousandths > 1_000 { FREE_SHARE + over.min(1.0) * (1.0 - FREE_SHARE) } else { 0.0 }
}

/// Twice the rate of flushes where there is just enough room, that rate half way, and nearly nothing where there is none.
fn admitted_rate(drain_rate: f64, share: f64) -> f64 {
    let left = ((1.0 - share) / (1.0 - FREE_SHARE)).clamp(0.0, 1.0);
    (drain_rate * 2.0 * left).max(LEAST_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_from_twice_that_of_flushes_to_nearly_nothing() {
        assert_eq!(admitted_rate(1e6, FREE_SHARE), 2e6);
        let middle = admitted_rate(1e6, (1.0 + FREE_SHARE) / 2.0);
        assert!((0.99e6..1.01e6).contains(&middle), "{middle}");
        assert_eq!(admitted_rate(1e6, 1.0), LEAST_RATE);
        assert_eq!(admitted_rate(1e6, 1.7), LEAST_RATE);
    }

    #[test]
    fn debt_slows_writers_down_from_its_target_on() {
        assert_eq!(share_of_debt(1_000), 0.0);
        assert!((share_of_debt(1_500) - (1.0 + FREE_SHARE) / 2.0).abs() < 1e-9);
        assert_eq!(share_of_debt(5_000), 1.0);
        let admission = Admission::default();
        admission.set_debt(3, 2);
        admission.admit(1 << 30, 0, 100);
        assert_eq!(admission.waits().0, 0, "nobody waits for his own");
        admission.admit(1, 0, 100);
        assert_eq!(admission.waits().0, 1);
    }

    #[test]
    fn turns_follow_each_other_and_none_is_further_off_than_the_longest_wait() {
        let (now, milli) = (Instant::now(), Duration::from_millis(1));
        let (own, next) = turns(now, now, 30 * milli);
        assert_eq!((own, next), (now, now + 30 * milli));
        assert_eq!(turns(next, now + 10 * milli, 30 * milli), (now + 30 * milli, now + 60 * milli));
        assert_eq!(turns(next, now + 40 * milli, 30 * milli), (now + 40 * milli, now + 70 * milli));
        let mut turn = now;
        for _ in 0..1_000 {
            let (own, next) = turns(turn, now, Duration::from_secs(3));
            assert!(own <= now + LONGEST_WAIT);
            turn = next;
        }
    }

    #[test]
    fn where_there_is_room_nobody_waits() {
        let admission = Admission::default();
        (0..1_000).for_each(|_| admission.admit(1 << 30, 50, 100));
        assert_eq!(admission.waits().0, 0);
    }
}
