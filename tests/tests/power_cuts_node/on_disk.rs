//! A file system in memory, written to the disk.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use cqlite_core::storage::fs::{FileSystem as _, MemoryFileSystem};
use cqlite_tests::transaction_log::line;

/// Writes all that is in a directory, with the times of the files: transaction logs tell of them.
pub fn write_out(files: &MemoryFileSystem, from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in files.list(from).unwrap() {
        let (from, to) = (from.join(&entry.name), to.join(&entry.name));
        if entry.is_directory {
            write_out(files, &from, &to);
            continue;
        }
        let mut bytes = vec![0; entry.length_bytes as usize];
        files.open(&from).unwrap().read_at(&mut bytes, 0).unwrap();
        if entry.name.contains("_txn_") {
            bytes = moved(bytes, to.parent().unwrap());
        }
        fs::write(&to, bytes).unwrap();
        let modified = UNIX_EPOCH + Duration::from_millis(entry.modified_millis.unsigned_abs());
        File::options().write(true).open(&to).unwrap().set_modified(modified).unwrap();
    }
}

/// A transaction log whose whole records name files of another directory: a node goes by whole paths.
fn moved(bytes: Vec<u8>, directory: &Path) -> Vec<u8> {
    let Ok(text) = String::from_utf8(bytes.clone()) else { return bytes };
    let records = text.split_inclusive('\n').map(|record| {
        let Some((kind, rest)) = record.split_once(":[/") else { return record.to_owned() };
        let Some((told, _)) = rest.strip_suffix('\n').and_then(|rest| rest.split_once(']')) else {
            return record.to_owned();
        };
        let mut fields = told.rsplitn(3, ',');
        let (files, millis, path) = (fields.next(), fields.next(), fields.next());
        let name = Path::new(path.unwrap()).file_name().unwrap();
        let path = directory.join(name).display().to_string();
        line(kind, &path, millis.unwrap().parse().unwrap(), files.unwrap().parse().unwrap())
    });
    records.collect::<String>().into_bytes()
}
