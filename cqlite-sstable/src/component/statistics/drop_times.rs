//! Making a histogram of local deletion times.

use super::tombstone_histogram::MOST_BINS;
use super::{TombstoneBin, TombstoneHistogram};
use crate::row::MAX_DELETION_TIME;

/// Times are rounded up to a multiple of this.
const ROUND_SECONDS: i64 = 60;

/// Times that the spool takes, less one, before it is emptied (`SSTable.TOMBSTONE_HISTOGRAM_SPOOL_SIZE`, rounded up to
/// a power of two).
const SPOOL_CAPACITY: usize = 1 << 17;

/// Places in the spool.
const SPOOL_PLACES: usize = SPOOL_CAPACITY * 2;

/// How many places are tried for a time.
const ATTEMPTS: usize = 100;

/// Collects local deletion times into a [`TombstoneHistogram`] (`StreamingTombstoneHistogramBuilder`). Of more distinct
/// times than there are bins the nearest are merged, so that the result depends on the order in which they come: first
/// into a spool, a hash table, and from there into the bins in the order of its places. All of it is as in Cassandra.
#[derive(Debug, Clone, Default)]
pub(super) struct DropTimes {
    spool: Spool,
    /// Ascending.
    bins: Vec<TombstoneBin>,
}

impl DropTimes {
    /// Counts a local deletion time, in seconds, `count` times.
    pub(super) fn add(&mut self, seconds: i64, count: i32) {
        let rounded = rounded_up(seconds);
        if !self.spool.try_add(rounded, count) {
            self.empty_spool();
            self.spool.try_add(rounded, count);
        }
    }

    /// The histogram.
    pub(super) fn finish(mut self) -> TombstoneHistogram {
        self.empty_spool();
        TombstoneHistogram::of(self.bins)
    }

    fn empty_spool(&mut self) {
        let Spool { seconds_and_one, counts, mut taken } = std::mem::take(&mut self.spool);
        taken.sort_unstable();
        for place in taken.into_iter().map(|place| place as usize) {
            if let (Some(seconds_and_one), Some(count)) = (seconds_and_one.get(place), counts.get(place)) {
                self.add_to_bins(seconds_and_one.wrapping_sub(1), *count);
            }
        }
    }

    fn add_to_bins(&mut self, seconds: i64, count: i32) {
        match self.bins.binary_search_by_key(&seconds, |bin| bin.local_deletion_time_seconds) {
            Ok(index) => {
                if let Some(bin) = self.bins.get_mut(index) {
                    bin.count = bin.count.saturating_add(count);
                }
            }
            Err(index) => {
                self.bins.insert(index, TombstoneBin { local_deletion_time_seconds: seconds, count });
                if self.bins.len() > MOST_BINS {
                    self.merge_nearest();
                }
            }
        }
    }

    /// Makes one bin of the two that are nearest to each other, the first such two.
    fn merge_nearest(&mut self) {
        let distance = |pair: &[TombstoneBin]| match pair {
            [low, high] => high.local_deletion_time_seconds.saturating_sub(low.local_deletion_time_seconds),
            _ => i64::MAX,
        };
        let nearest = self.bins.windows(2).map(distance).enumerate().min_by_key(|(_, distance)| *distance);
        let Some((index, _)) = nearest else { return };
        let high = self.bins.remove(index.saturating_add(1));
        let Some(low) = self.bins.get_mut(index) else { return };
        let weighed =
            |bin: &TombstoneBin| bin.local_deletion_time_seconds.saturating_mul(i64::from(bin.count));
        let count = i64::from(low.count).saturating_add(i64::from(high.count));
        let mean = weighed(low).saturating_add(weighed(&high)).checked_div(count).unwrap_or(0);
        let least = low.local_deletion_time_seconds.saturating_add(1);
        let mean = mean.max(least).min(high.local_deletion_time_seconds);
        low.local_deletion_time_seconds = rounded_up(mean);
        low.count = i32::try_from(count).unwrap_or(i32::MAX);
    }
}

/// Times that cannot be stand for the last one.
fn rounded_up(seconds: i64) -> i64 {
    let past = seconds.checked_rem(ROUND_SECONDS).unwrap_or(0);
    let rounded =
        if past == 0 { seconds } else { seconds.saturating_sub(past).saturating_add(ROUND_SECONDS) };
    if (0..=MAX_DELETION_TIME).contains(&seconds) {
        rounded.min(MAX_DELETION_TIME)
    } else {
        MAX_DELETION_TIME
    }
}

