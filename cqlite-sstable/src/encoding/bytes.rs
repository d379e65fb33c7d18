//! A checked cursor over borrowed bytes.

use std::fmt;

/// Why bytes could not be decoded. It knows no file: the caller adds the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end too early. At least `needed` bytes, counted from the start of the slice that was being
    /// read, are wanted before another attempt can succeed.
    Short {
        /// Bytes that are needed in all.
        needed: usize,
    },
    /// The bytes contradict the format.
    Invalid(&'static str),
}

impl DecodeError {
    pub(crate) const TOO_WIDE: Self = Self::Invalid("a vint of 32 bits holds a larger number");
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { .. } => f.write_str("the bytes end too early"),
            Self::Invalid(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads big-endian values from a slice, each read checked against its end.
///
/// # Example
/// ```
/// use cqlite_sstable::encoding::{Bytes, DecodeError};
/// let mut bytes = Bytes::new(&[0x81, 0x00, 0x02, b'h', b'i']);
/// assert_eq!(bytes.uvint(), Ok(256));
/// assert_eq!(bytes.vint_prefixed(), Ok(&b"hi"[..]));
/// assert_eq!(bytes.u8(), Err(DecodeError::Short { needed: 6 }));
/// ```
#[derive(Debug, Clone)]
pub struct Bytes<'a> {
    slice: &'a [u8],
    position: usize,
}

impl<'a> Bytes<'a> {
    /// Reads `slice` from its start.
    #[inline]
    pub fn new(slice: &'a [u8]) -> Self {
        Self { slice, position: 0 }
    }

    /// Reads `slice` from `position`; a position past its end has nothing to read.
    #[inline]
    pub fn from(slice: &'a [u8], position: usize) -> Self {
        Self { slice, position }
    }

    /// Bytes consumed so far.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes not yet consumed.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.slice.len().saturating_sub(self.position)
    }

