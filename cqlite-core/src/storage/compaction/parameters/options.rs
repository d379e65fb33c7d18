//! The entries of a compaction map, taken one by one.

use std::collections::BTreeMap;

use cqlite_sstable::{Error, Result};

/// The entries that nobody asked for yet.
#[derive(Debug)]
pub(super) struct Options<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Options<'a> {
    pub(super) fn new(map: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(map.into_iter().collect())
    }

    /// An entry, which is then known.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a str> {
        self.0.remove(name)
    }

    /// Whether there is an entry that has another value than `false`.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| *value != "false")
    }

    /// An entry that is a whole number in the range of Cassandra's type, which `N` is.
    pub(super) fn integer<N: std::str::FromStr>(&mut self, name: &str) -> Result<Option<N>> {
        let number = self.take(name).map(|text| {
            text.parse().map_err(|_| invalid(format!("{text} is not a parsable int (base10) for {name}")))
        });
        number.transpose()
    }

    /// An entry that is `true` or `false` in letters of any case; `message` says what is wrong with another
    /// one.
    pub(super) fn truth(&mut self, name: &str, message: impl Fn(&str) -> String) -> Result<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(invalid(message(text))),
        }
    }

    /// An entry that is true if it is `true` in letters of any case, and false whatever else it is.
    pub(super) fn is_true(&mut self, name: &str) -> Option<bool> {
        self.take(name).map(|text| text.eq_ignore_ascii_case("true"))
    }

    /// An error if there is an entry left.
    pub(super) fn refuse_rest(&self, strategy: &str) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.0.keys().copied().collect();
        Err(invalid(format!("Properties specified [{}] are not understood by {strategy}", names.join(", "))))
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::invalid_input(message)
}

/// What is left of the text of a number as Java reads it (`Double.parseDouble`): blanks around it do not
/// count, and it may have the suffix of a type. None for what Rust would read and Java does not.
fn java_number(text: &str) -> Option<&str> {
    let text = text.trim_matches(|character| character <= ' ');
    let unsigned = text.trim_start_matches(['+', '-']);
    if matches!(unsigned, "NaN" | "Infinity") {
        return Some(text);
    }
    let text = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)).then_some(text)
}

/// A number as `Double.parseDouble` reads it.
pub(super) fn parse_f64(text: &str) -> Option<f64> {
    java_number(text)?.parse().ok()
}

/// A number as `Float.parseFloat` reads it.
pub(super) fn parse_f32(text: &str) -> Option<f32> {
    java_number(text)?.parse().ok()
}

/// A number as `Double.toString` writes it.
pub(super) fn print_f64(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    if number == 0.0 || number.is_nan() || (1e-3..1e7).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => text,
    }
}
