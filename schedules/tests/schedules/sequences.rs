//! Sequence numbers, and what readers see by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::play::{play, together};
use super::readers::Readers;
use super::sequencer::Sequencer;
use super::storage::memtable::Visibility;

const WRITERS: u64 = 3;
/// Of each, at most: after the last one nobody comes who wakes others.
const WRITES: u64 = 3;
const READERS: u64 = 2;

/// What writers and readers share, as a store has it.
struct Scene {
    visibility: Arc<Visibility>,
    sequencer: Sequencer,
    readers: Readers,
    /// Whether a write is in its memtable, by its number.
    written: Vec<AtomicBool>,
}

impl Scene {
    fn new() -> Self {
        let visibility = Arc::new(Visibility::new());
        Self {
            sequencer: Sequencer::new(Arc::clone(&visibility)),
            readers: Readers::new(Arc::clone(&visibility)),
            visibility,
            written: (0..=WRITERS * WRITES).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    fn write(&self) {
        let sequence = self.sequencer.begin();
        assert!(self.visibility.complete() < sequence, "what is under way is not complete");
        self.written[sequence as usize].store(true, Ordering::SeqCst);
        self.sequencer.end(sequence);
        assert!(self.visibility.complete() >= sequence, "who wrote it sees it");
        self.readers.advance();
    }

    fn read(&self) {
        let visible = self.readers.open();
        let is_written = |sequence: u64| self.written[sequence as usize].load(Ordering::SeqCst);
        assert!((1..=visible).all(is_written), "up to {visible} all is there");
        for _ in 0..3 {
            let oldest = self.visibility.oldest();
            assert!(oldest <= visible, "{oldest} is given up, and {visible} is read");
        }
        self.readers.close(visible);
    }
}

#[test]
fn writes_are_published_in_order_and_nothing_is_given_up_that_is_read() {
    play(|number| {
        let writes = 1 + number % WRITES;
        let scene = Arc::new(Scene::new());
        let part = |number: u64| -> Box<dyn FnOnce() + Send> {
            let scene = Arc::clone(&scene);
            match number {
                ..WRITERS => Box::new(move || (0..writes).for_each(|_| scene.write())),
                _ => Box::new(move || (0..WRITES).for_each(|_| scene.read())),
            }
        };
        together((0..WRITERS + READERS).map(part).collect());
        assert_eq!(scene.visibility.complete(), WRITERS * writes);
        scene.readers.advance();
        assert_eq!(scene.visibility.oldest(), WRITERS * writes);
    });
}
