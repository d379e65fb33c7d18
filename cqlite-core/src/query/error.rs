//! Why a statement was refused or failed.

use std::fmt;

use cqlite_cql::ParseError;
use cqlite_sstable::{Error, ErrorKind};

/// The result of preparing and carrying out statements.
pub type QueryResult<T> = Result<T, QueryError>;

/// What kind of trouble a [`QueryError`] tells of: the error codes of the native protocol
/// (`exceptions.ExceptionCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The text is not CQL.
    Syntax,
    /// The statement makes no sense for the schema or its values.
    Invalid,
    /// Options of a keyspace, table or index that cannot be.
    Configuration,
    /// The keyspace or table exists.
    AlreadyExists,
    /// Who asks may not do this.
    Unauthorized,
    /// A function failed on its arguments.
    FunctionFailure,
    /// A value has no result, of which Cassandra tells as of a failure of its own: the logarithm of zero.
    Server,
    /// It is well formed, and Cassandra has it; this database has not.
    Unsupported,
    /// The storage failed: see [`QueryError::storage_error`].
    Storage,
}

impl ErrorClass {
    /// The code of the native protocol.
    pub fn code(self) -> u32 {
        match self {
            Self::Syntax => 0x2000,
            Self::Unauthorized => 0x2100,
            Self::Invalid | Self::Unsupported => 0x2200,
            Self::Configuration => 0x2300,
            Self::AlreadyExists => 0x2400,
            Self::FunctionFailure => 0x1400,
            Self::Server | Self::Storage => 0x0000,
        }
    }
}

/// Why a statement was refused or failed. Its `Display` is the message, which for what Cassandra refuses, too, is
/// Cassandra's.
pub struct QueryError(Box<Detail>);

#[derive(Debug)]
struct Detail {
    class: ErrorClass,
    message: String,
    suggestion: Option<String>,
    storage: Option<Error>,
}

impl QueryError {
    /// An error of a class.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self(Box::new(Detail { class, message: message.into(), suggestion: None, storage: None }))
    }

    /// A statement that makes no sense for the schema or its values.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Invalid, message)
    }

    /// A text that is not CQL, or an option that is none.
    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Syntax, message)
    }

    /// Options that cannot be.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Configuration, message)
    }

    /// What Cassandra has and this database has not.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Unsupported, message)
    }

    /// What kind of trouble it is.
    pub fn class(&self) -> ErrorClass {
        self.0.class
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Suggests what a name that is not known may have been meant to be: the nearest of those that are known, if one is near.
    #[must_use]
    pub fn suggest<'n>(mut self, name: &str, known: impl Iterator<Item = &'n str>) -> Self {
        let nearest = known.map(|known| (edit_distance(name, known), known)).min();
        let is_near = |distance: usize| distance > 0 && distance <= name.chars().count().div_ceil(3);
        self.0.suggestion = nearest
            .filter(|(distance, _)| is_near(*distance))
            .map(|(_, known)| format!("did you mean '{known}'?"));
        self
    }

    /// What may have been meant, where a name is not known. It is no part of the message.
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// What the storage said, where it is that which failed.
    pub fn storage_error(&self) -> Option<&Error> {
        self.0.storage.as_ref()
    }
}

impl From<ParseError> for QueryError {
    fn from(error: ParseError) -> Self {
        let class = if error.is_syntax_error() { ErrorClass::Syntax } else { ErrorClass::Invalid };
        Self::new(class, error.to_string())
    }
}

/// What the engine refuses as senseless is an invalid statement.
impl From<Error> for QueryError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput => Self::invalid(error.to_string()),
            ErrorKind::Unsupported => Self::unsupported(error.to_string()),
            _ => Self(Box::new(Detail {
                class: ErrorClass::Storage,
                message: error.to_string(),
                suggestion: None,
                storage: Some(error),
            })),
        }
    }
}

/// What is refused as a statement is senseless as a call, too.
impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        let Detail { class, message, storage, .. } = *error.0;
        match (storage, class) {
            (Some(storage), _) => storage,
            (None, ErrorClass::Unsupported) => Self::unsupported(message),
            (None, _) => Self::invalid_input(message),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for QueryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.storage.as_ref().map(|error| error as _)
    }
}

/// How many characters have to be changed, added or left out (Levenshtein), cases told apart least.
fn edit_distance(a: &str, b: &str) -> usize {
    const SHOWN: usize = 64;
    let of = |text: &str| text.chars().take(SHOWN).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (of(a), of(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), i.saturating_add(1));
        let mut left = i.saturating_add(1);
        for (y, place) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal.saturating_add(usize::from(x != y));
            diagonal = *place;
            left = changed.min(left.saturating_add(1)).min(diagonal.saturating_add(1));
            *place = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_known_is_answered_with_the_nearest_one() {
        let suggested = |name: &str| {
            let error = QueryError::invalid("x").suggest(name, ["street", "city", "zip"].into_iter());
            error.suggestion().map(str::to_owned)
        };
        assert_eq!(suggested("sreet").as_deref(), Some("did you mean 'street'?"));
        assert_eq!(suggested("citty").as_deref(), Some("did you mean 'city'?"));
        assert_eq!(suggested("population"), None);
    }
}
