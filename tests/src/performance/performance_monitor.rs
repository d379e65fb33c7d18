//! Watches a run.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use super::{
    AlertHistory, BatchFigures, Bound, Event, EventKind, LatencyInterval, LatencyProfile, LatencyRecorder,
    LiveCounter, Loop, MonitorRecord, Part, PerformanceTargets, Report, Threshold, Unit, Verdict, Verdicts,
    metric_record::MetricRecord,
    monitor_record::{CarriedGauge, CarriedMetric},
    operation_record::OperationRecord,
    report::{Figure, GaugeSeries, OperationPoint, OperationSeries, TimeShare},
    series::{EventLog, Gauge, Interval, TimeSeries},
};

/// So many intervals a series has at most.
const INTERVALS: usize = 480;

/// Watches a run: takes figures, latencies, readings and events from all threads, and tells what they came to.
///
/// Three things are recorded. A *figure* is what a run yields, once a run ([`record_metric`](Self::record_metric)); targets are judged
/// by it. A *latency* is of one operation ([`recorder`](Self::recorder)). A *reading* is of a gauge, such as the memory
/// ([`observe`](Self::observe)). All is kept in bounded memory, whatever the duration.
#[derive(Debug)]
pub struct PerformanceMonitor {
    began: Instant,
    began_at: SystemTime,
    targets: PerformanceTargets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    metrics: BTreeMap<String, MetricRecord>,
    not_run: BTreeMap<String, String>,
    operations: BTreeMap<String, OperationRecord>,
    batches: BTreeMap<String, LatencyProfile>,
    gauges: BTreeMap<String, (Unit, TimeSeries<Gauge>)>,
    events: EventLog,
    alerts: AlertHistory,
    time_spent: BTreeMap<String, Duration>,
    parts: Vec<Part>,
}

impl PerformanceMonitor {
    /// A monitor that begins now, with the default targets.
    pub fn new() -> Self {
        Self::with_targets(PerformanceTargets::default())
    }

    /// A monitor that begins now, with these targets.
    pub fn with_targets(targets: PerformanceTargets) -> Self {
        Self::begun(targets, Instant::now())
    }

    /// A monitor that began then: all times are told from there.
    pub fn begun(targets: PerformanceTargets, began: Instant) -> Self {
        let began_at = SystemTime::now().checked_sub(began.elapsed()).unwrap_or(SystemTime::UNIX_EPOCH);
        Self { began, began_at, targets, state: Mutex::default() }
    }

    /// Takes the figure of a run. Those of several runs of one name make its spread.
    ///
    /// A figure that is no finite number, or is in another unit than the one before, spoils the metric: its target counts as not run.
    pub fn record_metric(&self, name: &str, unit: Unit, value: f64) {
        self.record_figure(name, unit, value, None);
    }

    /// Says that a metric has no figure, and why. That counts even where some of its runs have one.
    pub fn record_not_run(&self, name: &str, reason: &str) {
        self.state().not_run.insert(name.to_owned(), reason.to_owned());
    }

    /// Takes the figures of a batch as metrics: `name.throughput`, `name.p50`, `name.p95`, `name.p99`, `name.p99_9`, `name.max` and
    /// `name.mean`. Of several batches of one name the curve of percentiles is that with the worst P99, and where there are
    /// recorders of that name it is theirs, of all runs.
    pub fn record_batch(&self, name: &str, batch: &BatchFigures) {
        let measured = Some(batch.measured);
        self.record_figure(&format!("{name}.throughput"), Unit::PerSecond, batch.throughput(), measured);
        for (figure, seconds) in batch.latency.figures() {
            self.record_figure(&format!("{name}.{figure}"), Unit::Seconds, seconds, measured);
        }
        let BatchFigures { measured, latency: summary, curve, .. } = batch.clone();
        let profile = LatencyProfile { name: name.to_owned(), measured, summary, curve };
        keep_worse(&mut self.state().batches, name, &profile);
    }

    /// A recorder of the latencies of an operation, for one thread.
    pub fn recorder(&self, operation: &str) -> LatencyRecorder {
        self.recorder_at(operation, Instant::now())
    }

    /// A recorder for a thread that begins to work then.
    pub fn recorder_at(&self, operation: &str, when: Instant) -> LatencyRecorder {
        let now = self.seconds(when);
        let mut state = self.state();
        let new = || OperationRecord::new(now, INTERVALS);
        state.operations.entry(operation.to_owned()).or_insert_with(new).recorder(now)
    }

    /// Takes the reading of a gauge.
    pub fn observe(&self, gauge: &str, unit: Unit, value: f64) {
        self.observe_at(gauge, unit, value, Instant::now());
    }

