//! UUIDs that tell when they were made.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_cql::Uuid;

use crate::descriptor::SstableId;

/// From the epoch of UUIDs, 1582-10-15, to that of Unix, in units of 100 ns.
const EPOCH: u64 = 0x01b2_1dd2_1381_4000;

const TIMESTAMP_BITS: u64 = 0x0FFF_FFFF_FFFF_FFFF;
const DAY_SECONDS: u64 = 86_400;
const SECOND: u64 = 10_000_000;

/// A UUID of version 1 (`utils.TimeUUID`): a time, and what tells those of one time apart.
///
/// # Example
/// ```
/// use cqlite_sstable::writer::TimeUuid;
/// let (first, second) = (TimeUuid::next(), TimeUuid::next());
/// assert!(first < second);
/// assert!(first.to_sstable_id() < second.to_sstable_id());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeUuid {
    /// Since 1582-10-15, in units of 100 ns; 60 bits.
    timestamp: u64,
    /// Variant, clock sequence and node.
    low: u64,
}

impl TimeUuid {
    /// A new one, later than all that this process made before, also where the clock went back.
    pub fn next() -> Self {
        static LAST_MICROS: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        let later = |last: u64| Some(now.max(last.saturating_add(1)));
        let last = LAST_MICROS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later).unwrap_or_default();
        let micros = now.max(last.saturating_add(1));
        Self { timestamp: micros.wrapping_mul(10).wrapping_add(EPOCH) & TIMESTAMP_BITS, low: process_bits() }
    }

    /// The one of a millisecond since 1970 and so many units of 100 ns behind it (`TimeUUID.atUnixMillisAsBytes`). Another one of
    /// this process and the same time is the same.
    pub fn at_unix_millis(millis: i64, ticks: u32) -> Self {
        let since_1970 = millis.wrapping_mul(10_000).wrapping_add(i64::from(ticks));
        let timestamp = since_1970.cast_unsigned().wrapping_add(EPOCH) & TIMESTAMP_BITS;
        Self { timestamp, low: process_bits() }
    }

    /// The UUID.
    pub fn to_uuid(self) -> Uuid {
        let timestamp = self.timestamp;
        let high = (timestamp << 32) | ((timestamp & 0xFFFF_0000_0000) >> 16) | 0x1000 | (timestamp >> 48);
        let mut bytes = [0; 16];
        let (front, back) = bytes.split_at_mut(8);
        front.copy_from_slice(&high.to_be_bytes());
        back.copy_from_slice(&self.low.to_be_bytes());
        Uuid(bytes)
    }

    /// As the id of an SSTable: days, seconds, the rest of the time, and what follows, in base 36
    /// (`UUIDBasedSSTableId`).
    pub fn to_sstable_id(self) -> SstableId {
        let (seconds, rest) = (self.timestamp / SECOND, self.timestamp % SECOND);
        SstableId::Uuid(format!(
            "{}_{}_{}{}",
            base36(seconds / DAY_SECONDS, 4),
            base36(seconds % DAY_SECONDS, 4),
            base36(rest, 5),
            base36(self.low, 13)
        ))
    }
}

fn base36(mut number: u64, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        let digit = char::from_digit((number % 36) as u32, 36).unwrap_or('0');
        digits.push(digit);
        number /= 36;
    }
    digits.iter().rev().collect()
}

/// Random bits in place of clock sequence and node, chosen once: two processes do not make the same UUID.
fn process_bits() -> u64 {
    const VARIANT: u64 = 0x8000_0000_0000_0000;
    const VARIANT_BITS: u64 = 0xC000_0000_0000_0000;
    /// A node that is not the address of a network card.
    const MULTICAST: u64 = 0x0100_0000_0000;
    static BITS: OnceLock<u64> = OnceLock::new();
    *BITS.get_or_init(|| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        (hasher.finish() & !VARIANT_BITS) | VARIANT | MULTICAST
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_those_of_cassandra() {
        // The id of an SSTable of Cassandra 5.0.9, and the UUID that it stands for.
        let low = u64::from_str_radix("ecze2l62lvb2dhkpi".get(4..).unwrap(), 36).unwrap();
        let days = u64::from_str_radix("3h5p", 36).unwrap();
        let seconds = u64::from_str_radix("0ies", 36).unwrap();
        let rest = u64::from_str_radix("0ecze", 36).unwrap();
        let uuid = TimeUuid { timestamp: (days * DAY_SECONDS + seconds) * SECOND + rest, low };
        let text = uuid.to_sstable_id().to_string();
        assert!(text.starts_with("3h5p_0ies_0ecze"), "{text}");
        assert_eq!(SstableId::parse(&text), Some(uuid.to_sstable_id()));
        // As in java.util.UUID: version 1, and the timestamp in three parts.
        let known = TimeUuid { timestamp: 0x1f1_e57b_d7b7_a170, low: 0xbdff_5d01_6f48_fe5f };
        assert_eq!(known.to_uuid().to_string(), "d7b7a170-e57b-11f1-bdff-5d016f48fe5f");
    }

    #[test]
    fn each_is_later_than_the_one_before_also_across_threads() {
        let make = || (0..1000).map(|_| TimeUuid::next()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let mut all = Vec::new();
        for thread in threads {
            let made = thread.join().unwrap();
            assert!(made.is_sorted());
            all.extend(made);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }
}
