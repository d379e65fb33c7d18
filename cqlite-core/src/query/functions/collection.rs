//! Functions of collections (`functions.CollectionFcts`).

use std::sync::Arc;

use cqlite_sstable::types::{CqlType, Elements};

use super::aggregate::NativeAggregate;
use super::function::{AggregateFunction as _, FunctionSignature as _};
use super::native_scalar::NativeScalar;

/// The keys of a map as a set.
pub(super) fn map_keys(name: String, of: &CqlType) -> NativeScalar {
    let key = match of {
        CqlType::Map { key, .. } => Arc::clone(key),
        _ => Arc::new(CqlType::Blob),
    };
    half_of_map(name, of, CqlType::Set { element: key, frozen: true }, 0)
}

/// The values of a map as a list.
pub(super) fn map_values(name: String, of: &CqlType) -> NativeScalar {
    let value = match of {
        CqlType::Map { value, .. } => Arc::clone(value),
        _ => Arc::new(CqlType::Blob),
    };
    half_of_map(name, of, CqlType::List { element: value, frozen: true }, 1)
}

fn half_of_map(name: String, of: &CqlType, returned: CqlType, which: usize) -> NativeScalar {
    NativeScalar::new(name, returned, vec![of.clone()], move |arguments, _, out| {
        let Some(map) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        out.extend_from_slice(map.get(..4).unwrap_or(&[0; 4]));
        let items = Elements::of_map(map).into_iter().flatten().flatten();
        for element in items.skip(which).step_by(2) {
            let element = element.unwrap_or_default();
            out.extend(u32::try_from(element.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(element);
        }
        Ok(true)
    })
}

/// The number of elements.
pub(super) fn count(name: String, of: &CqlType) -> NativeScalar {
    NativeScalar::new(name, CqlType::Int, vec![of.clone()], |arguments, _, out| {
        let collection = arguments.first().copied().flatten();
        if let Some(collection) = collection {
            out.extend_from_slice(collection.get(..4).unwrap_or(&[0; 4]));
        }
        Ok(collection.is_some())
    })
}

/// An aggregate function over the elements of a list or set.
pub(super) fn aggregation(name: String, of: &CqlType, make: fn(&CqlType) -> NativeAggregate) -> NativeScalar {
    let function = match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => make(element),
        other => make(other),
    };
    let returned = function.return_type().clone();
    NativeScalar::new(name, returned, vec![of.clone()], move |arguments, _, out| {
        let Some(collection) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        let mut aggregation = function.begin();
        for element in Elements::of_collection(collection).into_iter().flatten().flatten() {
            aggregation.add(&[element])?;
        }
        aggregation.finish(out)
    })
}
