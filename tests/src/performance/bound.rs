//! The line that a figure must stay on one side of.

use serde::{Deserialize, Serialize};

use super::{Better, Unit, number};

/// The line that a figure must stay on one side of. A figure on the line itself holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// No less than this.
    AtLeast(#[serde(with = "number")] f64),
    /// No more than this.
    AtMost(#[serde(with = "number")] f64),
}

impl Bound {
    /// Whether the value is on the right side. What is no number never is.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    /// Where the line is.
    pub fn value(self) -> f64 {
        match self {
            Self::AtLeast(bound) | Self::AtMost(bound) => bound,
        }
    }

    /// The same side of another line.
    #[must_use]
    pub fn at(self, value: f64) -> Self {
        match self {
            Self::AtLeast(_) => Self::AtLeast(value),
            Self::AtMost(_) => Self::AtMost(value),
        }
    }

    /// Which way figures improve that are bound so.
    pub fn better(self) -> Better {
        match self {
            Self::AtLeast(_) => Better::Higher,
            Self::AtMost(_) => Better::Lower,
        }
    }

    /// The bound as people read it: `at least 250,000/s`.
    pub fn text(self, unit: Unit) -> String {
        match self {
            Self::AtLeast(bound) => format!("at least {}", unit.text(bound)),
            Self::AtMost(bound) => format!("at most {}", unit.text(bound)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_itself_holds_and_what_is_no_number_does_not() {
        assert!(Bound::AtLeast(10.0).holds(10.0));
        assert!(!Bound::AtLeast(10.0).holds(9.9));
        assert!(Bound::AtMost(10.0).holds(10.0));
        assert!(!Bound::AtMost(10.0).holds(10.1));
        assert!(!Bound::AtMost(10.0).holds(f64::NAN));
        assert!(!Bound::AtLeast(10.0).holds(f64::NAN));
    }

    #[test]
    fn a_bound_is_told_with_its_unit() {
        assert_eq!(Bound::AtMost(0.005).text(Unit::Seconds), "at most 5.00 ms");
    }
}
