//! What a power cut leaves: all that was synced, nothing that was never written, and any mixture of the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cqlite_core::storage::fs::{FileSystem as _, MemoryFileSystem, WritableFile};

use super::flat_files::{FlatFile, FlatNames, Id};
use super::random::Random;

const HISTORIES: u64 = 60;
const STEPS: u64 = 300;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn read(files: &MemoryFileSystem, path: &str) -> Option<Vec<u8>> {
    let source = files.open(Path::new(path)).ok()?;
    let mut bytes = vec![0; source.len() as usize];
    source.read_at(&mut bytes, 0).unwrap();
    Some(bytes)
}

fn created(files: &MemoryFileSystem, path: &str) -> Arc<dyn WritableFile> {
    files.create(Path::new(path)).unwrap()
}

/// A file system with one directory of files, and what is known of it.
struct History {
    files: MemoryFileSystem,
    names: FlatNames,
    known: BTreeMap<Id, (FlatFile, Arc<dyn WritableFile>)>,
    next: Id,
}

impl History {
    fn new() -> Self {
        let files = MemoryFileSystem::new();
        files.create_directory(Path::new("/d")).unwrap();
        files.sync_directory(Path::new("/")).unwrap();
        Self { files, names: FlatNames::default(), known: BTreeMap::new(), next: 0 }
    }

    fn step(&mut self, random: &mut Random) {
        let name = *random.one_of(&NAMES);
        let path = format!("/d/{name}");
        let id = self.names.live.get(name).copied();
        match (random.below(12), id) {
            (0 | 1, None) => {
                let file = created(&self.files, &path);
                self.known.insert(self.next, (FlatFile::default(), file));
                self.names.set(name, Some(self.next));
                self.next += 1;
            }
            (0, Some(_)) => {
                self.files.remove_file(Path::new(&path)).unwrap();
                self.names.set(name, None);
            }
            (1, Some(id)) => {
                let other = *random.one_of(&NAMES);
                self.files.rename(Path::new(&path), Path::new(&format!("/d/{other}"))).unwrap();
                if self.names.live.get(other) != Some(&id) {
                    self.names.set(name, None);
                    self.names.set(other, Some(id));
                }
            }
            (2, Some(id)) => {
                let other = *random.one_of(&NAMES);
                let linked = self.files.hard_link(Path::new(&path), Path::new(&format!("/d/{other}")));
                assert_eq!(linked.is_err(), self.names.live.contains_key(other));
                if linked.is_ok() {
                    self.names.set(other, Some(id));
                }
            }
            (3, _) => {
                self.files.sync_directory(Path::new("/d")).unwrap();
                self.names.sync();
            }
            (4, _) if random.below(5) == 0 => {
                self.files.lose_unsynced(Path::new("/d"));
                self.names.lose_unsynced();
            }
            (_, Some(id)) => self.change(id, random),
            _ => {}
        }
    }

    fn change(&mut self, id: Id, random: &mut Random) {
        let (flat, file) = self.known.get_mut(&id).unwrap();
        match random.below(12) {
            0 | 1 => {
                file.sync_data().unwrap();
                flat.sync();
            }
            2 => {
                file.sync().unwrap();
                flat.sync();
            }
            3 => {
                let length = random.below(20_000) as usize;
                file.set_length(length as u64).unwrap();
                flat.set_length(length);
            }
            4 if random.below(3) == 0 => {
                file.lose_unsynced();
                flat.lose_unsynced();
            }
            _ => {
                let (offset, length) = (random.below(16_000) as usize, random.below(6_000) as usize);
                let byte = if random.below(4) == 0 { 0 } else { random.below(256) as u8 };
                file.write_at(&vec![byte; length], offset as u64).unwrap();
                flat.write(&vec![byte; length], offset);
            }
        }
    }

