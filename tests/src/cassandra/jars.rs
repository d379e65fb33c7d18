//! Where Cassandra's jars are, and how they come there.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::java;
use crate::error::{Doing as _, Error, Result};

/// The version of Cassandra that judges.
pub const VERSION: &str = "5.0.9";

/// A Cassandra that can be run: a JDK and the jars.
#[derive(Debug, Clone)]
pub struct Cassandra {
    pub(super) java: PathBuf,
    pub(super) home: PathBuf,
    lib: PathBuf,
}

impl Cassandra {
    /// Finds the JDK and the jars. The first call on a machine resolves the jars with Maven, about 60 MB.
    ///
    /// The jars are kept in `CQLITE_CASSANDRA_HOME`, by default `cqlite-cassandra` in the user's cache directory.
    pub fn find() -> Result<Self> {
        Self::of_version(VERSION, "pom.xml")
    }

    /// Finds the JDK and the jars of another version; `pom` names them.
    pub(super) fn of_version(version: &str, pom: &str) -> Result<Self> {
        let java = java::find()?;
        let home = home()?;
        let lib = home.join(format!("lib-{version}"));
        if !lib.exists() {
            resolve(&home, &lib, version, pom)?;
        }
        Ok(Self { java, home, lib })
    }

    pub(super) fn class_path(&self) -> PathBuf {
        self.lib.join("*")
    }
}

fn home() -> Result<PathBuf> {
    let var = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = var("CQLITE_CASSANDRA_HOME")
        .or_else(|| Some(var("XDG_CACHE_HOME")?.join("cqlite-cassandra")))
        .or_else(|| Some(var("HOME")?.join(".cache/cqlite-cassandra")))
        .ok_or_else(|| Error::said("tell where Cassandra's jars are kept", "set CQLITE_CASSANDRA_HOME"))?;
    fs::create_dir_all(&home).doing(|| format!("create {}", home.display()))?;
    home.canonicalize().doing(|| format!("resolve {}", home.display()))
}

/// Several test processes may come here at once: one works under the lock, and what it made appears complete, by rename.
fn resolve(home: &Path, lib: &Path, version: &str, pom: &str) -> Result<()> {
    let lock_path = home.join("lock");
    let lock = fs::File::create(&lock_path).doing(|| format!("create {}", lock_path.display()))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .doing(|| format!("lock {}", lock_path.display()))?;
    if lib.exists() {
        return Ok(());
    }
    let stage = tempfile::tempdir_in(home).doing(|| format!("create a directory in {}", home.display()))?;
    let jars = stage.path().join("lib");
    let maven = Command::new("mvn")
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("java").join(pom))
        .arg(format!("-Dcassandra.version={version}"))
        .arg("-DincludeScope=runtime")
        .arg(format!("-DoutputDirectory={}", jars.display()))
        .arg("dependency:copy-dependencies")
        .output()
        .doing(|| "run mvn".to_owned())?;
    if !maven.status.success() {
        let said = String::from_utf8_lossy(&maven.stdout);
        return Err(Error::said(format!("resolve Cassandra {version} with Maven"), said.trim()));
    }
    fs::rename(&jars, lib).doing(|| format!("install {}", lib.display()))
}
