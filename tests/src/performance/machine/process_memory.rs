//! The memory of this process.

use std::fs;

use super::proc_text::bytes_of;

/// The memory of this process, as the kernel counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessMemory {
    /// What is in memory now, mapped pages included.
    pub resident_bytes: u64,
    /// The most that was in memory so far, mapped pages included.
    pub peak_bytes: u64,
    /// The part of what is in memory now that belongs to mapped files.
    pub mapped_bytes: u64,
}

impl ProcessMemory {
    /// What it is now; none where the kernel does not tell.
    pub fn now() -> Option<Self> {
        Self::told(&fs::read_to_string("/proc/self/status").ok()?)
    }

    fn told(status: &str) -> Option<Self> {
        Some(Self {
            resident_bytes: bytes_of(status, "VmRSS")?,
            peak_bytes: bytes_of(status, "VmHWM")?,
            mapped_bytes: bytes_of(status, "RssFile").unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_with_its_mapped_part() {
        let memory = ProcessMemory::told("VmHWM:\t  30 kB\nVmRSS:\t  20 kB\nRssFile:\t  5 kB\n").unwrap();
        assert_eq!((memory.resident_bytes, memory.peak_bytes, memory.mapped_bytes), (20_480, 30_720, 5_120));
        assert_eq!(ProcessMemory::told("VmHWM:\t  30 kB\n"), None);
    }

    #[test]
    fn what_is_in_memory_now_is_no_more_than_the_peak() {
        let now = ProcessMemory::now().unwrap();
        assert!(0 < now.resident_bytes && now.resident_bytes <= now.peak_bytes);
        assert!(now.mapped_bytes <= now.resident_bytes);
    }
}
