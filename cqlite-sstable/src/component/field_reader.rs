//! Reading a component field by field, so that an error can say which field is wrong and where.

use crate::encoding::{Bytes, DecodeError};
use crate::error::{Error, Result};

/// A cursor over a part of a file that names the field and the offset where reading fails.
#[derive(Debug, Clone)]
pub(crate) struct FieldReader<'a> {
    bytes: Bytes<'a>,
    /// Where in the file the part begins.
    start: u64,
    /// What the part is called in errors.
    part: &'static str,
    /// The fields that were read and where they begin, if that is recorded.
    recorded: Option<Vec<(&'static str, u64)>>,
}

impl<'a> FieldReader<'a> {
    /// Reads `body`, which lies at offset `start` of the file and is called `part`.
    pub(crate) fn new(part: &'static str, body: &'a [u8], start: u64) -> Self {
        Self { bytes: Bytes::new(body), start, part, recorded: None }
    }

    /// Records from now on where the fields begin.
    pub(crate) fn recording(self) -> Self {
        Self { recorded: Some(Vec::new()), ..self }
    }

    /// The fields that were read and where they begin. What was read in several steps stands there once.
    pub(crate) fn into_recorded(self) -> Vec<(&'static str, u64)> {
        self.recorded.unwrap_or_default()
    }

    /// The offset in the file of what is read next.
    pub(crate) fn offset(&self) -> u64 {
        self.start.saturating_add(self.bytes.position() as u64)
    }

    /// Bytes not yet consumed.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    /// Reads one field.
    pub(crate) fn read<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Bytes<'a>) -> Result<T, DecodeError>,
    ) -> Result<T> {
        let offset = self.offset();
        if let Some(recorded) = &mut self.recorded
            && recorded.last().is_none_or(|(last, _)| *last != field)
        {
            recorded.push((field, offset));
        }
        read(&mut self.bytes).map_err(|error| self.broken(field, offset, &error))
    }

    /// Reads a Java boolean: one byte, true unless it is 0.
    pub(crate) fn boolean(&mut self, field: &'static str) -> Result<bool> {
        self.read(field, |bytes| Ok(bytes.u8()? != 0))
    }

    /// Reads a count of entries as `i32`. A count of more entries than the bytes that follow could hold, at
    /// `entry_bytes` or more each, is an error, so that the result may size an allocation.
    pub(crate) fn count(&mut self, field: &'static str, entry_bytes: usize) -> Result<usize> {
        let offset = self.offset();
        let count = self.read(field, Bytes::i32)?;
        let count = usize::try_from(count).map_err(|_| self.broken(field, offset, &"a count is negative"))?;
        self.bounded(field, offset, count, entry_bytes)
    }

    /// As [`Self::count`], for a count that is an unsigned vint.
    pub(crate) fn vint_count(&mut self, field: &'static str, entry_bytes: usize) -> Result<usize> {
        let offset = self.offset();
        let count = self.read(field, Bytes::length)?;
        self.bounded(field, offset, count, entry_bytes)
    }

    fn bounded(&self, field: &'static str, offset: u64, count: usize, entry_bytes: usize) -> Result<usize> {
        match count.checked_mul(entry_bytes) {
            Some(needed) if needed <= self.remaining() => Ok(count),
            _ => {
                let remaining = self.remaining();
                let told = format!("{count} entries cannot lie in the {remaining} bytes that follow");
                Err(self.broken(field, offset, &told))
            }
        }
    }

    /// An error about `field`, which lies at `offset` of the file.
    pub(crate) fn broken(&self, field: &'static str, offset: u64, what: &dyn std::fmt::Display) -> Error {
        Error::corrupt(format!("{field} of {}: {what}", self.part)).offset(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_the_part_and_the_offset_in_the_file() {
        let mut reader = FieldReader::new("STATS", &[0, 0, 0, 1, 2], 100);
        assert_eq!(reader.read("sstableLevel", Bytes::i32).unwrap(), 1);
        let error = reader.read("repairedAt", Bytes::i64).unwrap_err();
        assert_eq!(error.to_string(), "offset 104: repairedAt of STATS: the bytes end too early");
    }

    #[test]
    fn fields_are_recorded_once_with_their_offsets() {
        let mut reader = FieldReader::new("STATS", &[0, 0, 0, 2, 7, 8, 9], 100).recording();
        let count = reader.count("numbers", 1).unwrap();
        for _ in 0..count {
            reader.read("numbers", Bytes::u8).unwrap();
        }
        reader.read("last", Bytes::u8).unwrap();
        assert_eq!(reader.into_recorded(), [("numbers", 100), ("last", 106)]);
    }

    #[test]
    fn a_count_larger_than_the_rest_or_negative_is_refused() {
        let many = [0x7F, 0xFF, 0xFF, 0xFF, 0, 0];
        assert!(FieldReader::new("P", &many, 0).count("n", 1).is_err());
        assert!(FieldReader::new("P", &[0xFF; 9], 0).count("n", 0).is_err());
        assert_eq!(FieldReader::new("P", &[0, 0, 0, 2, 9, 9], 0).count("n", 1).unwrap(), 2);
        assert!(FieldReader::new("P", &[3, 9, 9], 0).vint_count("n", 1).is_err());
    }
}
