//! Tables as maps, and what is left of them by the rules of reconciliation.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cqlite_sstable::row::{DeletionTime, EXPIRED_LIVENESS_TTL, Liveness, NO_DELETION_TIME};

/// So many clusterings there are, from 0 on.
pub const CLUSTERINGS: usize = 5;

/// Stretches between two bounds: each clustering has one, and so has what lies between them.
pub const GAPS: usize = 2 * CLUSTERINGS + 1;

/// The column that is a counter.
pub const COUNTER: &str = "n";

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub partitions: BTreeMap<i32, ModelPartition>,
}

#[derive(Debug, Clone, Default)]
pub struct ModelPartition {
    pub deletion: DeletionTime,
    /// What deletes the stretches between bounds.
    pub ranges: [DeletionTime; GAPS],
    pub static_row: ModelRow,
    pub rows: BTreeMap<i32, ModelRow>,
}

#[derive(Debug, Clone, Default)]
pub struct ModelRow {
    pub livenesses: Vec<Liveness>,
    pub deletion: DeletionTime,
    /// What newer liveness takes away.
    pub shadowable_deletion: DeletionTime,
    pub complex_deletions: BTreeMap<&'static str, DeletionTime>,
    /// By column and path, all versions.
    pub cells: BTreeMap<(&'static str, Option<i32>), Vec<ModelCell>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCell {
    pub timestamp: i64,
    pub ttl_seconds: i32,
    pub dies_at_seconds: i64,
    pub value: Vec<u8>,
}

impl Model {
    /// One cell of the column `a`.
    pub fn of_cell(key: i32, clustering: i32, timestamp: i64) -> Self {
        let cell =
            ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: NO_DELETION_TIME, value: vec![1; 4] };
        let row = ModelRow { cells: BTreeMap::from([(("a", None), vec![cell])]), ..ModelRow::default() };
        let rows = BTreeMap::from([(clustering, row)]);
        let partition = ModelPartition { rows, ..ModelPartition::default() };
        Self { partitions: BTreeMap::from([(key, partition)]) }
    }
}

/// All of `models` together, and of that what counts.
pub fn merged(models: &[Model]) -> Model {
    let mut all = Model::default();
    for (key, partition) in models.iter().flat_map(|model| &model.partitions) {
        let into = all.partitions.entry(*key).or_default();
        into.deletion = into.deletion.max(partition.deletion);
        for (gap, deletion) in into.ranges.iter_mut().zip(&partition.ranges) {
            *gap = (*gap).max(*deletion);
        }
        into.static_row.add(&partition.static_row);
        for (clustering, row) in &partition.rows {
            into.rows.entry(*clustering).or_default().add(row);
        }
    }
    all.partitions.values_mut().for_each(ModelPartition::settle);
    all.partitions.retain(|_, partition| !partition.is_empty());
    all
}

impl ModelPartition {
    fn settle(&mut self) {
        for gap in &mut self.ranges {
            if *gap <= self.deletion {
                *gap = DeletionTime::LIVE;
            }
        }
        self.static_row.settle(self.deletion);
        for (clustering, row) in &mut self.rows {
            row.settle(self.deletion.max(self.ranges[1 + 2 * *clustering as usize]));
        }
        self.rows.retain(|_, row| !row.is_empty());
    }

    fn is_empty(&self) -> bool {
        self.deletion.is_live()
            && self.ranges.iter().all(DeletionTime::is_live)
            && self.static_row.is_empty()
            && self.rows.is_empty()
    }
}

impl ModelRow {
    pub fn is_empty(&self) -> bool {
        self.livenesses.is_empty()
            && self.deletion.is_live()
            && self.shadowable_deletion.is_live()
            && self.complex_deletions.is_empty()
            && self.cells.is_empty()
    }

