//! What is to fail, and how.

use std::io;

use rustix::io::Errno;

/// What the operating system says of a call that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no room left (`ENOSPC`).
    FullDisk,
    /// The disk is broken (`EIO`).
    BrokenDisk,
    /// The file system is mounted to be read only (`EROFS`).
    ReadOnlyDisk,
    /// The user may not do that (`EACCES`).
    NotPermitted,
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::FullDisk => Errno::NOSPC.into(),
            Failure::BrokenDisk => Errno::IO.into(),
            Failure::ReadOnlyDisk => Errno::ROFS.into(),
            Failure::NotPermitted => Errno::ACCESS.into(),
        }
    }
}

/// Which calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// None.
    #[default]
    None,
    /// The call of this number that changes something.
    Change {
        /// Its number, from 0 on.
        number: u64,
        /// What it fails with.
        failure: Failure,
    },
    /// That call and all later ones that change something.
    ChangesFrom {
        /// The number of the first one.
        number: u64,
        /// What they fail with.
        failure: Failure,
    },
    /// The call of this number that changes nothing.
    Read {
        /// Its number, from 0 on.
        number: u64,
        /// What it fails with.
        failure: Failure,
    },
    /// That call and all later ones that change nothing.
    ReadsFrom {
        /// The number of the first one.
        number: u64,
        /// What they fail with.
        failure: Failure,
    },
    /// None, but some syncs, of files or directories, say that all is well and do nothing: for tests of whether they are
    /// missed.
    IgnoredSyncs {
        /// The number of the first one, from 0 on.
        number: u64,
        /// How many they are.
        count: u64,
    },
    /// All that takes room, once so many bytes have been written from now on: what is written over counts, too. What
    /// frees room goes on, but does not help. (`MemoryFileSystem::set_capacity` is a disk of which room can be freed.)
    FullAfter {
        /// How many bytes can be written.
        bytes: u64,
    },
}
