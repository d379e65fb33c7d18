//! The order of partitions, and the bloom filter.

use super::where_at::Where;
use super::{Check, Findings, Place, Severity};
use crate::component::{BloomFilter, Component, FilterLayout};
use crate::error::Result;
use crate::partitioner::{Partitioner, Token, hash3_x64_128, murmur3_token_of};
use crate::reader::Sstable;

/// Follows the keys of the partitions.
pub(super) struct KeyOrder {
    partitioner: Option<Partitioner>,
    last: Option<(Token, Vec<u8>)>,
    filter: Option<BloomFilter>,
    filter_layout: FilterLayout,
    keys: u64,
}

impl KeyOrder {
    pub(super) fn new(sstable: &Sstable, findings: &mut Findings) -> Self {
        let partitioner = sstable.partitioner();
        let partitioner =
            partitioner.map_err(|error| findings.error(Check::PartitionOrder, Component::Statistics, &error));
        let filter = open_filter(sstable);
        let filter = filter.unwrap_or_else(|error| {
            findings.error(Check::Filter, Component::Filter, &error);
            None
        });
        let filter_layout = FilterLayout::of(sstable.version());
        Self { partitioner: partitioner.ok(), last: None, filter, filter_layout, keys: 0 }
    }

    /// The partitioner, if it is known.
    pub(super) fn partitioner(&self) -> Option<&Partitioner> {
        self.partitioner.as_ref()
    }

    /// The partition of `key` comes. Returns the hash of the key.
    pub(super) fn key(&mut self, key: &[u8], at: &Where<'_>, findings: &mut Findings) -> [u64; 2] {
        let hash = hash3_x64_128(key, 0);
        self.keys = self.keys.saturating_add(1);
        if let Some(bit) = self.filter.as_ref().and_then(|filter| filter.missing_bit(hash)) {
            denied(BloomFilter::offset_of(bit, self.filter_layout), at, findings);
        }
        let token = match &self.partitioner {
            Some(Partitioner::Murmur3) => Token::Murmur3(murmur3_token_of(key, hash)),
            Some(other) => other.token(key),
            None => return hash,
        };
        match &mut self.last {
            Some((last_token, last_key)) => {
                let order =
                    (*last_token).partial_cmp(&token).map(|order| order.then_with(|| (**last_key).cmp(key)));
                if order.is_none_or(std::cmp::Ordering::is_ge) {
                    out_of_order(last_key == key, at, findings);
                }
                last_key.clear();
                last_key.extend_from_slice(key);
                *last_token = token;
            }
            None => self.last = Some((token, key.to_owned())),
        }
        hash
    }

    /// All partitions were seen.
    pub(super) fn finish(&self, findings: &mut Findings) {
        let Some(filter) = &self.filter else { return };
        let most = self.keys.saturating_mul(u64::from(filter.hashes()));
        let set = filter.set_bits();
        if set > most {
            findings.note(Check::Filter, (Component::Filter, Place::Whole), || {
                format!("{set} bits are set, but the keys set {most} at most: needless reads follow, no wrong ones")
            });
        }
    }

    /// The key that came last.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        self.last.as_ref().map(|(_, key)| key.as_slice())
    }
}

fn open_filter(sstable: &Sstable) -> Result<Option<BloomFilter>> {
    let Some(source) = sstable.files().open_if_there(Component::Filter)? else { return Ok(None) };
    BloomFilter::open(&*source, FilterLayout::of(sstable.version())).map(Some)
}

#[cold]
fn denied(offset: u64, at: &Where<'_>, findings: &mut Findings) {
    let told = "the filter says that there is no partition with this key, of which a bit is missing here: it is not found";
    at.tell_of((Component::Filter, Place::Offset(offset)), Check::Filter, told.to_owned(), findings);
}

#[cold]
fn out_of_order(is_same: bool, at: &Where<'_>, findings: &mut Findings) {
    let told = match is_same {
        true => "the partition has the same key as the one before it",
        false => "the partition stands behind one that it belongs in front of",
    };
    at.tell(Severity::Damage, Check::PartitionOrder, told.to_owned(), findings);
}
