//! How a run stands to earlier runs.

use serde::{Deserialize, Serialize};

use super::{EarlierRun, FigureTrend, History, HistoryEntry, Standing};

/// Of earlier runs the last so many count.
const RUNS: usize = 20;

/// How a run stands to earlier runs of the same machine and options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// How many earlier runs count.
    pub alike: usize,
    /// How many earlier runs were of another machine or with other options.
    pub unlike: usize,
    /// What is wrong with the history.
    pub problems: Vec<String>,
    /// How each figure stands.
    pub figures: Vec<FigureTrend>,
}

impl Trend {
    /// The rule by which a figure is a regression.
    pub const RULE: &str = "A figure is a regression if it is worse than the median of the earlier runs of the same machine and \
        options (the last 20 that have it, 3 at least) by more than the noise. The noise is the greatest of 5 %, three robust \
        standard deviations of the earlier runs' figures (1.4826 × their median absolute deviation), and the median of the \
        coefficients of variation that these runs had in themselves.";

    /// Holds the figures of a run against the history.
    pub fn of(history: &History, now: &HistoryEntry) -> Self {
        let (alike, unlike): (Vec<_>, Vec<_>) = history.entries.iter().partition(|entry| entry.is_alike(now));
        let figures = now.figures.iter().map(|(name, figure)| {
            let have = alike.iter().filter_map(|entry| {
                let earlier = entry.figures.get(name).filter(|earlier| earlier.unit == figure.unit)?;
                Some(EarlierRun {
                    began_at: entry.began_at,
                    version: entry.version().to_owned(),
                    figure: earlier.spread.median,
                    variation: earlier.spread.variation,
                })
            });
            let have = have.collect::<Vec<_>>();
            let last = have.get(have.len().saturating_sub(RUNS)..).unwrap_or_default().to_vec();
            FigureTrend::of(name, figure, last)
        });
        let problems =
            history.problems.iter().map(|problem| format!("line {}: {}", problem.line, problem.why));
        let (alike, unlike) = (alike.len(), unlike.len());
        Self { alike, unlike, problems: problems.collect(), figures: figures.collect() }
    }

    /// The figures that are worse by more than the noise.
    pub fn regressions(&self) -> impl Iterator<Item = &FigureTrend> {
        self.figures.iter().filter(|figure| figure.standing == Standing::Regression)
    }

    /// The figures that are better by more than the noise.
    pub fn improvements(&self) -> impl Iterator<Item = &FigureTrend> {
        self.figures.iter().filter(|figure| figure.standing == Standing::Improvement)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::{Spread, Unit};
    use super::super::HistoryFigure;
    use super::*;

    fn run(machine: &str, option: &str, unit: Unit, figure: f64) -> HistoryEntry {
        let figure = HistoryFigure { unit, better: unit.better(), spread: Spread::of(&[figure]).unwrap() };
        HistoryEntry::new(
            0,
            BTreeMap::new(),
            Some(machine.to_owned()).filter(|machine| machine != "unknown"),
            BTreeMap::from([("rows".to_owned(), option.to_owned())]),
            BTreeMap::from([("reads".to_owned(), figure)]),
        )
    }

    #[test]
    fn only_runs_of_the_same_machine_and_options_count() {
        let unknown = run("unknown", "1000", Unit::PerSecond, 100.0);
        assert!(!unknown.is_alike(&unknown));
        let mut entries = vec![run("m", "1000", Unit::PerSecond, 100.0); 3];
        entries.extend(vec![run("another", "1000", Unit::PerSecond, 10.0); 9]);
        entries.extend(vec![run("m", "9", Unit::PerSecond, 10.0); 9]);
        entries.push(run("m", "1000", Unit::Seconds, 10.0));
        let history = History { entries, problems: Vec::new() };
        let trend = Trend::of(&history, &run("m", "1000", Unit::PerSecond, 90.0));
        assert_eq!((trend.alike, trend.unlike), (4, 18));
        assert_eq!(trend.regressions().map(|figure| figure.name.as_str()).collect::<Vec<_>>(), ["reads"]);
        assert_eq!(trend.figures[0].earlier.len(), 3);
    }

    #[test]
    fn runs_of_long_ago_do_not_count() {
        let mut entries = vec![run("m", "1", Unit::PerSecond, 1_000.0); 50];
        entries.extend(vec![run("m", "1", Unit::PerSecond, 100.0); RUNS]);
        let trend =
            Trend::of(&History { entries, problems: Vec::new() }, &run("m", "1", Unit::PerSecond, 100.0));
        assert_eq!(trend.regressions().count(), 0);
        assert_eq!(trend.figures[0].baseline.map(|baseline| baseline.median), Some(100.0));
    }

    #[test]
    fn a_run_without_history_has_no_regression_and_says_that_nothing_was_judged() {
        let trend = Trend::of(&History::parse(b"{"), &run("m", "1", Unit::PerSecond, 100.0));
        assert_eq!(trend.regressions().count() + trend.improvements().count(), 0);
        assert!(matches!(trend.figures[0].standing, Standing::NotJudged(_)));
        assert!(trend.problems[0].starts_with("line 1: it is damaged"), "{:?}", trend.problems);
    }
}
