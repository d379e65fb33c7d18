//! What a monitor makes of what it is told.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use cqlite_tests::performance::*;

const SECOND: Duration = Duration::from_secs(1);

fn target(name: &str, unit: Unit, bound: Bound) -> Target {
    Target::new(name, name, unit, bound)
}

fn monitor() -> PerformanceMonitor {
    let targets = PerformanceTargets::none()
        .with(target("rate", Unit::PerSecond, Bound::AtLeast(100.0)))
        .with(target("time", Unit::Seconds, Bound::AtMost(1.0)));
    PerformanceMonitor::with_targets(targets)
}

fn outcome(monitor: &PerformanceMonitor, name: &str) -> (&'static str, Option<String>) {
    let verdicts = monitor.generate_report().verdicts;
    let outcome = &verdicts.get(name).unwrap().outcome;
    (outcome.name(), outcome.remark())
}

#[test]
fn a_target_is_held_missed_or_not_run() {
    let monitor = monitor();
    assert_eq!(outcome(&monitor, "rate"), ("not run", Some("no figure was recorded".to_owned())));
    for figure in [90.0, 110.0, 120.0] {
        monitor.record_metric("rate", Unit::PerSecond, figure);
    }
    assert_eq!(outcome(&monitor, "rate"), ("held", Some("1 of 3 runs missed it".to_owned())));
    monitor.record_metric("time", Unit::Seconds, 1.5);
    assert_eq!(outcome(&monitor, "time"), ("missed", None));
    let report = monitor.generate_report();
    let measured = report.verdicts.get("rate").unwrap().outcome.measured().copied();
    assert_eq!(measured, Spread::of(&[90.0, 110.0, 120.0]));
}

#[test]
fn a_metric_that_was_not_run_does_not_hold_by_the_runs_that_were() {
    let monitor = monitor();
    monitor.record_metric("rate", Unit::PerSecond, 500.0);
    monitor.record_not_run("rate", "the third run found no room");
    assert_eq!(outcome(&monitor, "rate"), ("not run", Some("the third run found no room".to_owned())));
}

#[test]
fn a_figure_that_cannot_be_judged_spoils_its_metric() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let monitor = monitor();
        monitor.watch(Threshold::new("rate", AlertLevel::Critical, Bound::AtLeast(0.0)));
        monitor.record_metric("rate", Unit::PerSecond, 500.0);
        monitor.record_metric("rate", Unit::PerSecond, bad);
        assert_eq!(outcome(&monitor, "rate").0, "not run");
        assert_eq!(monitor.generate_report().figures, []);
        let json = monitor.generate_report().to_json().unwrap();
        assert_eq!(Report::from_json(&json).unwrap().alerts, []);
    }
    let monitor = monitor();
    monitor.record_metric("rate", Unit::PerSecond, 500.0);
    monitor.record_metric("rate", Unit::Seconds, 500.0);
    monitor.record_metric("time", Unit::Count, 0.1);
    assert_eq!(outcome(&monitor, "rate").0, "not run");
    assert_eq!(
        outcome(&monitor, "time"),
        ("not run", Some("it was measured in count, not in seconds".to_owned()))
    );
}

#[test]
fn other_targets_than_its_own_can_be_asked_for() {
    let monitor = monitor();
    monitor.record_metric("rate", Unit::PerSecond, 150.0);
    let easy = PerformanceTargets::none().with(target("rate", Unit::PerSecond, Bound::AtLeast(150.0)));
    assert!(monitor.validate_targets(&easy).all_held());
    let hard = easy.overridden("rate", 151.0).unwrap();
    assert_eq!(monitor.validate_targets(&hard).missed(), 1);
    assert!(!monitor.validate_targets(&PerformanceTargets::none()).all_held());
}

#[test]
fn what_threads_record_comes_together_and_nothing_is_lost() {
    let monitor = monitor();
    let (threads, each) = (8_u64, 20_000_u64);
    thread::scope(|scope| {
        for thread in 0..threads {
            let monitor = &monitor;
            scope.spawn(move || {
                let recorder = monitor.recorder("reads");
                (0..each).for_each(|turn| recorder.record(Duration::from_micros(1 + thread + turn % 10)));
            });
        }
        // Intervals end while the threads are at work.
        (0..50).for_each(|_| drop(monitor.sample()));
    });
    let report = monitor.generate_report();
    assert_eq!(report.latencies[0].summary.count, threads * each);
    assert_eq!(report.latencies[0].summary.max_nanos, 17_000);
    let in_intervals = report.operations[0].over_time.iter().map(|interval| interval.seen.count).sum::<u64>();
    assert_eq!(in_intervals, threads * each);
}

