//! What a person sees on standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Tells what ended the command.
pub fn error(message: impl Display) {
    say("error", "31", message);
}

/// Tells what is odd without ending the command.
pub fn warning(message: impl Display) {
    say("warning", "33", message);
}

/// Tells what may help with the error before it.
pub fn hint(message: impl Display) {
    say("hint", "36", message);
}

/// Tells what was done, to who wants to know.
pub fn note(message: impl Display) {
    say("note", "2", message);
}

fn say(word: &str, color: &str, message: impl Display) {
    let mut stderr = std::io::stderr().lock();
    let colored = colors(&stderr);
    // Nobody is left to be told where standard error is closed.
    let _ = if colored {
        writeln!(stderr, "\x1b[1;{color}m{word}\x1b[0m: {message}")
    } else {
        writeln!(stderr, "{word}: {message}")
    };
}

/// Standard output of a verb that writes SSTables: its work goes on when nobody reads any more what it tells.
pub struct Told<W>(pub W);

impl<W: Write> Write for Told<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// Whether colours are welcome: only on a terminal, and not where `NO_COLOR` is set.
pub fn colors(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
