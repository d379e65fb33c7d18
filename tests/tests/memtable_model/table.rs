//! The table whose rows are written, and random updates of it.

use std::sync::Arc;

use cqlite_core::storage::mutation::{Mutation, PartitionUpdateBuilder, TableLayout};
use cqlite_cql::{Order, Uuid};
use cqlite_sstable::Partitioner;
use cqlite_sstable::row::{
    Cell, Clustering, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, EXPIRED_LIVENESS_TTL,
    Liveness, NO_DELETION_TIME, Row, RowItem,
};
use cqlite_sstable::schema::{ClusteringColumn, Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_tests::fuzz::Random;

pub const KEYS: usize = 3;

/// A table of an ascending and a descending clustering column, and of columns of every kind.
pub fn schema(clusterings: [CqlType; 2]) -> TableSchema {
    let map =
        |value: CqlType| CqlType::Map { key: Arc::new(CqlType::Int), value: Arc::new(value), frozen: false };
    let [first, second] = clusterings;
    TableSchema {
        keyspace: "app".into(),
        name: "mixed".into(),
        id: Some(Uuid([7; 16])),
        kind: TableKind::Table,
        partition_key: vec![Column::new("k", CqlType::Int)],
        clustering: vec![
            ClusteringColumn { name: "c".into(), column_type: first, order: Order::Ascending },
            ClusteringColumn { name: "d".into(), column_type: second, order: Order::Descending },
        ],
        static_columns: vec![Column::new("s", CqlType::Int), Column::new("sm", map(CqlType::Int))],
        regular_columns: vec![
            Column::new("a", CqlType::Int),
            Column::new("b", CqlType::Text),
            Column::new("n", CqlType::Counter),
            Column::new("m", map(CqlType::Text)),
        ],
        dropped_columns: Vec::new(),
        user_types: Vec::new(),
        options: Vec::new(),
        keyspace_options: Vec::new(),
        indexes: Vec::new(),
        is_compact: false,
        enforces_strict_liveness: false,
    }
}

pub fn layout(clusterings: [CqlType; 2], partitioner: Partitioner) -> Arc<TableLayout> {
    TableLayout::new(&schema(clusterings), partitioner).unwrap()
}

/// How values of the clustering columns are made from small numbers.
pub type Value = fn(usize) -> Vec<u8>;

/// Random updates; times are few, so that many are equal.
pub struct Updates {
    pub layout: Arc<TableLayout>,
    pub random: Random,
    pub values: [Value; 2],
    /// So many values each clustering column has.
    pub places: usize,
    /// Whether they count, and delete nothing; else they do not count. What is left of a counter that is deleted and
    /// counted again depends on what was merged first, in Cassandra as well.
    pub counts: bool,
}

impl Updates {
    pub fn update(&mut self) -> Mutation {
        let key = (self.random.below(KEYS) as i32).to_be_bytes();
        let mut builder = PartitionUpdateBuilder::new(&self.layout, &key);
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(14) {
                0..3 if self.counts => self.row(&mut builder, false),
                0 if self.random.below(3) == 0 => builder.delete_partition(self.deletion()).unwrap(),
                1 | 2 => self.delete_range(&mut builder),
                3 => self.row(&mut builder, true),
                _ => self.row(&mut builder, false),
            }
        }
        match builder.build() {
            Ok(mutation) => mutation,
            // Of a row with both deletions, which no encoding can hold.
            Err(refused) => {
                assert!(refused.to_string().contains("shadowable"), "{refused}");
                self.update()
            }
        }
    }

    fn clustering(&mut self, count: usize) -> ClusteringBuffer {
        let mut buffer = ClusteringBuffer::default();
        for value in self.values.iter().take(count) {
            let value = value(self.random.below(self.places));
            buffer.push(ClusteringValue::Value(&value));
        }
        buffer
    }

    fn delete_range(&mut self, builder: &mut PartitionUpdateBuilder) {
        let (start_values, end_values) = (self.random.below(3), self.random.below(3));
        let (start, end) = (self.clustering(start_values), self.clustering(end_values));
        let starts = [ClusteringKind::InclStartBound, ClusteringKind::ExclStartBound];
        let ends = [ClusteringKind::InclEndBound, ClusteringKind::ExclEndBound];
        let start = (starts[self.random.below(2)], start.as_clustering());
        let end = (ends[self.random.below(2)], end.as_clustering());
        if !self.layout.order().slice_is_empty(start, end) {
            builder.delete_range(start, end, self.deletion()).unwrap();
        }
    }

    fn deletion(&mut self) -> DeletionTime {
        let marked_for_delete_at = self.random.below(30) as i64;
        DeletionTime { marked_for_delete_at, local_deletion_time_seconds: self.random.below(3) as i64 }
    }

    fn row(&mut self, builder: &mut PartitionUpdateBuilder, is_static: bool) {
        let clustering = if is_static { ClusteringBuffer::default() } else { self.clustering(2) };
        let mut row = head(is_static, clustering.as_clustering());
        if !is_static {
            if self.random.below(2) == 0 {
                let ttl_seconds = [0, 0, 5, 6, EXPIRED_LIVENESS_TTL][self.random.below(5)];
                let expires = 20 + self.random.below(2) as i64;
                row.liveness = Some(Liveness {
                    timestamp: self.random.below(30) as i64,
                    ttl_seconds,
                    expires_at_seconds: if ttl_seconds == 0 { NO_DELETION_TIME } else { expires },
                });
            }
            match self.random.below(20) {
                _ if self.counts => {}
                0..4 => row.deletion = self.deletion(),
                4 => row.shadowable_deletion = self.deletion(),
                _ => {}
            }
        }
        let (simple, complex) = if is_static { (0..1, 1) } else { (0..3, 3) };
        let mut owned: Vec<(usize, Option<[u8; 4]>, Vec<u8>)> = Vec::new();
        for column in simple {
            let is_counter = !is_static && column == 2;
            if self.random.below(2) == 0 && (self.counts || !is_counter) {
                let value = self.value(is_static, column);
                owned.push((column, None, value));
            }
        }
        for _ in 0..self.random.below(3) {
            let path = self.random.below(4) as i32 - 2;
            owned.push((complex, Some(path.to_be_bytes()), vec![0, 0, 0, self.random.below(3) as u8]));
        }
        let mut items: Vec<RowItem<'_>> = Vec::new();
        if self.random.below(5) == 0 && !self.counts {
            items.push(RowItem::ComplexDeletion { column: complex, deletion: self.deletion() });
        }
        for (column, path, value) in &owned {
            let is_counter = !is_static && *column == 2;
            items.push(RowItem::Cell(self.cell(*column, path.as_ref(), value, is_counter)));
        }
        builder.row(&row, &items).unwrap();
    }

    fn value(&mut self, is_static: bool, column: usize) -> Vec<u8> {
        match column {
            2 if !is_static => {
                let mut value = vec![0, 1, 0x80, 0];
                value.extend([self.random.below(2) as u8; 16]);
                value.extend((self.random.below(5) as i64).to_be_bytes());
                value.extend((self.random.below(5) as i64).to_be_bytes());
                value
            }
            1 if !is_static => vec![b'x'; self.random.below(200)],
            _ => vec![0, 0, 0, self.random.below(3) as u8],
        }
    }

    fn cell<'a>(
        &mut self,
        column: usize,
        path: Option<&'a [u8; 4]>,
        value: &'a [u8],
        is_counter: bool,
    ) -> Cell<'a> {
        let mut cell = Cell {
            column,
            timestamp: self.random.below(30) as i64,
            ttl_seconds: 0,
            local_deletion_time_seconds: NO_DELETION_TIME,
            path: path.map(|path| &path[..]),
            value,
        };
        match self.random.below(5) {
            0 if !is_counter => {
                cell.local_deletion_time_seconds = 20 + self.random.below(2) as i64;
                cell.value = b"";
            }
            1 if !is_counter => {
                cell.local_deletion_time_seconds = 20 + self.random.below(2) as i64;
                cell.ttl_seconds = 5 + self.random.below(2) as i32;
            }
            _ => {}
        }
        cell
    }
}

/// A row that says nothing yet.
pub fn head(is_static: bool, clustering: Clustering<'_>) -> Row<'_> {
    let (deletion, shadowable_deletion) = (DeletionTime::LIVE, DeletionTime::LIVE);
    Row { is_static, clustering, liveness: None, deletion, shadowable_deletion }
}
