//! What a child process measured, as it tells its parent.

use serde::{Deserialize, Serialize};

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Calls or rows in a second.
    #[serde(rename = "per second")]
    PerSecond,
    /// Microseconds.
    #[serde(rename = "microseconds")]
    Microseconds,
    /// Seconds.
    #[serde(rename = "seconds")]
    Seconds,
    /// Bytes.
    #[serde(rename = "bytes")]
    Bytes,
    /// A plain ratio.
    #[serde(rename = "times")]
    Times,
}

/// Which of two engines is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The one with the larger figure.
    Higher,
    /// The one with the smaller figure.
    Lower,
    /// Neither: the figure says something of the run.
    Neither,
}

/// One thing measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The measure.
    pub value: f64,
    /// What the measure counts.
    pub unit: Unit,
    /// Which way is ahead.
    pub better: Better,
}

/// All that one run of a workload gave.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// What was measured, in order.
    pub figures: Vec<Figure>,
    /// Flushes inside the time measured, if the workload writes.
    pub flushes: Option<u64>,
    /// Why the run does not count.
    pub void: Option<String>,
}

impl Outcome {
    /// Adds a figure of which more is better.
    pub fn higher(&mut self, name: impl Into<String>, value: f64, unit: Unit) {
        self.push(name.into(), value, unit, Better::Higher);
    }

    /// Adds a figure of which less is better.
    pub fn lower(&mut self, name: impl Into<String>, value: f64, unit: Unit) {
        self.push(name.into(), value, unit, Better::Lower);
    }

    /// Adds a figure that compares no engines.
    pub fn note(&mut self, name: impl Into<String>, value: f64, unit: Unit) {
        self.push(name.into(), value, unit, Better::Neither);
    }

    fn push(&mut self, name: String, value: f64, unit: Unit, better: Better) {
        self.figures.push(Figure { name, value, unit, better });
    }
}
