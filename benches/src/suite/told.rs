//! What the process of a scenario tells the one that started it, a line each.

use cqlite_tests::performance::{LiveCounter, MonitorRecord, PartEnd};
use serde::{Deserialize, Serialize};

/// What the process of a scenario tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// What goes on.
    Step(String),
    /// What the operations come to at the moment.
    Live(Vec<LiveCounter>),
    /// How it ended, and all that was measured: the last line.
    Ended(PartEnd, Box<MonitorRecord>),
}
