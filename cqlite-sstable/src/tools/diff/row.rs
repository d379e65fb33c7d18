//! Comparing one partition of two tables.

use super::sides::{Side, Sides};
use super::{DiffOptions, DiffSide, DiffSummary, Difference};
use crate::error::Result;
use crate::merge::{SharedColumn, SideBySide};
use crate::reader::{Row, RowItem, Unfiltered};
use crate::row::{Cell, ClusteringKind, DeletionTime, Liveness};
use crate::schema::ColumnKind;
use crate::tools::text::{
    cell_text, clustering_text, hex_text, key_text, micros_text, path_of, seconds_text,
};
use crate::tools::trace::{Covering, DeletionKind, Judgement, judge};
use crate::types::{CounterShards, CqlType};

type Tell<'t> = &'t mut dyn FnMut(&Difference) -> Result<()>;

/// What of one row each side says, its cells left out.
#[derive(Debug, Clone, Copy)]
struct SideRow {
    /// What covers the cells of the row.
    covering: DeletionTime,
    /// The row's own deletion, if it covers anything more than the others do.
    deletion: DeletionTime,
    liveness: Option<Liveness>,
    /// The deletion of the current collection.
    complex: DeletionTime,
}

/// Compares the two sides of a partition.
pub(super) struct Differ<'a> {
    sides: Sides<&'a DiffSide<'a>>,
    options: &'a DiffOptions,
    rows: SideBySide<'a>,
    /// The range deletion that is open in each cursor.
    open: Vec<DeletionTime>,
    partition: Sides<DeletionTime>,
    /// What both sides' range deletions were, when they were told to differ.
    told_ranges: Sides<DeletionTime>,
    key: String,
    /// Differences of a row or a partition that only one side has are told as one.
    found: Vec<Difference>,
}

impl<'a> Differ<'a> {
    pub(super) fn new(
        a: &'a DiffSide<'a>,
        b: &'a DiffSide<'a>,
        options: &'a DiffOptions,
        rows: SideBySide<'a>,
    ) -> Self {
        let open = vec![DeletionTime::LIVE; rows.len()];
        let live = Sides::each(|_| DeletionTime::LIVE);
        let (sides, key, found) = (Sides { a, b }, String::new(), Vec::new());
        Self { sides, options, rows, open, partition: live, told_ranges: live, key, found }
    }

    fn side(&self, cursor: usize) -> Side {
        if self.rows.sstable(cursor) < self.sides.a.sstables.len() { Side::A } else { Side::B }
    }

    /// Which of the sides `cursors` belong to.
    fn has(&self, cursors: &[usize]) -> Sides<bool> {
        Sides::each(|side| cursors.iter().any(|one| self.side(*one) == side))
    }

    /// The greatest of what the cursors of each side say.
    fn greatest(&self, of: impl Fn(usize) -> DeletionTime, cursors: &[usize]) -> Sides<DeletionTime> {
        let mut greatest = Sides::each(|_| DeletionTime::LIVE);
        for one in cursors {
            let side = greatest.get_mut(self.side(*one));
            *side = later(*side, of(*one));
        }
        greatest
    }

    /// Compares all of the partition. False if enough differences were told.
    pub(super) fn partition(&mut self, summary: &mut DiffSummary, tell: Tell<'_>) -> Result<bool> {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let Some(first) = all.first() else { return Ok(true) };
        let key_type = self.sides.a.table.schema.key_type();
        self.key = key_text(&key_type, self.rows.cursor(*first).partition().key);
        self.partition = self.greatest(|one| self.rows.cursor(one).partition().deletion, &all);
        let has = self.has(&all);
        self.deletions("deletion of the partition", None, self.partition);
        self.row(&all)?;
        loop {
            let is_lone = !(has.a && has.b);
            if is_lone && !self.found.is_empty() {
                let Sides { a, b } = has.map(there);
                let partition = self.key.clone();
                let only = Difference { partition, what: "the partition", a, b, ..Difference::default() };
                self.found = vec![only];
            }
            for difference in self.found.drain(..) {
                if summary.differences >= self.options.max {
                    summary.is_cut = true;
                    return Ok(false);
                }
                tell(&difference)?;
                summary.differences = summary.differences.saturating_add(1);
                if is_lone {
                    return Ok(true);
                }
            }
            if !self.rows.advance()? {
                return Ok(true);
            }
            let group = self.rows.at_place().to_vec();
            self.place(&group)?;
        }
    }

