//! The command `cqlite`.

fn main() {}
