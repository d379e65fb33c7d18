//! How far counts can be compared.

use super::{MARGIN_PERCENT, WIDE_MARGIN_PERCENT};

/// How far counts can be compared with those of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// All that counts depend on is the same.
    Exact,
    /// This differs, and moves counts somewhat.
    Rough(Vec<String>),
    /// This differs, and other instructions are counted.
    Impossible(Vec<String>),
}

impl Comparison {
    /// By how many percent counts may differ; none if they tell nothing about each other.
    pub fn margin_percent(&self) -> Option<f64> {
        match self {
            Self::Exact => Some(MARGIN_PERCENT),
            Self::Rough(_) => Some(WIDE_MARGIN_PERCENT),
            Self::Impossible(_) => None,
        }
    }

    /// What there is to say about it.
    pub fn sentence(&self) -> Option<String> {
        match self {
            Self::Exact => None,
            Self::Rough(differences) => Some(format!(
                "The baseline was made with other tools ({}): counts may differ from it by {WIDE_MARGIN_PERCENT} % instead of {MARGIN_PERCENT} %. \
                 Accept counts made with these to be held to {MARGIN_PERCENT} % again.",
                differences.join(", ")
            )),
            Self::Impossible(differences) => Some(format!(
                "NOT COMPARED: the baseline counts other instructions ({}).",
                differences.join(", ")
            )),
        }
    }
}
