//! A buffer that is used again by the next window of the same thread.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// So many buffers are kept for a thread: a read by key has about as many windows at a time.
const KEPT: usize = 4;
/// Longer ones are not kept.
const LONGEST_BYTES: usize = 32 * 1024;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The buffer of a window. A read by key opens a window for each SSTable: without this each would have its buffer allocated and set
/// to zeros for a few bytes of a row.
#[derive(Debug, Default)]
pub(super) struct UsedBuffer(Vec<u8>);

impl UsedBuffer {
    /// Makes an empty buffer so long, by one that was used before where there is one of that length. What is in it is of no meaning.
    pub(super) fn fill_up(&mut self, bytes: usize) {
        if self.0.is_empty()
            && let Some(used) = FREE.with_borrow_mut(|free| {
                let place = free.iter().position(|used| used.len() == bytes)?;
                Some(free.swap_remove(place))
            })
        {
            self.0 = used;
        }
    }
}

impl Drop for UsedBuffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        if buffer.is_empty() || buffer.len() > LONGEST_BYTES {
            return;
        }
        // A thread that ends has no buffers any more.
        let _ended = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() >= KEPT {
                free.swap_remove(0);
            }
            free.push(buffer);
        });
    }
}

impl Deref for UsedBuffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for UsedBuffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(bytes: usize) {
        let mut buffer = UsedBuffer::default();
        buffer.resize(bytes, 1);
    }

    fn found(bytes: usize) -> bool {
        let mut buffer = UsedBuffer::default();
        buffer.fill_up(bytes);
        let found = buffer.len() == bytes;
        // It is taken away.
        std::mem::forget(buffer);
        found
    }

    #[test]
    fn a_buffer_is_used_again_where_one_of_its_length_is_needed() {
        used(100);
        assert!(!found(99) && found(100) && !found(100));
    }

    #[test]
    fn few_and_short_buffers_are_kept() {
        used(LONGEST_BYTES + 1);
        assert!(!found(LONGEST_BYTES + 1));
        let several: Vec<_> = (0..10)
            .map(|_| {
                let mut buffer = UsedBuffer::default();
                buffer.resize(7, 0);
                buffer
            })
            .collect();
        drop(several);
        assert_eq!((0..10).filter(|_| found(7)).count(), KEPT);
    }
}
