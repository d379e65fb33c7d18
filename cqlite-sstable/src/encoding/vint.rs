//! Writing numbers of variable length (`utils.vint.VIntCoding`, `io.util.SizedInts`).

/// Appends an unsigned vint in its shortest form, as [`Bytes::uvint`](super::Bytes::uvint) reads it.
#[inline]
pub fn write_uvint(value: u64, out: &mut Vec<u8>) {
    if value < 0x80 {
        return out.push(value as u8);
    }
    let bits = 64_u32.saturating_sub(value.leading_zeros());
    // Each byte behind the first takes one bit of that one and gives eight; the ninth takes none.
    let more = (bits.saturating_sub(1) / 7).min(8);
    let marks = !(0xFF_u32.wrapping_shr(more)) as u8;
    let head = value.checked_shr(more.saturating_mul(8)).unwrap_or(0) as u8;
    out.push(marks | head);
    let bytes = value.to_be_bytes();
    out.extend_from_slice(bytes.get(8_usize.saturating_sub(more as usize)..).unwrap_or_default());
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
