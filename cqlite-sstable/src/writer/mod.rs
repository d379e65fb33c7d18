//! Writing SSTables.

pub mod builder;
