//! Nodes of Cassandra on loopback.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use super::{
    config::{Config, Format},
    cql::Connection,
    jars::Cassandra,
    java,
    server::{Server, ToolOutput},
};
use crate::{
    error::{Doing as _, Error, Result},
    known::{entries, file_name, table_name},
};

const START: Duration = Duration::from_secs(240);
const STOP: Duration = Duration::from_secs(90);

/// What a node is to be like.
#[derive(Debug, Clone)]
#[must_use]
pub struct NodeBuilder {
    cassandra: Cassandra,
    directory: PathBuf,
    format: Format,
    partitioner: String,
    uuid_ids: bool,
    settings: Map<String, Value>,
    jvm: Vec<OsString>,
}

impl NodeBuilder {
    /// The SSTable format; `nb` unless told.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The partitioner by its simple name; `Murmur3Partitioner` unless told.
    pub fn partitioner(mut self, name: &str) -> Self {
        name.clone_into(&mut self.partitioner);
        self
    }

    /// SSTable identifiers are time UUIDs instead of numbers.
    pub fn uuid_ids(mut self, wanted: bool) -> Self {
        self.uuid_ids = wanted;
        self
    }

    /// A setting of `cassandra.yaml`.
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// A flag of the JVM, such as `-Dcassandra.x=y`.
    pub fn jvm(mut self, flag: impl Into<OsString>) -> Self {
        self.jvm.push(flag.into());
        self
    }

    /// Starts the node and waits until it answers. The directory may hold what another node left, in another format too.
    pub fn start(self) -> Result<Node> {
        fs::create_dir_all(&self.directory).doing(|| format!("create {}", self.directory.display()))?;
        let directory = self.directory.canonicalize().doing(|| "resolve the node's directory".to_owned())?;
        let mut tries = 0..3;
        loop {
            tries.next();
            let started = self.start_once(&directory);
            match &started {
                // Somebody took a port between our asking for it and the node's.
                Err(error) if error.to_string().contains("already in use") && !tries.is_empty() => {}
                _ => return started,
            }
        }
    }

    fn start_once(&self, directory: &Path) -> Result<Node> {
        let Ports { address, native, storage, jmx } = Ports::free().doing(|| "find free ports".to_owned())?;
        let config = Config {
            format: self.format,
            partitioner: self.partitioner.clone(),
            uuid_ids: self.uuid_ids,
            address,
            native_port: native,
            storage_port: storage,
            more: self.settings.clone(),
        };
        config.write(directory)?;
        let temporary = directory.join("tmp");
        fs::create_dir_all(&temporary).doing(|| format!("create {}", temporary.display()))?;
        let mut flags: Vec<OsString> = vec!["-Xms256m".into(), "-Xmx1g".into()];
        flags.push("-ea:org.apache.cassandra...".into());
        for (name, value) in [
            ("cassandra.jmx.local.port", jmx.to_string().as_str()),
            // Otherwise it closes its output once it has started, and says no more of what fails.
            ("cassandra-foreground", "yes"),
            ("cassandra.ring_delay_ms", "0"),
            ("cassandra.skip_wait_for_gossip_to_settle", "0"),
            ("cassandra.superuser_setup_delay_ms", "0"),
            // An expiry that nb cannot hold is cut to 2038 instead of refused.
            ("cassandra.expiration_date_overflow_policy", "CAP"),
            ("java.io.tmpdir", &temporary.display().to_string()),
        ] {
            flags.push(java::property(name, value));
        }
        flags.extend(self.jvm.iter().cloned());
        let mut command = java::server(&self.cassandra, "node", directory, &flags);
        let log = directory.join("log");
        let log_file = File::create(&log).doing(|| format!("create {}", log.display()))?;
        command.current_dir(directory).stderr(log_file);
        let mut node = Node {
            server: Server::spawn(command)?,
            directory: directory.to_owned(),
            address: SocketAddr::new(address, native),
            jmx_port: jmx,
        };
        node.wait(Instant::now() + START)?;
        Ok(node)
    }
}

/// A running node of Cassandra, killed when dropped.
#[derive(Debug)]
pub struct Node {
    server: Server,
    directory: PathBuf,
    address: SocketAddr,
    jmx_port: u16,
}

impl Node {
    /// A node that lives in `directory`: `data/`, `commitlog/`, `cassandra.yaml`, `log`.
    pub fn builder(cassandra: &Cassandra, directory: impl Into<PathBuf>) -> NodeBuilder {
        NodeBuilder {
            cassandra: cassandra.clone(),
            directory: directory.into(),
            format: Format::Nb,
            partitioner: "Murmur3Partitioner".to_owned(),
            uuid_ids: false,
            settings: Map::new(),
            jvm: Vec::new(),
        }
    }

