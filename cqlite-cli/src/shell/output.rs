//! Where the shell writes.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use cqlite_sstable::{Error, Result};

use crate::export::target::Target;
use crate::results::Palette;
use crate::terminal;

/// Where the shell writes: what commands tell to standard output, and what statements answer there, too, or to a file.
pub struct Output {
    stdout: Target,
    captured: Option<(PathBuf, File)>,
    palette: Palette,
}

impl Output {
    /// Standard output.
    ///
    /// # Errors
    /// If it is closed.
    pub fn new() -> Result<Self> {
        let palette = if terminal::colors(&io::stdout()) { Palette::Colored } else { Palette::Plain };
        Ok(Self { stdout: Target::open(None)?, captured: None, palette })
    }

    /// Whether what statements answer is looked at while it comes.
    pub fn is_watched(&self) -> bool {
        self.captured.is_none() && io::stdout().is_terminal()
    }

    /// The colours of answers.
    pub fn palette(&self) -> Palette {
        if self.captured.is_some() { Palette::Plain } else { self.palette }
    }

    /// Writes what a statement answers.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn answer(&mut self, text: &[u8]) -> Result<()> {
        match &mut self.captured {
            Some((path, file)) => file.write_all(text).map_err(|error| Error::output(error).at(path)),
            None => self.stdout.write(text),
        }
    }

    /// Writes what a command tells, as a line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        self.stdout.write(format!("{line}\n").as_bytes())
    }

    /// The file that answers go to.
    pub fn captured(&self) -> Option<&Path> {
        self.captured.as_ref().map(|(path, _)| path.as_path())
    }

    /// Has answers go to the end of a file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn capture(&mut self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        self.captured = Some((path.to_owned(), file));
        Ok(())
    }

    /// Has answers go to standard output. Whether they did not.
    pub fn end_capture(&mut self) -> bool {
        self.captured.take().is_some()
    }
}
