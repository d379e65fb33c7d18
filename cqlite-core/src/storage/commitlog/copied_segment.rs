//! Copies of segments.

use std::io;
use std::path::Path;

use crate::storage::fs::FileSystem;

const PIECE_BYTES: usize = 1 << 20;

/// Copies a file and syncs the copy. It has the name `unfinished` until then; one that was left over is replaced.
pub(super) fn copy_segment(
    fs: &dyn FileSystem,
    from: &Path,
    directory: &Path,
    unfinished: &str,
    name: &str,
) -> io::Result<()> {
    let unfinished = directory.join(unfinished);
    match fs.remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let source = fs.open(from)?;
    let copy = fs.create(&unfinished)?;
    let mut piece = vec![0; usize::try_from(source.len()).unwrap_or(usize::MAX).min(PIECE_BYTES)];
    let mut offset = 0_u64;
    while offset < source.len() {
        let left = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = piece.len().min(left);
        let into = piece.get_mut(..length).unwrap_or_default();
        source.read_at(into, offset)?;
        copy.write_at(into, offset)?;
        offset = offset.saturating_add(length as u64);
    }
    copy.sync()?;
    fs.rename(&unfinished, &directory.join(name))?;
    fs.sync_directory(directory)
}
