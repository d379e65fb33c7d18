//! What a transaction log says about the SSTables in its directories.

use super::record::{Record, RecordKind};

/// The files of a record's SSTable as they are now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::find) struct FilesNow {
    /// Whether its directory is one of those that are looked at.
    pub(in crate::find) is_known: bool,
    /// How many were listed, temporary ones among them.
    pub(in crate::find) listed: usize,
    /// How many are there, without temporary ones.
    pub(in crate::find) there: usize,
    /// Whether Data.db is among them.
    pub(in crate::find) has_data: bool,
    /// When the latest was changed, in milliseconds since 1970, but for Statistics.db; 0 if there is none.
    pub(in crate::find) modified_millis: i64,
    /// The same with Statistics.db: logs of older releases say that.
    pub(in crate::find) modified_with_statistics_millis: i64,
}

/// Which SSTables of a transaction are not part of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::find) enum Verdict {
    /// It is committed: the old ones are not.
    HideRemoved,
    /// It is not: the new ones are not.
    HideAdded,
    /// Nobody can tell; Cassandra's tools stop here, and a node does not start.
    Undecided(String),
}

/// Judges as `LogFile.verify` and `LogAwareFileLister.classifyFiles` do together; `now` tells the files of a
/// record.
pub(super) fn judge(records: &[Record], now: impl Fn(&Record) -> FilesNow) -> Verdict {
    let Some(last) = records.last() else { return Verdict::HideAdded };
    let is_sound =
        |record: &Record| record.is_valid() && (!is_removal(record) || is_unchanged(record, &now(record)));
    let is_broken = |record: &Record| !is_sound(record) || record.is_partial;
    if let Some(index) = records.iter().position(is_broken) {
        if index.checked_add(1) != Some(records.len()) {
            return Verdict::Undecided(why_broken(records.get(index), index));
        }
        // The last record was being written. All old files must be there still.
        let before = records.iter().take(index);
        if let Some(record) =
            before.filter(|record| is_removal(record)).find(|one| lacks_files(one, now(one).there, &now))
        {
            return Verdict::Undecided(format!(
                "its last line is broken, and files of {}* are missing",
                record.file_prefix()
            ));
        }
    }
    if last.kind == Some(RecordKind::Commit) && last.is_valid() {
        return Verdict::HideRemoved;
    }
    if last.kind.is_some_and(RecordKind::is_final) {
        return Verdict::HideAdded;
    }
    let mut removals = records.iter().filter(|record| is_removal(record) && is_sound(record));
    match removals.find(|record| lacks_files(record, now(record).listed, &now)) {
        Some(record) => Verdict::Undecided(format!(
            "it is not committed, but files of {}* that it was to replace are missing",
            record.file_prefix()
        )),
        None => Verdict::HideAdded,
    }
}

fn is_removal(record: &Record) -> bool {
    record.kind == Some(RecordKind::Remove)
}

fn lacks_files(record: &Record, there: usize, now: &impl Fn(&Record) -> FilesNow) -> bool {
    let wanted = usize::try_from(record.file_count).unwrap_or_default();
    now(record).is_known && there < wanted
}

/// Whether the files still there are those that were to be removed: somebody may have put others in their
/// place. Seconds are compared, as some releases of Java tell no more.
///
/// A node deletes Data.db first and the others in no order of time. What is left then may be older than the
/// record says; without Data.db it holds no row that could be lost. Cassandra itself gives up if it was
/// killed there.
fn is_unchanged(record: &Record, now: &FilesNow) -> bool {
    let second = |millis: i64| millis.div_euclid(1000);
    !now.has_data
        || now.modified_millis <= 0
        || second(record.modified_millis) == second(now.modified_millis)
        || second(record.modified_millis) == second(now.modified_with_statistics_millis)
}

