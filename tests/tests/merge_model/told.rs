//! A table as a source of rows.

use std::sync::Arc;

use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, Marker, Partition, Row,
    RowItem, Unfiltered, UnfilteredPartitions,
};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Partitioner, Result};

use super::model::{COUNTER, GAPS, Model, ModelCell, ModelPartition, ModelRow};

/// A table as it is stored: partitions by tokens, and only the columns that it has cells of.
pub struct TableTold {
    pub header: SerializationHeader,
    pub partitions: Vec<PartitionTold>,
}

pub struct PartitionTold {
    key: Vec<u8>,
    deletion: DeletionTime,
    static_row: RowTold,
    unfiltereds: Vec<UnfilteredTold>,
}

enum UnfilteredTold {
    Row(RowTold),
    Marker(ClusteringKind, ClusteringBuffer, DeletionTime, Option<DeletionTime>),
}

struct RowTold {
    clustering: ClusteringBuffer,
    liveness: Option<Liveness>,
    deletion: DeletionTime,
    shadowable_deletion: DeletionTime,
    items: Vec<(usize, ItemTold)>,
}

enum ItemTold {
    Deletion(DeletionTime),
    Cell(Option<[u8; 4]>, ModelCell),
}

fn column_type(name: &str) -> CqlType {
    let int = || Arc::new(CqlType::Int);
    match name {
        "m" | "y" => CqlType::Map { key: int(), value: int(), frozen: false },
        COUNTER => CqlType::Counter,
        _ => CqlType::Int,
    }
}

fn values(values: &[i32]) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    values.iter().for_each(|value| buffer.push(ClusteringValue::Value(&value.to_be_bytes())));
    buffer
}

/// The names among `all` that these rows have.
fn used<'m>(all: [&'static str; 4], rows: impl Iterator<Item = &'m ModelRow>) -> Vec<&'static str> {
    let rows: Vec<_> = rows.collect();
    let has = |row: &&ModelRow, name: &str| {
        row.complex_deletions.contains_key(name) || row.cells.keys().any(|(column, _)| *column == name)
    };
    all.into_iter().filter(|name| rows.iter().any(|row| has(row, name))).collect()
}

impl TableTold {
    pub fn new(model: &Model) -> Self {
        let partitions = || model.partitions.values();
        let statics = used(["z", "y", "", ""], partitions().map(|one| &one.static_row));
        let regulars = used(["a", "b", COUNTER, "m"], partitions().flat_map(|one| one.rows.values()));
        let columns = |names: &[&str]| {
            let column =
                |name: &&str| HeaderColumn { name: name.as_bytes().to_vec(), column_type: column_type(name) };
            names.iter().map(column).collect()
        };
        let header = SerializationHeader {
            min_timestamp: 0,
            min_local_deletion_time_seconds: 0,
            min_ttl_seconds: 0,
            key_type: CqlType::Int,
            clustering_types: vec![CqlType::Int],
            static_columns: columns(&statics),
            regular_columns: columns(&regulars),
        };
        let told =
            model.partitions.iter().map(|(key, one)| PartitionTold::new(*key, one, &statics, &regulars));
        let mut partitions: Vec<PartitionTold> = told.collect();
        partitions.sort_by(|a, b| Partitioner::Murmur3.compare_keys(&a.key, &b.key));
        Self { header, partitions }
    }

    pub fn first_key(&self) -> Option<&[u8]> {
        self.partitions.first().map(|first| first.key.as_slice())
    }

    pub fn source(&self) -> Source<'_> {
        let (statics, next) = (!self.header.static_columns.is_empty(), 0);
        Source {
            table: self,
            has_statics: statics,
            partition: next,
            unfiltered: 0,
            item: 0,
            is_between: true,
        }
    }
}

impl TableTold {
    /// Makes two markers of each boundary, and tells how many there were.
    pub fn split_boundaries(&mut self) -> usize {
        let mut count = 0;
        for unfiltereds in self.partitions.iter_mut().map(|partition| &mut partition.unfiltereds) {
            let whole = std::mem::take(unfiltereds);
            for unfiltered in whole {
                match unfiltered {
                    UnfilteredTold::Marker(kind, values, closed, Some(opened)) => {
                        let (end, start) = (kind.close().unwrap(), kind.open().unwrap());
                        unfiltereds.push(UnfilteredTold::Marker(end, values.clone(), closed, None));
                        unfiltereds.push(UnfilteredTold::Marker(start, values, opened, None));
                        count += 1;
                    }
                    other => unfiltereds.push(other),
                }
            }
        }
        count
    }
}

impl PartitionTold {
    fn new(key: i32, model: &ModelPartition, statics: &[&str], regulars: &[&str]) -> Self {
        let mut unfiltereds = Vec::new();
        let mut open = DeletionTime::LIVE;
        for bound in 0..=GAPS {
            let next = model.ranges.get(bound).copied().unwrap_or(DeletionTime::LIVE);
            if next != open {
                unfiltereds.push(marker(bound, open, next));
                open = next;
            }
            let clustering = (bound as i32 - 1) / 2;
            if bound % 2 == 1
                && let Some(row) = model.rows.get(&clustering)
            {
                unfiltereds.push(UnfilteredTold::Row(RowTold::new(values(&[clustering]), row, regulars)));
            }
        }
        let static_row = RowTold::new(ClusteringBuffer::default(), &model.static_row, statics);
        Self { key: key.to_be_bytes().to_vec(), deletion: model.deletion, static_row, unfiltereds }
    }
}

