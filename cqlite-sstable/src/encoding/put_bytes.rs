//! Writing what [`Bytes`](super::Bytes) reads.

use std::fmt;

/// Why a value cannot be encoded. It knows no row and no partition: the caller adds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// A value has not the length that its type always has.
    Length {
        /// The length that the type has.
        expected: usize,
        /// The length of the value.
        found: usize,
    },
    /// The format has no place for this.
    Refused(&'static str),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "a value has {found} bytes where its type always has {expected}")
            }
            Self::Refused(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EncodeError {}

/// How many bytes an unsigned vint of `value` has (`VIntCoding.computeUnsignedVIntSize`).
///
/// # Example
/// ```
/// use cqlite_sstable::encoding::uvint_size;
/// assert_eq!([uvint_size(0x7F), uvint_size(0x80), uvint_size(u64::MAX)], [1, 2, 9]);
/// ```
#[inline]
pub fn uvint_size(value: u64) -> usize {
    // Seven bits a byte up to 8 bytes, and all 64 in 9.
    let bits = u64::BITS.wrapping_sub((value | 1).leading_zeros());
    (bits.wrapping_mul(9).wrapping_add(63) / 64) as usize
}

/// Appends big-endian values and vints.
pub trait PutBytes {
    /// Appends an unsigned vint in the fewest bytes (`VIntCoding.writeUnsignedVInt`).
    fn put_uvint(&mut self, value: u64);

    /// Appends a signed vint: zig-zag over [`PutBytes::put_uvint`].
    fn put_vint(&mut self, value: i64);

    /// Appends a number of 32 bits as an unsigned vint, sign-extended (`VIntCoding.writeUnsignedVInt32`).
    fn put_uvint32(&mut self, value: i32);

    /// Appends bytes behind their length as an unsigned vint (`ByteBufferUtil.writeWithVIntLength`).
    ///
    /// # Errors
    /// If they are more than 2 GiB.
    fn put_vint_prefixed(&mut self, bytes: &[u8]) -> Result<(), EncodeError>;

    /// Appends bytes behind their length as `u16` (`ByteBufferUtil.writeWithShortLength`).
    ///
    /// # Errors
    /// If they are more than 65,535.
    fn put_short_prefixed(&mut self, bytes: &[u8]) -> Result<(), EncodeError>;
}

impl PutBytes for Vec<u8> {
    #[inline]
    fn put_uvint(&mut self, value: u64) {
        if value < 0x80 {
            self.push(value as u8);
        } else {
            put_long_uvint(self, value);
        }
    }

    #[inline]
    fn put_vint(&mut self, value: i64) {
        self.put_uvint(((value << 1) ^ (value >> 63)) as u64);
    }

    #[inline]
    fn put_uvint32(&mut self, value: i32) {
        self.put_uvint(i64::from(value) as u64);
    }

    #[inline]
    fn put_vint_prefixed(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        if bytes.len() > i32::MAX as usize {
            return Err(EncodeError::Refused("a value has more than 2 GiB"));
        }
        self.put_uvint(bytes.len() as u64);
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn put_short_prefixed(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let length = u16::try_from(bytes.len())
            .map_err(|_| EncodeError::Refused("a key or path has more than 65,535 bytes"))?;
        self.extend_from_slice(&length.to_be_bytes());
        self.extend_from_slice(bytes);
        Ok(())
    }
}

#[inline]
fn put_long_uvint(out: &mut Vec<u8>, value: u64) {
    let size = uvint_size(value);
    if size == 9 {
        out.push(0xFF);
        out.extend_from_slice(&value.to_be_bytes());
        return;
    }
    // As many leading ones as there are bytes behind the first: the value leaves room for them and one zero.
    let extra = (size as u32).wrapping_sub(1);
    let unused_bits = 64_u32.wrapping_sub(extra.wrapping_mul(8)).wrapping_sub(8);
    let ones = !(0xFF_u8.wrapping_shr(extra));
    let [first, rest @ ..] = value.wrapping_shl(unused_bits).to_be_bytes();
    let length = out.len();
    out.extend_from_slice(&[first | ones, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6]]);
    out.truncate(length.wrapping_add(size));
}

#[cfg(test)]
mod tests {
    use super::super::Bytes;
    use super::*;

    #[test]
    fn vints_are_read_as_they_were_written_and_have_the_fewest_bytes() {
        for bits in 0..64 {
            for value in [1_u64 << bits, (1 << bits) - 1, u64::MAX >> bits, 0xA5A5_A5A5_A5A5_A5A5 >> bits] {
                let mut out = vec![0xEE];
                out.put_uvint(value);
                let extra = (0..8).find(|n| value < 1 << (7 * (n + 1))).unwrap_or(8);
                assert_eq!(out.len(), 2 + extra, "{value:#x}");
                assert_eq!(uvint_size(value), 1 + extra, "{value:#x}");
                assert_eq!(Bytes::new(&out[1..]).uvint(), Ok(value));
                out.clear();
                out.put_vint(value as i64);
                assert_eq!(Bytes::new(&out).vint(), Ok(value as i64));
            }
        }
    }

    #[test]
    fn a_negative_number_of_32_bits_has_nine_bytes_as_cassandra_writes_it() {
        let mut out = Vec::new();
        out.put_uvint32(-2);
        assert_eq!(out, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]);
    }

    #[test]
    fn what_is_too_long_for_its_length_is_refused() {
        let mut out = Vec::new();
        out.put_short_prefixed(&[7; 65_535]).unwrap();
        assert_eq!(Bytes::new(&out).short_prefixed(), Ok(&[7; 65_535][..]));
        assert!(out.put_short_prefixed(&[7; 65_536]).is_err());
    }
}