    /// The bytes not yet consumed.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.slice.get(self.position..).unwrap_or(&[])
    }

    #[inline]
    fn short(&self, wanted: usize) -> DecodeError {
        DecodeError::Short { needed: self.position.saturating_add(wanted) }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Short`] if there are fewer. Nothing is consumed then.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.position.saturating_add(count);
        let taken = self.slice.get(self.position..end).ok_or_else(|| self.short(count))?;
        self.position = end;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// As [`Bytes::take`].
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let array = self.slice.get(self.position..).and_then(<[u8]>::first_chunk::<N>);
        let array = *array.ok_or_else(|| self.short(N))?;
        self.position = self.position.saturating_add(N);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// As [`Bytes::take`].
    #[inline]
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        let byte = *self.slice.get(self.position).ok_or_else(|| self.short(1))?;
        self.position = self.position.saturating_add(1);
        Ok(byte)
    }

    /// The next byte, which stays there.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.slice.get(self.position).copied()
    }

    /// An unsigned vint (`VIntCoding.readUnsignedVInt`): the number of leading one bits of the first byte is
    /// the number of bytes that follow it.
    ///
    /// # Errors
    /// As [`Bytes::take`].
    #[inline]
    pub fn uvint(&mut self) -> Result<u64, DecodeError> {
        match self.slice.get(self.position) {
            Some(&first) if first < 0x80 => {
                self.position = self.position.saturating_add(1);
                Ok(u64::from(first))
            }
            Some(&first) => self.uvint_long(first),
            None => Err(self.short(1)),
        }
    }

    #[inline]
    fn uvint_long(&mut self, first: u8) -> Result<u64, DecodeError> {
        let extra = first.leading_ones() as usize;
        let start = self.position.saturating_add(1);
        let rest = self.slice.get(start..).unwrap_or(&[]);
        let head = u64::from(u32::from(first) & 0xFF_u32.checked_shr(extra as u32).unwrap_or(0));
        let tail = if let Some(eight) = rest.first_chunk::<8>() {
            let drop_bits = 64_u32.saturating_sub((extra as u32).saturating_mul(8));
            u64::from_be_bytes(*eight).checked_shr(drop_bits).unwrap_or(0)
        } else {
            let taken = rest.get(..extra).ok_or_else(|| self.short(extra.saturating_add(1)))?;
            taken.iter().fold(0, |value: u64, &byte| (value << 8) | u64::from(byte))
        };
        self.position = start.saturating_add(extra);
        Ok(head.checked_shl((extra as u32).saturating_mul(8)).unwrap_or(0) | tail)
    }

    /// A signed vint: zig-zag over [`Bytes::uvint`].
    ///
    /// # Errors
    /// As [`Bytes::take`].
    #[inline]
    pub fn vint(&mut self) -> Result<i64, DecodeError> {
        let raw = self.uvint()?;
        Ok(((raw >> 1) as i64) ^ ((raw & 1) as i64).wrapping_neg())
    }

    /// An unsigned vint that holds a 32-bit number, sign-extended if negative
    /// (`VIntCoding.readUnsignedVInt32`).
    ///
    /// # Errors
    /// As [`Bytes::take`], and [`DecodeError::Invalid`] if the number has more bits.
    #[inline]
    pub fn uvint32(&mut self) -> Result<i32, DecodeError> {
        let raw = self.uvint()? as i64;
        i32::try_from(raw).map_err(|_| DecodeError::TOO_WIDE)
    }

    /// An unsigned vint as a length or count in memory.
    ///
    /// # Errors
    /// As [`Bytes::take`], and [`DecodeError::Invalid`] where it does not fit.
    #[inline]
    pub fn length(&mut self) -> Result<usize, DecodeError> {
        let raw = self.uvint()?;
        match usize::try_from(raw) {
            Ok(length) if raw <= i32::MAX as u64 => Ok(length),
            _ => Err(DecodeError::Invalid("a length exceeds 2 GiB")),
        }
    }

    /// Bytes behind their length as an unsigned vint (`ByteBufferUtil.readWithVIntLength`).
    ///
    /// # Errors
    /// As [`Bytes::take`] and [`Bytes::length`].
    #[inline]
    pub fn vint_prefixed(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.length()?;
        self.take(length)
    }

    /// Bytes behind their length as `u16` (`ByteBufferUtil.readWithShortLength`).
    ///
    /// # Errors
    /// As [`Bytes::take`].
    #[inline]
    pub fn short_prefixed(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// A signed integer in `size` bytes, 1 to 8 of them (`io.util.SizedInts`).
    ///
    /// # Errors
    /// As [`Bytes::take`], and [`DecodeError::Invalid`] for another size.
    #[inline]
    pub fn sized_int(&mut self, size: usize) -> Result<i64, DecodeError> {
        let bytes = self.take(size)?;
        let sign = match bytes.first() {
            Some(first) if size <= 8 => i64::from((*first as i8) >> 7),
            _ => return Err(DecodeError::Invalid("an integer is not of 1 to 8 bytes")),
        };
        Ok(bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte)))
    }

    /// Text as `DataOutput.writeUTF` writes it; modified UTF-8 equals UTF-8 for what Cassandra stores so.
    ///
    /// # Errors
    /// As [`Bytes::take`], and [`DecodeError::Invalid`] if it is not UTF-8.
    pub fn utf(&mut self) -> Result<&'a str, DecodeError> {
        let bytes = self.short_prefixed()?;
        std::str::from_utf8(bytes).map_err(|_| DecodeError::Invalid("a name is not UTF-8"))
    }
}

macro_rules! big_endian {
    ($($name:ident: $type:ty),*) => { impl Bytes<'_> { $(
        #[doc = concat!("A big-endian `", stringify!($type), "`.")]
        ///
        /// # Errors
        /// As [`Bytes::take`].
        #[inline]
        pub fn $name(&mut self) -> Result<$type, DecodeError> {
            Ok(<$type>::from_be_bytes(self.array()?))
        }
    )* } };
}

big_endian!(u16: u16, i16: i16, u32: u32, i32: i32, u64: u64, i64: i64, f64: f64);

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes as `VIntCoding.writeUnsignedVInt` does, from the table of sizes in its documentation.
    fn uvint_bytes(value: u64) -> Vec<u8> {
        let extra = (0..8).find(|n| value < 1 << (7 * (n + 1))).unwrap_or(8);
        let mut out = value.to_be_bytes()[8 - extra..].to_vec();
        let prefix = !(0xFF_u16 >> extra) as u8;
        if extra == 8 {
            out.insert(0, 0xFF);
        } else {
            let head = (value >> (8 * extra)) as u8;
            out.insert(0, prefix | head);
        }
        out
    }

    #[test]
    fn unsigned_vints_of_every_size_read_back_with_and_without_bytes_behind_them() {
        for bits in 0..64 {
            for value in [1_u64 << bits, (1_u64 << bits).wrapping_sub(1), u64::MAX >> bits] {
                let mut encoded = uvint_bytes(value);
                let size = encoded.len();
                assert_eq!(Bytes::new(&encoded).uvint(), Ok(value), "{value}");
                for cut in 0..size {
                    let read = Bytes::new(&encoded[..cut]).uvint();
                    assert_eq!(read, Err(DecodeError::Short { needed: if cut == 0 { 1 } else { size } }));
                }
                encoded.extend([0xAA; 9]);
                let mut bytes = Bytes::new(&encoded);
                assert_eq!(bytes.uvint(), Ok(value));
                assert_eq!(bytes.position(), size);
            }
        }
    }

    #[test]
    fn signed_vints_are_zig_zag() {
        for (encoded, value) in [(0_u64, 0_i64), (1, -1), (2, 1), (u64::MAX, i64::MIN)] {
            assert_eq!(Bytes::new(&uvint_bytes(encoded)).vint(), Ok(value));
        }
    }

    #[test]
    fn a_32_bit_vint_refuses_larger_numbers_and_takes_negative_ones() {
        assert_eq!(Bytes::new(&uvint_bytes(-5_i64 as u64)).uvint32(), Ok(-5));
        assert!(matches!(Bytes::new(&uvint_bytes(1 << 31)).uvint32(), Err(DecodeError::Invalid(_))));
    }

    #[test]
    fn integers_of_every_size_have_their_sign() {
        for (bytes, value) in [
            (&[0x7F][..], 127),
            (&[0x80], -128),
            (&[0xFF, 0x7F], -129),
            (&[0x00, 0x80], 128),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN),
            (&[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], i64::MAX),
        ] {
            assert_eq!(Bytes::new(bytes).sized_int(bytes.len()), Ok(value));
        }
        assert_eq!(Bytes::new(&[1]).sized_int(2), Err(DecodeError::Short { needed: 2 }));
        assert!(matches!(Bytes::new(&[1; 9]).sized_int(9), Err(DecodeError::Invalid(_))));
        assert!(matches!(Bytes::new(&[1; 9]).sized_int(0), Err(DecodeError::Invalid(_))));
    }

    #[test]
    fn a_length_is_checked_before_anything_is_taken() {
        let huge = uvint_bytes(u64::MAX);
        assert!(matches!(Bytes::new(&huge).vint_prefixed(), Err(DecodeError::Invalid(_))));
        let mut short = Bytes::new(&[5, 1, 2]);
        assert_eq!(short.vint_prefixed(), Err(DecodeError::Short { needed: 6 }));
    }
}