    fn place(&mut self, group: &[usize]) -> Result<()> {
        let Some(first) = group.first() else { return Ok(()) };
        if self.rows.cursor(*first).unfiltered().place().0 == ClusteringKind::Clustering {
            return self.row(group);
        }
        for one in group {
            if let (Unfiltered::Marker(marker), Some(open)) =
                (self.rows.cursor(*one).unfiltered(), self.open.get_mut(*one))
            {
                *open = marker.open_behind();
            }
        }
        let ranges = self.ranges();
        if ranges != self.told_ranges {
            self.told_ranges = ranges;
            let (kind, values) = self.rows.cursor(*first).unfiltered().place();
            let values = clustering_text(&self.sides.a.table.schema, values);
            self.deletions("deletion of a range", Some(format!("from {} {values}", kind.name())), ranges);
        }
        Ok(())
    }

    /// The range deletion of each side that is open here, if it covers more than the partition's does.
    fn ranges(&self) -> Sides<DeletionTime> {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let open = self.greatest(|one| self.open.get(one).copied().unwrap_or(DeletionTime::LIVE), &all);
        Sides::each(|side| beyond(*open.get(side), *self.partition.get(side)))
    }

    fn deletions(&mut self, what: &'static str, place: Option<String>, Sides { a, b }: Sides<DeletionTime>) {
        if a != b && !self.options.ignore_timestamps {
            let partition = self.key.clone();
            let (a, b) = (deletion_text(a), deletion_text(b));
            self.found.push(Difference { partition, place, column: None, what, a, b });
        }
    }

    fn is_static(&self) -> bool {
        self.rows.is_static()
    }

    /// Compares the row that the cursors of `group` stand on. If only one side has it, that is one difference.
    fn row(&mut self, group: &[usize]) -> Result<()> {
        let before = self.found.len();
        let is_static = self.is_static();
        let place = self.row_place(group);
        let mut sides = Sides::each(|side| self.side_row(group, side));
        let has = self.has(group);
        if !is_static {
            self.deletions("deletion of the row", Some(place.clone()), sides.map(|side| side.deletion));
            self.livenesses(&place, sides.map(|side| side.liveness));
        }
        let mut column = None;
        while self.rows.advance_item()? {
            let (at, shared) = self.rows.column();
            if column != Some(at) {
                column = Some(at);
                sides = sides.map(|side| SideRow { complex: side.covering, ..side });
            }
            if let Some(shared) = shared
                && let Some(difference) = self.item(shared, &mut sides)
            {
                self.found.push(Difference { place: Some(place.clone()), ..difference });
            }
            if self.found.len() > before && !(has.a && has.b) {
                break;
            }
        }
        if self.found.len() > before && !(has.a && has.b) && !is_static {
            let (partition, Sides { a, b }) = (self.key.clone(), has.map(there));
            self.found.truncate(before);
            self.found.push(Difference {
                partition,
                place: Some(place),
                column: None,
                what: "the row",
                a,
                b,
            });
        }
        Ok(())
    }

    fn row_place(&self, group: &[usize]) -> String {
        let row = group.first().and_then(|one| self.rows.cursor(*one).current_row());
        match row {
            Some(row) if !self.is_static() => {
                format!("row {}", clustering_text(&self.sides.a.table.schema, row.clustering))
            }
            _ => "static row".to_owned(),
        }
    }

