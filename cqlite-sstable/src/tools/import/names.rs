//! Names of columns and fields as JSON and CSV spell them.

use std::borrow::Cow;

use crate::types::UserType;

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
pub(super) fn field_index(user: &UserType, name: &str) -> Result<usize, String> {
    let wanted = unquoted(name.trim());
    let index = user.fields.iter().position(|field| field.name == *wanted);
    index.ok_or_else(|| format!("the type {} has no field '{wanted}'", user.name))
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
}
