//! Suites of scenarios: what `run_performance_tests.sh` runs.
//!
//! Each [`Scenario`] runs in a process of its own, so that its memory and its caches are its own, and tells the one that started it what
//! it measured. That one judges all of it and writes the report.

mod arguments;
mod child;
mod command;
mod listener;
mod not_run;
mod run;
mod scale;
mod scenario;
mod screen;
mod stage;
mod suite_name;
mod surroundings;
mod told;
mod work_directory;

pub use arguments::Arguments;
pub use child::{steps_of, try_out};
pub use command::{run_all, run_only};
pub use not_run::NotRun;
pub use scale::Scale;
pub use scenario::Scenario;
pub use stage::Stage;
pub use suite_name::SuiteName;
