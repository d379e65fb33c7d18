//! How numbers with a fraction stand in JSON: with nine significant digits, which read back as they were written.
//!
//! The reader of JSON is exact to the last bit only for short numbers; nine digits are short, and more than any
//! measurement has.

use serde::{Deserialize as _, Deserializer, Serializer, ser::Error as _};

/// The number with nine significant digits. One that is not finite stays what it is.
pub fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// For `#[serde(with = "number")]`.
///
/// # Errors
/// If it is not finite, for which JSON has nothing, or the format cannot take it.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match value.is_finite() {
        true => serializer.serialize_f64(rounded(*value)),
        false => Err(S::Error::custom(format!("{value} is no finite number"))),
    }
}

/// For `#[serde(with = "number")]`.
///
/// # Errors
/// If there is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    f64::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_are_kept() {
        assert_eq!(rounded(123_456.789_012), 123_456.789);
        assert_eq!(rounded(-1.0 / 3.0), -0.333_333_333);
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn a_rounded_number_reads_back_as_it_was_written() {
        let mut state = 7_u64;
        for _ in 0..10_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = rounded((state >> 11) as f64 / f64::from((state % 1_000_000) as u32 + 1));
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<f64>(&text).unwrap(), value, "{text}");
        }
    }
}
