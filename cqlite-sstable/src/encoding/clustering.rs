//! The values of clusterings and bounds (`PrefixBuffer.Serializer`).

use super::{Bytes, DecodeError, write_uvint};
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

    /// Appends one value, which is not empty.
    #[inline]
    pub fn write(self, value: &[u8], out: &mut Vec<u8>) {
        if self == Self::Prefixed {
            write_uvint(value.len() as u64, out);
        }
        out.extend_from_slice(value);
    }
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

/// Appends values as [`read_clustering`] reads them. `lengths` are those of as many columns, or of more.
#[inline]
pub fn write_clustering(values: Clustering<'_>, lengths: &[ValueLength], out: &mut Vec<u8>) {
    for (batch, lengths) in lengths.chunks(BATCH).enumerate() {
        let start = batch.saturating_mul(BATCH);
        if start >= values.len() {
            break;
        }
        let value = |place: usize| values.get(start.saturating_add(place));
        let mut header = 0_u64;
        for place in (0..lengths.len()).rev() {
            header = header << 2
                | match value(place) {
                    Some(ClusteringValue::Value([])) => 1,
                    Some(ClusteringValue::Null) => 2,
                    Some(ClusteringValue::Value(_)) | None => 0,
                };
        }
        write_uvint(header, out);
        for (place, length) in lengths.iter().enumerate() {
            match value(place) {
                Some(ClusteringValue::Value([]) | ClusteringValue::Null) | None => {}
                Some(ClusteringValue::Value(value)) => length.write(value, out),
            }
        }
    }
}

/// Appends a bound or boundary as [`read_bound`] reads it.
pub fn write_bound((kind, values): ClusteringPrefix<'_>, lengths: &[ValueLength], out: &mut Vec<u8>) {
    out.push(kind as u8);
    out.extend_from_slice(&(values.len() as u16).to_be_bytes());
    write_clustering(values, lengths, out);
}

/// Appends a clustering or bound behind its kind, as [`read_prefix`] reads it.
pub fn write_prefix(prefix: ClusteringPrefix<'_>, lengths: &[ValueLength], out: &mut Vec<u8>) {
    match prefix {
        (ClusteringKind::Clustering, values) => {
            out.push(ClusteringKind::Clustering as u8);
            write_clustering(values, lengths, out);
        }
        bound => write_bound(bound, lengths, out),
    }
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
    fn what_is_written_is_read_back_as_it_was() {
        let lengths: Vec<ValueLength> =
            (0..70).map(|i| if i % 2 == 0 { ValueLength::Fixed(4) } else { ValueLength::Prefixed }).collect();
        for kind in (0..8).filter_map(ClusteringKind::from_ordinal) {
            let counts =
                if kind == ClusteringKind::Clustering { vec![70] } else { vec![0, 1, 31, 32, 33, 70] };
            for count in counts {
                let values = (0..count).map(|i| match i % 5 {
                    0 => ClusteringValue::Null,
                    1 => ClusteringValue::Value(&[]),
                    _ => ClusteringValue::Value(&[1, 2, 3, 4]),
                });
                let prefix = PrefixBuffer::new(kind, values);
                let (mut bytes, mut read) = (Vec::new(), PrefixBuffer::bottom());
                write_prefix(prefix.as_prefix(), &lengths, &mut bytes);
                let mut reader = Bytes::new(&bytes);
                read_prefix(&mut reader, &lengths, &mut read).unwrap();
                assert_eq!((read, reader.remaining()), (prefix, 0));
            }
        }
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
