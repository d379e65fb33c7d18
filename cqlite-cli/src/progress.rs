//! How far the work is, on standard error.

use std::env;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

const BYTES: &str = "{msg} {wide_bar} {binary_bytes} of {binary_total_bytes}, {eta} left";

const SSTABLES: &str = "{msg} {wide_bar} {pos} of {len} SSTables, {eta} left";

/// A bar for work that takes more than a second, gone when the work is done.
///
/// There is one only where standard error is a terminal, standard output is none that is filled with data, and
/// `NO_PROGRESS` is not set.
pub struct Progress {
    started: Option<Instant>,
    message: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For work whose results are printed at its end.
    pub fn new() -> Self {
        let unwelcome = env::var_os("NO_PROGRESS").is_some_and(|value| !value.is_empty());
        let shows = io::stderr().is_terminal() && !unwelcome;
        Self { started: shows.then(Instant::now), message: String::new(), bar: None }
    }

    /// For work that prints on the way: a terminal that is filled with data has no bar.
    pub fn beside_output() -> Self {
        if io::stdout().is_terminal() {
            return Self { started: None, message: String::new(), bar: None };
        }
        Self::new()
    }

    /// What is worked on from now on.
    pub fn begin(&mut self, message: String) {
        self.message = message;
        if let Some(bar) = &self.bar {
            bar.set_message(self.message.clone());
        }
    }

    /// So many bytes of all are done.
    pub fn at(&mut self, done_bytes: u64, total_bytes: u64) {
        self.show(BYTES, done_bytes, total_bytes);
    }

    /// So many SSTables of all are done.
    pub fn at_sstable(&mut self, done: u64, total: u64) {
        self.show(SSTABLES, done, total);
    }

    fn show(&mut self, style: &str, done: u64, total: u64) {
        if self.started.is_none_or(|started| started.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_message(self.message.clone())
        });
        if bar.length() != Some(total) {
            bar.set_length(total);
            bar.reset_eta();
        }
        bar.set_position(done);
    }

    /// Takes the bar away, so that something else can be told.
    pub fn hide(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.hide();
    }
}
