//! Writing numbers of variable length (`utils.vint.VIntCoding`, `io.util.SizedInts`), and bytes behind their
//! length.

use super::EncodeError;

/// Appends an unsigned vint in its shortest form, as [`Bytes::uvint`](super::Bytes::uvint) reads it.
#[inline]
pub fn write_uvint(value: u64, out: &mut Vec<u8>) {
    if value < 0x80 {
        out.push(value as u8);
    } else if value < 0x4000 {
        out.extend_from_slice(&(value as u16 | 0x8000).to_be_bytes());
    } else {
        write_long_uvint(value, out);
    }
}

fn write_long_uvint(value: u64, out: &mut Vec<u8>) {
    let size = uvint_size(value);
    if size == 9 {
        out.push(0xFF);
        out.extend_from_slice(&value.to_be_bytes());
        return;
    }
    // As many leading ones as there are bytes behind the first: the value leaves room for them and one zero.
    let extra = (size as u32).wrapping_sub(1);
    let unused_bits = 56_u32.wrapping_sub(extra.wrapping_mul(8));
    let ones = !(0xFF_u8.wrapping_shr(extra));
    let [first, b, c, d, e, f, g, h] = value.wrapping_shl(unused_bits).to_be_bytes();
    let length = out.len();
    out.extend_from_slice(&[first | ones, b, c, d, e, f, g, h]);
    out.truncate(length.wrapping_add(size));
}

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

/// Appends a number of 32 bits as an unsigned vint, sign-extended, as [`Bytes::uvint32`](super::Bytes::uvint32) reads
/// it: a negative one has nine bytes.
#[inline]
pub fn write_uvint32(value: i32, out: &mut Vec<u8>) {
    write_uvint(i64::from(value) as u64, out);
}

/// Appends bytes behind their length, as [`Bytes::vint_prefixed`](super::Bytes::vint_prefixed) reads them.
///
/// # Errors
/// If they are more than 2 GiB.
#[inline]
pub fn write_vint_prefixed(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if bytes.len() > i32::MAX as usize {
        return Err(EncodeError::Refused("a value has more than 2 GiB"));
    }
    write_uvint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends bytes behind their length, as [`Bytes::short_prefixed`](super::Bytes::short_prefixed) reads them.
///
/// # Errors
/// If they are more than 65,535.
pub fn write_short_prefixed(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let length = u16::try_from(bytes.len())
        .map_err(|_| EncodeError::Refused("a key or a name has more than 65,535 bytes"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends a signed vint: zig-zag over [`write_uvint`].
#[inline]
pub fn write_vint(value: i64, out: &mut Vec<u8>) {
    write_uvint(((value << 1) ^ (value >> 63)) as u64, out);
}

/// How many bytes hold this number with its sign: 1 to 8 (`SizedInts.nonZeroSize`).
#[inline]
pub fn sized_int_bytes(value: i64) -> usize {
    let magnitude = if value < 0 { !value } else { value };
    let bits = 65_u32.saturating_sub(magnitude.leading_zeros());
    bits.div_ceil(8) as usize
}

/// Appends the lowest `size` bytes of a number, as [`Bytes::sized_int`](super::Bytes::sized_int) reads them.
#[inline]
pub fn write_sized_int(value: i64, size: usize, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    out.extend_from_slice(bytes.get(8_usize.saturating_sub(size)..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::super::Bytes;
    use super::*;

    fn around_each_power_of_two() -> impl Iterator<Item = u64> {
        (0..64).flat_map(|shift| [(1_u64 << shift) - 1, 1 << shift, u64::MAX >> shift, !(1 << shift)])
    }

    #[test]
    fn vints_are_read_back_and_are_as_short_as_they_can_be() {
        for value in around_each_power_of_two() {
            let mut bytes = Vec::new();
            write_uvint(value, &mut bytes);
            let bits = (64 - value.leading_zeros()).max(1);
            assert_eq!(bytes.len() as u32, bits.div_ceil(7).min(9), "{value:x}");
            write_vint(value as i64, &mut bytes);
            let mut reader = Bytes::new(&bytes);
            assert_eq!((reader.uvint(), reader.vint()), (Ok(value), Ok(value as i64)));
            assert_eq!(reader.remaining(), 0);
        }
    }

    #[test]
    fn sizes_of_vints_are_told_before_they_are_written() {
        for value in around_each_power_of_two() {
            let mut bytes = Vec::new();
            write_uvint(value, &mut bytes);
            assert_eq!(uvint_size(value), bytes.len(), "{value:x}");
        }
    }

    #[test]
    fn what_is_too_long_for_its_length_is_refused() {
        let mut out = Vec::new();
        write_short_prefixed(&[7; 65_535], &mut out).unwrap();
        assert_eq!(Bytes::new(&out).short_prefixed(), Ok(&[7; 65_535][..]));
        assert!(write_short_prefixed(&[7; 65_536], &mut out).is_err());
    }

    #[test]
    fn sized_numbers_are_read_back_from_the_fewest_bytes_that_keep_their_sign() {
        for value in around_each_power_of_two() {
            let value = value as i64;
            let size = sized_int_bytes(value);
            let mut bytes = Vec::new();
            write_sized_int(value, size, &mut bytes);
            assert_eq!((bytes.len(), Bytes::new(&bytes).sized_int(size)), (size, Ok(value)), "{value:x}");
            if size > 1 {
                assert_ne!(Bytes::new(&bytes[1..]).sized_int(size - 1), Ok(value), "{value:x}");
            }
        }
        assert_eq!([0, -1, 127, 128, -128, -129].map(sized_int_bytes), [1, 1, 1, 2, 1, 2]);
    }
}
