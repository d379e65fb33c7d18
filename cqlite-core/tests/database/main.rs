//! The database as its users see it.

mod rows;
mod schema_changes;
mod reads;
mod reopening;
mod snapshots;
