//! Which segments were written one after the other.

use serde_json::{Map, Value};

const RUN: &str = "cqliteRun";
const NUMBER: &str = "cqliteNumber";

/// The place of a segment in a run: in what one opening of a log wrote. It stands in the header, among the parameters that Cassandra lets
/// a writer add and passes over (`additionalHeaders` of `CommitLogDescriptor.writeHeader`).
///
/// CQLite removes segments strictly oldest first. So if two segments of a run are there, all with numbers in between have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentRun {
    /// The id of the first segment that the run could have.
    pub id: i64,
    /// How many segments the run had made before.
    pub number: u64,
}

impl SegmentRun {
    /// What the parameters of a header tell, if they do.
    pub(super) fn of(parameters: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        Some(Self { id: text(RUN)?.parse().ok()?, number: text(NUMBER)?.parse().ok()? })
    }

    /// As text, like all that a writer may add.
    pub(super) fn put_into(self, parameters: &mut Map<String, Value>) {
        parameters.insert(RUN.to_owned(), self.id.to_string().into());
        parameters.insert(NUMBER.to_owned(), self.number.to_string().into());
    }
}
