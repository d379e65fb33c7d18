//! The strings of a trie in descending order (`io.tries.ReverseValueIterator`).

use super::{MAX_DEPTH, Node, Trie, barren, broken, too_deep};
use crate::error::Result;
use crate::io::Pages;

/// Goes through the nodes that have a payload, in descending order of their strings. It keeps the nodes above the
/// current one that have lesser children or a payload themselves.
#[derive(Debug, Clone)]
pub(in crate::component) struct Backward {
    trie: Trie,
    frames: Vec<Frame>,
}

/// A node whose children before slot `end` are still to come, and then its payload.
#[derive(Debug, Clone, Copy)]
struct Frame {
    position: u64,
    end: usize,
    depth: usize,
}

impl Backward {
    /// All strings.
    pub(in crate::component) fn all(trie: Trie) -> Self {
        Self { trie, frames: vec![Frame { position: trie.root, end: usize::MAX, depth: 0 }] }
    }

    /// The strings that are not greater than `key`: the first is that of [`Trie::floor`].
    pub(in crate::component) fn up_to(trie: Trie, pages: &mut dyn Pages, key: &[u8]) -> Result<Self> {
        let mut made = Self { trie, frames: Vec::new() };
        let mut position = trie.root;
        for depth in 0..=key.len() {
            let node = trie.node(pages, position)?;
            let step = key.get(depth).map(|byte| node.step(*byte)).transpose();
            let step = step.map_err(|error| broken(position, &error))?;
            let end = step.map_or(0, |step| step.slots_before);
            if end > 0 || node.has_payload() {
                made.frames.push(Frame { position, end, depth });
            }
            match step.and_then(|step| step.child) {
                Some(child) => position = child,
                None => break,
            }
        }
        Ok(made)
    }

    /// The position of the trie's root.
    pub(in crate::component) fn root(&self) -> u64 {
        self.trie.root
    }

    /// The node at `position`.
    pub(in crate::component) fn node<'p>(&self, pages: &'p mut dyn Pages, position: u64) -> Result<Node<'p>> {
        self.trie.node(pages, position)
    }

    /// The position of the next node with a payload.
    pub(in crate::component) fn next(&mut self, pages: &mut dyn Pages) -> Result<Option<u64>> {
        while let Some(Frame { position, end, depth }) = self.frames.pop() {
            let node = self.trie.node(pages, position)?;
            let failed = |error| broken(position, &error);
            match node.last_child_before(end).map_err(failed)? {
                Some((slot, child)) => {
                    if slot > 0 || node.has_payload() {
                        self.frames.push(Frame { position, end: slot, depth });
                    }
                    let depth = depth.saturating_add(1);
                    if depth > MAX_DEPTH {
                        return Err(too_deep(child));
                    }
                    self.frames.push(Frame { position: child, end: usize::MAX, depth });
                }
                None if node.has_payload() => return Ok(Some(position)),
                // A node that is met for the first time, and has nothing.
                None if end == usize::MAX && depth > 0 => return Err(barren(position)),
                None => {}
            }
        }
        Ok(None)
    }
}
