//! Copies of full segments (`CommitLogArchiver`).

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Takes segments that are full and synced, before they are removed.
pub trait SegmentArchive: Send + Sync + Debug {
    /// Copies or links the segment at `path`, whose file name is `name`. It is asked again if it fails, and the segment stays until
    /// then.
    ///
    /// # Errors
    /// If the segment is not safe elsewhere yet.
    fn archive(&self, path: &Path, name: &str) -> io::Result<()>;
}

/// Archives by a command, as Cassandra's `archive_command`: split at spaces, without a shell; `%path` stands for the
/// segment, and `%name` for its file name.
#[derive(Debug, Clone)]
pub struct ArchiveCommand {
    command: String,
}

impl ArchiveCommand {
    /// Archives by this command, such as `/bin/cp %path /backup/%name`. It may be asked again for a segment that it has taken, if the
    /// process was killed in between, and has to succeed then: `ln` would fail each time, and the segment be kept.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into() }
    }
}

impl SegmentArchive for ArchiveCommand {
    fn archive(&self, path: &Path, name: &str) -> io::Result<()> {
        let path = path.to_str().ok_or_else(|| io::Error::other("the path of the segment is not UTF-8"))?;
        let mut words = self.command.split(' ').filter(|word| !word.is_empty());
        let filled = |word: &str| word.replace("%name", name).replace("%path", path);
        let program = words.next().ok_or_else(|| io::Error::other("the archive command is empty"))?;
        let status = Command::new(filled(program))
            .args(words.map(filled))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("the archive command '{}' failed: {status}", self.command)))
    }
}
