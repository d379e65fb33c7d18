//! The names of SSTable files, and finding them.

use std::cmp::Ordering;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::component::Component;
use crate::error::{Error, ErrorKind, Result};
use crate::version::{Format, Version};

/// What tells the SSTables of one table apart: a number, or a time UUID in base 36.
///
/// Numbers come before UUIDs; both sort by age.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SstableId {
    /// `nb-12-big-...`
    Sequence(u32),
    /// `nb-3h5p_0ies_0ecze2l62lvb2dhkpi-big-...`, in lower case; the text sorts as the time does.
    Uuid(String),
}

impl SstableId {
    /// Reads an id as it stands in the name of a file; none for other text.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && text.len() <= 10 && text.bytes().all(|c| c.is_ascii_digit()) {
            return text.parse().ok().map(Self::Sequence);
        }
        let groups: Vec<&str> = text.split('_').collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        let base36 = text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        (lengths == [4, 4, 18] && base36).then(|| Self::Uuid(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for SstableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(number) => write!(f, "{number}"),
            Self::Uuid(text) => f.write_str(text),
        }
    }
}

impl PartialOrd for SstableId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SstableId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Sequence(a), Self::Sequence(b)) => a.cmp(b),
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            (Self::Sequence(_), Self::Uuid(_)) => Ordering::Less,
            (Self::Uuid(_), Self::Sequence(_)) => Ordering::Greater,
        }
    }
}

/// One SSTable by its place and name: `<directory>/<version>-<id>-<format>-<component>`
/// (`io.sstable.Descriptor`).
///
/// # Example
/// ```
/// use cqlite_sstable::{Component, Descriptor};
/// let sstable = Descriptor::from_file("shop/orders-3f9a/nb-12-big-Data.db".as_ref())?;
/// assert_eq!(sstable.file(Component::Index).to_str(), Some("shop/orders-3f9a/nb-12-big-Index.db"));
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    directory: PathBuf,
    version: Version,
    id: SstableId,
    /// As in the file name: an upper-case id is read, too.
    stem: String,
}

impl Descriptor {
    /// Reads the name of any component file.
    ///
    /// # Errors
    /// [`ErrorKind::NotAnSstable`] if it is not named as one, [`ErrorKind::Unsupported`] for a version that
    /// cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let parts: Vec<&str> = name.split('-').collect();
        let not_one = || {
            Error::new(ErrorKind::NotAnSstable, "this is not named as a file of an SSTable")
                .advise("such names look like nb-1-big-Data.db")
                .at(path)
        };
        let (letters, id, format, component) = match parts.as_slice() {
            [letters, id, format, component] => (*letters, *id, *format, *component),
            // <keyspace>-<table>-<version>-<number>-<component>, with "tmp" in it while being written
            [.., letters, _, component]
                if is_version(letters) && Component::from_file_name(component).is_some() =>
            {
                Version::parse(letters, Format::Big).map_err(|error| error.at(path))?;
                return Err(not_one());
            }
            _ => return Err(not_one()),
        };
        if !is_version(letters) || component.is_empty() {
            return Err(not_one());
        }
        let format = match format {
            "big" => Format::Big,
            "bti" => Format::Bti,
            _ => return Err(not_one()),
        };
        let version = Version::parse(letters, format).map_err(|error| error.at(path))?;
        let id = SstableId::parse(id).ok_or_else(not_one)?;
        let stem = name.strip_suffix(component).and_then(|stem| stem.strip_suffix('-')).unwrap_or_default();
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { directory, version, id, stem: stem.to_owned() })
    }

    /// The SSTable of this version and id in `directory`, whether it is there or not.
    pub fn new(directory: impl Into<PathBuf>, version: Version, id: SstableId) -> Self {
        let stem = format!("{version}-{id}-{}", version.format().name());
        Self { directory: directory.into(), version, id, stem }
    }

    /// The directory in which the files lie; `.` if they were named without one.
    pub fn directory(&self) -> &Path {
        match self.directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.directory,
        }
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The id.
    pub fn id(&self) -> &SstableId {
        &self.id
    }

    /// What the names of all files have in common: `nb-12-big`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The path of a component.
    pub fn file(&self, component: Component) -> PathBuf {
        self.directory.join(format!("{}-{component}", self.stem))
    }

    /// Whether it belongs to a built-in secondary index: those lie in a directory whose name begins with a dot.
    pub fn is_index(&self) -> bool {
        directory_name(&self.directory).is_some_and(|name| name.starts_with('.'))
    }

    /// The names of keyspace and table, where the directories follow Cassandra's layout
    /// `<keyspace>/<table>-<32 hex digits>`, with `snapshots/<tag>`, `backups` or `.<index>` below.
    pub fn table_name(&self) -> Option<(String, String)> {
        let absolute = std::path::absolute(&self.directory).ok()?;
        let table = absolute.ancestors().take(4).find_map(|directory| {
            let (table, _) = split_table_directory(directory_name(directory)?)?;
            Some((directory, table))
        });
        let (directory, table) = table?;
        Some((directory_name(directory.parent()?)?.to_owned(), table.to_owned()))
    }

    /// The directory of the table, also for files of a snapshot, a backup or an index below it.
    pub fn table_directory(&self) -> Option<PathBuf> {
        let absolute = std::path::absolute(&self.directory).ok()?;
        let is_table =
            |directory: &&Path| directory_name(directory).is_some_and(|n| split_table_directory(n).is_some());
        absolute.ancestors().take(4).find(is_table).map(Path::to_owned)
    }
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.directory.join(&self.stem).display())
    }
}

