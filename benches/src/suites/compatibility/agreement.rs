//! How much of what was compared agrees with Cassandra.

use std::fmt::Display;

use cqlite_tests::performance::{Bound, Target, Unit};

use crate::load::Result;
use crate::suite::Stage;

/// So many disagreements are named.
const NAMED: usize = 5;

/// How much of what was compared agrees with what Cassandra said.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    compared: u64,
    disagreements: Vec<String>,
}

impl Agreement {
    /// The target that all of it agrees.
    pub(super) fn target(name: &str, what: &str) -> Target {
        Target::new(name, what, Unit::Share, Bound::AtLeast(1.0))
    }

    /// Takes in that one thing agrees, or how it does not.
    pub(super) fn take(&mut self, what: impl Display, difference: Option<String>) {
        self.compared = self.compared.saturating_add(1);
        self.disagreements.extend(difference.map(|difference| format!("{what}: {difference}")));
    }

    /// Records the share that agrees.
    ///
    /// # Errors
    /// If something does not, or if less was compared than is known to be there.
    pub(super) fn record(&self, stage: &Stage, name: &str, least: u64) -> Result<()> {
        let share = (self.compared.saturating_sub(self.disagreements.len() as u64)) as f64
            / self.compared.max(1) as f64;
        stage.monitor().record_metric(name, Unit::Share, share);
        if self.compared < least {
            return Err(format!("only {} of {least} were compared", self.compared).into());
        }
        match self.disagreements.len() {
            0 => Ok(()),
            count => {
                let named: Vec<_> = self.disagreements.iter().take(NAMED).map(String::as_str).collect();
                Err(format!("{count} of {} disagree: {}", self.compared, named.join("; ")).into())
            }
        }
    }
}

/// Where two texts part; none if they are the same.
pub(super) fn difference(ours: &[u8], theirs: &[u8]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let at = ours.iter().zip(theirs).take_while(|(one, other)| one == other).count();
    let near = |text: &[u8]| {
        let part = text.iter().copied().skip(at.saturating_sub(40)).take(120).collect::<Vec<_>>();
        String::from_utf8_lossy(&part).into_owned()
    };
    Some(format!("at byte {at}, {:?} in place of {:?}", near(ours), near(theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_part_where_their_first_bytes_differ() {
        assert_eq!(difference(b"same", b"same"), None);
        let told = difference(b"one", b"once").unwrap();
        assert!(told.contains("at byte 2"), "{told}");
    }
}
