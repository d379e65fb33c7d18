//! Summary.db: a sample of Index.db, and the first and the last key (`IndexSummary.IndexSummarySerializer`).
//!
//! ```text
//! i32 min index interval, i32 n, i64 summary size, i32 sampling level, i32 entries at full sampling
//! u32 LE x n     where the entries begin, counted from here
//! entry x n      key, i64 LE position in Index.db
//! i32 length, first key, i32 length, last key
//! ```
//! The file can always be made anew from Index.db.

mod sampler;

pub(crate) use sampler::SummarySampler;

use super::field_reader::FieldReader;
use crate::encoding::Bytes;
use crate::error::{Error, Result};

const ADVICE: &str = "remove the file: it is made anew from Index.db";
const OFFSET_BYTES: usize = 4;
const POSITION_BYTES: usize = 8;

/// What is in front of the offsets.
const HEAD_BYTES: u64 = 24;

/// A Summary.db, borrowed.
#[derive(Debug, Clone)]
pub struct Summary<'a> {
    /// Every so many keys at least one is in the sample: the table's option when the file was written.
    pub min_index_interval: i32,
    /// 128 for a full sample; at 64 there is every other of its entries.
    pub sampling_level: i32,
    /// How many entries a full sample has.
    pub size_at_full_sampling: i32,
    /// The first partition key of the SSTable.
    pub first_key: &'a [u8],
    /// The last partition key of the SSTable.
    pub last_key: &'a [u8],
    /// Where entries begin in `entries`, as little-endian numbers counted from the start of this slice.
    offsets: &'a [[u8; OFFSET_BYTES]],
    entries: &'a [u8],
}

/// A sampled entry of Index.db.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryEntry<'a> {
    /// The partition key.
    pub key: &'a [u8],
    /// Where its entry begins in Index.db.
    pub index_position: u64,
}

