//! What a person at the command line sees of bad input: one clear sentence, an exit code, and never fewer rows without
//! a word.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    io::Read as _,
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use cqlite_sstable::Component;
use cqlite_tests::{
    cassandra::Format::{self, Nb, Oa},
    cqlite::cqlite,
    fixtures,
};
use tempfile::TempDir;

const WELL: i32 = 0;
const DAMAGED: i32 = 1;
const USAGE: i32 = 2;
const UNREADABLE: i32 = 3;
const UNSUPPORTED: i32 = 4;

fn dump(arguments: &[&Path]) -> Output {
    cqlite().arg("dump").args(arguments).env("NO_COLOR", "1").output().unwrap()
}

/// Runs a dump that must fail with `code` and one sentence, and returns what it says.
fn fails(arguments: &[&Path], code: i32) -> String {
    let output = dump(arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
    let sentence = told.trim_end().strip_prefix("error: ").unwrap_or_else(|| panic!("{told}"));
    assert!(sentence.contains("; "), "nothing is said about what to do: {told}");
    sentence.to_owned()
}

/// A copy of a fixture's SSTable that may be damaged.
struct Copy {
    directory: TempDir,
    stem: String,
    dump: Vec<u8>,
}

impl Copy {
    fn of(format: Format, keyspace: &str, table: &str) -> Self {
        let sound = fixtures::table(format, keyspace, table).sstables[0].data_path.clone();
        // A name that begins with a dot is that of an index.
        let directory = tempfile::Builder::new().prefix("bad-paths-").tempdir().unwrap();
        let stem = sound.file_name().unwrap().to_str().unwrap().strip_suffix("-Data.db").unwrap().to_owned();
        for component in Component::ALL {
            let name = format!("{stem}-{component}");
            if let Ok(bytes) = fs::read(sound.with_file_name(&name)) {
                fs::write(directory.path().join(name), bytes).unwrap();
            }
        }
        let mut copy = Self { directory, stem, dump: Vec::new() };
        let output = dump(&[&copy.file(Component::Data)]);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(WELL), 0));
        copy.dump = output.stdout;
        copy
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn file(&self, component: Component) -> PathBuf {
        self.path().join(format!("{}-{component}", self.stem))
    }

    fn components(&self) -> impl Iterator<Item = Component> {
        Component::ALL.into_iter().filter(|component| self.file(*component).exists())
    }

    fn with_file<T>(&self, component: Component, test: impl FnOnce(&Path) -> T) -> T {
        let path = self.file(component);
        let bytes = fs::read(&path).unwrap();
        let result = test(&path);
        if path.is_dir() {
            fs::remove_dir(&path).unwrap();
        }
        fs::write(path, bytes).unwrap();
        result
    }

    /// Dumps; only a warning may be told, and all rows are printed.
    fn goes_on(&self, component: Component) {
        let output = dump(&[&self.file(Component::Data)]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(WELL), "{component}: {told}");
        assert!(output.stdout == self.dump, "{component}");
        assert!(told.starts_with("warning: ") && told.lines().count() == 1, "{component}: {told}");
        assert!(told.contains(component.file_name()), "{component}: {told}");
    }
}

fn needed(component: Component) -> bool {
    matches!(component, Component::Data | Component::Statistics | Component::CompressionInfo)
}

#[test]
fn a_missing_component_is_named_or_done_without() {
    for copy in [Copy::of(Nb, "shop", "orders"), Copy::of(Oa, "rows", "statics"), uncompressed()] {
        for component in copy.components() {
            copy.with_file(component, |path| {
                fs::remove_file(path).unwrap();
                if needed(component) {
                    let told = fails(&[&copy.file(Component::Data)], UNREADABLE);
                    assert!(told.contains(component.file_name()), "{told}");
                } else {
                    copy.goes_on(component);
                }
            });
        }
    }
}

fn uncompressed() -> Copy {
    Copy::of(Nb, "compression", "none")
}

