//! What the log counts.

/// What happened since the log was opened. All numbers only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitLogMetrics {
    /// Groups that were written, each as one section.
    pub groups: u64,
    /// Mutations in them.
    pub mutations: u64,
    /// Bytes of the sections before they were compressed.
    pub content_bytes: u64,
    /// Bytes of the sections in the files.
    pub written_bytes: u64,
    /// Syncs of segments.
    pub syncs: u64,
    /// Segments that were begun.
    pub segments_begun: u64,
    /// Segments that were removed, because all in them is in SSTables.
    pub segments_released: u64,
    /// How often a writer waited for the next segment.
    pub waits_for_segment: u64,
    /// How often archiving a segment failed.
    pub failed_archives: u64,
}
