//! An estimate of how many partition keys there are: HyperLogLog++ as stream-lib 2.5.2 serializes it.
//!
//! ```text
//! i32 -2, then as little-endian base-128 numbers: precision 13, sparse precision 25, form
//! form 1 (sparse): the number of elements, then the difference of each 32-bit element to the one before
//! form 0 (normal): the length in bytes, then big-endian words of six registers of five bits each
//! ```
//! ScyllaDB says form 0 with another precision and no sparse precision, and writes a byte a register; its first
//! releases wrote nothing at all.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use super::bias::{CARDINALITIES, LINEAR_COUNTING_THRESHOLD, RAW_ESTIMATES};
use crate::encoding::{Bytes, DecodeError};
use crate::error::Result;

const VERSION: i32 = -2;
pub(super) const PRECISION: u32 = 13;
pub(super) const SPARSE_PRECISION: u32 = 25;
pub(super) const REGISTERS: usize = 1 << PRECISION;
const REGISTER_BITS: u32 = 5;
const REGISTERS_PER_WORD: usize = 6;
const WORDS: usize = REGISTERS.div_ceil(REGISTERS_PER_WORD);
/// How many of the nearest measurements a correction averages.
const NEIGHBOURS: usize = 6;

/// A sketch of the set of partition keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardinalityEstimator {
    /// Few keys: the leading 25 bits of the hash of each, with a run length where those do not tell it.
    Sparse(Vec<u32>),
    /// Many keys: for each value of the leading 13 bits of a hash, the longest run of zeros behind them.
    Normal(Vec<u8>),
    /// As [`Self::Normal`], but of as many values as ScyllaDB chooses: 16, or none in its first releases.
    Scylla(Vec<u8>),
}

impl CardinalityEstimator {
    pub(super) fn parse(reader: &mut FieldReader<'_>) -> Result<Self> {
        let at = reader.offset();
        let header = reader.read("the estimator's header", |bytes| {
            Ok((bytes.i32()?, leb128(bytes)?, leb128(bytes)?, leb128(bytes)?))
        })?;
        match header {
            (VERSION, PRECISION, SPARSE_PRECISION, 1) => Self::parse_sparse(reader),
            (VERSION, PRECISION, SPARSE_PRECISION, 0) => Self::parse_normal(reader),
            (VERSION, precision @ 4..=16, 0, 0) => Self::parse_scylla(reader, precision),
            other => Err(reader.broken("the estimator's header", at, &format!("{other:?} is no known form"))),
        }
    }

    fn parse_sparse(reader: &mut FieldReader<'_>) -> Result<Self> {
        let at = reader.offset();
        let count = reader.read("the number of elements", leb128)? as usize;
        if count > reader.remaining() {
            return Err(reader.broken("the number of elements", at, &"more than there are bytes"));
        }
        let mut elements = Vec::with_capacity(count);
        let mut element = 0_u32;
        for _ in 0..count {
            element = element.wrapping_add(reader.read("an element", leb128)?);
            elements.push(element);
        }
        Ok(Self::Sparse(elements))
    }

    fn parse_normal(reader: &mut FieldReader<'_>) -> Result<Self> {
        let at = reader.offset();
        let length = reader.read("the length of the registers", leb128)? as usize;
        if length != WORDS.saturating_mul(4) {
            return Err(reader.broken(
                "the length of the registers",
                at,
                &format!("{length} is not expected"),
            ));
        }
        let mut registers = Vec::with_capacity(REGISTERS);
        for _ in 0..WORDS {
            let mut word = reader.read("the registers", Bytes::u32)?;
            for _ in 0..REGISTERS_PER_WORD {
                registers.push((word & 0x1F) as u8);
                word >>= REGISTER_BITS;
            }
        }
        registers.truncate(REGISTERS);
        Ok(Self::Normal(registers))
    }

    fn parse_scylla(reader: &mut FieldReader<'_>, precision: u32) -> Result<Self> {
        let at = reader.offset();
        let length = reader.read("the length of the registers", leb128)? as usize;
        if length != 1_usize.wrapping_shl(precision) {
            let told = format!("{length} is not expected of the precision {precision}");
            return Err(reader.broken("the length of the registers", at, &told));
        }
        Ok(Self::Scylla(reader.read("the registers", |bytes| bytes.take(length))?.to_vec()))
    }

