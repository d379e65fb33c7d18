//! The harness of CQLite's tests.
