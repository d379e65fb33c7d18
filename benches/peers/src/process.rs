//! What the operating system says of this process and of a directory.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::result::Result;

const SECTOR_BYTES: u64 = 512;

/// Bytes this process sent towards the disk so far, whatever wrote them: logs, SSTables, and what was allocated.
pub fn written_bytes() -> Result<u64> {
    counter("/proc/self/io", "write_bytes:")
}

/// The most memory this process had resident so far: what `ru_maxrss` is, but without what its parent had
/// before this program was started in its place.
pub fn peak_memory_bytes() -> Result<u64> {
    Ok(counter("/proc/self/status", "VmHWM:")? * 1024)
}

fn counter(file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name));
    let number = rest.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or_else(|| format!("{file} has no {name}"))?.parse()?)
}

/// How busy the machine was over the last minute.
pub fn load_average() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().next().ok_or("/proc/loadavg is empty")?.parse()?)
}

/// Bytes on disk of all files under a directory, logs and what an engine is yet to remove among them.
pub fn disk_bytes(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // An engine may remove a file meanwhile.
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            bytes += disk_bytes(&path)?;
        } else {
            bytes += metadata.blocks() * SECTOR_BYTES;
        }
    }
    Ok(bytes)
}
