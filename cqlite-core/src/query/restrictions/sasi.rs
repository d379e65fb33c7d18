//! `LIKE`, and the SASI indexes that it needs.

use std::borrow::Cow;

use cqlite_sstable::types::CqlType;

use super::indexes::IndexOperator;
use crate::query::{QueryError, QueryResult};

/// What a SASI index may be asked (`index.sasi.conf.ColumnIndex`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SasiIndex {
    mode: Mode,
    /// Whether its analyzer cuts texts into words.
    is_tokenizing: bool,
    /// Whether texts are compared without regard to their case.
    ignores_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Prefix,
    Contains,
    Sparse,
}

/// What a `LIKE` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Prefix,
    Suffix,
    Contains,
    Matches,
}

/// A `LIKE` with its value, and how the index compares.
#[derive(Debug)]
pub(super) struct Pattern<'t> {
    shape: Shape,
    text: Cow<'t, [u8]>,
    ignores_case: bool,
}

impl SasiIndex {
    /// That of these options.
    pub(super) fn of_options(options: &[(String, String)]) -> Self {
        let option =
            |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let is =
            |name: &str, wanted: &str| option(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
        let mode = match option("mode").map(str::to_ascii_uppercase).as_deref() {
            Some("CONTAINS") => Mode::Contains,
            Some("SPARSE") => Mode::Sparse,
            _ => Mode::Prefix,
        };
        let analyzer = option("analyzer_class").and_then(|class| class.rsplit('.').next());
        let is_tokenizing = match analyzer {
            Some(class) => matches!(class, "StandardAnalyzer" | "DelimiterAnalyzer"),
            None => is("analyzed", "true"),
        };
        let ignores_case = analyzer == Some("NonTokenizingAnalyzer")
            && (is("case_sensitive", "false")
                || is("normalize_lowercase", "true")
                || is("normalize_uppercase", "true"));
        Self { mode, is_tokenizing, ignores_case }
    }

    /// `ColumnIndex.supports`
    pub(super) fn supports(&self, of: &CqlType, operator: IndexOperator) -> bool {
        let is_literal = matches!(of, CqlType::Text | CqlType::Ascii);
        match operator {
            IndexOperator::Like => is_literal,
            IndexOperator::Equal => !self.is_tokenizing,
            IndexOperator::Range => !is_literal && self.mode != Mode::Contains,
            _ => false,
        }
    }

    fn supports_shape(&self, shape: Shape) -> bool {
        match (self.mode, shape) {
            (Mode::Prefix, Shape::Prefix) => true,
            (Mode::Contains, Shape::Prefix) => !self.is_tokenizing,
            (Mode::Contains, _) | (Mode::Prefix, Shape::Matches) => true,
            _ => false,
        }
    }

    /// What a `LIKE` on a column asks for (`SingleColumnRestriction.LikeRestriction.makeSpecific`).
    ///
    /// # Errors
    /// If it asks for nothing, or for what this index cannot answer.
    pub(super) fn pattern<'t>(&self, column: &str, value: Cow<'t, [u8]>) -> QueryResult<Pattern<'t>> {
        let (begins, ends) = (value.starts_with(b"%"), value.ends_with(b"%"));
        let (shape, from, to) = match (begins, ends) {
            (true, true) => (Shape::Contains, 1, value.len().saturating_sub(1)),
            (false, true) => (Shape::Prefix, 0, value.len().saturating_sub(1)),
            (true, false) => (Shape::Suffix, 1, value.len()),
            (false, false) => (Shape::Matches, 0, value.len()),
        };
        if to <= from {
            return Err(QueryError::invalid("LIKE value can't be empty."));
        }
        let text: Cow<'t, [u8]> = Cow::Owned(value.get(from..to).unwrap_or_default().to_vec());
        if !self.supports_shape(shape) {
            let name = match shape {
                Shape::Prefix => "LIKE '<term>%'",
                Shape::Suffix => "LIKE '%<term>'",
                Shape::Contains => "LIKE '%<term>%'",
                Shape::Matches => "LIKE '<term>'",
            };
            let shown = String::from_utf8_lossy(&text).into_owned();
            return Err(QueryError::invalid(format!(
                "{column} {name} {shown} is only supported on properly indexed columns"
            )));
        }
        if self.is_tokenizing {
            return Err(QueryError::unsupported(format!(
                "CQLite has no analyzers of text: LIKE on the column {column}, whose index has one, is not answered"
            )));
        }
        Ok(Pattern { shape, text, ignores_case: self.ignores_case })
    }
}

impl Pattern<'_> {
    /// Whether a text is like it.
    pub(super) fn is_met(&self, found: &[u8]) -> bool {
        if !self.ignores_case {
            return self.is_met_by(found, &self.text);
        }
        let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().into_bytes();
        self.is_met_by(&lower(found), &lower(&self.text))
    }

    fn is_met_by(&self, found: &[u8], text: &[u8]) -> bool {
        match self.shape {
            Shape::Prefix => found.starts_with(text),
            Shape::Suffix => found.ends_with(text),
            Shape::Matches => found == text,
            Shape::Contains => found.windows(text.len().max(1)).any(|part| part == text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_percent_signs_says_what_is_asked_for() {
        let contains = SasiIndex::of_options(&[("mode".to_owned(), "CONTAINS".to_owned())]);
        let is_met = |pattern: &'static str, text: &str| {
            contains.pattern("c", Cow::Borrowed(pattern.as_bytes())).unwrap().is_met(text.as_bytes())
        };
        assert!(is_met("%an%", "Cassandra") && !is_met("%an", "Cassandra") && is_met("%ra", "Cassandra"));
        assert!(
            is_met("Cass%", "Cassandra") && is_met("Cassandra", "Cassandra") && !is_met("cass%", "Cassandra")
        );
        let prefix = SasiIndex::of_options(&[]);
        let refused = prefix.pattern("c", Cow::Borrowed(b"%x")).unwrap_err();
        assert_eq!(refused.message(), "c LIKE '%<term>' x is only supported on properly indexed columns");
        assert_eq!(
            prefix.pattern("c", Cow::Borrowed(b"%")).unwrap_err().message(),
            "LIKE value can't be empty."
        );
    }
}
