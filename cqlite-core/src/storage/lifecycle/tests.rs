//! Tests of what becomes of whole SSTables.
