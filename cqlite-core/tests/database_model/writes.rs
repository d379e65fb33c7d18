//! Random writes, to the database and to the model alike.

use std::sync::Arc;

use cqlite_core::catalog::Table;
use cqlite_core::storage::mutation::Mutation;
use cqlite_core::{Database, TableUpdate};
use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringKind, ClusteringValue, NO_DELETION_TIME, PrefixBuffer};

use super::dice::Dice;
use super::model::{Change, Place, Type, Written};
use super::shown::Values;
use super::world::{PLAIN, ROWS};

const KEYS: usize = 10;

pub fn random_key(dice: &mut Dice) -> Vec<u8> {
    (dice.below(KEYS) as i32).to_be_bytes().to_vec()
}

fn random_int(dice: &mut Dice, limit: usize) -> Vec<u8> {
    (dice.below(limit) as i32 - 1).to_be_bytes().to_vec()
}

/// The first values of a clustering of the table with two.
fn random_prefix(dice: &mut Dice, columns: usize) -> Values {
    let b = [&b""[..], b"a", b"b", b"longer than seven"];
    let all = [random_int(dice, 6), dice.one_of(&b).to_vec()];
    all[..columns].to_vec()
}

/// A place among the rows of that table.
pub fn random_place(dice: &mut Dice) -> Place {
    let columns = dice.below(3);
    Place { values: random_prefix(dice, columns), is_behind: dice.once_in(2) }
}

/// The rows between two places, as the database is told.
pub fn slice(start: &Place, end: &Place) -> Slice {
    let bound = |kind, place: &Place| {
        PrefixBuffer::new(kind, place.values.iter().map(|value| ClusteringValue::Value(value)))
    };
    let start_kind =
        if start.is_behind { ClusteringKind::ExclStartBound } else { ClusteringKind::InclStartBound };
    let end_kind = if end.is_behind { ClusteringKind::InclEndBound } else { ClusteringKind::ExclEndBound };
    Slice { start: bound(start_kind, start), end: bound(end_kind, end) }
}

fn random_text(dice: &mut Dice) -> Vec<u8> {
    let length = match dice.below(40) {
        0 => 3_000,
        length => length / 2,
    };
    let letter = b'a' + dice.below(26) as u8;
    vec![letter; length]
}

fn random_value(dice: &mut Dice, column_type: Type) -> Vec<u8> {
    if column_type == Type::Int { random_int(dice, 100) } else { random_text(dice) }
}

/// When writes are made, and how long they last.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub timestamp: i64,
    pub now_seconds: i64,
    pub ttl: i32,
}

/// Changes of one partition, with what the model is told of them.
pub struct RandomUpdate {
    pub table: usize,
    pub key: Vec<u8>,
    pub changes: Vec<Change>,
    when: When,
    update: TableUpdate,
    /// The columns of the schema by which the update is made.
    columns: Vec<(String, Type, bool)>,
}

impl RandomUpdate {
    pub fn new(db: &Database, table: usize, schema: &Arc<Table>, when: When, dice: &mut Dice) -> Self {
        let key = random_key(dice);
        let update = db.update(schema, &key).timestamp(when.timestamp).ttl(when.ttl).unwrap();
        let mut columns = Vec::new();
        for is_static in [true, false] {
            for column in schema.layout().header_columns(is_static) {
                let name = String::from_utf8(column.name.clone()).unwrap();
                let column_type = match name.as_str() {
                    "m" => Type::Map,
                    "z" => Type::Set,
                    "n" | "x" => Type::Int,
                    _ => Type::Text,
                };
                columns.push((name, column_type, is_static));
            }
        }
        let mut random = Self { table, key, changes: Vec::new(), when, update, columns };
        for _ in 0..1 + dice.below(3) {
            random = random.step(dice);
        }
        random
    }

    pub fn build(self) -> (Mutation, usize, Vec<u8>, Vec<Change>) {
        (self.update.build().unwrap(), self.table, self.key, self.changes)
    }

    fn step(self, dice: &mut Dice) -> Self {
        match (self.table, dice.below(20)) {
            (_, 0..8) => self.row(dice),
            (_, 8..11) => self.elements(dice, false),
            (ROWS, 11..13) => self.static_cell(dice),
            (ROWS, 13) => self.elements(dice, true),
            (ROWS, 14..16) => self.delete_row(dice),
            (ROWS, 16..19) => self.delete_range(dice),
            (PLAIN, 11..14) => self.delete_row(dice),
            (_, 19) => self.delete_partition(),
            _ => self.row(dice),
        }
    }

    fn written(&self, value: Option<Vec<u8>>) -> Written {
        let When { timestamp, now_seconds, ttl } = self.when;
        let (ttl, local_deletion_time) = match value {
            Some(_) if ttl > 0 => (ttl, now_seconds + i64::from(ttl)),
            Some(_) => (0, NO_DELETION_TIME),
            None => (0, now_seconds),
        };
        Written { timestamp, ttl, local_deletion_time, value }
    }