    /// Takes the reading of a gauge at a time. What is no finite number is no reading, nor is one in another unit than the first.
    pub fn observe_at(&self, gauge: &str, unit: Unit, value: f64, when: Instant) {
        if !value.is_finite() {
            return;
        }
        let at = self.seconds(when);
        let mut state = self.state();
        let known =
            state.gauges.entry(gauge.to_owned()).or_insert_with(|| (unit, TimeSeries::new(INTERVALS)));
        if known.0 == unit {
            known.1.push(at, at, Gauge::reading(value));
            state.alerts.check(gauge, unit, value, at);
        }
    }

    /// Takes something that happened.
    pub fn record_event(&self, kind: EventKind, when: Instant) {
        self.record_event_between(kind, when, when);
    }

    /// Takes something that took its time.
    pub fn record_event_between(&self, kind: EventKind, from: Instant, until: Instant) {
        let (from, until) = (self.seconds(from), self.seconds(until));
        self.state().events.add(kind, from, until);
    }

    /// Adds to the time that a part of the work took, for the plot of where time goes.
    pub fn record_time(&self, part: &str, time: Duration) {
        let mut state = self.state();
        let spent = state.time_spent.entry(part.to_owned()).or_default();
        *spent = spent.saturating_add(time);
    }

    /// Takes how a part of the run ended.
    pub fn record_part(&self, part: Part) {
        self.state().parts.push(part);
    }

    /// All that is known, to be carried to the monitor of another process. Ends the interval of all operations.
    pub fn to_record(&self) -> MonitorRecord {
        self.sample();
        let state = self.state();
        let since_1970 = self.began_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        MonitorRecord {
            began_at: since_1970,
            metrics: carried(&state.metrics, CarriedMetric::of),
            not_run: state.not_run.clone(),
            operations: carried(&state.operations, OperationRecord::to_carried),
            batches: state.batches.clone(),
            gauges: carried(&state.gauges, |(unit, series)| CarriedGauge {
                unit: *unit,
                over_time: series.intervals().to_vec(),
            }),
            events: state.events.events(),
            time_spent: state.time_spent.clone(),
        }
    }

    /// Takes all that the monitor of another process knows. Thresholds that are watched here are looked at with it.
    pub fn absorb(&self, record: &MonitorRecord) {
        let since_1970 = self.began_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let later = record.began_at.as_secs_f64() - since_1970.as_secs_f64();
        let here = |seconds: f64| (seconds + later).max(0.0);
        let now = self.seconds(Instant::now());
        let mut state = self.state();
        let State { metrics, not_run, operations, batches, gauges, events, alerts, time_spent, .. } =
            &mut *state;
        for (name, carried) in &record.metrics {
            let metric = metrics.entry(name.clone()).or_insert_with(|| MetricRecord::new(carried.unit()));
            for figure in carried.add_to(metric) {
                alerts.check(name, carried.unit(), *figure, now);
            }
        }
        not_run.extend(record.not_run.clone());
        for (name, carried) in &record.operations {
            let new = || OperationRecord::new(now, INTERVALS);
            operations.entry(name.clone()).or_insert_with(new).absorb(carried, here);
            for interval in &carried.over_time {
                check_interval(alerts, name, interval, here(interval.until));
            }
        }
        for (name, profile) in &record.batches {
            keep_worse(batches, name, profile);
        }
        for (name, carried) in &record.gauges {
            let new = || (carried.unit, TimeSeries::new(INTERVALS));
            let known = gauges.entry(name.clone()).or_insert_with(new);
            for Interval { from, until, seen } in carried.over_time.iter().filter(|_| known.0 == carried.unit)
            {
                known.1.push(here(*from), here(*until), *seen);
                for end in [seen.min, seen.max] {
                    alerts.check(name, carried.unit, end, here(*until));
                }
            }
        }
        for event in &record.events {
            events.absorb(Event { from: here(event.from), until: here(event.until), ..event.clone() });
        }
        for (part, time) in &record.time_spent {
            let spent = time_spent.entry(part.clone()).or_default();
            *spent = spent.saturating_add(*time);
        }
    }

    /// Watches a metric, a gauge, or a figure of the intervals of an operation (`name.throughput`, `name.p99`, `name.max`) from now on.
    pub fn watch(&self, threshold: Threshold) {
        self.state().alerts.watch(threshold);
    }

    /// Ends the interval of all operations, and tells what they come to.
    pub fn sample(&self) -> Vec<LiveCounter> {
        self.sample_at(Instant::now())
    }

