//! The paths of elements of lists.

/// Intervals of 100 nanoseconds from the beginning of the Gregorian calendar to 1970.
const GREGORIAN_TO_EPOCH: u64 = 0x01B2_1DD2_1381_4000;

/// Time UUIDs that only grow: an element that is written later stands behind those before it (`TimeUUID.Generator`).
#[derive(Debug)]
pub(super) struct ListPaths {
    next_time: u64,
    node: [u8; 8],
}

impl ListPaths {
    pub(super) fn new(now_seconds: i64, node: [u8; 8]) -> Self {
        let seconds = u64::try_from(now_seconds).unwrap_or(0);
        Self { next_time: GREGORIAN_TO_EPOCH.saturating_add(seconds.saturating_mul(10_000_000)), node }
    }

    pub(super) fn next_path(&mut self) -> [u8; 16] {
        let [hi0, hi1, mid0, mid1, low0, low1, low2, low3] = self.next_time.to_be_bytes();
        self.next_time = self.next_time.saturating_add(1);
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.node;
        let version = 0x10 | (hi0 & 0x0F);
        [low0, low1, low2, low3, mid0, mid1, version, hi1, n0, n1, n2, n3, n4, n5, n6, n7]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{CqlType, compare, validate, write_string};

    #[test]
    fn paths_are_time_uuids_that_grow_across_all_their_fields() {
        let mut paths = ListPaths::new(1_700_000_000, [0x80, 0, 1, 2, 3, 4, 5, 6]);
        let first = paths.next_path();
        let mut text = Vec::new();
        write_string(&CqlType::TimeUuid, &first, &mut text).unwrap();
        assert_eq!(text, b"04afc000-833b-11ee-8000-010203040506");
        paths.next_time |= 0xFFFF_FFFE;
        for before in [first, paths.next_path(), paths.next_path(), paths.next_path()] {
            let next = paths.next_path();
            validate(&CqlType::TimeUuid, &next).unwrap();
            assert!(compare(&CqlType::TimeUuid, &before, &next).is_lt());
        }
    }
}
