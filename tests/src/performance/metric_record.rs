//! What is known of one metric.

use super::{Samples, Unit};

/// What is known of one metric: its figures, or why they do not count.
#[derive(Debug, Clone)]
pub(super) struct MetricRecord {
    pub(super) unit: Unit,
    pub(super) samples: Samples,
    /// What was recorded that cannot be judged. One such figure is enough for none to count.
    pub(super) spoiled: Option<String>,
}

impl MetricRecord {
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, samples: Samples::new(), spoiled: None }
    }

    pub(super) fn add(&mut self, unit: Unit, value: f64) {
        if unit != self.unit {
            let (unit, first) = (unit.name(), self.unit.name());
            self.spoiled = Some(format!("a figure was recorded in {unit}, and another in {first}"));
        } else if !value.is_finite() {
            self.spoiled = Some(format!("a figure was recorded that is no finite number: {value}"));
        } else {
            self.samples.add(value);
        }
    }
}
