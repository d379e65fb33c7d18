//! The parameters of `UnifiedCompactionStrategy` (`unified.Controller`).

use cqlite_sstable::Result;

use super::human_readable::{parse_bytes, print_bytes};
use super::options::{Options, invalid, parse_f64};
use super::time_window::{EXPIRED_CHECK, UNSAFE_EXPIRATION};

/// How SSTables are tiered by density, and cut.
#[derive(Debug, Clone, PartialEq)]
pub struct UnifiedParameters {
    /// What each level is like, beginning with level 0, which has what was just flushed; the last one stands
    /// for all levels above (`scaling_parameters`). 0 is `N`, k - 2 is `Tk`, 2 - k is `Lk`. There is at least
    /// one.
    pub scaling_parameters: Vec<i32>,
    /// How long Data.db should be, before it grows (`target_sstable_size`).
    pub target_sstable_bytes: u64,
    /// SSTables are not cut to less than this, as long as there are fewer than `base_shard_count`; 0 for any
    /// length (`min_sstable_size`).
    pub min_sstable_bytes: u64,
    /// In how many shards the token space is cut at least, if that does not make SSTables too small
    /// (`base_shard_count`).
    pub base_shard_count: u32,
    /// Which part of the growth of the data is that of SSTables, and not of their number: from 0 to 1
    /// (`sstable_growth`).
    pub sstable_growth: f64,
    /// The size of what is flushed, where it is not to be observed; 0 if it is (`flush_size_override`).
    pub flush_bytes: u64,
    /// How many SSTables that overlap are compacted together at most; none for any number
    /// (`max_sstables_to_compact`).
    pub max_sstables_to_compact: Option<usize>,
    /// How often expired SSTables are looked for (`expired_sstable_check_frequency_seconds`).
    pub expired_check_interval_millis: i64,
    /// Whether SSTables of which nothing is alive are dropped, though what they delete may be elsewhere
    /// (`unsafe_aggressive_sstable_expiration`).
    pub ignores_overlaps: bool,
    /// What is compacted together with SSTables that overlap (`overlap_inclusion_method`).
    pub overlap_inclusion: OverlapInclusion,
}

/// What is compacted together with SSTables that overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverlapInclusion {
    /// Nothing.
    None,
    /// What overlaps one of them.
    Single,
    /// What overlaps one of them, and what overlaps that, and so on.
    Transitive,
}

impl Default for UnifiedParameters {
    fn default() -> Self {
        Self {
            scaling_parameters: vec![2],
            target_sstable_bytes: 1 << 30,
            min_sstable_bytes: 100 << 20,
            base_shard_count: 4,
            sstable_growth: 0.333,
            flush_bytes: 0,
            max_sstables_to_compact: None,
            expired_check_interval_millis: 600_000,
            ignores_overlaps: false,
            overlap_inclusion: OverlapInclusion::Transitive,
        }
    }
}

const SCALING: &str = "scaling_parameters";
const BASE_SHARDS: &str = "base_shard_count";
const TARGET: &str = "target_sstable_size";
const MIN_SIZE: &str = "min_sstable_size";
const FLUSH: &str = "flush_size_override";
const MOST_INPUTS: &str = "max_sstables_to_compact";
const INCLUSION: &str = "overlap_inclusion_method";
const GROWTH: &str = "sstable_growth";

/// The least `target_sstable_size` and `flush_size_override`.
const MIN_TARGET_BYTES: u64 = 1 << 20;

impl UnifiedParameters {
    /// Reads the options in the order in which Cassandra checks them.
    pub(super) fn parse(options: &mut Options<'_>, allows_unsafe_expiration: bool) -> Result<Self> {
        let mut parsed = Self::default();
        if let Some(text) = options.take(SCALING) {
            parsed.scaling_parameters = parse_scaling_parameters(text)?;
        }
        if let Some(count) = options.integer::<i32>(BASE_SHARDS)? {
            let positive = u32::try_from(count).ok().filter(|count| *count > 0);
            parsed.base_shard_count = positive.ok_or_else(|| {
                invalid(format!("Invalid configuration, {BASE_SHARDS} should be positive: {count}"))
            })?;
        }
        if let Some(text) = options.take(TARGET) {
            parsed.target_sstable_bytes = parse_target(text)?;
        }
        if let Some(text) = options.take(FLUSH) {
            parsed.flush_bytes = parse_size(FLUSH, text)? as u64;
            if parsed.flush_bytes < MIN_TARGET_BYTES {
                return Err(too_small(FLUSH, text));
            }
        }
        let most = options.integer::<i32>(MOST_INPUTS)?.and_then(|most| usize::try_from(most).ok());
        parsed.max_sstables_to_compact = most.filter(|most| *most > 0);
        if let Some(text) = options.take(EXPIRED_CHECK) {
            parsed.expired_check_interval_millis = parse_expired_check(text)?;
        }
        let ignores_overlaps = options.truth(UNSAFE_EXPIRATION, |value| {
            format!("{UNSAFE_EXPIRATION} should either be 'true' or 'false', not {value}")
        })?;
        parsed.ignores_overlaps = ignores_overlaps.unwrap_or(false) && allows_unsafe_expiration;
        if let Some(text) = options.take(INCLUSION) {
            parsed.overlap_inclusion = parse_inclusion(text)?;
        }
        if let Some(text) = options.take(MIN_SIZE) {
            parsed.min_sstable_bytes = parse_min_size(text, parsed.target_sstable_bytes)?;
        }
        if let Some(text) = options.take(GROWTH) {
            parsed.sstable_growth = parse_growth(text)?;
        }
        Ok(parsed)
    }
}