    /// Ends the interval of all operations at a time.
    pub fn sample_at(&self, when: Instant) -> Vec<LiveCounter> {
        let now = self.seconds(when);
        let mut state = self.state();
        let State { operations, alerts, .. } = &mut *state;
        let mut live = Vec::new();
        for (name, operation) in operations {
            let Some(interval) = operation.sample(now, |when| self.seconds(when)) else { continue };
            check_interval(alerts, name, &interval, now);
            live.push(live_counter(name, operation.count(), &interval));
        }
        live
    }

    /// What became of each of these targets.
    pub fn validate_targets(&self, targets: &PerformanceTargets) -> Verdicts {
        verdicts(&self.state(), targets)
    }

    /// What the run came to so far. Ends the interval of all operations.
    pub fn generate_report(&self) -> Report {
        self.sample();
        let state = self.state();
        let mut report = Report::new(self.began_at, verdicts(&state, &self.targets));
        for (name, metric) in &state.metrics {
            let Some(spread) = metric.samples.spread().filter(|_| metric.spoiled.is_none()) else { continue };
            let bound = self.targets.get(name).map(|target| target.bound);
            let better = bound.map(Bound::better).or(metric.unit.better());
            report.figures.push(Figure { name: name.clone(), unit: metric.unit, better, bound, spread });
        }
        for (name, operation) in &state.operations {
            if operation.count() > 0 {
                report.latencies.push(operation.profile(name));
            }
            let over_time = operation.intervals().iter().map(operation_point).collect::<Vec<_>>();
            report.operations.push(OperationSeries { name: name.clone(), over_time });
        }
        let is_recorded =
            |name: &str| state.operations.get(name).is_some_and(|operation| operation.count() > 0);
        report.latencies.extend(state.batches.values().filter(|batch| !is_recorded(&batch.name)).cloned());
        // What there is most of comes first, in plots and in tables.
        report.latencies.sort_by_key(|profile| Reverse(profile.summary.count));
        report.operations.sort_by_key(|operation| Reverse(operation.count()));
        for (name, (unit, series)) in &state.gauges {
            let over_time = series.intervals().to_vec();
            report.gauges.push(GaugeSeries { name: name.clone(), unit: *unit, over_time });
        }
        report.events = state.events.events();
        report.parts.clone_from(&state.parts);
        report.alerts = state.alerts.alerts();
        report.alerts_forgotten = state.alerts.forgotten();
        for (part, spent) in &state.time_spent {
            report.time_shares.push(TimeShare { part: part.clone(), seconds: spent.as_secs_f64() });
        }
        report.time_shares.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        report.advised()
    }

