//! A process of its own, for tests of what belongs to a whole process.

use std::env;
use std::process::Command;

const IS_CHILD: &str = "CQLITE_TEST_CHILD";

/// Runs the rest of a test in a process in which nothing else runs; `name` is that of the test with its module.
pub fn in_child(name: &str, work: impl FnOnce()) {
    if env::var_os(IS_CHILD).is_some() {
        return work();
    }
    let mut child = Command::new(env::current_exe().unwrap());
    let told =
        child.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(IS_CHILD, "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let output = format!("{}{}", text(&told.stdout), text(&told.stderr));
    assert!(told.status.success() && output.contains("1 passed"), "{output}");
}

/// A figure that the kernel tells of this process, such as `Threads`.
pub fn figure(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
