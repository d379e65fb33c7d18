//! A figure of repeated runs.

use serde::{Deserialize, Serialize};

use super::{Unit, number};

/// A figure of repeated runs: what lies in their middle, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many runs.
    pub runs: u64,
    /// Half of the runs are below.
    #[serde(with = "number")]
    pub median: f64,
    /// The least.
    #[serde(with = "number")]
    pub min: f64,
    /// The greatest.
    #[serde(with = "number")]
    pub max: f64,
    /// The coefficient of variation: the standard deviation of a sample as a part of the mean. Zero for one run, of
    /// which nothing is known, and where the mean is zero.
    #[serde(with = "number")]
    pub variation: f64,
}

impl Spread {
    /// The spread of these figures; none if there are none, or one is not finite.
    ///
    /// ```
    /// use cqlite_tests::performance::Spread;
    ///
    /// let spread = Spread::of(&[310_000.0, 290_000.0, 300_000.0]).unwrap();
    /// assert_eq!((spread.median, spread.min, spread.max), (300_000.0, 290_000.0, 310_000.0));
    /// assert!((spread.variation - 1.0 / 30.0).abs() < 1e-9);
    /// ```
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let median = median(values)?;
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let runs = values.len() as f64;
        let mean = values.iter().sum::<f64>() / runs;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = if values.len() > 1 { (squares / (runs - 1.0)).sqrt() } else { 0.0 };
        let variation = if mean == 0.0 { 0.0 } else { deviation / mean.abs() };
        Some(Self { runs: values.len() as u64, median, min, max, variation })
    }

    /// The spread as people read it: `300,000/s (290,000/s to 310,000/s, ±3.3 %, 3 runs)`, or the bare figure of one run.
    pub fn text(&self, unit: Unit) -> String {
        match self.runs {
            1 => format!("{} (1 run)", unit.text(self.median)),
            runs => format!(
                "{} ({} to {}, ±{:.1} %, {runs} runs)",
                unit.text(self.median),
                unit.text(self.min),
                unit.text(self.max),
                self.variation * 100.0
            ),
        }
    }
}

/// The middle of the values, or of the two in the middle; none of none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len().is_multiple_of(2) {
        true => sorted.get(sorted.len() / 2 - 1).map(|lower| f64::midpoint(*lower, upper)),
        false => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
    }

    #[test]
    fn one_run_has_no_variation_and_none_no_spread() {
        let one = Spread::of(&[7.0]).unwrap();
        assert_eq!((one.runs, one.median, one.min, one.max, one.variation), (1, 7.0, 7.0, 7.0, 0.0));
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn the_text_tells_the_runs() {
        let spread = Spread::of(&[0.004, 0.005, 0.006]).unwrap();
        assert_eq!(spread.text(Unit::Seconds), "5.00 ms (4.00 ms to 6.00 ms, ±20.0 %, 3 runs)");
        assert_eq!(Spread::of(&[5.0]).unwrap().text(Unit::Count), "5 (1 run)");
    }
}
