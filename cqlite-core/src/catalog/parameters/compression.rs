//! The compression map as it is stored (`CompressionParams.asMap`).

use std::collections::BTreeMap;

use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::{Error, Result};

use crate::catalog::java::double_text;

const PACKAGE: &str = "org.apache.cassandra.io.compress.";
const CLASS: &str = "class";
const CHUNK_LENGTH: &str = "chunk_length_in_kb";
const ENABLED: &str = "enabled";
const MIN_RATIO: &str = "min_compress_ratio";

pub(super) fn default_map() -> BTreeMap<String, String> {
    BTreeMap::from([
        (CHUNK_LENGTH.to_owned(), "16".to_owned()),
        (CLASS.to_owned(), format!("{PACKAGE}LZ4Compressor")),
    ])
}

/// A map that somebody gave, checked: its class with the package, and the length of chunks.
pub(super) fn canonical(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let refused = |message: String| Err(Error::invalid_input(message));
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
            .map_err(|_| Error::invalid_input(format!("Invalid value for {CHUNK_LENGTH}")))?,
    };
    if kib > i32::MAX / 1024 {
        return refused(format!("Value of {CHUNK_LENGTH} is too large ({kib})"));
    }
    if kib <= 0 {
        return refused(format!("Invalid negative or null {CHUNK_LENGTH}"));
    }
    if !kib.unsigned_abs().is_power_of_two() {
        return refused(format!("{CHUNK_LENGTH} must be a power of 2"));
    }
    let ratio = match own.remove(MIN_RATIO) {
        None => 0.0,
        Some(text) => {
            text.parse::<f64>().map_err(|_| Error::invalid_input(format!("For input string: \"{text}\"")))?
        }
    };
    if ratio < 0.0 {
        return refused(format!("Invalid negative {MIN_RATIO}"));
    }
    if ratio != 0.0 && !(1.0..f64::INFINITY).contains(&ratio) {
        return refused(format!("{MIN_RATIO} can either be 0 or greater than or equal to 1"));
    }
    let class = if class.contains('.') { class } else { format!("{PACKAGE}{class}") };
    own.insert(CLASS.to_owned(), class);
    own.insert(CHUNK_LENGTH.to_owned(), kib.to_string());
    if ratio != 0.0 {
        own.insert(MIN_RATIO.to_owned(), double_text(ratio));
    }
    CompressionParameters::from_options(own.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    Ok(own)
}
