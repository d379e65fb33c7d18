//! Whether a node has something that is not in SSTables.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Where nodes keep the commit log: beside the data directory by the packages' configuration, and by that of the
/// archive, where both are below `data`.
const DIRECTORY: &str = "commitlog";

/// Whether there is a commit log beside the data directory `root` with anything in it. A node that was drained
/// leaves an empty one.
pub(super) fn holds_anything(root: &Path) -> bool {
    let Some(entries) = root.parent().and_then(|home| fs::read_dir(home.join(DIRECTORY)).ok()) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        name.starts_with("CommitLog-") && name.ends_with(".log") && has_section(&entry.path())
    })
}

/// Whether something follows the header of a segment: version (4 bytes), id (8), the length of its parameters (2),
/// these, a checksum (4). What cannot be read may hold something.
fn has_section(segment: &Path) -> bool {
    let read = |offset: u64| -> Option<[u8; 8]> {
        let mut bytes = [0; 8];
        File::open(segment).and_then(|file| file.read_exact_at(&mut bytes, offset)).ok()?;
        Some(bytes)
    };
    let Some([_, _, _, _, high, low, ..]) = read(8) else { return true };
    let parameters = u64::from(u16::from_be_bytes([high, low]));
    // The marker of the first section tells where that ends.
    read(18_u64.saturating_add(parameters)).is_none_or(|marker| marker != [0; 8])
}
