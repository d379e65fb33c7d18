//! A JVM that runs `CassandraServer.java`, and the protocol spoken with it (described there).

use std::{
    ffi::{OsStr, OsString},
    io::{self, BufReader, BufWriter, Read as _, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::error::{Doing as _, Error, Result};

/// What a tool printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// The exit code; 99 if the tool died of an exception, which is then at the end of `stderr`.
    pub exit_code: i32,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it printed as errors; warnings of Cassandra's log among it.
    pub stderr: String,
}

impl ToolOutput {
    /// Whether the exit code is zero.
    pub fn success(&self) -> bool {
        self.exit_code == 0
    }

    /// What the tool printed, as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the tool's output is UTF-8")
    }
}

/// The running JVM. It ends with this value, and when the process that holds it ends.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    pub(super) fn spawn(mut command: Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().doing(|| "start java".to_owned())?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::said("start java", "it has no pipes"));
        };
        Ok(Self { child, requests: Some(BufWriter::new(stdin)), answers: BufReader::new(stdout) })
    }

    /// Runs one request to its end. The output is streamed into `stdout`, of any size.
    pub(super) fn run(
        &mut self,
        what: &str,
        args: &[OsString],
        stdout: &mut dyn Write,
    ) -> io::Result<(i32, String)> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        write_length(requests, args.len() + 1)?;
        for field in std::iter::once(OsStr::new(what)).chain(args.iter().map(OsString::as_os_str)) {
            let bytes = field.as_encoded_bytes();
            write_length(requests, bytes.len())?;
            requests.write_all(bytes)?;
        }
        requests.flush()?;
        let answer = self.answer(stdout);
        if answer.is_err() {
            self.requests = None; // where the next answer starts is not known
        }
        answer
    }

    /// Reads an answer.
    pub(super) fn answer(&mut self, stdout: &mut dyn Write) -> io::Result<(i32, String)> {
        let mut stderr = Vec::new();
        loop {
            let mut head = [0; 5];
            self.answers.read_exact(&mut head)?;
            let [tag, length @ ..] = head;
            let mut body = (&mut self.answers).take(u64::from(u32::from_be_bytes(length)));
            match tag {
                b'O' => io::copy(&mut body, stdout).map(drop)?,
                b'E' => io::copy(&mut body, &mut stderr).map(drop)?,
                b'X' => {
                    let mut digits = String::new();
                    body.read_to_string(&mut digits)?;
                    let exit_code = digits.parse().map_err(io::Error::other)?;
                    return Ok((exit_code, String::from_utf8_lossy(&stderr).into_owned()));
                }
                _ => return Err(io::Error::other(format!("a frame with tag {tag}"))),
            }
        }
    }

    /// Asks for something that ends the process, and waits for its end.
    pub(super) fn end(&mut self, what: &str, patience: Duration) -> Result<()> {
        match self.run(what, &[], &mut io::sink()) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error).doing(|| format!("ask for {what}")),
            Ok((code, said)) => {
                return Err(Error::said(format!("ask for {what}"), format!("answer {code} {said}")));
            }
        }
        let deadline = Instant::now() + patience;
        while self.is_running() {
            if Instant::now() > deadline {
                self.kill();
                return Err(Error::said(what, format!("java did not end in {patience:?} and was killed")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the process as `kill -9` does, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.requests = None;
        let _already_dead = self.child.kill();
        let _already_waited_for = self.child.wait();
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn write_length(to: &mut impl Write, length: usize) -> io::Result<()> {
    let length = u32::try_from(length).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())
}
