//! A change.

/// A change of one partition of a table.
#[derive(Debug, Clone)]
pub struct Change {
    /// The values of the columns of the partition key.
    pub key: Vec<Vec<u8>>,
    /// The write time; none for the present.
    pub micros: Option<i64>,
    /// How long what is written lives.
    pub time_to_live: TimeToLive,
    /// What is changed.
    pub kind: Kind,
}

/// How long something lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeToLive {
    /// For ever.
    Endless,
    /// For years.
    Long,
    /// It ended before it was written. A node cannot do that: there it is endless.
    Over,
}

/// What is changed. Columns are places among the static or regular ones of the table's layout.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A row is inserted, or only updated.
    Row {
        /// Its clustering.
        clustering: Vec<Vec<u8>>,
        /// The new values of regular columns.
        values: Vec<(usize, NewValue)>,
        /// Whether it lives without values as well.
        is_insert: bool,
    },
    /// The static row is updated.
    Statics(Vec<(usize, NewValue)>),
    /// A row is deleted.
    DeleteRow(Vec<Vec<u8>>),
    /// Rows are deleted: all that have the first values of a clustering, or of those what is between bounds of the next value, in the
    /// order of the table. A bound has its value, and whether that belongs to the range.
    DeleteRange {
        /// The first values.
        prefix: Vec<Vec<u8>>,
        /// Where it starts.
        start: Option<(Vec<u8>, bool)>,
        /// Where it ends.
        end: Option<(Vec<u8>, bool)>,
    },
    /// The whole partition is deleted.
    DeletePartition,
    /// A counter is changed.
    Count {
        /// The row's clustering.
        clustering: Vec<Vec<u8>>,
        /// The column.
        column: usize,
        /// By how much.
        delta: i64,
    },
}

/// A new value of a column.
#[derive(Debug, Clone)]
pub enum NewValue {
    /// None.
    Null,
    /// This one, of a column that has one cell.
    Whole(Vec<u8>),
    /// These elements instead of all others.
    Replaced(Vec<Element>),
    /// These elements beside the others.
    Added(Vec<Element>),
    /// The others without the elements of these paths.
    Removed(Vec<Vec<u8>>),
}

/// The path and the value of a cell of a collection or user-defined type.
pub type Element = (Vec<u8>, Vec<u8>);
