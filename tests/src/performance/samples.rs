//! The figures of one metric, in bounded memory.

use super::Spread;

/// So many figures are kept as they are; of more, an even choice.
const KEPT: usize = 1_024;

/// The figures of one metric, in bounded memory: least, greatest and variation are exact for any number of them, the median
/// for 1,024, and beyond that it is the median of a uniform sample of so many.
#[derive(Debug, Clone)]
pub struct Samples {
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
    kept: Vec<f64>,
    random: u64,
}

impl Samples {
    /// None yet.
    pub fn new() -> Self {
        Self {
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            squares: 0.0,
            kept: Vec::new(),
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// Takes a finite figure.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        // Welford's way, which does not lose the digits of far-off means.
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count as f64;
        self.squares += from_mean * (value - self.mean);
        if self.kept.len() < KEPT {
            self.kept.push(value);
            return;
        }
        let place = self.next_random() % self.count;
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| self.kept.get_mut(place)) {
            *kept = value;
        }
    }

    /// What is known of them; none if there are none.
    pub fn spread(&self) -> Option<Spread> {
        let kept = Spread::of(&self.kept)?;
        if self.count <= KEPT as u64 {
            return Some(kept);
        }
        let deviation = (self.squares / (self.count - 1) as f64).sqrt();
        let variation = if self.mean == 0.0 { 0.0 } else { deviation / self.mean.abs() };
        Some(Spread { runs: self.count, min: self.min, max: self.max, variation, ..kept })
    }

    /// How many of them are on the wrong side of a bound, as far as they are kept.
    pub fn kept(&self) -> &[f64] {
        &self.kept
    }

    fn next_random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

impl Default for Samples {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_figures_have_their_own_spread() {
        let mut samples = Samples::new();
        assert_eq!(samples.spread(), None);
        for value in [3.0, 1.0, 2.0] {
            samples.add(value);
        }
        assert_eq!(samples.spread(), Spread::of(&[1.0, 2.0, 3.0]));
    }

    #[test]
    fn many_figures_take_no_more_room_and_keep_their_ends() {
        let mut samples = Samples::new();
        let all = (0..100_000).map(f64::from).collect::<Vec<_>>();
        all.iter().for_each(|value| samples.add(*value));
        let (spread, exact) = (samples.spread().unwrap(), Spread::of(&all).unwrap());
        assert_eq!(samples.kept().len(), KEPT);
        assert_eq!((spread.runs, spread.min, spread.max), (exact.runs, exact.min, exact.max));
        assert!((spread.variation - exact.variation).abs() < 1e-9);
        assert!((spread.median / exact.median - 1.0).abs() < 0.1, "{spread:?}");
    }
}
