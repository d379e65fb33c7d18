//! Something that happened.

use serde::{Deserialize, Serialize};

use super::{super::number, EventKind};

/// Something that happened, in seconds since the monitor began; or several things of one kind that were merged, the first of
/// which began and the last of which ended then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When it began.
    #[serde(with = "number")]
    pub from: f64,
    /// When it ended: the same where it took no time worth telling.
    #[serde(with = "number")]
    pub until: f64,
    /// How many there were.
    pub count: u64,
}

impl Event {
    /// Whether it is known that it happened between two times. Of events that were merged nothing is known between the first and
    /// the last.
    pub fn is_within(&self, from: f64, until: f64) -> bool {
        match self.count {
            1 => self.from <= until && self.until >= from,
            _ => [self.from, self.until].iter().any(|end| (from..=until).contains(end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_events_that_were_merged_none_is_known() {
        let event = |count| Event { kind: EventKind::Flush, from: 1.0, until: 9.0, count };
        assert!(event(1).is_within(4.0, 5.0) && !event(2).is_within(4.0, 5.0));
        assert!(event(2).is_within(0.0, 1.0) && event(2).is_within(8.0, 12.0));
        assert!(!event(1).is_within(9.5, 12.0));
    }
}
