//! A target and what became of it.

use serde::{Deserialize, Serialize};

use super::{Outcome, Samples, Target};

/// A target and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was to be reached.
    pub target: Target,
    /// What became of it.
    pub outcome: Outcome,
}

impl Verdict {
    /// Judges the figures of a target by their median.
    pub fn of(target: Target, figures: &Samples) -> Self {
        let Some(measured) = figures.spread() else {
            return Self::not_run(target, "no figure was recorded");
        };
        let bound = target.bound;
        let kept = figures.kept();
        let beyond = kept.iter().filter(|figure| !bound.holds(**figure)).count();
        // Where not all are kept, the part of them that is told for the whole.
        let runs_beyond = (beyond as f64 / kept.len().max(1) as f64 * measured.runs as f64).round() as u64;
        let outcome = match bound.holds(measured.median) {
            true => Outcome::Held { measured, runs_beyond },
            false => Outcome::Missed { measured, runs_beyond },
        };
        Self { target, outcome }
    }

    /// A target without a figure.
    pub fn not_run(target: Target, reason: impl Into<String>) -> Self {
        Self { target, outcome: Outcome::NotRun { reason: reason.into() } }
    }

    /// How far the figure is from its line, as a part of the line: negative on the wrong side.
    pub fn margin(&self) -> Option<f64> {
        let bound = self.target.bound;
        let measured = self.outcome.measured()?;
        bound.better().worsening(bound.value(), measured.median).map(|worse| -worse)
    }
}
