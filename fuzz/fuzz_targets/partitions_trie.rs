//! See `cqlite_tests::fuzz::partitions_trie`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cqlite_tests::fuzz::partitions_trie(data));
