//! What goes since other SSTables delete it.

use super::*;
use crate::storage::compaction::executor::Surroundings as _;

/// Compacts the first SSTable alone, and tells how many rows and cells it has then; none if nothing is left of it.
fn collected(changes: &[&[Written]], garbage: OverlappingTombstones) -> Option<(i64, i64)> {
    let table = TestTable::new(Arc::new(memory()));
    let settings = crate::storage::compaction::executor::CompactedTable {
        gc_grace_seconds: 1_000_000,
        ..(*table.table).clone()
    };
    let table = Arc::new(table.with_table(settings));
    changes.iter().for_each(|changes| drop(table.write(changes)));
    let first = Choice { inputs: vec![table.ids()[0].clone()], ..all(&table) };
    let expected = table.expected();
    let outputs = compact_with(&table, first, garbage);
    assert_eq!((table.visible(), table.expected()), (expected.clone(), expected));
    let live = table.live();
    let output = live.iter().find(|live| outputs.contains(&live.id().to_string()))?;
    let stats = &output.sstable().statistics().stats;
    Some((stats.total_rows, stats.total_columns_set))
}

const ALL: [OverlappingTombstones; 3] =
    [OverlappingTombstones::None, OverlappingTombstones::Row, OverlappingTombstones::Cell];

#[test]
fn rows_go_that_others_delete_by_partition_range_or_row_and_newer_ones_stay() {
    let deleted = [1, 2, 3].map(|clustering| Written::put(1, clustering, 10));
    let newer = Written::put(1, 2, 30);
    let other = Written::put(5, 1, 11);
    for (change, left) in
        [(Change::DeletePartition, 2), (Change::DeleteRange { to: 2 }, 3), (Change::DeleteRow, 4)]
    {
        let mut first = deleted.to_vec();
        first.extend([newer.with(Change::Put { value: 3, ttl_seconds: None, inserts: true }), other]);
        let second = [Written::put(1, 1, 20).with(change), Written::put(9, 9, 21)];
        // The newer write of the second row takes the place of the older one.
        let left = if change == Change::DeleteRow { left - 1 } else { left };
        let counts = ALL.map(|garbage| collected(&[&first, &second], garbage).unwrap().0);
        assert_eq!(counts, [4, left, left], "{change:?}");
    }
}

#[test]
fn what_others_overwrite_or_delete_cell_by_cell_goes_only_if_cells_are_asked_for() {
    let update = |timestamp| {
        let change = Change::Put { value: timestamp as u32, ttl_seconds: None, inserts: false };
        Written::put(1, 1, timestamp).with(change)
    };
    for second in [update(20), Written::put(1, 1, 20).with(Change::DeleteValue)] {
        let changes: [&[Written]; 2] = [&[update(10), Written::put(2, 1, 11)], &[second]];
        let counts = ALL.map(|garbage| collected(&changes, garbage).unwrap());
        assert_eq!(counts, [(2, 2), (2, 2), (1, 1)], "{second:?}");
    }
    // The same in both, or something newer, stays.
    for second in [update(10), update(5)] {
        let changes: [&[Written]; 2] = [&[update(10)], &[second, Written::put(3, 1, 50)]];
        assert_eq!(collected(&changes, OverlappingTombstones::Cell), Some((1, 1)), "{second:?}");
    }
}

#[test]
fn tombstones_of_others_are_not_copied_and_nothing_left_is_no_sstable() {
    let changes: [&[Written]; 2] = [
        &[Written::put(1, 1, 10), Written::put(1, 2, 11).with(Change::DeleteRow)],
        &[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(3, 1, 50)],
    ];
    let counts = ALL.map(|garbage| collected(&changes, garbage));
    assert_eq!(counts, [Some((2, 1)), None, None]);
}
