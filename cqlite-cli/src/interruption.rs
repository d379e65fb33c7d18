//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::exit::Outcome;

/// Whether the person at the keyboard wants no more.
#[derive(Debug, Clone, Default)]
pub struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Notices ctrl-C from now on, where it would have ended the process in the middle of a line. A second one ends it.
    pub fn watch() -> Self {
        let interruption = Self::default();
        let code = Outcome::Interrupted.code().into();
        // Where the system does not let it be noticed, the process ends as it does without.
        let _ = flag::register_conditional_shutdown(SIGINT, code, Arc::clone(&interruption.0));
        let _ = flag::register(SIGINT, Arc::clone(&interruption.0));
        interruption
    }

    /// What is true when it was noticed.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Forgets what was noticed, as something else begins.
    pub fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether ctrl-C was noticed.
    pub fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
