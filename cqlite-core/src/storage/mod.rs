//! What lies below tables: files and what is in them.

pub mod commitlog;
pub mod fs;
