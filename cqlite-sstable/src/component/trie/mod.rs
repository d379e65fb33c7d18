//! Tries on disk, as in Partitions.db and Rows.db (`io.tries`).
//!
//! A node is known by its position in the file and lies in one page of 4096 bytes. It points to its children by
//! distances: they lie before it. So a path from a node to a leaf never comes back to a node. What follows the
//! nodes' paths in order is the iteration here; what the payloads mean is the business of each component.

mod backward;
mod branch;
mod forward;
mod node;
mod node_writer;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use backward::Backward;
pub(super) use forward::Forward;
pub(super) use node::Node;
pub(super) use writer::{TriePayload, TrieWriter, not_ascending, shared_bytes};

use crate::encoding::DecodeError;
use crate::error::{Error, Result};
use crate::io::{Pages, page_of};

/// What to do about a damaged trie.
pub(super) const ADVICE: &str =
    "the rows can still be read by a scan; restore the file from a snapshot or replica";

/// Longer paths than any key has. A partition key of 65,535 zero bytes has 262,145 under `ByteOrderedPartitioner`.
const MAX_DEPTH: usize = 1 << 20;

/// Where a trie lies in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trie {
    /// The position of the root, which lies behind all other nodes.
    pub(super) root: u64,
    /// Where the bytes of the trie end.
    pub(super) end: u64,
}

impl Trie {
    /// The node at `position`.
    pub(super) fn node<'p>(&self, pages: &'p mut dyn Pages, position: u64) -> Result<Node<'p>> {
        let (number, place) = page_of(position);
        let page = pages.page(number)?;
        let left = usize::try_from(self.end.saturating_sub(position)).unwrap_or(usize::MAX);
        let from = page.get(place..).unwrap_or_default();
        let bytes = from.get(..left).unwrap_or(from);
        Node::decode(bytes, position).map_err(|error| broken(position, &error))
    }

    /// The node of the greatest string in the trie that is not greater than `key`: its position.
    pub(super) fn floor(&self, pages: &mut dyn Pages, key: &[u8]) -> Result<Option<u64>> {
        let mut found = None;
        let mut position = self.root;
        let mut rest = key.iter();
        loop {
            let node = self.node(pages, position)?;
            if node.has_payload() {
                found = Some(Floor::Here(position));
            }
            let Some(byte) = rest.next() else { break };
            let step = node.step(*byte).map_err(|error| broken(position, &error))?;
            let lesser = node.last_child_before(step.slots_before);
            if let Some((_, child)) = lesser.map_err(|error| broken(position, &error))? {
                found = Some(Floor::LastUnder(child));
            }
            match step.child {
                Some(child) => position = child,
                None => break,
            }
        }
        match found {
            Some(Floor::Here(position)) => Ok(Some(position)),
            Some(Floor::LastUnder(position)) => self.last_under(pages, position).map(Some),
            None => Ok(None),
        }
    }

    /// The last leaf under the node at `position`.
    fn last_under(&self, pages: &mut dyn Pages, mut position: u64) -> Result<u64> {
        for _ in 0..MAX_DEPTH {
            let node = self.node(pages, position)?;
            match node.last_child_before(node.slots()).map_err(|error| broken(position, &error))? {
                Some((_, child)) => position = child,
                None if node.has_payload() => return Ok(position),
                None => return Err(barren(position)),
            }
        }
        Err(too_deep(position))
    }
}

/// Where the greatest string so far ends.
enum Floor {
    /// At this node.
    Here(u64),
    /// At the last leaf under this node.
    LastUnder(u64),
}

/// An error about the node at `position`.
pub(super) fn broken(position: u64, error: &DecodeError) -> Error {
    match error {
        DecodeError::Short { .. } => corrupt("a node of the trie runs past the end of its page", position),
        DecodeError::Invalid(what) => corrupt(*what, position),
    }
}

/// An error at `position`, with advice.
pub(super) fn corrupt(what: impl Into<String>, position: u64) -> Error {
    Error::corrupt(what).offset(position).advise(ADVICE)
}

fn barren(position: u64) -> Error {
    corrupt("a node of the trie has neither children nor a payload", position)
}

fn too_deep(position: u64) -> Error {
    corrupt("the path to a node of the trie is longer than any key", position)
}
