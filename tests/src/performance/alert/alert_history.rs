//! The alerts that were raised, in bounded memory.

use std::collections::{BTreeMap, VecDeque};

use super::super::{Bound, Unit, number::rounded};
use super::{Alert, AlertLevel, Threshold};

/// So many alerts are kept; the oldest go first.
const KEPT: usize = 1_000;

/// Thresholds, and the alerts that they raised. An alert is raised when a metric passes a threshold and not again while it stays
/// there; a graver one is raised beside it. Of several thresholds that are passed at once the gravest counts.
#[derive(Debug, Clone, Default)]
pub struct AlertHistory {
    thresholds: Vec<Threshold>,
    open: BTreeMap<String, Vec<Alert>>,
    closed: VecDeque<Alert>,
    forgotten: u64,
}

impl AlertHistory {
    /// Watches a threshold from now on.
    pub fn watch(&mut self, threshold: Threshold) {
        self.thresholds.push(threshold);
    }

    /// Looks at a value of a metric, at a time in seconds since the monitor began. What is no finite number passes nothing.
    pub fn check(&mut self, metric: &str, unit: Unit, value: f64, at: f64) {
        if !value.is_finite() {
            return;
        }
        let passed = self.thresholds.iter().filter(|threshold| threshold.metric == metric);
        let gravest = passed.filter(|it| !it.bound.holds(value)).max_by_key(|threshold| threshold.level);
        let gravest = gravest.map(|threshold| (threshold.level, threshold.bound));
        self.close_above(metric, gravest.map(|(level, _)| level), at);
        let Some((level, bound)) = gravest else { return };
        let open = self.open.entry(metric.to_owned()).or_default();
        for alert in open.iter_mut() {
            alert.worst = worse(alert.bound, alert.worst, value);
        }
        if open.last().is_none_or(|last| last.level < level) {
            let metric = metric.to_owned();
            open.push(Alert { level, metric, unit, bound, worst: value, raised: at, cleared: None });
        }
    }

    /// All alerts that are known, in the order in which they were raised.
    pub fn alerts(&self) -> Vec<Alert> {
        let mut alerts = self.closed.iter().chain(self.open.values().flatten()).cloned().collect::<Vec<_>>();
        alerts.sort_by(|one, other| one.raised.total_cmp(&other.raised));
        alerts
    }

    /// How many of the oldest are not known any more.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Ends the alerts of a metric that are graver than what it has now.
    fn close_above(&mut self, metric: &str, level: Option<AlertLevel>, at: f64) {
        let Some(open) = self.open.get_mut(metric) else { return };
        while let Some(mut alert) = open.pop_if(|last| level.is_none_or(|level| last.level > level)) {
            alert.cleared = Some(rounded(at));
            self.closed.push_back(alert);
        }
        while self.closed.len() > KEPT {
            self.closed.pop_front();
            self.forgotten += 1;
        }
    }
}

fn worse(bound: Bound, one: f64, other: f64) -> f64 {
    match bound {
        Bound::AtLeast(_) => one.min(other),
        Bound::AtMost(_) => one.max(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watching() -> AlertHistory {
        let mut history = AlertHistory::default();
        for (level, bound) in
            [(AlertLevel::Info, 10.0), (AlertLevel::Critical, 30.0), (AlertLevel::Warning, 20.0)]
        {
            history.watch(Threshold::new("memory", level, Bound::AtMost(bound)));
        }
        history
    }

    fn told(history: &AlertHistory) -> Vec<(AlertLevel, f64, f64, Option<f64>)> {
        let alerts = history.alerts();
        alerts.iter().map(|alert| (alert.level, alert.raised, alert.worst, alert.cleared)).collect()
    }

    #[test]
    fn an_alert_is_raised_once_while_it_lasts_and_a_graver_one_beside_it() {
        let mut history = watching();
        for (at, value) in [(0.0, 5.0), (1.0, 12.0), (2.0, 15.0), (3.0, 25.0), (4.0, 14.0), (5.0, 10.0)] {
            history.check("memory", Unit::Bytes, value, at);
        }
        use AlertLevel::{Info, Warning};
        assert_eq!(told(&history), [(Info, 1.0, 25.0, Some(5.0)), (Warning, 3.0, 25.0, Some(4.0))]);
    }

    #[test]
    fn of_several_thresholds_passed_at_once_the_gravest_counts() {
        let mut history = watching();
        history.check("memory", Unit::Bytes, 99.0, 1.0);
        history.check("another", Unit::Bytes, 99.0, 1.0);
        history.check("memory", Unit::Bytes, f64::NAN, 2.0);
        assert_eq!(told(&history), [(AlertLevel::Critical, 1.0, 99.0, None)]);
    }

    #[test]
    fn a_rate_that_falls_below_its_threshold_is_told_with_its_least() {
        let mut history = AlertHistory::default();
        history.watch(Threshold::new("reads", AlertLevel::Warning, Bound::AtLeast(100.0)));
        for (at, value) in [(1.0, 90.0), (2.0, 50.0), (3.0, 80.0)] {
            history.check("reads", Unit::PerSecond, value, at);
        }
        assert_eq!(told(&history), [(AlertLevel::Warning, 1.0, 50.0, None)]);
    }

    #[test]
    fn the_history_is_bounded_and_counts_what_it_forgot() {
        let mut history = watching();
        for at in 0..3_000 {
            history.check("memory", Unit::Bytes, f64::from(at % 2) * 15.0, f64::from(at));
        }
        assert_eq!(history.alerts().len() as u64 + history.forgotten(), 1_500);
        assert!(history.alerts().len() <= KEPT + 1);
    }
}
