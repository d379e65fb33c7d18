//! Cassandra 5.0's own tables, as CQL.

use cqlite_sstable::schema::SchemaTable;

/// The comment and the columns of a table of `system_schema`.
pub(super) fn schema_table(table: SchemaTable) -> (&'static str, &'static str) {
    match table {
        SchemaTable::Keyspaces => ("keyspace definitions", KEYSPACES),
        SchemaTable::Tables => ("table definitions", TABLES),
        SchemaTable::Columns => ("column definitions", COLUMNS),
        SchemaTable::ColumnMasks => ("column dynamic data masks", COLUMN_MASKS),
        SchemaTable::Triggers => ("trigger definitions", TRIGGERS),
        SchemaTable::DroppedColumns => ("dropped column registry", DROPPED_COLUMNS),
        SchemaTable::Views => ("view definitions", VIEWS),
        SchemaTable::Types => ("user defined type definitions", TYPES),
        SchemaTable::Functions => ("user defined function definitions", FUNCTIONS),
        SchemaTable::Aggregates => ("user defined aggregate definitions", AGGREGATES),
        SchemaTable::Indexes => ("secondary index definitions", INDEXES),
    }
}

const KEYSPACES: &str =
    "keyspace_name text PRIMARY KEY, durable_writes boolean, replication frozen<map<text, text>>";

const TABLES: &str = "
    keyspace_name text, table_name text, additional_write_policy text, allow_auto_snapshot boolean,
    bloom_filter_fp_chance double, caching frozen<map<text, text>>, cdc boolean, comment text,
    compaction frozen<map<text, text>>, compression frozen<map<text, text>>, crc_check_chance double,
    dclocal_read_repair_chance double, default_time_to_live int, extensions frozen<map<text, blob>>,
    flags frozen<set<text>>, gc_grace_seconds int, id uuid, incremental_backups boolean, max_index_interval int,
    memtable text, memtable_flush_period_in_ms int, min_index_interval int, read_repair text,
    read_repair_chance double, speculative_retry text,
    PRIMARY KEY (keyspace_name, table_name)";

const VIEWS: &str = "
    keyspace_name text, view_name text, additional_write_policy text, allow_auto_snapshot boolean,
    base_table_id uuid, base_table_name text, bloom_filter_fp_chance double, caching frozen<map<text, text>>,
    cdc boolean, comment text, compaction frozen<map<text, text>>, compression frozen<map<text, text>>,
    crc_check_chance double, dclocal_read_repair_chance double, default_time_to_live int,
    extensions frozen<map<text, blob>>, gc_grace_seconds int, id uuid, include_all_columns boolean,
    incremental_backups boolean, max_index_interval int, memtable text, memtable_flush_period_in_ms int,
    min_index_interval int, read_repair text, read_repair_chance double, speculative_retry text, where_clause text,
    PRIMARY KEY (keyspace_name, view_name)";

const COLUMNS: &str = "
    keyspace_name text, table_name text, column_name text, clustering_order text, column_name_bytes blob,
    kind text, position int, type text,
    PRIMARY KEY (keyspace_name, table_name, column_name)";

const COLUMN_MASKS: &str = "
    keyspace_name text, table_name text, column_name text, function_argument_nulls frozen<list<boolean>>,
    function_argument_types frozen<list<text>>, function_argument_values frozen<list<text>>,
    function_keyspace text, function_name text,
    PRIMARY KEY (keyspace_name, table_name, column_name)";

const DROPPED_COLUMNS: &str = "
    keyspace_name text, table_name text, column_name text, dropped_time timestamp, kind text, type text,
    PRIMARY KEY (keyspace_name, table_name, column_name)";

const TRIGGERS: &str = "
    keyspace_name text, table_name text, trigger_name text, options frozen<map<text, text>>,
    PRIMARY KEY (keyspace_name, table_name, trigger_name)";

const INDEXES: &str = "
    keyspace_name text, table_name text, index_name text, kind text, options frozen<map<text, text>>,
    PRIMARY KEY (keyspace_name, table_name, index_name)";

const TYPES: &str = "
    keyspace_name text, type_name text, field_names frozen<list<text>>, field_types frozen<list<text>>,
    PRIMARY KEY (keyspace_name, type_name)";

const FUNCTIONS: &str = "
    keyspace_name text, function_name text, argument_types frozen<list<text>>, argument_names frozen<list<text>>,
    body text, called_on_null_input boolean, language text, return_type text,
    PRIMARY KEY (keyspace_name, function_name, argument_types)";

const AGGREGATES: &str = "
    keyspace_name text, aggregate_name text, argument_types frozen<list<text>>, final_func text, initcond text,
    return_type text, state_func text, state_type text,
    PRIMARY KEY (keyspace_name, aggregate_name, argument_types)";

/// The comment and the columns of `system.local`.
pub(super) const LOCAL: (&str, &str) = (
    "information about the local node",
    "key text PRIMARY KEY, bootstrapped text, broadcast_address inet, broadcast_port int, cluster_name text,
    cql_version text, data_center text, gossip_generation int, host_id uuid, listen_address inet, listen_port int,
    native_protocol_version text, partitioner text, rack text, release_version text, rpc_address inet, rpc_port int,
    schema_version uuid, tokens set<text>, truncated_at map<uuid, blob>",
);

/// The comment and the columns of `system."IndexInfo"`, in which `table_name` is the name of a keyspace.
pub(super) const INDEX_INFO: (&str, &str) = (
    "built column indexes",
    "table_name text, index_name text, value blob, PRIMARY KEY ((table_name), index_name)",
);
