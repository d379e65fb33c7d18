//! A segment of the commit log that is cut, or overwritten at any byte.
//!
//! Of a full segment it is each byte of its first and last sections, and each seventh of those in between, which are like them; with
//! `CQLITE_EVERY_BYTE` in the environment it is each byte of all.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_core::storage::commitlog::{FoundSegments, SegmentCompression};
use cqlite_core::storage::fs::{FileSystem as _, MemoryFileSystem};
use cqlite_core::storage::replay::ReplayPolicy;
use cqlite_sstable::ErrorKind;
use cqlite_sstable::compress::Compressor;

use super::stage::{Rows, Told, builder, numbered, open, put_numbered, read_file, rows, write_file};

/// So many writes that they take one segment and a part of the next.
const WRITES: usize = 100;

/// So few that each of their bytes is met: each is a section, the first one, the last one and one that is neither.
const FEW_WRITES: usize = 3;

/// The header and some sections behind it have less, and so have the last ones.
const WHOLE_BYTES: usize = 250;

/// Sections are alike and their lengths are no multiples of it: within seven of them each of their bytes is met.
const STEP: usize = 7;

/// A database that was killed with writes in its commit log.
struct Killed {
    fs: MemoryFileSystem,
    /// Its segments with writes, the oldest first.
    segments: Vec<(PathBuf, Vec<u8>)>,
    writes: usize,
}

impl Killed {
    fn new(writes: usize, compression: Option<SegmentCompression>) -> Self {
        let fs = MemoryFileSystem::new();
        let (db, table) = open(builder(&fs).commit_log_segment(4096).commit_log_compression(compression));
        db.flush_and_trim_log().unwrap();
        let start = Instant::now();
        while !used(&fs).is_empty() {
            assert!(start.elapsed() < Duration::from_secs(60), "segments that are flushed do not go");
            std::thread::yield_now();
        }
        put_numbered(&db, &table, 0..writes);
        drop(db);
        let segments = used(&fs).into_iter().map(|path| (path.clone(), read_file(&fs, &path))).collect();
        Self { fs, segments, writes }
    }

    /// Opens the database under each policy with other bytes of its oldest segment. What is there has to be a part of what was written,
    /// and nothing may be missing of which it was not told. Whether all of it was told of, or there.
    fn check(&self, what: &str, bytes: &[u8]) -> bool {
        let (all, has_later) = (numbered(0..self.writes), self.segments.len() > 1);
        let mut is_told = true;
        for policy in [ReplayPolicy::Refuse, ReplayPolicy::Stop, ReplayPolicy::Skip] {
            let what = format!("{what}, {policy:?}");
            let (fs, told) = (self.fs.crash_image(1), Told::default());
            write_file(&fs, &self.segments[0].0, bytes);
            let opened = builder(&fs).on_log_corruption(policy).listener(Arc::new(told.clone())).open();
            let db = match opened {
                Ok(db) => db,
                Err(error) => {
                    let is_kind = matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported);
                    assert!(is_kind && error.to_string().contains("CommitLog-"), "{what}: {error}");
                    let is_refusal = policy == ReplayPolicy::Refuse || error.kind() == ErrorKind::Unsupported;
                    assert!(is_refusal, "{what}: {error}");
                    continue;
                }
            };
            let found = rows(&db, &db.table("ks", "t").unwrap());
            assert!(found.iter().all(|(key, value)| all.get(key) == Some(value)), "{what}: {found:?}");
            let is_prefix = found == numbered(0..found.len());
            let report = told.replay().unwrap();
            let may_have_holes = policy == ReplayPolicy::Skip || !has_later || !report.is_incomplete();
            assert!(is_prefix || may_have_holes, "{what}: {found:?}");
            is_told &= found == all || report.is_incomplete();
            drop(db);
            assert_eq!(rows_of(&fs), found, "{what}");
        }
        is_told
    }

    fn first(&self) -> &[u8] {
        &self.segments[0].1
    }

    /// As many bytes as there are without zeros behind them.
    fn used(&self) -> usize {
        self.first().iter().rposition(|byte| *byte != 0).unwrap() + 1
    }

    fn with_each_byte_overwritten(&self, mask: u8) {
        let (used, has_all) = (self.used(), std::env::var_os("CQLITE_EVERY_BYTE").is_some());
        let is_met =
            |at: &usize| has_all || *at < WHOLE_BYTES || *at + WHOLE_BYTES >= used || at.is_multiple_of(STEP);
        for at in (0..used).filter(is_met) {
            let mut bytes = self.first().to_vec();
            bytes[at] ^= mask;
            assert!(self.check(&format!("byte {at} xor {mask}"), &bytes), "byte {at} xor {mask}");
        }
    }

    /// Cuts it at each byte; how many cuts nobody is told of.
    fn cut_at_each_byte(&self) -> usize {
        (0..self.used()).filter(|at| !self.check(&format!("cut at {at}"), &self.first()[..*at])).count()
    }
}

