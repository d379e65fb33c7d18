//! One node of a trie (`io.tries.TrieNode`).
//!
//! ```text
//! u4 type, u4 payload bits
//!  0 PAYLOAD_ONLY
//!  1 SINGLE_NOPAYLOAD_4    payload bits are the distance; u8 transition
//!  2 SINGLE_8   4 SINGLE_16                u8 transition, distance
//!  3 SINGLE_NOPAYLOAD_12   payload bits and the next byte are the distance; u8 transition
//!  5 SPARSE_8   6 SPARSE_12   7 SPARSE_16   8 SPARSE_24   9 SPARSE_40
//!                                          u8 count, u8 transition x count, distance x count
//! 10 DENSE_12  11 DENSE_16   12 DENSE_24   13 DENSE_32   14 DENSE_40   15 LONG_DENSE (64 bits)
//!                                          u8 first transition, u8 count - 1, distance x count; 0 is no child
//! ```
//! then the payload, unless its bits are 0. Distances of 12 bits are packed, two in three bytes.

use crate::encoding::{Bytes, DecodeError};

/// The bits of a distance by type of node.
pub(super) const DISTANCE_BITS: [u8; 16] = [0, 4, 8, 12, 16, 8, 12, 16, 24, 40, 12, 16, 24, 32, 40, 64];

/// A node, borrowed from its page. Its children are numbered by slots in the order of their transitions.
#[derive(Debug, Clone, Copy)]
pub(in crate::component) struct Node<'a> {
    position: u64,
    payload_bits: u8,
    transitions: Transitions<'a>,
    distances: Distances<'a>,
    payload: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
enum Transitions<'a> {
    /// Each slot has a child.
    Sparse(&'a [u8]),
    /// Slots of successive bytes, of which some have no child.
    Dense { first: u8, count: usize },
}

#[derive(Debug, Clone, Copy)]
enum Distances<'a> {
    One(u64),
    Packed12(&'a [u8]),
    Bytes { bytes: &'a [u8], width: usize },
}

/// What a transition leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::component) struct Step {
    /// The position of the child, if there is one.
    pub(in crate::component) child: Option<u64>,
    /// How many slots have lesser transitions.
    pub(in crate::component) slots_before: usize,
    /// The first slot with a greater transition.
    pub(in crate::component) next_slot: usize,
}

impl<'a> Node<'a> {
    /// Decodes the node at the front of `bytes`, which end with its page; it lies at `position` of the file.
    pub(in crate::component) fn decode(bytes: &'a [u8], position: u64) -> Result<Self, DecodeError> {
        let mut reader = Bytes::new(bytes);
        let head = reader.u8()?;
        let (kind, low) = (head >> 4, head & 0x0F);
        let width_bits = DISTANCE_BITS.get(usize::from(kind)).copied().unwrap_or(0);
        let (transitions, distances) = match kind {
            0 => (Transitions::Sparse(&[]), Distances::One(0)),
            1 => (Transitions::Sparse(reader.take(1)?), Distances::One(u64::from(low))),
            3 => {
                let distance = u64::from(low) << 8 | u64::from(reader.u8()?);
                (Transitions::Sparse(reader.take(1)?), Distances::One(distance))
            }
            2 | 4 => (Transitions::Sparse(reader.take(1)?), Distances::read(&mut reader, 1, width_bits)?),
            5..=9 => {
                let count = usize::from(reader.u8()?);
                let transitions = reader.take(count)?;
                if count == 0 || !transitions.is_sorted_by(|left, right| left < right) {
                    return Err(DecodeError::Invalid("the transitions of a node of the trie do not ascend"));
                }
                (Transitions::Sparse(transitions), Distances::read(&mut reader, count, width_bits)?)
            }
            _ => {
                let first = reader.u8()?;
                let last = first.checked_add(reader.u8()?);
                let last =
                    last.ok_or(DecodeError::Invalid("a node of the trie has transitions above 255"))?;
                let count = usize::from(last.abs_diff(first)).saturating_add(1);
                (Transitions::Dense { first, count }, Distances::read(&mut reader, count, width_bits)?)
            }
        };
        let payload_bits = if matches!(kind, 1 | 3) { 0 } else { low };
        Ok(Self { position, payload_bits, transitions, distances, payload: reader.rest() })
    }

    /// Whether a string of the trie ends here.
    pub(in crate::component) fn has_payload(&self) -> bool {
        self.payload_bits != 0
    }

    /// Four bits that tell how the payload is stored; 0 if there is none.
    pub(in crate::component) fn payload_bits(&self) -> u8 {
        self.payload_bits
    }

