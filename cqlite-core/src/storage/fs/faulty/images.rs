//! Images of power cuts that are taken on the way.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::MemoryFileSystem;
use super::plan::Observer;

/// Where images are put when they are taken.
#[derive(Debug, Clone, Default)]
pub struct Images {
    taken: Arc<Mutex<Vec<MemoryFileSystem>>>,
}

impl Images {
    /// Those that were taken since the last time, in the order of the seeds; none before the call is made.
    pub fn take(&self) -> Vec<MemoryFileSystem> {
        std::mem::take(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn observer_of(
    memory: MemoryFileSystem,
    change: u64,
    seeds: Vec<u64>,
    images: &Images,
) -> Observer {
    let taken = Arc::clone(&images.taken);
    Arc::new(move |call| {
        if call.operation.is_change() && call.number == change {
            let made = seeds.iter().map(|seed| memory.crash_image(*seed));
            taken.lock().unwrap_or_else(PoisonError::into_inner).extend(made);
        }
    })
}
