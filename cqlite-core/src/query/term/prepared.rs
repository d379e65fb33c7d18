//! Terms that are typed.

use std::borrow::Cow;

use cqlite_cql::query::{BindMarker, Term};

use super::call::FunctionCall;
use super::collection::{PreparedElements, PreparedSet};
use super::map::PreparedMap;
use super::marker::PreparedMarker;
use super::raw::RawTerm;
use super::tuple::PreparedTuple;
use super::user_type::PreparedUserType;
use super::vector::PreparedVector;
use crate::query::{BindMarkers, Bindings, ColumnSpec, QueryResult, Scope, Value};

/// A term whose type is known and checked (`cql3.Term`).
#[derive(Debug)]
pub(crate) enum PreparedTerm {
    /// Its value is known (`Term.Terminal`).
    Constant(Value<'static>),
    /// A bind marker.
    Marker(PreparedMarker),
    /// A list with functions in it.
    List(PreparedElements),
    /// A set with functions in it.
    Set(PreparedSet),
    /// A map with functions in it.
    Map(PreparedMap),
    /// A tuple with functions or bind markers in it.
    Tuple(PreparedTuple),
    /// A value of a user-defined type with functions or bind markers in it.
    UserType(PreparedUserType),
    /// A vector with functions or bind markers in it.
    Vector(PreparedVector),
    /// A call of a function.
    Call(FunctionCall),
}

impl PreparedTerm {
    /// Types a term by what it is given to (`Term.Raw.prepare`).
    ///
    /// # Errors
    /// If it is no value of the receiver's type.
    pub(crate) fn prepare(
        raw: &Term,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        raw.prepare(receiver, scope, markers)
    }

    /// A bind marker (`AbstractMarker.Raw.prepare`).
    pub(crate) fn of_marker(marker: &BindMarker, receiver: &ColumnSpec, markers: &mut BindMarkers) -> Self {
        markers.add(marker, receiver);
        Self::Marker(PreparedMarker::new(marker.index, receiver))
    }

    /// A value that is known.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self::Constant(Value::Bytes(Cow::Owned(bytes)))
    }

    /// The value, sound for its type. Collections are bytes of frozen ones; the elements of sets and the keys of maps
    /// are in order. Elements and fields may be null only where Cassandra lets them.
    ///
    /// # Errors
    /// If a bound value is not sound, something is null or unset that must not be, or a function fails.
    pub(crate) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        match self {
            Self::Constant(value) => Ok(value.as_borrowed()),
            Self::Marker(marker) => marker.evaluate(bindings),
            Self::List(list) => list.evaluate(bindings),
            Self::Set(set) => set.evaluate(bindings),
            Self::Map(map) => map.evaluate(bindings),
            Self::Tuple(tuple) => tuple.evaluate(bindings),
            Self::UserType(user_type) => user_type.evaluate(bindings),
            Self::Vector(vector) => vector.evaluate(bindings),
            Self::Call(call) => call.evaluate(bindings),
        }
    }

    /// Whether it has its value without bindings.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// Whether a bind marker is in it.
    pub(crate) fn has_bind_marker(&self) -> bool {
        match self {
            // Markers are refused inside collections.
            Self::Constant(_) | Self::List(_) | Self::Set(_) | Self::Map(_) => false,
            Self::Marker(_) => true,
            Self::Tuple(tuple) => tuple.has_bind_marker(),
            Self::UserType(user_type) => user_type.has_bind_marker(),
            Self::Vector(vector) => vector.has_bind_marker(),
            Self::Call(call) => call.has_bind_marker(),
        }
    }

    /// The term as a constant, if nothing in it has to wait for bindings.
    ///
    /// # Errors
    /// As [`PreparedTerm::evaluate`].
    pub(super) fn reduced(self, is_known: bool) -> QueryResult<Self> {
        if !is_known {
            return Ok(self);
        }
        let value = self.evaluate(&Bindings { values: &[], now_millis: 0 })?.into_owned();
        Ok(Self::Constant(value))
    }
}
