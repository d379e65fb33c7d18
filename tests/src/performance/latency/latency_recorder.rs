//! Where one thread records latencies.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::Latencies;

/// Where one thread records latencies for a monitor. It has a histogram of its own, so that threads do not wait for each other;
/// the monitor takes what is in it at the end of each interval.
#[derive(Debug)]
pub struct LatencyRecorder {
    shard: Arc<Mutex<Recorded>>,
}

/// What is recorded and not taken by the monitor yet.
#[derive(Debug, Default)]
struct Recorded {
    latencies: Latencies,
    /// When the recorder was dropped.
    ended: Option<Instant>,
}

impl LatencyRecorder {
    /// A recorder, and the monitor's end of it.
    pub(in super::super) fn new() -> (Self, Shard) {
        let shard = Arc::new(Mutex::default());
        (Self { shard: Arc::clone(&shard) }, Shard { shard })
    }

    /// Takes an operation of a closed loop: how long it took from when it began.
    #[inline]
    pub fn record(&self, latency: Duration) {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner).latencies.record(latency);
    }

    /// Takes an operation of an open loop: its latency counts from when it was due.
    #[inline]
    pub fn record_scheduled(&self, due: Instant, ended: Instant) {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner).latencies.record_scheduled(due, ended);
    }
}

impl Drop for LatencyRecorder {
    fn drop(&mut self) {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner).ended = Some(Instant::now());
    }
}

/// The monitor's end of a recorder.
#[derive(Debug)]
pub(in super::super) struct Shard {
    shard: Arc<Mutex<Recorded>>,
}

impl Shard {
    /// Moves what was recorded into `all`. When the recorder was dropped, if it was: then no more can come.
    pub(in super::super) fn drain(&self, all: &mut Latencies) -> Option<Instant> {
        let mut recorded = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.latencies.count() > 0 {
            all.add(&recorded.latencies);
            recorded.latencies.clear();
        }
        recorded.ended
    }
}
