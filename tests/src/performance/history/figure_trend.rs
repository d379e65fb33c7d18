//! How one figure stands to earlier runs.

use serde::{Deserialize, Serialize};

use super::super::{Better, Spread, Unit, number, spread::median};
use super::{HistoryFigure, Standing};

/// What less is always noise: a twentieth.
const LEAST_NOISE: f64 = 0.05;
/// Fewer earlier runs have no spread to speak of.
const LEAST_RUNS: usize = 3;
/// So many times the deviation of the earlier runs is noise.
const DEVIATIONS: f64 = 3.0;
/// The standard deviation of a normal distribution, in median absolute deviations.
const DEVIATION_OF_MEDIAN_DISTANCE: f64 = 1.4826;

/// How one figure stands to those of earlier runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FigureTrend {
    /// The name of the metric.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// The figure of this run.
    #[serde(with = "number")]
    pub now: f64,
    /// The earlier runs, the oldest first.
    pub earlier: Vec<EarlierRun>,
    /// The spread of the earlier runs' figures; none where there are no earlier runs.
    pub baseline: Option<Spread>,
    /// By what part the figure is above the earlier runs' median; below where it is negative.
    #[serde(with = "number")]
    pub change: f64,
    /// What part of the earlier runs' median is noise.
    #[serde(with = "number")]
    pub noise: f64,
    /// What follows from that.
    pub standing: Standing,
}

/// The figure of an earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlierRun {
    /// When it began, in seconds since 1970.
    pub began_at: u64,
    /// The version of CQLite.
    pub version: String,
    /// Its figure: the median, where it had several.
    #[serde(with = "number")]
    pub figure: f64,
    /// Its own coefficient of variation.
    #[serde(with = "number")]
    pub variation: f64,
}

impl FigureTrend {
    /// Holds a figure against those of earlier runs, the oldest first.
    pub fn of(name: &str, now: &HistoryFigure, earlier: Vec<EarlierRun>) -> Self {
        let figures = earlier.iter().map(|run| run.figure).collect::<Vec<_>>();
        let baseline = Spread::of(&figures);
        let noise = noise(&figures, &earlier);
        let figure = now.spread.median;
        let standing = standing(now.better, baseline.as_ref(), figure, noise);
        let change = baseline.and_then(|it| Better::Lower.worsening(it.median, figure)).unwrap_or(0.0);
        Self {
            name: name.to_owned(),
            unit: now.unit,
            now: figure,
            earlier,
            baseline,
            change,
            noise,
            standing,
        }
    }

    /// In words: `6.20 ms, 24.0 % above the median of 5 earlier runs (5.00 ms), noise 7.1 %: regression`.
    pub fn text(&self) -> String {
        let now = self.unit.text(self.now);
        let Some(baseline) = &self.baseline else { return format!("{now}, no earlier run") };
        let side = if self.change < 0.0 { "below" } else { "above" };
        format!(
            "{now}, {:.1} % {side} the median of {} earlier runs ({}), noise {:.1} %: {}",
            self.change.abs() * 100.0,
            baseline.runs,
            self.unit.text(baseline.median),
            self.noise * 100.0,
            self.standing.name()
        )
    }
}

fn standing(better: Option<Better>, baseline: Option<&Spread>, now: f64, noise: f64) -> Standing {
    let not_judged = |why: String| Standing::NotJudged(why);
    let Some(better) = better else { return not_judged("nobody said which way it improves".to_owned()) };
    let runs = baseline.map_or(0, |baseline| baseline.runs);
    let Some(baseline) = baseline.filter(|_| runs >= LEAST_RUNS as u64) else {
        return not_judged(format!("{runs} earlier runs, and {LEAST_RUNS} are needed"));
    };
    match better.worsening(baseline.median, now) {
        None => not_judged("the earlier runs' median is zero".to_owned()),
        Some(worse) if worse > noise => Standing::Regression,
        Some(worse) if worse < -noise => Standing::Improvement,
        Some(_) => Standing::WithinNoise,
    }
}

