//! Histograms of sizes and counts.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use crate::encoding::{Bytes, DecodeError};
use crate::error::Result;

/// A histogram with buckets that grow by a fifth each: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, ... (`EstimatedHistogram`).
/// A bucket counts the values above the offset of the bucket before it, up to and with its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimatedHistogram {
    /// The greatest value of each bucket.
    offsets: Vec<i64>,
    counts: Vec<i64>,
    overflow_count: i64,
}

impl EstimatedHistogram {
    /// An empty histogram of `buckets` buckets.
    pub fn new(buckets: usize) -> Self {
        let next = |last: &i64| {
            // as Math.round(last * 1.2)
            let grown = (*last as f64 * 1.2 + 0.5).floor() as i64;
            Some(if grown == *last { grown.saturating_add(1) } else { grown })
        };
        let offsets: Vec<i64> = std::iter::successors(Some(1), next).take(buckets).collect();
        Self { counts: vec![0; offsets.len()], offsets, overflow_count: 0 }
    }

    /// Reads `i32 n`, then n pairs of an offset and a count. There is one count more than offsets: the first
    /// offset comes twice, and a later count lies beside the offset of the bucket before its own.
    pub(super) fn parse(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Self> {
        let at = reader.offset();
        let pairs = reader.count(field, 16)?;
        let Some(buckets) = pairs.checked_sub(1).filter(|buckets| *buckets > 0) else {
            return Err(reader.broken(field, at, &"a histogram without buckets"));
        };
        let pair =
            |bytes: &mut Bytes<'_>| -> Result<(i64, i64), DecodeError> { Ok((bytes.i64()?, bytes.i64()?)) };
        let (_, mut count) = reader.read(field, pair)?;
        let mut offsets = Vec::with_capacity(buckets);
        let mut counts = Vec::with_capacity(buckets);
        for _ in 0..buckets {
            let (offset, next_count) = reader.read(field, pair)?;
            offsets.push(offset);
            counts.push(count);
            count = next_count;
        }
        Ok(Self { offsets, counts, overflow_count: count })
    }

    /// Writes what [`Self::parse`] reads.
    pub(super) fn write(&self, writer: &mut FieldWriter, field: &str) -> Result<()> {
        writer.count(field, self.offsets.len().saturating_add(1))?;
        let offsets = self.offsets.first().into_iter().chain(&self.offsets);
        for (offset, count) in offsets.zip(self.counts.iter().chain([&self.overflow_count])) {
            writer.i64(*offset);
            writer.i64(*count);
        }
        Ok(())
    }

    /// An empty histogram with the same buckets.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self { offsets: self.offsets.clone(), counts: vec![0; self.counts.len()], overflow_count: 0 }
    }

    /// Counts `value` as `times` values. Without effect on a histogram of no buckets.
    pub fn add(&mut self, value: i64, times: i64) {
        let index = self.offsets.partition_point(|offset| *offset < value);
        let count = self.counts.get_mut(index).unwrap_or(&mut self.overflow_count);
        *count = count.saturating_add(times);
    }

    /// The buckets: the greatest value of each, and how many values are in it.
    pub fn buckets(&self) -> impl Iterator<Item = (i64, i64)> {
        self.offsets.iter().copied().zip(self.counts.iter().copied())
    }

    /// How many values were greater than the last bucket's. None of the figures below counts them: Cassandra
    /// clears them when it reads Statistics.db.
    pub fn overflow_count(&self) -> i64 {
        self.overflow_count
    }

    /// How many values there are.
    pub fn count(&self) -> i64 {
        self.counts.iter().fold(0, |sum: i64, count| sum.wrapping_add(*count))
    }

    /// The mean, rounded up; each value counts as the greatest of its bucket. 0 without values.
    pub fn mean(&self) -> i64 {
        let sum =
            self.buckets().fold(0, |sum: i64, (offset, count)| sum.wrapping_add(offset.wrapping_mul(count)));
        (sum as f64 / self.count() as f64).ceil() as i64
    }

    /// The greatest value of the bucket in which the value at `percentile` (0 to 1) is; 0 without values.
    pub fn percentile(&self, percentile: f64) -> i64 {
        let wanted = (self.count() as f64 * percentile).ceil() as i64;
        if wanted == 0 {
            return 0;
        }
        let mut seen = 0_i64;
        for (offset, count) in self.buckets() {
            seen = seen.wrapping_add(count);
            if seen >= wanted {
                return offset;
            }
        }
        0
    }

    /// The smallest value that can have been counted; 0 without values.
    pub fn min(&self) -> i64 {
        match self.counts.iter().position(|count| *count > 0) {
            Some(index) => {
                let before = index.checked_sub(1).and_then(|index| self.offsets.get(index));
                before.map_or(0, |offset| offset.saturating_add(1))
            }
            None => 0,
        }
    }

    /// The largest value that can have been counted; 0 without values.
    pub fn max(&self) -> i64 {
        self.buckets().filter(|(_, count)| *count > 0).last().map_or(0, |(offset, _)| offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_grow_by_a_fifth_as_in_cassandra() {
        let offsets: Vec<i64> = EstimatedHistogram::new(155).buckets().map(|(offset, _)| offset).collect();
        assert_eq!(offsets[..16], [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 29, 35]);
        assert_eq!(offsets[117], 4_139_110_981);
        assert_eq!(offsets[154], 3_520_571_548_412);
    }

    #[test]
    fn figures_are_cassandras() {
        let mut histogram = EstimatedHistogram::new(90);
        assert_eq!(
            (histogram.mean(), histogram.percentile(0.5), histogram.min(), histogram.max()),
            (0, 0, 0, 0)
        );
        histogram.add(1, 1);
        assert_eq!(histogram.min(), 0);
        for value in [2, 9, 16, 17, 1000] {
            histogram.add(value, 2);
        }
        assert_eq!(histogram.count(), 11);
        assert_eq!(histogram.mean(), 211);
        assert_eq!(histogram.percentile(0.5), 17);
        assert_eq!(histogram.percentile(0.99), 1109);
        assert_eq!(histogram.max(), 1109);
    }

    #[test]
    fn what_overflows_is_told_apart() {
        let mut histogram = EstimatedHistogram::new(3);
        histogram.add(4, 5);
        histogram.add(2, 1);
        assert_eq!((histogram.overflow_count(), histogram.count(), histogram.max()), (5, 1, 2));
    }
}
