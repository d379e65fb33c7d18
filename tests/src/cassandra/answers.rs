//! Programs that answer requests with Cassandra's own classes, a line each.

use std::{
    ffi::OsString,
    io::{Seek as _, Write as _},
    process::Stdio,
};

use super::{Cassandra, java, tools};
use crate::error::{Doing as _, Error, Result};

/// Runs a program of one source file in `java/` on the requests. There are as many answers as requests, or it
/// is an error; `doing` says what was wanted.
pub(super) fn answers(
    cassandra: &Cassandra,
    program: &str,
    flags: &[OsString],
    requests: &[String],
    doing: &str,
) -> Result<Vec<String>> {
    let configuration = tools::configured(cassandra)?;
    let mut input = tempfile::tempfile().doing(|| "create a temporary file".to_owned())?;
    let written = requests.iter().try_for_each(|request| writeln!(input, "{request}"));
    written.and_then(|()| input.rewind()).doing(|| "write the requests".to_owned())?;
    let flags = [&["-Xmx512m".into()], flags].concat();
    let output = java::program(cassandra, program, &configuration, &flags)
        .stdin(input)
        .stderr(Stdio::piped())
        .output()
        .doing(|| format!("run {program}"))?;
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if !output.status.success() || answers.len() != requests.len() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::said(doing, said));
    }
    Ok(answers)
}
