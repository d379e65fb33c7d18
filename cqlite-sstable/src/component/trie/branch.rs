//! The nodes of a trie that are not written yet.

/// The number of a node. It is used again when the node is freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

const NONE: NodeId = NodeId(u32::MAX);

/// The position of a node that is not written.
const UNWRITTEN: u64 = u64::MAX;

/// A node that is not written, or of which the parent is not (`IncrementalTrieWriterPageAware.Node`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending<P> {
    pub(super) payload: P,
    pub(super) has_payload: bool,
    position: u64,
    first_child: NodeId,
    last_child: NodeId,
    next_sibling: NodeId,
    pub(super) child_count: u16,
    /// The byte that leads to it.
    pub(super) transition: u8,
    /// Some of its children are written: the distance to them is known when it has a place itself.
    pub(super) has_far_children: bool,
    /// This is so for some node below it.
    pub(super) has_far_below: bool,
    /// The bytes of all that is below it and not written.
    pub(super) branch_bytes: u32,
    /// Its own bytes.
    pub(super) node_bytes: u32,
}

impl<P> Pending<P> {
    /// Where it was written, if it was.
    pub(super) fn position(&self) -> Option<u64> {
        (self.position != UNWRITTEN).then_some(self.position)
    }

    /// The bytes of it and of all below it.
    pub(super) fn total_bytes(&self) -> u32 {
        self.branch_bytes.saturating_add(self.node_bytes)
    }
}

/// Holds nodes. Memory of those that were freed is used again.
#[derive(Debug)]
pub(super) struct Branch<P> {
    nodes: Vec<Pending<P>>,
    free: NodeId,
}

impl<P: Copy + Default> Branch<P> {
    pub(super) fn new() -> Self {
        Self { nodes: Vec::new(), free: NONE }
    }

    /// Frees all nodes.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.free = NONE;
    }

    #[expect(clippy::indexing_slicing, reason = "only this type makes ids, of nodes that it has")]
    #[inline]
    pub(super) fn get(&self, NodeId(number): NodeId) -> &Pending<P> {
        &self.nodes[number as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "only this type makes ids, of nodes that it has")]
    #[inline]
    pub(super) fn get_mut(&mut self, NodeId(number): NodeId) -> &mut Pending<P> {
        &mut self.nodes[number as usize]
    }

    /// A node without a parent.
    pub(super) fn root(&mut self) -> NodeId {
        self.make(0)
    }

    fn make(&mut self, transition: u8) -> NodeId {
        let node = Pending {
            payload: P::default(),
            has_payload: false,
            position: UNWRITTEN,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
            child_count: 0,
            transition,
            has_far_children: true,
            has_far_below: false,
            branch_bytes: 0,
            node_bytes: 0,
        };
        if self.free == NONE {
            self.nodes.push(node);
            return NodeId(self.nodes.len().saturating_sub(1) as u32);
        }
        let id = self.free;
        self.free = self.get(id).next_sibling;
        *self.get_mut(id) = node;
        id
    }

    /// A new last child of `parent`.
    pub(super) fn add_child(&mut self, parent: NodeId, transition: u8) -> NodeId {
        let child = self.make(transition);
        let node = self.get_mut(parent);
        let before = std::mem::replace(&mut node.last_child, child);
        node.child_count = node.child_count.saturating_add(1);
        if before == NONE {
            node.first_child = child;
        } else {
            self.get_mut(before).next_sibling = child;
        }
        child
    }

    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        Some(self.get(id).first_child).filter(|child| *child != NONE)
    }

    pub(super) fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        Some(self.get(id).next_sibling).filter(|sibling| *sibling != NONE)
    }

    /// The least and the greatest transition of the children.
    pub(super) fn transitions(&self, id: NodeId) -> (u8, u8) {
        let node = self.get(id);
        match self.first_child(id) {
            Some(first) => (self.get(first).transition, self.get(node.last_child).transition),
            None => (0, 0),
        }
    }

    /// The children in the order of their transitions.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = &Pending<P>> + Clone {
        std::iter::successors(self.first_child(id), |child| self.next_sibling(*child))
            .map(|child| self.get(child))
    }

    /// Notes that a node was written: its children are not needed further.
    pub(super) fn set_written(&mut self, id: NodeId, position: u64) {
        let free = self.free;
        let node = self.get_mut(id);
        node.position = position;
        let (first, last) = (node.first_child, node.last_child);
        (node.first_child, node.last_child) = (NONE, NONE);
        if first != NONE {
            self.get_mut(last).next_sibling = free;
            self.free = first;
        }
    }

    /// Notes that a written node takes no more place in the branch of its parent.
    pub(super) fn settle(&mut self, id: NodeId) {
        let node = self.get_mut(id);
        (node.branch_bytes, node.node_bytes) = (0, 0);
        (node.has_far_children, node.has_far_below) = (false, false);
    }
}
