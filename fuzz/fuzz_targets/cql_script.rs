//! See `cqlite_tests::fuzz::cql_script`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::cql_script(data));
