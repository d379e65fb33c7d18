//! What was measured: over time, by percentile, and in figures.

use super::super::{LatencyProfile, Report, Spread, Unit, plot, spread::median};
use super::{
    escape::escaped,
    table::{Column, HtmlTable},
};
use crate::Result;

/// A part with fewer intervals has no plots.
const FEW_INTERVALS: usize = 4;
/// A part with as many is shown at once.
const MANY_INTERVALS: usize = 12;

/// Throughput, latency and memory over time, with what happened at the same times: of each part by itself where there are parts.
pub(super) fn over_time(report: &Report) -> Result<String> {
    let told = match report.parts.is_empty() {
        true => plots_over_time(report, 0)?,
        false => parts_over_time(report)?,
    };
    Ok(match told.is_empty() {
        true => String::new(),
        false => format!("<section id=\"over-time\">\n<h2>Over time</h2>\n{told}</section>\n"),
    })
}

fn parts_over_time(report: &Report) -> Result<String> {
    let mut told = String::new();
    for (place, part) in report.parts.iter().enumerate() {
        let of_part = report.within(part.from, part.from + part.seconds);
        let lengths = of_part.operations.iter().map(|operation| operation.over_time.len());
        let intervals = lengths.max().unwrap_or(0);
        if intervals < FEW_INTERVALS {
            continue;
        }
        let open = if intervals < MANY_INTERVALS { "" } else { " open=\"open\"" };
        told += &format!(
            "<details{open}>\n<summary>{}</summary>\n<p>{}</p>\n{}</details>\n",
            escaped(&part.name),
            escaped(&part.about),
            plots_over_time(&of_part, place)?
        );
    }
    Ok(told)
}

fn plots_over_time(report: &Report, place: usize) -> Result<String> {
    let plots = [
        (plot::throughput(report, place)?, operations(report)),
        (plot::latency_over_time(report, place)?, latencies_over_time(report)),
        (plot::memory(report, place)?, gauges(report)),
    ];
    let figures =
        plots.iter().filter_map(|(plot, table)| Some(figure(plot.as_ref()?, table))).collect::<String>();
    let events = events(report);
    let told = if events.is_empty() { String::new() } else { events.html() };
    Ok(figures + &told)
}

/// Latencies by percentile.
pub(super) fn latencies(report: &Report) -> Result<String> {
    let Some(plot) = plot::percentiles(report)? else { return Ok(String::new()) };
    let columns = [
        Column::Words("Operation"),
        Column::Words("Measured in a"),
        Column::Figures("Count"),
        Column::Figures("P50"),
        Column::Figures("P95"),
        Column::Figures("P99"),
        Column::Figures("P99.9"),
        Column::Figures("Longest"),
        Column::Figures("Mean"),
    ];
    let mut table = HtmlTable::new("Latencies", &columns);
    for LatencyProfile { name, measured, summary, .. } in &report.latencies {
        let mut row = vec![name.clone(), measured.name().to_owned(), Unit::Count.text(summary.count as f64)];
        let times = [
            summary.p50_nanos,
            summary.p95_nanos,
            summary.p99_nanos,
            summary.p99_9_nanos,
            summary.max_nanos,
            summary.mean_nanos,
        ];
        row.extend(times.map(seconds));
        table.row(&row);
    }
    Ok(format!("<section id=\"latencies\">\n<h2>Latencies</h2>\n{}</section>\n", figure(&plot, &table)))
}

/// Where time goes.
pub(super) fn time_shares(report: &Report) -> Result<String> {
    let Some(plot) = plot::time_shares(report)? else { return Ok(String::new()) };
    let all = report.time_shares.iter().map(|share| share.seconds).sum::<f64>();
    let columns = [Column::Words("Part"), Column::Figures("Time"), Column::Figures("Share")];
    let mut table = HtmlTable::new("Time of all threads", &columns);
    for share in &report.time_shares {
        table.row(&[
            share.part.clone(),
            Unit::Seconds.text(share.seconds),
            Unit::Share.text(share.seconds / all),
        ]);
    }
    Ok(format!("<section id=\"time\">\n<h2>Where time goes</h2>\n{}</section>\n", figure(&plot, &table)))
}

