//! How much memory a builder may take.

/// How a [`SstableBuilder`](super::SstableBuilder) works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuilderOptions {
    /// The most memory for rows that are not sorted yet, in bytes. An update that is larger is taken alone.
    pub memory_limit_bytes: usize,
    /// How many sorted runs are merged at once, at least two.
    pub merge_width: usize,
}

impl Default for BuilderOptions {
    fn default() -> Self {
        Self { memory_limit_bytes: 128 * 1024 * 1024, merge_width: 16 }
    }
}
