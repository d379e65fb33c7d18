//! How compactions are run.

use std::sync::Arc;
use std::time::Duration;

use super::super::{SystemClock, Throttle};

/// How compactions are run.
#[derive(Debug, Clone)]
pub struct SchedulerOptions {
    /// How many run at a time (`concurrent_compactors`).
    pub concurrency: usize,
    /// How fast all of them together read (`compaction_throughput`).
    pub throttle: Arc<Throttle>,
    /// How often tables are looked at in which nothing has changed.
    pub check_interval: Duration,
    /// How long a table waits whose compaction has failed. It doubles with each failure, up to a hundred times.
    pub retry_delay: Duration,
}

impl Default for SchedulerOptions {
    /// Two at a time, at the 64 MiB in a second that are Cassandra's default.
    fn default() -> Self {
        Self {
            concurrency: 2,
            throttle: Arc::new(Throttle::new(SystemClock::default(), Some(64 << 20))),
            check_interval: Duration::from_secs(60),
            retry_delay: Duration::from_secs(3),
        }
    }
}
