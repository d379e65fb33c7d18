//! How many partitions an SSTable has between tokens, by its index alone.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::component::{Component, IndexEntries, Partitions};
use crate::error::Result;
use crate::io::SourcePages;
use crate::partitioner::{Partitioner, Token};
use crate::reader::Sstable;
use crate::tools::filter::TokenRange;
use crate::version::Format;

/// For each of the tokens, which ascend, the partitions up to and with it and behind the one before; then those behind the
/// last. Nothing if the index cannot be read: it is asked for an estimate only.
pub(super) fn partitions_between(sstable: &Sstable, tokens: &[Token]) -> Option<Vec<u64>> {
    let mut counts = Counts { tokens, all: vec![0; tokens.len().saturating_add(1)], passed: 0 };
    let partitioner = sstable.partitioner().ok()?;
    match sstable.version().format() {
        Format::Big => count_big(sstable, &partitioner, &mut counts).ok()?,
        Format::Bti => count_bti(sstable, &mut counts).ok()?,
    }
    Some(counts.all)
}

/// How many partitions lie in a range.
pub(super) fn partitions_within(sstable: &Sstable, range: &TokenRange) -> Option<u64> {
    let wraps = range.start >= range.end;
    let (first, second) = if wraps { (&range.end, &range.start) } else { (&range.start, &range.end) };
    let counts = partitions_between(sstable, &[first.clone(), second.clone()])?;
    let [before, between, behind] = counts.as_slice() else { return None };
    Some(if wraps { before.saturating_add(*behind) } else { *between })
}

struct Counts<'a> {
    tokens: &'a [Token],
    all: Vec<u64>,
    passed: usize,
}

impl Counts<'_> {
    /// Counts a partition, of which it is known whether it stands behind a token.
    fn add(&mut self, is_behind: impl Fn(&Token) -> bool) {
        while self.tokens.get(self.passed).is_some_and(&is_behind) {
            self.passed = self.passed.saturating_add(1);
        }
        if let Some(count) = self.all.get_mut(self.passed) {
            *count = count.saturating_add(1);
        }
    }
}

fn count_big(sstable: &Sstable, partitioner: &Partitioner, counts: &mut Counts<'_>) -> Result<()> {
    let mut entries = IndexEntries::new(sstable.files().open(Component::Index)?);
    while let Some(entry) = entries.next_entry()? {
        let token = partitioner.token(entry.key);
        counts.add(|boundary| token > *boundary);
    }
    Ok(())
}

/// The trie has of each key as much as tells it from its neighbours. Where that ends within the token, the partition may be
/// counted on the other side of it.
fn count_bti(sstable: &Sstable, counts: &mut Counts<'_>) -> Result<()> {
    let forms: Vec<Vec<u8>> = counts.tokens.iter().map(byte_comparable).collect();
    let source = sstable.files().open(Component::Partitions)?;
    let mut pages = SourcePages::new(Arc::clone(&source));
    let mut entries = Partitions::open(&*source)?.entries(&mut pages)?;
    while entries.next_entry(&mut pages)?.is_some() {
        let prefix = entries.prefix();
        while forms.get(counts.passed).is_some_and(|form| compare_common(prefix, form).is_gt()) {
            counts.passed = counts.passed.saturating_add(1);
        }
        counts.add(|_| false);
    }
    Ok(())
}

fn byte_comparable(token: &Token) -> Vec<u8> {
    let mut form = Vec::new();
    Partitioner::write_byte_comparable_token(token, &mut form);
    form
}

fn compare_common(prefix: &[u8], form: &[u8]) -> Ordering {
    let length = prefix.len().min(form.len());
    prefix.get(..length).cmp(&form.get(..length))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::find::{FindOptions, find};
    use crate::reader::{Access, ScanOptions};

    fn tokens(sstable: &Sstable) -> Vec<Token> {
        let partitioner = sstable.partitioner().unwrap();
        let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
        let mut tokens = Vec::new();
        while cursor.advance_partition().unwrap() {
            tokens.push(partitioner.token(cursor.partition().key));
        }
        tokens
    }

    #[test]
    fn the_index_tells_how_many_partitions_lie_between_tokens() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        let mut compared = 0;
        for version in ["nb", "oa", "da"] {
            let found = find(&[fixtures.join(version)], &FindOptions::default()).unwrap();
            for descriptor in found.sstables() {
                let sstable = Sstable::open_descriptor(descriptor, Access::default()).unwrap();
                let all = tokens(&sstable);
                let (first, second) = (all[all.len() / 3].clone(), all[all.len() * 2 / 3].clone());
                let up_to = |token: &Token| all.iter().filter(|one| *one <= token).count() as u64;
                let (a, b, end) = (up_to(&first), up_to(&second), all.len() as u64);
                let counts = partitions_between(&sstable, &[first.clone(), second.clone()]).unwrap();
                // What the trie cuts off of a key may leave a partition on the other side.
                let slack = u64::from(sstable.version().format() == Format::Bti);
                for (count, expected) in counts.iter().zip([a, b - a, end - b]) {
                    assert!(count.abs_diff(expected) <= slack * 2, "{descriptor}: {counts:?}");
                }
                assert_eq!(counts.iter().sum::<u64>(), end, "{descriptor}");
                let range = TokenRange { start: second, end: first };
                let wrapped = partitions_within(&sstable, &range).unwrap();
                let expected = if range.start == range.end { end } else { end - (b - a) };
                assert!(wrapped.abs_diff(expected) <= slack * 2, "{descriptor}: {wrapped} of {expected}");
                compared += 1;
            }
        }
        assert!(compared > 60, "{compared}");
    }
}
