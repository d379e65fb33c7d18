//! Writers and readers under random schedules: each thread stops for a while, at random, between any two steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::readers::Readers;
use super::sequencer::Sequencer;
use crate::storage::memtable::Visibility;

const SEEDS: u64 = 40;
const WRITERS: u64 = 6;
const READERS: u64 = 3;

/// More all together than there are slots of the sequencer.
const WRITES: u64 = 300;

/// Now and then another thread's turn, or a short time in which nothing is done.
struct Schedule(u64);

impl Schedule {
    fn new(seed: u64, thread: u64) -> Self {
        Self(seed.wrapping_mul(1_000).wrapping_add(thread))
    }

    fn step(&mut self) {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        match (mixed >> 40) % 8 {
            0 | 1 => std::thread::yield_now(),
            2 => (0..(mixed >> 50) % 400).for_each(|_| std::hint::spin_loop()),
            _ => {}
        }
    }
}

/// What writers and readers share, as a store has it.
struct Scene {
    visibility: Arc<Visibility>,
    sequencer: Sequencer,
    readers: Readers,
    /// Whether a write is in its memtable, by its number.
    written: Vec<AtomicBool>,
    left: AtomicU64,
}

impl Scene {
    fn write(&self, schedule: &mut Schedule) {
        let sequence = self.sequencer.begin();
        schedule.step();
        assert!(self.visibility.complete() < sequence, "what is under way is not complete");
        self.written[sequence as usize].store(true, Ordering::SeqCst);
        schedule.step();
        self.sequencer.end(sequence);
        assert!(self.visibility.complete() >= sequence, "who wrote it sees it");
        if sequence.is_multiple_of(16) {
            self.readers.advance();
        }
    }

    fn read(&self, schedule: &mut Schedule) {
        let visible = self.readers.open();
        let is_written = |sequence: u64| self.written[sequence as usize].load(Ordering::SeqCst);
        for _ in 0..4 {
            schedule.step();
            let oldest = self.visibility.oldest();
            assert!(oldest <= visible, "{oldest} is given up, and {visible} is read");
        }
        assert!(
            (visible.saturating_sub(64).max(1)..=visible).all(is_written),
            "up to {visible} all is there"
        );
        self.readers.close(visible);
    }
}

#[test]
fn writes_are_published_in_order_and_nothing_is_given_up_that_is_read() {
    for seed in 0..SEEDS {
        let visibility = Arc::new(Visibility::new());
        let scene = Scene {
            sequencer: Sequencer::new(Arc::clone(&visibility)),
            readers: Readers::new(Arc::clone(&visibility)),
            visibility,
            written: (0..=WRITERS * WRITES).map(|_| AtomicBool::new(false)).collect(),
            left: AtomicU64::new(WRITERS),
        };
        let scene = &scene;
        std::thread::scope(|scope| {
            for thread in 0..WRITERS {
                scope.spawn(move || {
                    let mut schedule = Schedule::new(seed, thread);
                    (0..WRITES).for_each(|_| scene.write(&mut schedule));
                    scene.left.fetch_sub(1, Ordering::SeqCst);
                });
            }
            for thread in WRITERS..WRITERS + READERS {
                scope.spawn(move || {
                    let mut schedule = Schedule::new(seed, thread);
                    while scene.left.load(Ordering::SeqCst) > 0 {
                        scene.read(&mut schedule);
                    }
                });
            }
        });
        assert_eq!(scene.visibility.complete(), WRITERS * WRITES, "seed {seed}");
        scene.readers.advance();
        assert_eq!(scene.visibility.oldest(), WRITERS * WRITES, "seed {seed}");
    }
}
