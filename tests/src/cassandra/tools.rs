//! Cassandra's offline tools.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{Read as _, Seek as _, Write},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use serde_json::{Map, json};

use super::{
    config::{Config, Format},
    jars::Cassandra,
    java,
    server::{Server, ToolOutput},
};
use crate::error::{Doing as _, Result};

/// One JVM that runs Cassandra's tools, one after another: the first takes two seconds, the next ones milliseconds.
///
/// Tools on files run in `storage_compatibility_mode: NONE`, without which they refuse `oa` and `da`. All run in UTC.
#[derive(Debug)]
pub struct Tools {
    server: Server,
    log: File,
}

impl Tools {
    /// The tools of this process, shared by its tests.
    pub fn shared(cassandra: &Cassandra) -> Result<MutexGuard<'static, Self>> {
        static SHARED: OnceLock<Mutex<Tools>> = OnceLock::new();
        let tools = match SHARED.get() {
            Some(tools) => tools,
            None => {
                let started = Self::start(cassandra)?;
                SHARED.get_or_init(|| Mutex::new(started))
            }
        };
        Ok(tools.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts tools that work on files alone: `sstabledump`, `sstablemetadata`.
    pub fn start(cassandra: &Cassandra) -> Result<Self> {
        let directory = configured(cassandra)?;
        Self::start_on(cassandra, &directory)
    }

    /// Starts tools that find the schema in the directory of a stopped node: `sstableverify`, `sstablescrub`,
    /// `sstableupgrade`. They run in the node's own mode, and read the schema once, so start new ones when the node
    /// has run again.
    pub fn start_on(cassandra: &Cassandra, node_directory: &Path) -> Result<Self> {
        let flags = [
            "-Xmx1g".into(),
            java::property("org.apache.cassandra.tools.UtilALLOW_TOOL_REINIT_FOR_TEST", "true"),
        ];
        let mut command = java::server(cassandra, "tools", node_directory, &flags);
        let log = tempfile::tempfile().doing(|| "create a temporary file".to_owned())?;
        command.stderr(log.try_clone().doing(|| "share a file".to_owned())?);
        Ok(Self { server: Server::spawn(command)?, log })
    }

    /// `sstabledump` of a `Data.db`, with options such as `-t`, `-l`, `-d`, `-e`, `-k KEY`.
    pub fn sstabledump<A: AsRef<OsStr>>(&mut self, data: &Path, options: &[A]) -> Result<ToolOutput> {
        self.run("SSTableExport", [data.as_os_str()].into_iter().chain(options.iter().map(AsRef::as_ref)))
    }

    /// `sstabledump` with its output written to `stdout`; `ToolOutput::stdout` stays empty.
    pub fn sstabledump_to<A: AsRef<OsStr>>(
        &mut self,
        data: &Path,
        options: &[A],
        stdout: &mut dyn Write,
    ) -> Result<ToolOutput> {
        let args = [data.as_os_str()].into_iter().chain(options.iter().map(AsRef::as_ref));
        self.run_to("SSTableExport", args, stdout)
    }

    /// `sstablemetadata` of a `Data.db`.
    pub fn sstablemetadata<A: AsRef<OsStr>>(&mut self, data: &Path, options: &[A]) -> Result<ToolOutput> {
        let options = options.iter().map(AsRef::as_ref);
        self.run("SSTableMetadataViewer", options.chain([data.as_os_str()]))
    }

    /// `sstableverify` of a table, extended: it reads every row. Needs [`Tools::start_on`].
    pub fn sstableverify(&mut self, keyspace: &str, table: &str) -> Result<ToolOutput> {
        self.run("StandaloneVerifier", ["-f", "-e", "--debug", keyspace, table]) // without -f it does nothing
    }

    /// Any class with a main method; a name without dots is one of `org.apache.cassandra.tools`.
    pub fn run<A: AsRef<OsStr>>(
        &mut self,
        class: &str,
        args: impl IntoIterator<Item = A>,
    ) -> Result<ToolOutput> {
        let mut stdout = Vec::new();
        let output = self.run_to(class, args, &mut stdout)?;
        Ok(ToolOutput { stdout, ..output })
    }

    /// Like [`Tools::run`], with the output written to `stdout`; `ToolOutput::stdout` stays empty.
    pub fn run_to<A: AsRef<OsStr>>(
        &mut self,
        class: &str,
        args: impl IntoIterator<Item = A>,
        stdout: &mut dyn Write,
    ) -> Result<ToolOutput> {
        let class = match class.contains('.') {
            true => class.to_owned(),
            false => format!("org.apache.cassandra.tools.{class}"),
        };
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let run = self.server.run(&class, &args, stdout);
        let (exit_code, stderr) = run.doing(|| format!("run {class} {args:?}; java said: {}", self.log()))?;
        Ok(ToolOutput { exit_code, stdout: Vec::new(), stderr })
    }

    /// What the JVM itself said, or a tool outside of its run.
    fn log(&mut self) -> String {
        let mut text = String::new();
        let read = self.log.rewind().and_then(|()| self.log.read_to_string(&mut text));
        read.map_or_else(|error| error.to_string(), |_| text.trim().to_owned())
    }
}

/// A directory with a configuration for work on files alone.
pub(super) fn configured(cassandra: &Cassandra) -> Result<PathBuf> {
    let directory = cassandra.home.join("tools");
    fs::create_dir_all(&directory).doing(|| format!("create {}", directory.display()))?;
    let config = Config {
        format: Format::Oa,
        partitioner: "Murmur3Partitioner".to_owned(),
        uuid_ids: false,
        address: Ipv4Addr::LOCALHOST.into(),
        native_port: 9042,
        storage_port: 7000,
        // A tool that runs thousands of times in one JVM would wait for the collector to free buffers of this kind.
        more: Map::from_iter([("compressed_read_ahead_buffer_size".to_owned(), json!("0KiB"))]),
    };
    config.write(&directory)?;
    Ok(directory)
}
