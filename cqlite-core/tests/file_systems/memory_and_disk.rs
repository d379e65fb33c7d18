//! The file system in memory behaves as the one on disk.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_core::storage::fs::{DiskFileSystem, FileLock, FileSystem, MemoryFileSystem, WritableFile};
use cqlite_sstable::io::{Source, TemporaryFile};

use super::random::Random;

const HISTORIES: u64 = 60;
const STEPS: u64 = 400;

/// What is done to both, with open files of both.
struct Both {
    memory: MemoryFileSystem,
    place: tempfile::TempDir,
    files: Vec<[Arc<dyn WritableFile>; 2]>,
    sources: Vec<[Arc<dyn Source>; 2]>,
    temporary: Vec<[Box<dyn TemporaryFile>; 2]>,
    locks: Vec<[Box<dyn FileLock>; 2]>,
    /// How many calls both answered with success, and with an error.
    answers: [u64; 2],
}

impl Both {
    fn new() -> Self {
        Self {
            memory: MemoryFileSystem::new(),
            place: tempfile::tempdir().unwrap(),
            files: Vec::new(),
            sources: Vec::new(),
            temporary: Vec::new(),
            locks: Vec::new(),
            answers: [0; 2],
        }
    }

    /// Asks both, and demands the same kind of error or success.
    fn ask<T>(
        &mut self,
        what: &str,
        mut question: impl FnMut(&dyn FileSystem, &dyn Fn(&str) -> PathBuf) -> io::Result<T>,
    ) -> Option<[T; 2]> {
        let root = self.place.path().to_owned();
        let memory = question(&self.memory, &|path| Path::new("/").join(path));
        let disk = question(&DiskFileSystem, &|path| root.join(path));
        self.answers[usize::from(memory.is_err())] += 1;
        match (memory, disk) {
            (Ok(memory), Ok(disk)) => Some([memory, disk]),
            (Err(memory), Err(disk)) => {
                assert_eq!(memory.kind(), disk.kind(), "{what}: {memory}, but on disk {disk}");
                None
            }
            (memory, disk) => panic!("{what}: {:?}, but on disk {:?}", memory.err(), disk.err()),
        }
    }

    /// Asks both, and demands the same answer.
    fn same<T: PartialEq + Debug>(
        &mut self,
        what: &str,
        question: impl FnMut(&dyn FileSystem, &dyn Fn(&str) -> PathBuf) -> io::Result<T>,
    ) -> Option<T> {
        let [memory, disk] = self.ask(what, question)?;
        assert_eq!(memory, disk, "{what}");
        Some(memory)
    }

    fn names(&mut self, random: &mut Random) {
        let (path, other) = (path(random), path(random));
        match random.below(11) {
            0 => {
                let made = self.ask(&format!("create {path}"), |fs, at| fs.create(&at(&path)));
                self.files.extend(made);
            }
            1 => {
                let opened = self.ask(&format!("open {path}"), |fs, at| fs.open_writable(&at(&path)));
                self.files.extend(opened);
            }
            2 => {
                let opened = self.ask(&format!("read {path}"), |fs, at| fs.open(&at(&path)));
                self.sources.extend(opened);
            }
            3 => drop(
                self.same(&format!("rename {path} {other}"), |fs, at| fs.rename(&at(&path), &at(&other))),
            ),
            4 => drop(
                self.same(&format!("link {path} {other}"), |fs, at| fs.hard_link(&at(&path), &at(&other))),
            ),
            5 => drop(self.same(&format!("remove {path}"), |fs, at| fs.remove_file(&at(&path)))),
            6 => drop(self.same(&format!("make {path}"), |fs, at| fs.create_directory(&at(&path)))),
            7 => drop(self.same(&format!("unmake {path}"), |fs, at| fs.remove_directory(&at(&path)))),
            8 => drop(self.same(&format!("sync {path}"), |fs, at| fs.sync_directory(&at(&path)))),
            9 => {
                let made = self.ask(&format!("unnamed {path}"), |fs, at| fs.temporary(&at(&path)));
                self.temporary.extend(made);
            }
            _ => {
                let locks = self.ask(&format!("lock {path}"), |fs, at| fs.lock(&at(&path)));
                match locks {
                    Some([Some(memory), Some(disk)]) => self.locks.push([memory, disk]),
                    Some([memory, disk]) => assert_eq!(memory.is_some(), disk.is_some(), "lock {path}"),
                    None => {}
                }
            }
        }
    }

    fn bytes(&mut self, random: &mut Random) {
        let (offset, length) = (random.below(20_000), random.below(9_000) as usize);
        let written = vec![if random.below(4) == 0 { 0 } else { random.below(256) as u8 }; length];
        let read = |read: &dyn Fn(&mut [u8]) -> io::Result<()>| {
            let mut buffer = vec![0; length];
            read(&mut buffer).map(|()| buffer).map_err(|error| error.kind())
        };
        if let (Some(pair), true) = (pick(&self.files, random), random.below(2) == 0) {
            let answers = pair.each_ref().map(|file| match offset % 10 {
                0..4 => file.write_at(&written, offset).map(|()| Vec::new()).map_err(|error| error.kind()),
                4..7 => read(&|buffer| file.read_at(buffer, offset)),
                7 => file.set_length(offset).map(|()| Vec::new()).map_err(|error| error.kind()),
                8 => file.sync_data().map(|()| Vec::new()).map_err(|error| error.kind()),
                _ => file.sync().map(|()| Vec::new()).map_err(|error| error.kind()),
            });
            assert_eq!(answers[0], answers[1], "{length} bytes at {offset}");
            let lengths = pair.each_ref().map(|file| file.length_bytes().unwrap());
            assert_eq!(lengths[0], lengths[1]);
        } else if let Some([memory, disk]) = pick(&self.sources, random) {
            assert_eq!(memory.len(), disk.len());
            let answers = [memory, disk].map(|source| read(&|buffer| source.read_at(buffer, offset)));
            assert_eq!(answers[0], answers[1], "{length} bytes at {offset} of what was opened");
        }
        if !self.temporary.is_empty() {
            let index = random.below(self.temporary.len() as u64) as usize;
            let clears = random.below(10) == 0;
            let answers = self.temporary[index].each_mut().map(|file| {
                if clears {
                    file.clear().unwrap();
                }
                file.write_all(&written).unwrap();
                read(&|buffer| file.read_at(buffer, offset))
            });
            assert_eq!(answers[0], answers[1], "{length} bytes at {offset} of a file without a name");
        }
    }

