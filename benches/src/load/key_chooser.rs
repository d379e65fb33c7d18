//! Which records are asked for.

use rand::distr::{Distribution as _, Uniform};
use rand::rngs::SmallRng;
use rand_distr::Zipf;

use super::Result;
use crate::scatter;

/// The skew of YCSB's Zipfian distribution (`ZipfianGenerator.ZIPFIAN_CONSTANT`).
const ZIPFIAN_EXPONENT: f64 = 0.99;

/// How often which of the records that are there are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDistribution {
    /// All alike.
    Uniform,
    /// Few of them most of the time, and those anywhere among the others (YCSB's `ScrambledZipfianGenerator`).
    Zipfian,
    /// The newest most of the time (YCSB's `SkewedLatestGenerator`).
    Latest,
}

/// Chooses records.
#[derive(Debug, Clone)]
pub struct KeyChooser {
    ranks: Ranks,
    /// How many records the ranks were made for.
    records: u64,
}

#[derive(Debug, Clone)]
enum Ranks {
    Uniform(Uniform<u64>),
    Zipfian(Zipf<f64>),
    Latest(Zipf<f64>),
}

impl KeyChooser {
    /// A chooser among so many records.
    ///
    /// # Errors
    /// If there are none.
    pub fn new(distribution: KeyDistribution, records: u64) -> Result<Self> {
        let zipf = || Zipf::new(records as f64, ZIPFIAN_EXPONENT);
        let ranks = match distribution {
            KeyDistribution::Uniform => Ranks::Uniform(Uniform::new(0, records)?),
            KeyDistribution::Zipfian => Ranks::Zipfian(zipf()?),
            KeyDistribution::Latest => Ranks::Latest(zipf()?),
        };
        Ok(Self { ranks, records })
    }

    /// The number of a record, of `there` that are there by now: at least as many as the chooser was made for.
    pub fn choose(&self, there: u64, random: &mut SmallRng) -> u64 {
        let rank = |zipf: &Zipf<f64>, random: &mut SmallRng| (zipf.sample(random) as u64).saturating_sub(1);
        match &self.ranks {
            Ranks::Uniform(uniform) => uniform.sample(random),
            Ranks::Zipfian(zipf) => scatter(rank(zipf, random)) % self.records,
            Ranks::Latest(zipf) => there.saturating_sub(1).saturating_sub(rank(zipf, random)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn chosen(distribution: KeyDistribution, there: u64) -> Vec<u64> {
        let chooser = KeyChooser::new(distribution, 1_000).unwrap();
        let mut random = SmallRng::seed_from_u64(7);
        let mut counts = vec![0; there as usize];
        (0..100_000).for_each(|_| counts[chooser.choose(there, &mut random) as usize] += 1);
        counts
    }

    #[test]
    fn uniform_keys_are_asked_for_alike() {
        let counts = chosen(KeyDistribution::Uniform, 1_000);
        assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_few_zipfian_keys_get_most_reads_and_are_not_neighbours() {
        let counts = chosen(KeyDistribution::Zipfian, 1_000);
        let mut sorted: Vec<_> = counts.iter().copied().enumerate().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let hottest: u64 = sorted.iter().take(100).map(|(_, count)| count).sum();
        assert!((60_000..80_000).contains(&hottest), "the hottest tenth gets {hottest} of 100,000 reads");
        let neighbours = sorted.windows(2).take(50).filter(|pair| pair[0].0.abs_diff(pair[1].0) == 1).count();
        assert!(neighbours < 5);
    }

    #[test]
    fn the_newest_records_are_asked_for_most_also_those_that_came_later() {
        let counts = chosen(KeyDistribution::Latest, 1_500);
        let newest: u64 = counts.iter().rev().take(100).sum();
        assert!(newest > 60_000, "the newest hundred get {newest} of 100,000 reads");
        assert!(counts.iter().take(500).all(|count| *count == 0));
    }

    #[test]
    fn nothing_can_be_chosen_of_no_records() {
        for distribution in [KeyDistribution::Uniform, KeyDistribution::Zipfian, KeyDistribution::Latest] {
            assert!(KeyChooser::new(distribution, 0).is_err());
        }
    }
}
