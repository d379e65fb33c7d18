//! What it costs to be watched: a latency recorded by one and two threads, alone and while intervals end, beside reading the
//! clock twice; the end of an interval of a hundred recorders; and a report as JSON and as HTML.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{BatchPerformanceMeasurer, PerformanceMonitor, Spread, Unit};

const RECORDS: u32 = 5_000_000;
const ROUNDS: usize = 5;

fn main() {
    println!("for one latency");
    told("the clock, read twice", || {
        each(1, || {
            |_| {
                black_box(Instant::now().elapsed());
            }
        })
    });
    told("BatchPerformanceMeasurer", || {
        let mut measurer = BatchPerformanceMeasurer::new();
        let time = each_here(|latency| measurer.record_operation(latency));
        black_box(measurer.finalize());
        time
    });
    for threads in [1, 2] {
        told(&format!("LatencyRecorder, {threads} threads"), || recorded(threads, None));
        let every = Duration::from_millis(10);
        told(&format!("LatencyRecorder, {threads} threads, an interval each 10 ms"), || {
            recorded(threads, Some(every))
        });
    }
    println!("at the end of an interval");
    let monitor = PerformanceMonitor::new();
    let recorders = (0..100).map(|_| monitor.recorder("reads")).collect::<Vec<_>>();
    told("a hundred recorders with a thousand latencies each", || {
        for recorder in &recorders {
            latencies().take(1_000).for_each(|latency| recorder.record(latency));
        }
        timed(|| monitor.sample())
    });
    println!("at the end of the run");
    for _ in 0..2_000 {
        recorders.iter().for_each(|recorder| recorder.record(Duration::from_micros(20)));
        monitor.observe("memory", Unit::Bytes, 1e6);
        monitor.sample();
    }
    told("a report of 480 intervals", || timed(|| monitor.generate_report()));
    let report = monitor.generate_report();
    told("as JSON", || timed(|| report.to_json().unwrap()));
    told("as HTML", || timed(|| report.to_html().unwrap()));
}

/// Latencies as they come: most of them short, and a tail.
fn latencies() -> impl Iterator<Item = Duration> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_nanos((20_000 << (state >> 40).trailing_zeros().min(12)) + (state >> 50))
    })
}

fn each_here(mut record: impl FnMut(Duration)) -> f64 {
    let latencies = latencies().take(4_096).collect::<Vec<_>>();
    let begun = Instant::now();
    latencies.iter().cycle().take(RECORDS as usize).for_each(|latency| record(*latency));
    begun.elapsed().as_secs_f64() / f64::from(RECORDS)
}

/// The time of a record in each of some threads at once: that of the slowest.
fn each<R: FnMut(Duration)>(threads: u32, record: impl Fn() -> R + Sync) -> f64 {
    thread::scope(|scope| {
        let threads = (0..threads).map(|_| scope.spawn(|| each_here(record()))).collect::<Vec<_>>();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold(0.0, f64::max)
    })
}

fn recorded(threads: u32, every: Option<Duration>) -> f64 {
    let (monitor, ended) = (PerformanceMonitor::new(), AtomicBool::new(false));
    thread::scope(|scope| {
        if let Some(every) = every {
            let (monitor, ended) = (&monitor, &ended);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    thread::sleep(every);
                    monitor.sample();
                }
            });
        }
        let time = each(threads, || {
            let recorder = monitor.recorder("reads");
            move |latency| recorder.record(latency)
        });
        ended.store(true, Ordering::Relaxed);
        time
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed().as_secs_f64()
}

fn told(what: &str, mut measure: impl FnMut() -> f64) {
    let times = (0..ROUNDS).map(|_| measure()).collect::<Vec<_>>();
    println!("    {what}: {}", Spread::of(&times).unwrap().text(Unit::Seconds));
}
