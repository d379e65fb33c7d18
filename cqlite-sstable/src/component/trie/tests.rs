//! Tries of random strings in all types of nodes, against a sorted map.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::io::{MemoryDirectory, MemorySource, PAGE_BYTES, SequentialFile, SourcePages};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) as usize % bound
    }
}

type Strings = BTreeMap<Vec<u8>, u16>;

/// Writes nodes in types that are chosen at random among those that can hold them.
struct Builder {
    bytes: Vec<u8>,
    random: Random,
    types: BTreeSet<u8>,
}

impl Builder {
    fn new(seed: u64) -> Self {
        // So that no child lies at position 0, and distances of every size can be seen.
        Self { bytes: vec![0; 3], random: Random(seed), types: BTreeSet::new() }
    }

    /// Writes the node of the strings that begin with `prefix`, after those below it; returns its position.
    fn write(&mut self, strings: &Strings, prefix: &[u8]) -> u64 {
        let below = strings.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let next: BTreeSet<u8> = below.filter_map(|(key, _)| key.get(prefix.len()).copied()).collect();
        let children: Vec<(u8, u64)> =
            next.into_iter().map(|byte| (byte, self.write(strings, &[prefix, &[byte]].concat()))).collect();
        let payload = strings.get(prefix);
        loop {
            let position = self.bytes.len() as u64;
            let node = self.node(position, &children, payload);
            if position as usize % PAGE_BYTES + node.len() <= PAGE_BYTES {
                self.types.insert(node[0] >> 4);
                self.bytes.extend(node);
                return position;
            }
            self.bytes.resize(self.bytes.len().next_multiple_of(PAGE_BYTES), 0);
        }
    }

    fn node(&mut self, position: u64, children: &[(u8, u64)], payload: Option<&u16>) -> Vec<u8> {
        let bits: [u32; 16] = [0, 4, 8, 12, 16, 8, 12, 16, 24, 40, 12, 16, 24, 32, 40, 64];
        let farthest = children.iter().map(|(_, child)| position - child).max().unwrap_or(0);
        let kind = loop {
            let kind = if children.is_empty() { 0 } else { 1 + self.random.below(15) };
            let fits = bits[kind] == 64 || farthest >> bits[kind] == 0;
            let room = match kind {
                1 | 3 => children.len() == 1 && payload.is_none(),
                2 | 4 => children.len() == 1,
                _ => true,
            };
            if fits && room {
                break kind;
            }
        };
        let payload_bits = if payload.is_some() { 2 } else { 0 };
        let mut node = vec![(kind as u8) << 4 | payload_bits];
        let mut distances: Vec<u64> = children.iter().map(|(_, child)| position - child).collect();
        let (first, last) = (children.first().map_or(0, |c| c.0), children.last().map_or(0, |c| c.0));
        match kind {
            0 => {}
            1 => node = vec![0x10 | farthest as u8, first],
            3 => node = vec![0x30 | (farthest >> 8) as u8, farthest as u8, first],
            2 | 4 => node.push(first),
            5..=9 => {
                node.push(children.len() as u8);
                node.extend(children.iter().map(|(byte, _)| byte));
            }
            _ => {
                node.extend([first, last - first]);
                let child = |byte| children.iter().find(|child| child.0 == byte);
                distances = (first..=last).map(|byte| child(byte).map_or(0, |c| position - c.1)).collect();
            }
        }
        if !matches!(kind, 0 | 1 | 3) {
            node.extend(packed(&distances, bits[kind]));
        }
        node.extend(payload.iter().flat_map(|number| number.to_be_bytes()));
        node
    }
}

fn packed(distances: &[u64], bits: u32) -> Vec<u8> {
    if bits == 12 {
        let mut nibbles: Vec<u8> =
            distances.iter().flat_map(|d| [(d >> 8) as u8, (d >> 4) as u8 & 15, *d as u8 & 15]).collect();
        nibbles.resize(nibbles.len().next_multiple_of(2), 0);
        return nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    }
    let width = bits as usize / 8;
    distances.iter().flat_map(|distance| distance.to_be_bytes()[8 - width..].to_vec()).collect()
}

