//! The storage of `cqlite-core`, built from the same sources with the locks, atomics and threads of [`shuttle`]: tests choose
//! at each of them which thread goes on, and see what can only happen under a schedule that is rare otherwise.
//!
//! It is a crate of its own, and not a feature of `cqlite-core`, because the features of a crate are the same for all that
//! are built together.

#[allow(
    dead_code,
    unused_imports,
    reason = "the rest of cqlite-core, which uses more of it, is not built here"
)]
#[path = "../../cqlite-core/src/storage/mod.rs"]
pub mod storage;
pub mod sync;
