//! The raw floor: what writing and syncing costs without an engine.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::key::{KEY_BYTES, VALUE_BYTES};
use crate::result::Result;
use crate::timing::{Timed, Timing};

/// About what a log adds to a key and a value.
const FRAME_BYTES: usize = 34;
const RECORD_BYTES: usize = KEY_BYTES + VALUE_BYTES + FRAME_BYTES;
/// Writes of one measure.
const WRITES: u64 = 10_000;

/// Writes records, one `write` and one `fdatasync` each, into a file that was filled with zeros and synced before, so that no
/// metadata changes. By one thread.
pub fn raw_floor(directory: &Path) -> Result<Timing> {
    let path = directory.join("zeros");
    let file = File::create_new(&path)?;
    file.write_all_at(&vec![0; usize::try_from(WRITES)? * RECORD_BYTES], 0)?;
    file.sync_all()?;
    let timing = Timing::run(
        1,
        WRITES,
        Timed::All,
        || (),
        |number, ()| {
            file.write_all_at(&[7; RECORD_BYTES], number * RECORD_BYTES as u64)?;
            Ok(file.sync_data()?)
        },
    )?;
    fs::remove_file(&path)?;
    Ok(timing)
}
