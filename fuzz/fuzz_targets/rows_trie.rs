//! See `cqlite_tests::fuzz::rows_trie`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::rows_trie(data));