#[test]
fn a_directory_a_pipe_or_a_dead_link_in_place_of_a_component_is_told() {
    for copy in [Copy::of(Nb, "shop", "orders"), uncompressed()] {
        for component in copy.components() {
            let must_fail = needed(component) || matches!(component, Component::Digest | Component::Crc);
            copy.with_file(component, |path| {
                for stands_in in [make_directory, make_pipe] {
                    fs::remove_file(path).unwrap();
                    stands_in(path);
                    if must_fail {
                        let told = fails(&[&copy.file(Component::Data)], UNREADABLE);
                        assert!(told.contains("where a file is expected"), "{told}");
                    } else {
                        copy.goes_on(component);
                    }
                    fs::remove_dir(path).or_else(|_| fs::remove_file(path)).unwrap();
                    fs::write(path, "").unwrap();
                }
                fs::remove_file(path).unwrap();
                symlink("nowhere", path).unwrap();
                let output = dump(&[&copy.file(Component::Data)]);
                let code = if needed(component) { UNREADABLE } else { WELL };
                assert_eq!(output.status.code(), Some(code), "{component}");
                assert!(!output.stderr.is_empty());
                fs::remove_file(path).unwrap();
            });
        }
    }
}

fn make_directory(path: &Path) {
    fs::create_dir(path).unwrap();
}

fn make_pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

