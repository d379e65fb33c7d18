//! When tombstones of an SSTable may be dropped.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use crate::encoding::Bytes;
use crate::error::Result;
use crate::row::MAX_DELETION_TIME;

/// The last second that a local deletion time could name before `oa`, in 2038.
const LEGACY_MAX_DELETION_TIME: i64 = i32::MAX as i64 - 1;

/// The most bins that a histogram has (`SSTable.TOMBSTONE_HISTOGRAM_BIN_SIZE`).
pub(super) const MOST_BINS: usize = 100;

/// So many local deletion times at or shortly before a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TombstoneBin {
    /// The point, in seconds since 1970.
    pub local_deletion_time_seconds: i64,
    /// How many deletions and expirations.
    pub count: i32,
}

/// A histogram of local deletion times of deletions and of what expires (`TombstoneHistogram`). Add
/// `gc_grace_seconds` to know when they may be dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TombstoneHistogram {
    bins: Vec<TombstoneBin>,
}

impl TombstoneHistogram {
    /// Reads the form that `oa` and `da` have.
    pub(super) fn parse(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Self> {
        Self::parse_with(reader, field, 12, |bytes| {
            Ok(TombstoneBin {
                local_deletion_time_seconds: saturating(bytes.i64()?, MAX_DELETION_TIME),
                count: bytes.i32()?,
            })
        })
    }

    /// Reads the form before `oa`.
    pub(super) fn parse_legacy(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Self> {
        Self::parse_with(reader, field, 16, |bytes| {
            Ok(TombstoneBin {
                local_deletion_time_seconds: saturating(bytes.f64()? as i64, LEGACY_MAX_DELETION_TIME),
                count: bytes.i64()?.min(i64::from(i32::MAX)) as i32,
            })
        })
    }

    fn parse_with(
        reader: &mut FieldReader<'_>,
        field: &'static str,
        entry_bytes: usize,
        read: impl Fn(&mut Bytes<'_>) -> Result<TombstoneBin, crate::encoding::DecodeError>,
    ) -> Result<Self> {
        reader.read(field, Bytes::i32)?; // the most bins there could be, of no use
        let count = reader.count(field, entry_bytes)?;
        let mut bins = Vec::with_capacity(count);
        for _ in 0..count {
            bins.push(reader.read(field, &read)?);
        }
        bins.sort_by_key(|bin| bin.local_deletion_time_seconds);
        bins.dedup_by(|later, kept| {
            let equal = later.local_deletion_time_seconds == kept.local_deletion_time_seconds;
            if equal {
                kept.count = kept.count.saturating_add(later.count);
            }
            equal
        });
        Ok(Self { bins })
    }

    /// A histogram of these bins, which ascend.
    pub(super) fn of(bins: Vec<TombstoneBin>) -> Self {
        Self { bins }
    }

    /// Writes the form that `oa` and `da` have.
    pub(super) fn write(&self, writer: &mut FieldWriter, field: &str) -> Result<()> {
        writer.count(field, self.bins.len())?;
        writer.count(field, self.bins.len())?;
        for bin in &self.bins {
            writer.i64(bin.local_deletion_time_seconds);
            writer.i32(bin.count);
        }
        Ok(())
    }

    /// Writes the form before `oa`. Cassandra 3 states in front of it how many bins there could be; since 4.0 that is as
    /// many as there are.
    pub(super) fn write_legacy(
        &self,
        writer: &mut FieldWriter,
        field: &str,
        states_most: bool,
    ) -> Result<()> {
        writer.count(field, if states_most { MOST_BINS } else { self.bins.len() })?;
        writer.count(field, self.bins.len())?;
        for bin in &self.bins {
            writer.f64(bin.local_deletion_time_seconds as f64);
            writer.i64(i64::from(bin.count));
        }
        Ok(())
    }

    /// The bins by time.
    pub fn bins(&self) -> &[TombstoneBin] {
        &self.bins
    }

    /// An estimate of how many local deletion times are at or before `seconds`: the bins up to there, and
    /// between two bins as much as a straight line from one to the other gives.
    pub fn sum(&self, seconds: i64) -> f64 {
        let mut sum = 0.0;
        let mut previous: Option<&TombstoneBin> = None;
        for bin in &self.bins {
            if bin.local_deletion_time_seconds > seconds {
                return previous.map_or(0.0, |before| sum_between(sum, before, bin, seconds));
            }
            sum += f64::from(bin.count);
            previous = Some(bin);
        }
        sum
    }
}

/// The sum at `seconds`, which lies between two bins, from the `sum` up to and with the first of them. The
/// steps are Cassandra's, so that rounding is, too.
fn sum_between(sum: f64, before: &TombstoneBin, after: &TombstoneBin, seconds: i64) -> f64 {
    let (low, high) = (before.local_deletion_time_seconds, after.local_deletion_time_seconds);
    let passed = seconds.saturating_sub(low) as f64;
    let weight = passed / high.saturating_sub(low) as f64;
    let count = f64::from(before.count);
    let at_seconds = count + f64::from(after.count.wrapping_sub(before.count)) * weight;
    (sum - count) + (count + at_seconds) * weight / 2.0 + count / 2.0
}

/// Points that are negative or too large stand for the largest (CASSANDRA-14092).
fn saturating(seconds: i64, largest: i64) -> i64 {
    if (0..=largest).contains(&seconds) { seconds } else { largest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(of: &[(i64, i32)]) -> Vec<TombstoneBin> {
        let bin = |&(local_deletion_time_seconds, count)| TombstoneBin { local_deletion_time_seconds, count };
        of.iter().map(bin).collect()
    }

    #[test]
    fn sums_between_two_bins_are_interpolated_as_in_cassandra() {
        let histogram = TombstoneHistogram { bins: bins(&[(100, 10), (200, 30), (300, 8)]) };
        let sums = [99, 100, 150, 200, 250, 299, 300, i64::MAX].map(|seconds| histogram.sum(seconds));
        assert_eq!(sums, [0.0, 5.0, 12.5, 25.0, 37.25, 43.9189, 48.0, 48.0]);
    }

    #[test]
    fn points_out_of_range_stand_for_the_last_second_and_equal_ones_are_added() {
        let mut bytes = [[0, 0, 0, 100], [0, 0, 0, 3]].concat();
        for (point, count) in [(i64::MAX, 5_i32), (60, 1), (-1, i32::MAX)] {
            bytes.extend(point.to_be_bytes());
            bytes.extend(count.to_be_bytes());
        }
        let read = TombstoneHistogram::parse(&mut FieldReader::new("P", &bytes, 0), "field").unwrap();
        assert_eq!(read.bins, bins(&[(60, 1), (MAX_DELETION_TIME, i32::MAX)]));
    }

    #[test]
    fn the_form_before_oa_has_other_widths_and_an_earlier_last_second() {
        let mut bytes = [[0, 0, 0, 100], [0, 0, 0, 2]].concat();
        for (point, count) in [(60.0_f64, 7_i64), (2_147_483_647.0, i64::MAX)] {
            bytes.extend(point.to_be_bytes());
            bytes.extend(count.to_be_bytes());
        }
        let read = TombstoneHistogram::parse_legacy(&mut FieldReader::new("P", &bytes, 0), "field").unwrap();
        assert_eq!(read.bins, bins(&[(60, 7), (LEGACY_MAX_DELETION_TIME, i32::MAX)]));
    }
}
