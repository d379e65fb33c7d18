//! A terminal that a program under test runs in, and what is on its screen.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What takes longer does not come any more.
const PATIENCE: Duration = Duration::from_secs(120);

const COLUMNS: u16 = 220;

/// A program in a terminal of its own.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Screen>>,
    reader: Option<JoinHandle<()>>,
    /// How many lines there were when the last one was entered.
    lines: usize,
}

impl Terminal {
    /// Starts a program.
    ///
    /// # Panics
    /// If there is no terminal to be had, or the program cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are pseudo-terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let slave: OwnedFd =
            rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("it can be opened");
        let size = Winsize { ws_row: 40, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&slave, size).expect("it has a size");
        let side = || Stdio::from(slave.try_clone().expect("it can be shared"));
        let child = command.stdin(side()).stdout(side()).stderr(side()).env("TERM", "xterm");
        let child = child.spawn().expect("the program starts");
        // The command would keep it open.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let keyboard = File::from(master);
        let mut output = keyboard.try_clone().expect("it can be shared");
        let screen = Arc::new(Mutex::new(Screen::default()));
        let of_reader = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end is an error: nobody has the other side any more.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                of_reader.lock().unwrap().show(&bytes[..read]);
            }
        });
        Self { child, keyboard, screen, reader: Some(reader), lines: 0 }
    }

    /// Types text.
    ///
    /// # Panics
    /// If the terminal is gone.
    pub fn send(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("the terminal is there");
    }

    /// Types a line and the return key: the next prompt is one below it.
    ///
    /// # Panics
    /// If the terminal is gone.
    pub fn enter(&mut self, line: &str) {
        self.lines = self.text().lines().count();
        self.send(&format!("{line}\r"));
    }

    /// Interrupts the program, as ctrl-C does where it does not read keys itself.
    ///
    /// # Panics
    /// If it is gone.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("the program is there");
    }

    /// All that was shown up to now, lines without the blanks at their ends.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().text()
    }

    /// Waits until something is shown, and returns all that is.
    ///
    /// # Panics
    /// If it does not come.
    pub fn wait_until(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if is_there(&text) {
                return text;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} does not come:\n{text}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the last line is a prompt, below the line that was entered last.
    ///
    /// # Panics
    /// If it does not come.
    pub fn wait_for_prompt(&self, prompt: &str) -> String {
        self.wait_until(prompt, |text| {
            text.lines().count() > self.lines
                && text.lines().last().is_some_and(|line| line == prompt.trim_end())
        })
    }

    /// Waits for the end of the program.
    ///
    /// # Panics
    /// If it does not end.
    pub fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program does not end:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        };
        self.reader.take().into_iter().for_each(|reader| reader.join().expect("it reads"));
        let text = self.text();
        (status, text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is shown, line by line, however far the first one has moved up.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// Bytes of a character or a command that is not complete.
    pending: Vec<u8>,
}

impl Screen {
    fn show(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let text = match str::from_utf8(&pending) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&pending[..error.valid_up_to()]).unwrap(),
        };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let used = match first {
                '\x1b' => match self.command(rest) {
                    Some(used) => used,
                    None => break,
                },
                _ => {
                    self.character(first);
                    first.len_utf8()
                }
            };
            rest = &rest[used..];
        }
        self.pending = pending[text.len() - rest.len()..].to_vec();
    }

    fn character(&mut self, character: char) {
        match character {
            '\r' => self.column = 0,
            '\n' => self.row += 1,
            '\x08' => self.column = self.column.saturating_sub(1),
            '\x07' => {}
            _ => {
                if self.column >= usize::from(COLUMNS) {
                    (self.row, self.column) = (self.row + 1, 0);
                }
                let column = self.column;
                let line = self.line();
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                self.column += 1;
            }
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        let row = self.row;
        self.lines.resize(self.lines.len().max(row + 1), Vec::new());
        &mut self.lines[row]
    }

    /// Carries out a command of the terminal, and tells its length; none if it is not complete.
    fn command(&mut self, text: &str) -> Option<usize> {
        let Some(body) = text.strip_prefix("\x1b[") else {
            return (text.len() > 1).then_some(2);
        };
        let end = body.find(|character: char| ('@'..='~').contains(&character))?;
        let (argument, what) = (&body[..end], &body[end..=end]);
        let count = argument.parse().unwrap_or(1);
        let column = self.column;
        match what {
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.row += count,
            "C" => self.column += count,
            "D" => self.column = self.column.saturating_sub(count),
            "K" => self.line().truncate(column),
            "J" => {
                self.line().truncate(column);
                let row = self.row;
                self.lines.truncate(row + 1);
            }
            _ => {}
        }
        Some("\x1b[".len() + end + 1)
    }

    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_over_is_not_shown() {
        let mut screen = Screen::default();
        screen.show("abc\rx\x1b[K\r\nsec".as_bytes());
        screen.show("o\x1b[".as_bytes());
        screen.show("1Dö\x1b[32m!\x1b[0m".as_bytes());
        assert_eq!(screen.text(), "x\nsecö!");
    }
}
