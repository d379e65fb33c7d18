//! Where the fields of STATS begin.

/// Where in Statistics.db the fields of STATS begin, by the names that Cassandra has for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldOffsets {
    /// In the order of the file.
    pub(super) fields: Vec<(&'static str, u64)>,
    /// Where STATS begin.
    pub(super) start: u64,
}

impl FieldOffsets {
    /// Where this field begins, or STATS if the version does not record it.
    pub fn of(&self, field: &str) -> u64 {
        self.fields.iter().find(|(name, _)| *name == field).map_or(self.start, |(_, offset)| *offset)
    }

    /// Where the clusterings begin that the covered ones start with, and that they end with.
    pub fn of_covered_clusterings(&self) -> [u64; 2] {
        let of_either = |[name, legacy]: [&str; 2]| match self.of(name) {
            offset if offset == self.start => self.of(legacy),
            offset => offset,
        };
        [COVERED_START, COVERED_END].map(of_either)
    }
}

/// The names of the least covered clustering since `oa`, and before.
pub(super) const COVERED_START: [&str; 2] = ["the start of coveredClustering", "minClusteringValues"];

/// As [`COVERED_START`], of the greatest.
pub(super) const COVERED_END: [&str; 2] = ["the end of coveredClustering", "maxClusteringValues"];
