//! The values of all bind markers of a statement.

use super::Bind;
use crate::query::{ColumnSpec, QueryResult, Value};

/// Values for the bind markers of a statement, in their order: `()` for none, a tuple of up to twelve, or a slice.
///
/// How many there are is compared with the markers by whoever carries the statement out.
pub trait Params {
    /// Has something done with the values, bound to these markers.
    ///
    /// # Errors
    /// If a value is of another type than its marker.
    fn with_values<R>(&self, markers: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R>;
}

impl Params for () {
    fn with_values<R>(&self, _: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R> {
        Ok(work(&[]))
    }
}

/// Serialized values.
impl Params for &[Value<'_>] {
    fn with_values<R>(&self, _: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R> {
        Ok(work(self))
    }
}

/// Serialized values.
impl<const N: usize> Params for &[Value<'_>; N] {
    fn with_values<R>(&self, _: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R> {
        Ok(work(self.as_slice()))
    }
}

/// Serialized values.
impl Params for &Vec<Value<'_>> {
    fn with_values<R>(&self, _: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R> {
        Ok(work(self))
    }
}

/// As many as there are at run time.
impl Params for &[&dyn Bind] {
    fn with_values<R>(&self, markers: &[ColumnSpec], work: impl FnOnce(&[Value<'_>]) -> R) -> QueryResult<R> {
        let bound = self.iter().zip(markers).map(|(value, marker)| value.bind(marker));
        let mut values = bound.collect::<QueryResult<Vec<_>>>()?;
        // What no marker is for is counted, and refused for that.
        values.resize(self.len(), Value::Unset);
        Ok(work(&values))
    }
}

macro_rules! tuples {
    ($(($($name:ident $place:tt),+))*) => {$(
        impl<$($name: Bind),+> Params for ($($name,)+) {
            fn with_values<R>(
                &self,
                markers: &[ColumnSpec],
                work: impl FnOnce(&[Value<'_>]) -> R,
            ) -> QueryResult<R> {
                let values = [$(match markers.get($place) {
                    Some(marker) => self.$place.bind(marker)?,
                    None => Value::Unset,
                }),+];
                Ok(work(&values))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
