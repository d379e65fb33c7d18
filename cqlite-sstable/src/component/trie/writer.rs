//! Writing a trie in pages (`io.tries.IncrementalTrieWriterPageAware`).
//!
//! Strings come in ascending order, so that a branch is complete when the first string behind it comes. It is kept
//! until it no longer fits a page together with its siblings; then branches are written, those first that fill the
//! page best. So a path from the root to a leaf crosses few pages, and no node lies in two of them.
//!
//! In memory are the nodes on the path of the last string, and beside each of them up to 255 branches, each of less
//! than a page or a node whose children are written: for partition keys by their hashes 4 MB at a million of them and
//! at a billion, and no more than 60 MB in the worst case between.

use super::branch::{Branch, NodeId};
use super::node_writer::{NodeType, Shape};
use crate::error::{Error, Result};
use crate::io::{PAGE_BYTES, SequentialFile};

const PAGE: u32 = PAGE_BYTES as u32;

/// What stands at the end of a string.
pub(in crate::component) trait TriePayload: Copy + Default {
    /// The payload bits in the head of the node, which are not 0.
    fn bits(&self) -> u8;

    /// How many bytes it has.
    fn bytes(&self) -> usize;

    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);
}

/// Writes one trie after another.
#[derive(Debug)]
pub(in crate::component) struct TrieWriter<P> {
    branch: Branch<P>,
    /// The nodes on the path of the last string, the root first.
    path: Vec<NodeId>,
    /// The last string.
    string: Vec<u8>,
    count: u64,
}

impl<P: TriePayload> TrieWriter<P> {
    pub(in crate::component) fn new() -> Self {
        Self { branch: Branch::new(), path: Vec::new(), string: Vec::new(), count: 0 }
    }

    /// How many strings there are.
    pub(in crate::component) fn count(&self) -> u64 {
        self.count
    }

    /// Begins a new trie.
    pub(in crate::component) fn reset(&mut self) {
        self.branch.clear();
        self.path.clear();
        self.string.clear();
        self.count = 0;
    }

    /// Adds a string.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if it is not greater than the one before; a file that cannot be written.
    pub(in crate::component) fn add(
        &mut self,
        string: &[u8],
        payload: P,
        file: &mut SequentialFile,
    ) -> Result<()> {
        let shared = shared_bytes(&self.string, string);
        if self.count > 0 && string.get(shared) <= self.string.get(shared) {
            return Err(not_ascending().at(file.path()));
        }
        if self.path.is_empty() {
            self.path.push(self.branch.root());
        }
        while self.path.len() > shared.saturating_add(1) {
            self.complete_last(file)?;
        }
        for byte in string.iter().skip(shared) {
            if let Some(parent) = self.path.last() {
                self.path.push(self.branch.add_child(*parent, *byte));
            }
        }
        if let Some(last) = self.path.last() {
            let node = self.branch.get_mut(*last);
            (node.payload, node.has_payload) = (payload, true);
        }
        self.string.truncate(shared);
        self.string.extend(string.iter().skip(shared));
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// Writes what is left, the root last: its position.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(in crate::component) fn finish(&mut self, file: &mut SequentialFile) -> Result<u64> {
        if self.path.is_empty() {
            self.path.push(self.branch.root());
        }
        let root = self.path.first().copied();
        while !self.path.is_empty() {
            self.complete_last(file)?;
        }
        let root = root.ok_or_else(not_ascending)?;
        let mut total = self.measure(root, file.position());
        let mut left = left_in_page(file);
        if total > left {
            if total <= PAGE {
                pad(file);
                left = PAGE;
                total = self.measure(root, file.position());
            }
            if total > left {
                self.lay_out_children(root, file)?;
                if self.branch.get(root).node_bytes > left_in_page(file) {
                    pad(file);
                    self.measure(root, file.position());
                }
            }
        }
        let position = self.write(root, file);
        file.settle()?;
        Ok(position)
    }

    /// Decides about the last node of the path, below which nothing more can come.
    fn complete_last(&mut self, file: &mut SequentialFile) -> Result<()> {
        let Some(id) = self.path.pop() else { return Ok(()) };
        let (mut branch_bytes, mut has_far_children, mut has_far_below) = (0_u32, false, false);
        for child in self.branch.children(id) {
            branch_bytes = branch_bytes.saturating_add(child.total_bytes());
            match child.position() {
                Some(_) => has_far_children = true,
                None => has_far_below |= child.has_far_children || child.has_far_below,
            }
        }
        self.branch.get_mut(id).branch_bytes = branch_bytes;
        let node_bytes = self.node_bytes(id, file.position());
        if node_bytes.saturating_add(branch_bytes) >= PAGE {
            return self.lay_out_children(id, file);
        }
        let node = self.branch.get_mut(id);
        node.node_bytes = node_bytes;
        (node.has_far_children, node.has_far_below) = (has_far_children, has_far_below);
        Ok(())
    }