/// The segments that have sections, the oldest first. One may be gone when it is looked at.
fn used(fs: &MemoryFileSystem) -> Vec<PathBuf> {
    let found = loop {
        if let Ok(found) = FoundSegments::list(fs, "/db/commitlog".as_ref()) {
            break found;
        }
    };
    let used = found.segments().iter().filter(|segment| !segment.is_empty());
    used.map(|segment| segment.path().to_owned()).collect()
}

fn lz4() -> Option<SegmentCompression> {
    Some(SegmentCompression::new(Compressor::Lz4))
}

fn rows_of(fs: &MemoryFileSystem) -> Rows {
    let db = builder(fs).open().unwrap();
    let table = db.table("ks", "t").unwrap();
    rows(&db, &table)
}

#[test]
fn a_last_segment_with_any_byte_overwritten_gives_no_wrong_value_and_what_is_missing_is_told() {
    let killed = Killed::new(FEW_WRITES, None);
    assert_eq!(killed.segments.len(), 1);
    killed.with_each_byte_overwritten(0xFF);
    killed.with_each_byte_overwritten(0x01);
}

#[test]
fn an_earlier_segment_with_any_byte_overwritten_is_refused_or_gives_what_stands_in_front() {
    let killed = Killed::new(WRITES, None);
    assert!(killed.segments.len() > 1);
    killed.with_each_byte_overwritten(0xFF);
}

#[test]
fn a_segment_with_any_eight_bytes_zeroed_gives_no_wrong_value_and_what_is_missing_is_told() {
    let killed = Killed::new(FEW_WRITES, None);
    for at in 0..killed.used() {
        let mut bytes = killed.first().to_vec();
        bytes[at..at + 8].fill(0);
        assert!(
            killed.check(&format!("zeros from {at}"), &bytes) || at + 8 >= killed.used(),
            "zeros from {at}"
        );
    }
}

/// A section may end with the file: a node fills its segments to the last byte.
#[test]
fn a_segment_cut_at_any_byte_gives_what_stands_in_front_and_only_cuts_between_sections_look_whole() {
    // The first place between sections is behind the header.
    let untold = Killed::new(FEW_WRITES, None).cut_at_each_byte();
    assert!(untold <= FEW_WRITES + 1, "{untold}");
}

#[test]
fn a_compressed_segment_that_is_overwritten_or_cut_at_any_byte_gives_no_wrong_value() {
    let killed = Killed::new(FEW_WRITES, lz4());
    killed.with_each_byte_overwritten(0xFF);
    assert!(killed.cut_at_each_byte() <= FEW_WRITES + 1);
}

#[test]
fn a_log_of_which_segments_in_the_middle_are_missing_is_refused_or_tells_which() {
    let killed = Killed::new(4 * WRITES, None);
    let (count, all) = (killed.segments.len(), numbered(0..4 * WRITES));
    assert!(count > 4);
    let name = |at: usize| killed.segments[at].0.file_name().unwrap().to_str().unwrap().to_owned();
    for (gone, missing) in [(1..2, 1), (1..4, 3), (count - 2..count - 1, 1)] {
        let fs = killed.fs.crash_image(1);
        gone.clone().for_each(|at| fs.remove_file(&killed.segments[at].0).unwrap());
        let (after, before) = (name(gone.start - 1), name(gone.end));
        for opened in [builder(&fs).open(), builder(&fs).open_read_only()] {
            let told = opened.err().unwrap();
            assert_eq!(told.kind(), ErrorKind::Missing, "{told}");
            let told = told.to_string();
            assert!(told.contains(&after) && told.contains(&before), "{told}");
        }
        for policy in [ReplayPolicy::Stop, ReplayPolicy::Skip] {
            let (fs, told) = (fs.crash_image(1), Told::default());
            let db = builder(&fs).on_log_corruption(policy).listener(Arc::new(told.clone())).open().unwrap();
            let found = rows(&db, &db.table("ks", "t").unwrap());
            assert!(found.iter().all(|(key, value)| all.get(key) == Some(value)));
            assert!(!found.is_empty() && found.len() < all.len(), "{policy:?}");
            let has_last = found.contains_key(&format!("k{}", all.len() - 1));
            assert_eq!(has_last, policy == ReplayPolicy::Skip);
            assert!(has_last || found == numbered(0..found.len()));
            let report = told.replay().unwrap();
            assert!(report.is_incomplete());
            let [gap] = report.missing[..] else { panic!("{:?}", report.missing) };
            let told = (gap.after.to_string(), gap.before.to_string(), gap.count);
            assert_eq!(told, (after.clone(), before.clone(), missing));
            assert_eq!(report.stopped_at.map(|at| at.segment_id), (!has_last).then_some(gap.before.id));
        }
    }
}

#[test]
fn of_the_oldest_segments_none_is_missed() {
    let killed = Killed::new(3 * WRITES, None);
    let fs = killed.fs.crash_image(1);
    killed.segments[..2].iter().for_each(|(path, _)| fs.remove_file(path).unwrap());
    let told = Told::default();
    let db = builder(&fs).listener(Arc::new(told.clone())).open().unwrap();
    assert!(!rows(&db, &db.table("ks", "t").unwrap()).is_empty());
    assert!(told.replay().unwrap().missing.is_empty());
}
