//! A run that never was: every figure is invented, and the title says so.

use std::time::{Duration, Instant};

use cqlite_tests::performance::*;

pub const SECONDS: u32 = 60;
pub const HOSTILE: &str = "<script>alert(\"1\")</script> & 'x' \u{1b}[31m ]]> -->";

/// A report that has everything in it.
pub fn report() -> Report {
    let monitor = watched();
    let report = monitor.generate_report().titled("Invented figures, to look at the report");
    let report =
        report.with_option("rows", "1000000").with_option("invented", "yes").with_option(HOSTILE, HOSTILE);
    let report = report.with_version("peer <b>", "1.2.3").on(machine());
    let history = history(&report);
    report.compared_with(&history)
}

/// A report of a run in two halves, after which nothing was seen any more.
pub fn in_parts() -> Report {
    let monitor = watched();
    for (name, from) in [("first half", 0.0), ("second half", 30.0), (HOSTILE, 200.0)] {
        let (name, about) = (name.to_owned(), HOSTILE.to_owned());
        monitor.record_part(Part { name, about, from, seconds: 30.0, end: PartEnd::Completed });
    }
    monitor.generate_report()
}

/// A report of a run that recorded nothing.
pub fn empty() -> Report {
    PerformanceMonitor::with_targets(PerformanceTargets::none()).generate_report()
}

fn watched() -> PerformanceMonitor {
    let began =
        Instant::now().checked_sub(Duration::from_secs(SECONDS.into())).expect("the machine is up a minute");
    let hostile = Target::new(HOSTILE, HOSTILE, Unit::Count, Bound::AtMost(1.0)).with_reference(HOSTILE);
    let monitor = PerformanceMonitor::begun(PerformanceTargets::default().with(hostile), began);
    monitor.watch(Threshold::new("memory.resident", AlertLevel::Warning, Bound::AtMost(110e6)));
    monitor.watch(Threshold::new("reads.p99", AlertLevel::Critical, Bound::AtMost(0.003)));
    operations(&monitor, began);
    events(&monitor, began);
    figures(&monitor);
    for (part, millis) in [
        ("commit log", 9_100),
        ("memtable", 21_400),
        ("flush", 12_800),
        ("compaction", 30_700),
        ("decode and compare", 6_900),
        (HOSTILE, 800),
    ] {
        monitor.record_time(part, Duration::from_millis(millis));
    }
    monitor
}

fn operations(monitor: &PerformanceMonitor, began: Instant) {
    let mut random = Random(11);
    let recorders = ["reads", "writes", HOSTILE].map(|name| monitor.recorder_at(name, began));
    for second in 0..SECONDS {
        let is_compacting = (20..31).contains(&second) || (48..53).contains(&second);
        let slower: f64 = if is_compacting { 4.0 } else { 1.0 };
        let rates = [3_000.0 / slower.sqrt(), 2_400.0 / slower, 150.0];
        for ((recorder, rate), micros) in recorders.iter().zip(rates).zip([55.0, 35.0, 400.0]) {
            let killed = (38..40).contains(&second);
            let count = if killed { 0.0 } else { rate * (0.9 + 0.2 * random.part()) };
            for _ in 0..count as u64 {
                // A long tail, as latencies have it.
                let tail = (1.0 - random.part()).powf(-0.55 * slower.sqrt());
                recorder.record(Duration::from_secs_f64(micros * 1e-6 * tail.min(4_000.0)));
            }
        }
        let now = began + Duration::from_secs(u64::from(second) + 1);
        let sawtooth = f64::from(second % 9) * 7e6;
        monitor.observe_at("memory.resident", Unit::Bytes, 52e6 + sawtooth + 4e6 * random.part(), now);
        monitor.observe_at("memory.mapped", Unit::Bytes, 14e6 + f64::from(second) * 2e5, now);
        monitor.sample_at(now);
    }
    drop(recorders);
    monitor.sample_at(began + Duration::from_secs(SECONDS.into()));
}

fn events(monitor: &PerformanceMonitor, began: Instant) {
    let at = |second: f64| began + Duration::from_secs_f64(second);
    for second in (0..SECONDS).step_by(9).skip(1) {
        monitor.record_event_between(EventKind::Flush, at(second.into()), at(f64::from(second) + 0.4));
    }
    monitor.record_event_between(EventKind::Compaction, at(20.0), at(31.0));
    monitor.record_event_between(EventKind::Compaction, at(48.0), at(53.0));
    monitor.record_event(EventKind::Kill, at(38.0));
    monitor.record_event_between(EventKind::Recovery, at(38.2), at(39.8));
    monitor.record_event(EventKind::Other(HOSTILE.to_owned()), at(57.0));
}

