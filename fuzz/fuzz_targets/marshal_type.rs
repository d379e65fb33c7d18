//! See `cqlite_tests::fuzz::marshal_type`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::marshal_type(data));
