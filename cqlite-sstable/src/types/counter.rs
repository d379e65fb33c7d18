//! The values of counters: contexts of shards.

use std::cmp::Ordering;

use super::InvalidValue;

/// Bytes of a shard: its counter id, clock and count.
const SHARD_LENGTH: usize = 32;

/// A mark of a global shard is its index with this bit.
const GLOBAL_MARK: u16 = 0x8000;

/// How a shard takes part in a merge (`CounterContext`). The greater kind wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShardKind {
    /// Of another replica, before Cassandra 2.1. The greater clock counts, but one below zero wins over those above it.
    Remote,
    /// Of this replica, before Cassandra 2.1: counts are added.
    Local,
    /// Since Cassandra 2.1: the one with the greatest clock counts.
    Global,
}

/// What one replica has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterShard {
    /// Which replica.
    pub id: [u8; 16],
    /// How it is merged.
    pub kind: ShardKind,
    /// Which state of the count is the later one.
    pub clock: i64,
    /// The count.
    pub count: i64,
}

/// The shards of several versions of a counter, merged (`CounterContext.merge`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CounterShards {
    /// By their ids.
    shards: Vec<CounterShard>,
}

impl CounterShards {
    /// One shard alone.
    pub fn of(shard: CounterShard) -> Self {
        Self { shards: vec![shard] }
    }

    /// Adds the shards of a version.
    pub fn merge(&mut self, context: CounterContext<'_>) {
        for shard in context.shards() {
            match self.shards.binary_search_by(|known| known.id.cmp(&shard.id)) {
                Ok(place) => self.shards.get_mut(place).into_iter().for_each(|known| known.merge(shard)),
                Err(place) => self.shards.insert(place, shard),
            }
        }
    }

    /// Removes all shards and keeps the memory.
    pub fn clear(&mut self) {
        self.shards.clear();
    }

    /// Appends them as the value of a counter, as Cassandra writes it: which shards are global or local stands in the
    /// header (`CounterContext.merge`).
    pub fn write(&self, out: &mut Vec<u8>) {
        let marks = || {
            let numbered = (0_u16..).zip(&self.shards);
            numbered.filter_map(|(index, shard)| match shard.kind {
                ShardKind::Global => Some(index | GLOBAL_MARK),
                ShardKind::Local => Some(index),
                ShardKind::Remote => None,
            })
        };
        out.extend((marks().count() as u16).to_be_bytes());
        marks().for_each(|mark| out.extend(mark.to_be_bytes()));
        for shard in &self.shards {
            out.extend(shard.id);
            out.extend(shard.clock.to_be_bytes());
            out.extend(shard.count.to_be_bytes());
        }
    }

    /// The shards, in the order of their ids.
    pub fn as_slice(&self) -> &[CounterShard] {
        &self.shards
    }

    /// The counter's value: the counts of all shards together.
    pub fn total(&self) -> i64 {
        self.shards.iter().fold(0, |total: i64, shard| total.wrapping_add(shard.count))
    }
}

impl CounterShard {
    fn merge(&mut self, other: Self) {
        match self.kind.cmp(&other.kind) {
            Ordering::Greater => {}
            Ordering::Less => *self = other,
            Ordering::Equal if self.kind == ShardKind::Local => {
                self.clock = self.clock.wrapping_add(other.clock);
                self.count = self.count.wrapping_add(other.count);
            }
            Ordering::Equal if self.kind == ShardKind::Remote && self.clock != other.clock => {
                if !self.beats_remote(&other) {
                    *self = other;
                }
            }
            Ordering::Equal if (other.clock, other.count) > (self.clock, self.count) => *self = other,
            Ordering::Equal => {}
        }
    }

