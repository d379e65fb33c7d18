//! The compression map as it is stored (`CompressionParams.asMap`).

use std::collections::BTreeMap;

use cqlite_sstable::compress::CompressionParameters;

use crate::catalog::java::double_text;
use crate::query::{QueryError, QueryResult};

const PACKAGE: &str = "org.apache.cassandra.io.compress.";
const CLASS: &str = "class";
const CHUNK_LENGTH: &str = "chunk_length_in_kb";
const ENABLED: &str = "enabled";
const MIN_RATIO: &str = "min_compress_ratio";
const LZ4_LEVEL: &str = "lz4_high_compressor_level";
const LZ4_TYPE: &str = "lz4_compressor_type";
const ZSTD_LEVEL: &str = "compression_level";

/// The levels that the library of Zstandard has.
const ZSTD_LEAST: i32 = -131_072;
const ZSTD_MOST: i32 = 22;

pub(super) fn default_map() -> BTreeMap<String, String> {
    BTreeMap::from([
        (CHUNK_LENGTH.to_owned(), "16".to_owned()),
        (CLASS.to_owned(), format!("{PACKAGE}LZ4Compressor")),
    ])
}

/// A map that somebody gave, checked: its class with the package, and the length of chunks
/// (`CompressionParams.fromMap`).
pub(super) fn canonical(given: &BTreeMap<String, String>) -> QueryResult<BTreeMap<String, String>> {
    let refused = |message: String| Err(QueryError::configuration(message));
    let mut own = given.clone();
    let is_enabled = own.remove(ENABLED).is_none_or(|enabled| enabled.eq_ignore_ascii_case("true"));
    if is_enabled && !given.is_empty() && !own.contains_key(CLASS) {
        return refused(format!("Missing sub-option '{CLASS}' for the 'compression' option."));
    }
    if !is_enabled && !own.is_empty() {
        return refused(format!(
            "If the '{ENABLED}' option is set to false no other options must be specified"
        ));
    }
    let Some(class) = own.remove(CLASS) else {
        return Ok(BTreeMap::from([(ENABLED.to_owned(), "false".to_owned())]));
    };
    if class.is_empty() {
        return refused(format!(
            "The '{CLASS}' option must not be empty. To disable compression use '{ENABLED}' : false"
        ));
    }
    let kib = match own.remove(CHUNK_LENGTH) {
        None => 16,
        Some(text) => text
            .parse::<i32>()
            .map_err(|_| QueryError::configuration(format!("Invalid value for {CHUNK_LENGTH}")))?,
    };
    if kib > i32::MAX / 1024 {
        return refused(format!("Value of {CHUNK_LENGTH} is too large ({kib})"));
    }
    let ratio = match own.remove(MIN_RATIO) {
        None => 0.0,
        Some(text) => {
            text.parse::<f64>().map_err(|_| QueryError::invalid(format!("For input string: \"{text}\"")))?
        }
    };
    let class = if class.contains('.') { class } else { format!("{PACKAGE}{class}") };
    check_compressor(&class, &own)?;
    own.insert(CLASS.to_owned(), class);
    CompressionParameters::from_options(own.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .map_err(|error| QueryError::configuration(error.message()))?;
    check_chunks(kib, ratio)?;
    own.insert(CHUNK_LENGTH.to_owned(), kib.to_string());
    if ratio != 0.0 {
        own.insert(MIN_RATIO.to_owned(), double_text(ratio));
    }
    Ok(own)
}

/// `CompressionParams.createCompressor`
fn check_compressor(class: &str, options: &BTreeMap<String, String>) -> QueryResult<()> {
    let refused = |message: String| Err(QueryError::configuration(message));
    let option = |name: &str| options.get(name).map(String::as_str);
    let known: &[&str] = match class.strip_prefix(PACKAGE).unwrap_or_default() {
        "LZ4Compressor" => {
            if let Some(of) = option(LZ4_TYPE).filter(|of| !["fast", "high"].contains(of)) {
                return refused(format!(
                    "Invalid compressor type '{of}' specified for LZ4 parameter '{LZ4_TYPE}'. Valid options are [high, fast]."
                ));
            }
            if let Some(level) = option(LZ4_LEVEL).filter(|level| !is_between(level, 1, 17)) {
                return refused(format!(
                    "Invalid value [{level}] for parameter '{LZ4_LEVEL}'. Value must be between 1 and 17."
                ));
            }
            &[LZ4_LEVEL, LZ4_TYPE]
        }
        "ZstdCompressor" => {
            check_zstd_level(option(ZSTD_LEVEL))?;
            &[ZSTD_LEVEL]
        }
        "DeflateCompressor" | "NoopCompressor" | "SnappyCompressor" => &[],
        _ => return refused(format!("Could not create Compression for type {class}")),
    };
    match options.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => refused(format!("Unknown compression options {name}")),
        None => Ok(()),
    }
}

fn is_between(number: &str, least: i32, most: i32) -> bool {
    number.parse::<i32>().is_ok_and(|number| (least..=most).contains(&number))
}

fn check_zstd_level(level: Option<&str>) -> QueryResult<()> {
    let failed = "ZstdCompressor.create() threw an error: java.lang.";
    match level {
        Some(level) if level.parse::<i32>().is_err() => Err(QueryError::configuration(format!(
            "{failed}NumberFormatException For input string: \"{level}\""
        ))),
        Some(level) if !is_between(level, ZSTD_LEAST, ZSTD_MOST) => Err(QueryError::configuration(format!(
            "{failed}IllegalArgumentException {ZSTD_LEVEL}={level} is invalid"
        ))),
        _ => Ok(()),
    }
}

/// `CompressionParams.validate`
fn check_chunks(kib: i32, ratio: f64) -> QueryResult<()> {
    let refused = |message: String| Err(QueryError::configuration(message));
    // As the product with 1024 overflows in Cassandra, too.
    if kib.wrapping_mul(1024) <= 0 {
        return refused(format!("Invalid negative or null {CHUNK_LENGTH}"));
    }
    if !kib.unsigned_abs().is_power_of_two() {
        return refused(format!("{CHUNK_LENGTH} must be a power of 2"));
    }
    if ratio < 0.0 {
        return refused(format!("Invalid negative {MIN_RATIO}"));
    }
    if ratio != 0.0 && !(1.0..f64::INFINITY).contains(&ratio) {
        return refused(format!("{MIN_RATIO} can either be 0 or greater than or equal to 1"));
    }
    Ok(())
}
