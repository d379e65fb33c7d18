//! `cassandra.yaml` and `logback.xml` for a directory.

use std::{fmt, io::Write as _, net::IpAddr, path::Path};

use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::error::{Doing as _, Result};

/// The SSTable format that a node writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Big, version `nb`: what Cassandra 4.0 writes, and 5.0 by default.
    Nb,
    /// Big, version `oa`: Cassandra 5.0 with nothing to be compatible with.
    Oa,
    /// BTI (trie indexes), version `da`.
    Da,
}

impl Format {
    /// All formats that Cassandra 5.0 writes.
    pub const ALL: [Self; 3] = [Self::Nb, Self::Oa, Self::Da];

    /// The version as in file names: `nb`, `oa`, `da`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Oa => "oa",
            Self::Da => "da",
        }
    }

    fn settings(self) -> Map<String, Value> {
        let settings = match self {
            Self::Nb => json!({ "storage_compatibility_mode": "CASSANDRA_4" }),
            Self::Oa => json!({ "storage_compatibility_mode": "NONE" }),
            Self::Da => {
                json!({ "storage_compatibility_mode": "NONE", "sstable": { "selected_format": "bti" } })
            }
        };
        object(settings)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.version())
    }
}

/// What distinguishes one node's configuration from another's.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) format: Format,
    pub(super) partitioner: String,
    pub(super) uuid_ids: bool,
    pub(super) address: IpAddr,
    pub(super) native_port: u16,
    pub(super) storage_port: u16,
    pub(super) more: Map<String, Value>,
}

impl Config {
    /// Writes the configuration into a directory that is to hold the node's files as well.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let mut settings = self.settings(directory);
        settings.extend(self.format.settings());
        settings.extend(self.more.clone());
        if settings.get("commitlog_sync") != Some(&json!("periodic")) {
            settings.remove("commitlog_sync_period"); // refused beside another mode
        }
        let yaml = format!("{:#}\n", Value::Object(settings)); // JSON is YAML
        write(&directory.join("cassandra.yaml"), &yaml)?;
        write(&directory.join("logback.xml"), LOGBACK)
    }

    fn settings(&self, directory: &Path) -> Map<String, Value> {
        let under = |name: &str| directory.join(name).display().to_string();
        let partitioner = match self.partitioner.contains('.') {
            true => self.partitioner.clone(),
            false => format!("org.apache.cassandra.dht.{}", self.partitioner),
        };
        let ordered = partitioner.contains("Order");
        object(json!({
            "cluster_name": "cqlite tests",
            "partitioner": partitioner,
            "num_tokens": 1,
            "initial_token": if ordered { "00" } else { "0" },
            "data_file_directories": [under("data")],
            "commitlog_directory": under("commitlog"),
            "saved_caches_directory": under("saved_caches"),
            "hints_directory": under("hints"),
            "cdc_raw_directory": under("cdc"),
            "commitlog_sync": "periodic",
            "commitlog_sync_period": "1000ms",
            "listen_address": self.address.to_string(),
            "storage_port": self.storage_port,
            "rpc_address": self.address.to_string(),
            "native_transport_port": self.native_port,
            "seed_provider": [{
                "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                "parameters": [{ "seeds": format!("{}:{}", self.address, self.storage_port) }],
            }],
            "endpoint_snitch": "SimpleSnitch",
            "auto_bootstrap": false,
            "auto_snapshot": false,
            "hinted_handoff_enabled": false,
            // An index of blocks for partitions of a few dozen rows.
            "column_index_size": "4KiB",
            "uuid_sstable_identifiers_enabled": self.uuid_ids,
            "materialized_views_enabled": true,
            "sasi_indexes_enabled": true,
            "user_defined_functions_enabled": true,
            "dynamic_data_masking_enabled": true,
            "drop_compact_storage_enabled": true,
        }))
    }
}

/// Writes a file that others may be reading.
fn write(path: &Path, text: &str) -> Result<()> {
    let doing = || format!("write {}", path.display());
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).doing(doing)?;
    file.write_all(text.as_bytes()).doing(doing)?;
    file.persist(path).map_err(|refused| refused.error).doing(doing).map(drop)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Warnings go to stderr; a tool's JVM says nothing about SSTables that a tool did not close.
const LOGBACK: &str = r#"<configuration>
  <statusListener class="ch.qos.logback.core.status.NopStatusListener"/>
  <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %logger{20} - %msg%n</pattern></encoder>
  </appender>
  <logger name="org.apache.cassandra.utils.concurrent.Ref" level="OFF"/>
  <root level="WARN"><appender-ref ref="stderr"/></root>
</configuration>
"#;
