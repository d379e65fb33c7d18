//! The parameters of `LeveledCompactionStrategy`.

use cqlite_sstable::Result;

use super::SizeTieredParameters;
use super::options::{Options, invalid};

/// How large levels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeveledParameters {
    /// How long Data.db of an SSTable becomes (`sstable_size_in_mb`, which counts MiB).
    pub sstable_bytes: u64,
    /// How many times as much a level has as the one below (`fanout_size`).
    pub fanout: u32,
    /// Whether a single SSTable that overlaps nothing is moved up without being written again
    /// (`single_sstable_uplevel`). False by default, though Cassandra's manual says true.
    pub moves_single_sstables: bool,
    /// For level 0 when there is too much in it.
    pub size_tiered: SizeTieredParameters,
}

impl Default for LeveledParameters {
    fn default() -> Self {
        Self {
            sstable_bytes: 160 << 20,
            fanout: 10,
            moves_single_sstables: false,
            size_tiered: SizeTieredParameters::default(),
        }
    }
}

const SIZE: &str = "sstable_size_in_mb";
const FANOUT: &str = "fanout_size";

/// The levels above level 0.
const UPPER_LEVELS: usize = 8;

impl LeveledParameters {
    pub(super) fn parse(options: &mut Options<'_>) -> Result<Self> {
        let defaults = Self::default();
        let mut positive = |name: &str| match options.integer::<i32>(name)? {
            None => Ok(None),
            Some(number) => match u32::try_from(number) {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => Err(invalid(format!("{name} must be larger than 0, but was {number}"))),
            },
        };
        let sstable_mebibytes = positive(SIZE)?;
        let fanout = positive(FANOUT)?.unwrap_or(defaults.fanout);
        // Cassandra checks the default fanout with a size of 1 MiB, though the default size is another.
        let sstable_bytes = u64::from(sstable_mebibytes.unwrap_or(1)) << 20;
        check_top_level(sstable_bytes, fanout)?;
        let moves_single_sstables =
            options.is_true("single_sstable_uplevel").unwrap_or(defaults.moves_single_sstables);
        Ok(Self {
            sstable_bytes: if sstable_mebibytes.is_some() { sstable_bytes } else { defaults.sstable_bytes },
            fanout,
            moves_single_sstables,
            size_tiered: SizeTieredParameters::parse(options)?,
        })
    }
}

fn check_top_level(sstable_bytes: u64, fanout: u32) -> Result<()> {
    let factors = [fanout; UPPER_LEVELS];
    let product = factors.iter().try_fold(u128::from(sstable_bytes), |product, factor| {
        product.checked_mul(u128::from(*factor)).filter(|product| *product <= i64::MAX as u128)
    });
    if product.is_some() {
        return Ok(());
    }
    let bytes = factors.iter().fold(Decimal::from(sstable_bytes), |product, factor| product.times(*factor));
    Err(invalid(format!(
        "At most {} bytes may be in a compaction level; your maxSSTableSize must be absurdly high to compute {}",
        i64::MAX,
        bytes.print()
    )))
}

/// A whole number of any size, in nines of decimal digits from the least on: what Cassandra's message prints
/// has up to ninety digits.
struct Decimal(Vec<u64>);

const NINE_DIGITS: u64 = 1_000_000_000;

impl Decimal {
    fn from(number: u64) -> Self {
        Self(vec![number]).times(1)
    }

    fn times(self, factor: u32) -> Self {
        let mut carry = 0_u128;
        let mut nines = Vec::with_capacity(self.0.len() + 1);
        for nine in self.0 {
            let product = u128::from(nine) * u128::from(factor) + carry;
            nines.push((product % u128::from(NINE_DIGITS)) as u64);
            carry = product / u128::from(NINE_DIGITS);
        }
        while carry > 0 {
            nines.push((carry % u128::from(NINE_DIGITS)) as u64);
            carry /= u128::from(NINE_DIGITS);
        }
        Self(nines)
    }

    fn print(&self) -> String {
        let padded: String = self.0.iter().rev().map(|nine| format!("{nine:09}")).collect();
        padded.trim_start_matches('0').to_owned()
    }
}
