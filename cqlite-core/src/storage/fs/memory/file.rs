//! A file in memory: what is in it now, and what of that is synced.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::super::WritableFile;
use super::content::{Content, parts, torn};
use super::dice::{Dice, Outcome};
use super::medium::Medium;

/// No file is larger, as on Linux.
const LIMIT_BYTES: u64 = i64::MAX.unsigned_abs();

/// A file, whatever names it has.
pub(super) struct MemoryFile {
    medium: Arc<Medium>,
    state: RwLock<State>,
    is_locked: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    live: Content,
    synced: Content,
    /// The pages that the next sync writes.
    unsynced: BTreeSet<u64>,
    /// The lengths that it had since the last sync, the present one last.
    lengths: Vec<u64>,
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryFile({} bytes)", self.read_state().live.length_bytes)
    }
}

impl MemoryFile {
    /// An empty one.
    pub(super) fn new(medium: &Arc<Medium>) -> Self {
        let mut content = Content::default();
        content.modified_millis = medium.tick_millis();
        Self::with_content(medium, content)
    }

    fn with_content(medium: &Arc<Medium>, content: Content) -> Self {
        let state = State { live: content.clone(), synced: content, ..State::default() };
        Self { medium: Arc::clone(medium), state: RwLock::new(state), is_locked: AtomicBool::new(false) }
    }

    /// A writer that panicked leaves what it wrote so far.
    fn read_state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_state(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn length(&self) -> u64 {
        self.read_state().live.length_bytes
    }

    pub(super) fn modified_millis(&self) -> i64 {
        self.read_state().live.modified_millis
    }

    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_state().live.read(buffer, offset)
    }

    /// What a power cut leaves.
    pub(super) fn crash_image(&self, medium: &Arc<Medium>, dice: &mut Dice) -> Self {
        let content = self.read_state().crash_image(dice);
        medium.take_pages(content.page_count());
        Self::with_content(medium, content)
    }

    /// Whether the lock was free.
    pub(super) fn lock(&self) -> bool {
        !self.is_locked.swap(true, Ordering::AcqRel)
    }

    pub(super) fn unlock(&self) {
        self.is_locked.store(false, Ordering::Release);
    }

    fn sync_state(&self) -> RwLockWriteGuard<'_, State> {
        let mut state = self.write_state();
        state.sync();
        state
    }
}

impl State {
    fn set_length(&mut self, bytes: u64) {
        if self.live.length_bytes != bytes {
            self.live.length_bytes = bytes;
            self.lengths.push(bytes);
        }
    }

    fn write(&mut self, medium: &Medium, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.live.modified_millis = medium.tick_millis();
        let mut left = bytes;
        let mut end = offset;
        for part in parts(offset, bytes.len()) {
            let (piece, rest) = left.split_at(part.length);
            if self.live.page(part.page).is_none() && !medium.take_page() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.live.write(&part, piece);
            self.unsynced.insert(part.page);
            end = end.saturating_add(piece.len() as u64);
            self.set_length(self.live.length_bytes.max(end));
            left = rest;
        }
        Ok(())
    }

    fn sync(&mut self) {
        for page in std::mem::take(&mut self.unsynced) {
            self.synced.put(page, self.live.page(page).cloned());
        }
        self.synced.length_bytes = self.live.length_bytes;
        self.synced.cut();
        self.lengths.clear();
    }

    fn crash_image(&self, dice: &mut Dice) -> Content {
        let mut content = self.synced.clone();
        for number in &self.unsynced {
            match dice.page() {
                Outcome::Old => {}
                Outcome::New => content.put(*number, self.live.page(*number).cloned()),
                Outcome::Torn => {
                    let (old, new) = (self.synced.page(*number), self.live.page(*number));
                    content.put(*number, Some(torn(old, new, || dice.is_there())));
                }
            }
        }
        if self.live.modified_millis != self.synced.modified_millis && dice.is_there() {
            content.modified_millis = self.live.modified_millis;
        }
        if let Some(length) = dice.one_of(&self.lengths) {
            content.length_bytes = length;
        }
        if !(self.unsynced.is_empty() && self.lengths.is_empty()) {
            content.cut();
        }
        content
    }
}

impl WritableFile for MemoryFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > LIMIT_BYTES) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let _together = self.medium.together();
        self.write_state().write(&self.medium, bytes, offset)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read(buffer, offset)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        if bytes > LIMIT_BYTES {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let _together = self.medium.together();
        let mut state = self.write_state();
        let before = state.live.page_count();
        state.live.modified_millis = self.medium.tick_millis();
        state.set_length(bytes);
        let changed = state.live.cut();
        state.unsynced.extend(changed);
        self.medium.give_pages(before.saturating_sub(state.live.page_count()));
        Ok(())
    }

    fn length_bytes(&self) -> io::Result<u64> {
        Ok(self.length())
    }

    fn sync_data(&self) -> io::Result<()> {
        let _together = self.medium.together();
        drop(self.sync_state());
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let _together = self.medium.together();
        let mut state = self.sync_state();
        state.synced.modified_millis = state.live.modified_millis;
        Ok(())
    }

    fn lose_unsynced(&self) {
        let _together = self.medium.together();
        self.write_state().unsynced.clear();
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        let pages = self.read_state().live.page_count();
        self.medium.give_pages(pages);
    }
}