/// Root may read everything: as another user then, if that one can run cqlite.
fn dump_as_nobody(path: &Path) -> Option<Output> {
    const NOBODY: u32 = 65_534;
    let mut command = cqlite();
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.arg("dump").arg(path).output().ok()
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let copy = Copy::of(Nb, "shop", "orders");
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(copy.path(), 0o755);
    let Some(sound) = dump_as_nobody(&copy.file(Component::Data)).filter(|output| output.status.success())
    else {
        eprintln!("SKIPPED a_file_that_may_not_be_read_is_told: root's cqlite is not there for others");
        return;
    };
    assert!(sound.stdout == copy.dump);
    let told = |path: &Path| {
        let output = dump_as_nobody(path).unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for component in copy.components() {
        let path = copy.file(component);
        allow(&path, 0);
        let (code, told) = told(&copy.file(Component::Data));
        allow(&path, 0o644);
        let must_fail = needed(component) || component == Component::Digest;
        assert_eq!(code, Some(if must_fail { UNREADABLE } else { WELL }), "{told}");
        assert!(told.contains("may not be read") && told.contains(component.file_name()), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    allow(copy.path(), 0);
    let (code, told) = told(copy.path());
    allow(copy.path(), 0o700);
    assert_eq!(code, Some(UNREADABLE));
    assert!(told.contains("may not be read"), "{told}");
}

#[test]
fn damage_is_told_with_the_place_and_what_was_printed_before_is_right() {
    for copy in [Copy::of(Nb, "compression", "lz4"), uncompressed()] {
        for (component, at) in [
            (Component::Data, 10),
            (Component::Data, 3000),
            (Component::Statistics, 100),
            (Component::Digest, 3),
        ] {
            copy.with_file(component, |path| {
                let mut bytes = fs::read(path).unwrap();
                bytes[at] ^= 0x04;
                fs::write(path, bytes).unwrap();
                let output = dump(&[&copy.file(Component::Data)]);
                assert!(copy.dump.starts_with(&output.stdout) || component == Component::Digest);
                let told = fails(&[&copy.file(Component::Data)], DAMAGED);
                assert!(told.starts_with(path.to_str().unwrap()), "{told}");
                assert!(told.contains("offset") || component == Component::Digest, "{told}");
            });
            copy.with_file(component, |path| {
                let bytes = fs::read(path).unwrap();
                for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
                    fs::write(path, &bytes[..length]).unwrap();
                    let told = fails(&[&copy.file(Component::Data)], DAMAGED);
                    assert!(told.starts_with(path.to_str().unwrap()), "{told}");
                }
            });
        }
    }
}

#[test]
fn versions_that_are_not_read_are_named_as_what_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let mut cases: Vec<(String, &str)> = vec![
        ("ks-table-ka-1-Data.db".to_owned(), "before 3.0"),
        ("ks-table-jb-1-Data.db".to_owned(), "before 3.0"),
        ("ka-1-big-Data.db".to_owned(), "before 3.0"),
        ("la-1-big-Data.db".to_owned(), "before 3.0"),
        ("lb-1-big-Data.db".to_owned(), "before 3.0"),
        ("ms-1-big-Data.db".to_owned(), "ScyllaDB"),
        ("mt-3gz9_0d5y_2zl4g2dtggz0e6cvvo-big-Data.db".to_owned(), "ScyllaDB"),
        ("zz-1-big-Data.db".to_owned(), "newer"),
        ("db-1-bti-Data.db".to_owned(), "newer"),
    ];
    for first in ['a', 'b', 'c'] {
        for second in ['a', 'b', 'c'] {
            cases.push((format!("{first}{second}-1-bti-Data.db"), "DataStax"));
        }
    }
    for (name, whose) in cases {
        let path = directory.path().join(&name);
        fs::write(&path, "x").unwrap();
        let told = fails(&[&path], UNSUPPORTED);
        assert!(told.contains(whose) && told.contains(&name), "{told}");
        // The same for the directory it is in.
        let told = fails(&[directory.path()], UNSUPPORTED);
        assert!(told.contains(whose), "{told}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn in_a_directory_of_several_versions_the_readable_ones_are_read_and_the_others_told() {
    let copy = Copy::of(Nb, "shop", "orders");
    let (table, root) = (fixtures::table(Format::Da, "shop", "orders"), copy.path());
    let of_da = table.sstables[0].stem();
    for entry in fs::read_dir(&table.directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(&of_da) {
            fs::copy(&path, root.join(name)).unwrap();
        }
    }
    let da = dump(&[&root.join(format!("{of_da}-Data.db"))]);
    let both = dump(&[root]);
    let whole = [&copy.dump, b"\n".as_slice(), &da.stdout, b"\n"].concat();
    assert_eq!((both.status.code(), both.stdout == whole), (Some(0), true));

    for refused in ["ka-9-big-Data.db", "ms-9-big-Data.db", "ms-9-big-Statistics.db"] {
        fs::write(root.join(refused), "x").unwrap();
    }
    let output = dump(&[root]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout == whole), (Some(UNSUPPORTED), true), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("ka-9-big") && told.contains("before 3.0"), "{told}");
    assert!(told.contains("ms-9-big") && told.contains("ScyllaDB"), "{told}");
    for verb in ["info", "schema"] {
        let output = cqlite().arg(verb).arg(root).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let wanted = if verb == "info" { of_da.as_str() } else { "CREATE TABLE" };
        assert!(output.status.code() == Some(UNSUPPORTED) && text.contains(wanted), "{verb}: {text}");
    }
}

#[test]
fn paths_that_are_no_sstable_are_told_with_the_right_one() {
    let copy = Copy::of(Nb, "shop", "orders");
    let data = copy.file(Component::Data);
    let root = copy.path();

    let told = fails(&[&root.join("nowhere")], UNREADABLE);
    assert!(told.contains("no such file"), "{told}");
    let told = fails(&[&data.join("below")], UNREADABLE);
    assert!(told.contains("is a file, not a directory"), "{told}");

    fs::write(root.join("notes.txt"), "x").unwrap();
    fs::write(root.join("nb-x-big-Data.db"), "x").unwrap();
    for name in ["notes.txt", "nb-x-big-Data.db"] {
        assert!(fails(&[&root.join(name)], UNREADABLE).contains("not named as"), "{name}");
    }

    let empty = root.join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(fails(&[&empty], UNREADABLE).contains("no SSTable"));

    // A level too high is right, too.
    let outer = tempfile::tempdir().unwrap();
    let table = outer.path().join("ks/table-0123456789abcdef0123456789abcdef");
    fs::create_dir_all(table.parent().unwrap()).unwrap();
    symlink(root, &table).unwrap();
    for path in [outer.path(), table.parent().unwrap()] {
        assert!(dump(&[path]).stdout == copy.dump);
    }

    // Backups, indexes and snapshots are found where they are named alone.
    for below in ["backups", ".by_name", "snapshots/s1"] {
        let outer = tempfile::tempdir().unwrap();
        let table = outer.path().join("ks/table-0123456789abcdef0123456789abcdef");
        let directory = table.join(below);
        fs::create_dir_all(directory.parent().unwrap()).unwrap();
        symlink(root, &directory).unwrap();
        for path in [&table, outer.path()] {
            let told = fails(&[path], UNREADABLE);
            assert!(told.contains(below.rsplit('/').next().unwrap()), "{told}");
        }
        assert!(dump(&[&directory]).status.success());
    }

    // Through a link all is as without it.
    let linked = dump(&[&table.join(data.file_name().unwrap())]);
    assert!(linked.stdout == copy.dump);

    // A directory that is named as a Data.db, and names that are no text.
    let misleading = root.join("empty/nb-1-big-Data.db");
    fs::create_dir(&misleading).unwrap();
    assert!(fails(&[&misleading], UNREADABLE).contains("is a directory"));
    assert!(fails(&[&empty], UNREADABLE).contains("is a directory"));
    let no_text: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"nb-1-big-\xFF\n\x1b[31m.db");
    fs::write(root.join(no_text), "x").unwrap();
    assert!(fails(&[&root.join(no_text)], UNREADABLE).contains("not named as"));
}

#[test]
fn one_bad_input_among_several_is_told_and_the_others_are_printed() {
    let (sound, damaged) = (Copy::of(Nb, "shop", "orders"), Copy::of(Oa, "rows", "statics"));
    let other = Copy::of(Nb, "shop", "orders");
    let path = damaged.file(Component::Data);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (data, other) = (sound.file(Component::Data), other.file(Component::Data));
    for inputs in [[&data, &path, &other], [&path, &other, &data]] {
        let inputs = inputs.map(PathBuf::as_path);
        let output = dump(&inputs);
        let told = fails(&inputs, DAMAGED);
        assert!(told.starts_with(path.to_str().unwrap()), "{told}");
        let whole = String::from_utf8_lossy(&sound.dump).into_owned();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed.matches(whole.trim_end()).count(), 2);
    }
    // A path that is wrong is told before anything is printed.
    let output = dump(&[&data, &sound.path().join("nowhere")]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(UNREADABLE), 0));
}