/// The parts of the run.
pub(super) fn parts(report: &Report) -> String {
    let columns =
        [Column::Words("Part"), Column::Words("What it does"), Column::Figures("Time"), Column::Words("End")];
    let mut table = HtmlTable::new("What was run", &columns);
    for part in &report.parts {
        let end = match part.end.reason() {
            None => part.end.name().to_owned(),
            Some(reason) => format!("{}: {reason}", part.end.name()),
        };
        table.row(&[part.name.clone(), part.about.clone(), Unit::Seconds.text(part.seconds), end]);
    }
    match table.is_empty() {
        true => String::new(),
        false => format!("<section id=\"parts\">\n<h2>What was run</h2>\n{}</section>\n", table.html()),
    }
}

/// All figures.
pub(super) fn figures(report: &Report) -> String {
    let columns = [
        Column::Words("Figure"),
        Column::Figures("Median"),
        Column::Figures("Least"),
        Column::Figures("Greatest"),
        Column::Figures("Variation"),
        Column::Figures("Runs"),
    ];
    let mut table = HtmlTable::new("Figures with their spread over the runs", &columns);
    for figure in &report.figures {
        let Spread { runs, median, min, max, variation } = figure.spread;
        let varies = if runs > 1 { format!("±{:.1} %", variation * 100.0) } else { "unknown".to_owned() };
        let [median, min, max] = [median, min, max].map(|value| figure.unit.text(value));
        table.row(&[figure.name.clone(), median, min, max, varies, runs.to_string()]);
    }
    match table.is_empty() {
        true => String::new(),
        false => format!("<section id=\"figures\">\n<h2>Figures</h2>\n{}</section>\n", table.html()),
    }
}

/// The alerts that were raised.
pub(super) fn alerts(report: &Report) -> String {
    let columns = [
        Column::Words("Metric"),
        Column::Words("Level"),
        Column::Figures("Should be"),
        Column::Figures("Worst"),
        Column::Figures("Raised at"),
        Column::Figures("Back at"),
    ];
    let mut table = HtmlTable::new("Alerts", &columns);
    for alert in &report.alerts {
        let cleared = alert.cleared.map_or_else(|| "not".to_owned(), at);
        let (level, bound) = (alert.level.name().to_owned(), alert.bound.text(alert.unit));
        table.row(&[
            alert.metric.clone(),
            level,
            bound,
            alert.unit.text(alert.worst),
            at(alert.raised),
            cleared,
        ]);
    }
    let forgotten = match report.alerts_forgotten {
        0 => String::new(),
        count => format!("<p>{count} older alerts are not kept.</p>\n"),
    };
    match table.is_empty() {
        true => String::new(),
        false => format!("<section id=\"alerts\">\n<h2>Alerts</h2>\n{}{forgotten}</section>\n", table.html()),
    }
}

fn figure(plot: &plot::Plot, table: &HtmlTable) -> String {
    let keys =
        plot.keys.iter().map(|key| format!("<li>{}<span>{}</span></li>", key.sample, escaped(&key.name)));
    let keys = keys.collect::<String>();
    let keys = if keys.is_empty() { keys } else { format!("<ul class=\"keys\">{keys}</ul>\n") };
    let left_out = match plot.left_out {
        0 => String::new(),
        count => format!("<p>{count} more are in the table alone.</p>\n"),
    };
    format!(
        "<figure>\n<figcaption>{} <small>{}</small></figcaption>\n{keys}<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n</figure>\n{left_out}{}",
        escaped(&plot.title),
        escaped(&plot.note),
        plot.wide,
        plot.narrow,
        table.html()
    )
}

