//! What the bind markers of a statement stand for.

use cqlite_cql::query::BindMarker;

use super::{ColumnSpec, QueryError, QueryResult};

/// The bind markers of a statement that is prepared, by their place in its text (`cql3.VariableSpecifications`).
#[derive(Debug, Default)]
pub(crate) struct BindMarkers {
    specs: Vec<Option<ColumnSpec>>,
}

impl BindMarkers {
    /// Says what a marker stands for. A marker with a name is told by it.
    pub(crate) fn add(&mut self, marker: &BindMarker, receiver: &ColumnSpec) {
        if marker.index >= self.specs.len() {
            self.specs.resize(marker.index.saturating_add(1), None);
        }
        let mut spec = receiver.clone();
        if let Some(name) = &marker.name {
            spec.name = name.as_str().into();
        }
        if let Some(place) = self.specs.get_mut(marker.index) {
            *place = Some(spec);
        }
    }

    /// What the markers stand for, in the order of the text.
    ///
    /// # Errors
    /// If a marker was not told of, which would be a slip in the preparation of a statement.
    pub(crate) fn into_specs(self) -> QueryResult<Vec<ColumnSpec>> {
        let specs: Option<Vec<ColumnSpec>> = self.specs.into_iter().collect();
        specs.ok_or_else(|| QueryError::invalid("a bind marker stands where its type is not known"))
    }
}
