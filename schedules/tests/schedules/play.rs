//! Playing a scene under many schedules.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

/// A flush needs more than the default.
const STACK_BYTES: usize = 1 << 20;

/// So many changes of threads are placed where they hurt most, under every other schedule.
const DEPTH: usize = 3;

fn given(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |given| given.parse().unwrap())
}

/// Plays a scene under so many schedules: under one half threads are chosen by chance at each step, under the other one
/// the same thread goes on as long as it can, with few exceptions. Each time it is given another number. A scene in
/// which nobody can go on fails.
pub fn play(scene: impl Fn(u64) + Send + Sync + 'static) {
    let (schedules, seed) = (given("CQLITE_SCHEDULES", 1_000), given("CQLITE_SCHEDULES_SEED", 1));
    let (scene, round) = (Arc::new(scene), Arc::new(AtomicU64::new(0)));
    let half = schedules.div_ceil(2) as usize;
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new_from_seed(seed, half)),
        Box::new(PctScheduler::new_from_seed(seed, DEPTH, half)),
    ];
    for scheduler in schedulers {
        let (scene, round) = (Arc::clone(&scene), Arc::clone(&round));
        let mut config = Config::new();
        config.stack_size = STACK_BYTES;
        config.silence_warnings = true;
        Runner::new(scheduler, config).run(move || scene(round.fetch_add(1, Ordering::Relaxed)));
    }
    assert!(round.load(Ordering::Relaxed) >= schedules);
}

/// What threads of a scene do, each as a function of its own; returns when all have ended.
pub fn together(parts: Vec<Box<dyn FnOnce() + Send>>) {
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
