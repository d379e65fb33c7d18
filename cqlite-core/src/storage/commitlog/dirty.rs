//! Which tables have writes in a segment that are not in SSTables yet.

use std::collections::HashMap;

use super::TableId;

/// Of one segment, by table: from where to where there are writes, and of which it is known that they are flushed
/// (`CommitLogSegment.tableDirty`, `tableClean`).
#[derive(Debug, Default)]
pub(super) struct DirtyTables {
    tables: HashMap<TableId, DirtyTable>,
    /// The table that was written last, and where: most writes are to the table of the one before.
    last: Option<(TableId, u32)>,
}

#[derive(Debug)]
struct DirtyTable {
    first: u32,
    last: u32,
    /// Disjoint, in ascending order; each from behind its start up to its end.
    clean: Vec<(u32, u32)>,
}

impl DirtyTables {
    /// There is a write to `table` whose entry ends at `position`. Positions ascend.
    pub(super) fn add(&mut self, table: TableId, position: u32) {
        match &mut self.last {
            Some((last, at)) if *last == table => *at = position,
            _ => {
                self.settle();
                self.last = Some((table, position));
                self.tables.entry(table).or_insert(DirtyTable {
                    first: position,
                    last: position,
                    clean: Vec::new(),
                });
            }
        }
    }

    fn settle(&mut self) {
        if let Some((table, position)) = self.last.take()
            && let Some(dirty) = self.tables.get_mut(&table)
        {
            dirty.last = dirty.last.max(position);
        }
    }

    /// The writes to `table` behind `start` up to `end` are in SSTables.
    pub(super) fn mark_clean(&mut self, table: TableId, start: u32, end: u32) {
        self.settle();
        let Some(dirty) = self.tables.get_mut(&table) else { return };
        let (mut start, mut end) = (start, end.max(start));
        dirty.clean.retain(|(from, to)| {
            let is_apart = *to < start || *from > end;
            if !is_apart {
                start = start.min(*from);
                end = end.max(*to);
            }
            is_apart
        });
        dirty.clean.push((start, end));
        dirty.clean.sort_unstable();
    }

    /// Nobody will ask for the writes to `table` up to now any more.
    pub(super) fn forget(&mut self, table: TableId) {
        self.settle();
        let last = self.tables.get(&table).map(|dirty| dirty.last);
        last.into_iter().for_each(|last| self.mark_clean(table, 0, last));
    }

    /// Whether there is a write to `table` whose entry ends at `position` or in front of it, in SSTables or not.
    pub(super) fn has_up_to(&self, table: TableId, position: u32) -> bool {
        self.tables.get(&table).is_some_and(|dirty| dirty.first <= position)
    }

    /// Tables with writes that are not known to be in SSTables.
    pub(super) fn tables(&mut self) -> Vec<TableId> {
        self.settle();
        let dirty = self.tables.iter().filter(|(_, dirty)| !dirty.is_clean());
        let mut tables: Vec<_> = dirty.map(|(table, _)| *table).collect();
        tables.sort_unstable();
        tables
    }

    /// Whether there is none.
    pub(super) fn is_clean(&mut self) -> bool {
        self.settle();
        self.tables.values().all(DirtyTable::is_clean)
    }
}

impl DirtyTable {
    /// Intervals that touch are one.
    fn is_clean(&self) -> bool {
        self.clean.iter().any(|(start, end)| *start < self.first && self.last <= *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TableId = TableId::from_bytes([1; 16]);
    const B: TableId = TableId::from_bytes([2; 16]);

    fn written() -> DirtyTables {
        let mut dirty = DirtyTables::default();
        for (table, position) in [(A, 100), (A, 200), (B, 300), (A, 400)] {
            dirty.add(table, position);
        }
        dirty
    }

    #[test]
    fn a_table_is_clean_when_flushes_cover_all_of_its_writes_without_a_gap() {
        let mut dirty = written();
        dirty.mark_clean(A, 0, 200);
        assert_eq!(dirty.tables(), [A, B]);
        dirty.mark_clean(A, 300, 400);
        assert_eq!(dirty.tables(), [A, B], "nothing tells of the writes between 200 and 300");
        dirty.mark_clean(A, 200, 300);
        assert_eq!(dirty.tables(), [B]);
        dirty.mark_clean(B, 299, 300);
        assert!(dirty.is_clean());
    }

    #[test]
    fn an_interval_starts_behind_its_start() {
        let mut dirty = written();
        dirty.mark_clean(B, 300, 400);
        assert_eq!(dirty.tables(), [A, B]);
    }

    #[test]
    fn a_write_after_a_flush_makes_a_table_dirty_again() {
        let mut dirty = written();
        dirty.mark_clean(B, 0, 400);
        assert_eq!(dirty.tables(), [A]);
        dirty.add(B, 500);
        assert_eq!(dirty.tables(), [A, B]);
    }

    #[test]
    fn a_forgotten_table_keeps_no_segment() {
        let mut dirty = written();
        dirty.forget(A);
        assert_eq!(dirty.tables(), [B]);
        assert!(dirty.has_up_to(A, 100) && !dirty.has_up_to(A, 99), "it is known where its writes are");
        dirty.add(A, 500);
        assert_eq!(dirty.tables(), [A, B], "a table of the same id is written to");
    }
}