fn figures(monitor: &PerformanceMonitor) {
    let mut random = Random(5);
    let figures = [
        (PerformanceTargets::WRITES, Unit::PerSecond, 271_000.0, 0.03),
        (PerformanceTargets::BATCH_WRITES, Unit::PerSecond, 655_000.0, 0.02),
        (PerformanceTargets::READS_BY_KEY, Unit::PerSecond, 262_000.0, 0.04),
        (PerformanceTargets::PEAK_MEMORY, Unit::Bytes, 113e6, 0.01),
        (PerformanceTargets::COMPRESSED_SIZE, Unit::Share, 0.271, 0.0),
        (PerformanceTargets::BLOOM_FALSE_POSITIVES, Unit::Times, 1.04, 0.02),
        (PerformanceTargets::BLOOM_ABSENT_WITHOUT_DATA, Unit::Share, 0.9906, 0.0),
        (PerformanceTargets::CACHE_HITS_FITTING, Unit::Share, 0.962, 0.003),
        (PerformanceTargets::RECOVERY_1M, Unit::Seconds, 0.83, 0.05),
        ("reads.scan", Unit::PerSecond, 48_000.0, 0.02),
        (HOSTILE, Unit::Count, 3.0, 0.0),
    ];
    for _run in 0..5 {
        monitor.record_batch("open_loop", &open_loop(&mut random));
        for (name, unit, figure, spread) in figures {
            monitor.record_metric(name, unit, figure * (1.0 + spread * (2.0 * random.part() - 1.0)));
        }
    }
    monitor.record_not_run(PerformanceTargets::RECOVERY_10M, "left out of a quick run");
    monitor.record_not_run(PerformanceTargets::GROWTH, "8 GB of free room are needed, and 3 GB are left");
}

/// Ten thousand operations, of which a hundred and twenty are slow.
fn open_loop(random: &mut Random) -> BatchFigures {
    let begun = Instant::now();
    let mut measurer = BatchPerformanceMeasurer::begun(begun);
    for (count, millis, spread) in [(9_880, 1.1, 0.1), (105, 4.7, 0.14), (14, 12.2, 0.2), (1, 71.0, 0.25)] {
        let slower = 1.0 + spread * (2.0 * random.part() - 1.0);
        for _ in 0..count {
            let latency = millis * 1e-3 * slower * (0.97 + 0.03 * random.part());
            measurer.record_scheduled(begun, begun + Duration::from_secs_f64(latency));
        }
    }
    measurer.finalize_at(begun + Duration::from_secs(2))
}

fn machine() -> Machine {
    let rates = |rates: &[f64]| Spread::of(rates).expect("they are finite");
    let synced_append = LatencySummary {
        count: 1_400,
        min_nanos: 310_000,
        mean_nanos: 702_000,
        p50_nanos: 640_000,
        p95_nanos: 1_100_000,
        p99_nanos: 2_050_000,
        p99_9_nanos: 7_900_000,
        max_nanos: 11_800_000,
    };
    Machine {
        cpu_model: "Invented processor at 3.0 GHz".to_owned(),
        cores: 2,
        memory_bytes: 8_000_000_000,
        kernel: "6.1.0-invented".to_owned(),
        filesystem: "ext4".to_owned(),
        disk: DiskKind::SolidState,
        free_bytes: 3_100_000_000,
        open_files: Some(1_024),
        floor: Some(DeviceFloor {
            synced_append,
            sequential_write: rates(&[402e6, 418e6, 411e6]),
            sequential_read: rates(&[1.31e9, 1.35e9, 1.29e9]),
        }),
    }
}

/// Twelve earlier runs that were alike, but reads were quicker and recovery was slower.
fn history(report: &Report) -> History {
    let mut random = Random(3);
    let mut history = History::parse(b"{\"format\":1,\n{\"format\":99}\n");
    for run in 0..12 {
        let mut entry = report.history_entry();
        entry.began_at = report.began_at - 86_400 * (12 - run);
        for (name, figure) in &mut entry.figures {
            let then = match name.as_str() {
                PerformanceTargets::READS_BY_KEY => 1.18,
                PerformanceTargets::RECOVERY_1M => 1.30,
                _ => 1.0,
            };
            let factor = then * (0.98 + 0.04 * random.part());
            let Spread { median, min, max, .. } = figure.spread;
            figure.spread =
                Spread { median: median * factor, min: min * factor, max: max * factor, ..figure.spread };
        }
        history.entries.push(entry);
    }
    history
}

/// Numbers from zero to one, the same in every run.
struct Random(u64);

impl Random {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 40) as u32) / f64::from(1_u32 << 24)
    }
}
