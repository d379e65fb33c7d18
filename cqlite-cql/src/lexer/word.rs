//! Words, which keywords and names are made of.

/// A word at the start of a text.
pub(super) struct Word {
    /// How many bytes it has.
    pub(super) length: usize,
    /// Its last 16 bytes in upper case, as one number: two words of at most 16 bytes are equal in any case if these are.
    pub(super) key: u128,
}

impl Word {
    /// The letters, digits and underscores that `bytes` begins with.
    #[inline(always)]
    pub(super) fn at(bytes: &[u8]) -> Self {
        let mut word = Word { length: 0, key: 0 };
        for byte in bytes {
            let upper = UPPER.get(usize::from(*byte)).copied().unwrap_or_default();
            if upper == 0 {
                break;
            }
            word.length += 1;
            word.key = word.key << 8 | u128::from(upper);
        }
        word
    }

    /// The key of a word that is known when this is compiled.
    #[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
    pub(super) const fn key_of(upper_case: &str) -> u128 {
        let bytes = upper_case.as_bytes();
        let mut key = 0;
        let mut index = 0;
        while index < bytes.len() {
            key = key << 8 | bytes[index] as u128;
            index += 1;
        }
        key
    }
}

/// Each byte of a word in upper case; 0 for those that are in no word.
const UPPER: [u8; 256] = upper();

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn upper() -> [u8; 256] {
    let mut upper = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            upper[byte as usize] = byte.to_ascii_uppercase();
        }
        byte += 1;
    }
    upper
}
