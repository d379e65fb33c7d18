//! How an SSTable is written.

use super::Lossy;
use crate::compress::CompressionParameters;

/// How an SSTable is written, its rows apart.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// How Data.db is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// What is done with what the version cannot hold.
    pub lossy: Lossy,
}

impl Default for WriterOptions {
    /// As Cassandra 5.0 writes a table without options.
    fn default() -> Self {
        Self { compression: Some(CompressionParameters::default()), lossy: Lossy::Refuse }
    }
}
