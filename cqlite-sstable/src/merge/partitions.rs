//! The partitions of several SSTables, side by side.

use std::cmp::Ordering;

use crate::error::Result;
use crate::partitioner::Partitioner;
use crate::reader::Cursor;

/// Moves over the partitions of several cursors at once, in the order of tokens and keys.
pub struct Partitions {
    partitioner: Partitioner,
    cursors: Vec<Cursor>,
    /// Whether each cursor stands on a partition that was not passed yet.
    has_partition: Vec<bool>,
    /// Those that have the current partition.
    at_key: Vec<usize>,
}

impl Partitions {
    /// Over all partitions of these cursors, which stand in front of their first ones.
    pub fn new(partitioner: Partitioner, cursors: Vec<Cursor>) -> Self {
        let count = cursors.len();
        Self { partitioner, cursors, has_partition: vec![true; count], at_key: (0..count).collect() }
    }

    /// Moves to the next partition that any of the cursors has.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn advance(&mut self) -> Result<bool> {
        for one in std::mem::take(&mut self.at_key) {
            if let (Some(cursor), Some(flag)) = (self.cursors.get_mut(one), self.has_partition.get_mut(one)) {
                *flag = cursor.advance_partition()?;
            }
        }
        let mut least: Vec<usize> = Vec::with_capacity(self.cursors.len());
        for (one, cursor) in self.cursors.iter().enumerate() {
            if self.has_partition.get(one) != Some(&true) {
                continue;
            }
            let first = least.first().and_then(|first| self.cursors.get(*first));
            let order = first.map_or(Ordering::Equal, |first| {
                self.partitioner.compare_keys(cursor.partition().key, first.partition().key)
            });
            match order {
                Ordering::Less => least = vec![one],
                Ordering::Equal => least.push(one),
                Ordering::Greater => {}
            }
        }
        self.at_key = least;
        Ok(!self.at_key.is_empty())
    }

    /// The cursors that have the current partition, each with its number.
    pub fn at_key(&mut self) -> Vec<(usize, &mut Cursor)> {
        let at_key = &self.at_key;
        self.cursors.iter_mut().enumerate().filter(|(one, _)| at_key.contains(one)).collect()
    }

    /// All cursors.
    pub fn cursors_mut(&mut self) -> &mut [Cursor] {
        &mut self.cursors
    }
}
