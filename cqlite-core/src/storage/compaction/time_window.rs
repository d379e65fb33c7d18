//! Compaction by windows of time: SSTables whose newest data is of one window become one, and are never
//! compacted with those of another one (`TimeWindowCompactionStrategy`).

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::choice::{Choice, Reason};
use super::expired::fully_expired;
use super::parameters::{CompactionParameters, TimeWindowParameters};
use super::size_tiered::{self, buckets, most_interesting};
use super::summary::data_bytes;
use super::{Context, Pending, SstableSummary};

/// What is remembered from one choice to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeWindowMemory {
    /// The beginning of the newest window that ever had an SSTable, in milliseconds since 1970.
    pub newest_window_millis: i64,
    /// When expired SSTables were looked for, in milliseconds since 1970.
    pub last_expired_check_millis: i64,
}

/// When the window begins that a timestamp is in, in milliseconds since 1970 (`getWindowBoundsInMillis`). Of
/// times before 1970 it is the one that ends there.
pub(super) fn window_start_millis(windows: &TimeWindowParameters, timestamp: i64) -> i64 {
    let seconds = windows.timestamp_resolution.millis(timestamp) / 1_000;
    let window_seconds = windows.window_unit.seconds().saturating_mul(i64::from(windows.window_size));
    (seconds - seconds % window_seconds.max(1)).saturating_mul(1_000)
}

type Windows<'a> = BTreeMap<i64, Vec<&'a SstableSummary>>;

fn windows_of<'a>(sstables: &[&'a SstableSummary], windows: &TimeWindowParameters) -> Windows<'a> {
    let mut grouped = Windows::new();
    for sstable in sstables {
        let start = window_start_millis(windows, sstable.max_timestamp);
        grouped.entry(start).or_default().push(sstable);
    }
    grouped
}

/// What is due in a window; `newest` is the newest window that ever had an SSTable. In that one SSTables are
/// compacted by size, as more are to come; in an older one all together, as soon as there are two
/// (`newestBucket`).
fn due_in_window<'a>(
    start_millis: i64,
    sstables: &[&'a SstableSummary],
    newest: i64,
    parameters: &CompactionParameters,
    windows: &TimeWindowParameters,
) -> Option<Vec<&'a SstableSummary>> {
    if start_millis >= newest {
        let sizes = buckets(sstables, &windows.size_tiered);
        return most_interesting(sizes, parameters).map(|bucket| bucket.sstables);
    }
    if sstables.len() < 2 {
        return None;
    }
    let mut due = sstables.to_vec();
    due.sort_by_key(|sstable| sstable.data_bytes);
    due.truncate(parameters.max_threshold);
    Some(due)
}

/// What it takes until nothing is due.
pub(super) fn pending(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    windows: &TimeWindowParameters,
    memory: &TimeWindowMemory,
) -> Pending {
    let grouped = windows_of(&candidates.available(), windows);
    let newest = newest_window(&grouped, memory);
    let due = grouped
        .iter()
        .filter(|(start, sstables)| due_in_window(**start, sstables, newest, parameters, windows).is_some());
    let (min, max) = (parameters.min_threshold, parameters.max_threshold.max(1));
    due.map(|(_, sstables)| {
        let remaining = sstables.len().saturating_sub(max);
        let more = if remaining > min { remaining.div_ceil(max) as u64 } else { 0 };
        Pending { compactions: 1 + more, bytes: data_bytes(sstables.iter().copied()) }
    })
    .sum()
}

fn newest_window(grouped: &Windows<'_>, memory: &TimeWindowMemory) -> i64 {
    grouped
        .keys()
        .next_back()
        .map_or(memory.newest_window_millis, |newest| memory.newest_window_millis.max(*newest))
}

/// What to compact next, if there is anything (`getNextBackgroundSSTables`).
pub(super) fn choose(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    windows: &TimeWindowParameters,
    memory: &mut TimeWindowMemory,
    context: &Context<'_>,
) -> Option<Choice> {
    let uncompacting = candidates.uncompacting();
    let mut expired = Vec::new();
    let since_check = context.now_millis.saturating_sub(memory.last_expired_check_millis);
    if since_check > windows.expired_check_interval_millis {
        let expiry = parameters.tombstones.expiry(windows.ignores_overlaps, context);
        expired = fully_expired(&uncompacting, &candidates.overlapping(&uncompacting), expiry);
        memory.last_expired_check_millis = context.now_millis;
    }
    let is_expired = |sstable: &SstableSummary| expired.iter().any(|expired| expired.id == sstable.id);
    let mut available = uncompacting;
    available.retain(|sstable| !sstable.is_suspect && !is_expired(sstable));

    let grouped = windows_of(&available, windows);
    memory.newest_window_millis = newest_window(&grouped, memory);
    let newest = memory.newest_window_millis;
    let due = grouped.iter().rev().find_map(|(start, sstables)| {
        let due = due_in_window(*start, sstables, newest, parameters, windows)?;
        Some(Choice::of(candidates.group, &due, Reason::Window { start_millis: *start }))
    });
    let choice = due.or_else(|| smallest_with_tombstones(&available, candidates, parameters, context));
    match choice {
        Some(choice) => Some(choice.with_expired(&expired)),
        None if expired.is_empty() => None,
        None => Some(Choice::of_expired(candidates.group, &expired)),
    }
}

fn smallest_with_tombstones(
    available: &[&SstableSummary],
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    context: &Context<'_>,
) -> Option<Choice> {
    let worth = available
        .iter()
        .filter(|sstable| parameters.tombstones.are_worth_dropping(sstable, candidates, context));
    let smallest = worth.min_by_key(|sstable| sstable.data_bytes)?;
    let reason = Reason::Tombstones { droppable_ratio: smallest.droppable_tombstone_ratio };
    Some(Choice::of(candidates.group, &[smallest], reason))
}

/// All SSTables into one.
pub(super) fn major(candidates: Candidates<'_>) -> Option<Choice> {
    size_tiered::major(candidates, false)
}
