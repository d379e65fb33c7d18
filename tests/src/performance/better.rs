//! Which way a figure improves.

use serde::{Deserialize, Serialize};

/// Which way a figure improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better: rates.
    Higher,
    /// Less is better: times, sizes.
    Lower,
}

impl Better {
    /// By what part of `from` the figure `to` is worse; negative if it is better. Nothing can be said of a part of zero.
    pub fn worsening(self, from: f64, to: f64) -> Option<f64> {
        let change = (to - from) / from.abs();
        let worse = match self {
            Self::Higher => -change,
            Self::Lower => change,
        };
        worse.is_finite().then_some(worse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_worsens_as_it_falls_and_a_time_as_it_grows() {
        assert_eq!(Better::Higher.worsening(100.0, 80.0), Some(0.2));
        assert_eq!(Better::Lower.worsening(100.0, 80.0), Some(-0.2));
        assert_eq!(Better::Lower.worsening(0.0, 80.0), None);
    }
}
