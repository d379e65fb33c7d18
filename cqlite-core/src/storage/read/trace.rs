//! What a read touched.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::storage::store::TableSstable;

/// What a read touched, filled in while it is carried out ([`ReadCommand::trace`](super::ReadCommand::trace)).
#[derive(Debug, Default)]
pub struct ReadTrace(Mutex<TouchedSources>);

/// What of memtables and SSTables was touched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TouchedSources {
    /// Partitions that were looked for by their keys.
    pub lookups: u64,
    /// Memtables that were asked.
    pub memtables: u64,
    /// SSTables that were left out as no wanted token is between their first and last one.
    pub ruled_out_by_token: u64,
    /// SSTables that were left out as they have no wanted clustering.
    pub ruled_out_by_clustering: u64,
    /// SSTables that were left out as all that they have is older than the deletion of the partition.
    pub ruled_out_by_deletion: u64,
    /// The SSTables that were asked, by their paths.
    pub sstables: BTreeMap<String, TouchedSstable>,
}

/// What of an SSTable was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TouchedSstable {
    /// Partitions that its filter said it has not.
    pub filter_rejections: u64,
    /// Partitions that were looked for beyond the filter, and not found.
    pub absent: u64,
    /// Partitions that were found.
    pub found: u64,
    /// It was read partition by partition, over a range of tokens.
    pub is_scanned: bool,
}

/// How an SSTable was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    FilterRejection,
    Absent,
    Found,
    Scan,
    NotByToken,
    NotByClustering,
    NotByDeletion,
}

impl ReadTrace {
    /// What was touched up to now.
    pub fn touched(&self) -> TouchedSources {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn lookup(&self, memtables: usize) {
        let mut touched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        touched.lookups = touched.lookups.saturating_add(1);
        touched.memtables = touched.memtables.max(memtables as u64);
    }

    pub(super) fn scan(&self, memtables: usize) {
        let mut touched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        touched.memtables = touched.memtables.max(memtables as u64);
    }

    pub(super) fn touch(&self, sstable: &TableSstable, how: Touch) {
        let mut touched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = match how {
            Touch::NotByToken => Some(&mut touched.ruled_out_by_token),
            Touch::NotByClustering => Some(&mut touched.ruled_out_by_clustering),
            Touch::NotByDeletion => Some(&mut touched.ruled_out_by_deletion),
            _ => None,
        };
        if let Some(left_out) = left_out {
            *left_out = left_out.saturating_add(1);
            return;
        }
        let path = sstable.live().descriptor().to_string();
        let of = touched.sstables.entry(path).or_default();
        let count = match how {
            Touch::FilterRejection => &mut of.filter_rejections,
            Touch::Absent => &mut of.absent,
            Touch::Found => &mut of.found,
            _ => {
                of.is_scanned = true;
                return;
            }
        };
        *count = count.saturating_add(1);
    }
}
