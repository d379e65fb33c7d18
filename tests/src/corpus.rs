//! The corpus: a large collection of SSTables of many versions, with truth. It is not part of the repository.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    known::{KnownSstable, KnownTable, data_files, entries, file_name, table_name},
    repository,
};

/// The folder of sets that one release wrote in all its formats, each a node's `data` beside its `truth`.
const GENERATED: &str = "cassandra50";

/// The corpus on this machine.
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
}

impl Corpus {
    /// The corpus in `CQLITE_CORPUS`, or in `shared/corpus` beside the repository.
    pub fn find() -> Result<Self> {
        let root = match env::var_os("CQLITE_CORPUS").filter(|root| !root.is_empty()) {
            Some(root) => PathBuf::from(root),
            None => repository().join("../shared/corpus"),
        };
        let root = root.canonicalize().ok().filter(|root| root.is_dir());
        let root =
            root.ok_or_else(|| Error::said("find the corpus", "set CQLITE_CORPUS to its directory"))?;
        Ok(Self { root })
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every SSTable in it, with whatever truth there is.
    pub fn sstables(&self) -> Result<Vec<KnownSstable>> {
        let mut all = Vec::new();
        for folder in entries(&self.root)?.into_iter().filter(|path| path.is_dir()) {
            match file_name(&folder) == GENERATED {
                true => all.extend(self.generated_sstables()?),
                false => all.extend(collected_sstables(&folder)?),
            }
        }
        Ok(all)
    }

    /// Every table whose `SELECT` is known.
    pub fn tables(&self) -> Result<Vec<KnownTable>> {
        let mut all = Vec::new();
        for set in self.generated_sets()? {
            for keyspace in entries(&set.directory.join("data"))? {
                for directory in entries(&keyspace)? {
                    all.extend(set.table(file_name(&keyspace), &directory)?);
                }
            }
        }
        Ok(all)
    }

    fn generated_sstables(&self) -> Result<Vec<KnownSstable>> {
        let mut all = Vec::new();
        for set in self.generated_sets()? {
            for path in data_files(&set.directory.join("data"))? {
                all.push(set.sstable(path));
            }
        }
        Ok(all)
    }

    fn generated_sets(&self) -> Result<Vec<GeneratedSet>> {
        let mut sets = Vec::new();
        for format in entries(&self.root.join(GENERATED))? {
            for directory in entries(&format)?.into_iter().filter(|path| path.join("data").is_dir()) {
                let name = format!("{}/{}", file_name(&format), file_name(&directory));
                sets.push(GeneratedSet { name, directory });
            }
        }
        Ok(sets)
    }
}

/// `<format>/<set>`.
struct GeneratedSet {
    name: String,
    directory: PathBuf,
}

impl GeneratedSet {
    fn truth(&self, keyspace: &str, table: &str) -> PathBuf {
        self.directory.join("truth").join(keyspace).join(table)
    }

    fn sstable(&self, path: PathBuf) -> KnownSstable {
        let known = KnownSstable::new(path, &self.name, None);
        let mut truth = self.truth(&known.keyspace, &known.table);
        truth.extend(known.index.as_ref().map(|index| format!(".{index}")));
        KnownSstable::new(known.data_path, &self.name, Some(&truth.join(&known.id)))
    }

    fn table(&self, keyspace: &str, directory: &Path) -> Result<Option<KnownTable>> {
        let table = table_name(file_name(directory));
        let truth = self.truth(keyspace, table);
        if !truth.is_dir() {
            return Ok(None);
        }
        let existing = |path: PathBuf| path.exists().then_some(path);
        let sstables = data_files(directory)?.into_iter().map(|path| self.sstable(path));
        Ok(Some(KnownTable {
            set: self.name.clone(),
            keyspace: keyspace.to_owned(),
            table: table.to_owned(),
            directory: directory.to_owned(),
            sstables: sstables.filter(|sstable| sstable.index.is_none()).collect(),
            rows_json: existing(truth.join("rows.json.gz")),
            raw_json: existing(truth.join("raw.json.gz")),
            writetime_json: existing(truth.join("writetime.json.gz")),
            schema_cql: existing(self.directory.join("schema.cql")),
            schema_internals_cql: existing(self.directory.join("schema_internals.cql")),
        }))
    }
}

/// SSTables that others made, with `<stem>.dump.json.gz` beside them.
fn collected_sstables(folder: &Path) -> Result<Vec<KnownSstable>> {
    let set = file_name(folder);
    let known = |path: PathBuf| {
        let truth = path.with_file_name(file_name(&path).trim_end_matches("-Data.db"));
        KnownSstable::new(path, set, Some(&truth))
    };
    Ok(data_files(folder)?.into_iter().map(known).collect())
}
