//! Numbers as Java prints them.

use cqlite_sstable::types::{CqlType, write_string};

/// `Double.toString`.
pub(super) fn double_text(value: f64) -> String {
    let mut text = Vec::new();
    match write_string(&CqlType::Double, &value.to_be_bytes(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => value.to_string(),
    }
}

/// `DecimalFormat("#.####")` of a number that is not negative: at most four digits behind the point, half to even.
pub(super) fn rounded_text(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.strip_prefix("0.").map_or_else(|| text.to_owned(), |digits| format!(".{digits}"))
}
