//! The last rows of a slice, found from its end.

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::ClusteringBuffer;

use super::filling::row_key;
use super::shard::{Rows, Shard};
use super::stored_row::read_stored_clustering;
use super::{Memtable, shard_of_prefix};

impl Memtable {
    /// The clustering of a row of a partition behind which so many rows less one are, of those in a slice that a reader
    /// may see; none if there are not so many, or the partition has one row alone. What is in front of that row is not
    /// looked at.
    pub fn nth_last_clustering(
        &self,
        key: &[u8],
        slice: &Slice,
        rows: u64,
        visible: u64,
    ) -> Option<ClusteringBuffer> {
        let order = &self.order;
        let prefix = order.partition_prefix(key);
        let (mut start, mut end) = (Vec::new(), Vec::new());
        let start = row_key(order, slice.start.as_prefix(), &mut start);
        let end = row_key(order, slice.end.as_prefix(), &mut end);
        let shard = self.read(shard_of_prefix(prefix));
        let partition = shard.find(key, prefix, order).ok().and_then(|number| shard.partition(number))?;
        let Rows::Many(index) = &partition.rows else { return None };
        let first = index.lower_bound(start.prefix, |row| shard.compare_row(row, &start, order));
        let mut place = index.lower_bound(end.prefix, |row| shard.compare_row(row, &end, order));
        let mut passed = 0_u64;
        loop {
            place = index.step_back(place).filter(|place| !place.is_in_front_of(first))?;
            let (_, row) = index.get(place)?;
            let Some(stored) = newest_seen(&shard, row, visible) else { continue };
            passed = passed.saturating_add(1);
            if passed >= rows {
                let mut values = ClusteringBuffer::default();
                read_stored_clustering(stored, self.layout(), &mut values);
                return Some(values);
            }
        }
    }
}

/// The newest version of a row that a reader sees.
fn newest_seen(shard: &Shard, row: u32, visible: u64) -> Option<&[u8]> {
    let mut number = shard.row(row)?.newest;
    loop {
        let version = shard.versions.get(number)?;
        if version.sequence <= visible {
            return Some(shard.arena.get(version.place));
        }
        number = version.older();
    }
}
