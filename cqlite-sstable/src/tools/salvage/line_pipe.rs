//! Lines that one thread writes and another one reads.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// So many pieces of text wait at most.
const WAITING: usize = 8;

/// The end that takes text. The reader is at its end once this is dropped.
#[derive(Debug)]
pub(super) struct LineSender {
    pieces: SyncSender<Vec<u8>>,
}

/// The end that gives text.
#[derive(Debug)]
pub(super) struct LineReceiver {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

/// The two ends of a pipe.
pub(super) fn line_pipe() -> (LineSender, LineReceiver) {
    let (sender, receiver) = sync_channel(WAITING);
    (LineSender { pieces: sender }, LineReceiver { pieces: receiver, piece: Vec::new(), read: 0 })
}

impl LineSender {
    /// Waits while the reader is far behind.
    ///
    /// # Errors
    /// `BrokenPipe` if the reader has ended.
    pub(super) fn send(&self, text: &[u8]) -> io::Result<()> {
        self.pieces.send(text.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl BufRead for LineReceiver {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read >= self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => (self.piece, self.read) = (piece, 0),
                Err(_) => return Ok(&[]),
            }
        }
        Ok(self.piece.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.read = self.read.saturating_add(bytes);
    }
}

impl Read for LineReceiver {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_one_text_and_a_reader_that_is_gone_is_told() {
        let (sender, mut receiver) = line_pipe();
        for piece in ["a\nb", "", "c\n"] {
            sender.send(piece.as_bytes()).unwrap();
        }
        drop(sender);
        let mut text = String::new();
        receiver.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\nbc\n");

        let (sender, receiver) = line_pipe();
        drop(receiver);
        assert_eq!(sender.send(b"a").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