    /// The payload, and what follows it in the page.
    pub(in crate::component) fn payload(&self) -> Bytes<'a> {
        Bytes::new(self.payload)
    }

    /// How many slots for children there are. A sparse node has a child in each of them.
    pub(in crate::component) fn slots(&self) -> usize {
        match self.transitions {
            Transitions::Sparse(transitions) => transitions.len(),
            Transitions::Dense { count, .. } => count,
        }
    }

    /// The byte that leads to `slot`.
    pub(in crate::component) fn transition(&self, slot: usize) -> Option<u8> {
        match self.transitions {
            Transitions::Sparse(transitions) => transitions.get(slot).copied(),
            Transitions::Dense { first, count } if slot < count => {
                first.checked_add(u8::try_from(slot).ok()?)
            }
            Transitions::Dense { .. } => None,
        }
    }

    /// Follows the transition `byte`.
    pub(in crate::component) fn step(&self, byte: u8) -> Result<Step, DecodeError> {
        let slot = match self.transitions {
            Transitions::Sparse(transitions) => transitions.binary_search(&byte),
            Transitions::Dense { first, count } => match byte.checked_sub(first).map(usize::from) {
                None => Err(0),
                Some(slot) if slot < count => Ok(slot),
                Some(_) => Err(count),
            },
        };
        match slot {
            Ok(slot) => {
                Ok(Step { child: self.child(slot)?, slots_before: slot, next_slot: slot.saturating_add(1) })
            }
            Err(slot) => Ok(Step { child: None, slots_before: slot, next_slot: slot }),
        }
    }

    /// The first child in `slot` or behind it, with its slot.
    pub(in crate::component) fn first_child_from(
        &self,
        slot: usize,
    ) -> Result<Option<(usize, u64)>, DecodeError> {
        self.first_of(slot..self.slots())
    }

    /// The last child in the slots before `end`, with its slot.
    pub(in crate::component) fn last_child_before(
        &self,
        end: usize,
    ) -> Result<Option<(usize, u64)>, DecodeError> {
        self.first_of((0..end.min(self.slots())).rev())
    }

    fn first_of(&self, slots: impl Iterator<Item = usize>) -> Result<Option<(usize, u64)>, DecodeError> {
        for slot in slots {
            if let Some(child) = self.child(slot)? {
                return Ok(Some((slot, child)));
            }
        }
        Ok(None)
    }

    /// The position of the child in `slot`, which is smaller than the node's own.
    fn child(&self, slot: usize) -> Result<Option<u64>, DecodeError> {
        match self.distances.get(slot)? {
            0 if matches!(self.transitions, Transitions::Dense { .. }) => Ok(None),
            0 => Err(DecodeError::Invalid("a node of the trie points to itself")),
            distance => self.position.checked_sub(distance).map(Some).ok_or(DecodeError::Invalid(
                "a node of the trie points to a place before the start of the file",
            )),
        }
    }
}

impl<'a> Distances<'a> {
    fn read(reader: &mut Bytes<'a>, count: usize, width_bits: u8) -> Result<Self, DecodeError> {
        let length = count.saturating_mul(usize::from(width_bits)).div_ceil(8);
        let bytes = reader.take(length)?;
        Ok(match width_bits {
            12 => Self::Packed12(bytes),
            _ => Self::Bytes { bytes, width: usize::from(width_bits / 8) },
        })
    }

