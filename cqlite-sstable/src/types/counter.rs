//! The values of counters: contexts of shards.

use super::InvalidValue;

/// Bytes of a shard: its counter id, clock and count.
const SHARD_LENGTH: usize = 32;

/// A counter's value as it is stored: the count of each shard (`db.context.CounterContext`).
///
/// A header (a `u16` number of marks, then two bytes for each) tells which shards are global or local; each
/// shard is 16 bytes of id, its clock and its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterContext<'a> {
    bytes: &'a [u8],
    /// Bytes before the first shard.
    header: u32,
}

impl<'a> CounterContext<'a> {
    /// Checks the header and that the shards are whole.
    ///
    /// # Errors
    /// If the bytes are no whole context.
    pub fn decode(value: &'a [u8]) -> Result<Self, InvalidValue> {
        let (marks, rest) =
            value.split_first_chunk().ok_or_else(|| InvalidValue::new("a counter's header is missing"))?;
        let marks = u32::from(i16::from_be_bytes(*marks).unsigned_abs()) * 2;
        match rest.get(marks as usize..) {
            Some(shards) if shards.len() % SHARD_LENGTH == 0 => Ok(Self { bytes: value, header: marks + 2 }),
            _ => Err(InvalidValue::new("a counter's shards are not whole")),
        }
    }

    /// The counter's value: the counts of all shards together.
    pub fn total(&self) -> i64 {
        let shards = self.bytes.get(self.header as usize..).unwrap_or_default();
        let counts = shards.chunks_exact(SHARD_LENGTH).filter_map(<[u8]>::last_chunk);
        counts.fold(0, |total: i64, count| total.wrapping_add(i64::from_be_bytes(*count)))
    }

    /// Whether shards are local or remote, as only Cassandra before 2.1 wrote them
    /// (`CounterContext.hasLegacyShards`).
    pub fn has_legacy_shards(&self) -> bool {
        let header = self.bytes.get(2..self.header as usize).unwrap_or_default();
        let (marks, _) = header.as_chunks::<2>();
        let shards = self.bytes.get(self.header as usize..).unwrap_or_default().len() / SHARD_LENGTH;
        // A global shard's mark is negative; what has no mark is remote.
        marks.len() < shards || marks.iter().any(|mark| i16::from_be_bytes(*mark) >= 0)
    }

    /// What Cassandra's tools take for the value: the first eight bytes, header and part of an id. `None` for
    /// a context without shards, where they fail.
    pub fn first_long(&self) -> Option<i64> {
        self.bytes.first_chunk().map(|first| i64::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_sums_the_counts_of_all_shards_behind_the_header() {
        let mut value = vec![0, 1, 0, 0];
        for count in [5_i64, -7] {
            value.extend([9; 24]);
            value.extend(count.to_be_bytes());
        }
        let context = CounterContext::decode(&value).unwrap();
        assert_eq!(context.total(), -2);
        assert_eq!(context.first_long(), Some(0x0001_0000_0909_0909));
        assert!(CounterContext::decode(&value[..value.len() - 1]).is_err());
        assert!(CounterContext::decode(&[0x80, 0]).is_err());
    }
}
