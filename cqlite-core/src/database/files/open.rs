//! Opening somebody's files as a database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use cqlite_cql::QualifiedName;
use cqlite_sstable::find::{CommitLog, FoundTable};
use cqlite_sstable::schema::{
    ResolvedTable, SchemaRows, SchemaSearch, SchemaSource, TableSchema, UNKNOWN_TABLE,
};
use cqlite_sstable::{Descriptor, Error, ErrorKind, Format, Partitioner, Result, Version};

use super::commit_log::{self, LogReplay};
use super::fixed_clock::FixedClock;
use super::found_tables::FoundTables;
use super::node::stored_local;
use super::opened_table::OpenedTable;
use super::{FilesOptions, FilesReport, FilesTable, LogChoice, RefusedTable};
use crate::catalog::{Schema, SystemTables, Table};
use crate::database::Database;
use crate::database::indexes::WholeIndexes;
use crate::database::open::settings_of;
use crate::database::places::Places;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::fs::{DiskFileSystem, FileSystem};
use crate::storage::store::{MachineClock, Store, StoreOptions, WallClock};

impl Database {
    /// Opens somebody's files to read them as a node would, merged and reconciled: any number of SSTables, directories of tables,
    /// snapshots, keyspaces, data directories. Nothing is written, and nothing is locked.
    ///
    /// The names of keys and what was dropped come from the schema that is given, from `schema.cql` beside the SSTables, from
    /// `system_schema` of their data directory, or else from the SSTables' headers, where keys are called `key`, `key2`, ... and
    /// `clustering`, `clustering2`, .... Keyspaces and tables are those that were found, and no others.
    ///
    /// What cannot be shown right is not shown: a table whose SSTables disagree about their keys, of which one is of a version
    /// that is not supported, or that was dropped and made again without anything that tells which one is meant is among the
    /// [refused](FilesReport::refused). Reading what a damaged SSTable may have fails.
    ///
    /// # Errors
    /// If there is nothing at a path, or no SSTable; and if the commit log was asked for and cannot be read, is not there, or
    /// takes more memory than it may.
    ///
    /// # Example
    /// ```no_run
    /// use cqlite_core::storage::read::ReadCommand;
    /// use cqlite_core::{Database, FilesOptions};
    ///
    /// let (db, report) = Database::open_files(&["backup/shop".into()], &FilesOptions::default())?;
    /// report.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    /// let orders = db.table("shop", "orders")?;
    /// let page = db.read(&ReadCommand::all(orders.id()).limit(10))?;
    /// println!("{} partitions", page.partitions().count());
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn open_files(paths: &[PathBuf], options: &FilesOptions) -> Result<(Self, FilesReport)> {
        let fs: Arc<dyn FileSystem> = Arc::new(DiskFileSystem);
        let found = FoundTables::find(&fs, paths, options)?;
        let mut opening = Opening {
            search: SchemaSearch::new(options.schema.clone(), found.roots.clone()),
            tables: Vec::new(),
            report: FilesReport::default(),
            fs,
            options,
        };
        opening.open_tables(found)?;
        let place = paths.first().cloned().unwrap_or_default();
        opening.into_database(&place)
    }
}

/// Somebody's files while they are opened.
struct Opening<'a> {
    fs: Arc<dyn FileSystem>,
    options: &'a FilesOptions,
    search: SchemaSearch,
    tables: Vec<Shown>,
    report: FilesReport,
}

/// A table that is going to be shown.
struct Shown {
    table: Table,
    source: SchemaSource,
    directory: PathBuf,
    sstables: Vec<LiveSstable>,
    damaged: Vec<(Descriptor, Error)>,
    is_live: bool,
    commit_log: CommitLog,
}