#[test]
fn throughput_and_percentiles_are_those_of_each_interval() {
    let began = Instant::now() - 10 * SECOND;
    let monitor = PerformanceMonitor::begun(PerformanceTargets::none(), began);
    let recorder = monitor.recorder_at("reads", began + SECOND);
    (0..100).for_each(|_| recorder.record(Duration::from_millis(1)));
    let live = monitor.sample_at(began + 2 * SECOND);
    assert_eq!((live[0].count, live[0].throughput), (100, 100.0));
    // Nothing ends in this one: that is a throughput of zero, and no gap.
    monitor.sample_at(began + 4 * SECOND);
    (0..50).for_each(|_| recorder.record_scheduled(began + 2 * SECOND, began + 5 * SECOND));
    drop(recorder);
    monitor.sample_at(began + 5 * SECOND);
    let report = monitor.generate_report();
    let told = report.operations[0].over_time.iter().map(|interval| {
        let point = &interval.seen;
        (interval.from, interval.until, point.throughput, point.max_nanos)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(1.0, 2.0, 100.0, 1_000_000), (2.0, 4.0, 0.0, 0), (4.0, 5.0, 50.0, 3_000_000_000)]
    );
    assert_eq!(report.latencies[0].measured, Loop::Mixed);
}

#[test]
fn a_long_run_takes_no_more_memory_and_loses_no_operation() {
    let began = Instant::now() - 10 * SECOND;
    let monitor = PerformanceMonitor::begun(PerformanceTargets::none(), began);
    let recorder = monitor.recorder_at("reads", began);
    for turn in 1..=2_000_u32 {
        recorder.record(Duration::from_micros(turn.into()));
        let now = began + turn * Duration::from_micros(100);
        monitor.observe_at("memory", Unit::Bytes, turn.into(), now);
        monitor.record_event(EventKind::Flush, now);
        monitor.record_metric("figure", Unit::Count, turn.into());
        monitor.sample_at(now);
    }
    drop(recorder);
    let report = monitor.generate_report();
    let (reads, memory) = (&report.operations[0].over_time, &report.gauges[0].over_time);
    assert!(reads.len() <= 480 && memory.len() <= 480 && report.events.len() <= 512);
    assert_eq!(reads.iter().map(|interval| interval.seen.count).sum::<u64>(), 2_000);
    assert_eq!(memory.iter().map(|interval| interval.seen.readings).sum::<u64>(), 2_000);
    assert_eq!(memory.iter().map(|interval| interval.seen.max).fold(0.0, f64::max), 2_000.0);
    assert_eq!(report.events.iter().map(|event| event.count).sum::<u64>(), 2_000);
    assert_eq!(report.figures[0].spread.runs, 2_000);
}

#[test]
fn metrics_gauges_and_intervals_raise_alerts() {
    let began = Instant::now() - 10 * SECOND;
    let monitor = PerformanceMonitor::begun(PerformanceTargets::none(), began);
    for (metric, level, bound) in [
        ("figure", AlertLevel::Info, Bound::AtMost(1.0)),
        ("memory", AlertLevel::Warning, Bound::AtMost(100.0)),
        ("reads.throughput", AlertLevel::Critical, Bound::AtLeast(10.0)),
        ("reads.p99", AlertLevel::Warning, Bound::AtMost(0.001)),
        ("reads.max", AlertLevel::Warning, Bound::AtMost(10.0)),
    ] {
        monitor.watch(Threshold::new(metric, level, bound));
    }
    monitor.record_metric("figure", Unit::Count, 2.0);
    monitor.observe_at("memory", Unit::Bytes, 200.0, began + SECOND);
    monitor.observe_at("memory", Unit::Bytes, 50.0, began + 2 * SECOND);
    let recorder = monitor.recorder_at("reads", began);
    recorder.record(Duration::from_millis(2));
    drop(recorder);
    monitor.sample_at(began + SECOND);
    let alerts = monitor.generate_report().alerts;
    let told = alerts.iter().map(|alert| (alert.metric.as_str(), alert.level, alert.worst));
    let told = told
        .map(|(metric, level, worst)| (metric, level.name(), format!("{worst:.4}")))
        .collect::<BTreeSet<_>>();
    let expected = [
        ("figure", "info", "2.0000"),
        ("memory", "warning", "200.0000"),
        ("reads.p99", "warning", "0.0020"),
        ("reads.throughput", "critical", "1.0000"),
    ];
    assert_eq!(told, expected.map(|(metric, level, worst)| (metric, level, worst.to_owned())).into());
    let memory = alerts.iter().find(|alert| alert.metric == "memory").unwrap();
    assert_eq!((memory.raised, memory.cleared), (1.0, Some(2.0)));
}

