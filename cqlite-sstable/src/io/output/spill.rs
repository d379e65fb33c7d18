//! Bytes of unknown number, kept in memory up to a limit.

use std::io::{self, Write};
use std::sync::Arc;

use super::{OutputDirectory, TemporaryFile};

/// How much of a spilled file is read at a time.
const READ_BYTES: usize = 64 * 1024;

/// Bytes that are needed later, of which nobody knows how many there will be. Up to a limit they are in memory, then
/// in a temporary file without a name.
#[derive(Debug)]
pub struct Spill {
    directory: Arc<dyn OutputDirectory>,
    limit_bytes: usize,
    /// What was written last; in front of it stands what is in the file.
    tail: Vec<u8>,
    file: Option<Box<dyn TemporaryFile>>,
    file_bytes: u64,
}

impl Spill {
    /// Without bytes. The file, if one is needed, is made in `directory`.
    pub fn new(directory: Arc<dyn OutputDirectory>, limit_bytes: usize) -> Self {
        Self { directory, limit_bytes, tail: Vec::new(), file: None, file_bytes: 0 }
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.file_bytes.saturating_add(self.tail.len() as u64)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in memory, to which more may be pushed. [`Spill::settle`] is to be called from time to time.
    #[inline]
    pub fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.tail
    }

    /// Moves the bytes in memory to the file if they are more than the limit.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    #[inline]
    pub fn settle(&mut self) -> io::Result<()> {
        if self.tail.len() > self.limit_bytes { self.move_tail() } else { Ok(()) }
    }

    fn move_tail(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.directory.temporary()?),
        };
        file.write_all(&self.tail)?;
        self.file_bytes = self.file_bytes.saturating_add(self.tail.len() as u64);
        self.tail.clear();
        Ok(())
    }

    /// Hands all bytes out in their order, piece by piece.
    ///
    /// # Errors
    /// If the file cannot be read, and the errors of `take`.
    pub fn drain_into<E: From<io::Error>>(
        &self,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(file) = &self.file {
            let mut buffer = vec![0; READ_BYTES];
            let mut position = 0;
            while position < self.file_bytes {
                let left = self.file_bytes.saturating_sub(position);
                let size = usize::try_from(left).unwrap_or(usize::MAX).min(READ_BYTES);
                let piece = buffer.get_mut(..size).unwrap_or_default();
                file.read_at(piece, position)?;
                take(piece)?;
                position = position.saturating_add(size as u64);
            }
        }
        take(&self.tail)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// If the file cannot be read, and `UnexpectedEof` if there are fewer bytes.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let in_file = self.file_bytes.saturating_sub(offset);
        let (head, rest) =
            buffer.split_at_mut(usize::try_from(in_file).unwrap_or(usize::MAX).min(buffer.len()));
        if let (Some(file), false) = (&self.file, head.is_empty()) {
            file.read_at(head, offset)?;
        }
        if rest.is_empty() {
            return Ok(());
        }
        super::super::memory::copy_from(&self.tail, rest, offset.saturating_sub(self.file_bytes))
    }

    /// Forgets all bytes. Room in memory is kept, up to the limit.
    ///
    /// # Errors
    /// If the file cannot be emptied.
    pub fn clear(&mut self) -> io::Result<()> {
        self.tail.clear();
        self.tail.shrink_to(self.limit_bytes);
        self.file_bytes = 0;
        match &mut self.file {
            Some(file) => file.clear(),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryDirectory;
    use super::*;

    #[test]
    fn bytes_come_back_whether_they_were_spilled_or_not() {
        let mut spill = Spill::new(Arc::new(MemoryDirectory::new("memory")), 100);
        for round in 0..3_u8 {
            let mut written = Vec::new();
            for i in 0..200_u8 {
                spill.tail().extend_from_slice(&[i, round]);
                written.extend_from_slice(&[i, round]);
                spill.settle().unwrap();
            }
            let mut read = Vec::new();
            spill.drain_into(|piece| -> io::Result<()> { read.write_all(piece) }).unwrap();
            assert_eq!(read, written);
            assert_eq!(spill.len(), 400);
            let mut part = [0; 60];
            for offset in [0, 80, 250, 340] {
                spill.read_at(&mut part, offset).unwrap();
                assert_eq!(part, written[offset as usize..][..60]);
            }
            assert!(spill.read_at(&mut part, 341).is_err());
            spill.clear().unwrap();
            assert!(spill.is_empty());
        }
    }
}
