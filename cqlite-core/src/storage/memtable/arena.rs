//! Where the bytes of a shard lie.

use std::sync::Arc;

use cqlite_sstable::{Error, Result};

/// The first block; each later one has a quarter of what is held already, up to [`LARGEST_BLOCK_BYTES`].
const SMALLEST_BLOCK_BYTES: usize = 1024;
const LARGEST_BLOCK_BYTES: usize = 256 * 1024;

/// What is longer has a block of its own, which readers share instead of copying it.
const SHARED_BYTES: usize = 32 * 1024;

/// Bytes that are appended, never changed, and given back block by block when nothing in a block is needed any more.
#[derive(Debug, Default)]
pub(super) struct Arena {
    blocks: Vec<Block>,
    /// The block that is being filled.
    current: usize,
    /// Blocks that were given back.
    vacant: Vec<u32>,
    held_bytes: usize,
}

#[derive(Debug)]
struct Block {
    bytes: BlockBytes,
    live_bytes: usize,
}

#[derive(Debug)]
enum BlockBytes {
    /// Of many values, up to the capacity.
    Many(Vec<u8>),
    /// Of one long value.
    One(Arc<[u8]>),
}

/// Where bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    block: u32,
    at: u32,
    bytes: u32,
}

/// Bytes that a reader may keep.
#[derive(Debug)]
pub(super) enum Kept<'a> {
    /// To be copied as long as the shard is locked.
    Short(&'a [u8]),
    /// To be shared.
    Long(&'a Arc<[u8]>),
}

impl Arena {
    /// Appends `parts` as one value.
    ///
    /// # Errors
    /// If they have more than 4 GiB.
    pub(super) fn push(&mut self, parts: [&[u8]; 2]) -> Result<Place> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let bytes = u32::try_from(length).map_err(|_| {
            Error::invalid_input(format!(
                "a row has {length} bytes, more than the {} of a memtable",
                u32::MAX
            ))
        })?;
        if length == 0 {
            return Ok(Place::default());
        }
        if length > SHARED_BYTES {
            let block = Block { bytes: BlockBytes::One(parts.concat().into()), live_bytes: length };
            self.held_bytes = self.held_bytes.saturating_add(length);
            let block = self.add(block) as u32;
            return Ok(Place { block, at: 0, bytes });
        }
        if self.room() < length {
            self.start_block(length);
        }
        let current = self.current;
        let Some(Block { bytes: BlockBytes::Many(into), live_bytes }) = self.blocks.get_mut(current) else {
            return Err(Error::invalid_input("a memtable has no block to write to"));
        };
        let at = into.len() as u32;
        parts.iter().for_each(|part| into.extend_from_slice(part));
        *live_bytes = live_bytes.saturating_add(length);
        Ok(Place { block: current as u32, at, bytes })
    }

    /// The bytes at a place.
    #[inline]
    pub(super) fn get(&self, place: Place) -> &[u8] {
        let (at, length) = (place.at as usize, place.bytes as usize);
        let bytes: &[u8] = match self.blocks.get(place.block as usize).map(|block| &block.bytes) {
            Some(BlockBytes::Many(bytes)) => bytes,
            Some(BlockBytes::One(bytes)) => bytes,
            None => &[],
        };
        bytes.get(at..at.saturating_add(length)).unwrap_or_default()
    }

    /// The bytes at a place, as a reader keeps them.
    #[inline]
    pub(super) fn keep(&self, place: Place) -> Kept<'_> {
        match self.blocks.get(place.block as usize).map(|block| &block.bytes) {
            Some(BlockBytes::One(bytes)) => Kept::Long(bytes),
            _ => Kept::Short(self.get(place)),
        }
    }

    /// Nobody needs the bytes at a place any more.
    pub(super) fn release(&mut self, place: Place) {
        if place == Place::default() {
            return;
        }
        self.give_back(place);
    }

    fn give_back(&mut self, place: Place) {
        let number = place.block as usize;
        let Some(block) = self.blocks.get_mut(number) else { return };
        block.live_bytes = block.live_bytes.saturating_sub(place.bytes as usize);
        if block.live_bytes == 0 && number != self.current {
            let held = std::mem::replace(&mut block.bytes, BlockBytes::Many(Vec::new()));
            self.held_bytes = self.held_bytes.saturating_sub(held.capacity());
            self.vacant.push(place.block);
        }
    }

    /// Memory that is taken.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    fn room(&self) -> usize {
        match self.blocks.get(self.current).map(|block| &block.bytes) {
            Some(BlockBytes::Many(bytes)) => bytes.capacity().saturating_sub(bytes.len()),
            _ => 0,
        }
    }

    fn start_block(&mut self, length: usize) {
        let bytes = (self.held_bytes / 4).clamp(SMALLEST_BLOCK_BYTES, LARGEST_BLOCK_BYTES).max(length);
        let block = Vec::with_capacity(bytes);
        self.held_bytes = self.held_bytes.saturating_add(block.capacity());
        let full = self.current;
        self.current = self.add(Block { bytes: BlockBytes::Many(block), live_bytes: 0 });
        if self.blocks.get(full).is_some_and(|block| block.live_bytes == 0) && full != self.current {
            self.give_back(Place { block: full as u32, at: 0, bytes: 0 });
        }
    }

    fn add(&mut self, block: Block) -> usize {
        match self.vacant.pop() {
            Some(vacant) => {
                if let Some(into) = self.blocks.get_mut(vacant as usize) {
                    *into = block;
                }
                vacant as usize
            }
            None => {
                self.blocks.push(block);
                self.blocks.len().saturating_sub(1)
            }
        }
    }
}

impl BlockBytes {
    fn capacity(&self) -> usize {
        match self {
            Self::Many(bytes) => bytes.capacity(),
            Self::One(bytes) => bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_which_nothing_is_needed_are_given_back() {
        let mut arena = Arena::default();
        let places: Vec<Place> =
            (0..100_000_u32).map(|number| arena.push([&number.to_be_bytes(), &[7; 96]]).unwrap()).collect();
        for (number, place) in (0_u32..).zip(&places) {
            assert_eq!(arena.get(*place)[..4], number.to_be_bytes());
        }
        let full = arena.held_bytes();
        assert!((10_000_000..11_000_000).contains(&full), "{full}");
        places.iter().skip(1).for_each(|place| arena.release(*place));
        assert_eq!(arena.get(places[0])[..4], 0_u32.to_be_bytes());
        assert!(arena.held_bytes() < 2 * LARGEST_BLOCK_BYTES, "{}", arena.held_bytes());
    }

    #[test]
    fn nothing_has_a_place_in_an_arena_without_blocks() {
        let mut arena = Arena::default();
        let place = arena.push([b"", b""]).unwrap();
        assert_eq!((arena.get(place), arena.held_bytes()), (&b""[..], 0));
        let other = arena.push([b"x", b""]).unwrap();
        arena.release(place);
        assert_eq!((arena.get(place), arena.get(other)), (&b""[..], &b"x"[..]));
    }

    #[test]
    fn long_values_are_shared_and_have_no_more_memory_than_they_need() {
        let mut arena = Arena::default();
        let long = vec![9; SHARED_BYTES + 1];
        let place = arena.push([b"", &long]).unwrap();
        assert!(matches!(arena.keep(place), Kept::Long(bytes) if bytes[..] == long));
        assert_eq!(arena.held_bytes(), long.len());
        arena.push([b"x", b""]).unwrap();
        arena.release(place);
        assert!(arena.held_bytes() <= SMALLEST_BLOCK_BYTES.max(LARGEST_BLOCK_BYTES / 4));
    }
}
