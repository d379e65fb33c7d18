//! Filter.db against the keys of Data.db.

use super::where_at::Where;
use super::{Check, Findings, Place};
use crate::component::statistics::SerializationHeader;
use crate::component::{BloomFilter, Component, FilterLayout};
use crate::error::Result;
use crate::reader::Sstable;

const CHECK: Check = Check::Filter;

/// So many keys are looked up in turn. The bits of a key lie far apart in memory: the processor waits for those of
/// several keys at a time.
const BATCH: usize = 64;

/// Keys that take more are not kept for longer.
const BATCH_BYTES: usize = 64 * 1024;

/// Looks up every key in the bloom filter.
pub(super) struct FilterCheck {
    filter: BloomFilter,
    layout: FilterLayout,
    keys: u64,
    waiting: Vec<Waiting>,
    /// The keys that wait, one behind the other.
    bytes: Vec<u8>,
}

/// A key that is to be looked up.
struct Waiting {
    hash: [u64; 2],
    /// Where it ends in the bytes of all.
    end: usize,
    /// The position of its partition.
    position: u64,
}

impl FilterCheck {
    /// None if there is no filter.
    pub(super) fn open(sstable: &Sstable) -> Result<Option<Self>> {
        let Some(source) = sstable.files().open_if_there(Component::Filter)? else { return Ok(None) };
        let layout = FilterLayout::of(sstable.version());
        let filter = BloomFilter::open(&*source, layout)?;
        Ok(Some(Self { filter, layout, keys: 0, waiting: Vec::with_capacity(BATCH), bytes: Vec::new() }))
    }

    /// A key comes. It is looked up now or later.
    #[inline]
    pub(super) fn key(
        &mut self,
        (key, hash, position): (&[u8], [u64; 2], u64),
        header: &SerializationHeader,
        findings: &mut Findings,
    ) {
        self.bytes.extend_from_slice(key);
        self.waiting.push(Waiting { hash, end: self.bytes.len(), position });
        if self.waiting.len() >= BATCH || self.bytes.len() >= BATCH_BYTES {
            self.look_up(header, findings);
        }
    }

    /// Looks up the keys that wait.
    fn look_up(&mut self, header: &SerializationHeader, findings: &mut Findings) {
        let mut start = 0;
        for waiting in &self.waiting {
            if let Some(bit) = self.filter.missing_bit(waiting.hash) {
                let key = self.bytes.get(start..waiting.end).unwrap_or_default();
                let offset = BloomFilter::offset_of(bit, self.layout);
                denied(offset, &Where::new(header, key, waiting.position), findings);
            }
            start = waiting.end;
        }
        self.keys = self.keys.saturating_add(self.waiting.len() as u64);
        self.waiting.clear();
        self.bytes.clear();
    }

    /// No more keys come; `is_whole` if all did.
    pub(super) fn finish(&mut self, is_whole: bool, header: &SerializationHeader, findings: &mut Findings) {
        self.look_up(header, findings);
        let most = self.keys.saturating_mul(u64::from(self.filter.hashes()));
        let set = self.filter.set_bits();
        if is_whole && set > most {
            findings.note(CHECK, (Component::Filter, Place::Whole), || {
                format!("{set} bits are set, but the keys set {most} at most: needless reads follow, no wrong ones")
            });
        }
    }
}

#[cold]
fn denied(offset: u64, at: &Where<'_>, findings: &mut Findings) {
    let told = "the filter denies this key, a bit of which is missing: the partition is not found";
    at.tell_of((Component::Filter, Place::Offset(offset)), CHECK, told.to_owned(), findings);
}
