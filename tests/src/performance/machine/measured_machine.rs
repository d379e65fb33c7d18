//! What the machine offers.

use std::{fs, path::Path, thread};

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

use super::{
    DeviceFloor, DiskKind,
    proc_text::{bytes_of, filesystem_of, value_of},
};
use crate::{Result, error::Doing as _};

/// What the machine offers to a run in a directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of the processor.
    pub cpu_model: String,
    /// The cores that the process may use.
    pub cores: u64,
    /// The memory of the machine, or the limit of the process's group where that is less.
    pub memory_bytes: u64,
    /// The release of the kernel.
    pub kernel: String,
    /// The file system of the directory.
    pub filesystem: String,
    /// The disk below it.
    pub disk: DiskKind,
    /// The room that is left there.
    pub free_bytes: u64,
    /// How many files may be open; none where there is no limit.
    pub open_files: Option<u64>,
    /// What the disk itself is able to do, where it was measured.
    pub floor: Option<DeviceFloor>,
}

impl Machine {
    /// Looks at the machine, for a run in this directory. The disk is not measured.
    ///
    /// # Errors
    /// If there is no such directory.
    pub fn probe(directory: &Path) -> Result<Self> {
        let doing = || format!("look at {}", directory.display());
        let directory = directory.canonicalize().doing(doing)?;
        let room = rustix::fs::statvfs(&directory).doing(doing)?;
        let device = rustix::fs::stat(&directory).doing(doing)?.st_dev;
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let filesystem = filesystem_of(&mounts, &directory).unwrap_or_else(unknown);
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
        Ok(Self {
            cpu_model: value_of(&cpu, "model name").map_or_else(unknown, str::to_owned),
            cores: thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            memory_bytes: memory_bytes(),
            kernel: kernel.map_or_else(|_| unknown(), |release| release.trim().to_owned()),
            disk: disk_kind(&filesystem, rustix::fs::major(device), rustix::fs::minor(device)),
            filesystem,
            free_bytes: room.f_bavail.saturating_mul(room.f_frsize),
            open_files: getrlimit(Resource::Nofile).current,
            floor: None,
        })
    }

    /// With what the disk is able to do.
    #[must_use]
    pub fn with_floor(self, floor: DeviceFloor) -> Self {
        Self { floor: Some(floor), ..self }
    }

    /// What makes figures of two runs comparable: processor, cores, memory, disk and file system. What changes from run to run, as the
    /// room that is left, and the release of the kernel, is no part of it.
    pub fn id(&self) -> String {
        // Of one machine the kernel keeps a little more or less for itself.
        let gigabytes = (self.memory_bytes as f64 / 1e9).round();
        let disk = self.disk.name();
        let cores = if self.cores == 1 { "1 core".to_owned() } else { format!("{} cores", self.cores) };
        format!("{}, {cores}, {gigabytes} GB, {disk}, {}", self.cpu_model, self.filesystem)
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn memory_bytes() -> u64 {
    let of_machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| bytes_of(&text, "MemTotal"));
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limits = limits.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    limits.chain(of_machine).min().unwrap_or(0)
}

fn disk_kind(filesystem: &str, major: u32, minor: u32) -> DiskKind {
    if matches!(filesystem, "tmpfs" | "ramfs") {
        return DiskKind::Memory;
    }
    let device = format!("/sys/dev/block/{major}:{minor}");
    // A partition has its queue in the directory of the whole disk.
    let queues = [format!("{device}/queue/rotational"), format!("{device}/../queue/rotational")];
    match queues.iter().find_map(|path| fs::read_to_string(path).ok()).as_deref().map(str::trim) {
        Some("0") => DiskKind::SolidState,
        Some("1") => DiskKind::Rotating,
        _ => DiskKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_tells_what_it_offers() {
        let directory = tempfile::tempdir().unwrap();
        let machine = Machine::probe(directory.path()).unwrap();
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && machine.free_bytes > 0);
        assert!(!machine.kernel.is_empty() && machine.filesystem != "unknown");
        assert_eq!(machine.id(), Machine::probe(directory.path()).unwrap().id());
        assert!(Machine::probe(&directory.path().join("none")).is_err());
    }

    #[test]
    fn files_in_memory_are_on_no_disk() {
        assert_eq!(disk_kind("tmpfs", 0, 0), DiskKind::Memory);
        assert_eq!(disk_kind("ext4", u32::MAX, 0), DiskKind::Unknown);
    }

    #[test]
    fn what_changes_from_run_to_run_does_not_make_another_machine() {
        let one = Machine::probe(Path::new("/")).unwrap();
        let other =
            Machine { free_bytes: 1, kernel: "another".to_owned(), open_files: Some(3), ..one.clone() };
        assert_eq!(one.id(), other.id());
        assert_ne!(one.id(), Machine { cores: one.cores + 1, ..one.clone() }.id());
    }
}
