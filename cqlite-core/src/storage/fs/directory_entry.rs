//! What is in a directory.

/// A file or directory in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The last part of its path.
    pub name: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// How many bytes a file has; 0 for a directory.
    pub length_bytes: u64,
    /// When the bytes of a file were changed last, in milliseconds since 1970: transaction logs tell of that.
    pub modified_millis: i64,
}
