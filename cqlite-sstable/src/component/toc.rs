//! TOC.txt: the names of the components, one a line.
use super::Component;
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

/// The file's bytes for these components: their names in the order of their letters, as Cassandra 5.0.9 writes them
/// (`TOCComponent.updateTOC`). Older releases have them in the order of a hash table. Readers take any.
///
/// # Example
/// ```
/// use cqlite_sstable::component::{Component, toc};
/// let written = toc::write(&[Component::Toc, Component::Data, Component::Filter]);
/// assert_eq!(written, b"Data.db\nFilter.db\nTOC.txt\n");
/// ```
pub fn write(components: &[Component]) -> Vec<u8> {
    let mut names: Vec<&str> = components.iter().map(|component| component.file_name()).collect();
    names.sort_unstable();
    names.dedup();
    names.iter().flat_map(|name| [*name, "\n"]).collect::<String>().into_bytes()
}