    fn side_row(&self, group: &[usize], side: Side) -> SideRow {
        let of_side = group.iter().filter(|one| self.side(**one) == side);
        let rows: Vec<Row<'_>> = of_side.filter_map(|one| self.rows.cursor(*one).current_row()).collect();
        let partition = *self.partition.get(side);
        let outer = if self.is_static() { partition } else { later(partition, *self.ranges().get(side)) };
        let newest = rows.iter().filter_map(|row| row.liveness);
        let newest = newest.reduce(|best, one| if one.precedence(&best).is_gt() { one } else { best });
        let deletion = rows.iter().fold(DeletionTime::LIVE, |latest, row| {
            let shadowable = row.shadowable_deletion;
            let is_shadowed = newest.is_some_and(|newest| newest.timestamp > shadowable.marked_for_delete_at);
            let own = if is_shadowed { row.deletion } else { later(row.deletion, shadowable) };
            later(latest, own)
        });
        let covering = later(outer, deletion);
        let is_kept = |one: &Liveness| covering.is_live() || !covering.deletes(one.timestamp);
        SideRow {
            covering,
            deletion: beyond(deletion, outer),
            liveness: newest.filter(is_kept),
            complex: covering,
        }
    }

    fn livenesses(&mut self, place: &str, Sides { a, b }: Sides<Option<Liveness>>) {
        let now = self.options.now_seconds;
        let is_live = |liveness: Option<Liveness>| liveness.is_some_and(|one| one.is_live(now));
        let is_same = if self.options.ignore_timestamps { is_live(a) == is_live(b) } else { a == b };
        if !is_same {
            let text = |liveness: Option<Liveness>| {
                liveness
                    .map(|one| times_text("inserted", one.timestamp, one.ttl_seconds, one.expires_at_seconds))
            };
            self.found.push(Difference {
                partition: self.key.clone(),
                place: Some(place.to_owned()),
                column: None,
                what: "the insertion of the row",
                a: text(a),
                b: text(b),
            });
        }
    }

