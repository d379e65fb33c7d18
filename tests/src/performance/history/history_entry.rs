//! What is kept of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::{Better, Spread, Unit};

/// What is kept of a run: one line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    format: u32,
    /// When it began, in seconds since 1970.
    pub began_at: u64,
    /// The versions of what took part.
    pub versions: BTreeMap<String, String>,
    /// The machine ([`Machine::id`](super::super::Machine::id)), where it is known.
    pub machine: Option<String>,
    /// The options of the run.
    pub options: BTreeMap<String, String>,
    /// Its figures, by name.
    pub figures: BTreeMap<String, HistoryFigure>,
}

/// What is kept of a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryFigure {
    /// What it counts.
    pub unit: Unit,
    /// Which way it improves, where that is known.
    pub better: Option<Better>,
    /// The figure with its spread.
    pub spread: Spread,
}

impl HistoryEntry {
    /// The format of the lines that are written, and the newest that is read.
    pub const FORMAT: u32 = 1;

    /// What is kept of a run.
    pub fn new(
        began_at: u64,
        versions: BTreeMap<String, String>,
        machine: Option<String>,
        options: BTreeMap<String, String>,
        figures: BTreeMap<String, HistoryFigure>,
    ) -> Self {
        Self { format: Self::FORMAT, began_at, versions, machine, options, figures }
    }

    /// Whether figures of the two can be compared: of the same machine, which must be known, and with the same options.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.machine.is_some() && self.machine == other.machine && self.options == other.options
    }

    /// The version of CQLite, where it is known.
    pub fn version(&self) -> &str {
        self.versions.get("cqlite").map_or("unknown", String::as_str)
    }
}