    fn get(&self, slot: usize) -> Result<u64, DecodeError> {
        match *self {
            Self::One(distance) => Ok(distance),
            Self::Packed12(bytes) => {
                let pair = Bytes::from(bytes, slot.saturating_mul(3) / 2).u16()?;
                Ok(u64::from(if slot.is_multiple_of(2) { pair >> 4 } else { pair & 0x0FFF }))
            }
            Self::Bytes { bytes, width } => {
                let taken = Bytes::from(bytes, slot.saturating_mul(width)).take(width)?;
                Ok(taken.iter().fold(0, |distance, byte| distance << 8 | u64::from(*byte)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSITION: u64 = 0xFF_FFFF_FFFF;

    /// Bytes of a node with a payload behind it, its children as transition and distance, its payload bits.
    type Golden = (&'static [u8], &'static [(u8, u64)], u8);

    /// The children as transition and distance, and the payload.
    fn decoded(bytes: &[u8]) -> (Vec<(u8, u64)>, u8, Vec<u8>) {
        let node = Node::decode(bytes, POSITION).unwrap();
        let mut children = Vec::new();
        let mut slot = 0;
        while let Some((found, child)) = node.first_child_from(slot).unwrap() {
            children.push((node.transition(found).unwrap(), POSITION - child));
            slot = found + 1;
        }
        let stepped = (0..=255).filter_map(|byte| Some((byte, POSITION - node.step(byte).unwrap().child?)));
        assert_eq!(children, stepped.collect::<Vec<_>>());
        for cut in 0..bytes.len() - node.payload().remaining() {
            assert!(matches!(Node::decode(&bytes[..cut], POSITION), Err(DecodeError::Short { .. })), "{cut}");
        }
        (children, node.payload_bits(), node.payload().rest().to_vec())
    }

    #[test]
    fn a_node_of_each_type_has_its_children_and_its_payload() {
        const A: u8 = b'a';
        const B: u8 = b'b';
        const C: u8 = b'c';
        let golden: [Golden; 19] = [
            (&[0x08, 9], &[], 8),
            (&[0x00, 9], &[], 0),
            (&[0x1F, A, 9], &[(A, 15)], 0),
            (&[0x23, A, 0xFE, 9], &[(A, 0xFE)], 3),
            (&[0x3A, 0xBC, A, 9], &[(A, 0xABC)], 0),
            (&[0x43, A, 0xAB, 0xCD, 9], &[(A, 0xABCD)], 3),
            (&[0x53, 2, A, C, 0xFF, 1, 9], &[(A, 0xFF), (C, 1)], 3),
            (&[0x63, 1, A, 0xAB, 0xC0, 9], &[(A, 0xABC)], 3),
            (&[0x63, 2, A, C, 0xAB, 0xC1, 0x23, 9], &[(A, 0xABC), (C, 0x123)], 3),
            (&[0x60, 3, A, B, C, 0xAB, 0xC1, 0x23, 0, 0x10, 9], &[(A, 0xABC), (B, 0x123), (C, 1)], 0),
            (&[0x70, 2, A, C, 0xAB, 0xCD, 0, 1, 9], &[(A, 0xABCD), (C, 1)], 0),
            (&[0x83, 2, A, C, 0xAB, 0xCD, 0xEF, 0, 0, 1, 9], &[(A, 0xAB_CDEF), (C, 1)], 3),
            (&[0x93, 1, A, 0xAB, 0xCD, 0xEF, 1, 2, 9], &[(A, 0xAB_CDEF_0102)], 3),
            (&[0xA3, A, 2, 0xAB, 0xC0, 0, 0, 0x10, 9], &[(A, 0xABC), (C, 1)], 3),
            (&[0xB0, A, 2, 0xAB, 0xCD, 0, 0, 0, 1, 9], &[(A, 0xABCD), (C, 1)], 0),
            (&[0xC3, A, 1, 0xAB, 0xCD, 0xEF, 0, 0, 1, 9], &[(A, 0xAB_CDEF), (B, 1)], 3),
            (&[0xD0, 0xFF, 0, 0xAB, 0xCD, 0xEF, 1, 9], &[(0xFF, 0xABCD_EF01)], 0),
            (&[0xE3, 0, 0, 0xAB, 0xCD, 0xEF, 1, 2, 9], &[(0, 0xAB_CDEF_0102)], 3),
            (
                &[
                    0xF0, A, 2, 0, 0, 0, 0xAB, 0xCD, 0xEF, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    1, 9,
                ],
                &[(A, 0xAB_CDEF_0102), (C, 1)],
                0,
            ),
        ];
        for (bytes, children, payload_bits) in golden {
            assert_eq!(decoded(bytes), (children.to_vec(), payload_bits, vec![9]), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_dense_node_has_all_256_transitions() {
        let mut bytes = vec![0xB0, 0, 255];
        bytes.extend((1..=256_u16).flat_map(u16::to_be_bytes));
        let expected: Vec<_> = (0..=255).map(|byte| (byte, u64::from(byte) + 1)).collect();
        assert_eq!(decoded(&bytes), (expected, 0, vec![]));
    }

    #[test]
    fn what_no_writer_makes_is_refused() {
        let golden: [(&[u8], &str); 4] = [
            (&[0x50, 0], "do not ascend"),
            (&[0x50, 2, 7, 7, 1, 2], "do not ascend"),
            (&[0x70, 2, 8, 7, 0, 1, 0, 2], "do not ascend"),
            (&[0xB0, 0xFF, 1, 0, 1, 0, 2], "above 255"),
        ];
        for (bytes, told) in golden {
            assert!(Node::decode(bytes, 9).unwrap_err().to_string().contains(told), "{bytes:02x?}");
        }
        for (bytes, told) in [
            (&[0x10, 7][..], "points to itself"),
            (&[0x50, 1, 7, 0], "points to itself"),
            (&[0x1A, 7], "before the start"),
            (&[0xF0, 7, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "before the start"),
        ] {
            let node = Node::decode(bytes, 9).unwrap();
            assert!(node.step(7).unwrap_err().to_string().contains(told), "{bytes:02x?}");
            assert!(node.first_child_from(0).is_err() && node.last_child_before(9).is_err());
        }
    }
}