/// A hash table that does not grow. Of its many places mostly few are taken: nothing is done for the others.
#[derive(Debug, Clone, Default)]
struct Spool {
    /// Of each place, 0 if it is free. Empty up to the first time.
    seconds_and_one: Vec<i64>,
    counts: Vec<i32>,
    /// The places that are taken.
    taken: Vec<u32>,
}

impl Spool {
    /// Counts a time if there is room for it.
    fn try_add(&mut self, seconds: i64, count: i32) -> bool {
        if self.taken.len() > SPOOL_CAPACITY {
            return false;
        }
        if self.seconds_and_one.is_empty() {
            self.seconds_and_one = vec![0; SPOOL_PLACES];
            self.counts = vec![0; SPOOL_PLACES];
        }
        let first = seconds.wrapping_mul(948_701_839) as usize & (SPOOL_CAPACITY - 1);
        let seconds_and_one = seconds.wrapping_add(1);
        // the last first place has more than so many behind it
        let places = self.seconds_and_one.iter_mut().zip(&mut self.counts).enumerate();
        for (place, (stored, stored_count)) in places.skip(first).take(ATTEMPTS) {
            if *stored == 0 {
                (*stored, *stored_count) = (seconds_and_one, count);
                self.taken.push(place as u32);
                return true;
            }
            if *stored == seconds_and_one {
                *stored_count = stored_count.saturating_add(count);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(times: impl IntoIterator<Item = i64>) -> Vec<(i64, i32)> {
        let mut drop_times = DropTimes::default();
        times.into_iter().for_each(|seconds| drop_times.add(seconds, 1));
        let histogram = drop_times.finish();
        histogram.bins().iter().map(|bin| (bin.local_deletion_time_seconds, bin.count)).collect()
    }

    #[test]
    fn times_are_rounded_up_to_minutes_and_counted() {
        assert_eq!(collected([61, 120, 119, 0, 121, 120]), [(0, 1), (120, 4), (180, 1)]);
        assert_eq!(
            collected([-5, i64::MAX, MAX_DELETION_TIME, 4_294_967_220]),
            [(4_294_967_220, 1), (MAX_DELETION_TIME, 3)]
        );
    }

    #[test]
    fn of_too_many_times_the_nearest_are_merged_at_their_mean() {
        let mut times: Vec<i64> = (0..100).map(|n| n * 6000).collect();
        times.extend([6060, 6060, 6060]);
        let bins = collected(times);
        assert_eq!(bins.len(), 100);
        // (6000 + 3 * 6060) / 4 = 6045, rounded up
        assert_eq!(bins[1], (6060, 4));
        assert_eq!(bins[2], (12_000, 1));
    }

    #[test]
    fn more_times_than_the_spool_takes_are_all_counted() {
        let bins = collected((0..400_000).map(|n| n * 60));
        assert_eq!(bins.len(), MOST_BINS);
        assert_eq!(bins.iter().map(|(_, count)| i64::from(*count)).sum::<i64>(), 400_000);
    }

    /// Of times as `StreamingTombstoneHistogramBuilder` merged them: how many there are, how far apart and in which
    /// span, and of its bins a sum.
    #[test]
    fn bins_are_those_of_cassandra_also_when_the_spool_is_full() {
        let golden = [
            (150, 7919, 1_000_000_000, -138_615_881_486_999_778),
            (250_000, 104_729, 4_000_000_000, 5_897_793_583_183_829_384),
            (1_000_000, 37, 300_000_000, 3_071_094_055_638_698_104_i64),
        ];
        for (count, step, span, sum) in golden {
            let bins = collected((0..count).map(|n: i64| n * step * 60 % span));
            assert_eq!(bins.len(), MOST_BINS);
            let folded = bins.iter().fold(0_i64, |sum, (seconds, count)| {
                sum.wrapping_mul(31).wrapping_add(*seconds).wrapping_mul(31).wrapping_add(i64::from(*count))
            });
            assert_eq!(folded, sum, "{count}");
        }
    }
}