    /// The node's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The root of its tables: `<keyspace>/<table>-<id>/` are in it.
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Where it listens for the native protocol.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Opens a connection.
    pub fn connect(&self) -> Result<Connection> {
        Connection::open(self.address)
            .map_err(|error| Error::said(format!("connect to {}", self.address), error.to_string()))
    }

    /// Runs nodetool with these arguments: `["flush", "ks"]`. The output is an error if the exit code is not zero.
    pub fn nodetool(&mut self, args: &[&str]) -> Result<ToolOutput> {
        let port = self.jmx_port.to_string();
        let all: Vec<OsString> =
            ["-h", "127.0.0.1", "-p", &port].iter().chain(args).map(OsString::from).collect();
        let mut stdout = Vec::new();
        let doing = || format!("run nodetool {}", args.join(" "));
        let (exit_code, stderr) = self.server.run("nodetool", &all, &mut stdout).doing(doing)?;
        let output = ToolOutput { exit_code, stdout, stderr };
        match output.success() {
            true => Ok(output),
            false => {
                let printed = String::from_utf8_lossy(&output.stdout);
                Err(Error::said(doing(), format!("exit code {exit_code}: {printed}{}", output.stderr)))
            }
        }
    }

    /// Flushes a keyspace's tables, or those named.
    pub fn flush(&mut self, keyspace: &str, tables: &[&str]) -> Result<()> {
        self.nodetool(&[&["flush", keyspace], tables].concat()).map(drop)
    }

    /// Has the node take the SSTables in a directory into a table, after it has verified every value in them.
    pub fn import(&mut self, keyspace: &str, table: &str, directory: &Path) -> Result<()> {
        let directory = directory.display().to_string();
        let before = self.log().len();
        self.nodetool(&["import", "-e", keyspace, table, &directory]).map(drop).map_err(|error| {
            let log = self.log();
            Error::said(error.to_string(), log.get(before..).unwrap_or_default())
        })
    }

    /// The directory of a table's SSTables.
    ///
    /// # Panics
    /// If there is none, or it cannot be listed.
    pub fn table_directory(&self, keyspace: &str, table: &str) -> PathBuf {
        let directories = entries(&self.data().join(keyspace)).expect("the keyspace can be listed");
        let mut directories = directories.into_iter();
        let found = directories.find(|directory| table_name(file_name(directory)) == table);
        found.unwrap_or_else(|| panic!("no directory of {keyspace}.{table}"))
    }

    /// Drains the node and ends it cleanly: everything is in SSTables.
    pub fn stop(mut self) -> Result<()> {
        self.nodetool(&["drain"])?;
        self.server.end("stop", STOP)
    }

    /// Ends the node as `kill -9` does: what was not flushed is in its commit log.
    pub fn kill(mut self) {
        self.server.kill();
    }

    /// What the node logged: warnings, errors.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn wait(&mut self, deadline: Instant) -> Result<()> {
        while self.server.is_running() && Instant::now() < deadline {
            let answers = Connection::open(self.address)
                .and_then(|mut connection| connection.execute("SELECT release_version FROM system.local"));
            match answers {
                Ok(_) => {
                    return match self.server.answer(&mut io::sink()) {
                        Ok((0, _)) => Ok(()),
                        other => Err(Error::said("start a node", format!("{other:?}"))),
                    };
                }
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n");
        Err(Error::said(format!("start a node of Cassandra {}", super::VERSION), tail))
    }
}

/// An address of one's own, where the system allows it, with free ports.
struct Ports {
    address: IpAddr,
    native: u16,
    storage: u16,
    jmx: u16,
}

impl Ports {
    fn free() -> io::Result<Self> {
        static NODES: AtomicU32 = AtomicU32::new(1);
        let node = NODES.fetch_add(1, Ordering::Relaxed).to_be_bytes()[3];
        let [.., high, low] = std::process::id().to_be_bytes();
        // Only Linux has all of 127/8. Others have the first address, and free ports are enough.
        let own = IpAddr::from([127, high.clamp(1, 254), low, node.clamp(1, 254)]);
        let (address, native) = match TcpListener::bind((own, 0)) {
            Ok(listener) => (own, listener),
            Err(_) => (Ipv4Addr::LOCALHOST.into(), TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?),
        };
        let storage = TcpListener::bind((address, 0))?;
        let jmx = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = |listener: &TcpListener| listener.local_addr().map(|bound| bound.port());
        Ok(Self { address, native: port(&native)?, storage: port(&storage)?, jmx: port(&jmx)? })
    }
}