    /// Compares everything below a directory.
    fn compare(&mut self, directory: &str) {
        let list = |fs: &dyn FileSystem, at: &dyn Fn(&str) -> PathBuf| {
            let entries = fs.list(&at(directory))?;
            Ok(entries
                .into_iter()
                .map(|entry| (entry.name, entry.is_directory, entry.length_bytes))
                .collect::<Vec<_>>())
        };
        for (name, is_directory, length) in self.same(directory, list).unwrap() {
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            let told =
                self.same(&path, |fs, at| fs.entry(&at(&path)).map(|entry| (entry.name, entry.length_bytes)));
            assert_eq!(told, Some((name, length)));
            if is_directory {
                self.compare(&path);
                continue;
            }
            self.same(&path, |fs, at| {
                let source = fs.open(&at(&path))?;
                let mut bytes = vec![0; source.len() as usize];
                source.read_at(&mut bytes, 0).map(|()| bytes)
            });
        }
    }
}

fn pick<'a, T>(all: &'a [T], random: &mut Random) -> Option<&'a T> {
    (!all.is_empty()).then(|| random.one_of(all))
}

/// A path of up to three names.
fn path(random: &mut Random) -> String {
    let names: Vec<&str> = (0..=random.below(3)).map(|_| *random.one_of(&["a", "b", "c"])).collect();
    names.join("/")
}

#[test]
fn any_history_gives_the_same_answers_names_and_bytes_in_memory_and_on_disk() {
    let mut answers = [0; 2];
    for seed in 0..HISTORIES {
        let (mut random, mut both) = (Random::new(seed), Both::new());
        for step in 0..STEPS {
            match random.below(3) {
                0 => both.names(&mut random),
                _ => both.bytes(&mut random),
            }
            if random.below(20) == 0 {
                both.files.truncate(3);
                both.sources.truncate(2);
                both.temporary.clear();
                both.locks.clear();
            }
            if step % 50 == 0 {
                both.compare("");
            }
        }
        both.compare("");
        answers = [answers[0] + both.answers[0], answers[1] + both.answers[1]];
    }
    assert!(answers.iter().all(|count| *count > 1_000), "{answers:?}");
}

#[test]
fn writing_and_cutting_change_the_time_and_renaming_does_not() {
    let files = MemoryFileSystem::new();
    let path = Path::new("/a");
    let time = |path: &str| files.entry(Path::new(path)).unwrap().modified_millis;
    let file = files.create(path).unwrap();
    let made = time("/a");
    file.write_at(b"x", 0).unwrap();
    let written = time("/a");
    file.set_length(0).unwrap();
    let cut = time("/a");
    assert!(made < written && written < cut);
    files.rename(path, Path::new("/b")).unwrap();
    assert_eq!(time("/b"), cut);
    assert_eq!(files.list(Path::new("/")).unwrap()[0].modified_millis, cut);
}

#[test]
fn a_path_is_told_from_the_root_without_detours() {
    let files = MemoryFileSystem::new();
    files.create_directory(Path::new("a")).unwrap();
    files.create_directory(Path::new("/a/b")).unwrap();
    assert_eq!(files.real_path(Path::new("a/./b/../b")).unwrap(), Path::new("/a/b"));
    assert_eq!(files.real_path(Path::new("/c")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_disk_of_some_size_is_full_until_something_is_removed() {
    let files = MemoryFileSystem::new();
    files.set_capacity(3 * 4096);
    let file = files.create(Path::new("/a")).unwrap();
    file.write_at(&[1; 2 * 4096], 0).unwrap();
    let other = files.create(Path::new("/b")).unwrap();
    assert_eq!(other.write_at(&[2; 5_000], 0).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(other.length_bytes().unwrap(), 4096);
    assert_eq!(files.free_bytes(Path::new("/")).unwrap(), Some(0));
    assert_eq!(files.crash_image(1).free_bytes(Path::new("/")).unwrap(), Some(0));
    // What is written over takes no room, and what is removed is there as long as it is open.
    file.write_at(&[3; 4096], 0).unwrap();
    files.remove_file(Path::new("/a")).unwrap();
    assert_eq!(files.free_bytes(Path::new("/")).unwrap(), Some(0));
    drop(file);
    // The name may come back after a power cut, so it is kept until that is ruled out.
    files.sync_directory(Path::new("/")).unwrap();
    assert_eq!(files.free_bytes(Path::new("/")).unwrap(), Some(2 * 4096));
    other.write_at(&[2; 5_000], 0).unwrap();
}