fn is_version(letters: &str) -> bool {
    letters.len() == 2 && letters.bytes().all(|c| c.is_ascii_lowercase())
}

fn directory_name(directory: &Path) -> Option<&str> {
    directory.file_name().and_then(|name| name.to_str())
}

/// Splits `<table>-<32 hex digits>`.
pub(crate) fn split_table_directory(name: &str) -> Option<(&str, &str)> {
    let (table, id) = name.rsplit_once('-')?;
    (id.len() == 32 && id.bytes().all(|c| c.is_ascii_hexdigit())).then_some((table, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> Result<Descriptor> {
        Descriptor::from_file(Path::new(name))
    }

    #[test]
    fn numbers_and_uuids_are_ids_and_sort_by_age() {
        let mut ids = ["3h5p_0kdy_2p3dm22w0vqcvvffn4", "10", "9", "3h5p_0ies_0ecze2l62lvb2dhkpi"]
            .map(|id| parse(&format!("nb-{id}-big-Data.db")).unwrap().id().clone());
        ids.sort();
        let sorted = ids.map(|id| id.to_string());
        assert_eq!(sorted, ["9", "10", "3h5p_0ies_0ecze2l62lvb2dhkpi", "3h5p_0kdy_2p3dm22w0vqcvvffn4"]);
    }

    #[test]
    fn other_names_are_no_sstables() {
        for name in
            ["nb-1-big", "nb-x-big-Data.db", "nb-1-huge-Data.db", "nb-99999999999-big-Data.db", "", "a-b-c-d"]
        {
            assert_eq!(parse(name).unwrap_err().kind(), ErrorKind::NotAnSstable, "{name}");
        }
    }

    #[test]
    fn names_of_old_releases_are_recognised_as_such() {
        for name in ["ks-table-ka-1-Data.db", "la-1-big-Data.db", "ks-table-jb-5-Data.db", "lb-2-big-Data.db"]
        {
            let error = parse(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}");
            assert!(error.to_string().contains("before 3.0"), "{error}");
        }
    }

    #[test]
    fn keyspace_and_table_come_from_the_directories_also_below_a_table() {
        let id = "0123456789abcdef0123456789abcdef";
        for below in ["", "snapshots/s1/", "backups/", ".by_name/", "snapshots/s1/.by_name/"] {
            let path = format!("/data/shop/orders-{id}/{below}nb-1-big-Data.db");
            let sstable = parse(&path).unwrap();
            assert_eq!(sstable.table_name(), Some(("shop".to_owned(), "orders".to_owned())), "{path}");
            assert_eq!(sstable.is_index(), below.contains(".by_name"));
        }
        assert_eq!(parse("/some/where/nb-1-big-Data.db").unwrap().table_name(), None);
    }
}
