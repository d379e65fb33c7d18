//! A difference between two tables.

use std::fmt;

use serde_json::{Value, json};

/// Something of which two tables say different things. What a side says is none where it has nothing there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The partition key.
    pub partition: String,
    /// Where in the partition: a row, the static row, the start of a range; none for the partition itself.
    pub place: Option<String>,
    /// The column, with the path of the cell in brackets if it has several.
    pub column: Option<String>,
    /// What differs: a value, a deletion, whether it is there at all.
    pub what: &'static str,
    /// What the first table says.
    pub a: Option<String>,
    /// What the second one says.
    pub b: Option<String>,
}

impl Difference {
    /// The same as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "partition": self.partition,
            "place": self.place,
            "column": self.column,
            "what": self.what,
            "a": self.a,
            "b": self.b,
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {}", self.partition)?;
        for part in [&self.place, &self.column].into_iter().flatten() {
            write!(f, ", {part}")?;
        }
        writeln!(f, ": {}", self.what)?;
        writeln!(f, "  A: {}", self.a.as_deref().unwrap_or("-"))?;
        write!(f, "  B: {}", self.b.as_deref().unwrap_or("-"))
    }
}