/// What part of the median is noise: the greatest of a twentieth, three robust standard deviations of the earlier runs' figures, and
/// the variation that these runs had in themselves.
fn noise(figures: &[f64], earlier: &[EarlierRun]) -> f64 {
    let Some(middle) = median(figures).filter(|middle| *middle != 0.0) else { return LEAST_NOISE };
    let distances = figures.iter().map(|figure| (figure - middle).abs()).collect::<Vec<_>>();
    let between =
        median(&distances).unwrap_or(0.0) * DEVIATION_OF_MEDIAN_DISTANCE * DEVIATIONS / middle.abs();
    let within = median(&earlier.iter().map(|run| run.variation).collect::<Vec<_>>()).unwrap_or(0.0);
    LEAST_NOISE.max(between).max(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(unit: Unit, earlier: &[f64], variation: f64, now: f64) -> FigureTrend {
        let runs = earlier.iter().map(|figure| EarlierRun {
            began_at: 0,
            version: String::new(),
            figure: *figure,
            variation,
        });
        let now = HistoryFigure { unit, better: unit.better(), spread: Spread::of(&[now]).unwrap() };
        FigureTrend::of("figure", &now, runs.collect())
    }

    #[test]
    fn less_than_a_twentieth_is_noise_however_even_the_earlier_runs_were() {
        let even = [100.0; 5];
        assert_eq!(trend(Unit::PerSecond, &even, 0.0, 95.1).standing, Standing::WithinNoise);
        assert_eq!(trend(Unit::PerSecond, &even, 0.0, 94.9).standing, Standing::Regression);
        assert_eq!(trend(Unit::PerSecond, &even, 0.0, 105.1).standing, Standing::Improvement);
        assert_eq!(trend(Unit::Seconds, &even, 0.0, 105.1).standing, Standing::Regression);
        assert_eq!(trend(Unit::Seconds, &even, 0.0, 94.9).standing, Standing::Improvement);
    }

    #[test]
    fn uneven_earlier_runs_make_more_noise() {
        let uneven = [90.0, 95.0, 100.0, 105.0, 110.0];
        let trend_at = |now| trend(Unit::PerSecond, &uneven, 0.0, now);
        assert!((trend_at(80.0).noise - 3.0 * 1.4826 * 0.05).abs() < 1e-9);
        assert_eq!(trend_at(80.0).standing, Standing::WithinNoise);
        assert_eq!(trend_at(75.0).standing, Standing::Regression);
    }

    #[test]
    fn one_run_that_was_off_does_not_hide_a_regression() {
        assert_eq!(
            trend(Unit::PerSecond, &[100.0, 101.0, 99.0, 100.0, 20.0], 0.0, 90.0).standing,
            Standing::Regression
        );
    }

    #[test]
    fn what_varies_within_the_runs_is_noise_as_well() {
        assert_eq!(trend(Unit::PerSecond, &[100.0; 5], 0.15, 88.0).standing, Standing::WithinNoise);
        assert_eq!(trend(Unit::PerSecond, &[100.0; 5], 0.15, 84.0).standing, Standing::Regression);
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        let why = |trend: FigureTrend| match trend.standing {
            Standing::NotJudged(why) => why,
            standing => panic!("{standing:?}"),
        };
        assert_eq!(
            why(trend(Unit::PerSecond, &[100.0, 100.0], 0.0, 1.0)),
            "2 earlier runs, and 3 are needed"
        );
        assert_eq!(why(trend(Unit::PerSecond, &[], 0.0, 1.0)), "0 earlier runs, and 3 are needed");
        assert_eq!(why(trend(Unit::Share, &[0.5; 5], 0.0, 0.1)), "nobody said which way it improves");
        assert_eq!(why(trend(Unit::Seconds, &[0.0; 5], 0.0, 0.1)), "the earlier runs' median is zero");
    }

    #[test]
    fn a_trend_is_told_in_words() {
        let text = trend(Unit::Seconds, &[0.005; 5], 0.071, 0.0062).text();
        assert_eq!(
            text,
            "6.20 ms, 24.0 % above the median of 5 earlier runs (5.00 ms), noise 7.1 %: regression"
        );
    }
}
