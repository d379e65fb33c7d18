//! The values of clusterings and bounds (`PrefixBuffer.Serializer`).

use super::{Bytes, DecodeError, EncodeError, write_uvint, write_vint_prefixed};
use crate::row::{
    Clustering, ClusteringBuffer, ClusteringKind, ClusteringPrefix, ClusteringValue, PrefixBuffer,
};
use crate::types::CqlType;

/// Values in one batch behind a common header of two bits each.
const BATCH: usize = 32;

/// How a value of a column lies in a row: with a length in front of it or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueLength {
    /// So many bytes, always.
    Fixed(usize),
    /// An unsigned vint tells how many.
    Prefixed,
}

impl ValueLength {
    /// How simple cells and clusterings of this type are written (`AbstractType.writeValue`).
    pub fn of(value_type: &CqlType) -> Self {
        value_type.fixed_length().map_or(Self::Prefixed, Self::Fixed)
    }

    /// Reads one value, which is not empty.
    ///
    /// # Errors
    /// As [`Bytes::vint_prefixed`].
    #[inline]
    pub fn read<'a>(self, bytes: &mut Bytes<'a>) -> Result<&'a [u8], DecodeError> {
        match self {
            Self::Fixed(length) => bytes.take(length),
            Self::Prefixed => bytes.vint_prefixed(),
        }
    }

    /// Writes one value, which is not empty.
    ///
    /// # Errors
    /// If it has not the length that its type always has, or more than 2 GiB.
    #[inline]
    pub fn write(self, value: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Fixed(length) if value.len() == length => {
                out.extend_from_slice(value);
                Ok(())
            }
            Self::Fixed(expected) => Err(EncodeError::Length { expected, found: value.len() }),
            Self::Prefixed => write_vint_prefixed(value, out),
        }
    }
}

/// Writes what [`read_clustering`] reads: as many values as there are, for the first of these columns.
///
/// # Errors
/// As [`ValueLength::write`], and if there are more values than columns, or one has more than 65,535 bytes.
#[inline]
pub fn write_clustering(
    clustering: Clustering<'_>,
    lengths: &[ValueLength],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    const VALUE_LIMIT_BYTES: usize = u16::MAX as usize;
    let count = clustering.len();
    let lengths =
        lengths.get(..count).ok_or(EncodeError::Refused("a clustering has more values than columns"))?;
    for (batch, lengths) in lengths.chunks(BATCH).enumerate() {
        let first = batch.saturating_mul(BATCH);
        let value =
            |index: usize| clustering.get(first.saturating_add(index)).unwrap_or(ClusteringValue::Null);
        let header = (0..lengths.len()).rev().fold(0_u64, |header, index| {
            header << 2
                | match value(index) {
                    ClusteringValue::Null => 2,
                    ClusteringValue::Value([]) => 1,
                    ClusteringValue::Value(_) => 0,
                }
        });
        write_uvint(header, out);
        for (index, length) in lengths.iter().enumerate() {
            match value(index).bytes() {
                None | Some([]) => {}
                Some(bytes) if bytes.len() > VALUE_LIMIT_BYTES => {
                    return Err(EncodeError::Refused("a clustering value has more than 65,535 bytes"));
                }
                Some(bytes) => length.write(bytes, out)?,
            }
        }
    }
    Ok(())
}

/// Writes what [`read_bound`] reads.
///
/// # Errors
/// As [`write_clustering`].
pub fn write_bound(
    (kind, clustering): ClusteringPrefix<'_>,
    lengths: &[ValueLength],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let size = u16::try_from(clustering.len())
        .map_err(|_| EncodeError::Refused("a bound has more than 65,535 values"))?;
    out.push(kind as u8);
    out.extend_from_slice(&size.to_be_bytes());
    write_clustering(clustering, lengths, out)
}

/// Writes what [`read_prefix`] reads.
///
/// # Errors
/// As [`write_clustering`], and if it is a row's without all of its values.
pub fn write_prefix(
    prefix: ClusteringPrefix<'_>,
    lengths: &[ValueLength],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let (kind, clustering) = prefix;
    if kind != ClusteringKind::Clustering {
        return write_bound(prefix, lengths, out);
    }
    if clustering.len() != lengths.len() {
        return Err(EncodeError::Refused("a row has fewer clustering values than the table has columns"));
    }
    out.push(kind as u8);
    write_clustering(clustering, lengths, out)
}

/// Reads `lengths.len()` values into `into`, which is cleared first. The layout is batches of up to 32 values,
/// each batch an unsigned vint with two bits a value (low: empty, high: null), then what is neither.
///
/// # Errors
/// If the bytes end early or a header names values that do not exist.
#[inline]
pub fn read_clustering(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    into: &mut ClusteringBuffer,
) -> Result<(), DecodeError> {
    read_values::<true>(bytes, lengths, into)
}

/// As [`read_clustering`], passing over what headers name beyond that, as Cassandra does.
///
/// # Errors
/// If the bytes end early.
pub fn read_clustering_with_idle_bits(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    into: &mut ClusteringBuffer,
) -> Result<(), DecodeError> {
    read_values::<false>(bytes, lengths, into)
}

#[inline]
fn read_values<const STRICT: bool>(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    into: &mut ClusteringBuffer,
) -> Result<(), DecodeError> {
    into.clear();
    for batch in lengths.chunks(BATCH) {
        let mut header = bytes.uvint()?;
        for length in batch {
            into.push(match header & 3 {
                0 => ClusteringValue::Value(length.read(bytes)?),
                1 => ClusteringValue::Value(&[]),
                2 => ClusteringValue::Null,
                _ if !STRICT => ClusteringValue::Null,
                _ => return Err(DecodeError::Invalid("a clustering value is both null and empty")),
            });
            header >>= 2;
        }
        if STRICT && header != 0 {
            return Err(DecodeError::Invalid("a clustering has more values than the table has columns"));
        }
    }
    Ok(())
}

