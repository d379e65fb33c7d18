//! Changes, and what they make together, by a rule that knows no SSTables.

use std::collections::BTreeMap;

use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row,
    RowItem,
};
use cqlite_sstable::writer::builder::{SstableBuilder, Update};

use super::Dice;

/// The rows that are to be seen: by key and clustering, the value if there is one.
pub(in crate::storage) type Visible = BTreeMap<(i32, i32), Option<String>>;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) enum Change {
    /// A value, maybe for so many seconds, by INSERT or by UPDATE.
    Put {
        value: u32,
        ttl_seconds: Option<i32>,
        inserts: bool,
    },
    DeleteValue,
    DeleteRow,
    DeletePartition,
    /// All rows from the clustering up to and with this one.
    DeleteRange {
        to: i32,
    },
}

/// A change with its place and its times. No two have one timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct Written {
    pub(in crate::storage) key: i32,
    pub(in crate::storage) clustering: i32,
    pub(in crate::storage) timestamp: i64,
    pub(in crate::storage) at_seconds: i64,
    pub(in crate::storage) change: Change,
}

impl Written {
    pub(in crate::storage) fn put(key: i32, clustering: i32, timestamp: i64) -> Self {
        let change = Change::Put { value: timestamp as u32, ttl_seconds: None, inserts: true };
        Self { key, clustering, timestamp, at_seconds: super::START_SECONDS - 10, change }
    }

    pub(in crate::storage) fn with(self, change: Change) -> Self {
        Self { change, ..self }
    }

    pub(in crate::storage) fn random(dice: &mut Dice, timestamp: i64, at_seconds: i64) -> Self {
        let (key, clustering) = (dice.below(8) as i32, dice.below(6) as i32);
        let change = match dice.below(12) {
            0 => Change::DeletePartition,
            1 => Change::DeleteRange { to: clustering + dice.below(4) as i32 },
            2 | 3 => Change::DeleteRow,
            4 => Change::DeleteValue,
            other => Change::Put {
                value: timestamp as u32,
                ttl_seconds: (other == 5).then(|| 1 + dice.below(200) as i32),
                inserts: other % 2 == 0,
            },
        };
        Self { key, clustering, timestamp, at_seconds, change }
    }

    /// Whether it deletes the row at a place, as a whole.
    fn covers(&self, (key, clustering): (i32, i32)) -> bool {
        self.key == key
            && match self.change {
                Change::DeletePartition => true,
                Change::DeleteRange { to } => (self.clustering..=to).contains(&clustering),
                Change::DeleteRow => self.clustering == clustering,
                Change::Put { .. } | Change::DeleteValue => false,
            }
    }

    pub(super) fn add_to(&self, builder: &mut SstableBuilder) {
        let key = self.key.to_be_bytes();
        let at = |clustering: i32| {
            let mut buffer = ClusteringBuffer::default();
            buffer.push(ClusteringValue::Value(&clustering.to_be_bytes()));
            buffer
        };
        let clustering = at(self.clustering);
        let deletion = DeletionTime {
            marked_for_delete_at: self.timestamp,
            local_deletion_time_seconds: self.at_seconds,
        };
        let row = Row {
            is_static: false,
            clustering: clustering.as_clustering(),
            liveness: None,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
        };
        let cell = Cell {
            column: 0,
            timestamp: self.timestamp,
            ttl_seconds: 0,
            local_deletion_time_seconds: self.at_seconds,
            path: None,
            value: b"",
        };
        let added = match self.change {
            Change::DeletePartition => builder.add(&Update::Partition { key: &key, deletion }),
            Change::DeleteRange { to } => {
                let to = at(to);
                let start = (ClusteringKind::InclStartBound, clustering.as_clustering());
                let end = (ClusteringKind::InclEndBound, to.as_clustering());
                builder.add(&Update::Range { key: &key, start, end, deletion })
            }
            Change::DeleteRow => {
                builder.add(&Update::Row { key: &key, row: Row { deletion, ..row }, items: &[] })
            }
            Change::DeleteValue => {
                builder.add(&Update::Row { key: &key, row, items: &[RowItem::Cell(cell)] })
            }
            Change::Put { value, ttl_seconds, inserts } => {
                let text = text_of(value);
                let expires = ttl_seconds.map(|ttl| self.at_seconds + i64::from(ttl));
                let (ttl, expires) = (ttl_seconds.unwrap_or(0), expires.unwrap_or(NO_DELETION_TIME));
                let cell = Cell {
                    ttl_seconds: ttl,
                    local_deletion_time_seconds: expires,
                    value: text.as_bytes(),
                    ..cell
                };
                let liveness = Liveness {
                    ttl_seconds: ttl,
                    expires_at_seconds: expires,
                    ..Liveness::new(self.timestamp)
                };
                let row = Row { liveness: inserts.then_some(liveness), ..row };
                builder.add(&Update::Row { key: &key, row, items: &[RowItem::Cell(cell)] })
            }
        };
        added.unwrap();
    }
}

fn text_of(value: u32) -> String {
    format!("value {value} {}", "x".repeat(value as usize % 40))
}

/// The rows that are to be seen after all changes, in whatever order they came.
pub(in crate::storage) fn visible_of(changes: &[Written], now_seconds: i64) -> Visible {
    let mut visible = Visible::new();
    let places = changes.iter().map(|change| (change.key, change.clustering));
    for place in places {
        let deleted =
            changes.iter().filter(|change| change.covers(place)).map(|change| change.timestamp).max();
        let is_later = |change: &&Written| {
            (change.key, change.clustering) == place
                && deleted.is_none_or(|deleted| change.timestamp > deleted)
        };
        let newest = |is_meant: fn(&Change) -> bool| {
            let later = changes.iter().filter(is_later).filter(|change| is_meant(&change.change));
            later.max_by_key(|change| change.timestamp)
        };
        let is_alive = |change: &&Written| match change.change {
            Change::Put { ttl_seconds, .. } => {
                ttl_seconds.is_none_or(|ttl| change.at_seconds + i64::from(ttl) > now_seconds)
            }
            _ => false,
        };
        let value =
            newest(|change| matches!(change, Change::Put { .. } | Change::DeleteValue)).filter(is_alive);
        let row = newest(|change| matches!(change, Change::Put { inserts: true, .. })).filter(is_alive);
        let value = value.and_then(|change| match change.change {
            Change::Put { value, .. } => Some(text_of(value)),
            _ => None,
        });
        if value.is_some() || row.is_some() {
            visible.insert(place, value);
        }
    }
    visible
}
