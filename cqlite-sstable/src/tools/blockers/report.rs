//! The report on blockers.

use serde_json::{Map, Value, json};

use super::{Blocked, blocked};
use crate::row::NO_DELETION_TIME;
use crate::tools::listing::{ListedSstable, overlap};

/// What keeps the expired SSTables of a table.
#[derive(Debug)]
pub struct BlockersReport {
    pub(super) title: String,
    pub(super) sstables: Vec<ListedSstable>,
    pub(super) gc_before_seconds: i64,
    pub(super) blocked: Blocked,
    /// Those that keep most first.
    pub(super) blockers: Vec<Blocker>,
}

/// An SSTable that keeps expired ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its index.
    pub sstable: usize,
    /// The indexes of those that it keeps.
    pub blocks: Vec<usize>,
    /// How many of these no other SSTable keeps.
    pub alone: usize,
}

impl BlockersReport {
    /// Judges all SSTables of the table `title`.
    pub fn new(title: impl Into<String>, sstables: Vec<ListedSstable>, gc_before_seconds: i64) -> Self {
        let blocked = blocked(&sstables, gc_before_seconds);
        let blockers = (0..sstables.len()).map(|sstable| blocker(sstable, &blocked));
        let mut blockers: Vec<Blocker> = blockers.filter(|blocker| !blocker.blocks.is_empty()).collect();
        blockers.sort_by_key(|blocker| std::cmp::Reverse(blocker.blocks.len()));
        Self { title: title.into(), sstables, gc_before_seconds, blocked, blockers }
    }

    /// The SSTables that keep expired ones; those that keep most first.
    pub fn blockers(&self) -> &[Blocker] {
        &self.blockers
    }

    /// The expired SSTables that nothing keeps.
    pub fn droppable(&self) -> impl Iterator<Item = &ListedSstable> {
        let free = self.blocked.expired.iter().filter(|(_, blockers)| blockers.is_empty());
        free.filter_map(|(index, _)| self.sstables.get(*index))
    }

    /// Everything as one JSON object.
    pub fn to_json(&self) -> Value {
        json!({
            "table": self.title,
            "sstables": self.sstables.len(),
            "gc_before_seconds": self.gc_before_seconds,
            "expired": self.blocked.expired.len(),
            "droppable": self.droppable().map(sstable_json).collect::<Vec<_>>(),
            "blockers": self.blockers.iter().map(|blocker| self.blocker_json(blocker)).collect::<Vec<_>>(),
        })
    }

    fn blocker_json(&self, blocker: &Blocker) -> Value {
        let Some(one) = self.sstables.get(blocker.sstable) else { return Value::Null };
        let blocks = blocker.blocks.iter().filter_map(|index| self.sstables.get(*index));
        let blocks = blocks.map(|kept| {
            let mut object = sstable_json(kept);
            if let (Some(a), Some(b)) = (&one.tokens, &kept.tokens) {
                object.insert("tokens_overlap".to_owned(), json!(overlap(a, b)));
            }
            Value::Object(object)
        });
        let mut object = sstable_json(one);
        object.insert("blocks".to_owned(), blocks.collect());
        object.insert("blocks_alone".to_owned(), json!(blocker.alone));
        Value::Object(object)
    }
}

fn blocker(sstable: usize, blocked: &Blocked) -> Blocker {
    let mut found = Blocker { sstable, blocks: Vec::new(), alone: 0 };
    for (expired, blockers) in blocked.expired.iter().filter(|(_, blockers)| blockers.contains(&sstable)) {
        found.blocks.push(*expired);
        found.alone += usize::from(blockers.len() == 1);
    }
    found
}

fn sstable_json(one: &ListedSstable) -> Map<String, Value> {
    let seconds = one.local_deletion_times_seconds.1;
    let fields = [
        ("sstable", json!(one.descriptor.to_string())),
        ("disk_bytes", json!(one.disk_bytes)),
        ("min_timestamp_micros", json!(one.timestamps.map(|(oldest, _)| oldest))),
        ("max_timestamp_micros", json!(one.timestamps.map(|(_, newest)| newest))),
        ("max_local_deletion_time_seconds", json!((seconds != NO_DELETION_TIME).then_some(seconds))),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
