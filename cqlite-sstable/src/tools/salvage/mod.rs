//! What can still be read of a damaged SSTable, row by row, and a list of what cannot.
//!
//! Cassandra's `sstablescrub` gives up a partition at its first damaged byte. Here a damaged chunk costs what lies in
//! it: reading goes on behind the row, at the next block of the promoted index or the row trie, or at the next
//! partition that the index knows, or that a search proves where there is none. Nothing is guessed: a row
//! counts as recovered only if every byte of it is covered by a checksum that matches, or if there are no
//! checksums at all. `docs/salvage.md` tells the rest.

mod blocks;
mod known;
mod line_pipe;
mod options;
mod partition;
mod pass;
mod report;
mod row;
mod salvaged_inputs;
mod search;
mod setting;
mod sink;
mod sorting;
mod sstables;
mod streams;
mod survey;

pub use options::SalvageOptions;
pub use report::{Counts, Loss, LossKind, SalvageReport};
pub use salvaged_inputs::{SalvagedInputs, is_damaged};
pub use sink::{SalvageSink, Stream};
pub use sstables::{SalvageJob, SalvagedSstables};

use self::pass::{Pass, Role};
use self::setting::Setting;
use self::streams::Streams;
use self::survey::{Survey, Whole};
use crate::error::Result;
use crate::reader::Sstable;

/// Reads all rows of `sstable` that can be read, and tells what cannot. Memory does not grow with the data; 16 bytes
/// are kept for each gap.
///
/// # Errors
/// If the sink fails, if the partitioner is not known, or if there is damage in a table of counters and
/// [`SalvageOptions::skips_in_counters`] is not set. Damage is otherwise no error.
///
/// # Example
/// ```
/// use cqlite_sstable::reader::Sstable;
/// use cqlite_sstable::tools::salvage::{Loss, SalvageOptions, SalvageSink, Stream, salvage};
///
/// struct Rows(Vec<u8>);
/// impl SalvageSink for Rows {
///     fn write(&mut self, stream: Stream, text: &[u8]) -> std::io::Result<()> {
///         if stream == Stream::Recovered {
///             self.0.extend_from_slice(text);
///         }
///         Ok(())
///     }
///     fn lost(&mut self, _loss: &Loss) -> std::io::Result<()> {
///         Ok(())
///     }
/// }
///
/// fn rows(path: &str) -> cqlite_sstable::Result<Vec<u8>> {
///     let mut rows = Rows(Vec::new());
///     let report = salvage(&Sstable::open(path)?, &SalvageOptions::default(), &mut rows)?;
///     assert!(report.is_complete() || report.gaps > 0 || report.suspect.rows > 0);
///     Ok(rows.0)
/// }
/// ```
pub fn salvage(
    sstable: &Sstable,
    options: &SalvageOptions,
    sink: &mut dyn SalvageSink,
) -> Result<SalvageReport> {
    let survey = survey::survey(sstable, sink)?;
    let mut report = SalvageReport::default();
    report.notes.extend(sstable.warnings().iter().map(ToString::to_string));
    report.notes.extend_from_slice(&survey.notes);
    let is_unproven = survey.unchecked && survey.whole != Whole::Sound;
    let setting = Setting::new(sstable, options, is_unproven)?;
    let stream = stream_of(&survey, &mut report);
    let table = options.table.as_ref().map(|(keyspace, name)| (keyspace.as_str(), name.as_str()));
    let mut streams = Streams::new(sstable, table, sink);
    let cursor = if survey.unchecked { sstable.unchecked_cursor()? } else { sstable.key_cursor()? };
    let pass = Pass::new(&setting, cursor, Role::Sound(stream), &survey.bad, (&mut streams, &mut report))?;
    let gaps = pass.run()?;
    if !survey.bad.is_empty() && sstable.compression().is_none() {
        // Where partitions have many rows, the blocks of their indexes lead to what stands in other places.
        let has_strays = sstable.header().clustering_types.is_empty();
        let strays = has_strays.then_some(Role::Strays(&gaps));
        for role in [Role::Suspects(&gaps)].into_iter().chain(strays) {
            let mut cursor = sstable.unchecked_cursor()?;
            cursor.take_any_idle_bits();
            Pass::new(&setting, cursor, role, &[], (&mut streams, &mut report))?.run()?;
        }
    }
    streams.finish(&mut report)?;
    Ok(report)
}

/// Where rows go that are not in a damaged stretch.
fn stream_of(survey: &Survey, report: &mut SalvageReport) -> Stream {
    let differs = survey.whole == Whole::Differs;
    match (differs && survey.bad.is_empty(), survey.unchecked) {
        (true, true) => {
            report.notes.push(
                "Digest.crc32 does not match Data.db, and no checksums tell where the damage is: nothing is vouched for"
                    .to_owned(),
            );
            Stream::Suspect
        }
        (true, false) => {
            report.notes.push(
                "every chunk of Data.db matches its own checksum, but all of them do not match Digest.crc32: either \
                 chunks stand in wrong places, or Digest.crc32 is damaged; nothing is vouched for"
                    .to_owned(),
            );
            Stream::Suspect
        }
        (false, true) if survey.whole == Whole::Unknown => {
            report.notes.push(
                "no checksum covers Data.db: what decodes, is in order and has valid values is taken to be right"
                    .to_owned(),
            );
            Stream::Recovered
        }
        (false, _) => Stream::Recovered,
    }
}
