//! What happened to one register, and whether one order explains it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something that was done between two moments.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub began: u64,
    pub ended: u64,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A value was written, or deleted, with a timestamp that no other write has.
    Wrote { timestamp: i64, is_deletion: bool },
    /// What was read: the timestamp of the value, or that there was none.
    Read(Option<i64>),
}

/// All that was done to one register.
#[derive(Debug, Default)]
pub struct History {
    moments: AtomicU64,
    operations: Mutex<Vec<Operation>>,
}

impl History {
    /// Does something and notes when.
    pub fn note(&self, operation: impl FnOnce() -> What) {
        let began = self.moments.fetch_add(1, Ordering::SeqCst);
        let what = operation();
        let ended = self.moments.fetch_add(1, Ordering::SeqCst);
        self.operations.lock().unwrap().push(Operation { began, ended, what });
    }

    /// Whether the writes in the order of their timestamps, with each read somewhere among them, explain all. As timestamps
    /// are given at the beginning of a write, no other order of writes is possible where one ended before another began.
    pub fn check(&self) -> Result<usize, String> {
        let operations = self.operations.lock().unwrap();
        let mut reads = 0;
        for read in operations.iter() {
            let What::Read(seen) = read.what else { continue };
            reads += 1;
            // What had ended before, was written or seen: something as new has to be seen.
            let least = operations.iter().filter(|other| other.ended < read.began);
            let least = least
                .filter_map(|other| match other.what {
                    What::Wrote { timestamp, .. } => Some(timestamp),
                    What::Read(seen) => seen,
                })
                .max()
                .unwrap_or(i64::MIN);
            let explains = |write: &&Operation| match (write.what, seen) {
                (What::Wrote { timestamp, is_deletion: false }, Some(seen)) => timestamp == seen,
                (What::Wrote { timestamp, is_deletion: true }, None) => timestamp >= least,
                _ => false,
            };
            let has_begun = operations.iter().find(explains).is_some_and(|write| write.began < read.ended);
            let is_untouched = seen.is_none() && least == i64::MIN;
            if !(has_begun || is_untouched) || seen.is_some_and(|seen| seen < least) {
                return Err(format!(
                    "{read:?} is not explained: there was {least} before, of {operations:?}"
                ));
            }
        }
        Ok(reads)
    }
}

#[test]
fn a_stale_read_and_one_from_nowhere_are_found_out() {
    let write = |began, ended, timestamp| Operation {
        began,
        ended,
        what: What::Wrote { timestamp, is_deletion: false },
    };
    let read = |began, ended, seen| Operation { began, ended, what: What::Read(seen) };
    let check = |operations: &[Operation]| {
        History { moments: AtomicU64::new(0), operations: Mutex::new(operations.to_vec()) }.check().is_ok()
    };
    assert!(check(&[write(0, 3, 1), read(1, 2, None), read(1, 4, Some(1)), read(5, 6, Some(1))]));
    assert!(!check(&[write(0, 1, 1), write(2, 3, 2), read(4, 5, Some(1))]), "an old value");
    assert!(!check(&[write(0, 1, 1), read(2, 3, None)]), "none where there is one");
    assert!(!check(&[write(4, 5, 1), read(2, 3, Some(1))]), "a value before it was written");
    assert!(!check(&[write(0, 9, 1), read(1, 2, Some(1)), read(3, 4, None)]), "it was there and is gone");
}
