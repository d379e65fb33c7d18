//! Writing a component field by field, beside [`super::field_reader`].

use crate::encoding::ValueLength;
use crate::error::{Error, Result};
use crate::row::{Clustering, ClusteringValue};

/// Values in one batch behind a common header of two bits each.
const BATCH: usize = 32;

/// Collects the bytes of a part of a file. What cannot be written is an error that names the field.
#[derive(Debug, Default)]
pub(crate) struct FieldWriter {
    bytes: Vec<u8>,
}

macro_rules! big_endian {
    ($($name:ident: $type:ty),*) => { $(
        #[doc = concat!("A big-endian `", stringify!($type), "`.")]
        pub(crate) fn $name(&mut self, value: $type) {
            self.bytes.extend_from_slice(&value.to_be_bytes());
        }
    )* };
}

impl FieldWriter {
    big_endian!(u8: u8, u16: u16, u32: u32, i32: i32, i64: i64, f64: f64);

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// So many zeros.
    pub(crate) fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len().saturating_add(count), 0);
    }

    /// A Java boolean.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    /// A count of entries as `i32`.
    pub(crate) fn count(&mut self, field: &str, count: usize) -> Result<()> {
        let count = i32::try_from(count).map_err(|_| too_long(field, count, i32::MAX as usize))?;
        self.i32(count);
        Ok(())
    }

    /// An unsigned vint (`VIntCoding.writeUnsignedVInt`): the number of leading one bits of the first byte is the
    /// number of bytes that follow it.
    pub(crate) fn uvint(&mut self, value: u64) {
        let bits = 64_u32.saturating_sub(value.leading_zeros());
        // each byte that follows takes one bit of the first one away, and gives eight; the ninth takes none
        let extra = (bits.saturating_sub(1) / 7).min(8);
        let marks = !(0xFF_u32.checked_shr(extra).unwrap_or(0)) as u8;
        let be = value.to_be_bytes();
        let (head, tail) = be.split_at(8_usize.saturating_sub(extra as usize));
        self.u8(marks | head.last().copied().unwrap_or(0));
        self.raw(tail);
    }

    /// Bytes behind their length as an unsigned vint.
    pub(crate) fn vint_prefixed(&mut self, bytes: &[u8]) {
        self.uvint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Bytes behind their length as `u16`.
    pub(crate) fn short_prefixed(&mut self, field: &str, bytes: &[u8]) -> Result<()> {
        let length =
            u16::try_from(bytes.len()).map_err(|_| too_long(field, bytes.len(), usize::from(u16::MAX)))?;
        self.u16(length);
        self.raw(bytes);
        Ok(())
    }

    /// Values of a clustering without their number (`ClusteringPrefix.Serializer.serializeValuesWithoutSize`): batches
    /// of up to 32, each an unsigned vint with two bits a value (low: empty, high: null), then what is neither.
    pub(crate) fn clustering(&mut self, values: Clustering<'_>, lengths: &[ValueLength]) {
        for start in (0..values.len()).step_by(BATCH) {
            let batch = || values.iter().enumerate().skip(start).take(BATCH);
            let header = batch().enumerate().fold(0_u64, |header, (place, (_, value))| {
                let bits: u64 = match value {
                    ClusteringValue::Null => 2,
                    ClusteringValue::Value([]) => 1,
                    ClusteringValue::Value(_) => 0,
                };
                header | bits.wrapping_shl((place as u32).wrapping_mul(2))
            });
            self.uvint(header);
            for (column, value) in batch() {
                let bytes = value.bytes().unwrap_or_default();
                match lengths.get(column) {
                    _ if bytes.is_empty() => {}
                    Some(ValueLength::Fixed(_)) => self.raw(bytes),
                    Some(ValueLength::Prefixed) | None => self.vint_prefixed(bytes),
                }
            }
        }
    }
}

fn too_long(field: &str, length: usize, limit: usize) -> Error {
    Error::unsupported(format!("{field} has a length of {length}, but the format takes {limit} at most"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Bytes, read_clustering};
    use crate::row::ClusteringBuffer;

    #[test]
    fn vints_of_every_length_read_back_and_are_as_short_as_can_be() {
        for shift in 0..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, u64::MAX >> shift] {
                let mut writer = FieldWriter::default();
                writer.uvint(value);
                let bytes = writer.into_bytes();
                assert_eq!(Bytes::new(&bytes).uvint().unwrap(), value);
                let bits = (64 - value.leading_zeros()).max(1);
                assert_eq!(bytes.len() as u32, bits.div_ceil(7).min(9), "{value:x}");
            }
        }
    }

    #[test]
    fn clusterings_of_more_than_one_batch_read_back() {
        let mut values = ClusteringBuffer::default();
        let lengths: Vec<ValueLength> =
            (0..70).map(|i| if i % 2 == 0 { ValueLength::Fixed(4) } else { ValueLength::Prefixed }).collect();
        for i in 0..70 {
            values.push(match i % 5 {
                0 => ClusteringValue::Null,
                1 => ClusteringValue::Value(&[]),
                _ => ClusteringValue::Value(&[1, 2, 3, 4]),
            });
        }
        let mut writer = FieldWriter::default();
        writer.clustering(values.as_clustering(), &lengths);
        let bytes = writer.into_bytes();
        let (mut reader, mut read) = (Bytes::new(&bytes), ClusteringBuffer::default());
        read_clustering(&mut reader, &lengths, &mut read).unwrap();
        assert_eq!((read, reader.remaining()), (values, 0));
    }

    #[test]
    fn what_is_too_long_for_its_length_is_refused_by_name() {
        let error = FieldWriter::default().short_prefixed("minClusteringValues", &[0; 65_536]).unwrap_err();
        assert!(error.message().starts_with("minClusteringValues has a length of 65536"), "{error}");
    }
}
