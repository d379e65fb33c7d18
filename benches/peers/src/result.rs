//! Errors of a benchmark: whatever went wrong ends it with a sentence.

/// What a step of the benchmark gives, or why it cannot go on.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
