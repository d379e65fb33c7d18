//! Where outputs go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::component::{Component, CompressionInfo};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::find::transaction_log::is_log_name;
use crate::io::{DiskDirectory, OutputDirectory as _};
use crate::reader::Sstable;
use crate::tools::listing::disk_bytes;

/// The directory below `out` for the outputs of the table that `input` belongs to:
/// `<keyspace>/<table>-<id>` as a node has it,
/// where the input lies in that layout, or `out` itself. `nodetool import`, `sstableloader` and every verb
/// here learn keyspace and table from it.
pub fn output_place(out: &Path, input: &Descriptor) -> PathBuf {
    let name = |path: &Path| path.file_name().map(PathBuf::from);
    let table = input.table_directory();
    let names = table.as_ref().and_then(|table| Some((name(table.parent()?)?, name(table)?)));
    let Some((keyspace, table)) = names else { return out.to_owned() };
    let place = out.join(keyspace).join(table);
    let index = if input.is_index() { name(input.directory()) } else { None };
    index.map_or(place.clone(), |index| place.join(index))
}

/// The directory below `out` for a table by its names: `<keyspace>/<table>-<id>` as a node has it.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if one of them cannot be the name of a directory.
pub fn table_place(out: &Path, keyspace: &str, table: &str, id: Option<&str>) -> Result<PathBuf> {
    let table = id.map_or_else(|| table.to_owned(), |id| format!("{table}-{id}"));
    Ok(out.join(directory_name(keyspace)?).join(directory_name(&table)?))
}

/// A name that is to be that of one directory: it leads nowhere else.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if it is none.
pub fn directory_name(name: &str) -> Result<&str> {
    match name {
        "" | "." | ".." => {}
        _ if name.contains(['/', '\\', '\0']) => {}
        _ => return Ok(name),
    }
    Err(Error::invalid_input(format!(
        "'{name}' cannot be the name of a directory, and so not that of a table"
    )))
}

/// Refuses a place that is, or is in, the directory of an input, and one that holds an SSTable, or what an
/// unfinished
/// transaction left. It need not be there. Links are followed.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if it is refused, and if it cannot be looked at.
pub fn check_place<'a>(place: &Path, inputs: impl IntoIterator<Item = &'a Descriptor>) -> Result<()> {
    let real = real_path(place)?;
    for input in inputs {
        let directory = fs::canonicalize(input.directory());
        let directory = directory.map_err(|error| Error::io(input.directory(), error))?;
        if real.starts_with(&directory) {
            return Err(Error::invalid_input("the output must not be in the directory of an input")
                .at(place)
                .advise("name another directory with --out"));
        }
    }
    let entries = match fs::read_dir(&real) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| Error::io(place, error))?,
    };
    for entry in entries {
        let path = place.join(entry.map_err(|error| Error::io(place, error))?.file_name());
        let is_log = path.file_name().and_then(|name| name.to_str()).is_some_and(is_log_name);
        let is_sstable = Descriptor::from_file(&path)
            .map_or_else(|error| error.kind() == ErrorKind::Unsupported, |_| true);
        let what = match (is_log, is_sstable) {
            (true, _) => "a transaction that is not finished left its log here",
            (_, true) => "there is an SSTable here already",
            _ => continue,
        };
        return Err(Error::invalid_input(what)
            .at(path)
            .advise("outputs go to a new directory: name another one with --out, or remove this one"));
    }
    Ok(())
}

/// Refuses to begin where the outputs would not fit.
///
/// # Errors
/// [`ErrorKind::Output`] with both figures.
pub fn check_space(place: &Path, wanted_bytes: u64) -> Result<()> {
    let there = place.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
    let free = DiskDirectory::new(there).free_bytes().map_err(|error| Error::io(there, error))?;
    refuse_lack(place, wanted_bytes, free)
}

fn refuse_lack(place: &Path, wanted_bytes: u64, free_bytes: Option<u64>) -> Result<()> {
    match free_bytes {
        Some(free) if free < wanted_bytes => Err(Error::new(
            ErrorKind::Output,
            format!("the outputs may need {wanted_bytes} bytes, but only {free} are free"),
        )
        .at(place)
        .advise("make room, or name a directory on another disk with --out")),
        _ => Ok(()),
    }
}

