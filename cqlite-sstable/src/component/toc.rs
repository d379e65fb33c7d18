//! TOC.txt: the names of the components, one a line.
use crate::error::{Error, Result};

/// Reads the lines.
///
/// # Errors
/// If the file is not text.
pub fn parse(bytes: &[u8]) -> Result<Vec<String>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Error::corrupt("it is not text").offset(e.valid_up_to() as u64))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
