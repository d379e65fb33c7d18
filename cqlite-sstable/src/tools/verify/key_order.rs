//! The order of partitions, and the bloom filter.

use super::filter_check::FilterCheck;
use super::where_at::Where;
use super::{Check, Findings, Severity};
use crate::component::Component;
use crate::component::statistics::SerializationHeader;
use crate::partitioner::{Partitioner, Token, hash3_x64_128, murmur3_token_of};
use crate::reader::Sstable;

/// Follows the keys of the partitions.
pub(super) struct KeyOrder {
    partitioner: Option<Partitioner>,
    last: Option<(Token, Vec<u8>)>,
    filter: Option<FilterCheck>,
}

impl KeyOrder {
    pub(super) fn new(sstable: &Sstable, findings: &mut Findings) -> Self {
        let partitioner = sstable.partitioner();
        let partitioner =
            partitioner.map_err(|error| findings.error(Check::PartitionOrder, Component::Statistics, &error));
        let filter = FilterCheck::open(sstable).unwrap_or_else(|error| {
            findings.error(Check::Filter, Component::Filter, &error);
            None
        });
        Self { partitioner: partitioner.ok(), last: None, filter }
    }

    /// The partitioner, if it is known.
    pub(super) fn partitioner(&self) -> Option<&Partitioner> {
        self.partitioner.as_ref()
    }

    /// The partition of `key` comes. Returns the hash of the key.
    pub(super) fn key(&mut self, key: &[u8], at: &Where<'_>, findings: &mut Findings) -> [u64; 2] {
        let hash = hash3_x64_128(key, 0);
        if let Some(filter) = &mut self.filter {
            filter.key((key, hash, at.position), at.header(), findings);
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

    /// No more partitions come; `is_whole` if all did.
    pub(super) fn finish(&mut self, is_whole: bool, header: &SerializationHeader, findings: &mut Findings) {
        if let Some(filter) = &mut self.filter {
            filter.finish(is_whole, header, findings);
        }
    }

    /// The key that came last.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        self.last.as_ref().map(|(_, key)| key.as_slice())
    }
}

#[cold]
fn out_of_order(is_same: bool, at: &Where<'_>, findings: &mut Findings) {
    let told = match is_same {
        true => "the partition has the same key as the one before it",
        false => "the partition stands behind one that it belongs in front of",
    };
    at.tell(Severity::Damage, Check::PartitionOrder, told.to_owned(), findings);
}