fn operations(report: &Report) -> HtmlTable {
    let columns = [
        Column::Words("Operation"),
        Column::Figures("Count"),
        Column::Figures("Median interval"),
        Column::Figures("Least"),
        Column::Figures("Greatest"),
        Column::Figures("Variation"),
    ];
    let mut table = HtmlTable::new("Operations a second in the intervals", &columns);
    for operation in &report.operations {
        let rates = operation.over_time.iter().map(|interval| interval.seen.throughput).collect::<Vec<_>>();
        let Some(spread) = Spread::of(&rates) else { continue };
        let count = operation.over_time.iter().map(|interval| interval.seen.count).sum::<u64>();
        let mut row = vec![operation.name.clone(), Unit::Count.text(count as f64)];
        row.extend([spread.median, spread.min, spread.max].map(|rate| Unit::PerSecond.text(rate)));
        row.push(format!("±{:.1} %", spread.variation * 100.0));
        table.row(&row);
    }
    table
}

fn latencies_over_time(report: &Report) -> HtmlTable {
    let columns = [
        Column::Words("Operation"),
        Column::Figures("Usual P99"),
        Column::Figures("Worst P99"),
        Column::Figures("Longest"),
        Column::Figures("Worst interval"),
    ];
    let mut table = HtmlTable::new("P99 in the intervals", &columns);
    for operation in &report.operations {
        let at_work = operation.over_time.iter().filter(|interval| interval.seen.count > 0);
        let p99 = at_work.clone().map(|interval| interval.seen.p99_nanos as f64).collect::<Vec<_>>();
        let worst = at_work.clone().max_by_key(|interval| interval.seen.p99_nanos);
        let longest = at_work.map(|interval| interval.seen.max_nanos).max();
        let (Some(usual), Some(worst), Some(longest)) = (median(&p99), worst, longest) else { continue };
        let when = format!("{} to {}", at(worst.from), at(worst.until));
        let usual = Unit::Seconds.text(usual / 1e9);
        table.row(&[operation.name.clone(), usual, seconds(worst.seen.p99_nanos), seconds(longest), when]);
    }
    table
}

fn gauges(report: &Report) -> HtmlTable {
    let columns = [
        Column::Words("Gauge"),
        Column::Figures("Mean"),
        Column::Figures("Least"),
        Column::Figures("Greatest"),
    ];
    let mut table = HtmlTable::new("Memory", &columns);
    for gauge in report.gauges.iter().filter(|gauge| gauge.unit == Unit::Bytes) {
        let seen = gauge.over_time.iter().map(|interval| &interval.seen);
        let readings = seen.clone().map(|seen| seen.readings).sum::<u64>().max(1);
        let mean = seen.clone().map(|seen| seen.mean * seen.readings as f64).sum::<f64>() / readings as f64;
        let least = seen.clone().map(|seen| seen.min).fold(f64::INFINITY, f64::min);
        let greatest = seen.map(|seen| seen.max).fold(f64::NEG_INFINITY, f64::max);
        let mut row = vec![gauge.name.clone()];
        row.extend([mean, least, greatest].map(|value| gauge.unit.text(value)));
        table.row(&row);
    }
    table
}

fn events(report: &Report) -> HtmlTable {
    let columns = [
        Column::Words("Event"),
        Column::Figures("How often"),
        Column::Figures("First"),
        Column::Figures("Last"),
        Column::Figures("Longest"),
    ];
    let mut table = HtmlTable::new("What happened", &columns);
    let mut kinds = report.events.iter().map(|event| &event.kind).collect::<Vec<_>>();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let events = report.events.iter().filter(|event| event.kind == *kind);
        let count = events.clone().map(|event| event.count).sum::<u64>();
        let first = events.clone().map(|event| event.from).fold(f64::INFINITY, f64::min);
        let last = events.clone().map(|event| event.from).fold(0.0, f64::max);
        // Of those that were merged it is not known how long each took.
        let alone = events.filter(|event| event.count == 1);
        let longest = alone.map(|event| event.until - event.from).fold(0.0, f64::max);
        let longest = if longest > 0.0 { Unit::Seconds.text(longest) } else { "–".to_owned() };
        table.row(&[kind.name().to_owned(), Unit::Count.text(count as f64), at(first), at(last), longest]);
    }
    table
}

fn at(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

fn seconds(nanos: u64) -> String {
    Unit::Seconds.text(nanos as f64 / 1e9)
}