    /// Writes the children of a node with all that is below them, each into the first page that it fits.
    fn lay_out_children(&mut self, id: NodeId, file: &mut SequentialFile) -> Result<()> {
        // By size, then by transition. Only the last of those that fit is taken.
        let mut children = Vec::new();
        let mut next = self.branch.first_child(id);
        while let Some(child) = next {
            let node = self.branch.get(child);
            if node.position().is_none() {
                children.push((node.total_bytes(), node.transition, child));
            }
            next = self.branch.next_sibling(child);
        }
        let order = |child: &(u32, u8, NodeId)| (child.0, child.1);
        children.sort_unstable_by_key(order);
        let mut left = left_in_page(file);
        while !children.is_empty() {
            let fitting = children.partition_point(|child| child.0 <= left);
            let at = match fitting.checked_sub(1) {
                Some(at) => at,
                None => {
                    pad(file);
                    left = PAGE;
                    children.len().saturating_sub(1)
                }
            };
            let (_, transition, child) = children.remove(at);
            let node = self.branch.get(child);
            if node.has_far_children || node.has_far_below {
                // Its size depends on where it lies.
                let total = self.measure(child, file.position());
                if total > left {
                    if left == PAGE {
                        self.lay_out_children(child, file)?;
                        left = left_in_page(file);
                    }
                    let total = self.branch.get(child).total_bytes();
                    let at = children.partition_point(|other| order(other) < (total, transition));
                    children.insert(at, (total, transition, child));
                    continue;
                }
            }
            self.write(child, file);
            self.branch.settle(child);
            left = left_in_page(file);
        }
        file.settle()?;
        let node = self.branch.get_mut(id);
        node.branch_bytes = 0;
        (node.has_far_children, node.has_far_below) = (true, false);
        let node_bytes = self.node_bytes(id, file.position());
        self.branch.get_mut(id).node_bytes = node_bytes;
        Ok(())
    }

    /// The bytes of a branch if it is written at `position`. Only branches of less than about a page are measured and
    /// written as a whole: they are not deep.
    fn measure(&mut self, id: NodeId, position: u64) -> u32 {
        let node = *self.branch.get(id);
        if node.has_far_below {
            let mut branch_bytes = 0_u32;
            let mut next = self.branch.first_child(id);
            while let Some(child) = next {
                let total = self.measure(child, position.saturating_add(u64::from(branch_bytes)));
                branch_bytes = branch_bytes.saturating_add(total);
                next = self.branch.next_sibling(child);
            }
            self.branch.get_mut(id).branch_bytes = branch_bytes;
        }
        if node.has_far_children || node.has_far_below {
            let branch_bytes = self.branch.get(id).branch_bytes;
            let node_bytes = self.node_bytes(id, position.saturating_add(u64::from(branch_bytes)));
            self.branch.get_mut(id).node_bytes = node_bytes;
        }
        self.branch.get(id).total_bytes()
    }

    /// Writes what is below a node and is not written, then the node: its position.
    fn write(&mut self, id: NodeId, file: &mut SequentialFile) -> u64 {
        let mut next = self.branch.first_child(id);
        while let Some(child) = next {
            if self.branch.get(child).position().is_none() {
                self.write(child, file);
            }
            next = self.branch.next_sibling(child);
        }
        let position = file.position();
        let (node_type, _) = self.node_type(id, position);
        let node = *self.branch.get(id);
        let children = self.branch.children(id).map(|child| {
            let distance = child.position().map(|child| position.saturating_sub(child));
            (child.transition, distance.unwrap_or_default())
        });
        let payload_bits = if node.has_payload { node.payload.bits() } else { 0 };
        node_type.write(payload_bits, children, file.buffer());
        if node.has_payload {
            node.payload.write(file.buffer());
        }
        debug_assert_eq!(file.position(), position.saturating_add(u64::from(node.node_bytes)));
        self.branch.set_written(id, position);
        position
    }

    /// The bytes of a node and its payload at `position`.
    fn node_bytes(&self, id: NodeId, position: u64) -> u32 {
        let node = self.branch.get(id);
        let payload_bytes = if node.has_payload { node.payload.bytes() } else { 0 };
        let (_, bytes) = self.node_type(id, position);
        bytes.saturating_add(payload_bytes) as u32
    }

    fn node_type(&self, id: NodeId, position: u64) -> (NodeType, usize) {
        let node = self.branch.get(id);
        let shape = Shape {
            children: usize::from(node.child_count),
            transitions: self.branch.transitions(id),
            farthest: if node.child_count == 0 { 0 } else { self.farthest(id, position) },
            has_payload: node.has_payload,
        };
        shape.node_type()
    }

    /// The greatest distance from a node at `position` to a child (`Node.maxPositionDelta`). Of the children that are
    /// not written, the first one is the farthest: its own branch comes first.
    fn farthest(&self, id: NodeId, position: u64) -> u64 {
        let branch_bytes = self.branch.get(id).branch_bytes;
        let (mut farthest, mut is_first) = (0, true);
        for child in self.branch.children(id) {
            match child.position() {
                Some(child) => farthest = farthest.max(position.saturating_sub(child)),
                None if is_first => {
                    is_first = false;
                    farthest = farthest.max(u64::from(branch_bytes.saturating_sub(child.branch_bytes)));
                }
                None => {}
            }
        }
        farthest
    }
}

/// How many bytes two strings have in common at their start.
#[inline]
pub(in crate::component) fn shared_bytes(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn left_in_page(file: &SequentialFile) -> u32 {
    PAGE.saturating_sub((file.position() % PAGE_BYTES as u64) as u32)
}

/// Fills up the page with zeros, unless one has just begun.
fn pad(file: &mut SequentialFile) {
    let left = left_in_page(file);
    if left < PAGE {
        let end = file.buffer().len().saturating_add(left as usize);
        file.buffer().resize(end, 0);
    }
}

/// The error of strings that do not come in order.
#[cold]
pub(in crate::component) fn not_ascending() -> Error {
    Error::invalid_input("what is to be indexed does not come in order").advise("sort it first")
}
