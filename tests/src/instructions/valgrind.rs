//! Counting by valgrind.

use std::path::Path;
use std::process::Command;

use crate::error::Doing as _;
use crate::{Error, Result};

/// Valgrind's tool `callgrind`, which counts the instructions of a program.
#[derive(Debug, Clone)]
pub struct Valgrind {
    version: String,
}

/// Has glibc keep all small pieces of memory that were freed for what is allocated next. Otherwise what an allocation costs depends on how
/// the heap looks, which differs from run to run: by 2 % where queries are counted.
const ALLOCATOR: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=65535");

impl Valgrind {
    /// Looks for valgrind.
    ///
    /// # Errors
    /// If it is not there, or does not run.
    pub fn find() -> Result<Self> {
        let output =
            Command::new("valgrind").arg("--version").output().doing(|| "start valgrind".to_owned())?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match output.status.success() && !version.is_empty() {
            true => Ok(Self { version }),
            false => {
                Err(Error::said("ask valgrind for its version", String::from_utf8_lossy(&output.stderr)))
            }
        }
    }

    /// What it calls itself: `valgrind-3.19.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many instructions a program needs within a function and all that it calls, by the threads that are in it. What
    /// callgrind tells of them stays in the file `told`.
    ///
    /// The program gets no variables of this environment: they lie on its stack, and move it.
    ///
    /// # Errors
    /// If the program fails, or never comes to the function.
    pub fn count(&self, program: &Path, arguments: &[&str], function: &str, told: &Path) -> Result<u64> {
        let doing = || format!("count the instructions of {} {}", program.display(), arguments.join(" "));
        let output = Command::new("valgrind")
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env(ALLOCATOR.0, ALLOCATOR.1)
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .arg(format!("--toggle-collect=*{function}*"))
            .arg(format!("--callgrind-out-file={}", told.display()))
            .arg(program)
            .args(arguments)
            .output()
            .doing(doing)?;
        if !output.status.success() {
            return Err(Error::said(doing(), String::from_utf8_lossy(&output.stderr)));
        }
        let text = std::fs::read_to_string(told).doing(doing)?;
        match total(&text) {
            Some(count) if count > 0 => Ok(count),
            _ => Err(Error::said(doing(), format!("nothing was counted in `{function}`"))),
        }
    }

    /// Writes which functions needed how much of what `told` tells, the greatest first.
    ///
    /// # Errors
    /// If `callgrind_annotate`, which comes with valgrind, cannot tell.
    pub fn annotate(&self, told: &Path, into: &Path) -> Result<()> {
        let doing = || format!("tell the functions of {}", told.display());
        let output = Command::new("callgrind_annotate").arg("--auto=no").arg(told).output().doing(doing)?;
        if !output.status.success() {
            return Err(Error::said(doing(), String::from_utf8_lossy(&output.stderr)));
        }
        std::fs::write(into, output.stdout).doing(doing)
    }
}

/// The total of a file of callgrind.
fn total(text: &str) -> Option<u64> {
    let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "))?;
    total.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_file_is_found() {
        let text =
            "# callgrind format\nversion: 1\nevents: Ir\nsummary: 12\n\nfn=(1) main\n16 4\n\ntotals: 1234\n";
        assert_eq!(total(text), Some(1234));
        assert_eq!(total("events: Ir\nsummary: 12\n"), None);
        assert_eq!(total("totals: many\n"), None);
    }
}
