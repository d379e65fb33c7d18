//! See `cqlite_tests::fuzz::compression_info`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::compression_info(data));
