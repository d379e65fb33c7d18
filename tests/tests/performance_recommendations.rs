//! What a report recommends, and from which figure that follows.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use cqlite_tests::performance::*;

const SECOND: Duration = Duration::from_secs(1);

fn figures_of(report: &Report) -> Vec<&str> {
    report.recommendations.iter().map(|recommendation| recommendation.figure.as_str()).collect()
}

fn machine() -> Machine {
    let machine = Machine::probe(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    Machine { open_files: Some(1 << 20), ..machine }
}

/// A batch in which every operation took so long.
fn open_loop(latency: Duration) -> BatchFigures {
    let begun = Instant::now();
    let mut measurer = BatchPerformanceMeasurer::begun(begun);
    measurer.record_scheduled(begun, begun + latency);
    measurer.finalize_at(begun + latency)
}

#[test]
fn figures_that_hold_recommend_nothing() {
    let targets = PerformanceTargets::default();
    let monitor = PerformanceMonitor::with_targets(targets.clone());
    (0..3).for_each(|_| monitor.record_batch("open_loop", &open_loop(Duration::from_millis(4))));
    for target in targets.iter().filter(|target| !target.open_loop) {
        (0..3).for_each(|_| monitor.record_metric(&target.name, target.unit, target.bound.value()));
    }
    let report = monitor.generate_report().on(machine()).compared_with(&History::default());
    assert!(report.verdicts.all_held());
    assert_eq!(report.recommendations, []);
}

#[test]
fn each_target_that_is_missed_has_an_advice_that_names_its_figure() {
    let targets = PerformanceTargets::default();
    let monitor = PerformanceMonitor::with_targets(targets.clone());
    monitor.record_batch("open_loop", &open_loop(SECOND));
    for target in targets.iter().filter(|target| !target.open_loop) {
        let worse = match target.bound {
            Bound::AtLeast(bound) => bound / 2.0,
            Bound::AtMost(bound) => bound * 2.0,
        };
        monitor.record_metric(&target.name, target.unit, worse);
    }
    let report = monitor.generate_report();
    let names = targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>();
    assert_eq!(figures_of(&report), names);
    let memory =
        report.recommendations.iter().find(|it| it.figure == PerformanceTargets::PEAK_MEMORY).unwrap();
    assert_eq!(memory.because, "256 MB (1 run), and the target is at most 128 MB");
}

#[test]
fn a_slow_interval_names_what_happened_in_it() {
    let began = Instant::now() - 20 * SECOND;
    let monitor = PerformanceMonitor::begun(PerformanceTargets::none(), began);
    let recorder = monitor.recorder_at("reads", began);
    for second in 1..=10_u64 {
        let millis = if second == 7 { 90 } else { 2 };
        (0..100).for_each(|_| recorder.record(Duration::from_millis(millis)));
        monitor.sample_at(began + Duration::from_secs(second));
    }
    drop(recorder);
    let unexplained = monitor.generate_report();
    assert_eq!(figures_of(&unexplained), ["reads.p99"]);
    assert!(unexplained.recommendations[0].advice.starts_with("Nothing was noted"));
    monitor.record_event_between(EventKind::Compaction, began + 6 * SECOND, began + 7 * SECOND);
    monitor.record_event(EventKind::Flush, began + 2 * SECOND);
    let explained = &monitor.generate_report().recommendations[0];
    assert_eq!(explained.because, "P99 is 90.0 ms from 6.0 s to 7.0 s, and 2.00 ms usually".to_owned());
    assert!(explained.advice.contains("compaction") && !explained.advice.contains("flush"), "{explained:?}");
}

#[test]
fn a_regression_names_the_version_since_which_it_is() {
    let run = |figure: f64| {
        let monitor = PerformanceMonitor::with_targets(PerformanceTargets::none());
        monitor.record_metric("rate", Unit::PerSecond, figure);
        monitor.generate_report().on(machine())
    };
    let mut history = History::default();
    for version in ["1", "2", "3"] {
        history.entries.push(run(100.0).with_version("cqlite", version).history_entry());
    }
    let report = run(80.0).compared_with(&history);
    assert_eq!(figures_of(&report), ["rate"]);
    assert!(report.recommendations[0].advice.contains("since version 3"), "{:?}", report.recommendations);
    assert_eq!(figures_of(&run(96.0).compared_with(&history)), Vec::<&str>::new());
}

#[test]
fn what_the_machine_lacks_is_named() {
    let monitor = PerformanceMonitor::new();
    let slow = LatencySummary { count: 10, p99_nanos: 9_000_000, ..LatencySummary::default() };
    let rate = Spread::of(&[1e6]).unwrap();
    let floor = DeviceFloor { synced_append: slow, sequential_write: rate, sequential_read: rate };
    let machine = Machine { open_files: Some(256), ..machine() }.with_floor(floor);
    let report = monitor.generate_report().on(machine);
    assert_eq!(figures_of(&report), ["machine.synced_append.p99", "machine.open_files"]);
}

#[test]
fn unsteady_figures_dominant_parts_and_critical_alerts_are_named() {
    let monitor = PerformanceMonitor::with_targets(PerformanceTargets::none());
    for figure in [80.0, 100.0, 130.0] {
        monitor.record_metric("unsteady", Unit::PerSecond, figure);
    }
    [99.0, 100.0, 101.0]
        .into_iter()
        .for_each(|figure| monitor.record_metric("steady", Unit::PerSecond, figure));
    monitor.record_time("flush", 7 * SECOND);
    monitor.record_time("reads", 3 * SECOND);
    monitor.watch(Threshold::new("memory", AlertLevel::Critical, Bound::AtMost(1.0)));
    monitor.watch(Threshold::new("other", AlertLevel::Warning, Bound::AtMost(1.0)));
    monitor.observe("memory", Unit::Bytes, 2.0);
    monitor.observe("other", Unit::Bytes, 2.0);
    assert_eq!(figures_of(&monitor.generate_report()), ["memory", "time.flush", "unsteady"]);
}

#[test]
fn options_that_differ_make_another_history() {
    let monitor = PerformanceMonitor::with_targets(PerformanceTargets::none());
    monitor.record_metric("rate", Unit::PerSecond, 1.0);
    let run = |rows: &str| monitor.generate_report().on(machine()).with_option("rows", rows);
    let mut entry = run("5").history_entry();
    entry.figures.values_mut().for_each(|figure| figure.spread = Spread::of(&[100.0]).unwrap());
    let history = History { entries: vec![entry; 5], problems: Vec::new() };
    assert_eq!(figures_of(&run("5").compared_with(&history)), ["rate"]);
    assert_eq!(figures_of(&run("6").compared_with(&history)), Vec::<&str>::new());
    assert_eq!(run("5").options, BTreeMap::from([("rows".to_owned(), "5".to_owned())]));
}
