//! The table of targets.

use super::{Bound, Error, Result, Target, Unit};

/// The table of targets, in the order in which they are told.
///
/// ```
/// use cqlite_tests::performance::{Bound, PerformanceTargets};
///
/// // A machine half as fast, on which reads alone are asked for more.
/// let targets = PerformanceTargets::default()
///     .scaled(0.5)?
///     .overridden(PerformanceTargets::READS_BY_KEY, 200_000.0)?;
/// assert_eq!(targets.get(PerformanceTargets::WRITES).unwrap().bound, Bound::AtLeast(125_000.0));
/// assert_eq!(targets.get(PerformanceTargets::OPEN_LOOP_P99).unwrap().bound, Bound::AtMost(0.010));
/// assert_eq!(targets.get(PerformanceTargets::READS_BY_KEY).unwrap().bound, Bound::AtLeast(200_000.0));
/// # Ok::<(), cqlite_tests::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceTargets {
    targets: Vec<Target>,
}

impl PerformanceTargets {
    /// Writes a second through CQL, prepared, with a periodic commit log.
    pub const WRITES: &str = "writes.periodic.cql";
    /// Rows a second in batches.
    pub const BATCH_WRITES: &str = "writes.batch";
    /// Reads a second by key through CQL.
    pub const READS_BY_KEY: &str = "reads.key.cql";
    /// The most memory that the standard load takes, mapped pages included.
    pub const PEAK_MEMORY: &str = "memory.peak";
    /// The compressed size of the standard data pattern, as a part of the raw size.
    pub const COMPRESSED_SIZE: &str = "compression.standard";
    /// P99 of 100 clients, from the scheduled start: of the batch `open_loop`.
    pub const OPEN_LOOP_P99: &str = "open_loop.p99";
    /// P99.9 of 100 clients, from the scheduled start.
    pub const OPEN_LOOP_P999: &str = "open_loop.p99_9";
    /// The longest of 100 clients, from the scheduled start.
    pub const OPEN_LOOP_MAX: &str = "open_loop.max";
    /// False positives per filter consulted, as a multiple of `fp_chance`.
    pub const BLOOM_FALSE_POSITIVES: &str = "bloom.false_positives";
    /// The part of absent keys that is answered without reading data.
    pub const BLOOM_ABSENT_WITHOUT_DATA: &str = "bloom.absent_without_data";
    /// Hits of the chunk cache where the hot set fits.
    pub const CACHE_HITS_FITTING: &str = "cache.hits.fitting";
    /// Hits of the chunk cache beside those of the best static cache where the hot set does not fit.
    pub const CACHE_HITS_TO_BEST: &str = "cache.hits.to_best_static";
    /// The time to recover a log of a million puts.
    pub const RECOVERY_1M: &str = "recovery.1m";
    /// The time to recover a log of ten million puts.
    pub const RECOVERY_10M: &str = "recovery.10m";
    /// Throughput at ten million rows beside that at one million.
    pub const GROWTH: &str = "growth.10m_to_1m";

    /// No targets.
    pub fn none() -> Self {
        Self { targets: Vec::new() }
    }

    /// Adds a target, or puts it in the place of the one of its name.
    #[must_use]
    pub fn with(mut self, target: Target) -> Self {
        match self.targets.iter_mut().find(|known| known.name == target.name) {
            Some(known) => *known = target,
            None => self.targets.push(target),
        }
        self
    }

    /// Moves the line of one target.
    ///
    /// # Errors
    /// If there is none of that name, or the value is not a finite number.
    pub fn overridden(mut self, name: &str, value: f64) -> Result<Self> {
        let doing = || format!("override the target `{name}`");
        if !value.is_finite() {
            return Err(Error::said(doing(), format!("{value} is no finite number")));
        }
        let known = self.targets.iter_mut().find(|known| known.name == name);
        let target = known.ok_or_else(|| Error::said(doing(), "there is no target of that name"))?;
        target.bound = target.bound.at(value);
        Ok(self)
    }

    /// The targets for a machine so many times as fast: rates are multiplied by the factor, and times divided by it.
    /// Sizes, shares and multiples do not depend on how fast a machine is, and stay.
    ///
    /// # Errors
    /// If the factor is not a positive, finite number.
    pub fn scaled(mut self, factor: f64) -> Result<Self> {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(Error::said("scale the targets", format!("{factor} is no positive number")));
        }
        for target in &mut self.targets {
            let bound = target.bound;
            target.bound = match target.unit {
                Unit::PerSecond | Unit::BytesPerSecond => bound.at(bound.value() * factor),
                Unit::Seconds => bound.at(bound.value() / factor),
                Unit::Bytes | Unit::Share | Unit::Times | Unit::Count => bound,
            };
        }
        Ok(self)
    }

    /// The target of that name.
    pub fn get(&self, name: &str) -> Option<&Target> {
        self.iter().find(|target| target.name == name)
    }

    /// All targets, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