    /// What happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.state().events.events()
    }

    fn record_figure(&self, name: &str, unit: Unit, value: f64, measured: Option<Loop>) {
        let at = self.seconds(Instant::now());
        let mut state = self.state();
        let metric = state.metrics.entry(name.to_owned()).or_insert_with(|| MetricRecord::new(unit));
        metric.add(unit, value, measured);
        state.alerts.check(name, unit, value, at);
    }

    /// Seconds since the monitor began; what was before counts as its beginning.
    fn seconds(&self, when: Instant) -> f64 {
        when.saturating_duration_since(self.began).as_secs_f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PerformanceMonitor {
    fn default() -> Self {
        Self::new()
    }
}

fn carried<T, C>(all: &BTreeMap<String, T>, carried: impl Fn(&T) -> C) -> BTreeMap<String, C> {
    all.iter().map(|(name, known)| (name.clone(), carried(known))).collect()
}

/// Of several batches of one name the one with the worst P99 is kept.
fn keep_worse(batches: &mut BTreeMap<String, LatencyProfile>, name: &str, profile: &LatencyProfile) {
    let known = batches.get(name);
    if known.is_none_or(|known| known.summary.p99_nanos <= profile.summary.p99_nanos) {
        batches.insert(name.to_owned(), profile.clone());
    }
}

fn check_interval(alerts: &mut AlertHistory, name: &str, interval: &Interval<LatencyInterval>, at: f64) {
    let counter = live_counter(name, 0, interval);
    if interval.seconds() > 0.0 {
        alerts.check(&format!("{name}.throughput"), Unit::PerSecond, counter.throughput, at);
    }
    if interval.seen.count() > 0 {
        alerts.check(&format!("{name}.p99"), Unit::Seconds, counter.p99_seconds, at);
        alerts.check(&format!("{name}.max"), Unit::Seconds, counter.max_seconds, at);
    }
}

fn verdicts(state: &State, targets: &PerformanceTargets) -> Verdicts {
    Verdicts::new(targets.iter().map(|target| verdict(state, target.clone())).collect())
}

fn verdict(state: &State, target: super::Target) -> Verdict {
    if let Some(reason) = state.not_run.get(&target.name) {
        return Verdict::not_run(target, reason);
    }
    let Some(metric) = state.metrics.get(&target.name) else {
        return Verdict::not_run(target, "no figure was recorded");
    };
    if let Some(spoiled) = &metric.spoiled {
        return Verdict::not_run(target, spoiled);
    }
    if metric.unit != target.unit {
        let reason = format!("it was measured in {}, not in {}", metric.unit.name(), target.unit.name());
        return Verdict::not_run(target, reason);
    }
    if target.open_loop && !metric.open_loop {
        return Verdict::not_run(target, "it was not measured in an open loop, from the scheduled start");
    }
    Verdict::of(target, &metric.samples)
}

fn live_counter(name: &str, count: u64, interval: &Interval<LatencyInterval>) -> LiveCounter {
    let point = operation_point(interval).seen;
    LiveCounter {
        name: name.to_owned(),
        count,
        throughput: point.throughput,
        p99_seconds: point.p99_nanos as f64 / 1e9,
        max_seconds: point.max_nanos as f64 / 1e9,
    }
}

fn operation_point(interval: &Interval<LatencyInterval>) -> Interval<OperationPoint> {
    let Interval { from, until, seen } = interval;
    let seconds = interval.seconds();
    let throughput = if seconds > 0.0 { seen.count() as f64 / seconds } else { 0.0 };
    let point = OperationPoint {
        count: seen.count(),
        throughput,
        p50_nanos: seen.quantile_nanos(0.5),
        p99_nanos: seen.quantile_nanos(0.99),
        p99_9_nanos: seen.quantile_nanos(0.999),
        max_nanos: seen.max_nanos(),
    };
    Interval { from: *from, until: *until, seen: point }
}

#[cfg(test)]
mod tests {
    use super::super::{AlertLevel, Better, Target};
    use super::*;

    #[test]
    fn what_another_process_measured_is_judged_as_if_it_were_measured_here() {
        let began = Instant::now();
        let there = PerformanceMonitor::begun(PerformanceTargets::none(), began);
        let recorder = there.recorder("read");
        (1..=1_000).for_each(|micros| recorder.record(Duration::from_micros(micros)));
        drop(recorder);
        for rate in [10.0, 30.0, 20.0] {
            there.record_metric("reads", Unit::PerSecond, rate);
        }
        there.record_not_run("writes", "no room");
        there.observe("memory", Unit::Bytes, 5e6);
        there.record_event(EventKind::Flush, began);
        there.record_time("flush", Duration::from_secs(2));

        let targets = PerformanceTargets::none()
            .with(Target::new("reads", "reads", Unit::PerSecond, Bound::AtLeast(15.0)))
            .with(Target::new("writes", "writes", Unit::PerSecond, Bound::AtLeast(15.0)));
        let here = PerformanceMonitor::with_targets(targets);
        here.watch(Threshold::new("memory", AlertLevel::Warning, Bound::AtMost(4e6)));
        let carried = serde_json::to_string(&there.to_record()).unwrap();
        here.absorb(&serde_json::from_str(&carried).unwrap());

        let report = here.generate_report();
        let reads = report.figure("reads").unwrap();
        assert_eq!((reads.spread.median, reads.spread.runs, reads.better), (20.0, 3, Some(Better::Higher)));
        assert_eq!(report.verdicts.text(), "1 of 2 targets held, 1 not run");
        assert_eq!(report.latencies[0].summary, there.generate_report().latencies[0].summary);
        assert_eq!(report.operations[0].count(), 1_000);
        assert_eq!((report.gauges.len(), report.events.len(), report.alerts.len()), (1, 1, 1));
        assert_eq!(report.time_shares[0].seconds, 2.0);
    }

    #[test]
    fn times_of_another_process_are_those_of_this_one() {
        let began = Instant::now();
        let here = PerformanceMonitor::begun(PerformanceTargets::none(), began);
        let there = PerformanceMonitor::begun(PerformanceTargets::none(), began + Duration::from_secs(60));
        there.record_event(EventKind::Kill, began + Duration::from_secs(61));
        let mut record = there.to_record();
        record.began_at = here.to_record().began_at + Duration::from_secs(60);
        let carried = serde_json::to_string(&record).unwrap();
        here.absorb(&serde_json::from_str(&carried).unwrap());
        let event = here.events().remove(0);
        assert!((event.from - 61.0).abs() < 0.01, "{event:?}");
    }
}
