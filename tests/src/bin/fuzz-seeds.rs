//! Writes the inputs that fuzzing begins with: `fuzz-seeds <directory>` makes `<directory>/<target>/<n>`.
#![allow(clippy::expect_used, reason = "a tool of the tests: it fails at once and loudly")]

use std::{env, fs, path::PathBuf};

fn main() {
    let directory = PathBuf::from(env::args_os().nth(1).expect("usage: fuzz-seeds <directory>"));
    for target in cqlite_tests::fuzz::TARGETS {
        let directory = directory.join(target.name);
        fs::create_dir_all(&directory).expect("the directory can be made");
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(directory.join(number.to_string()), seed).expect("a seed can be written");
        }
    }
}