#[test]
fn a_batch_becomes_metrics_and_the_worst_of_several_the_curve() {
    let monitor = monitor();
    for millis in [2, 9, 4] {
        let begun = Instant::now();
        let mut measurer = BatchPerformanceMeasurer::begun(begun);
        (0..100).for_each(|_| measurer.record_operation(Duration::from_millis(millis)));
        monitor.record_batch("reads", &measurer.finalize_at(begun + SECOND));
    }
    let report = monitor.generate_report();
    let figure = |name: &str| report.figure(name).map(|figure| (figure.spread.median, figure.spread.max));
    assert_eq!(figure("reads.throughput"), Some((100.0, 100.0)));
    assert_eq!(figure("reads.max"), Some((0.004, 0.009)));
    assert!(
        ["p50", "p95", "p99", "p99_9", "mean"].iter().all(|name| figure(&format!("reads.{name}")).is_some())
    );
    assert_eq!(report.latencies[0].summary.max_nanos, 9_000_000);
    // Where single operations were recorded as well, the curve is that of all.
    monitor.recorder("reads").record(Duration::from_millis(1));
    let report = monitor.generate_report();
    assert_eq!(report.latencies.iter().map(|it| it.summary.max_nanos).collect::<Vec<_>>(), [1_000_000]);
}

#[test]
fn a_reading_that_is_no_number_or_in_another_unit_is_none() {
    let monitor = monitor();
    monitor.observe("memory", Unit::Bytes, f64::NAN);
    monitor.observe("memory", Unit::Bytes, 5.0);
    monitor.observe("memory", Unit::Seconds, 7.0);
    let report = monitor.generate_report();
    assert_eq!(report.gauges[0].over_time.iter().map(|it| it.seen.max).collect::<Vec<_>>(), [5.0]);
}

#[test]
fn what_a_program_does_after_its_operations_is_no_interval_without_throughput() {
    let began = Instant::now();
    let monitor = PerformanceMonitor::begun(PerformanceTargets::none(), began);
    monitor.watch(Threshold::new("reads.throughput", AlertLevel::Warning, Bound::AtLeast(1.0)));
    let recorder = monitor.recorder("reads");
    (0..1_000).for_each(|_| recorder.record(Duration::from_micros(1)));
    drop(recorder);
    let ended = began.elapsed().as_secs_f64();
    thread::sleep(Duration::from_millis(20));
    let report = monitor.generate_report();
    let [interval] = &report.operations[0].over_time[..] else { panic!("{:?}", report.operations) };
    assert!(interval.seen.count == 1_000 && interval.until <= ended, "{interval:?} and {ended}");
    thread::sleep(Duration::from_millis(5));
    assert_eq!(monitor.generate_report().operations[0].over_time.len(), 1);
    assert_eq!(report.alerts, []);
}

#[test]
fn a_target_from_the_scheduled_start_does_not_hold_by_figures_of_a_closed_loop() {
    let begun = Instant::now();
    let millis = Duration::from_millis(1);
    let batch = |closed: u32, open: u32| {
        let mut measurer = BatchPerformanceMeasurer::begun(begun);
        (0..closed).for_each(|_| measurer.record_operation(millis));
        (0..open).for_each(|_| measurer.record_scheduled(begun, begun + millis));
        measurer.finalize_at(begun + SECOND)
    };
    let outcome = |record: &dyn Fn(&PerformanceMonitor)| {
        let monitor = PerformanceMonitor::new();
        record(&monitor);
        outcome(&monitor, PerformanceTargets::OPEN_LOOP_P99)
    };
    let not_so = Some("it was not measured in an open loop, from the scheduled start".to_owned());
    assert_eq!(outcome(&|monitor| monitor.record_batch("open_loop", &batch(0, 9))), ("held", None));
    assert_eq!(
        outcome(&|monitor| monitor.record_batch("open_loop", &batch(9, 0))),
        ("not run", not_so.clone())
    );
    let by_hand = |monitor: &PerformanceMonitor| {
        monitor.record_batch("open_loop", &batch(0, 9));
        monitor.record_metric(PerformanceTargets::OPEN_LOOP_P99, Unit::Seconds, 0.001);
    };
    assert_eq!(outcome(&by_hand), ("not run", not_so));
    let (name, remark) = outcome(&|monitor| monitor.record_batch("open_loop", &batch(9, 9)));
    assert_eq!(name, "not run");
    assert!(remark.is_some_and(|remark| remark.contains("others in an open one")));
}
