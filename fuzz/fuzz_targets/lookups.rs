//! See `cqlite_tests::fuzz::lookups`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::lookups(data));
