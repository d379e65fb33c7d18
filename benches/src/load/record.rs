//! What the records are made of that a load writes and reads.

use super::DataPattern;
use crate::scatter;

/// Bytes of a key.
pub const KEY_BYTES: usize = 16;

/// How large records are, and what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordShape {
    /// Fields beside the key.
    pub fields: usize,
    /// Bytes of a field.
    pub field_bytes: usize,
    /// What the bytes look like.
    pub pattern: DataPattern,
}

impl RecordShape {
    /// One field of 100 bytes, half of which can be compressed.
    pub const SMALL: Self = Self { fields: 1, field_bytes: 100, pattern: DataPattern::HalfRandom };

    /// Ten fields of 100 bytes, as those of YCSB.
    pub const YCSB: Self = Self { fields: 10, field_bytes: 100, pattern: DataPattern::HalfRandom };

    /// The standard load: one field of 1,000 bytes of an access log, as large as a record of YCSB.
    pub const STANDARD: Self = Self { fields: 1, field_bytes: 1_000, pattern: DataPattern::AccessLog };

    /// Bytes of a record, its key among them.
    pub fn bytes(&self) -> usize {
        self.fields.saturating_mul(self.field_bytes).saturating_add(KEY_BYTES)
    }

    /// The key of a record. Counting up gives keys in random order, no two alike; those of numbers that were never written lie between
    /// the others, so that only a filter or a look into the data tells that they are absent.
    pub fn key(&self, number: u64) -> [u8; KEY_BYTES] {
        let mut key = [0; KEY_BYTES];
        let (front, back) = key.split_at_mut(KEY_BYTES / 2);
        front.copy_from_slice(&scatter(number).to_be_bytes());
        back.copy_from_slice(&scatter(!number).to_be_bytes());
        key
    }

    /// Puts a field of a record into `value`. A field that is written again has another version.
    pub fn write_field(&self, number: u64, field: usize, version: u64, value: &mut Vec<u8>) {
        let seed = scatter(number) ^ scatter(!(field as u64)) ^ version;
        self.pattern.write(seed, self.field_bytes, value);
    }
}