/// Reads a bound or boundary: its kind as one byte, the number of its values as `u16`, the values.
///
/// # Errors
/// As [`read_clustering`], and if the kind is unknown, is a row's, or there are too many values.
pub fn read_bound(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    into: &mut ClusteringBuffer,
) -> Result<ClusteringKind, DecodeError> {
    let kind = ClusteringKind::from_ordinal(bytes.u8()?)
        .filter(|kind| *kind != ClusteringKind::Clustering)
        .ok_or(DecodeError::Invalid("the kind of a bound is none that exists"))?;
    let size = usize::from(bytes.u16()?);
    let lengths = lengths
        .get(..size)
        .ok_or(DecodeError::Invalid("a bound has more values than the table has columns"))?;
    read_clustering(bytes, lengths, into)?;
    Ok(kind)
}

/// Reads a clustering or bound behind its kind, as indexes have them: a row's (kind 4) has all values and no
/// number of them (`PrefixBuffer.Serializer`).
///
/// # Errors
/// As [`read_bound`].
pub fn read_prefix(
    bytes: &mut Bytes<'_>,
    lengths: &[ValueLength],
    into: &mut PrefixBuffer,
) -> Result<(), DecodeError> {
    if bytes.peek() == Some(ClusteringKind::Clustering as u8) {
        bytes.u8()?;
        into.kind = ClusteringKind::Clustering;
        return read_clustering(bytes, lengths, &mut into.values);
    }
    into.kind = read_bound(bytes, lengths, &mut into.values)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_empty_and_fixed_values_are_told_apart() {
        let lengths =
            [ValueLength::Fixed(4), ValueLength::Prefixed, ValueLength::Prefixed, ValueLength::Prefixed];
        let encoded = [0b10_01_00_00, 0, 0, 0, 7, 1, b'x'];
        let mut buffer = ClusteringBuffer::default();
        read_clustering(&mut Bytes::new(&encoded), &lengths, &mut buffer).unwrap_err();
        let encoded = [0x80, 0b10_01_00_00, 0, 0, 0, 7, 1, b'x'];
        read_clustering(&mut Bytes::new(&encoded), &lengths, &mut buffer).unwrap();
        let read: Vec<_> = buffer.as_clustering().iter().map(ClusteringValue::bytes).collect();
        assert_eq!(read, [Some(&[0, 0, 0, 7][..]), Some(b"x"), Some(b""), None]);
    }

    #[test]
    fn more_than_32_values_have_a_header_for_each_batch() {
        let lengths = [ValueLength::Fixed(1); 33];
        let mut encoded = vec![0];
        encoded.extend([1; 32]);
        encoded.extend([0, 2]);
        let mut buffer = ClusteringBuffer::default();
        read_clustering(&mut Bytes::new(&encoded), &lengths, &mut buffer).unwrap();
        assert_eq!(buffer.as_clustering().get(32), Some(ClusteringValue::Value(&[2])));
    }

    #[test]
    fn clusterings_and_bounds_are_read_as_they_were_written() {
        let lengths: Vec<_> =
            (0..40).map(|i| if i % 3 == 0 { ValueLength::Fixed(2) } else { ValueLength::Prefixed }).collect();
        for count in [0, 1, 31, 32, 33, 40] {
            let mut values = ClusteringBuffer::default();
            for i in 0..count {
                values.push(match i % 7 {
                    4 => ClusteringValue::Null,
                    5 => ClusteringValue::Value(&[]),
                    _ => ClusteringValue::Value(&[1, 2]),
                });
            }
            let (mut out, mut read) = (Vec::new(), PrefixBuffer::top());
            let written = (ClusteringKind::ExclStartBound, values.as_clustering());
            write_prefix(written, &lengths, &mut out).unwrap();
            let mut bytes = Bytes::new(&out);
            read_prefix(&mut bytes, &lengths, &mut read).unwrap();
            assert_eq!((read.kind, &read.values), (written.0, &values));
            assert_eq!(bytes.remaining(), 0);
        }
    }

    #[test]
    fn a_clustering_that_the_format_cannot_hold_is_refused() {
        let write = |value: &[u8], length| {
            let mut values = ClusteringBuffer::default();
            values.push(ClusteringValue::Value(value));
            write_clustering(values.as_clustering(), &[length], &mut Vec::new())
        };
        assert_eq!(write(&[1], ValueLength::Fixed(4)), Err(EncodeError::Length { expected: 4, found: 1 }));
        assert_eq!(write(&[1; 65_535], ValueLength::Prefixed), Ok(()));
        assert!(write(&[1; 65_536], ValueLength::Prefixed).is_err());
        let mut two = ClusteringBuffer::default();
        two.push(ClusteringValue::Null);
        two.push(ClusteringValue::Null);
        assert!(write_clustering(two.as_clustering(), &[ValueLength::Prefixed], &mut Vec::new()).is_err());
    }

    #[test]
    fn a_bound_with_too_many_values_or_an_unknown_kind_is_refused() {
        let mut buffer = ClusteringBuffer::default();
        let lengths = [ValueLength::Fixed(1)];
        for broken in [&[6, 0, 2, 0, 1, 1][..], &[3, 0, 0], &[4, 0, 0], &[9, 0, 0]] {
            assert!(matches!(
                read_bound(&mut Bytes::new(broken), &lengths, &mut buffer),
                Err(DecodeError::Invalid(_))
            ));
        }
        let kind = read_bound(&mut Bytes::new(&[6, 0, 1, 0, 9]), &lengths, &mut buffer);
        assert_eq!(kind, Ok(ClusteringKind::InclEndBound));
    }
}
