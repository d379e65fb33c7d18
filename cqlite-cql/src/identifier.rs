//! Names.

use std::borrow::{Borrow, Cow};
use std::fmt;

use smol_str::SmolStr;

use crate::lexer::Keyword;

/// A name, as Cassandra stores it: case resolved, without quotes. Printed in CQL form, with quotes where CQL
/// needs them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(SmolStr);

impl Identifier {
    /// The name that is exactly `text`.
    pub fn new(text: impl Into<SmolStr>) -> Self {
        Identifier(text.into())
    }

    /// The name that `text` stands for when it is written without quotes.
    pub fn unquoted(text: &str) -> Self {
        let has_upper_case = text.bytes().any(|byte| byte.is_ascii_uppercase());
        Identifier(if has_upper_case { text.to_ascii_lowercase().into() } else { text.into() })
    }

    /// The name itself, never quoted.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `text` as a name in CQL: as it is if it is lower-case letters, digits and underscores, begins with a letter
    /// and is no reserved word; else in double quotes. The form of `DESCRIBE`, `sstabledump` and `system_schema`.
    pub fn quote_if_needed(text: &str) -> Cow<'_, str> {
        let mut bytes = text.bytes();
        let plain = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if plain && !Keyword::find(text).is_some_and(Keyword::is_reserved) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(Self::quote(text))
        }
    }

    /// `text` as a name in double quotes.
    pub(crate) fn quote(text: &str) -> String {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::quote_if_needed(&self.0))
    }
}

impl AsRef<str> for Identifier {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Identifier {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Identifier {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Identifier {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
