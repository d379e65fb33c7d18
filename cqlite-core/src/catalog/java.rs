//! Numbers as Java prints them, and the order in which its hash tables have things.

use cqlite_sstable::types::{CqlType, write_string};

/// `Double.toString`.
pub(super) fn double_text(value: f64) -> String {
    let mut text = Vec::new();
    match write_string(&CqlType::Double, &value.to_be_bytes(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => value.to_string(),
    }
}

/// `DecimalFormat("#.####")` of a number that is not negative: at most four digits behind the point, half to even.
pub(super) fn rounded_text(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.strip_prefix("0.").map_or_else(|| text.to_owned(), |digits| format!(".{digits}"))
}

/// `items` in the order in which a `java.util.HashMap` shows them that they were put into one by one: by this hash, which
/// is that of their keys. Of several things that are wrong with a statement, Cassandra tells the first in this order.
pub(crate) fn hash_order<T>(items: impl IntoIterator<Item = T>, hash: impl Fn(&T) -> i32) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    let mut buckets = 16_usize;
    while items.len() > buckets.saturating_sub(buckets / 4) {
        buckets = buckets.saturating_mul(2);
    }
    sort_by_bucket(&mut items, buckets, hash);
    items
}

/// As [`hash_order`], of a hash table that is a copy of one: it has as many buckets as its size needs.
pub(crate) fn copied_hash_order<T>(items: impl IntoIterator<Item = T>, hash: impl Fn(&T) -> i32) -> Vec<T> {
    let mut items = hash_order(items, &hash);
    let wanted = items.len().saturating_mul(4).div_euclid(3).saturating_add(1);
    sort_by_bucket(&mut items, wanted.next_power_of_two(), hash);
    items
}

fn sort_by_bucket<T>(items: &mut [T], buckets: usize, hash: impl Fn(&T) -> i32) {
    items.sort_by_key(|item| {
        let hash = hash(item).cast_unsigned();
        usize::try_from(hash ^ (hash >> 16)).unwrap_or_default() & buckets.saturating_sub(1)
    });
}

/// `ByteBuffer.hashCode` of the name's bytes: the hash of a `ColumnIdentifier` and a `FieldIdentifier`.
pub(crate) fn identifier_hash(name: &str) -> i32 {
    name.bytes()
        .rev()
        .fold(1_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte.cast_signed())))
}

/// `String.hashCode`
pub(crate) fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_java() {
        assert_eq!(string_hash("hello"), 99_162_322);
        assert_eq!(identifier_hash("ab"), 31 * (31 + 98) + 97);
    }

    #[test]
    fn things_are_in_the_order_of_their_buckets_and_of_coming_in_one_bucket() {
        // Of 16 buckets 5, 5 again (21 is 5 above 16) and 1; with 13 things there are 32.
        assert_eq!(hash_order([21, 5, 1], |number| *number), [1, 21, 5]);
        assert_eq!(copied_hash_order([7, 8, 11], |number| *number), [8, 11, 7]);
        let many: Vec<i32> = (5..18).rev().collect();
        assert_eq!(hash_order(many, |number| number + 16), [16, 17, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    }
}
