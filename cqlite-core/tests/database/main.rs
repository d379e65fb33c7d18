//! The database as its users see it.

mod reads;
mod reopening;
mod rows;
mod schema_changes;
mod snapshots;
