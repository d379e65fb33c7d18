//! What values look like.

use std::fmt::{self, Write as _};

use crate::scatter;

/// What values are made of, and so how well they can be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataPattern {
    /// Lines of a web server's access log as JSON, as services store their events: the standard one.
    AccessLog,
    /// Readings of sensors as JSON, with times that go up and numbers that change little.
    SensorReadings,
    /// Words of English, frequent ones more often.
    Prose,
    /// Half random bytes, and the same once more: about what LZ4 makes half of.
    HalfRandom,
    /// Random bytes, as pictures and encrypted values are.
    Random,
    /// One byte over and over.
    Constant,
}

const METHODS: [&str; 8] = ["GET", "GET", "GET", "GET", "GET", "POST", "PUT", "DELETE"];
const STATUSES: [u16; 8] = [200, 200, 200, 200, 200, 304, 404, 500];
const PLACES: [&str; 8] =
    ["products", "orders", "customers", "carts", "search", "sessions", "reviews", "inventory"];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "okhttp/5.1.0",
];
const WORDS: [&str; 64] = [
    "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on",
    "not", "he", "this", "are", "or", "his", "from", "at", "which", "but", "have", "an", "had", "they",
    "you", "were", "their", "one", "all", "we", "can", "her", "has", "there", "been", "if", "more", "when",
    "will", "would", "who", "so", "no", "she", "other", "its", "may", "these", "what", "them", "than",
    "some", "him", "time", "into", "only", "could", "new",
];

impl DataPattern {
    /// All of them, the standard one first.
    pub const ALL: [Self; 6] =
        [Self::AccessLog, Self::SensorReadings, Self::Prose, Self::HalfRandom, Self::Random, Self::Constant];

    /// Puts exactly so many bytes into `value`, the same for the same number. Patterns of text are UTF-8.
    pub fn write(self, number: u64, bytes: usize, value: &mut Vec<u8>) {
        value.clear();
        match self {
            Self::AccessLog | Self::SensorReadings | Self::Prose => {
                let mut text = String::from_utf8(std::mem::take(value)).unwrap_or_default();
                let mut part = scatter(number);
                while text.len() < bytes {
                    self.write_part(number, part, &mut text);
                    part = scatter(part);
                }
                *value = text.into_bytes();
                value.truncate(bytes);
            }
            Self::HalfRandom => {
                write_random(number, bytes.div_ceil(2), value);
                value.extend_from_within(..bytes / 2);
            }
            Self::Random => write_random(number, bytes, value),
            Self::Constant => value.resize(bytes, b'c'),
        }
    }

    /// Appends a line, a reading or a word.
    fn write_part(self, number: u64, random: u64, text: &mut String) {
        let pick = |shift: u32, of: usize| ((random >> shift) as usize) % of;
        let millis = 1_750_000_000_000_u64.wrapping_add(number.wrapping_mul(17));
        let written = match self {
            Self::AccessLog => writeln!(
                text,
                "{{\"time\":{millis},\"host\":\"web-{:02}.eu-central-1\",\"method\":\"{}\",\"path\":\"/api/v2/{}/{}\",\"status\":{},\"bytes\":{},\
                 \"duration_ms\":{},\"client\":\"10.{}.{}.{}\",\"agent\":\"{}\"}}",
                pick(0, 12),
                METHODS[pick(4, METHODS.len())],
                PLACES[pick(8, PLACES.len())],
                pick(12, 50_000),
                STATUSES[pick(28, STATUSES.len())],
                pick(31, 20_000),
                pick(40, 250),
                pick(44, 4),
                pick(46, 256),
                pick(54, 256),
                AGENTS[pick(60, AGENTS.len())],
            ),
            Self::SensorReadings => writeln!(
                text,
                "{{\"sensor\":\"station-{:04}\",\"time\":{millis},\"temperature\":{}.{:02},\"humidity\":{}.{},\"pressure\":{}.{},\"ok\":true}}",
                number % 1_000,
                18 + pick(0, 6),
                pick(4, 100),
                40 + pick(12, 20),
                pick(18, 10),
                1_000 + pick(22, 30),
                pick(28, 10),
            ),
            // Of two places that look random the nearer one: frequent words come more often.
            _ => write!(text, "{} ", WORDS[pick(0, WORDS.len()).min(pick(8, WORDS.len()))]),
        };
        debug_assert!(written.is_ok());
    }
}

fn write_random(number: u64, bytes: usize, value: &mut Vec<u8>) {
    let mut state = scatter(number);
    while value.len() < bytes {
        value.extend_from_slice(&state.to_le_bytes());
        state = scatter(state);
    }
    value.truncate(bytes);
}

impl fmt::Display for DataPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessLog => "access log as JSON",
            Self::SensorReadings => "sensor readings as JSON",
            Self::Prose => "English words",
            Self::HalfRandom => "half random",
            Self::Random => "random",
            Self::Constant => "one byte",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_length_asked_for_and_depend_on_their_number_alone() {
        for pattern in DataPattern::ALL {
            for bytes in [0, 1, 7, 100, 1_000] {
                let (mut one, mut again, mut other) = (vec![1], Vec::new(), Vec::new());
                pattern.write(5, bytes, &mut one);
                pattern.write(5, bytes, &mut again);
                pattern.write(6, bytes, &mut other);
                assert_eq!((one.len(), &one), (bytes, &again), "{pattern}");
                assert!(pattern == DataPattern::Constant || bytes < 100 || one != other, "{pattern}");
            }
        }
    }

    #[test]
    fn values_of_text_are_text() {
        for pattern in [DataPattern::AccessLog, DataPattern::SensorReadings, DataPattern::Prose] {
            let mut value = Vec::new();
            pattern.write(9, 500, &mut value);
            assert!(std::str::from_utf8(&value).unwrap().is_ascii());
        }
    }
}
