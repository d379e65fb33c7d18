//! Who reads what: up to where all readers see all writes.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::storage::memtable::Visibility;
use crate::sync::Mutex;

/// The readers that are there.
#[derive(Debug)]
pub(super) struct Readers {
    visibility: Arc<Visibility>,
    /// By the numbers up to which they see writes.
    opened: Mutex<VecDeque<Opened>>,
}

/// Readers that see the same.
#[derive(Debug)]
struct Opened {
    visible: u64,
    count: usize,
    first: Instant,
}

impl Readers {
    pub(super) fn new(visibility: Arc<Visibility>) -> Self {
        Self { visibility, opened: Mutex::default() }
    }

    /// A reader that sees all that is complete now. It is to be given back by [`Readers::close`].
    pub(super) fn open(&self) -> u64 {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        // Within the lock, so that what is said to be the oldest never passes a reader that is just opened.
        let visible = self.visibility.complete();
        match opened.back_mut() {
            Some(last) if last.visible == visible => last.count = last.count.saturating_add(1),
            _ => opened.push_back(Opened { visible, count: 1, first: Instant::now() }),
        }
        if opened.len() == 1 {
            self.visibility.set_oldest(visible);
        }
        visible
    }

    pub(super) fn close(&self, visible: u64) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(place) = opened.binary_search_by_key(&visible, |readers| readers.visible) else { return };
        let Some(readers) = opened.get_mut(place) else { return };
        readers.count = readers.count.saturating_sub(1);
        if readers.count == 0 {
            opened.remove(place);
            if place == 0 {
                let oldest =
                    opened.front().map_or_else(|| self.visibility.complete(), |readers| readers.visible);
                self.visibility.set_oldest(oldest);
            }
        }
    }

    /// Nobody reads, or soon: what all see is all that is complete. Writers say so now and then.
    pub(super) fn advance(&self) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_empty() {
            self.visibility.set_oldest(self.visibility.complete());
        }
    }

    /// How long the oldest reader is there.
    pub(super) fn oldest_age(&self) -> Option<Duration> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.front().map(|readers| readers.first.elapsed())
    }
}