fn strings(random: &mut Random) -> Strings {
    let letters = [2, 4, 256][random.below(3)];
    let most = [3, 30, 900][random.below(3)];
    let count = 1 + random.below(most);
    let longest = [2, 4, 9][random.below(3)];
    let mut strings = Strings::new();
    for _ in 0..count {
        let length = random.below(longest + 1);
        let key = (0..length).map(|_| (random.below(letters) * (256 / letters)) as u8).collect();
        let number = strings.len() as u16;
        strings.entry(key).or_insert(number);
    }
    strings
}

fn number(trie: &Trie, pages: &mut dyn Pages, position: u64) -> u16 {
    trie.node(pages, position).unwrap().payload().u16().unwrap()
}

fn forward(trie: &Trie, pages: &mut dyn Pages, mut walk: Forward) -> Vec<(Vec<u8>, u16)> {
    let mut all = Vec::new();
    while let Some(position) = walk.next(pages).unwrap() {
        all.push((walk.path().to_vec(), number(trie, pages, position)));
    }
    all
}

fn backward(trie: &Trie, pages: &mut dyn Pages, mut walk: Backward) -> Vec<u16> {
    let mut all = Vec::new();
    while let Some(position) = walk.next(pages).unwrap() {
        all.push(number(trie, pages, position));
    }
    all
}

fn compare(trie: &Trie, pages: &mut dyn Pages, strings: &Strings, key: &[u8]) {
    let greater = strings.range(key.to_vec()..).filter(|(string, _)| *string != key);
    let mut expected: Vec<_> = greater.map(|(string, number)| (string.clone(), *number)).collect();
    let after = Forward::after(*trie, pages, key).unwrap();
    assert_eq!(forward(trie, pages, after), expected);
    let prefix = (0..=key.len()).rev().find_map(|length| strings.get_key_value(&key[..length]));
    expected.splice(0..0, prefix.map(|(string, number)| (string.clone(), *number)));
    let from = Forward::from(*trie, pages, key).unwrap();
    assert_eq!(forward(trie, pages, from), expected);

    let expected: Vec<_> = strings.range(..=key.to_vec()).rev().map(|(_, number)| *number).collect();
    let floor = trie.floor(pages, key).unwrap().map(|position| number(trie, pages, position));
    assert_eq!(floor, expected.first().copied());
    let up_to = Backward::up_to(*trie, pages, key).unwrap();
    assert_eq!(backward(trie, pages, up_to), expected);
}

#[test]
fn walks_and_searches_agree_with_a_sorted_map_whatever_the_types_of_nodes() {
    let mut types = BTreeSet::new();
    let mut largest = 0;
    for seed in 0..150 {
        let mut random = Random(seed);
        let strings = strings(&mut random);
        let mut builder = Builder::new(seed);
        let root = builder.write(&strings, &[]);
        types.append(&mut builder.types);
        largest = largest.max(builder.bytes.len());
        let trie = Trie { root, end: builder.bytes.len() as u64 };
        let pages = &mut SourcePages::new(Arc::new(MemorySource::new("Rows.db", builder.bytes)));

        let all: Vec<_> = strings.iter().map(|(string, number)| (string.clone(), *number)).collect();
        let walk = Forward::all(trie, pages).unwrap();
        assert_eq!(forward(&trie, pages, walk), all);
        let numbers: Vec<_> = all.iter().rev().map(|(_, number)| *number).collect();
        assert_eq!(backward(&trie, pages, Backward::all(trie)), numbers);

        let known: Vec<_> = strings.keys().cloned().collect();
        for _ in 0..20 {
            let mut key = known[random.below(known.len())].clone();
            compare(&trie, pages, &strings, &key);
            key.truncate(random.below(key.len() + 1));
            compare(&trie, pages, &strings, &key);
            key.push([0, 0x7F, 0x80, 0xFF][random.below(4)]);
            compare(&trie, pages, &strings, &key);
        }
    }
    assert_eq!(types, (0..16).collect());
    assert!(largest > 8 * PAGE_BYTES, "{largest}");
}

impl TriePayload for u16 {
    fn bits(&self) -> u8 {
        2
    }

