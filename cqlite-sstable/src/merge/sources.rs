//! The sources of a merge, from those that are not open yet to those that are drained.

use std::cmp::Ordering;

use super::head::Head;
use super::heads::Heads;
use super::waiting::Waiting;
use super::{LazySource, SharedColumns};
use crate::error::{Error, Result};
use crate::partitioner::{Partitioner, Token};
use crate::row::UnfilteredPartitions;

/// Moves over the partitions of several sources, of which only those are open whose range of keys the merge is in.
pub(super) struct Sources<'a, S> {
    partitioner: Partitioner,
    /// Those that are not open, with their numbers; the last one comes first.
    unopened: Vec<Unopened<'a, S>>,
    pub(super) heads: Heads<S>,
    waiting: Waiting,
    /// The open sources that have the current partition.
    pub(super) at_key: Vec<usize>,
    drained: Vec<usize>,
    /// The current partition, or the last one; none in front of the first.
    current: Option<(Token, Vec<u8>)>,
}

struct Unopened<'a, S> {
    number: usize,
    token: Option<Token>,
    source: LazySource<'a, S>,
}

impl<'a, S: UnfilteredPartitions> Sources<'a, S> {
    pub(super) fn new(partitioner: Partitioner, sources: Vec<LazySource<'a, S>>) -> Self {
        let number_and_token = |(number, source): (usize, LazySource<'a, S>)| {
            let token = source.first_key.as_ref().map(|key| partitioner.token(key));
            Unopened { number, token, source }
        };
        let mut unopened: Vec<_> = sources.into_iter().enumerate().map(number_and_token).collect();
        let mut waiting = Waiting::default();
        waiting.reset(unopened.len());
        // What begins nobody knows where is opened first.
        unopened.sort_by(|a, b| match (&a.token, &b.token) {
            (Some(token_a), Some(token_b)) => {
                order(token_b, token_a).then_with(|| b.source.first_key.cmp(&a.source.first_key))
            }
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        let (at_key, drained) = (Vec::new(), Vec::new());
        Self { partitioner, unopened, heads: Heads::new(), waiting, at_key, drained, current: None }
    }

    /// Moves to the next partition of any source. False behind the last.
    pub(super) fn advance_partition(&mut self, columns: &SharedColumns) -> Result<bool> {
        let mut passed = std::mem::take(&mut self.at_key);
        for number in &passed {
            if !self.advance_source(*number)? {
                self.drained.push(*number);
            }
        }
        passed.clear();
        self.at_key = passed;
        self.close_drained();
        if !self.unopened.is_empty() {
            self.open_reached(columns)?;
        }
        let heads = &self.heads;
        self.waiting.take_least(&mut self.at_key, |a, b| compare_partitions(heads, a, b));
        let Some(first) = self.at_key.first() else { return Ok(false) };
        let head = self.heads.get(*first);
        let (token, key) = self.current.get_or_insert_with(|| (head.token.clone(), Vec::new()));
        token.clone_from(&head.token);
        key.clear();
        key.extend_from_slice(head.source.partition().key);
        Ok(true)
    }

    /// Moves a source to its next partition, which has to stand behind the current one.
    fn advance_source(&mut self, number: usize) -> Result<bool> {
        let head = self.heads.get_mut(number);
        if !head.source.advance_partition()? {
            return Ok(false);
        }
        let key = head.source.partition().key;
        head.token = self.partitioner.token(key);
        if let Some((token, last)) = &self.current
            && order(&head.token, token).then_with(|| key.cmp(last)).is_le()
        {
            return Err(out_of_order(
                head.number,
                key,
                "its partitions are not in the order of their tokens",
            ));
        }
        let heads = &self.heads;
        self.waiting.push(number, |a, b| compare_partitions(heads, a, b));
        Ok(true)
    }

    /// Closes the sources that have no more partitions.
    fn close_drained(&mut self) {
        self.drained.sort_unstable();
        while let Some(number) = self.drained.pop() {
            let moved = self.heads.close(number);
            self.waiting.rename(moved, number);
        }
    }

    /// Opens the sources that may have the next partition.
    fn open_reached(&mut self, columns: &SharedColumns) -> Result<()> {
        while let Some(next) = self.unopened.last() {
            let heads = &self.heads;
            let least = self.waiting.least(|a, b| compare_partitions(heads, a, b));
            if let (Some(token), Some(least)) = (&next.token, least)
                && order(token, &heads.get(least).token).is_gt()
            {
                return Ok(());
            }
            let Some(next) = self.unopened.pop() else { return Ok(()) };
            let LazySource { first_key, open } = next.source;
            let mut source = open()?;
            if !source.advance_partition()? {
                continue;
            }
            let key = source.partition().key;
            let token = self.partitioner.token(key);
            if let (Some(stated), Some(first)) = (&next.token, &first_key)
                && order(&token, stated).then_with(|| key.cmp(first)).is_lt()
            {
                let what =
                    "its first partition stands in front of the one that its statistics or its index state";
                return Err(out_of_order(next.number, key, what));
            }
            let number = self.heads.push(Head::new(source, next.number, token, columns));
            let heads = &self.heads;
            self.waiting.push(number, |a, b| compare_partitions(heads, a, b));
        }
        Ok(())
    }

    /// The key of the current partition.
    pub(super) fn key(&self) -> &[u8] {
        self.current.as_ref().map_or(&[], |(_, key)| key)
    }
}

fn order(a: &Token, b: &Token) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

#[inline]
fn compare_partitions<S: UnfilteredPartitions>(heads: &Heads<S>, a: usize, b: usize) -> Ordering {
    let (a, b) = (heads.get(a), heads.get(b));
    let by_token = match (&a.token, &b.token) {
        (Token::Murmur3(a), Token::Murmur3(b)) => a.cmp(b),
        (a, b) => order(a, b),
    };
    by_token.then_with(|| a.source.partition().key.cmp(b.source.partition().key))
}

fn out_of_order(number: usize, key: &[u8], what: &str) -> Error {
    Error::corrupt(format!("input {} of the merge is damaged: {what}", number.saturating_add(1)))
        .partition(super::key_text(key))
        .advise("check the inputs with verify, and bring the damaged one in order with salvage")
}
