//! Changes to bytes that look random and are the same in each run.

/// Numbers that look random, the same in each run (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound.max(1) as u64) as usize
    }
}

/// Bytes that mean much in the formats: borders of vints and of numbers, flags.
const TELLING: [u8; 16] = [0, 1, 2, 3, 4, 8, 0x10, 0x20, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xF0, 0xFE, 0xFF];

/// Changes `bytes` in one to four places: turns bits, puts other bytes there, cuts, repeats, inserts.
pub fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let run = random.below(9).min(bytes.len() - at);
        match random.below(8) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 | 3 if !bytes.is_empty() => bytes[at] = TELLING[random.below(TELLING.len())],
            4 => bytes.insert(at, TELLING[random.below(TELLING.len())]),
            5 => drop(bytes.drain(at..at + run)),
            6 => {
                let piece = bytes[at..at + run].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            7 if random.below(4) == 0 => bytes.truncate(at),
            _ => bytes[at..at + run].fill(0xFF),
        }
    }
}
