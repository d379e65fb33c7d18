//! How much memory a process takes.

use std::{
    fs,
    io::Read as _,
    process::{Child, Command, Stdio},
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// What became of a process.
#[derive(Debug)]
pub struct Measured {
    /// Its exit code, if it was not killed.
    pub code: Option<i32>,
    /// What it said beside its output, which is thrown away.
    pub stderr: String,
    /// The most memory that it had (`VmHWM`; what `ru_maxrss` tells at its end).
    pub peak_bytes: u64,
    /// How long it ran.
    pub elapsed: Duration,
}

/// The most memory that the process had so far, or none once it is gone.
pub fn peak_bytes(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Runs a command to its end, and asks every other millisecond how much memory it has.
///
/// # Panics
/// If it cannot be run.
pub fn run_measured(command: &mut Command) -> Measured {
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut pipe = child.stderr.take().expect("it is piped");
    let said = thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let mut peak = 0;
    let status = loop {
        peak = peak_bytes(&child).unwrap_or(peak).max(peak);
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        sleep(Duration::from_millis(2));
    };
    let stderr = said.join().expect("reading does not panic").expect("the pipe can be read");
    Measured { code: status.code(), stderr, peak_bytes: peak, elapsed: begin.elapsed() }
}