    fn bytes(&self) -> usize {
        2
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

#[test]
fn what_is_written_in_pages_is_found_again() {
    let directory = MemoryDirectory::new("memory");
    let mut file = SequentialFile::create(&directory, "Rows.db").unwrap();
    let mut writer = TrieWriter::new();
    let mut written = Vec::new();
    for seed in 0..300 {
        let mut random = Random(seed);
        let mut strings = strings(&mut random);
        if seed % 10 == 0 {
            let long = vec![0xFF; 1 + random.below(20_000)];
            strings.insert([&long[..], b"a"].concat(), 1);
            strings.insert([&long[..], b"b"].concat(), 2);
        }
        writer.reset();
        for (string, number) in &strings {
            writer.add(string, *number, &mut file).unwrap();
        }
        assert_eq!(writer.count(), strings.len() as u64);
        written.push((writer.finish(&mut file).unwrap(), file.position(), strings));
    }
    file.finish().unwrap();
    let bytes = directory.bytes("Rows.db").unwrap();
    assert!(bytes.len() > 100 * PAGE_BYTES);
    let pages = &mut SourcePages::new(Arc::new(MemorySource::new("Rows.db", bytes)));
    for (root, end, strings) in written {
        let trie = Trie { root, end };
        let all: Vec<_> = strings.iter().map(|(string, number)| (string.clone(), *number)).collect();
        let walk = Forward::all(trie, pages).unwrap();
        assert_eq!(forward(&trie, pages, walk), all);
        for string in strings.keys().step_by(7) {
            compare(&trie, pages, &strings, string);
        }
    }
}

fn of(bytes: &[u8], root: u64) -> (Trie, SourcePages) {
    let pages = SourcePages::new(Arc::new(MemorySource::new("Rows.db", bytes)));
    (Trie { root, end: bytes.len() as u64 }, pages)
}

#[test]
fn a_leaf_without_payload_is_an_error_in_every_direction() {
    // a leaf with nothing; a node that leads to it by `a`
    let (trie, mut pages) = of(&[0x00, 0x11, b'a'], 1);
    let pages = &mut pages;
    let barren = "offset 0: a node of the trie has neither children nor a payload";
    let told = Forward::all(trie, pages).unwrap().next(pages).unwrap_err().to_string();
    assert_eq!(told, format!("{barren}; {ADVICE}"));
    assert!(Backward::all(trie).next(pages).is_err());
    assert!(trie.floor(pages, b"b").is_err());
    assert_eq!(trie.floor(pages, b"").unwrap(), None);
}

#[test]
fn a_node_does_not_run_on_into_the_next_page_or_behind_the_trie() {
    let mut bytes = vec![0; PAGE_BYTES + 10];
    bytes[PAGE_BYTES - 2] = 0x20;
    let (trie, mut pages) = of(&bytes, PAGE_BYTES as u64 - 2);
    let told = trie.node(&mut pages, trie.root).unwrap_err().to_string();
    assert!(told.starts_with("offset 4094: a node of the trie runs past the end of its page"), "{told}");
    bytes[PAGE_BYTES + 7] = 0x20;
    let (mut trie, mut pages) = of(&bytes, PAGE_BYTES as u64 + 7);
    assert!(trie.node(&mut pages, trie.root).is_ok());
    trie.end -= 1;
    assert!(trie.node(&mut pages, trie.root).is_err());
}

#[test]
fn a_path_longer_than_any_key_is_an_error() {
    // nodes of two bytes, each of which leads to the one before it by 0
    let mut bytes = vec![0x01, 7];
    while bytes.len() < 2 * MAX_DEPTH + 8 {
        bytes.extend([0x12, 0]);
    }
    let (trie, mut pages) = of(&bytes, bytes.len() as u64 - 2);
    let pages = &mut pages;
    let too_deep = |error: Error| error.message().contains("longer than any key");
    assert!(too_deep(Forward::all(trie, pages).unwrap().next(pages).unwrap_err()));
    assert!(too_deep(Backward::all(trie).next(pages).unwrap_err()));
    assert!(too_deep(trie.floor(pages, &[1]).unwrap_err()));
}