impl<'a> Summary<'a> {
    /// Reads the whole file and checks that all entries lie in it in order.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Corrupt`] with offset and field if the bytes contradict the format;
    /// [`crate::ErrorKind::Unsupported`] if a big-endian machine wrote it. Both can be answered by reading
    /// Index.db instead.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = FieldReader::new("the summary", bytes, 0);
        let min_index_interval = reader.read("the minimum index interval", Bytes::i32)?;
        let count = reader.count("the number of entries", OFFSET_BYTES.saturating_add(POSITION_BYTES))?;
        let size_at = reader.offset();
        let size = reader.read("the summary size", Bytes::i64)?;
        let sampling_level = reader.read("the sampling level", Bytes::i32)?;
        let size_at_full_sampling = reader.read("the size at full sampling", Bytes::i32)?;
        let entries_start = reader.offset();
        let offsets_bytes = count.saturating_mul(OFFSET_BYTES);
        let offsets = reader.read("the offsets", |bytes| bytes.take(offsets_bytes))?;
        let entries_bytes = usize::try_from(size).ok().and_then(|size| size.checked_sub(offsets_bytes));
        let Some(entries_bytes) = entries_bytes else {
            return Err(reader.broken(
                "the summary size",
                size_at,
                &format!("{size} is less than the offsets"),
            ));
        };
        let entries = reader.read("the entries", |bytes| bytes.take(entries_bytes))?;
        let first_key = key(&mut reader, "the first key")?;
        let last_key = key(&mut reader, "the last key")?;
        let (offsets, _) = offsets.as_chunks();
        let read = Self {
            min_index_interval,
            sampling_level,
            size_at_full_sampling,
            first_key,
            last_key,
            offsets,
            entries,
        };
        read.check(entries_start)?;
        Ok(read)
    }

    /// Checks that the first entry lies directly behind the offsets, and that each has room for a position.
    fn check(&self, entries_start: u64) -> Result<()> {
        let told_at = |index: usize| entries_start.saturating_add(index.saturating_mul(OFFSET_BYTES) as u64);
        if let Some(first) = self.offsets.first() {
            let offsets_bytes = self.offsets.len().saturating_mul(OFFSET_BYTES);
            if u32::from_be_bytes(*first) as usize == offsets_bytes
                && u32::from_le_bytes(*first) as usize != offsets_bytes
            {
                return Err(Error::unsupported("a big-endian machine wrote the summary")
                    .offset(entries_start)
                    .advise(ADVICE));
            }
            if self.range(0).map(|range| range.start) != Some(0) {
                return Err(broken("the first entry does not follow the offsets", told_at(0)));
            }
        }
        match (0..self.len()).find(|index| self.get(*index).is_none()) {
            Some(index) => {
                Err(broken(&format!("the entry {index} lies outside of the entries"), told_at(index)))
            }
            None => Ok(()),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The entry `index`, or none behind the last.
    pub fn get(&self, index: usize) -> Option<SummaryEntry<'a>> {
        let (key, position) = self.entries.get(self.range(index)?)?.split_last_chunk::<POSITION_BYTES>()?;
        Some(SummaryEntry { key, index_position: u64::from_le_bytes(*position) })
    }

    /// Where in the file the entry `index` lies, or the first key if there is none.
    pub fn offset_of(&self, index: usize) -> u64 {
        let start = self.range(index).map_or(self.entries.len(), |range| range.start);
        HEAD_BYTES
            .saturating_add(self.offsets.len().saturating_mul(OFFSET_BYTES) as u64)
            .saturating_add(start as u64)
    }

    /// Where in the file the length of the first key lies.
    pub fn first_key_offset(&self) -> u64 {
        self.offset_of(self.len())
    }

    /// Where in the file the length of the last key lies.
    pub fn last_key_offset(&self) -> u64 {
        self.first_key_offset().saturating_add(4).saturating_add(self.first_key.len() as u64)
    }

    /// Where in `entries` the entry lies.
    fn range(&self, index: usize) -> Option<std::ops::Range<usize>> {
        let offsets_bytes = self.offsets.len().checked_mul(OFFSET_BYTES)?;
        let begin = |offset: &[u8; 4]| (u32::from_le_bytes(*offset) as usize).checked_sub(offsets_bytes);
        let start = begin(self.offsets.get(index)?)?;
        let end = match self.offsets.get(index.checked_add(1)?) {
            Some(next) => begin(next)?,
            None => self.entries.len(),
        };
        Some(start..end)
    }

    /// All entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = SummaryEntry<'a>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

fn key<'a>(reader: &mut FieldReader<'a>, field: &'static str) -> Result<&'a [u8]> {
    let length = reader.count(field, 1)?;
    reader.read(field, |bytes| bytes.take(length))
}

fn broken(message: &str, offset: u64) -> Error {
    Error::corrupt(message).offset(offset).advise(ADVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A summary of two keys.
    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(128_i32.to_be_bytes());
        bytes.extend(2_i32.to_be_bytes());
        bytes.extend((8_i64 + 9 + 10).to_be_bytes());
        bytes.extend(128_i32.to_be_bytes());
        bytes.extend(2_i32.to_be_bytes());
        bytes.extend(8_u32.to_le_bytes());
        bytes.extend(17_u32.to_le_bytes());
        bytes.extend(b"a");
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(b"bc");
        bytes.extend(77_u64.to_le_bytes());
        for key in ["a", "zz"] {
            bytes.extend((key.len() as i32).to_be_bytes());
            bytes.extend(key.as_bytes());
        }
        bytes
    }

    #[test]
    fn entries_and_both_ends_are_read() {
        let bytes = sample();
        let summary = Summary::parse(&bytes).unwrap();
        assert_eq!((summary.min_index_interval, summary.sampling_level, summary.len()), (128, 128, 2));
        assert_eq!((summary.first_key, summary.last_key), (&b"a"[..], &b"zz"[..]));
        let read: Vec<_> = summary.iter().map(|entry| (entry.key, entry.index_position)).collect();
        assert_eq!(read, [(&b"a"[..], 0), (b"bc", 77)]);
        assert_eq!([summary.offset_of(0), summary.offset_of(1)], [32, 41]);
        assert_eq!(bytes[41..43], *b"bc");
        assert_eq!((summary.first_key_offset(), summary.last_key_offset()), (51, 56));
        assert_eq!(bytes[56..], *b"\0\0\0\x02zz");
    }

    #[test]
    fn every_truncation_is_an_error_and_no_flipped_byte_panics() {
        let bytes = sample();
        for length in 0..bytes.len() {
            assert!(Summary::parse(&bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                if let Ok(read) = Summary::parse(&damaged) {
                    assert_eq!(read.iter().count(), read.len());
                }
            }
        }
    }

    #[test]
    fn a_big_endian_summary_is_named_as_such() {
        let mut bytes = sample();
        bytes[24..28].reverse();
        bytes[28..32].reverse();
        let error = Summary::parse(&bytes).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
    }
}