    fn add(&mut self, other: &Self) {
        self.livenesses.extend(&other.livenesses);
        self.deletion = self.deletion.max(other.deletion);
        self.shadowable_deletion = self.shadowable_deletion.max(other.shadowable_deletion);
        for (column, deletion) in &other.complex_deletions {
            let known = self.complex_deletions.entry(column).or_default();
            *known = (*known).max(*deletion);
        }
        for (cell, versions) in &other.cells {
            self.cells.entry(*cell).or_default().extend(versions.iter().cloned());
        }
    }

    fn settle(&mut self, outer: DeletionTime) {
        if self.deletion <= outer {
            self.deletion = DeletionTime::LIVE;
        }
        let newest = self.livenesses.iter().map(|liveness| liveness.timestamp).max();
        let is_shadowed = newest > Some(self.shadowable_deletion.marked_for_delete_at);
        if is_shadowed || self.shadowable_deletion <= outer.max(self.deletion) {
            self.shadowable_deletion = DeletionTime::LIVE;
        }
        let row = outer.max(self.deletion).max(self.shadowable_deletion);
        self.livenesses.retain(|liveness| liveness.timestamp > row.marked_for_delete_at);
        self.livenesses.sort_by_key(liveness_rank);
        self.livenesses = self.livenesses.last().copied().into_iter().collect();
        self.complex_deletions.retain(|_, deletion| *deletion > row);
        for ((column, _), versions) in &mut self.cells {
            let deletion = self.complex_deletions.get(column).copied().unwrap_or(row);
            versions.retain(|version| version.timestamp > deletion.marked_for_delete_at);
            if *column == COUNTER && versions.len() > 1 {
                *versions = vec![counted(versions)];
            } else {
                versions.sort_by(|a, b| cell_rank(a).cmp(&cell_rank(b)));
                *versions = versions.last().cloned().into_iter().collect();
            }
        }
        self.cells.retain(|_, versions| !versions.is_empty());
    }
}

type LivenessRank = (i64, bool, bool, i64, Reverse<i32>);

fn liveness_rank(liveness: &Liveness) -> LivenessRank {
    let Liveness { timestamp, ttl_seconds, expires_at_seconds } = *liveness;
    let expires_at = if ttl_seconds == 0 { 0 } else { expires_at_seconds };
    (timestamp, ttl_seconds == EXPIRED_LIVENESS_TTL, ttl_seconds != 0, expires_at, Reverse(ttl_seconds))
}

type CellRank<'a> = (i64, bool, bool, i64, Reverse<i32>, &'a [u8]);

fn cell_rank(cell: &ModelCell) -> CellRank<'_> {
    let dies = cell.dies_at_seconds != NO_DELETION_TIME;
    let at = if dies { cell.dies_at_seconds } else { 0 };
    (cell.timestamp, dies, dies && cell.ttl_seconds == 0, at, Reverse(cell.ttl_seconds), &cell.value)
}

/// A counter of one global shard for each of `counts`: id, clock, count.
pub fn counter(shards: &BTreeMap<u8, (i64, i64)>) -> Vec<u8> {
    let mut value = (shards.len() as u16).to_be_bytes().to_vec();
    (0..shards.len() as u16).for_each(|index| value.extend((index | 0x8000).to_be_bytes()));
    for (id, (clock, count)) in shards {
        value.extend([*id; 16]);
        value.extend(clock.to_be_bytes());
        value.extend(count.to_be_bytes());
    }
    value
}

/// The versions of a counter as one: of each shard, that of the latest clock.
fn counted(versions: &[ModelCell]) -> ModelCell {
    let mut shards: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
    for version in versions {
        let count = usize::from(u16::from_be_bytes([version.value[0], version.value[1]]));
        for shard in version.value[2 + 2 * count..].chunks(32) {
            let number = |at: usize| i64::from_be_bytes(shard[at..at + 8].try_into().unwrap());
            let known = shards.entry(shard[0]).or_insert((i64::MIN, i64::MIN));
            *known = (*known).max((number(16), number(24)));
        }
    }
    let timestamp = versions.iter().map(|version| version.timestamp).max().unwrap();
    ModelCell { timestamp, ttl_seconds: 0, dies_at_seconds: NO_DELETION_TIME, value: counter(&shards) }
}
