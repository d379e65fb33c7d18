//! What outputs keep, and how a compaction is stopped, paused and watched.

use std::thread;

use cqlite_sstable::Component;
use cqlite_sstable::ErrorKind;
use cqlite_sstable::component::statistics::{CommitLogPosition, IntervalSet, Statistics};

use super::*;
use crate::storage::compaction::executor::{LiveSstable, Surroundings as _};

/// Writes another host and another interval of its commit log into an SSTable's Statistics.db.
fn tell(table: &TestTable, at: usize, host: u8, [start, end]: [i32; 2]) {
    let live = Arc::clone(&table.live()[at]);
    let path = live.descriptor().file(Component::Statistics);
    let mut statistics: Statistics = live.sstable().statistics().clone();
    let position = |position| CommitLogPosition { segment_id: 5, position };
    statistics.stats.originating_host_id = Some([host; 16]);
    statistics.stats.commit_log_intervals = IntervalSet::of(position(start), position(end));
    table.files.remove_file(&path).unwrap();
    let bytes = statistics.write(live.descriptor().version()).unwrap();
    table.files.create(&path).unwrap().write_at(&bytes, 0).unwrap();
    table.reopen(at);
}

#[test]
fn outputs_have_what_the_inputs_have_of_the_own_commit_log_and_of_no_other() {
    let table = table();
    for timestamp in 1..=4 {
        table.write(&[Written::put(1, timestamp, i64::from(timestamp))]);
    }
    tell(&table, 0, 7, [10, 20]);
    tell(&table, 1, 7, [20, 30]);
    tell(&table, 2, 9, [40, 50]);
    tell(&table, 3, 7, [60, 70]);
    compact(&table, all(&table));
    let live: Arc<[Arc<LiveSstable>]> = table.live();
    let stats = &live[0].sstable().statistics().stats;
    let intervals: Vec<[i32; 2]> = stats
        .commit_log_intervals
        .intervals()
        .iter()
        .map(|interval| [interval.start.position, interval.end.position])
        .collect();
    assert_eq!((stats.originating_host_id, intervals), (Some([7; 16]), vec![[10, 30], [60, 70]]));
}

#[test]
fn a_cancelled_compaction_leaves_the_inputs_and_nothing_else() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    table.write(&[Written::put(1, 1, 20)]);
    let control = control();
    control.cancel();
    let failed = table.task(all(&table)).run(&control).unwrap_err();
    assert!(failed.is_cancelled && failed.suspects.is_empty(), "{failed:?}");
    assert_eq!(stems(&*table.files), ["nb-1", "nb-2"]);
    assert_eq!(table.visible(), table.expected());
}

#[test]
fn discarded_outputs_are_gone_and_so_are_dropped_ones() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    table.write(&[Written::put(1, 1, 20)]);
    table.task(all(&table)).run(&control()).unwrap().discard().unwrap();
    assert_eq!(stems(&*table.files), ["nb-1", "nb-2"]);
    drop(table.task(all(&table)).run(&control()).unwrap());
    assert_eq!(stems(&*table.files), ["nb-1", "nb-2"]);
}

#[test]
fn a_paused_compaction_waits_and_tells_so_and_goes_on_where_it_was() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    let control = control();
    control.set_paused(true);
    assert!(control.progress().is_paused);
    thread::scope(|scope| {
        let running = scope.spawn(|| table.task(all(&table)).run(&control).unwrap());
        while control.progress().total_bytes == 0 {
            thread::yield_now();
        }
        assert!(!running.is_finished() && control.progress().written_bytes == 0);
        control.set_paused(false);
        let outputs = running.join().unwrap();
        let progress = control.progress();
        assert_eq!(progress.done_bytes, progress.total_bytes);
        assert!(progress.written_bytes > 0);
        drop(outputs);
    });
}

#[test]
fn a_damaged_input_is_named_and_nothing_is_left() {
    let table = table();
    table.write(&[Written::put(1, 1, 10)]);
    let damaged = table.write(&[Written::put(2, 1, 20)]);
    let path = damaged.descriptor().file(Component::Data);
    let file = table.files.open_writable(&path).unwrap();
    let length = file.length_bytes().unwrap();
    file.write_at(&[0xFF], length / 2).unwrap();
    let failed = table.task(all(&table)).run(&control()).unwrap_err();
    assert_eq!((failed.error.kind(), failed.suspects), (ErrorKind::Corrupt, vec![damaged.id().clone()]));
    assert_eq!(stems(&*table.files), ["nb-1", "nb-2"]);
}
