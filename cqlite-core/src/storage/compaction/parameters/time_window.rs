//! `TimeWindowCompactionStrategyOptions`.

use cqlite_sstable::Result;

use super::SizeTieredParameters;
use super::options::{Options, invalid};

/// How long windows of time are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeWindowParameters {
    /// The unit of a window (`compaction_window_unit`).
    pub window_unit: WindowUnit,
    /// How many units a window has (`compaction_window_size`).
    pub window_size: u32,
    /// The unit of the table's timestamps (`timestamp_resolution`).
    pub timestamp_resolution: TimestampResolution,
    /// How often expired SSTables are looked for (`expired_sstable_check_frequency_seconds`).
    pub expired_check_interval_millis: i64,
    /// Whether SSTables of which nothing is alive are dropped, though what they delete may be elsewhere
    /// (`unsafe_aggressive_sstable_expiration`).
    pub ignores_overlaps: bool,
    /// For the newest window.
    pub size_tiered: SizeTieredParameters,
}

/// The unit of a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowUnit {
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 24 hours.
    Days,
}

impl WindowUnit {
    /// How long it is.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minutes => 60,
            Self::Hours => 3_600,
            Self::Days => 86_400,
        }
    }
}

/// The unit of timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampResolution {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970, as Cassandra makes them.
    Microseconds,
    /// Nanoseconds since 1970.
    Nanoseconds,
}

impl TimestampResolution {
    /// A timestamp in milliseconds since 1970, rounded towards that.
    pub fn millis(self, timestamp: i64) -> i64 {
        match self {
            Self::Seconds => timestamp.saturating_mul(1_000),
            Self::Milliseconds => timestamp,
            Self::Microseconds => timestamp / 1_000,
            Self::Nanoseconds => timestamp / 1_000_000,
        }
    }
}

impl Default for TimeWindowParameters {
    fn default() -> Self {
        Self {
            window_unit: WindowUnit::Days,
            window_size: 1,
            timestamp_resolution: TimestampResolution::Microseconds,
            expired_check_interval_millis: 600_000,
            ignores_overlaps: false,
            size_tiered: SizeTieredParameters::default(),
        }
    }
}

const RESOLUTION: &str = "timestamp_resolution";
const UNIT: &str = "compaction_window_unit";
const SIZE: &str = "compaction_window_size";
pub(super) const EXPIRED_CHECK: &str = "expired_sstable_check_frequency_seconds";
pub(super) const UNSAFE_EXPIRATION: &str = "unsafe_aggressive_sstable_expiration";

impl TimeWindowParameters {
    pub(super) fn parse(options: &mut Options<'_>, allows_unsafe_expiration: bool) -> Result<Self> {
        let defaults = Self::default();
        let timestamp_resolution = match options.take(RESOLUTION) {
            None => defaults.timestamp_resolution,
            Some("SECONDS") => TimestampResolution::Seconds,
            Some("MILLISECONDS") => TimestampResolution::Milliseconds,
            Some("MICROSECONDS") => TimestampResolution::Microseconds,
            Some("NANOSECONDS") => TimestampResolution::Nanoseconds,
            Some(other) => return Err(invalid(format!("{other} is not valid for {RESOLUTION}"))),
        };
        let window_unit = match options.take(UNIT) {
            None => defaults.window_unit,
            Some("MINUTES") => WindowUnit::Minutes,
            Some("HOURS") => WindowUnit::Hours,
            Some("DAYS") => WindowUnit::Days,
            Some(other) => return Err(invalid(format!("{other} is not valid for {UNIT}"))),
        };
        let window_size = match options.integer::<i32>(SIZE)? {
            None => defaults.window_size,
            Some(size) => u32::try_from(size)
                .ok()
                .filter(|size| *size > 0)
                .ok_or_else(|| invalid(format!("{size} must be greater than 1 for {SIZE}")))?,
        };
        let expired_check_interval_millis = match options.integer::<i64>(EXPIRED_CHECK)? {
            None => defaults.expired_check_interval_millis,
            Some(seconds) if seconds < 0 => {
                return Err(invalid(format!("{EXPIRED_CHECK} must not be negative, but was {seconds}")));
            }
            Some(seconds) => seconds.saturating_mul(1_000),
        };
        let ignores_overlaps = options
            .truth(UNSAFE_EXPIRATION, |value| {
                format!("{UNSAFE_EXPIRATION} is not 'true' or 'false' ({value})")
            })?
            .unwrap_or(false);
        if ignores_overlaps && !allows_unsafe_expiration {
            return Err(invalid(format!(
                "{UNSAFE_EXPIRATION} is requested but not allowed, restart cassandra with \
                 -Dcassandra.allow_unsafe_aggressive_sstable_expiration=true to allow it"
            )));
        }
        let size_tiered = SizeTieredParameters::parse(options)?;
        Ok(Self {
            window_unit,
            window_size,
            timestamp_resolution,
            expired_check_interval_millis,
            ignores_overlaps,
            size_tiered,
        })
    }
}
