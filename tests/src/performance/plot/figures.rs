//! The plots of a report over time and over percentiles.

use std::iter;

use super::super::{Event, LatencyProfile, OperationPoint, Report, Unit};
use super::{
    Key, Plot,
    axis::Axis,
    canvas::Size,
    chart::{Chart, Line},
    palette::{self, Ink, LINES},
};
use crate::Result;

/// An interval that begins so many of its lengths behind the one before is not joined to it.
const GAP: f64 = 0.5;

/// What a line of a plot over time shows.
struct Named<'a> {
    name: &'a str,
    /// None where there are more lines than colours.
    ink: Option<Ink>,
    pieces: Vec<Vec<(f64, f64)>>,
}

/// The colour of an operation, the same in all plots.
fn ink_of(report: &Report, operation: &str) -> Option<Ink> {
    let latencies = report.latencies.iter().map(|profile| profile.name.as_str());
    let mut names = Vec::new();
    for name in latencies.chain(report.operations.iter().map(|operation| operation.name.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().zip(LINES).find(|(name, _)| **name == operation).map(|(_, ink)| ink)
}

/// Operations a second over time; none if there are none. Plots of one page have different places.
pub(in super::super) fn throughput(report: &Report, place: usize) -> Result<Option<Plot>> {
    let lines = operations(report, |point| Some(point.throughput));
    let what = ("Throughput over time", "operations a second in each interval");
    over_time(report, &format!("throughput-{place}"), what, lines, Unit::PerSecond)
}

/// P99 over time; none if there are no operations.
pub(in super::super) fn latency_over_time(report: &Report, place: usize) -> Result<Option<Plot>> {
    let lines = operations(report, |point| (point.count > 0).then_some(point.p99_nanos as f64 / 1e9));
    let what = ("P99 over time", "of each interval, on a logarithmic axis");
    over_time(report, &format!("latency-{place}"), what, lines, Unit::Seconds)
}

/// Memory over time; none if it was not read.
pub(in super::super) fn memory(report: &Report, place: usize) -> Result<Option<Plot>> {
    let gauges = report.gauges.iter().filter(|gauge| gauge.unit == Unit::Bytes);
    let inks = LINES.into_iter().map(Some).chain(iter::repeat(None));
    let lines = gauges.zip(inks).map(|(gauge, ink)| {
        let piece = gauge.over_time.iter().map(|interval| (interval.middle(), interval.seen.max)).collect();
        Named { name: &gauge.name, ink, pieces: vec![piece] }
    });
    let what = ("Memory over time", "the greatest reading of each interval");
    over_time(report, &format!("memory-{place}"), what, lines.collect(), Unit::Bytes)
}

fn operations(report: &Report, value: impl Fn(&OperationPoint) -> Option<f64>) -> Vec<Named<'_>> {
    let lines = report.operations.iter().map(|operation| {
        let mut pieces = vec![Vec::new()];
        let mut known_until = None;
        for interval in &operation.over_time {
            let is_apart = known_until.is_some_and(|until| interval.from - until > GAP * interval.seconds());
            known_until = Some(interval.until);
            let point = value(&interval.seen).map(|value| (interval.middle(), value));
            if is_apart || point.is_none() {
                pieces.push(Vec::new());
            }
            if let (Some(point), Some(piece)) = (point, pieces.last_mut()) {
                piece.push(point);
            }
        }
        let (name, ink) = (&operation.name, ink_of(report, &operation.name));
        Named { name, ink, pieces: pieces.into_iter().map(visible).collect() }
    });
    lines.collect()
}

/// A piece of one point would not be seen: it is a short line.
fn visible(mut piece: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if let [(x, y)] = piece[..] {
        piece.push((x * 1.002 + 1e-3, y));
    }
    piece
}

fn over_time(
    report: &Report,
    id: &str,
    (title, what): (&str, &str),
    mut lines: Vec<Named<'_>>,
    unit: Unit,
) -> Result<Option<Plot>> {
    lines.retain(|line| line.pieces.iter().any(|piece| !piece.is_empty()));
    let all = lines.len();
    lines.retain(|line| line.ink.is_some());
    let points = || lines.iter().flat_map(|line| line.pieces.iter().flatten());
    if points().next().is_none() {
        return Ok(None);
    }
    let greatest = points().map(|(_, value)| *value).fold(0.0, f64::max);
    let least = points().map(|(_, value)| *value).filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let until = end_of(report);
    let named = lines.iter().filter_map(|line| Some((line.name, line.ink?))).collect::<Vec<_>>();
    let names = named.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let description =
        format!("{title}, {what}: {names}, up to {}, in {}.", unit.text(greatest), Unit::Seconds.text(until));
    let chart = |size: Size| Chart {
        x: Axis::time(until, if size.is_narrow() { 5 } else { 10 }),
        y: match unit {
            Unit::Seconds => Axis::logarithmic(unit, least, greatest),
            _ => Axis::linear(unit, greatest, 5),
        },
        lines: lines
            .iter()
            .filter_map(|line| Some(Line { ink: line.ink?, pieces: line.pieces.clone() }))
            .collect(),
        events: &report.events,
    };
    let sizes = (Size::WIDE, Size::NARROW);
    let mut plot = Plot::draw(sizes, id, title, &description, |area, size| chart(size).draw(area, size))?;
    plot.keys.extend(named.iter().map(|(name, ink)| Key::line(*ink, name)));
    plot.keys.extend(event_keys(&report.events));
    plot.left_out = all - lines.len();
    plot.note = what.to_owned();
    Ok(Some(plot))
}

/// All plots over time have the same axis: up to the last thing that is known.
fn end_of(report: &Report) -> f64 {
    let operations = report.operations.iter().filter_map(|operation| Some(operation.over_time.last()?.until));
    let gauges = report.gauges.iter().filter_map(|gauge| Some(gauge.over_time.last()?.until));
    let events = report.events.iter().map(|event| event.until);
    operations.chain(gauges).chain(events).fold(0.0, f64::max)
}

fn event_keys(events: &[Event]) -> Vec<Key> {
    let mut kinds = events.iter().map(|event| &event.kind).collect::<Vec<_>>();
    kinds.sort();
    kinds.dedup();
    let keys = kinds.into_iter().map(|kind| {
        let count = events.iter().filter(|event| event.kind == *kind).map(|event| event.count).sum::<u64>();
        Key::mark(palette::of_event(kind), &format!("{} ({count})", kind.name()))
    });
    keys.collect()
}

/// Latencies by percentile, each step of the axis a tenth of the operations that are left; none if there are no latencies.
pub(in super::super) fn percentiles(report: &Report) -> Result<Option<Plot>> {
    let mut profiles =
        report.latencies.iter().filter(|profile| profile.summary.count > 0).collect::<Vec<_>>();
    let all = profiles.len();
    profiles.retain(|profile| ink_of(report, &profile.name).is_some());
    let inked = || profiles.iter().filter_map(|profile| Some((profile, ink_of(report, &profile.name)?)));
    let Some(slowest) = profiles.iter().map(|profile| profile.summary.max_nanos).max() else {
        return Ok(None);
    };
    let least = profiles.iter().map(|profile| profile.summary.p50_nanos).min().unwrap_or(1);
    let operations = profiles.iter().map(|profile| profile.summary.count).max().unwrap_or(1);
    let seconds = |nanos: u64| nanos.max(1) as f64 / 1e9;
    let chart = |size: Size| Chart {
        x: Axis::percentiles(operations, size.is_narrow()),
        y: Axis::logarithmic(Unit::Seconds, seconds(least), seconds(slowest)),
        lines: inked().map(|(profile, ink)| Line { ink, pieces: vec![curve(profile)] }).collect(),
        events: &[],
    };
    let told = profiles.iter().map(|profile| {
        let summary = &profile.summary;
        let [p50, p99, max] = [summary.p50_nanos, summary.p99_nanos, summary.max_nanos]
            .map(|nanos| Unit::Seconds.text(seconds(nanos)));
        format!("{}: P50 {p50}, P99 {p99}, longest {max}", profile.name)
    });
    let description = told.collect::<Vec<_>>().join("; ");
    let sizes = (Size { height: 340, ..Size::WIDE }, Size { height: 300, ..Size::NARROW });
    let title = "Latency by percentile";
    let mut plot =
        Plot::draw(sizes, "percentiles", title, &description, |area, size| chart(size).draw(area, size))?;
    plot.keys.extend(inked().map(|(profile, ink)| Key::line(ink, &profile.name)));
    plot.left_out = all - profiles.len();
    plot.note =
        "each step to the right leaves a tenth of the operations; both axes are logarithmic".to_owned();
    Ok(Some(plot))
}

/// The curve by how many operations one of them stands for: 1 at 0 %, 10 at 90 %, 100 at 99 %. The longest is one of all.
fn curve(profile: &LatencyProfile) -> Vec<(f64, f64)> {
    let all = profile.summary.count.max(1) as f64;
    let points = profile.curve.iter().map(|point| {
        let one_of = (1.0 / (1.0 - point.quantile).max(f64::MIN_POSITIVE)).min(all);
        (one_of, point.nanos.max(1) as f64 / 1e9)
    });
    points.collect()
}
