//! The strings of a trie in ascending order (`io.tries.ValueIterator`).

use super::{MAX_DEPTH, Node, Trie, barren, broken, too_deep};
use crate::error::Result;
use crate::io::Pages;

/// Goes through the nodes that have a payload, in ascending order of their strings. It keeps the nodes above the
/// current one that have further children, and the string that leads to it.
#[derive(Debug, Clone)]
pub(in crate::component) struct Forward {
    trie: Trie,
    frames: Vec<Frame>,
    /// A node that comes before those of the frames, and the length of its string.
    first: Option<(u64, usize)>,
    /// The bytes that lead to the top frame, or to a child of it.
    path: Vec<u8>,
    /// How many bytes of the path lead to the node that was given last.
    given: usize,
}

/// A node whose children from `slot` on are still to come.
#[derive(Debug, Clone, Copy)]
struct Frame {
    position: u64,
    slot: usize,
    depth: usize,
}

impl Forward {
    /// All strings.
    pub(in crate::component) fn all(trie: Trie, pages: &mut dyn Pages) -> Result<Self> {
        Self::seek(trie, pages, &[], true)
    }

    /// The strings that are greater than `key`, and before them the longest one that is a prefix of it or equal.
    pub(in crate::component) fn from(trie: Trie, pages: &mut dyn Pages, key: &[u8]) -> Result<Self> {
        Self::seek(trie, pages, key, true)
    }

    /// The strings that are greater than `key`.
    pub(in crate::component) fn after(trie: Trie, pages: &mut dyn Pages, key: &[u8]) -> Result<Self> {
        Self::seek(trie, pages, key, false)
    }

    fn seek(trie: Trie, pages: &mut dyn Pages, key: &[u8], prefixes: bool) -> Result<Self> {
        let mut made = Self { trie, frames: Vec::new(), first: None, path: Vec::new(), given: 0 };
        let mut position = trie.root;
        for depth in 0..=key.len() {
            let node = trie.node(pages, position)?;
            if prefixes && node.has_payload() {
                made.first = Some((position, depth));
            }
            let Some(byte) = key.get(depth) else {
                made.push(position, 0, depth);
                break;
            };
            let step = node.step(*byte).map_err(|error| broken(position, &error))?;
            if step.next_slot < node.slots() {
                made.push(position, step.next_slot, depth);
            }
            let Some(child) = step.child else { break };
            made.path.push(*byte);
            position = child;
        }
        Ok(made)
    }

    fn push(&mut self, position: u64, slot: usize, depth: usize) {
        self.frames.push(Frame { position, slot, depth });
    }

    /// The string of the node that was given last.
    pub(in crate::component) fn path(&self) -> &[u8] {
        self.path.get(..self.given).unwrap_or_default()
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
        if let Some((position, depth)) = self.first.take() {
            self.given = depth;
            return Ok(Some(position));
        }
        while let Some(frame) = self.frames.pop() {
            let node = self.trie.node(pages, frame.position)?;
            let failed = |error| broken(frame.position, &error);
            let Some((slot, child)) = node.first_child_from(frame.slot).map_err(failed)? else { continue };
            let transition = node.transition(slot).unwrap_or_default();
            let next_slot = slot.saturating_add(1);
            if next_slot < node.slots() {
                self.push(frame.position, next_slot, frame.depth);
            }
            self.path.truncate(frame.depth);
            self.path.push(transition);
            if self.path.len() > MAX_DEPTH {
                return Err(too_deep(child));
            }
            let node = self.trie.node(pages, child)?;
            let failed = |error| broken(child, &error);
            if node.first_child_from(0).map_err(failed)?.is_some() {
                self.push(child, 0, self.path.len());
            } else if !node.has_payload() {
                return Err(barren(child));
            }
            if node.has_payload() {
                self.given = self.path.len();
                return Ok(Some(child));
            }
        }
        Ok(None)
    }
}