/// How many bytes a rewrite of an SSTable may need at most, by what it takes now: all its files; and
/// Data.db without
/// compression, where the output has none or the input has none.
///
/// # Errors
/// If its files cannot be looked at.
pub fn estimated_bytes(descriptor: &Descriptor, sstable: &Sstable, is_compressed: bool) -> Result<u64> {
    let all = disk_bytes(descriptor, sstable.files())?;
    match sstable.compression() {
        Some(CompressionInfo { data_length_bytes, .. }) if !is_compressed => {
            let data = descriptor.file(Component::Data);
            let stored = fs::metadata(&data).map_err(|error| Error::io(&data, error))?.len();
            Ok(all.saturating_sub(stored).saturating_add(*data_length_bytes))
        }
        _ => Ok(all),
    }
}

/// The path without links, as far as it is there.
fn real_path(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(|error| Error::io(path, error))?;
    for above in absolute.ancestors() {
        match fs::canonicalize(above) {
            Ok(real) => return Ok(absolute.strip_prefix(above).map_or(real.clone(), |rest| real.join(rest))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(path, error)),
        }
    }
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "t-0123456789abcdef0123456789abcdef";

    fn input(directory: &Path) -> Descriptor {
        Descriptor::from_file(&directory.join("nb-1-big-Data.db")).unwrap()
    }

    #[test]
    fn outputs_lie_as_a_node_has_them_where_the_table_is_known() {
        let place = |from: &str| output_place(Path::new("out"), &input(Path::new(from)));
        let table = Path::new("out/ks").join(TABLE);
        for below in ["", "/snapshots/s1", "/backups"] {
            assert_eq!(place(&format!("/data/ks/{TABLE}{below}")), table);
        }
        assert_eq!(place(&format!("/data/ks/{TABLE}/.by_name")), table.join(".by_name"));
        assert_eq!(place("/some/where"), Path::new("out"));
    }

    #[test]
    fn names_of_tables_lead_nowhere_else() {
        let out = Path::new("out");
        assert_eq!(table_place(out, "ks", "t", None).unwrap(), Path::new("out/ks/t"));
        assert_eq!(table_place(out, "ks", "t", Some("05ab")).unwrap(), Path::new("out/ks/t-05ab"));
        for wrong in ["..", ".", "", "a/b", "/etc", "..\\x", "a\0"] {
            assert!(table_place(out, wrong, "t", None).is_err(), "{wrong:?}");
            assert!(table_place(out, "ks", wrong, None).is_err(), "{wrong:?}");
        }
        assert!(table_place(out, "ks", "t", Some("/../..")).is_err());
    }

    #[test]
    fn the_directory_of_an_input_is_no_place_for_outputs_whatever_path_leads_there() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join(TABLE);
        fs::create_dir_all(table.join("below")).unwrap();
        std::os::unix::fs::symlink(&table, root.path().join("link")).unwrap();
        for place in ["link", "link/new", "x/../link", TABLE] {
            fs::create_dir_all(root.path().join("x")).unwrap();
            let error = check_place(&root.path().join(place), [&input(&table)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{place}");
        }
        check_place(&root.path().join("new/place"), [&input(&table)]).unwrap();
    }

    #[test]
    fn a_place_with_sstables_or_an_unfinished_transaction_is_refused_and_other_files_are_not() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("schema.cql"), "").unwrap();
        check_place(root.path(), []).unwrap();
        for name in
            ["nb-1-big-Data.db", "ms-1-big-Data.db", "nb_txn_write_d7b7a170-e57b-11f1-bdff-5d016f48fe5f.log"]
        {
            let path = root.path().join(name);
            fs::write(&path, "").unwrap();
            let error = check_place(root.path(), []).unwrap_err();
            assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidInput, Some(path.as_path())));
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_lack_of_space_is_told_with_both_figures() {
        let told = refuse_lack(Path::new("out"), 1_000, Some(999)).unwrap_err().to_string();
        assert!(told.contains("1000 bytes") && told.contains("999 are free"), "{told}");
        refuse_lack(Path::new("out"), 1_000, Some(1_000)).unwrap();
        refuse_lack(Path::new("out"), 1_000, None).unwrap();
        check_space(Path::new("/not/there"), 1).unwrap();
    }
}
