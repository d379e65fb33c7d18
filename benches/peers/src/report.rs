//! Medians, spreads and ratios of all runs, as a table and as JSON.

use serde::Serialize;

use crate::engine::EngineName;
use crate::outcome::{Better, Figure, Unit};
use crate::run::Run;
use crate::workload::Workload;

/// A figure of one engine over all runs that count.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The workload.
    pub workload: Workload,
    /// What was measured.
    pub name: String,
    /// What the figure counts.
    pub unit: Unit,
    /// Which way is ahead.
    pub better: Better,
    /// The engine.
    pub engine: EngineName,
    /// The middle one.
    pub median: f64,
    /// The smallest one.
    pub least: f64,
    /// The largest one.
    pub most: f64,
    /// How many runs count.
    pub runs: usize,
    /// To the best peer: above 1 is ahead of it. `None` where nothing is compared.
    pub ratio: Option<f64>,
}

/// Sums up all runs, in the order in which they measured things.
pub fn summarize(runs: &[Run]) -> Vec<Summary> {
    let mut summaries = Vec::<Summary>::new();
    for run in runs.iter().filter(|run| run.outcome.void.is_none()) {
        for figure in &run.outcome.figures {
            let is_known = summaries
                .iter()
                .any(|known| is_of(known, run.workload, &figure.name) && known.engine == run.engine);
            if !is_known {
                summaries.push(summary(runs, run.workload, run.engine, figure));
            }
        }
    }
    let ratios = summaries.iter().map(|summary| ratio(&summaries, summary)).collect::<Vec<_>>();
    for (summary, ratio) in summaries.iter_mut().zip(ratios) {
        summary.ratio = ratio;
    }
    summaries
}

fn is_of(summary: &Summary, workload: Workload, name: &str) -> bool {
    summary.workload == workload && summary.name == name
}

fn summary(runs: &[Run], workload: Workload, engine: EngineName, figure: &Figure) -> Summary {
    let counting =
        |run: &&Run| run.workload == workload && run.engine == engine && run.outcome.void.is_none();
    let mut values = runs
        .iter()
        .filter(counting)
        .flat_map(|run| &run.outcome.figures)
        .filter(|other| other.name == figure.name)
        .map(|other| other.value)
        .collect::<Vec<_>>();
    values.sort_by(f64::total_cmp);
    let runs = values.len();
    Summary {
        workload,
        name: figure.name.clone(),
        unit: figure.unit,
        better: figure.better,
        engine,
        median: f64::midpoint(values[(runs - 1) / 2], values[runs / 2]),
        least: values[0],
        most: values[runs - 1],
        runs,
        ratio: None,
    }
}

fn ratio(summaries: &[Summary], summary: &Summary) -> Option<f64> {
    let peers = summaries
        .iter()
        .filter(|other| is_of(other, summary.workload, &summary.name) && other.engine.is_peer())
        .map(|other| other.median);
    match summary.better {
        Better::Higher => peers.max_by(f64::total_cmp).map(|best| summary.median / best),
        Better::Lower => peers.min_by(f64::total_cmp).map(|best| best / summary.median),
        Better::Neither => None,
    }
}

/// Prints one line a figure, with a group of columns for each engine.
pub fn print_table(summaries: &[Summary], engines: &[EngineName]) {
    print!("{:<48}", "median (least to most)");
    for engine in engines {
        print!(" | {:>30} {:>5}", engine.name(), "ratio");
    }
    println!();
    let mut printed = Vec::new();
    for first in summaries {
        let line = (first.workload, &first.name);
        if printed.contains(&line) {
            continue;
        }
        printed.push(line);
        print!("{:<48}", first.name);
        for &engine in engines {
            let cell = summaries
                .iter()
                .find(|other| is_of(other, first.workload, &first.name) && other.engine == engine);
            print!(" | {:>30} {:>5}", cell.map_or_else(|| "-".to_owned(), figures), ratio_text(cell));
        }
        println!();
    }
}

fn ratio_text(summary: Option<&Summary>) -> String {
    summary.and_then(|summary| summary.ratio).map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

fn figures(summary: &Summary) -> String {
    let text = |value| readable(value, summary.unit);
    if summary.runs == 1 {
        return text(summary.median);
    }
    format!("{} ({} to {})", text(summary.median), text(summary.least), text(summary.most))
}

fn readable(value: f64, unit: Unit) -> String {
    match unit {
        Unit::PerSecond if value >= 1e6 => format!("{:.2}M/s", value / 1e6),
        Unit::PerSecond => format!("{:.1}k/s", value / 1e3),
        Unit::Microseconds if value >= 1e6 => format!("{:.2} s", value / 1e6),
        Unit::Microseconds if value >= 1e3 => format!("{:.2} ms", value / 1e3),
        Unit::Microseconds => format!("{value:.1} us"),
        Unit::Seconds => format!("{value:.2} s"),
        Unit::Bytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
        Unit::Times => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::summarize;
    use crate::engine::EngineName;
    use crate::outcome::{Outcome, Unit};
    use crate::run::Run;
    use crate::workload::Workload;

    fn run(number: u32, rate: f64, void: Option<&str>) -> Run {
        let mut outcome = Outcome { void: void.map(str::to_owned), ..Outcome::default() };
        outcome.higher("put", rate, Unit::PerSecond);
        outcome.lower("p99", 1e6 / rate, Unit::Microseconds);
        outcome.note("floor", 8000.0, Unit::PerSecond);
        Run { run: number, workload: Workload::Put, engine: EngineName::Fjall, load_average: 0.0, outcome }
    }

    #[test]
    fn a_median_is_of_the_runs_that_count() {
        let runs = [
            run(0, 300.0, None),
            run(1, 100.0, None),
            run(2, 9e9, Some("no compaction in the time measured")),
            run(3, 200.0, None),
            run(4, 250.0, None),
        ];
        let summaries = summarize(&runs);
        let [put, p99, floor] = &summaries[..] else { panic!("three figures are three summaries") };
        assert_eq!((put.median, put.least, put.most, put.runs), (225.0, 100.0, 300.0, 4));
        assert_eq!((put.ratio, p99.ratio, floor.ratio), (Some(1.0), Some(1.0), None));
    }

    #[test]
    fn a_figure_of_void_runs_alone_is_not_shown() {
        assert!(summarize(&[run(0, 1.0, Some("only 2 flushes in the time measured"))]).is_empty());
    }

    #[cfg(feature = "rocksdb")]
    #[test]
    fn a_ratio_above_one_is_ahead_for_rates_and_for_times() {
        let behind = Run { engine: EngineName::Rocksdb, ..run(0, 50.0, None) };
        let summaries = summarize(&[run(0, 100.0, None), behind]);
        let ratios = summaries.iter().map(|summary| (summary.engine, summary.ratio)).collect::<Vec<_>>();
        assert!(ratios.contains(&(EngineName::Rocksdb, Some(0.5))));
        assert_eq!(ratios.iter().filter(|(_, ratio)| *ratio == Some(0.5)).count(), 2);
    }
}
