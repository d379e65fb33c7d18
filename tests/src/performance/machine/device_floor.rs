//! What the disk itself is able to do.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use rustix::fs::{Advice, fadvise};
use serde::{Deserialize, Serialize};

use super::super::{Latencies, LatencySummary, Spread, Unit};
use crate::{Error, Result, error::Doing as _};

/// What a commit log writes at a time.
const SYNCED_BYTES: usize = 4 << 10;
/// What is written and read in a row.
const SEQUENTIAL_BYTES: usize = 64 << 20;
const PIECE_BYTES: usize = 1 << 20;
/// So often at most.
const SYNCS: u64 = 5_000;
const ROUNDS: usize = 5;

/// What the disk itself is able to do, without an engine: no figure of an engine that waits for the disk can be better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceFloor {
    /// To append 4 KiB to a file and wait until they are on the disk (`fdatasync`), one after another.
    pub synced_append: LatencySummary,
    /// Bytes a second in a row, 64 MiB at a time, until they are on the disk.
    pub sequential_write: Spread,
    /// Bytes a second in a row of a file of 64 MiB, after advice to the kernel to forget it. A file system in memory does not.
    pub sequential_read: Spread,
}

impl DeviceFloor {
    /// Measures it in files of a directory, which are gone at the end, in about this time. Each of the three is measured once at least.
    ///
    /// # Errors
    /// If there is no room for 128 MiB, or a file cannot be written or read.
    pub fn measure(directory: &Path, time: Duration) -> Result<Self> {
        let doing = || format!("measure the disk of {}", directory.display());
        let room = rustix::fs::statvfs(directory).doing(doing)?;
        if room.f_bavail.saturating_mul(room.f_frsize) < 2 * SEQUENTIAL_BYTES as u64 {
            return Err(Error::said(doing(), "there is no room for 128 MiB"));
        }
        let begun = Instant::now();
        let synced_append = synced_append(directory, begun + time / 3).doing(doing)?;
        let (mut written, mut read) = (Vec::new(), Vec::new());
        while written.is_empty() || (written.len() < ROUNDS && begun.elapsed() < time) {
            let (write, reading) = sequential(directory).doing(doing)?;
            written.push(write);
            read.push(reading);
        }
        let spread = |rates: &[f64]| {
            Spread::of(rates)
                .ok_or_else(|| Error::said(doing(), "the clock did not move while it was written"))
        };
        Ok(Self { synced_append, sequential_write: spread(&written)?, sequential_read: spread(&read)? })
    }

    /// In words: `the disk itself: synced append P50 157 µs, P99 8.23 ms; in a row written 1.05 GB/s, read 1.16 GB/s`.
    pub fn text(&self) -> String {
        let seconds = |nanos: u64| Unit::Seconds.text(nanos as f64 / 1e9);
        let [written, read] =
            [self.sequential_write, self.sequential_read].map(|it| Unit::BytesPerSecond.text(it.median));
        let (p50, p99) = (seconds(self.synced_append.p50_nanos), seconds(self.synced_append.p99_nanos));
        format!(
            "the disk itself: synced append P50 {p50}, P99 {p99}; in a row written {written}, read {read}"
        )
    }
}

fn synced_append(directory: &Path, until: Instant) -> std::io::Result<LatencySummary> {
    let mut file = tempfile::tempfile_in(directory)?;
    let mut noise = Noise(1);
    let mut block = vec![0; SYNCED_BYTES];
    let mut latencies = Latencies::new();
    while latencies.count() == 0 || (latencies.count() < SYNCS && Instant::now() < until) {
        noise.fill(&mut block);
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        latencies.record(begun.elapsed());
    }
    Ok(latencies.summary())
}

/// Bytes a second, written and read.
fn sequential(directory: &Path) -> std::io::Result<(f64, f64)> {
    let mut file = tempfile::tempfile_in(directory)?;
    let mut piece = vec![0; PIECE_BYTES];
    Noise(2).fill(&mut piece);
    let begun = Instant::now();
    for _ in 0..SEQUENTIAL_BYTES / PIECE_BYTES {
        file.write_all(&piece)?;
    }
    file.sync_data()?;
    let written = rate(begun);
    forget(&file)?;
    file.seek(SeekFrom::Start(0))?;
    let begun = Instant::now();
    while file.read(&mut piece)? > 0 {}
    Ok((written, rate(begun)))
}

fn forget(file: &File) -> std::io::Result<()> {
    Ok(fadvise(file, 0, None, Advice::DontNeed)?)
}

fn rate(begun: Instant) -> f64 {
    SEQUENTIAL_BYTES as f64 / begun.elapsed().as_secs_f64()
}

/// Bytes that no disk compresses.
struct Noise(u64);

impl Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = (self.0 ^ (self.0 >> 29)).to_le_bytes();
            for (byte, noise) in chunk.iter_mut().zip(word) {
                *byte = noise;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_measured_in_the_time_given_and_nothing_is_left_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let floor = DeviceFloor::measure(directory.path(), Duration::from_millis(1)).unwrap();
        assert!(floor.synced_append.count >= 1 && floor.synced_append.max_nanos > 0);
        assert!(floor.sequential_write.median > 0.0 && floor.sequential_read.median > 0.0);
        assert_eq!(floor.sequential_write.runs, 1);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_is_not_there_is_told() {
        let error = DeviceFloor::measure(Path::new("/nowhere/at/all"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
