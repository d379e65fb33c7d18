//! What became of all targets.

use serde::{Deserialize, Serialize};

use super::{Outcome, Verdict};

/// What became of all targets, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verdicts {
    verdicts: Vec<Verdict>,
}

impl Verdicts {
    /// These verdicts.
    pub fn new(verdicts: Vec<Verdict>) -> Self {
        Self { verdicts }
    }

    /// The verdicts, in the order of the targets.
    pub fn iter(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter()
    }

    /// The verdict on the target of that name.
    pub fn get(&self, name: &str) -> Option<&Verdict> {
        self.iter().find(|verdict| verdict.target.name == name)
    }

    /// How many targets held.
    pub fn held(&self) -> usize {
        self.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Held { .. })).count()
    }

    /// How many targets were missed.
    pub fn missed(&self) -> usize {
        self.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Missed { .. })).count()
    }

    /// How many targets have no figure.
    pub fn not_run(&self) -> usize {
        self.iter().filter(|verdict| matches!(verdict.outcome, Outcome::NotRun { .. })).count()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    /// Whether every target held. One that was not run did not, and where there is no target none did.
    pub fn all_held(&self) -> bool {
        !self.is_empty() && self.held() == self.len()
    }

    /// In words: `12 of 15 targets held, 1 missed, 2 not run`.
    pub fn text(&self) -> String {
        let mut text = format!("{} of {} targets held", self.held(), self.len());
        for (count, what) in [(self.missed(), "missed"), (self.not_run(), "not run")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bound, Samples, Target, Unit};
    use super::*;

    fn target(bound: Bound) -> Target {
        Target::new("a", "a", Unit::Count, bound)
    }

    fn verdict(bound: Bound, figures: &[f64]) -> Verdict {
        let mut samples = Samples::new();
        figures.iter().for_each(|figure| samples.add(*figure));
        Verdict::of(target(bound), &samples)
    }

    #[test]
    fn the_median_of_the_runs_decides_and_runs_that_disagree_are_told() {
        let held = verdict(Bound::AtLeast(10.0), &[9.0, 11.0, 12.0]);
        assert_eq!(held.outcome.name(), "held");
        assert_eq!(held.outcome.remark().as_deref(), Some("1 of 3 runs missed it"));
        let missed = verdict(Bound::AtMost(10.0), &[9.0, 11.0, 12.0]);
        assert_eq!(missed.outcome.name(), "missed");
        assert_eq!(missed.outcome.remark().as_deref(), Some("1 of 3 runs held it"));
        assert_eq!(verdict(Bound::AtMost(10.0), &[11.0]).outcome.remark(), None);
    }

    #[test]
    fn the_margin_is_negative_on_the_wrong_side() {
        assert_eq!(verdict(Bound::AtMost(10.0), &[12.0]).margin(), Some(-0.2));
        assert_eq!(verdict(Bound::AtLeast(10.0), &[12.0]).margin(), Some(0.2));
        assert_eq!(verdict(Bound::AtLeast(10.0), &[]).margin(), None);
    }

    #[test]
    fn what_was_not_run_never_holds() {
        let held = verdict(Bound::AtLeast(1.0), &[1.0]);
        let not_run = Verdict::not_run(target(Bound::AtLeast(1.0)), "no room");
        assert!(Verdicts::new(vec![held.clone()]).all_held());
        assert!(!Verdicts::new(vec![held.clone(), not_run.clone()]).all_held());
        assert!(!Verdicts::new(vec![not_run.clone()]).all_held());
        assert!(!Verdicts::new(Vec::new()).all_held());
        assert!(!Verdicts::new(vec![verdict(Bound::AtLeast(1.0), &[])]).all_held());
        assert_eq!(Verdicts::new(vec![held, not_run]).text(), "1 of 2 targets held, 1 not run");
    }
}
