//! What a process that is to be killed tells of its writes.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many records each writer has had acknowledged: they are numbered without gaps.
#[derive(Debug)]
pub(super) struct Acknowledged(Vec<AtomicU64>);

impl Acknowledged {
    /// None yet.
    pub(super) fn new(writers: usize) -> Self {
        Self((0..writers).map(|_| AtomicU64::new(0)).collect())
    }

    /// One more of a writer.
    pub(super) fn add(&self, writer: usize) {
        if let Some(count) = self.0.get(writer) {
            count.fetch_add(1, Ordering::Release);
        }
    }

    /// In a line.
    pub(super) fn text(&self) -> String {
        let counts: Vec<_> = self.0.iter().map(|count| count.load(Ordering::Acquire).to_string()).collect();
        counts.join(" ")
    }

    /// What such a line says; none if it is none.
    pub(super) fn parse(text: &str) -> Option<Vec<u64>> {
        text.split(' ').map(|count| count.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_understood() {
        let acknowledged = Acknowledged::new(3);
        (0..5).for_each(|_| acknowledged.add(1));
        assert_eq!(Acknowledged::parse(&acknowledged.text()), Some(vec![0, 5, 0]));
        assert_eq!(Acknowledged::parse("records are written"), None);
    }
}