    fn clustering(&self, dice: &mut Dice) -> Values {
        if self.table == ROWS { random_prefix(dice, 2) } else { Vec::new() }
    }

    /// Columns with one cell, and new values for them.
    fn values(&self, dice: &mut Dice, is_static: bool) -> Vec<(String, Option<Vec<u8>>)> {
        let columns = self
            .columns
            .iter()
            .filter(|(_, of, is)| *of != Type::Map && *of != Type::Set && *is == is_static);
        let mut values = Vec::new();
        for (name, column_type, _) in columns {
            if !dice.once_in(3) {
                let value = (!dice.once_in(5)).then(|| random_value(dice, *column_type));
                values.push((name.clone(), value));
            }
        }
        values
    }

    fn note_cells(&mut self, row: Option<&Values>, values: &[(String, Option<Vec<u8>>)]) {
        for (column, value) in values {
            let written = self.written(value.clone());
            self.changes.push(Change::Cell {
                row: row.cloned(),
                column: column.clone(),
                path: None,
                written,
            });
        }
    }

    fn row(mut self, dice: &mut Dice) -> Self {
        let row = self.clustering(dice);
        let values = self.values(dice, false);
        self.note_cells(Some(&row), &values);
        let clustering: Vec<&[u8]> = row.iter().map(Vec::as_slice).collect();
        let named: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        if dice.once_in(2) {
            let written = self.written(Some(Vec::new()));
            self.update = self.update.insert(&clustering, &named).unwrap();
            self.changes.push(Change::Row { row, written });
        } else {
            self.update = self.update.set(&clustering, &named).unwrap();
        }
        self
    }

    fn static_cell(mut self, dice: &mut Dice) -> Self {
        let values = self.values(dice, true);
        self.note_cells(None, &values);
        let named: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        self.update = self.update.set_static(&named).unwrap();
        self
    }

    fn elements(mut self, dice: &mut Dice, is_static: bool) -> Self {
        let is_it =
            |(_, of, is): &&(String, Type, bool)| matches!(of, Type::Map | Type::Set) && *is == is_static;
        let Some((column, column_type, _)) = self.columns.iter().find(is_it).cloned() else { return self };
        let row = (!is_static).then(|| self.clustering(dice));
        let clustering: Vec<&[u8]> = row.iter().flatten().map(Vec::as_slice).collect();
        let mut elements: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        for number in 0..4_i32 {
            if dice.once_in(2) {
                let value = if column_type == Type::Set { Vec::new() } else { random_text(dice) };
                let value = (!dice.once_in(4)).then_some(value);
                elements.push(((number - 1).to_be_bytes().to_vec(), value));
            }
        }
        let given: Vec<_> =
            elements.iter().map(|(path, value)| (path.as_slice(), value.as_deref())).collect();
        if dice.once_in(3) {
            self.update = self.update.replace_elements(&clustering, &column, &given).unwrap();
            let timestamp = self.when.timestamp - 1;
            self.changes.push(Change::DeletedElements {
                row: row.clone(),
                column: column.clone(),
                timestamp,
            });
        } else {
            self.update = self.update.set_elements(&clustering, &column, &given).unwrap();
        }
        for (path, value) in elements {
            let (row, column, written) = (row.clone(), column.clone(), self.written(value));
            self.changes.push(Change::Cell { row, column, path: Some(path), written });
        }
        self
    }

    fn delete_row(mut self, dice: &mut Dice) -> Self {
        let row = self.clustering(dice);
        let clustering: Vec<&[u8]> = row.iter().map(Vec::as_slice).collect();
        self.update = self.update.delete_row(&clustering).unwrap();
        self.changes.push(Change::DeletedRow { row, timestamp: self.when.timestamp });
        self
    }

    fn delete_range(mut self, dice: &mut Dice) -> Self {
        let (mut start, mut end) = (random_place(dice), random_place(dice));
        if dice.once_in(2) {
            start = Place { values: random_prefix(dice, 1), is_behind: false };
            end = Place { is_behind: true, ..start.clone() };
        }
        let model = super::world::empty(ROWS);
        match model.compare_places(&start, &end) {
            std::cmp::Ordering::Equal => return self,
            std::cmp::Ordering::Greater => std::mem::swap(&mut start, &mut end),
            std::cmp::Ordering::Less => {}
        }
        self.update = self.update.delete_range(&slice(&start, &end)).unwrap();
        self.changes.push(Change::DeletedRange { start, end, timestamp: self.when.timestamp });
        self
    }

    fn delete_partition(mut self) -> Self {
        self.update = self.update.delete_partition().unwrap();
        self.changes.push(Change::DeletedPartition { timestamp: self.when.timestamp });
        self
    }
}