impl Opening<'_> {
    fn open_tables(&mut self, mut found: FoundTables) -> Result<()> {
        let missing = found.without_sstables(&self.fs, &mut self.search, self.options)?;
        self.report.warnings.append(&mut found.found.warnings);
        let (mut refused, roots) = (std::mem::take(&mut found.found.refused), found.roots);
        for table in found.found.tables {
            let (keyspace, name) = (table.keyspace.clone(), called(&table));
            if let (Some(keyspace), Some(name)) = (&keyspace, &name)
                && !self.options.wants(keyspace, name)
            {
                self.report.left_out.push(table.title());
                continue;
            }
            let of_table = refused.iter().position(|error| FoundTables::is_in(error, &table.directories));
            let opened = match of_table {
                Some(place) => {
                    Err(refused.remove(place).advise("name the files of its SSTables to read those alone"))
                }
                None => OpenedTable::open(&self.fs, table, &mut self.search, self.options),
            };
            if let Err(error) = opened.and_then(|opened| self.show(opened)) {
                self.report.refused.push(RefusedTable { keyspace, name, error });
            }
        }
        self.report.errors = refused;
        let partitioner = self.partitioner();
        for (directory, schema) in missing {
            self.show_empty(directory, schema, &roots, &partitioner)?;
        }
        Ok(())
    }

    /// The partitioner of the node.
    fn partitioner(&self) -> Partitioner {
        let known = self.tables.iter().map(|shown| shown.table.layout().partitioner());
        let mut of_nodes = known.filter(|partitioner| !matches!(partitioner, Partitioner::Local(_)));
        of_nodes.next().cloned().unwrap_or(Partitioner::Murmur3)
    }

    fn show(&mut self, mut opened: OpenedTable) -> Result<()> {
        let schema = &mut opened.resolved.schema;
        self.make_unique(schema, opened.found.place())?;
        if !self.options.wants(&schema.keyspace, &schema.name) {
            self.report.left_out.push(opened.found.title());
            return Ok(());
        }
        let headers = opened.headers();
        let rows = match &opened.resolved.source {
            SchemaSource::SystemSchema(root) => self.search.rows(root)?,
            _ => None,
        };
        let mut warnings = Vec::new();
        let table = Table::of_resolved(&opened.resolved, &headers, &opened.partitioner, rows, &mut warnings)?;
        warnings.append(&mut opened.resolved.warnings);
        for left_out in opened.found.left_out() {
            warnings.push(Error::new(left_out.kind(), left_out.to_string()));
        }
        for told in opened.sstables.iter().flat_map(|live| live.sstable().warnings()) {
            warnings.push(Error::new(told.kind(), told.to_string()));
        }
        self.report.warnings.append(&mut warnings);
        self.tables.push(Shown {
            table,
            source: opened.resolved.source,
            directory: opened.found.place().to_owned(),
            sstables: opened.sstables,
            damaged: opened.damaged,
            is_live: opened.found.is_live,
            commit_log: opened.found.commit_log,
        });
        Ok(())
    }

    /// Shows a table that has no SSTable.
    fn show_empty(
        &mut self,
        directory: PathBuf,
        schema: TableSchema,
        roots: &[PathBuf],
        partitioner: &Partitioner,
    ) -> Result<()> {
        let root = roots.iter().find(|root| directory.starts_with(root)).cloned().unwrap_or_default();
        let source = SchemaSource::SystemSchema(root.clone());
        let resolved =
            ResolvedTable { schema, source: source.clone(), warnings: Vec::new(), maps: Vec::new() };
        let rows = self.search.rows(&root)?;
        let table = Table::of_resolved(&resolved, &[], partitioner, rows, &mut self.report.warnings)?;
        self.tables.push(Shown {
            table,
            source,
            directory,
            sstables: Vec::new(),
            damaged: Vec::new(),
            is_live: false,
            commit_log: CommitLog::NotFound,
        });
        Ok(())
    }

    /// Two tables of one name cannot be told apart. Those of which nothing tells the name are numbered.
    fn make_unique(&self, schema: &mut TableSchema, place: &Path) -> Result<()> {
        let known = |name: &str| {
            let tables = self.tables.iter();
            tables
                .filter(|shown| shown.table.keyspace() == schema.keyspace)
                .find(|shown| shown.table.name() == name)
        };
        let Some(other) = known(&schema.name) else { return Ok(()) };
        if schema.name != UNKNOWN_TABLE {
            let name = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
            let (here, there) = (place.display(), other.directory.display());
            return Err(Error::invalid_input(format!(
                "there are two tables {name}: in {there} and in {here}"
            ))
            .advise("name the directory of one"));
        }
        let mut numbered = (2_u64..).map(|number| format!("{UNKNOWN_TABLE}{number}"));
        if let Some(free) = numbered.find(|name| known(name).is_none()) {
            schema.name = free;
        }
        Ok(())
    }

    fn into_database(mut self, place: &Path) -> Result<(Database, FilesReport)> {
        let partitioner = self.partitioner();
        let base = Schema::new(Arc::new(SystemTables::new(&partitioner)?))?;
        let roots = self.roots();
        let tables = self.tables.iter().map(|shown| shown.table.clone()).collect();
        for root in &roots {
            self.search.rows(root)?;
        }
        let rows: Vec<&SchemaRows> = roots.iter().filter_map(|root| self.search.known_rows(root)).collect();
        let schema = Schema::of_files(&base, tables, &rows);
        let store = Store::new(Arc::clone(&self.fs), self.store_options(place)?);
        let log = self.log(&roots)?;
        let (mut is_live, mut report) = (None, self.report);
        for shown in self.tables {
            is_live = is_live.or_else(|| shown.is_live.then(|| shown.directory.clone()));
            add_table(&store, &schema, shown, &mut report)?;
        }
        match log {
            Some((root, directory)) => {
                let options = store_options(self.options, place)?;
                let local = stored_local(&self.fs, &base, &root, options)?;
                if let Some(host_id) = local.host_id {
                    store.set_host_id(host_id.0);
                }
                let (layouts, others) = commit_log::layouts(&schema, &rows, &partitioner);
                let replay = LogReplay {
                    fs: &self.fs,
                    store: &store,
                    layouts,
                    others,
                    truncated: local.truncated,
                    memtable_bytes: self.options.memtable_bytes,
                };
                let replayed = replay.read(&directory)?;
                report.warnings.extend(unknown_writes(&replayed));
                report.commit_log = Some(replayed);
            }
            None => report.warnings.extend(is_live.map(|directory| not_all(&directory))),
        }
        let db = Database {
            store,
            fs: self.fs,
            places: Places::of(place),
            schema: Arc::new(ArcSwap::from_pointee(schema)),
            schema_change: Arc::default(),
            auto_snapshot: false,
            whole_indexes: WholeIndexes::default(),
            locks: Default::default(),
            reader: None,
            is_of_files: true,
            _lock: None,
        };
        Ok((db, report))
    }

    /// The data directories whose schema some table is by.
    fn roots(&self) -> Vec<PathBuf> {
        let mut roots = Vec::new();
        for shown in &self.tables {
            if let SchemaSource::SystemSchema(root) = &shown.source
                && !roots.contains(root)
            {
                roots.push(root.clone());
            }
        }
        roots
    }

    fn store_options(&self, place: &Path) -> Result<StoreOptions> {
        store_options(self.options, place)
    }

    /// The data directory whose commit log is to be read, and that.
    fn log(&self, roots: &[PathBuf]) -> Result<Option<(PathBuf, PathBuf)>> {
        let root = roots.first().cloned().unwrap_or_default();
        let is_of_node = self.options.snapshot.is_none()
            && self
                .tables
                .iter()
                .any(|shown| shown.commit_log != CommitLog::NotFound || shown.sstables.is_empty());
        match &self.options.commit_log {
            LogChoice::Leave => Ok(None),
            LogChoice::At(directory) => Ok(Some((root, directory.clone()))),
            LogChoice::Beside if self.options.snapshot.is_some() => {
                let told = "a snapshot has no commit log: what is in there was written later";
                Err(Error::invalid_input(told).advise("read the snapshot without it"))
            }
            LogChoice::Beside => match commit_log::beside(&self.fs, roots).as_slice() {
                [only] if is_of_node => {
                    let of_log = roots.iter().find(|root| only.parent() == root.parent());
                    Ok(Some((of_log.cloned().unwrap_or(root), only.clone())))
                }
                [] | [_] => {
                    let told = "there is no commit log beside the data directory of these tables";
                    Err(Error::new(ErrorKind::Missing, told)
                        .advise("name its directory; of a snapshot or single SSTables there is none"))
                }
                several => {
                    let several: Vec<String> = several.iter().map(|log| log.display().to_string()).collect();
                    let told = format!("there are several commit logs: {}", several.join(", "));
                    Err(Error::invalid_input(told)
                        .advise("name the directories of one node, or the one that is meant"))
                }
            },
        }
    }
}

