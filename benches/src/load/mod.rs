//! Load: what clients ask of an engine, how fast, and what they see.

mod asker;
mod client;
mod cqlite_engine;
mod data_pattern;
mod drive;
mod key_chooser;
mod operation;
mod operation_mix;
mod record;
mod workload;

pub use asker::{Asked, Asker};
pub use client::{Client, Engine};
pub use cqlite_engine::CqliteEngine;
pub use data_pattern::DataPattern;
pub use drive::{Drive, Driven, Pace, Until};
pub use key_chooser::{KeyChooser, KeyDistribution};
pub use operation::{Operation, OperationKind};
pub use operation_mix::OperationMix;
pub use record::RecordShape;
pub use workload::Workload;

/// What can go wrong in a load test.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of what can go wrong in a load test.
pub type Result<T> = std::result::Result<T, Error>;
