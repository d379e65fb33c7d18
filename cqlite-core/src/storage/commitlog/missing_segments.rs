//! Segments that should be there.

use cqlite_sstable::{Error, ErrorKind};

use super::{FoundSegment, SegmentName};

/// Segments that are missing between two others which one run of CQLite wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingSegments {
    /// The last one in front of them.
    pub after: SegmentName,
    /// The first one behind them.
    pub before: SegmentName,
    /// How many there were.
    pub count: u64,
}

impl MissingSegments {
    /// All that are certain to be missing, in ascending order of ids. A segment of which the header cannot be read may be any of them.
    pub(super) fn among(segments: &[FoundSegment]) -> Vec<Self> {
        let mut missing = Vec::new();
        let mut known = None;
        let mut unknown = 0_u64;
        for segment in segments {
            let Some(run) = segment.run() else {
                unknown = unknown.saturating_add(1);
                continue;
            };
            if let Some((after, before)) = known.replace((segment.name(), run))
                && before.id == run.id
            {
                let between = run.number.saturating_sub(before.number).saturating_sub(1);
                let count = between.saturating_sub(unknown);
                if count > 0 {
                    missing.push(Self { after, before: segment.name(), count });
                }
            }
            unknown = 0;
        }
        missing
    }

    /// As an error.
    pub fn to_error(&self) -> Error {
        let Self { after, before, count } = self;
        let what = match count {
            1 => "a segment was written, and is".to_owned(),
            count => format!("{count} segments were written, and are"),
        };
        Error::new(ErrorKind::Missing, format!("between {after} and {before} {what} not there"))
            .advise("put back what is missing; to go on without it, have the replay skip what is damaged, or stop there")
    }
}
