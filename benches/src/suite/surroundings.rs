//! Whether the machine offers what a run needs.

use std::fs;
use std::path::Path;

use cqlite_tests::performance::{Machine, Unit};
use rustix::process::{Resource, getrlimit};

use super::Scale;

/// Cores that the default targets are for.
const CORES: u64 = 2;
/// Files that are open at a time, with room to spare.
const OPEN_FILES: u64 = 512;

/// What a run finds.
#[derive(Debug, PartialEq)]
pub(super) struct Surroundings {
    /// Why the run cannot begin.
    pub(super) missing: Vec<String>,
    /// What is to be known of its figures.
    pub(super) remarks: Vec<String>,
}

impl Surroundings {
    /// Looks at what there is. The memory is what programs can have now, where the kernel tells.
    pub(super) fn of(machine: &Machine, free_memory_bytes: Option<u64>, scale: Scale) -> Self {
        let (mut missing, mut remarks) = (Vec::new(), Vec::new());
        let needed_disk: u64 = scale.of(100, 2_000, 8_000) * 1_000_000;
        let needed_memory: u64 = scale.of(200, 600, 4_000) * 1_000_000;
        let text = |bytes: u64| Unit::Bytes.text(bytes as f64);
        if machine.free_bytes < needed_disk {
            missing.push(format!(
                "the disk has {} left, and {} are needed: make room, or name another disk with --directory",
                text(machine.free_bytes),
                text(needed_disk)
            ));
        }
        let memory = free_memory_bytes.unwrap_or(machine.memory_bytes).min(machine.memory_bytes);
        if memory < needed_memory {
            let less = if scale == Scale::Full { ", or ask for less with --quick" } else { "" };
            missing.push(format!(
                "there are {} of memory left, and {} are needed: end other programs, or raise the limit{less}",
                text(memory),
                text(needed_memory)
            ));
        }
        if machine.open_files.is_some_and(|files| files < OPEN_FILES) {
            missing.push(format!(
                "only {} files may be open, and {OPEN_FILES} are needed: raise the limit with `ulimit -n {OPEN_FILES}`",
                machine.open_files.unwrap_or_default()
            ));
        }
        if machine.cores < CORES {
            remarks.push(format!(
                "the targets are for {CORES} cores, and there is one: clients, flushes and compactions take turns on it"
            ));
        }
        Self { missing, remarks }
    }
}

/// The memory that programs can have now, where it is told: what the kernel has left, and what the control group and the limits of this
/// process leave of it.
pub(super) fn free_memory_bytes() -> Option<u64> {
    let limit = |of| getrlimit(of).current;
    [available_bytes(), left_to_control_group_bytes(), limit(Resource::As), limit(Resource::Data)]
        .into_iter()
        .flatten()
        .min()
}

fn available_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

fn left_to_control_group_bytes() -> Option<u64> {
    let number = |file: &str| {
        let text = fs::read_to_string(Path::new("/sys/fs/cgroup").join(file)).ok()?;
        text.trim().parse::<u64>().ok()
    };
    number("memory.max")?.checked_sub(number("memory.current")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        let machine = Machine::probe(&std::env::temp_dir()).unwrap();
        Machine {
            cores: 2,
            memory_bytes: 4_000_000_000,
            free_bytes: 100_000_000_000,
            open_files: Some(1_024),
            ..machine
        }
    }

    fn missing(machine: &Machine, free_memory_bytes: u64, scale: Scale) -> Vec<String> {
        Surroundings::of(machine, Some(free_memory_bytes), scale).missing
    }

    #[test]
    fn a_machine_that_offers_all_has_no_remarks() {
        let found = Surroundings::of(&machine(), None, Scale::Full);
        assert_eq!(found, Surroundings { missing: Vec::new(), remarks: Vec::new() });
    }

    #[test]
    fn what_is_missing_is_told_with_what_to_do() {
        let full = Machine { free_bytes: 3_000_000_000, ..machine() };
        assert_eq!(missing(&full, 4_000_000_000, Scale::Quick), [""; 0]);
        let told = missing(&full, 4_000_000_000, Scale::Full);
        assert_eq!(
            told,
            [
                "the disk has 3.00 GB left, and 8.00 GB are needed: make room, or name another disk with --directory"
            ]
        );
        let told = missing(&machine(), 1_000_000_000, Scale::Full);
        assert!(told[0].contains("of memory left") && told[0].contains("--quick"), "{told:?}");
        let few = Machine { open_files: Some(64), ..machine() };
        assert!(missing(&few, 4_000_000_000, Scale::Quick)[0].contains("ulimit -n 512"));
    }

    #[test]
    fn one_core_is_enough_and_told() {
        let found = Surroundings::of(&Machine { cores: 1, ..machine() }, None, Scale::Quick);
        assert!(found.missing.is_empty() && found.remarks.len() == 1);
    }
}
