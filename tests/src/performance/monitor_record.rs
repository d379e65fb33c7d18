//! What a monitor knows, on its way to that of another process.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Event, LatencyInterval, LatencyProfile, Loop, Unit,
    latency::LatenciesRecord,
    metric_record::MetricRecord,
    series::{Gauge, Interval},
};

/// What a monitor knows, on its way to that of another process ([`PerformanceMonitor::absorb`](super::PerformanceMonitor::absorb)):
/// each scenario of a run can have a process of its own, with memory and caches of its own, and be in one report with the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MonitorRecord {
    /// When the monitor began, since 1970. Times are told from there.
    pub(super) began_at: Duration,
    pub(super) metrics: BTreeMap<String, CarriedMetric>,
    pub(super) not_run: BTreeMap<String, String>,
    pub(super) operations: BTreeMap<String, CarriedOperation>,
    pub(super) batches: BTreeMap<String, LatencyProfile>,
    pub(super) gauges: BTreeMap<String, CarriedGauge>,
    pub(super) events: Vec<Event>,
    pub(super) time_spent: BTreeMap<String, Duration>,
}

/// The figures of a metric.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CarriedMetric {
    unit: Unit,
    figures: Vec<f64>,
    spoiled: Option<String>,
    open_loop: bool,
}

/// The latencies of an operation: all of them, and those of each interval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CarriedOperation {
    pub(super) all: LatenciesRecord,
    pub(super) over_time: Vec<Interval<LatencyInterval>>,
}

/// The readings of a gauge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CarriedGauge {
    pub(super) unit: Unit,
    pub(super) over_time: Vec<Interval<Gauge>>,
}

impl CarriedMetric {
    pub(super) fn of(metric: &MetricRecord) -> Self {
        Self {
            unit: metric.unit,
            figures: metric.samples.kept().to_vec(),
            spoiled: metric.spoiled.clone(),
            open_loop: metric.open_loop,
        }
    }

    pub(super) fn unit(&self) -> Unit {
        self.unit
    }

    /// Adds the figures to those that are known here, and returns them.
    pub(super) fn add_to(&self, metric: &mut MetricRecord) -> &[f64] {
        let measured = self.open_loop.then_some(Loop::Open);
        for figure in &self.figures {
            metric.add(self.unit, *figure, measured);
        }
        metric.open_loop &= self.open_loop;
        if let Some(spoiled) = &self.spoiled {
            metric.spoiled = Some(spoiled.clone());
        }
        &self.figures
    }
}