fn parse_scaling_parameters(text: &str) -> Result<Vec<i32>> {
    // As Java's split does, empty ones at the end are left out.
    let text = if text.is_empty() { text } else { text.trim_end_matches(',') };
    text.split(',').map(|one| parse_scaling_parameter(one.trim())).collect()
}

fn parse_scaling_parameter(text: &str) -> Result<i32> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| {
        text.parse::<i32>()
            .map_err(|_| invalid(format!("{text} is not a parsable int (base10) for {SCALING}")))
    };
    let fanout = |tail: &str| match number(tail)? {
        fanout if fanout < 2 => Err(invalid(format!("Fan factor cannot be lower than 2 in {text}"))),
        fanout => Ok(fanout),
    };
    match text.split_at_checked(1) {
        Some(("N", "")) => Ok(0),
        Some(("L", tail)) if digits(tail) => Ok(2 - fanout(tail)?),
        Some(("T", tail)) if digits(tail) => Ok(fanout(tail)? - 2),
        _ if digits(text.strip_prefix(['+', '-']).unwrap_or(text)) => number(text),
        _ => Err(invalid(format!("Scaling parameter {text} must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+"))),
    }
}

fn parse_target(text: &str) -> Result<u64> {
    let bytes = parse_size(TARGET, text)?;
    if bytes >= i64::MAX as f64 {
        return Err(invalid(format!("{TARGET} {text} is out of range of Long.")));
    }
    if bytes < MIN_TARGET_BYTES as f64 {
        return Err(too_small(TARGET, text));
    }
    Ok(bytes as u64)
}

fn parse_size(name: &str, text: &str) -> Result<f64> {
    parse_bytes(text).map_err(|reason| {
        let reason = reason.unwrap_or_else(|| "null".to_owned());
        invalid(format!("{name} {text} is not a valid size in bytes: {reason}"))
    })
}

fn too_small(name: &str, text: &str) -> cqlite_sstable::Error {
    let least = print_bytes(MIN_TARGET_BYTES);
    invalid(format!("{name} {text} is not acceptable, size must be at least {least}"))
}

fn parse_expired_check(text: &str) -> Result<i64> {
    match text.parse::<i64>() {
        Ok(seconds) if seconds > 0 => Ok(seconds.saturating_mul(1_000)),
        Ok(seconds) => {
            Err(invalid(format!("Invalid configuration, {EXPIRED_CHECK} should be positive: {seconds}")))
        }
        Err(_) => Err(invalid(format!("{text} is not a parsable long (base10) for {EXPIRED_CHECK}"))),
    }
}

fn parse_inclusion(text: &str) -> Result<OverlapInclusion> {
    match text.to_uppercase().as_str() {
        "NONE" => Ok(OverlapInclusion::None),
        "SINGLE" => Ok(OverlapInclusion::Single),
        "TRANSITIVE" => Ok(OverlapInclusion::Transitive),
        _ => Err(invalid(format!(
            "Invalid overlap inclusion method {text}. The valid options are [NONE, SINGLE, TRANSITIVE]."
        ))),
    }
}

fn parse_min_size(text: &str, target_bytes: u64) -> Result<u64> {
    let bytes = parse_bytes(text)
        .map_err(|_| invalid(format!("{text} is not a valid size in bytes for {MIN_SIZE}")))?;
    let bytes = u64::try_from(bytes as i64).map_err(|_| {
        invalid(format!("Invalid configuration, {MIN_SIZE} should be greater than or equal to 0 (zero)"))
    })?;
    let limit = (target_bytes as f64 * 0.5_f64.sqrt()).ceil() as u64;
    if bytes >= limit {
        let (size, target) = (print_bytes(bytes), print_bytes(target_bytes));
        return Err(invalid(format!(
            "Invalid configuration, {MIN_SIZE} ({size}) should be less than 70% of the targetSSTableSize ({target})"
        )));
    }
    Ok(bytes)
}

fn parse_growth(text: &str) -> Result<f64> {
    let trimmed = text.trim();
    let (digits, divisor) = match trimmed.strip_suffix('%') {
        Some(percent) => (percent.trim(), 100.0),
        None => (trimmed, 1.0),
    };
    let growth = parse_f64(digits).map(|number| number / divisor).ok_or_else(|| {
        let reason = if digits.is_empty() {
            "empty String".to_owned()
        } else {
            format!("For input string: \"{digits}\"")
        };
        invalid(format!("{GROWTH} is not a valid number between 0 and 1: {reason}"))
    })?;
    if !(0.0..=1.0).contains(&growth) {
        return Err(invalid(format!("{GROWTH} {text} must be between 0 and 1")));
    }
    Ok(growth)
}