    /// Compares what both sides have of the current cell or deletion of a collection.
    fn item(&self, shared: &SharedColumn, sides: &mut Sides<SideRow>) -> Option<Difference> {
        let mut deletions = Sides::each(|_| DeletionTime::LIVE);
        let mut cells: Sides<Vec<(usize, Cell<'_>)>> = Sides::default();
        for one in self.rows.at_item() {
            let (side, sstable) = (self.side(*one), self.rows.sstable(*one));
            match self.rows.cursor(*one).item() {
                RowItem::Cell(cell) => cells.get_mut(side).push((sstable, cell)),
                RowItem::ComplexDeletion { deletion, .. } => {
                    let latest = deletions.get_mut(side);
                    *latest = later(*latest, deletion);
                }
            }
        }
        let partition = self.key.clone();
        let name = shared.column.name.clone();
        if cells.a.is_empty() && cells.b.is_empty() {
            let Sides { a, b } = Sides::each(|of| {
                let side = sides.get_mut(of);
                let own = beyond(*deletions.get(of), side.covering);
                side.complex = later(side.covering, own);
                own
            });
            let differs = a != b && !self.options.ignore_timestamps;
            let (a, b) = (deletion_text(a), deletion_text(b));
            let what = "deletion of the collection";
            return differs.then_some(Difference { partition, column: Some(name), what, a, b, place: None });
        }
        let first = cells.a.first().or(cells.b.first());
        let (path_text, value_type) = path_of(&shared.column, first.and_then(|(_, cell)| cell.path));
        let is_counter = shared.column.column_type == CqlType::Counter;
        let Sides { a, b } = Sides::each(|side| {
            let cells = cells.get(side);
            let judged = self.judge(side, cells, is_counter, sides.get(side).complex);
            self.said(&judged, cells, &value_type)
        });
        let column = Some(path_text.map_or(name.clone(), |path| format!("{name}[{path}]")));
        (a != b).then_some(Difference { partition, column, what: "value", a, b, place: None })
    }

    fn judge(
        &self,
        side: Side,
        versions: &[(usize, Cell<'_>)],
        is_counter: bool,
        covering: DeletionTime,
    ) -> Judgement {
        let cells: Vec<Cell<'_>> = versions.iter().map(|(_, cell)| *cell).collect();
        let covering = Covering { deletion: covering, kind: DeletionKind::Row, sstable: 0 };
        let kind = if self.is_static() { ColumnKind::Static } else { ColumnKind::Regular };
        let first = if side == Side::A { 0 } else { self.sides.a.sstables.len() };
        let covers = !covering.deletion.is_live();
        judge(&cells, is_counter, covers.then_some(&covering), |number| {
            let Some((sstable, cell)) = versions.get(number) else { return false };
            let map = self.sides.get(side).table.maps.get(sstable.saturating_sub(first));
            let mapped = map.and_then(|map| map.get(kind, cell.column));
            mapped.is_some_and(|mapped| !mapped.is_visible_at(cell.timestamp))
        })
    }

    /// All that a side says of a cell, as text: the same text if and only if it is the same.
    fn said(&self, judged: &Judgement, cells: &[(usize, Cell<'_>)], value_type: &CqlType) -> Option<String> {
        let winner = judged.winner.and_then(|winner| cells.get(winner)).map(|(_, cell)| cell)?;
        let is_live = winner.is_live(self.options.now_seconds);
        if self.options.ignore_timestamps && !is_live {
            return None;
        }
        let value = match &judged.shards {
            Some(shards) => shards.total().to_string(),
            None => cell_text(value_type, winner).unwrap_or_else(|| "tombstone".to_owned()),
        };
        if self.options.ignore_timestamps {
            return Some(value);
        }
        let latest = cells.iter().map(|(_, cell)| cell.timestamp).max().filter(|_| judged.shards.is_some());
        let timestamp = latest.unwrap_or(winner.timestamp);
        let (ttl, local) = (winner.ttl_seconds, winner.local_deletion_time_seconds);
        let mut text = times_text(&value, timestamp, ttl, local);
        for shard in judged.shards.iter().flat_map(CounterShards::as_slice) {
            let id = hex_text(&shard.id);
            text.push_str(&format!(", shard {id} {:?} {} {}", shard.kind, shard.clock, shard.count));
        }
        Some(text)
    }
}

/// What is said of a side that has something the other one lacks.
fn there(has: bool) -> Option<String> {
    has.then(|| "is there".to_owned())
}

/// The later of two deletions, of which each may be none.
fn later(a: DeletionTime, b: DeletionTime) -> DeletionTime {
    match (a.is_live(), b.is_live()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.max(b),
    }
}

/// `inner`, if it covers anything that `outer` does not.
fn beyond(inner: DeletionTime, outer: DeletionTime) -> DeletionTime {
    if later(inner, outer) == outer { DeletionTime::LIVE } else { inner }
}

fn deletion_text(deletion: DeletionTime) -> Option<String> {
    let (until, at) = (deletion.marked_for_delete_at, deletion.local_deletion_time_seconds);
    (!deletion.is_live())
        .then(|| format!("all until {} (deleted at {})", micros_text(until), seconds_text(at)))
}

fn times_text(what: &str, timestamp: i64, ttl_seconds: i32, local_seconds: i64) -> String {
    let written = micros_text(timestamp);
    if ttl_seconds != 0 {
        format!("{what} (written {written}, TTL {ttl_seconds}, expires at {})", seconds_text(local_seconds))
    } else if local_seconds != crate::row::NO_DELETION_TIME {
        format!("{what} (written {written}, deleted at {})", seconds_text(local_seconds))
    } else {
        format!("{what} (written {written})")
    }
}
