//! From when on a partition is large.

use super::PartitionCounts;

/// From when on a partition is told. It is if it reaches any of the thresholds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// The least size.
    pub min_size_bytes: Option<u64>,
    /// The least number of rows.
    pub min_rows: Option<u64>,
    /// The least number of cells.
    pub min_cells: Option<u64>,
    /// The least number of tombstones.
    pub min_tombstones: Option<u64>,
}

impl Thresholds {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any of them is reached; never, if there is none.
    pub fn are_reached(&self, counts: &PartitionCounts) -> bool {
        let reached = |least: Option<u64>, count: u64| least.is_some_and(|least| count >= least);
        reached(self.min_size_bytes, counts.size_bytes)
            || reached(self.min_rows, counts.rows)
            || reached(self.min_cells, counts.cells)
            || reached(self.min_tombstones, counts.tombstones())
    }
}

/// Bytes of a size such as `4096`, `10KiB`, `20 MiB`, `1GiB` (`DataStorageSpec`). None if it is no such text.
///
/// # Example
/// ```
/// use cqlite_sstable::tools::partitions::parse_size_bytes;
/// assert_eq!(parse_size_bytes("20MiB"), Some(20 * 1024 * 1024));
/// assert_eq!(parse_size_bytes("1.5GB"), None);
/// ```
pub fn parse_size_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units_or_none() {
        let sizes = ["0", "4096", "7B", "10KiB", "10 KiB", "3GiB", "2TiB"].map(parse_size_bytes);
        let expected = [0, 4096, 7, 10_240, 10_240, 3 << 30, 2 << 40].map(Some);
        assert_eq!(sizes, expected);
        for wrong in ["", "KiB", "-1", "1kb", "1.5MiB", "99999999999999999999", "99999999999TiB"] {
            assert_eq!(parse_size_bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_threshold_is_enough_and_none_is_never_reached() {
        let counts = PartitionCounts { size_bytes: 10, rows: 2, ..PartitionCounts::default() };
        assert!(!Thresholds::default().are_reached(&counts));
        let large = Thresholds { min_size_bytes: Some(11), min_rows: Some(3), ..Thresholds::default() };
        assert!(!large.are_reached(&counts));
        assert!(Thresholds { min_rows: Some(2), ..large }.are_reached(&counts));
        assert!(Thresholds { min_tombstones: Some(0), ..large }.are_reached(&counts));
    }
}
