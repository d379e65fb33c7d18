//! Tests of when compactions run.
