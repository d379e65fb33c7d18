//! One thing that `verify` has to say.

use std::fmt;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::Check;
use crate::component::Component;
use crate::error::{Error, ErrorKind};

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Legal but odd; or something that could not be checked. The SSTable is sound all the same.
    Note,
    /// Sound as far as can be told, but of a version, compressor or partitioner that is not supported.
    Unsupported,
    /// A file is missing or cannot be read: nothing is known about it.
    Unreadable,
    /// Bytes contradict a checksum, the format, or each other.
    Damage,
}

impl Severity {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Unsupported => "unsupported",
            Self::Unreadable => "unreadable",
            Self::Damage => "damage",
        }
    }
}

impl From<ErrorKind> for Severity {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Corrupt => Self::Damage,
            ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Unreadable,
        }
    }
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the component as a whole.
    Whole,
    /// At this byte of the component's file.
    Offset(u64),
    /// At this position of the uncompressed content of Data.db, as indexes tell positions.
    Position(u64),
}

/// One thing that is wrong or odd. Its `Display` is a complete sentence for a person, without the severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which check found it.
    pub check: Check,
    /// The component that is wrong, as far as one can tell; none for a file that is no component.
    pub component: Option<Component>,
    /// Its file.
    pub path: PathBuf,
    /// Where in it.
    pub place: Place,
    /// The partition key as text, where one is known.
    pub partition: Option<String>,
    /// What is wrong: a sentence without place and full stop.
    pub message: String,
    /// What can be done about it.
    pub advice: Option<String>,
}

impl Finding {
    /// A finding of what `error` tells, about the file that it names or else `path`.
    pub(super) fn from_error(check: Check, error: &Error, path: PathBuf) -> Self {
        let path = error.path().map_or(path, ToOwned::to_owned);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let component = name.rsplit('-').next().and_then(Component::from_file_name);
        Self {
            severity: error.kind().into(),
            check,
            component,
            path,
            place: error.byte_offset().map_or(Place::Whole, Place::Offset),
            partition: error.partition_key().map(str::to_owned),
            message: error.message().to_owned(),
            advice: error.advice().map(str::to_owned),
        }
    }

    /// It as a JSON object.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("severity".to_owned(), self.severity.name().into());
        object.insert("check".to_owned(), self.check.name().into());
        object.insert("component".to_owned(), self.component.map(Component::file_name).into());
        object.insert("path".to_owned(), self.path.display().to_string().into());
        match self.place {
            Place::Whole => {}
            Place::Offset(offset) => drop(object.insert("offset".to_owned(), offset.into())),
            Place::Position(position) => drop(object.insert("position".to_owned(), position.into())),
        }
        if let Some(partition) = &self.partition {
            object.insert("partition".to_owned(), partition.as_str().into());
        }
        object.insert("message".to_owned(), self.message.as_str().into());
        if let Some(advice) = &self.advice {
            object.insert("advice".to_owned(), advice.as_str().into());
        }
        Value::Object(object)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An error escapes what would break the line.
        let message = match self.place {
            Place::Position(position) => {
                format!("{}, at position {position} of the uncompressed data", self.message)
            }
            _ => self.message.clone(),
        };
        let mut error = Error::corrupt(message).at(&self.path);
        if let Place::Offset(offset) = self.place {
            error = error.offset(offset);
        }
        if let Some(partition) = &self.partition {
            error = error.partition(partition.as_str());
        }
        if let Some(advice) = &self.advice {
            error = error.advise(advice.as_str());
        }
        error.fmt(f)
    }
}
