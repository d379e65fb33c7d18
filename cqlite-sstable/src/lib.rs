//! Cassandra's SSTables: bytes and rows.