    /// Demands that an image is one of those that there may be.
    fn judge(&self, image: &MemoryFileSystem) {
        let entries = image.list(Path::new("/d")).unwrap();
        let there: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert!(there.iter().all(|name| NAMES.contains(name)), "{there:?}");
        for name in NAMES {
            let choices = self.names.choices(name);
            let Some(bytes) = read(image, &format!("/d/{name}")) else {
                assert!(choices.contains(&None), "{name} is gone");
                continue;
            };
            let allowed = choices.iter().flatten().map(|id| self.known[id].0.allows(&bytes));
            let allowed: Vec<_> = allowed.collect();
            assert!(allowed.iter().any(Result::is_ok), "{name}: {choices:?}, {allowed:?}");
        }
    }

    /// Goes on with an image, as after a restart.
    fn restart(&mut self, seed: u64) {
        self.files = self.files.crash_image(seed);
        let mut names = BTreeMap::new();
        self.known.clear();
        for name in NAMES {
            let path = format!("/d/{name}");
            if let Some(bytes) = read(&self.files, &path) {
                let file = self.files.open_writable(Path::new(&path)).unwrap();
                self.known.insert(self.next, (FlatFile::of_bytes(bytes), file));
                names.insert(name.to_owned(), self.next);
                self.next += 1;
            }
        }
        self.names = FlatNames::of_names(names);
        self.separate_links();
    }

    /// Two names of one file would be taken for two files.
    fn separate_links(&mut self) {
        let names: Vec<String> = self.names.live.keys().cloned().collect();
        for name in names {
            let path = format!("/d/{name}");
            let bytes = read(&self.files, &path).unwrap();
            self.files.remove_file(Path::new(&path)).unwrap();
            let file = created(&self.files, &path);
            file.write_at(&bytes, 0).unwrap();
            file.sync().unwrap();
            let id = self.names.live[&name];
            self.known.insert(id, (FlatFile::of_bytes(bytes), file));
        }
        self.files.sync_directory(Path::new("/d")).unwrap();
    }
}

#[test]
fn of_any_history_what_was_synced_is_there_and_nothing_that_was_never_written() {
    for seed in 0..HISTORIES {
        let (mut random, mut history) = (Random::new(seed), History::new());
        for step in 0..STEPS {
            history.step(&mut random);
            for image in 0..6 {
                history.judge(&history.files.crash_image(image + 6 * step));
            }
            history.judge(&history.files.crash_image(0));
            history.judge(&history.files.crash_image(1));
            if random.below(60) == 0 {
                history.restart(step);
            }
        }
    }
}

#[test]
fn an_image_is_the_same_for_the_same_seed_and_goes_its_own_way_afterwards() {
    let files = MemoryFileSystem::new();
    for name in NAMES {
        created(&files, &format!("/{name}")).write_at(&[7; 20_000], 0).unwrap();
    }
    let state = |files: &MemoryFileSystem| NAMES.map(|name| read(files, &format!("/{name}")));
    let images: BTreeSet<_> = (0..50).map(|seed| state(&files.crash_image(seed))).collect();
    assert!(images.len() > 30, "{}", images.len());
    for seed in 0..50 {
        assert_eq!(state(&files.crash_image(seed)), state(&files.crash_image(seed)));
    }
    let (before, image) = (state(&files), files.crash_image(1));
    image.open_writable(Path::new("/a")).unwrap().write_at(b"other", 0).unwrap();
    image.remove_file(Path::new("/b")).unwrap();
    assert_eq!(state(&files), before);
}

#[test]
fn seed_0_keeps_what_is_synced_alone_and_seed_1_everything() {
    let files = MemoryFileSystem::new();
    let file = created(&files, "/a");
    file.write_at(b"synced", 0).unwrap();
    file.sync().unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    file.write_at(b"SYNCED, and more", 0).unwrap();
    created(&files, "/b");
    assert_eq!(read(&files.crash_image(0), "/a").unwrap(), b"synced");
    assert_eq!(read(&files.crash_image(0), "/b"), None);
    assert_eq!(read(&files.crash_image(1), "/a").unwrap(), b"SYNCED, and more");
    assert_eq!(read(&files.crash_image(1), "/b").unwrap(), b"");
}