    /// The bytes of the sketch, without the length that stands in front of them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = FieldWriter::default();
        let mut head = |precision: u32, sparse_precision: u32, form: u32, length: usize| {
            writer.i32(VERSION);
            for number in [precision, sparse_precision, form, length as u32] {
                write_leb128(&mut writer, number);
            }
        };
        match self {
            Self::Sparse(elements) => {
                head(PRECISION, SPARSE_PRECISION, 1, elements.len());
                let before = [0].into_iter().chain(elements.iter().copied());
                for (element, before) in elements.iter().zip(before) {
                    write_leb128(&mut writer, element.wrapping_sub(before));
                }
            }
            Self::Normal(registers) => {
                head(PRECISION, SPARSE_PRECISION, 0, WORDS.saturating_mul(4));
                for six in registers.chunks(REGISTERS_PER_WORD) {
                    let word =
                        |word: u32, register: &u8| word << REGISTER_BITS | u32::from(*register).min(31);
                    writer.u32(six.iter().rev().fold(0, word));
                }
            }
            Self::Scylla(registers) if registers.is_empty() => {}
            Self::Scylla(registers) => {
                head(registers.len().trailing_zeros(), 0, 0, registers.len());
                writer.raw(registers);
            }
        }
        writer.into_bytes()
    }

    /// The estimate, equal to stream-lib's; of ScyllaDB's sketch, one that may be wrong by a quarter. -1 if there is no
    /// sketch.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::component::statistics::CardinalityEstimator;
    /// assert_eq!(CardinalityEstimator::Sparse(vec![2, 4, 6]).cardinality(), 3);
    /// ```
    pub fn cardinality(&self) -> i64 {
        match self {
            Self::Sparse(elements) => {
                let places = f64::from(1_u32 << SPARSE_PRECISION);
                round(linear_count(places, places - elements.len() as f64))
            }
            Self::Normal(registers) => estimate(registers),
            Self::Scylla(registers) if registers.is_empty() => -1,
            Self::Scylla(registers) => estimate_plainly(registers),
        }
    }
}

/// How many values fill `places` places so that `empty` are left.
fn linear_count(places: f64, empty: f64) -> f64 {
    places * (places / empty).ln()
}

/// HyperLogLog as its paper has it, without the corrections that the ++ stands for.
fn estimate_plainly(registers: &[u8]) -> i64 {
    let places = registers.len() as f64;
    let alpha = match registers.len() {
        16 => 0.673,
        32 => 0.697,
        64 => 0.709,
        _ => 0.7213 / (1.0 + 1.079 / places),
    };
    let sum: f64 = registers.iter().map(|run| 0.5_f64.powi(i32::from(*run))).sum();
    let empty = registers.iter().filter(|run| **run == 0).count() as f64;
    let raw = alpha * places * places / sum;
    round(if raw <= 2.5 * places && empty > 0.0 { linear_count(places, empty) } else { raw })
}

fn estimate(registers: &[u8]) -> i64 {
    let places = registers.len() as f64;
    // the sum goes register by register, and a run of 31 counts negative: both as in Java
    let sum: f64 = registers.iter().map(|run| 1.0 / f64::from(1_i32.wrapping_shl(u32::from(*run)))).sum();
    let empty = registers.iter().filter(|run| **run == 0).count() as f64;
    let raw = (0.7213 / (1.0 + 1.079 / places)) * places * places * (1.0 / sum);
    let corrected = if raw <= 5.0 * places { raw - bias(raw) } else { raw };
    let counted = if empty > 0.0 { linear_count(places, empty) } else { corrected };
    round(if counted < LINEAR_COUNTING_THRESHOLD { counted } else { corrected })
}

/// The mean error of the measurements nearest to `raw`.
fn bias(raw: f64) -> f64 {
    let mut measured: Vec<(f64, f64)> = RAW_ESTIMATES
        .iter()
        .zip(CARDINALITIES)
        .map(|(estimate, cardinality)| ((raw - estimate).powi(2), estimate - f64::from(cardinality)))
        .collect();
    measured.sort_by(|a, b| a.0.total_cmp(&b.0));
    measured.iter().take(NEIGHBOURS).map(|(_, error)| error).sum::<f64>() / NEIGHBOURS as f64
}

