//! What the checksums say of Data.db, before any row is read.

use std::ops::Range;

use super::SalvageSink;
use crate::component::{Component, digest};
use crate::error::{Error, ErrorKind, Result};
use crate::io::SourceExt as _;
use crate::reader::Sstable;

const READ_BYTES: u64 = 256 * 1024;

/// Whether Data.db as a whole is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// Digest.crc32 matches.
    Sound,
    /// It does not.
    Differs,
    /// It is missing or not readable.
    Unknown,
}

/// What is known of the bytes of Data.db.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) whole: Whole,
    /// The stretches of the uncompressed data that cannot be read or fail their checksums, in order.
    pub(super) bad: Vec<Range<u64>>,
    /// Rows are read without comparing checksums: there are none, or that of the whole file matches.
    pub(super) unchecked: bool,
    pub(super) notes: Vec<String>,
}

/// Whether reading can go on elsewhere after this error.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Io)
}

/// Compares all checksums.
pub(super) fn survey(sstable: &Sstable, sink: &mut dyn SalvageSink) -> Result<Survey> {
    let mut survey = Survey { whole: Whole::Unknown, bad: Vec::new(), unchecked: false, notes: Vec::new() };
    survey.whole = whole(sstable, &mut survey.notes);
    let plain = sstable.compression().is_none();
    if survey.whole == Whole::Sound {
        survey.unchecked = plain;
        return Ok(survey);
    }
    if plain && !sstable.has_crc() {
        survey.unchecked = true;
        return Ok(survey);
    }
    match bad_units(sstable, sink) {
        Ok(bad) => survey.bad = bad,
        Err(error) if plain && is_damage(&error) => {
            survey.unchecked = true;
            survey.notes.push(format!("{error}: Data.db is read without its chunks' checksums"));
        }
        Err(error) => return Err(error),
    }
    Ok(survey)
}

fn whole(sstable: &Sstable, notes: &mut Vec<String>) -> Whole {
    let stated = match sstable.files().open_if_there(Component::Digest) {
        Ok(None) => return Whole::Unknown,
        Ok(Some(file)) => {
            file.read_all(1024).and_then(|bytes| digest::parse(&bytes)).map_err(|e| e.at(file.path()))
        }
        Err(error) => Err(error),
    };
    let stated = match stated {
        Ok(stated) => stated,
        Err(error) => {
            notes.push(error.to_string());
            return Whole::Unknown;
        }
    };
    match checksum(sstable) {
        Ok(actual) if actual == stated => Whole::Sound,
        _ => Whole::Differs,
    }
}

fn checksum(sstable: &Sstable) -> Result<u32> {
    let data = sstable.data();
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; READ_BYTES.min(data.len()) as usize];
    let mut at = 0;
    while at < data.len() {
        let size = data.len().saturating_sub(at).min(READ_BYTES);
        let piece = buffer.get_mut(..size as usize).unwrap_or_default();
        data.read_exact(piece, at)?;
        hasher.update(piece);
        at = at.saturating_add(size);
    }
    Ok(hasher.finalize())
}

/// Reads every unit of the data by itself.
fn bad_units(sstable: &Sstable, sink: &mut dyn SalvageSink) -> Result<Vec<Range<u64>>> {
    let mut feed = sstable.lookup_feed()?;
    let (unit, length) = (feed.unit().max(1), feed.data_length());
    let mut buffer = vec![0; unit];
    let mut bad: Vec<Range<u64>> = Vec::new();
    let mut at = 0;
    while at < length {
        // A failure may be that of a unit that was read ahead: after going there again, this one is read alone.
        let filled = feed.fill(&mut buffer).or_else(|_| {
            feed.seek(at)?;
            feed.fill(&mut buffer)
        });
        let end = at.saturating_add(unit as u64).min(length);
        match filled {
            Ok(0) => add(&mut bad, at..length),
            Ok(_) => {}
            Err(error) if is_damage(&error) => {
                add(&mut bad, at..end);
                if end < length {
                    feed.seek(end)?;
                }
            }
            Err(error) => return Err(error),
        }
        at = end;
        sink.progress(at, length);
    }
    Ok(bad)
}

fn add(ranges: &mut Vec<Range<u64>>, range: Range<u64>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// The range, of ordered ones, in which `position` lies.
pub(super) fn range_of(ranges: &[Range<u64>], position: u64) -> Option<&Range<u64>> {
    let place = ranges.partition_point(|range| range.end <= position);
    ranges.get(place).filter(|range| range.start <= position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_are_one_and_positions_are_found_in_them() {
        let mut ranges = Vec::new();
        for range in [0..4, 4..8, 12..16] {
            add(&mut ranges, range);
        }
        assert_eq!(ranges, [0..8, 12..16]);
        let found = |position| range_of(&ranges, position).cloned();
        assert_eq!((found(0), found(7), found(8), found(11)), (Some(0..8), Some(0..8), None, None));
        assert_eq!((found(12), found(15), found(16)), (Some(12..16), Some(12..16), None));
    }
}
