//! Samples a monitor at a steady pace.

use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{LiveCounter, PerformanceMonitor, ProcessMemory, Unit};

/// A thread that ends the monitor's intervals at a steady pace, and reads the memory of this process as the gauges
/// [`MEMORY`](Self::MEMORY) and [`MAPPED`](Self::MAPPED). Dropped, it ends the last interval and stops.
#[derive(Debug)]
pub struct Sampling {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sampling {
    /// The gauge of what is in memory, mapped pages included.
    pub const MEMORY: &str = "memory.resident";
    /// The gauge of the part of it that belongs to mapped files.
    pub const MAPPED: &str = "memory.mapped";

    /// Samples that often, and shows each time what the operations come to.
    pub fn start(
        monitor: Arc<PerformanceMonitor>,
        every: Duration,
        mut show: impl FnMut(&[LiveCounter]) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = channel::<()>();
        let thread = thread::spawn(move || {
            let mut due = Instant::now() + every;
            // From when it was due, so that intervals stay as long as they are asked to be.
            while stopped.recv_timeout(due.saturating_duration_since(Instant::now()))
                == Err(RecvTimeoutError::Timeout)
            {
                show(&sample(&monitor));
                due = (due + every).max(Instant::now());
            }
            show(&sample(&monitor));
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it shows may have panicked; that must not take the figures along.
            let _panicked = thread.join();
        }
    }
}

fn sample(monitor: &PerformanceMonitor) -> Vec<LiveCounter> {
    if let Some(memory) = ProcessMemory::now() {
        monitor.observe(Sampling::MEMORY, Unit::Bytes, memory.resident_bytes as f64);
        monitor.observe(Sampling::MAPPED, Unit::Bytes, memory.mapped_bytes as f64);
    }
    monitor.sample()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_was_recorded_before_the_end_is_in_the_report_with_the_memory() {
        let monitor = Arc::new(PerformanceMonitor::new());
        let shown = Arc::new(AtomicUsize::new(0));
        let show = Arc::clone(&shown);
        let sampling = Sampling::start(Arc::clone(&monitor), Duration::from_millis(2), move |live| {
            show.fetch_add(live.len(), Ordering::Relaxed);
        });
        let recorder = monitor.recorder("reads");
        let mut recorded = 0;
        while shown.load(Ordering::Relaxed) < 2 {
            recorder.record(Duration::from_micros(5));
            recorded += 1;
        }
        drop(sampling);
        let report = monitor.generate_report();
        let reads = &report.operations[0].over_time;
        assert_eq!(reads.iter().map(|interval| interval.seen.count).sum::<u64>(), recorded);
        assert!(reads.len() > 1, "{reads:?}");
        assert_eq!(
            report.gauges.iter().map(|gauge| gauge.name.as_str()).collect::<Vec<_>>(),
            [Sampling::MAPPED, Sampling::MEMORY]
        );
    }
}
