//! Places among partition keys.

/// A place at a partition key or directly beside it, where no other key can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPosition {
    /// In front of the key.
    Before,
    /// The key itself.
    At,
    /// Behind the key.
    After,
}
