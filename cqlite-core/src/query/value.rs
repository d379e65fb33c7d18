//! Values that terms and bind markers have.

use std::borrow::Cow;

/// A value, as its type serializes it (`cql3.Term.Terminal`, `transport.messages.QueryOptions`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value<'a> {
    /// The bytes. Collections as a frozen one of them is stored.
    Bytes(Cow<'a, [u8]>),
    /// `null`
    #[default]
    Null,
    /// Nothing: what is bound to it stays as it is.
    Unset,
}

impl<'a> Value<'a> {
    /// Bytes that stay elsewhere.
    pub fn borrowed(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }

    /// The bytes; none if it is null or unset.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Null | Self::Unset => None,
        }
    }

    /// Whether it is unset.
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same, owned by nobody else.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Null => Value::Null,
            Self::Unset => Value::Unset,
        }
    }

    /// The same, borrowed.
    pub fn as_borrowed(&self) -> Value<'_> {
        match self {
            Self::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Self::Null => Value::Null,
            Self::Unset => Value::Unset,
        }
    }
}
