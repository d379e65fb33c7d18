//! Lines of text of a bounded length.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// Reads the next line into `line`, with what ends it. False at the end of the input. File and number are for errors.
///
/// # Errors
/// If the input cannot be read, or the line is longer than `limit_bytes`.
pub(super) fn next_line<R: BufRead>(
    input: &mut R,
    limit_bytes: usize,
    line: &mut Vec<u8>,
    (path, number): (&Path, u64),
) -> Result<bool> {
    line.clear();
    let most = u64::try_from(limit_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = input.by_ref().take(most).read_until(b'\n', line);
    let read = read.map_err(|error| Error::io(path, error))?;
    if read > limit_bytes {
        let message = format!("line {number}: it is longer than {} MiB", limit_bytes >> 20);
        return Err(Error::invalid_input(message).at(path));
    }
    Ok(read > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_have_all_of_the_limit_and_not_a_byte_more() {
        let limit = 1 << 20;
        let text = [vec![b'a'; limit - 1], b"\n".to_vec(), vec![b'b'; limit], b"\n".to_vec()].concat();
        let (mut input, mut line) = (text.as_slice(), Vec::new());
        let mut next = |number| next_line(&mut input, limit, &mut line, (Path::new("x"), number));
        assert!(next(1).unwrap());
        assert_eq!(next(2).unwrap_err().to_string(), "x: line 2: it is longer than 1 MiB");
        assert!(!next_line(&mut [].as_slice(), limit, &mut line, (Path::new("x"), 1)).unwrap());
    }
}
