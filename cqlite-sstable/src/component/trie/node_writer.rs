//! Writing a node of a trie, in the layout of [`super::node`] (`io.tries.TrieNode`).

use super::node::DISTANCE_BITS;

/// The types for the widths of distances that a writer tells apart: 4, 8, 12, 16, 24, 32, 40, 64 bits.
const WIDTHS_BITS: [u32; 8] = [4, 8, 12, 16, 24, 32, 40, 64];
const SINGLES: [u8; 8] = [1, 2, 3, 4, 12, 13, 14, 15];
const SPARSES: [u8; 8] = [5, 5, 6, 7, 8, 9, 9, 15];
const DENSES: [u8; 8] = [10, 10, 10, 11, 12, 13, 14, 15];

/// Those types have no place for a payload.
const NO_PAYLOAD_4: u8 = 1;
const NO_PAYLOAD_12: u8 = 3;

/// What decides the type of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// How many children it has.
    pub(super) children: usize,
    /// The least and the greatest of their transitions.
    pub(super) transitions: (u8, u8),
    /// The greatest distance to one of them.
    pub(super) farthest: u64,
    pub(super) has_payload: bool,
}

/// The number of a type of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeType(u8);

impl Shape {
    /// The type that Cassandra takes (`TrieNode.typeFor`), and how many bytes the node has in it without a payload.
    pub(super) fn node_type(&self) -> (NodeType, usize) {
        if self.children == 0 {
            return (NodeType(0), 1);
        }
        let bits = 64_u32.saturating_sub(self.farthest.leading_zeros());
        let width = WIDTHS_BITS.iter().position(|width| bits <= *width).unwrap_or_default();
        let of = |types: [u8; 8], width: usize| NodeType(types.get(width).copied().unwrap_or(15));
        if self.children == 1 {
            let single = of(SINGLES, width);
            let single = match single.0 {
                NO_PAYLOAD_4 | NO_PAYLOAD_12 if self.has_payload => of(SINGLES, width.saturating_add(1)),
                _ => single,
            };
            return (single, self.size(single));
        }
        let (sparse, dense) = (of(SPARSES, width), of(DENSES, width));
        let (sparse_size, dense_size) = (self.size(sparse), self.size(dense));
        if sparse_size < dense_size { (sparse, sparse_size) } else { (dense, dense_size) }
    }

    fn size(&self, NodeType(number): NodeType) -> usize {
        let bits = DISTANCE_BITS.get(usize::from(number)).copied().map_or(0, usize::from);
        let (fixed, distances) = match number {
            0 => (1, 0),
            NO_PAYLOAD_4 | 2..=4 => return (bits / 8).saturating_add(2),
            5..=9 => (self.children.saturating_add(2), self.children),
            _ => (3, usize::from(self.transitions.1.wrapping_sub(self.transitions.0)).saturating_add(1)),
        };
        distances.saturating_mul(bits).div_ceil(8).saturating_add(fixed)
    }
}

impl NodeType {
    /// Appends a node without its payload. `children` are the transitions in ascending order, with distances.
    pub(super) fn write(
        self,
        payload_bits: u8,
        mut children: impl Iterator<Item = (u8, u64)> + Clone,
        out: &mut Vec<u8>,
    ) {
        let Self(number) = self;
        let head = number << 4;
        let mut distances = Distances::new(number);
        match number {
            0 => out.push(head | payload_bits),
            NO_PAYLOAD_4 => {
                let (transition, distance) = children.next().unwrap_or_default();
                out.extend_from_slice(&[head | distance as u8, transition]);
            }
            NO_PAYLOAD_12 => {
                let (transition, distance) = children.next().unwrap_or_default();
                out.extend_from_slice(&[head | (distance >> 8) as u8, distance as u8, transition]);
            }
            2 | 4 => {
                let (transition, distance) = children.next().unwrap_or_default();
                out.extend_from_slice(&[head | payload_bits, transition]);
                distances.push(distance, out);
            }
            5..=9 => {
                let count_at = out.len().saturating_add(1);
                out.extend_from_slice(&[head | payload_bits, 0]);
                out.extend(children.clone().map(|(transition, _)| transition));
                let count = out.len().saturating_sub(count_at).saturating_sub(1);
                out.get_mut(count_at).into_iter().for_each(|byte| *byte = count as u8);
                children.for_each(|(_, distance)| distances.push(distance, out));
            }
            _ => {
                let first = children.clone().next().unwrap_or_default().0;
                let last = children.clone().last().unwrap_or_default().0;
                out.extend_from_slice(&[head | payload_bits, first, last.wrapping_sub(first)]);
                let mut next = usize::from(first);
                for (transition, distance) in children {
                    (next..usize::from(transition)).for_each(|_| distances.push(0, out));
                    distances.push(distance, out);
                    next = usize::from(transition).saturating_add(1);
                }
            }
        }
        distances.finish(out);
    }
}

