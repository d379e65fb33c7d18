//! See `cqlite_tests::fuzz::row_codec`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::row_codec(data));
