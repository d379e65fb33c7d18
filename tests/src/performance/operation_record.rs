//! What is known of one kind of operation.

use std::time::Instant;

use super::{
    Latencies, LatencyInterval, LatencyProfile, LatencyRecorder,
    latency::Shard,
    monitor_record::CarriedOperation,
    series::{Interval, TimeSeries},
};

/// What is known of one kind of operation: the recorders of its threads, all latencies so far, and those of each interval.
#[derive(Debug)]
pub(super) struct OperationRecord {
    shards: Vec<Shard>,
    all: Latencies,
    interval: Latencies,
    over_time: TimeSeries<LatencyInterval>,
    /// Up to when it is known, in seconds since the monitor began.
    known_until: f64,
}

impl OperationRecord {
    pub(super) fn new(now: f64, capacity: usize) -> Self {
        Self {
            shards: Vec::new(),
            all: Latencies::new(),
            interval: Latencies::new(),
            over_time: TimeSeries::new(capacity),
            known_until: now,
        }
    }

    pub(super) fn recorder(&mut self, now: f64) -> LatencyRecorder {
        if self.shards.is_empty() {
            // Nobody was at work before, which is no interval without throughput.
            self.known_until = self.known_until.max(now);
        }
        let (recorder, shard) = LatencyRecorder::new();
        self.shards.push(shard);
        recorder
    }

    /// Ends the interval: what it was, if anybody was at work in it.
    ///
    /// Where all recorders are gone it ends when the last was dropped (`seconds` tells when that is), so that what a program does
    /// afterwards is no interval without throughput.
    pub(super) fn sample(
        &mut self,
        now: f64,
        seconds: impl Fn(Instant) -> f64,
    ) -> Option<Interval<LatencyInterval>> {
        if self.shards.is_empty() {
            return None;
        }
        self.interval.clear();
        let (interval, mut last_ended) = (&mut self.interval, 0.0_f64);
        self.shards.retain(|shard| {
            let ended = shard.drain(interval);
            last_ended = ended.map_or(last_ended, |ended| last_ended.max(seconds(ended)));
            ended.is_none()
        });
        self.all.add(&self.interval);
        let end = if self.shards.is_empty() { now.min(last_ended) } else { now };
        let (from, until) = (self.known_until, end.max(self.known_until));
        self.known_until = until;
        let seen = LatencyInterval::of(&self.interval);
        if from == until && seen.count() == 0 {
            return None;
        }
        self.over_time.push(from, until, seen.clone());
        Some(Interval { from, until, seen })
    }

    /// What is known, to be carried to another process.
    pub(super) fn to_carried(&self) -> CarriedOperation {
        CarriedOperation { all: self.all.to_record(), over_time: self.over_time.intervals().to_vec() }
    }

    /// Adds what another process has carried here. Its times are made those of this one by `here`.
    pub(super) fn absorb(&mut self, carried: &CarriedOperation, here: impl Fn(f64) -> f64) {
        self.all.add(&Latencies::from_record(&carried.all));
        for Interval { from, until, seen } in &carried.over_time {
            self.over_time.push(here(*from), here(*until), seen.clone());
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.all.count()
    }

    pub(super) fn profile(&self, name: &str) -> LatencyProfile {
        let (measured, summary) = (self.all.measured(), self.all.summary());
        LatencyProfile { name: name.to_owned(), measured, summary, curve: self.all.curve() }
    }

    pub(super) fn intervals(&self) -> &[Interval<LatencyInterval>] {
        self.over_time.intervals()
    }
}
