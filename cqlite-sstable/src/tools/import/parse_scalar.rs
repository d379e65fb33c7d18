//! Values from the text of one scalar.

use crate::types::{CqlType, Excerpt, parse_string};

/// The longest number. The time to read one grows with the square of its digits.
const MOST_DIGITS: usize = 100_000;

/// The bytes of the value that `text` stands for.
pub(super) fn parse_scalar(of: &CqlType, text: &str) -> Result<Vec<u8>, String> {
    if matches!(of, CqlType::Varint | CqlType::Decimal) && text.len() > MOST_DIGITS {
        return Err(format!(
            "'{}' is no {}: it has more than {MOST_DIGITS} digits",
            Excerpt(text),
            of.cql_name()
        ));
    }
    parse_string(of, text).map_err(|error| error.to_string())
}