#[test]
fn pages_and_the_length_survive_independently_and_a_page_can_be_torn_at_sectors() {
    let files = MemoryFileSystem::new();
    let file = created(&files, "/a");
    file.write_at(&[1; 2 * 4096], 0).unwrap();
    file.sync().unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    file.write_at(&[2; 2 * 4096], 0).unwrap();
    file.write_at(&[2; 100], 2 * 4096).unwrap();
    let (mut seen, mut lengths, mut torn) = (BTreeSet::new(), BTreeSet::new(), 0);
    for seed in 2..300 {
        let bytes = read(&files.crash_image(seed), "/a").unwrap();
        lengths.insert(bytes.len());
        let whole = |page: &[u8]| page.iter().all(|byte| *byte == page[0]).then_some(page[0]);
        seen.insert((whole(&bytes[..4096]), whole(&bytes[4096..8192])));
        for sector in bytes[..8192].chunks(512) {
            assert!(whole(sector).is_some(), "a sector is never torn");
        }
        torn += usize::from(whole(&bytes[..4096]).is_none());
        if bytes.len() > 8192 {
            assert!([Some(0), Some(2)].contains(&whole(&bytes[8192..])), "never written is zeros");
        }
    }
    assert_eq!(lengths, BTreeSet::from([8192, 8292]));
    for pages in [(Some(1), Some(1)), (Some(1), Some(2)), (Some(2), Some(1)), (Some(2), Some(2))] {
        assert!(seen.contains(&pages), "{pages:?} of {seen:?}");
    }
    assert!(torn > 50, "{torn}");
}

#[test]
fn a_name_that_is_renamed_over_is_the_old_file_or_the_new_one_and_never_missing() {
    let files = MemoryFileSystem::new();
    created(&files, "/a").write_at(b"old", 0).unwrap();
    files.open_writable(Path::new("/a")).unwrap().sync().unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    let new = created(&files, "/b");
    new.write_at(b"new", 0).unwrap();
    new.sync().unwrap();
    files.rename(Path::new("/b"), Path::new("/a")).unwrap();
    let seen: BTreeSet<_> = (0..100)
        .map(|seed| {
            let image = files.crash_image(seed);
            (read(&image, "/a").unwrap(), read(&image, "/b").is_some())
        })
        .collect();
    // It is a step that b is made, and another one that it is renamed, with both of its names.
    let allowed = [(b"old".to_vec(), false), (b"old".to_vec(), true), (b"new".to_vec(), false)];
    assert_eq!(seen, BTreeSet::from(allowed));
}

#[test]
fn names_last_by_their_directory_alone_and_not_below_one_that_is_gone() {
    let files = MemoryFileSystem::new();
    files.create_directory(Path::new("/d")).unwrap();
    let file = created(&files, "/d/x");
    file.write_at(b"bytes", 0).unwrap();
    file.sync().unwrap();
    files.sync_directory(Path::new("/d")).unwrap();
    assert!(files.crash_image(0).list(Path::new("/d")).is_err());
    files.sync_directory(Path::new("/")).unwrap();
    assert_eq!(read(&files.crash_image(0), "/d/x").unwrap(), b"bytes");
}

#[test]
fn two_names_of_one_file_are_one_file_after_a_power_cut_too() {
    let files = MemoryFileSystem::new();
    created(&files, "/a").write_at(b"bytes", 0).unwrap();
    files.hard_link(Path::new("/a"), Path::new("/b")).unwrap();
    let image = files.crash_image(1);
    image.open_writable(Path::new("/a")).unwrap().write_at(b"B", 0).unwrap();
    assert_eq!(read(&image, "/b").unwrap(), b"Bytes");
}

