//! Changes of one partition key.

use std::iter;

use cqlite_sstable::encoding::write_uvint;
use cqlite_sstable::{Error, Result};

use super::PartitionUpdate;
use super::update::UpdateHead;

/// Changes of one partition key in one keyspace, in one table or several: all or none of them are made (`db.Mutation`).
///
/// It holds the bytes that are the body of a commit log's entry.
#[derive(Debug, Clone)]
pub struct Mutation {
    bytes: Vec<u8>,
    first: UpdateHead,
    others: Vec<UpdateHead>,
}

impl Mutation {
    pub(super) fn of_one(bytes: Vec<u8>, head: UpdateHead) -> Self {
        Self { bytes, first: head, others: Vec::new() }
    }

    /// Checks what several updates have to have in common.
    pub(super) fn of_heads(bytes: Vec<u8>, heads: Vec<UpdateHead>) -> Result<Self> {
        let mut heads = heads.into_iter();
        let Some(first) = heads.next() else {
            return Err(Error::corrupt("a mutation changes no table"));
        };
        let others: Vec<UpdateHead> = heads.collect();
        let key = |head: &UpdateHead| bytes.get(head.key.clone());
        for (number, other) in others.iter().enumerate() {
            let before = || iter::once(&first).chain(others.iter().take(number));
            let told = if key(other) != key(&first) {
                "a mutation changes several partition keys"
            } else if other.layout.keyspace() != first.layout.keyspace() {
                "a mutation changes tables of several keyspaces"
            } else if before().any(|one| one.layout.id() == other.layout.id()) {
                "a mutation has two updates of one table"
            } else {
                continue;
            };
            return Err(Error::corrupt(told).at(other.layout.full_name()));
        }
        Ok(Self { bytes, first, others })
    }

    /// One mutation of the updates of several, which are of one partition key and one keyspace, and of different tables.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is none, or they are not.
    pub fn joined(mutations: impl IntoIterator<Item = Self>) -> Result<Self> {
        let mutations: Vec<Self> = mutations.into_iter().collect();
        let count: usize = mutations.iter().map(|one| one.others.len().saturating_add(1)).sum();
        let mut bytes = Vec::with_capacity(mutations.iter().map(|one| one.bytes.len()).sum());
        let mut heads = Vec::with_capacity(count);
        write_uvint(count as u64, &mut bytes);
        for update in mutations.iter().flat_map(Self::updates) {
            heads.push(update.head.moved(bytes.len()));
            bytes.extend_from_slice(update.encoded());
        }
        Self::of_heads(bytes, heads).map_err(|error| Error::invalid_input(error.message()))
    }

    /// The body of a commit log's entry.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The serialized partition key.
    pub fn key(&self) -> &[u8] {
        self.bytes.get(self.first.key.clone()).unwrap_or_default()
    }

    /// The keyspace.
    pub fn keyspace(&self) -> &str {
        self.first.layout.keyspace()
    }

    /// What it changes in each table.
    pub fn updates(&self) -> impl Iterator<Item = PartitionUpdate<'_>> {
        let heads = iter::once(&self.first).chain(&self.others);
        heads.map(|head| PartitionUpdate { bytes: &self.bytes, head })
    }
}
