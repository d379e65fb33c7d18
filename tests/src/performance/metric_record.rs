//! What is known of one metric.

use super::{Loop, Samples, Unit};

/// What is known of one metric: its figures, or why they do not count.
#[derive(Debug, Clone)]
pub(super) struct MetricRecord {
    pub(super) unit: Unit,
    pub(super) samples: Samples,
    /// What was recorded that cannot be judged. One such figure is enough for none to count.
    pub(super) spoiled: Option<String>,
    /// Whether all figures are of batches that were measured in an open loop.
    pub(super) open_loop: bool,
}

impl MetricRecord {
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, samples: Samples::new(), spoiled: None, open_loop: true }
    }

    /// Takes a figure, and of that of a batch from when its latencies were taken.
    pub(super) fn add(&mut self, unit: Unit, value: f64, measured: Option<Loop>) {
        self.open_loop &= measured == Some(Loop::Open);
        if unit != self.unit {
            let (unit, first) = (unit.name(), self.unit.name());
            self.spoiled = Some(format!("a figure was recorded in {unit}, and another in {first}"));
        } else if !value.is_finite() {
            self.spoiled = Some(format!("a figure was recorded that is no finite number: {value}"));
        } else if measured == Some(Loop::Mixed) {
            self.spoiled =
                Some("some latencies were taken in a closed loop, and others in an open one".to_owned());
        } else {
            self.samples.add(value);
        }
    }
}
