//! SSTables of versions that Cassandra 5.0 reads and no longer writes, from the bulk writers of older releases.

use std::{fs, path::Path};

use super::{Cassandra, java};
use crate::error::{Doing as _, Error, Result};

/// An SSTable version, and a release that writes it.
#[derive(Debug, Clone, Copy)]
pub struct OldVersion {
    /// The letters in file names.
    pub letters: &'static str,
    release: &'static str,
}

impl OldVersion {
    /// All of which there is a release whose bulk writer runs on today's JDK.
    pub const ALL: [Self; 4] = [
        Self { letters: "ma", release: "3.0.0" },
        Self { letters: "mc", release: "3.11.2" },
        Self { letters: "md", release: "3.11.6" },
        Self { letters: "me", release: "3.11.19" },
    ];

    /// Writes the tables of `OldSstables.java` into `keyspace`, each in a directory of its name.
    ///
    /// # Errors
    /// If there is no JDK or Maven, or the writer fails.
    pub fn write(self, keyspace: &Path) -> Result<()> {
        let cassandra = Cassandra::of_version(self.release, "old-pom.xml")?;
        let configuration = tempfile::tempdir().doing(|| "create a temporary directory".to_owned())?;
        let quiet = "<configuration><root level=\"OFF\"/></configuration>";
        let logback = configuration.path().join("logback.xml");
        fs::write(&logback, quiet).doing(|| format!("write {}", logback.display()))?;
        let output = java::program(&cassandra, "OldSstables.java", configuration.path(), &[])
            .arg(keyspace)
            .output()
            .doing(|| "run OldSstables.java".to_owned())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::said(format!("write {} with Cassandra {}", self.letters, self.release), said))
    }
}