#[test]
fn half_of_a_move_between_directories_may_be_there_once_one_of_them_is_synced() {
    let files = MemoryFileSystem::new();
    for directory in ["/d", "/e"] {
        files.create_directory(Path::new(directory)).unwrap();
    }
    created(&files, "/d/x");
    for directory in ["/", "/d", "/e"] {
        files.sync_directory(Path::new(directory)).unwrap();
    }
    files.rename(Path::new("/d/x"), Path::new("/e/x")).unwrap();
    let seen = |files: &MemoryFileSystem| -> BTreeSet<[bool; 2]> {
        let image = |seed| files.crash_image(seed);
        (0..100).map(|seed| ["/d/x", "/e/x"].map(|path| read(&image(seed), path).is_some())).collect()
    };
    assert_eq!(seen(&files), BTreeSet::from([[true, false], [false, true]]));
    files.sync_directory(Path::new("/e")).unwrap();
    assert_eq!(seen(&files), BTreeSet::from([[true, true], [false, true]]));
}

#[test]
fn after_a_failed_sync_the_bytes_can_be_read_but_no_later_sync_brings_them_back() {
    let files = MemoryFileSystem::new();
    let file = created(&files, "/a");
    file.write_at(b"lost", 0).unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    file.lose_unsynced();
    file.sync().unwrap();
    assert_eq!(read(&files, "/a").unwrap(), b"lost");
    assert_eq!(read(&files.crash_image(1), "/a").unwrap(), [0; 4]);
    // Who writes to the page again writes all of it.
    file.write_at(b"!", 4).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&files.crash_image(0), "/a").unwrap(), b"lost!");
    created(&files, "/b");
    files.lose_unsynced(Path::new("/"));
    files.sync_directory(Path::new("/")).unwrap();
    assert!(read(&files, "/b").is_some() && read(&files.crash_image(1), "/b").is_none());
}

#[test]
fn when_a_file_was_changed_lasts_by_a_whole_sync_alone() {
    let files = MemoryFileSystem::new();
    let file = created(&files, "/a");
    files.sync_directory(Path::new("/")).unwrap();
    let time = |files: &MemoryFileSystem| files.entry(Path::new("/a")).unwrap().modified_millis;
    let made = time(&files);
    file.write_at(b"x", 0).unwrap();
    file.sync_data().unwrap();
    assert_eq!(time(&files.crash_image(0)), made);
    file.sync().unwrap();
    assert_eq!(time(&files.crash_image(0)), time(&files));
    assert!(time(&files) > made);
}

#[test]
fn locks_do_not_last() {
    let files = MemoryFileSystem::new();
    let path = Path::new("/lock");
    let lock = files.lock(path).unwrap();
    assert!(lock.is_some() && files.lock(path).unwrap().is_none());
    assert!(files.crash_image(1).lock(path).unwrap().is_some());
    drop(lock);
    assert!(files.lock(path).unwrap().is_some());
}

#[test]
fn an_image_is_of_one_moment_while_others_write() {
    let files = MemoryFileSystem::new();
    let both = ["/a", "/b"].map(|path| created(&files, path));
    for file in &both {
        file.write_at(&[0; 8], 0).unwrap();
        file.sync_data().unwrap();
    }
    files.sync_directory(Path::new("/")).unwrap();
    let number = |image: &MemoryFileSystem, path: &str| {
        u64::from_be_bytes(read(image, path).unwrap().try_into().unwrap())
    };
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..20_000_u64 {
                for file in &both {
                    file.write_at(&round.to_be_bytes(), 0).unwrap();
                    file.sync_data().unwrap();
                }
            }
            is_done.store(true, Ordering::Release);
        });
        while !is_done.load(Ordering::Acquire) {
            let image = files.crash_image(0);
            let (first, second) = (number(&image, "/a"), number(&image, "/b"));
            assert!(first == second || first == second + 1, "{first} was synced before {second}");
        }
    });
    assert_eq!(number(&files.crash_image(0), "/b"), 19_999);
}