    /// Whether it wins over a remote shard of another clock that comes behind it (`CounterContext.compare`). A clock below
    /// zero wins over one above, and of two below zero the lesser. Beside a clock of zero, the shard that comes last wins,
    /// unless the one in front of it is below.
    fn beats_remote(&self, other: &Self) -> bool {
        match self.clock {
            0.. => other.clock > 0 && self.clock > other.clock,
            _ => other.clock > 0 || self.clock < other.clock,
        }
    }
}

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

    /// The shards in the order of their ids. A header with a negative number of marks makes local shards remote
    /// (`CounterContext.clearAllLocal`).
    pub fn shards(&self) -> impl Iterator<Item = CounterShard> + use<'a> {
        let bytes = self.bytes;
        let marks = bytes.get(2..self.header as usize).unwrap_or_default();
        let clears_local = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let shards = bytes.get(self.header as usize..).unwrap_or_default().chunks_exact(SHARD_LENGTH);
        shards.enumerate().filter_map(move |(index, shard)| {
            let (id, rest) = shard.split_first_chunk()?;
            let (clock, count) = rest.split_first_chunk()?;
            let index = u16::try_from(index).ok()?;
            let is_marked = |mark: u16| marks.chunks_exact(2).any(|bytes| *bytes == mark.to_be_bytes());
            let kind = if is_marked(index | GLOBAL_MARK) {
                ShardKind::Global
            } else if is_marked(index) && !clears_local {
                ShardKind::Local
            } else {
                ShardKind::Remote
            };
            let (clock, count) = (i64::from_be_bytes(*clock), i64::from_be_bytes(*count.first_chunk()?));
            Some(CounterShard { id: *id, kind, clock, count })
        })
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

    fn context(marks: &[i16], shards: &[(u8, i64, i64)]) -> Vec<u8> {
        let mut bytes = (marks.len() as i16).to_be_bytes().to_vec();
        marks.iter().for_each(|mark| bytes.extend(mark.to_be_bytes()));
        for (id, clock, count) in shards {
            bytes.extend([*id; 16]);
            bytes.extend(clock.to_be_bytes());
            bytes.extend(count.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn global_shards_win_over_local_and_those_over_remote_ones_and_local_ones_add_up() {
        let global = |index: i16| i16::MIN + index;
        let one = context(&[global(0), 1], &[(1, 5, 10), (2, 5, 20), (3, 5, 30), (4, 5, 40)]);
        let two = context(&[1], &[(1, 9, 100), (2, 4, 200), (3, 6, 300), (5, 5, 500)]);
        for order in [[&one, &two], [&two, &one]] {
            let mut merged = CounterShards::default();
            order.into_iter().for_each(|bytes| merged.merge(CounterContext::decode(bytes).unwrap()));
            let counts: Vec<(u8, i64)> = merged.as_slice().iter().map(|one| (one.id[0], one.count)).collect();
            assert_eq!(counts, [(1, 10), (2, 220), (3, 300), (4, 40), (5, 500)]);
            assert_eq!(merged.total(), 1070);
            let mut written = Vec::new();
            merged.write(&mut written);
            let marks = [global(0), 1];
            let shards = [(1, 5, 10), (2, 9, 220), (3, 6, 300), (4, 5, 40), (5, 5, 500)];
            assert_eq!(written, context(&marks, &shards));
            merged.clear();
            merged.merge(CounterContext::decode(&written).unwrap());
            assert_eq!(merged.total(), 1070);
        }
    }

    #[test]
    fn a_remote_shard_with_a_clock_below_zero_wins_over_one_above_and_the_lesser_of_two_wins() {
        // Two clocks, and which of the two shards Cassandra 5.0 keeps.
        let cases = [
            (5, 3, 5),
            (3, 5, 5),
            (-1, 5, -1),
            (5, -1, -1),
            (-1, -5, -5),
            (-5, -1, -5),
            (5, 0, 0),
            (0, 5, 5),
            (0, -5, -5),
            (-5, 0, -5),
        ];
        for (one, other, winner) in cases {
            let mut merged = CounterShards::default();
            for clock in [one, other] {
                let bytes = context(&[], &[(1, clock, clock * 10)]);
                merged.merge(CounterContext::decode(&bytes).unwrap());
            }
            let [left] = merged.as_slice() else { panic!("{merged:?}") };
            assert_eq!((left.clock, left.count), (winner, winner * 10), "{one} in front of {other}");
            let global = |clock| context(&[i16::MIN], &[(1, clock, clock * 10)]);
            merged.clear();
            for clock in [one, other] {
                merged.merge(CounterContext::decode(&global(clock)).unwrap());
            }
            assert_eq!(merged.as_slice()[0].clock, one.max(other), "global shards");
        }
        let equal = [context(&[], &[(1, 7, 1)]), context(&[], &[(1, 7, 2)])];
        for order in [[0, 1], [1, 0]] {
            let mut merged = CounterShards::default();
            order.iter().for_each(|one| merged.merge(CounterContext::decode(&equal[*one]).unwrap()));
            assert_eq!(merged.total(), 2);
        }
    }
}