/// The distances of a node, in bytes or packed.
struct Distances {
    width_bits: u8,
    /// The low bits of a packed distance, which share a byte with the next one.
    half: Option<u8>,
}

impl Distances {
    fn new(number: u8) -> Self {
        Self { width_bits: DISTANCE_BITS.get(usize::from(number)).copied().unwrap_or(64), half: None }
    }

    fn push(&mut self, distance: u64, out: &mut Vec<u8>) {
        if self.width_bits != 12 {
            let bytes = distance.to_be_bytes();
            let start = 8_usize.saturating_sub(usize::from(self.width_bits / 8));
            return out.extend_from_slice(bytes.get(start..).unwrap_or_default());
        }
        match self.half.take() {
            None => {
                out.push((distance >> 4) as u8);
                self.half = Some((distance << 4) as u8);
            }
            Some(half) => out.extend_from_slice(&[half | (distance >> 8) as u8, distance as u8]),
        }
    }

    fn finish(self, out: &mut Vec<u8>) {
        out.extend(self.half);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    /// The widest span of transitions, the number of children, the greatest distance, and the type for them.
    type Chosen = (u8, usize, u64, u8);

    #[test]
    fn the_smallest_type_that_holds_a_node_is_chosen_and_reads_back() {
        let golden: [Chosen; 24] = [
            (0, 0, 0, 0),
            (0, 1, 15, 1),
            (0, 1, 16, 2),
            (0, 1, 255, 2),
            (0, 1, 256, 3),
            (0, 1, 4095, 3),
            (0, 1, 4096, 4),
            (0, 1, 65_536, 12),
            (0, 1, 1 << 24, 13),
            (0, 1, 1 << 32, 14),
            (0, 1, 1 << 40, 15),
            (255, 2, 1, 5),
            (255, 2, 256, 6),
            (255, 2, 4096, 7),
            (255, 2, 65_536, 8),
            (255, 2, 1 << 24, 9),
            (255, 2, 1 << 39, 9),
            (255, 2, 1 << 40, 15),
            (1, 2, 9, 5),
            (1, 2, 256, 10),
            (1, 2, 4096, 11),
            (1, 2, 65_536, 12),
            (1, 2, 1 << 24, 13),
            (1, 2, 1 << 32, 14),
        ];
        const POSITION: u64 = 1 << 41;
        for (span, count, farthest, number) in golden {
            for payload_bits in [0, 5] {
                let children: Vec<(u8, u64)> =
                    [(7.min(255 - span), farthest), (7.min(255 - span) + span, 1)][..count].to_vec();
                let transitions = (7.min(255 - span), 7.min(255 - span) + if count < 2 { 0 } else { span });
                let shape = Shape { children: count, transitions, farthest, has_payload: payload_bits > 0 };
                let (chosen, size) = shape.node_type();
                let moved = u8::from(payload_bits > 0 && matches!(number, 1 | 3));
                assert_eq!(chosen, NodeType(number + moved), "{span} {count} {farthest}");
                let mut bytes = Vec::new();
                chosen.write(payload_bits, children.iter().copied(), &mut bytes);
                assert_eq!(bytes.len(), size, "{span} {count} {farthest}");
                let node = Node::decode(&bytes, POSITION).unwrap();
                let read: Vec<_> = (0..=255)
                    .filter_map(|byte| Some((byte, POSITION - node.step(byte).unwrap().child?)))
                    .collect();
                assert_eq!((read, node.payload_bits()), (children, payload_bits));
            }
        }
    }
}
