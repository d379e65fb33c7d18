//! Where time goes.

use serde::{Deserialize, Serialize};

use super::super::number;

/// The time that a part of the work took, over all threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeShare {
    /// The part.
    pub part: String,
    /// The time.
    #[serde(with = "number")]
    pub seconds: f64,
}
