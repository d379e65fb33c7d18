//! What `cqlite_core::sync` has of the standard library, of [`shuttle`]. All atomics are sequentially consistent here,
//! whatever the ordering: what needs one that is weaker than it should be is not found.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::Guard;

pub use shuttle::sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, atomic};
pub use shuttle::{thread, thread_local};

/// [`arc_swap::ArcSwap`], where another thread may go on before each access.
#[derive(Debug, Default)]
pub struct ArcSwap<T>(arc_swap::ArcSwap<T>);

impl<T> ArcSwap<T> {
    /// As [`arc_swap::ArcSwapAny::load`].
    pub fn load(&self) -> Guard<Arc<T>> {
        let_others();
        self.0.load()
    }

    /// As [`arc_swap::ArcSwapAny::load_full`].
    pub fn load_full(&self) -> Arc<T> {
        let_others();
        self.0.load_full()
    }

    /// As [`arc_swap::ArcSwapAny::store`].
    pub fn store(&self, value: Arc<T>) {
        let_others();
        self.0.store(value);
    }
}

/// No time passes: it is a place where the scheduler may choose another thread.
fn let_others() {
    thread::sleep(Duration::ZERO);
}
