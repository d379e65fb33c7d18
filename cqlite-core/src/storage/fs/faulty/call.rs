//! Calls of a file system, as they are counted.

use std::path::Path;

/// What is called: a method of a file system, or of a file that it opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `FileSystem::create`
    Create,
    /// `FileSystem::open_writable`
    OpenWritable,
    /// `FileSystem::open`
    Open,
    /// `FileSystem::temporary`
    Temporary,
    /// `FileSystem::rename`
    Rename,
    /// `FileSystem::hard_link`
    HardLink,
    /// `FileSystem::remove_file`
    RemoveFile,
    /// `FileSystem::create_directory`
    CreateDirectory,
    /// `FileSystem::remove_directory`
    RemoveDirectory,
    /// `FileSystem::list`
    List,
    /// `FileSystem::entry`
    Entry,
    /// `FileSystem::real_path`
    RealPath,
    /// `FileSystem::copy_owner_and_mode`
    CopyOwnerAndMode,
    /// `FileSystem::sync_directory`
    SyncDirectory,
    /// `FileSystem::free_bytes`
    FreeBytes,
    /// `FileSystem::lock`
    Lock,
    /// `WritableFile::write_at`, and writing to a temporary file
    Write,
    /// `read_at` of any file
    Read,
    /// `WritableFile::set_length`, and `clear` of a temporary file
    SetLength,
    /// `WritableFile::length_bytes`
    Length,
    /// `WritableFile::sync_data`
    SyncData,
    /// `WritableFile::sync`
    Sync,
}

impl Operation {
    /// Whether something is different after it, if only after a power cut.
    pub fn is_change(self) -> bool {
        let only_looks = matches!(
            self,
            Self::OpenWritable
                | Self::Open
                | Self::List
                | Self::Entry
                | Self::RealPath
                | Self::FreeBytes
                | Self::Read
                | Self::Length
        );
        !only_looks
    }

    /// Whether it asks that something lasts.
    pub fn is_sync(self) -> bool {
        matches!(self, Self::SyncDirectory | Self::SyncData | Self::Sync)
    }

    /// Whether a full disk refuses it, though it writes no bytes.
    pub(super) fn takes_room(self) -> bool {
        matches!(self, Self::Create | Self::Temporary | Self::HardLink | Self::CreateDirectory)
    }
}

/// A call that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// How many calls there were before it, of those that change something or of those that do not: whichever it is.
    pub number: u64,
    /// What is called.
    pub operation: Operation,
    /// What for: of two paths the first one, of an open file the one by which it was opened, of a temporary file its
    /// directory.
    pub path: &'a Path,
    /// How many bytes are to be written or read.
    pub bytes: u64,
}
