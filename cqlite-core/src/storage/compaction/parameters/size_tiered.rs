//! `SizeTieredCompactionStrategyOptions`.

use cqlite_sstable::Result;

use super::options::{Options, invalid, parse_f64, print_f64};

/// Which sizes are much the same. Leveled compaction and time windows have these, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeTieredParameters {
    /// SSTables smaller than this are all of one size (`min_sstable_size`).
    pub min_sstable_bytes: u64,
    /// An SSTable belongs to others if it is greater than this part of their average (`bucket_low`),
    pub bucket_low: f64,
    /// and less than this many times their average (`bucket_high`).
    pub bucket_high: f64,
}

impl Default for SizeTieredParameters {
    fn default() -> Self {
        Self { min_sstable_bytes: 50 << 20, bucket_low: 0.5, bucket_high: 1.5 }
    }
}

const MIN_SIZE: &str = "min_sstable_size";
const LOW: &str = "bucket_low";
const HIGH: &str = "bucket_high";

impl SizeTieredParameters {
    pub(super) fn parse(options: &mut Options<'_>) -> Result<Self> {
        let defaults = Self::default();
        let min_sstable_bytes = match options.integer::<i64>(MIN_SIZE)? {
            None => defaults.min_sstable_bytes,
            Some(bytes) => u64::try_from(bytes)
                .map_err(|_| invalid(format!("{MIN_SIZE} must be non negative: {bytes}")))?,
        };
        let mut factor = |name: &str, default: f64| match options.take(name) {
            None => Ok(default),
            Some(text) => {
                parse_f64(text).ok_or_else(|| invalid(format!("{text} is not a parsable float for {name}")))
            }
        };
        let bucket_low = factor(LOW, defaults.bucket_low)?;
        let bucket_high = factor(HIGH, defaults.bucket_high)?;
        if bucket_high <= bucket_low {
            let (high, low) = (print_f64(bucket_high), print_f64(bucket_low));
            return Err(invalid(format!(
                "{HIGH} value ({high}) is less than or equal to the {LOW} value ({low})"
            )));
        }
        Ok(Self { min_sstable_bytes, bucket_low, bucket_high })
    }
}
