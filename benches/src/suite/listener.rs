//! Brings what a database tells of to the monitor.

use std::sync::Arc;
use std::time::Instant;

use cqlite_core::storage::store::{Event, EventListener, Health};
use cqlite_tests::performance::{EventKind, PerformanceMonitor};

/// Brings what a database tells of to the monitor.
#[derive(Debug)]
pub(super) struct Listener(pub(super) Arc<PerformanceMonitor>);

impl EventListener for Listener {
    fn tell(&self, event: &Event) {
        let kind = match event {
            Event::Flushed { .. } => EventKind::Flush,
            Event::Compacted { .. } => EventKind::Compaction,
            Event::Replayed(_) => EventKind::Recovery,
            Event::Checkpointed { .. } => EventKind::Other("checkpoint".to_owned()),
            Event::HealthChanged(Health::DiskFull { .. } | Health::ReadOnly { .. }) => {
                EventKind::Other("writes refused".to_owned())
            }
            Event::Failed { .. } => EventKind::Other("failure in the background".to_owned()),
            _ => return,
        };
        self.0.record_event(kind, Instant::now());
    }
}
