//! The order of a listing.

use std::cmp::{Ordering, Reverse};

use super::{ListedSstable, Overlap};

/// By what a listing is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// By id: the oldest first.
    #[default]
    Id,
    /// The largest on disk first.
    Size,
    /// By level, then by token.
    Level,
    /// The oldest timestamp first.
    Oldest,
    /// The newest timestamp first.
    Newest,
    /// The soonest to be all expired first.
    Expires,
    /// The most droppable tombstones first.
    Droppable,
    /// By the first token.
    Tokens,
    /// The most overlapping SSTables first.
    Overlaps,
}

impl ListOrder {
    /// Sorts SSTables with their overlaps. Those that are alike stay in their order; what is not known is last.
    pub fn sort(self, sstables: &mut [(ListedSstable, Option<Overlap>)]) {
        match self {
            Self::Id => {}
            Self::Size => sstables.sort_by_key(|(one, _)| Reverse(one.disk_bytes)),
            Self::Level => {
                sstables.sort_by(|(a, _), (b, _)| a.level.cmp(&b.level).then_with(|| by_token(a, b)));
            }
            Self::Oldest => {
                sstables
                    .sort_by_key(|(one, _)| one.timestamps.map_or((true, 0), |(oldest, _)| (false, oldest)));
            }
            Self::Newest => {
                sstables
                    .sort_by_key(|(one, _)| Reverse(one.timestamps.map_or(i64::MIN, |(_, newest)| newest)));
            }
            Self::Expires => sstables.sort_by_key(|(one, _)| one.local_deletion_times_seconds.1),
            Self::Droppable => {
                sstables.sort_by(|(a, _), (b, _)| b.droppable_ratio.total_cmp(&a.droppable_ratio));
            }
            Self::Tokens => sstables.sort_by(|(a, _), (b, _)| by_token(a, b)),
            Self::Overlaps => {
                sstables
                    .sort_by_key(|(_, overlap)| Reverse(overlap.as_ref().map(|overlap| overlap.sstables)));
            }
        }
    }
}

fn by_token(a: &ListedSstable, b: &ListedSstable) -> Ordering {
    match (&a.tokens, &b.tokens) {
        (Some((a, _)), Some((b, _))) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
