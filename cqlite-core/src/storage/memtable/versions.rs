//! The versions of rows.

use super::arena::Place;

/// The number of no version and no row.
pub(super) const NONE: u32 = 0x7FFF_FFFF;

/// Set in [`Version::link`] of a version that has all older ones in it.
const IS_WHOLE: u32 = 0x8000_0000;

/// One version of a row, and which one is next older.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    pub(super) sequence: u64,
    pub(super) place: Place,
    link: u32,
}

impl Version {
    pub(super) fn new(sequence: u64, place: Place) -> Self {
        Self { sequence, place, link: NONE }
    }

    /// One that has all older ones in it.
    pub(super) fn whole(sequence: u64, place: Place, older: u32) -> Self {
        Self { sequence, place, link: older | IS_WHOLE }
    }

    /// Whether a reader of it needs no older one.
    pub(super) fn is_whole(&self) -> bool {
        self.link & IS_WHOLE != 0
    }

    /// The number of the next older one, or [`NONE`].
    pub(super) fn older(&self) -> u32 {
        self.link & !IS_WHOLE
    }
}

/// Versions by their numbers, in lists from the newest to the oldest.
#[derive(Debug, Default)]
pub(super) struct Versions {
    all: Vec<Version>,
    vacant: Vec<u32>,
}

impl Versions {
    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Version> {
        self.all.get(number as usize)
    }

    /// Adds a version to the list that begins with `newest`, and returns with which it begins then.
    #[inline]
    pub(super) fn add(&mut self, newest: u32, mut version: Version) -> u32 {
        match self.get(newest) {
            Some(known) if known.sequence > version.sequence => self.add_behind(newest, version),
            _ => {
                version.link = newest;
                self.put(version)
            }
        }
    }

    /// Adds one that comes later than a newer one.
    #[cold]
    fn add_behind(&mut self, newest: u32, mut version: Version) -> u32 {
        let mut newer = newest;
        while let Some(next) =
            self.get(newer).and_then(|known| self.get(known.older()).map(|_| known.older()))
        {
            if self.get(next).is_none_or(|known| known.sequence <= version.sequence) {
                break;
            }
            newer = next;
        }
        version.link = self.get(newer).map_or(NONE, Version::older);
        let number = self.put(version);
        self.set_older(newer, number);
        newest
    }

    /// Stores a version that is linked already.
    pub(super) fn put(&mut self, version: Version) -> u32 {
        match self.vacant.pop() {
            Some(vacant) => {
                if let Some(into) = self.all.get_mut(vacant as usize) {
                    *into = version;
                }
                vacant
            }
            None => {
                self.all.push(version);
                self.all.len().saturating_sub(1) as u32
            }
        }
    }

    /// Links a version to another older one.
    pub(super) fn set_older(&mut self, number: u32, older: u32) {
        if let Some(version) = self.all.get_mut(number as usize) {
            version.link = older | (version.link & IS_WHOLE);
        }
    }

    /// Takes out a version that is in no list any more.
    pub(super) fn remove(&mut self, number: u32) {
        self.vacant.push(number);
    }

    /// Memory that is taken.
    pub(super) fn held_bytes(&self) -> usize {
        let vacant = self.vacant.capacity().saturating_mul(size_of::<u32>());
        self.all.capacity().saturating_mul(size_of::<Version>()).saturating_add(vacant)
    }
}
