//! The exceptions that a node logs.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use cqlite_tests::cassandra::Node;

/// How long after an answer its exception may be logged.
const PATIENCE: Duration = Duration::from_secs(1);

/// A log that is read as it grows.
pub struct NodeLog {
    path: PathBuf,
    read: u64,
}

impl NodeLog {
    pub fn of(node: &Node) -> Self {
        Self { path: node.directory().join("log"), read: 0 }
    }

    /// The last exception that was logged since this was asked before: its class, and where Cassandra threw it.
    pub fn thrown(&mut self) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut text = String::new();
        loop {
            text += &self.more();
            let thrown = last_thrown(&text);
            if thrown.is_some() || Instant::now() > deadline {
                return thrown;
            }
            sleep(Duration::from_millis(5));
        }
    }

    fn more(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut file = File::open(&self.path).unwrap();
        file.seek(SeekFrom::Start(self.read)).unwrap();
        self.read += file.read_to_end(&mut bytes).unwrap() as u64;
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The innermost cause of the last stack trace, and the first method of Cassandra in it.
fn last_thrown(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    let is_frame = |line: &str| line.starts_with("\tat ");
    let last = lines.iter().rposition(|line| is_frame(line))?;
    let is_head = |at: &usize| !is_frame(lines[*at]) && lines.get(at + 1).is_some_and(|next| is_frame(next));
    let head = (0..last).rev().find(is_head)?;
    let class = lines[head].trim_start_matches("Caused by: ").split([':', ' ']).next()?;
    let frame = lines[head + 1..=last].iter().find(|line| line.starts_with("\tat org.apache.cassandra."))?;
    let method = frame.trim_start_matches("\tat ").split('(').next()?;
    let method = method.rsplitn(3, '.').take(2).collect::<Vec<_>>();
    Some(format!("{} at {}.{}", class.rsplit('.').next()?, method.get(1)?, method.first()?))
}