fn why_broken(record: Option<&Record>, index: usize) -> String {
    let line = index.saturating_add(1);
    match record {
        Some(record) if record.is_valid() && !record.is_partial => format!(
            "files of {}* were changed after line {line} was written: somebody restored them",
            record.file_prefix()
        ),
        Some(record) if record.kind.is_some() && !record.is_partial => {
            format!("line {line} fails its checksum")
        }
        _ => format!("line {line} is broken"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::*;

    const ALL: FilesNow = FilesNow {
        is_known: true,
        listed: 8,
        there: 8,
        has_data: true,
        modified_millis: 5_000,
        modified_with_statistics_millis: 7_000,
    };

    fn record(kind: Option<RecordKind>, id: u32) -> Record {
        let is_file = matches!(kind, Some(RecordKind::Add | RecordKind::Remove));
        Record {
            kind,
            prefix: if is_file { format!("/d/nb-{id}-big-") } else { String::new() },
            modified_millis: if kind == Some(RecordKind::Remove) { 5_123 } else { 0 },
            file_count: if is_file { 8 } else { 0 },
            is_sound: kind.is_some(),
            is_partial: false,
        }
    }

    fn log(last: Option<RecordKind>) -> Vec<Record> {
        vec![record(Some(RecordKind::Add), 3), record(Some(RecordKind::Remove), 1), record(last, 0)]
    }

    fn undecided(records: &[Record], now: FilesNow) -> String {
        match judge(records, |_| now) {
            Verdict::Undecided(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_commit_hides_what_was_replaced_and_anything_else_what_is_new() {
        assert_eq!(judge(&log(Some(RecordKind::Commit)), |_| ALL), Verdict::HideRemoved);
        assert_eq!(judge(&log(Some(RecordKind::Abort)), |_| ALL), Verdict::HideAdded);
        assert_eq!(judge(&log(None), |_| ALL), Verdict::HideAdded, "a broken last line");
        assert_eq!(judge(&log(None)[..2], |_| ALL), Verdict::HideAdded, "unfinished");
        assert_eq!(judge(&[], |_| ALL), Verdict::HideAdded);
    }

    #[test]
    fn a_commit_that_one_replica_has_in_part_counts_while_all_old_files_are_there() {
        let mut records = log(Some(RecordKind::Commit));
        records[2].is_partial = true;
        assert_eq!(judge(&records, |_| ALL), Verdict::HideRemoved);
        assert!(undecided(&records, FilesNow { there: 7, ..ALL }).contains("nb-1-big-* are missing"));
    }

    #[test]
    fn old_files_that_are_missing_are_fine_only_behind_a_commit_or_an_abort() {
        let gone = FilesNow { is_known: true, ..FilesNow::default() };
        assert_eq!(judge(&log(Some(RecordKind::Commit)), |_| gone), Verdict::HideRemoved);
        assert_eq!(judge(&log(Some(RecordKind::Abort)), |_| gone), Verdict::HideAdded);
        assert!(undecided(&log(None), gone).contains("last line is broken"));
        assert!(undecided(&log(None)[..2], gone).contains("not committed"));
        let elsewhere = FilesNow::default();
        assert_eq!(judge(&log(None)[..2], |_| elsewhere), Verdict::HideAdded);
    }

    #[test]
    fn files_that_were_changed_after_the_record_leave_it_undecided() {
        let changed = FilesNow { modified_millis: 9_000, modified_with_statistics_millis: 9_000, ..ALL };
        assert!(undecided(&log(Some(RecordKind::Commit)), changed).contains("somebody restored them"));
        let deleted = FilesNow { has_data: false, there: 3, ..changed };
        assert_eq!(judge(&log(Some(RecordKind::Commit)), |_| deleted), Verdict::HideRemoved);
        let statistics = FilesNow { modified_millis: 4_000, modified_with_statistics_millis: 5_999, ..ALL };
        assert_eq!(judge(&log(Some(RecordKind::Commit)), |_| statistics), Verdict::HideRemoved);
    }

    #[test]
    fn a_broken_line_before_the_last_leaves_it_undecided() {
        let mut records = log(Some(RecordKind::Commit));
        records[1].is_sound = false;
        assert!(undecided(&records, ALL).contains("line 2 fails its checksum"));
        records[0].kind = None;
        assert!(undecided(&records, ALL).contains("line 1 is broken"));
    }
}