impl Default for PerformanceTargets {
    /// What CQLite is to reach on two cores.
    fn default() -> Self {
        use Bound::{AtLeast, AtMost};
        let targets = vec![
            Target::new(
                Self::WRITES,
                "writes, periodic commit log, through CQL, prepared",
                Unit::PerSecond,
                AtLeast(250_000.0),
            )
            .with_reference("the reference asks 50,000/s"),
            Target::new(Self::BATCH_WRITES, "rows written in batches", Unit::PerSecond, AtLeast(600_000.0)),
            Target::new(Self::READS_BY_KEY, "reads by key through CQL", Unit::PerSecond, AtLeast(300_000.0))
                .with_reference("the reference asks 100,000/s"),
            Target::new(
                Self::PEAK_MEMORY,
                "peak memory of the standard load, mapped pages included",
                Unit::Bytes,
                AtMost(128e6),
            ),
            Target::new(
                Self::COMPRESSED_SIZE,
                "compressed size of the standard data pattern, of raw",
                Unit::Share,
                AtMost(0.30),
            ),
            Target::new(
                Self::OPEN_LOOP_P99,
                "P99 of 100 clients, open loop at 70 % of the maximum rate",
                Unit::Seconds,
                AtMost(0.005),
            )
            .with_reference("the reference asks 50 ms")
            .in_open_loop(),
            Target::new(
                Self::OPEN_LOOP_P999,
                "P99.9 of 100 clients, open loop at 70 % of the maximum rate",
                Unit::Seconds,
                AtMost(0.020),
            )
            .with_reference("the reference asks 100 ms")
            .in_open_loop(),
            Target::new(
                Self::OPEN_LOOP_MAX,
                "longest of 100 clients, open loop at 70 % of the maximum rate",
                Unit::Seconds,
                AtMost(0.100),
            )
            .in_open_loop(),
            Target::new(
                Self::BLOOM_FALSE_POSITIVES,
                "bloom filter: false positives per filter consulted, to fp_chance",
                Unit::Times,
                AtMost(1.2),
            ),
            Target::new(
                Self::BLOOM_ABSENT_WITHOUT_DATA,
                "bloom filter: absent keys answered without reading data, one SSTable",
                Unit::Share,
                AtLeast(0.99),
            ),
            Target::new(
                Self::CACHE_HITS_FITTING,
                "chunk-cache hits in the skewed read load, the hot set fits",
                Unit::Share,
                AtLeast(0.95),
            ),
            Target::new(
                Self::CACHE_HITS_TO_BEST,
                "chunk-cache hits to those of the best static cache, the hot set does not fit",
                Unit::Times,
                AtLeast(0.95),
            ),
            Target::new(Self::RECOVERY_1M, "recovery of a log of 1M puts", Unit::Seconds, AtMost(1.0)),
            Target::new(Self::RECOVERY_10M, "recovery of a log of 10M puts", Unit::Seconds, AtMost(10.0)),
            Target::new(Self::GROWTH, "throughput at 10M rows against 1M", Unit::Times, AtLeast(0.7)),
        ];
        Self { targets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_have_names_of_their_own() {
        let targets = PerformanceTargets::default();
        let names =
            targets.iter().map(|target| target.name.as_str()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(names.len(), targets.len());
        assert_eq!(targets.len(), 15);
    }

    #[test]
    fn speed_scales_rates_and_times_and_nothing_else() {
        let plain = PerformanceTargets::default();
        let scaled = plain.clone().scaled(2.0).unwrap();
        for (plain, scaled) in plain.iter().zip(scaled.iter()) {
            let factor = match plain.unit {
                Unit::PerSecond => 2.0,
                Unit::Seconds => 0.5,
                _ => 1.0,
            };
            assert_eq!(scaled.bound, plain.bound.at(plain.bound.value() * factor), "{}", plain.name);
        }
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(plain.clone().scaled(factor).is_err());
        }
    }

    #[test]
    fn an_override_moves_one_line_and_keeps_its_side() {
        let targets =
            PerformanceTargets::default().overridden(PerformanceTargets::PEAK_MEMORY, 64e6).unwrap();
        assert_eq!(targets.get(PerformanceTargets::PEAK_MEMORY).unwrap().bound, Bound::AtMost(64e6));
        let unknown = PerformanceTargets::default().overridden("memory.pek", 1.0).unwrap_err();
        assert!(unknown.to_string().contains("memory.pek"));
        assert!(PerformanceTargets::default().overridden(PerformanceTargets::GROWTH, f64::NAN).is_err());
    }

    #[test]
    fn a_target_takes_the_place_of_the_one_of_its_name() {
        let one = Target::new("a", "a", Unit::Count, Bound::AtMost(1.0));
        let other = Target::new("a", "another", Unit::Count, Bound::AtMost(2.0));
        let targets = PerformanceTargets::none().with(one).with(other.clone());
        assert_eq!(targets.iter().collect::<Vec<_>>(), [&other]);
    }
}
