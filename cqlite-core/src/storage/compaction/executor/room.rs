//! Choices that the disk has room for.

use cqlite_sstable::{Error, ErrorKind, Result, SstableId};

use super::super::{Choice, Cut, SstableSummary};

/// What a byte of input may become at most, besides the files that are not Data.db: their lengths are known.
fn wanted_bytes(choice: &Choice, live: &[SstableSummary]) -> u64 {
    if choice.cut == Cut::LevelAlone {
        return 0;
    }
    let is_read =
        |one: &&SstableSummary| choice.inputs.contains(&one.id) && !choice.expired.contains(&one.id);
    live.iter().filter(is_read).fold(0, |sum, one| sum.saturating_add(one.disk_bytes))
}

/// Leaves out the largest inputs of a choice until what becomes of the others fits into `free_bytes`, and tells which
/// they are and how many bytes the rest may take (`CompactionTask.buildCompactionCandidatesForAvailableDiskSpace`). It is
/// assumed that nothing shrinks. Without a figure for what is free, everything fits.
///
/// # Errors
/// [`ErrorKind::Output`] if there is no room for any smaller choice.
pub fn fit_into_room(
    choice: &mut Choice,
    live: &[SstableSummary],
    free_bytes: Option<u64>,
) -> Result<(Vec<SstableId>, u64)> {
    let mut left_out = Vec::new();
    loop {
        let wanted = wanted_bytes(choice, live);
        let Some(free) = free_bytes.filter(|free| wanted > *free) else { return Ok((left_out, wanted)) };
        match choice.without_largest(live) {
            Some(largest) => left_out.push(largest),
            None => {
                return Err(Error::new(
                    ErrorKind::Output,
                    format!(
                        "the compaction of {} SSTables may need {wanted} bytes, but {free} are free",
                        choice.inputs.len()
                    ),
                )
                .advise("make room on the disk: it is tried again later"));
            }
        }
    }
}
