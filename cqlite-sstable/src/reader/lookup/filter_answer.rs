//! What a bloom filter says of a key.

/// What a bloom filter says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterAnswer {
    /// Nothing: there is none, or it was not worth it to read it.
    NotAsked,
    /// The key is not there.
    Absent,
    /// The key may be there. If it is not, that is a false positive.
    MayBeThere,
}