fn store_options(options: &FilesOptions, place: &Path) -> Result<StoreOptions> {
    let clock: Arc<dyn WallClock> = match options.now_seconds {
        Some(now_seconds) => Arc::new(FixedClock { now_seconds }),
        None => Arc::new(MachineClock),
    };
    Ok(StoreOptions {
        data_directory: place.to_owned(),
        version: Version::parse("nb", Format::Big)?,
        has_uuid_ids: true,
        memtable_bytes: options.memtable_bytes,
        chunk_cache_bytes: options.chunk_cache_bytes,
        reserved_disk_bytes: 0,
        incremental_backups: false,
        is_read_only: true,
        clock,
    })
}

fn add_table(store: &Arc<Store>, schema: &Schema, shown: Shown, report: &mut FilesReport) -> Result<()> {
    let Shown { table, source, directory, sstables, damaged, .. } = shown;
    report.tables.push(FilesTable {
        id: table.id(),
        keyspace: table.keyspace().to_owned(),
        name: table.name().to_owned(),
        source,
        sstables: sstables.iter().map(|live| live.descriptor().clone()).collect(),
        damaged: damaged.iter().map(|(descriptor, _)| descriptor.clone()).collect(),
    });
    report.errors.extend(damaged.iter().map(|(_, error)| Error::new(error.kind(), error.to_string())));
    let settings = settings_of(&table, schema, store);
    store.add_opened_table(Arc::clone(table.layout()), &directory, settings, sstables, damaged)
}

/// How the directories call a table, or the hidden one of an index.
fn called(table: &FoundTable) -> Option<String> {
    let name = table.name.clone()?;
    Some(table.index.as_ref().map_or_else(|| name.clone(), |index| format!("{name}.{index}")))
}

fn not_all(directory: &Path) -> Error {
    let told = "a node runs here or did not stop cleanly; memtables and the commit log are not included, so what was \
                written last may be missing";
    Error::invalid_input(told)
        .at(directory)
        .advise("nodetool flush writes it to SSTables, and the commit log can be read as well")
}

fn unknown_writes(replayed: &super::ReplayedLog) -> Option<Error> {
    let told = || match replayed.unknown {
        1 => "a write is of a table that the schema does not know, and is left out".to_owned(),
        count => format!("{count} writes are of tables that the schema does not know, and are left out"),
    };
    (replayed.unknown > 0).then(|| Error::invalid_input(told()).at(&replayed.directory))
}
