//! Cassandra's order of values, clusterings and keys, and their byte-comparable forms.

use std::{
    io::{Seek as _, Write as _},
    process::Stdio,
};

use super::{Cassandra, java, tools};
use crate::error::{Doing as _, Error, Result};

/// Answers requests with Cassandra's own comparators, a line each; `java/Order.java` says what the lines are.
pub fn order(cassandra: &Cassandra, requests: &[String]) -> Result<Vec<String>> {
    let configuration = tools::configured(cassandra)?;
    let mut input = tempfile::tempfile().doing(|| "create a temporary file".to_owned())?;
    let written = requests.iter().try_for_each(|request| writeln!(input, "{request}"));
    written.and_then(|()| input.rewind()).doing(|| "write the requests".to_owned())?;
    let output = java::program(cassandra, "Order.java", &configuration, &["-Xmx512m".into()])
        .stdin(input)
        .stderr(Stdio::piped())
        .output()
        .doing(|| "run Order.java".to_owned())?;
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if !output.status.success() || answers.len() != requests.len() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::said("have Cassandra compare values", said));
    }
    Ok(answers)
}
