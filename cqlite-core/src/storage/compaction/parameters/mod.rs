//! The compaction map of a table, checked as Cassandra checks it (`schema.CompactionParams`).

mod human_readable;
mod leveled;
mod options;
mod size_tiered;
mod time_window;
mod tombstones;
mod unified;

use cqlite_sstable::Result;

use options::{Options, invalid};

pub use leveled::LeveledParameters;
pub use size_tiered::SizeTieredParameters;
pub use time_window::{TimeWindowParameters, TimestampResolution, WindowUnit};
pub use tombstones::{OverlappingTombstones, TombstoneParameters};
pub use unified::{OverlapInclusion, UnifiedParameters};

const PACKAGE: &str = "org.apache.cassandra.db.compaction.";
const DEFAULT_MIN_THRESHOLD: usize = 4;
const DEFAULT_MAX_THRESHOLD: usize = 32;

/// How a table is compacted.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactionParameters {
    /// The strategy with its own parameters.
    pub strategy: Strategy,
    /// Whether SSTables are compacted without being asked (`enabled`).
    pub is_enabled: bool,
    /// From how many SSTables on they are compacted together (`min_threshold`), at least 2. Not for unified.
    pub min_threshold: usize,
    /// How many SSTables are compacted together at most (`max_threshold`). Not for unified.
    pub max_threshold: usize,
    /// What is done for tombstones alone.
    pub tombstones: TombstoneParameters,
}

/// Which SSTables are to be compacted together.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// Those of much the same size (`SizeTieredCompactionStrategy`).
    SizeTiered(SizeTieredParameters),
    /// Those of a level, with what they overlap in the next one (`LeveledCompactionStrategy`).
    Leveled(LeveledParameters),
    /// Those of one window of time (`TimeWindowCompactionStrategy`).
    TimeWindow(TimeWindowParameters),
    /// Those of much the same density that overlap (`UnifiedCompactionStrategy`).
    Unified(UnifiedParameters),
}

impl Strategy {
    /// The name of the class, without its package.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SizeTiered(_) => "SizeTieredCompactionStrategy",
            Self::Leveled(_) => "LeveledCompactionStrategy",
            Self::TimeWindow(_) => "TimeWindowCompactionStrategy",
            Self::Unified(_) => "UnifiedCompactionStrategy",
        }
    }
}

/// What Cassandra takes for a table that says nothing: size-tiered with all defaults.
impl Default for CompactionParameters {
    fn default() -> Self {
        Self {
            strategy: Strategy::SizeTiered(SizeTieredParameters::default()),
            is_enabled: true,
            min_threshold: DEFAULT_MIN_THRESHOLD,
            max_threshold: DEFAULT_MAX_THRESHOLD,
            tombstones: TombstoneParameters::default(),
        }
    }
}

impl CompactionParameters {
    /// Reads the compaction map of a table, `class` with or without its package.
    ///
    /// `allows_unsafe_expiration` is whether `unsafe_aggressive_sstable_expiration` may take effect, which
    /// Cassandra wants a system property for (`cassandra.allow_unsafe_aggressive_sstable_expiration`).
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    ///
    /// # Example
    /// ```
    /// use cqlite_core::storage::compaction::{CompactionParameters, Strategy};
    /// let map = [("class", "LeveledCompactionStrategy"), ("sstable_size_in_mb", "64")];
    /// let parameters = CompactionParameters::parse(map, false)?;
    /// let Strategy::Leveled(leveled) = parameters.strategy else { panic!() };
    /// assert_eq!(leveled.sstable_bytes, 64 << 20);
    ///
    /// let refused = CompactionParameters::parse([("class", "LeveledCompactionStrategy"), ("fan_out", "8")], false);
    /// assert_eq!(
    ///     refused.unwrap_err().message(),
    ///     "Properties specified [fan_out] are not understood by LeveledCompactionStrategy"
    /// );
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn parse<'a>(
        map: impl IntoIterator<Item = (&'a str, &'a str)>,
        allows_unsafe_expiration: bool,
    ) -> Result<Self> {
        let mut options = Options::new(map);
        let class = options
            .take("class")
            .ok_or_else(|| invalid("Missing sub-option 'class' for the 'compaction' option".to_owned()))?;
        let parse_strategy = strategy_of(class)?;
        let overlapping = OverlappingTombstones::parse(&mut options)?;
        let mut tombstones = TombstoneParameters::parse(&mut options, overlapping)?;
        options
            .truth("log_all", |value| format!("'log_all' should either be 'true' or 'false', not {value}"))?;
        let is_enabled = options
            .truth("enabled", |value| format!("enabled should either be 'true' or 'false', not {value}"))?
            .unwrap_or(true);
        let strategy = parse_strategy(&mut options, allows_unsafe_expiration)?;
        if matches!(strategy, Strategy::TimeWindow(_)) {
            tombstones.are_compacted_alone = tombstones.is_asked_for;
        }
        let thresholds = match strategy {
            Strategy::Unified(_) => [None, None],
            _ => [options.take("min_threshold"), options.take("max_threshold")],
        };
        options.refuse_rest(strategy.name())?;
        let [min_threshold, max_threshold] = parse_thresholds(thresholds)?;
        Ok(Self { strategy, is_enabled, min_threshold, max_threshold, tombstones })
    }
}

type ParseStrategy = fn(&mut Options<'_>, bool) -> Result<Strategy>;

fn strategy_of(class: &str) -> Result<ParseStrategy> {
    let name = if class.contains('.') { class.strip_prefix(PACKAGE) } else { Some(class) };
    match name.unwrap_or_default() {
        "SizeTieredCompactionStrategy" => {
            Ok(|options, _| SizeTieredParameters::parse(options).map(Strategy::SizeTiered))
        }
        "LeveledCompactionStrategy" => {
            Ok(|options, _| LeveledParameters::parse(options).map(Strategy::Leveled))
        }
        "TimeWindowCompactionStrategy" => {
            Ok(|options, allows| TimeWindowParameters::parse(options, allows).map(Strategy::TimeWindow))
        }
        "UnifiedCompactionStrategy" => {
            Ok(|options, allows| UnifiedParameters::parse(options, allows).map(Strategy::Unified))
        }
        _ => {
            let package = if class.contains('.') { "" } else { PACKAGE };
            Err(invalid(format!("Unable to find compaction strategy class '{package}{class}'")))
        }
    }
}

fn parse_thresholds([min, max]: [Option<&str>; 2]) -> Result<[usize; 2]> {
    let number = |name: &str, text: Option<&str>, default: usize| match text {
        None => Ok(default),
        Some(text) => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i32>()
                .ok()
                .filter(|_| digits)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| {
                    invalid(format!(
                        "Invalid value {text} for '{name}' compaction sub-option - must be an integer"
                    ))
                })
        }
    };
    let min = number("min_threshold", min, DEFAULT_MIN_THRESHOLD)?;
    let max = number("max_threshold", max, DEFAULT_MAX_THRESHOLD)?;
    let message = match (min, max) {
        (0, _) | (_, 0) => {
            "Disabling compaction by setting compaction thresholds to 0 has been removed, set the \
                            compaction option 'enabled' to false instead."
                .to_owned()
        }
        (1, _) => "Min compaction threshold cannot be less than 2 (got 1)".to_owned(),
        _ if min > max => format!(
            "Min compaction threshold (got {min}) cannot be greater than max compaction threshold (got {max})"
        ),
        _ => return Ok([min, max]),
    };
    Err(invalid(message))
}