#[test]
fn a_key_that_is_none_is_a_wrong_use() {
    let copy = Copy::of(Nb, "shop", "orders");
    let output =
        cqlite().arg("dump").arg(copy.file(Component::Data)).args(["-k", "no\nuuid"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let table = fixtures::table(Nb, "shop", "orders");
    let is_text = output.status.code() == Some(WELL);
    assert!(is_text || output.status.code() == Some(USAGE), "{}: {told}", table.directory.display());
    assert!(told.lines().count() <= 1, "{told}");
}

/// Runs a dump, reads a little of what it prints, and goes away.
fn closes_the_pipe(arguments: &[&str], paths: &[&Path]) {
    let mut child = cqlite()
        .arg("dump")
        .args(paths)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), told.as_ref()), (Some(WELL), ""), "{arguments:?}");
}

#[test]
fn a_closed_pipe_ends_every_form_quietly() {
    let directory = tempfile::tempdir().unwrap();
    let table = cqlite_tests::generated::partitions(20_000);
    let data = table.write(directory.path()).unwrap();
    let others = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [second, third] = others.each_ref().map(|other| table.write(other.path()).unwrap());
    for arguments in [&[][..], &["-l"], &["-d"], &["-e"], &["-t"], &["--with-source"], &["--corrected"]] {
        closes_the_pipe(arguments, &[&data]);
        closes_the_pipe(arguments, &[&data, &second, &third]);
    }
}

#[test]
fn a_full_disk_is_told() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("SKIPPED a_full_disk_is_told: there is no /dev/full");
        return;
    }
    let copies = [(); 3].map(|()| Copy::of(Nb, "shop", "orders"));
    for inputs in [1, 3] {
        let paths: Vec<_> = copies.iter().take(inputs).map(|copy| copy.file(Component::Data)).collect();
        let target = fs::OpenOptions::new().write(true).open(full).unwrap();
        let output = cqlite().arg("dump").args(&paths).stdout(target).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(UNREADABLE), "{told}");
        assert!(told.contains("the output cannot be written"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}