/// Bounds are numbered: the start, then for each clustering that in front of it and that behind it, then the end.
fn marker(bound: usize, closed: DeletionTime, opened: DeletionTime) -> UnfilteredTold {
    use ClusteringKind::{
        ExclEndBound, ExclEndInclStartBoundary, ExclStartBound, InclEndBound, InclEndExclStartBoundary,
        InclStartBound,
    };
    let is_edge = bound == 0 || bound == GAPS;
    let values = if is_edge { values(&[]) } else { values(&[(bound as i32 - 1) / 2]) };
    let is_in_front = bound == 0 || (bound % 2 == 1 && !is_edge);
    let kinds = match (closed.is_live(), opened.is_live()) {
        (true, _) => [InclStartBound, ExclStartBound],
        (_, true) => [ExclEndBound, InclEndBound],
        _ => [ExclEndInclStartBoundary, InclEndExclStartBoundary],
    };
    let kind = if is_in_front { kinds[0] } else { kinds[1] };
    let is_boundary = !closed.is_live() && !opened.is_live();
    let deletion = if closed.is_live() { opened } else { closed };
    UnfilteredTold::Marker(kind, values, deletion, is_boundary.then_some(opened))
}

impl RowTold {
    fn new(clustering: ClusteringBuffer, model: &ModelRow, names: &[&str]) -> Self {
        let mut items = Vec::new();
        for (number, name) in names.iter().enumerate() {
            if let Some(deletion) = model.complex_deletions.get(name) {
                items.push((number, ItemTold::Deletion(*deletion)));
            }
            for ((column, path), versions) in &model.cells {
                if column == name {
                    let cell = ItemTold::Cell(path.map(i32::to_be_bytes), versions[0].clone());
                    items.push((number, cell));
                }
            }
        }
        let ModelRow { deletion, shadowable_deletion, .. } = *model;
        let liveness = model.livenesses.first().copied();
        Self { clustering, liveness, deletion, shadowable_deletion, items }
    }

    fn row(&self, is_static: bool) -> Row<'_> {
        Row {
            is_static,
            clustering: self.clustering.as_clustering(),
            liveness: self.liveness,
            deletion: self.deletion,
            shadowable_deletion: self.shadowable_deletion,
        }
    }
}

/// Moves over a table. Numbers of partition, unfiltered and item count from 1: those moved to.
pub struct Source<'t> {
    table: &'t TableTold,
    has_statics: bool,
    partition: usize,
    unfiltered: usize,
    item: usize,
    is_between: bool,
}

impl Source<'_> {
    fn at(&self) -> &PartitionTold {
        &self.table.partitions[self.partition - 1]
    }

    fn current_row(&self) -> Option<&RowTold> {
        match self.unfiltered.checked_sub(1).map(|index| &self.at().unfiltereds[index]) {
            None => Some(&self.at().static_row),
            Some(UnfilteredTold::Row(row)) => Some(row),
            Some(UnfilteredTold::Marker(..)) => None,
        }
    }
}

impl UnfilteredPartitions for Source<'_> {
    fn advance_partition(&mut self) -> Result<bool> {
        self.is_between = self.partition == self.table.partitions.len();
        self.partition += usize::from(!self.is_between);
        (self.unfiltered, self.item) = (0, 0);
        Ok(!self.is_between)
    }

    fn partition(&self) -> Partition<'_> {
        let PartitionTold { key, deletion, static_row, .. } = self.at();
        let static_row = (self.has_statics && self.unfiltered == 0).then(|| static_row.row(true));
        Partition { key, deletion: *deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.is_between |= self.unfiltered == self.at().unfiltereds.len();
        self.unfiltered += usize::from(!self.is_between);
        self.item = 0;
        Ok(!self.is_between)
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match &self.at().unfiltereds[self.unfiltered - 1] {
            UnfilteredTold::Row(row) => Unfiltered::Row(row.row(false)),
            UnfilteredTold::Marker(kind, values, deletion, opened) => Unfiltered::Marker(Marker {
                kind: *kind,
                clustering: values.as_clustering(),
                deletion: *deletion,
                opened: *opened,
            }),
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        let items = self.current_row().map_or(0, |row| row.items.len());
        let has_next = !self.is_between && self.item < items;
        self.item += usize::from(has_next);
        Ok(has_next)
    }

    fn item(&self) -> RowItem<'_> {
        let (column, item) = &self.current_row().unwrap().items[self.item - 1];
        match item {
            ItemTold::Deletion(deletion) => RowItem::ComplexDeletion { column: *column, deletion: *deletion },
            ItemTold::Cell(path, cell) => RowItem::Cell(Cell {
                column: *column,
                timestamp: cell.timestamp,
                ttl_seconds: cell.ttl_seconds,
                local_deletion_time_seconds: cell.dies_at_seconds,
                path: path.as_ref().map(<[u8; 4]>::as_slice),
                value: &cell.value,
            }),
        }
    }
}
