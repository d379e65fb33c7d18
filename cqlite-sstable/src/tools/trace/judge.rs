//! Which version of a cell wins, and why the others do not.

use crate::row::{Cell, DeletionTime, Precedence, reconcile, reconcile_counters};
use crate::types::{CounterContext, CounterShards};

/// What kind of deletion covers a row or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeletionKind {
    /// Of the whole partition.
    Partition,
    /// Of a range of rows.
    Range,
    /// Of the row.
    Row,
    /// Of the collection or user-defined type.
    Complex,
}

/// A deletion, and the SSTable that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covering {
    /// The deletion.
    pub deletion: DeletionTime,
    /// What it deletes.
    pub kind: DeletionKind,
    /// The number of the SSTable.
    pub sstable: usize,
}

/// What becomes of one version of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one that counts; if there are others, why it wins over the last of them that it met.
    Wins(Option<Precedence>),
    /// Another version, by its number, wins over it.
    Loses(usize, Precedence),
    /// It is one of the versions of a counter whose shards are merged.
    Merged,
    /// A deletion covers it.
    Covered,
    /// Its column was dropped after it was written.
    Dropped,
}

/// What becomes of all versions of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// For each version.
    pub verdicts: Vec<Verdict>,
    /// The number of the version that counts; none if all are covered, dropped, or merged.
    pub winner: Option<usize>,
    /// The merged shards of a counter.
    pub shards: Option<CounterShards>,
}

/// The deletion that counts among `deletions`: the latest (`DeletionTime.supersedes`).
pub fn latest(deletions: impl IntoIterator<Item = Covering>) -> Option<Covering> {
    let real = deletions.into_iter().filter(|one| !one.deletion.is_live());
    real.reduce(|best, one| if one.deletion > best.deletion { one } else { best })
}

/// Judges the versions of one cell as a read does (`Row.Merger`, `Cells.reconcile`): what a deletion covers is left out,
/// the others are compared. `is_dropped` tells which versions were written before their column was dropped.
pub fn judge(
    cells: &[Cell<'_>],
    is_counter: bool,
    covering: Option<&Covering>,
    is_dropped: impl Fn(usize) -> bool,
) -> Judgement {
    let mut verdicts = Vec::with_capacity(cells.len());
    let mut winner: Option<(usize, Option<Precedence>)> = None;
    for (number, cell) in cells.iter().enumerate() {
        if is_dropped(number) {
            verdicts.push(Verdict::Dropped);
            continue;
        }
        if covering.is_some_and(|covering| covering.deletion.deletes(cell.timestamp)) {
            verdicts.push(Verdict::Covered);
            continue;
        }
        let best = winner.and_then(|(best, _)| cells.get(best).map(|cell| (best, cell)));
        let Some((best, best_cell)) = best else {
            winner = Some((number, None));
            verdicts.push(Verdict::Wins(None));
            continue;
        };
        let compare = if is_counter { reconcile_counters } else { reconcile };
        let (order, why) = compare(cell, best_cell);
        let (loser, verdict) = match (order, why) {
            (_, Precedence::CounterMerge) => (number, Verdict::Merged),
            (order, _) if order.is_gt() => (best, Verdict::Loses(number, why)),
            _ => (number, Verdict::Loses(best, why)),
        };
        verdicts.push(Verdict::Wins(Some(why)));
        if let Some(place) = verdicts.get_mut(loser) {
            *place = verdict;
        }
        winner = Some((if loser == best { number } else { best }, Some(why)));
    }
    settle(&mut verdicts, winner, cells, is_counter)
}

/// Lets every version lose to the one that won in the end, and merges counters.
fn settle(
    verdicts: &mut Vec<Verdict>,
    winner: Option<(usize, Option<Precedence>)>,
    cells: &[Cell<'_>],
    is_counter: bool,
) -> Judgement {
    let (winner, last) = winner.map_or((None, None), |(winner, why)| (Some(winner), why));
    let winner_cell = winner.and_then(|winner| cells.get(winner).map(|cell| (winner, cell)));
    let mut shards = None;
    if let Some((winner, winner_cell)) = winner_cell {
        let merges = is_counter && !winner_cell.is_tombstone() && !winner_cell.value.is_empty();
        let mut merged = CounterShards::default();
        for (number, (verdict, cell)) in verdicts.iter_mut().zip(cells).enumerate() {
            if matches!(verdict, Verdict::Covered | Verdict::Dropped) {
                continue;
            }
            if merges && !cell.is_tombstone() {
                CounterContext::decode(cell.value).into_iter().for_each(|context| merged.merge(context));
                *verdict = if last.is_some() { Verdict::Merged } else { Verdict::Wins(None) };
            } else if number == winner {
                *verdict = Verdict::Wins(last);
            } else {
                let compare = if is_counter { reconcile_counters } else { reconcile };
                *verdict = Verdict::Loses(winner, compare(winner_cell, cell).1);
            }
        }
        shards = merges.then_some(merged);
    }
    Judgement { verdicts: std::mem::take(verdicts), winner, shards }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::NO_DELETION_TIME;

    fn cell(timestamp: i64, value: &[u8]) -> Cell<'_> {
        let local_deletion_time_seconds = NO_DELETION_TIME;
        Cell { column: 0, timestamp, ttl_seconds: 0, local_deletion_time_seconds, path: None, value }
    }

    #[test]
    fn every_version_loses_to_the_winner_and_what_is_covered_takes_no_part() {
        let deletion = DeletionTime { marked_for_delete_at: 2, local_deletion_time_seconds: 9 };
        let covering = Covering { deletion, kind: DeletionKind::Row, sstable: 0 };
        let cells = [cell(3, b"a"), cell(2, b"z"), cell(4, b"b"), cell(4, b"c"), cell(9, b"d")];
        let judged = judge(&cells, false, Some(&covering), |number| number == 4);
        assert_eq!(judged.winner, Some(3));
        assert_eq!(
            judged.verdicts,
            [
                Verdict::Loses(3, Precedence::NewerTimestamp),
                Verdict::Covered,
                Verdict::Loses(3, Precedence::GreaterValue),
                Verdict::Wins(Some(Precedence::GreaterValue)),
                Verdict::Dropped,
            ]
        );
    }

    #[test]
    fn a_counter_is_merged_of_all_versions_that_no_deletion_covers() {
        let context = |clock: i64, count: i64| {
            let head = [0, 1, 0x80, 0].into_iter().chain([7; 16]);
            head.chain(clock.to_be_bytes()).chain(count.to_be_bytes()).collect::<Vec<u8>>()
        };
        let (old, new) = (context(1, 10), context(2, 30));
        let judged = judge(&[cell(1, &new), cell(5, &old)], true, None, |_| false);
        assert_eq!(judged.verdicts, [Verdict::Merged, Verdict::Merged]);
        assert_eq!(judged.shards.unwrap().total(), 30);
    }
}
