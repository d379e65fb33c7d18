//! Names of columns and fields as JSON and CSV spell them.

use std::borrow::Cow;

use crate::types::{Excerpt, UserType};

/// Who spelt a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// JSON, by the rule of `INSERT JSON`: [`unquoted`] goes first.
    Json,
    /// A header or text of CSV. cqlsh writes names without quotes: the one that is just so goes first.
    Csv,
}

impl Spelling {
    /// The place of the name that `name` means.
    pub(super) fn place<'n>(self, names: impl Iterator<Item = &'n str> + Clone, name: &str) -> Option<usize> {
        let place = |wanted: &str| names.clone().position(|known| known == wanted);
        match self {
            Self::Json => place(&unquoted(name)).or_else(|| place(name)),
            Self::Csv => place(name).or_else(|| place(&unquoted(name))),
        }
    }
}

/// What a name means (`Json.handleCaseSensitivity`): in quotes it is taken as it is, else in lower case.
pub(super) fn unquoted(name: &str) -> Cow<'_, str> {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => match inner.contains("\"\"") {
            true => Cow::Owned(inner.replace("\"\"", "\"")),
            false => Cow::Borrowed(inner),
        },
        None => match name.chars().any(char::is_uppercase) {
            true => Cow::Owned(name.to_lowercase()),
            false => Cow::Borrowed(name),
        },
    }
}

/// The argument of `writetime(..)` or `ttl(..)`, as `SELECT` names such a column.
pub(super) fn argument<'n>(name: &'n str, function: &str) -> Option<&'n str> {
    let head = name.get(..function.len()).filter(|head| head.eq_ignore_ascii_case(function))?;
    name.strip_prefix(head)?.strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// The field of this name.
pub(super) fn field_index(user: &UserType, name: &str, spelling: Spelling) -> Result<usize, String> {
    let name = name.trim();
    let index = spelling.place(user.fields.iter().map(|field| field.name.as_str()), name);
    index.ok_or_else(|| format!("the type {} has no field '{}'", user.name, Excerpt(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_unless_they_are_in_quotes() {
        assert_eq!(unquoted("Name"), "name");
        assert_eq!(unquoted("\"Name\""), "Name");
        assert_eq!(unquoted("\"a\"\"b\""), "a\"b");
        assert_eq!(argument("writetime(v)", "writetime"), Some("v"));
        assert_eq!(argument("TTL( \"V\" )", "ttl"), Some("\"V\""));
        assert_eq!(argument("writetimes(v)", "writetime"), None);
        assert_eq!(argument("ttl", "ttl"), None);
        assert_eq!(argument("é", "ttl"), None);
    }

    #[test]
    fn a_name_as_it_stands_goes_first_in_csv_and_last_in_json() {
        let place = |spelling: Spelling, names: &[&str], name| spelling.place(names.iter().copied(), name);
        assert_eq!(place(Spelling::Csv, &["v", "V"], "V"), Some(1));
        assert_eq!(place(Spelling::Json, &["v", "V"], "V"), Some(0));
        assert_eq!(place(Spelling::Json, &["v", "V"], "\"V\""), Some(1));
        for spelling in [Spelling::Csv, Spelling::Json] {
            assert_eq!(place(spelling, &["V"], "V"), Some(0));
            assert_eq!(place(spelling, &["v"], "V"), Some(0));
            assert_eq!(place(spelling, &["V"], "v"), None);
        }
    }
}
