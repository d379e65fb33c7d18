//! The binary under test.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::repository;

/// A command that runs the binary `cqlite` of the profile that the test was built with.
///
/// # Panics
/// If it is not there and cannot be built.
pub fn cqlite() -> Command {
    Command::new(path())
}

/// Where the binary is. Under cargo the first call builds it, so that no test runs against a stale one; that is
/// quick when there is nothing to do.
///
/// # Panics
/// If it cannot be built.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let directory = profile_directory();
        let binary = directory.join(format!("cqlite{}", env::consts::EXE_SUFFIX));
        let cargo = env::var_os("CARGO");
        if cargo.is_some() || !binary.exists() {
            build(&cargo.unwrap_or_else(|| "cargo".into()), &directory);
        }
        assert!(binary.exists(), "cargo built no {}", binary.display());
        binary
    })
}

/// `target/<profile>`, from a test in `target/<profile>/deps` or a program beside the binary.
fn profile_directory() -> PathBuf {
    let program = env::current_exe().expect("a program knows where it is");
    let mut directory = program.parent().expect("a program is in a directory").to_owned();
    if directory.ends_with("deps") {
        directory.pop();
    }
    directory
}

fn build(cargo: &OsStr, profile_directory: &Path) {
    let profile = match profile_directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let target = profile_directory.parent().unwrap_or(profile_directory);
    let status = Command::new(cargo)
        // Beside the package of the tests its dependencies have the features that the tests built them with: none is compiled again.
        .args(["build", "--quiet", "--package", "cqlite-cli", "--package", "cqlite-tests"])
        .args(["--bin", "cqlite", "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .current_dir(repository())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo could not build cqlite");
}