/// As `Math.round`.
fn round(value: f64) -> i64 {
    (value + 0.5).floor() as i64
}

fn write_leb128(writer: &mut FieldWriter, mut number: u32) {
    while number >= 0x80 {
        writer.u8(number as u8 | 0x80);
        number >>= 7;
    }
    writer.u8(number as u8);
}

/// A little-endian base-128 number of 32 bits.
fn leb128(bytes: &mut Bytes<'_>) -> Result<u32, DecodeError> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = bytes.u8()?;
        value |= u32::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(DecodeError::Invalid("a number has more than 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<CardinalityEstimator> {
        CardinalityEstimator::parse(&mut FieldReader::new("COMPACTION", bytes, 0))
    }

    #[test]
    fn scyllas_sketch_has_a_byte_for_each_of_its_registers() {
        let head = [0xFF, 0xFF, 0xFF, 0xFE, 4, 0, 0, 16];
        let empty = parse(&[&head[..], &[0; 16]].concat()).unwrap();
        assert_eq!((&empty, empty.cardinality()), (&CardinalityEstimator::Scylla(vec![0; 16]), 0));
        let some = parse(&[&head[..], &[0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2]].concat()).unwrap();
        assert_eq!(some.cardinality(), 3);
        let many = parse(&[&head[..], &[10; 16]].concat()).unwrap();
        assert_eq!(many.cardinality(), 11026);
        assert_eq!(CardinalityEstimator::Scylla(Vec::new()).cardinality(), -1);
        assert!(parse(&[&head[..7], &[15], &[0; 16]].concat()).is_err());
        assert!(parse(&[&head[..], &[0; 15]].concat()).is_err());
    }

    /// Hashes that are as good as random (splitmix64).
    fn hashes(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|n| {
            let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        })
    }

    fn normal(count: u64) -> CardinalityEstimator {
        let mut registers = vec![0; REGISTERS];
        for hash in hashes(count) {
            let run = ((hash << PRECISION) | 1 << (PRECISION - 1)).leading_zeros() as u8 + 1;
            let register = &mut registers[(hash >> (64 - PRECISION)) as usize];
            *register = run.max(*register);
        }
        CardinalityEstimator::Normal(registers)
    }

    #[test]
    fn estimates_of_many_keys_are_those_of_stream_lib() {
        let estimates = [6_000, 7_000, 9_000, 12_000, 20_000, 30_000, 40_000, 41_000, 60_000, 1_000_000]
            .map(|count| normal(count).cardinality());
        assert_eq!(estimates, [6059, 7019, 8925, 11831, 20006, 30263, 39815, 40784, 59127, 994_473]);
        // every 37th count of the range in which the bias matters, summed up as a hash
        let counts = (5_500..45_000).step_by(37).map(|count| normal(count).cardinality());
        let sum = counts.fold(0, |sum: i64, estimate| sum.wrapping_mul(31).wrapping_add(estimate));
        assert_eq!(sum, -270_182_777_616_948_515);
    }

    #[test]
    fn a_sketch_in_the_normal_form_is_read() {
        let mut words = vec![0_u8; WORDS * 4];
        words[..4].copy_from_slice(&(7_u32 | 31 << 25).to_be_bytes());
        let mut bytes = vec![0xFF, 0xFF, 0xFF, 0xFE, 13, 25, 0, 0xD8, 0x2A];
        bytes.extend(&words);
        let CardinalityEstimator::Normal(registers) =
            CardinalityEstimator::parse(&mut FieldReader::new("P", &bytes, 0)).unwrap()
        else {
            panic!("not the normal form");
        };
        assert_eq!((registers.len(), registers[0], registers[5], registers[6]), (REGISTERS, 7, 31, 0));
        for length in 0..bytes.len() {
            assert!(CardinalityEstimator::parse(&mut FieldReader::new("P", &bytes[..length], 0)).is_err());
        }
    }

    #[test]
    fn a_number_that_does_not_end_and_a_count_that_cannot_be_are_refused() {
        let sparse = [0xFF, 0xFF, 0xFF, 0xFE, 13, 25, 1];
        for rest in [&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1]] {
            let bytes = [&sparse, rest].concat();
            assert!(CardinalityEstimator::parse(&mut FieldReader::new("P", &bytes, 0)).is_err());
        }
    }
}
