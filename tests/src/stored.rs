//! The uncompressed stream of a Data.db.

use std::sync::Arc;

use cqlite_sstable::component::{ChunkOffsets, CompressionInfo};
use cqlite_sstable::io::{Source, SourceExt as _};
use cqlite_sstable::{Result, Version};

/// No Data.db of the tests is larger.
const LIMIT_BYTES: u64 = 4 << 30;

/// Reads all of a Data.db, and decompresses it if there is a CompressionInfo.db.
pub fn uncompressed(data: &dyn Source, info: Option<Arc<dyn Source>>, version: Version) -> Result<Vec<u8>> {
    let bytes = data.read_all(LIMIT_BYTES)?;
    let Some(info) = info else { return Ok(bytes) };
    let info = Arc::new(CompressionInfo::open(info, version)?);
    let mut offsets = ChunkOffsets::new(Arc::clone(&info), bytes.len() as u64);
    let mut decompressor = info.compressor.decompressor();
    let mut stream = Vec::new();
    for chunk in 0..info.chunk_count {
        let payload = offsets.payload(chunk)?;
        let payload = bytes.get(payload.start as usize..payload.end as usize).unwrap_or_default();
        let length = info.uncompressed_length(chunk);
        if payload.len() >= info.max_compressed_length_bytes as usize {
            stream.extend_from_slice(payload.get(..length).unwrap_or_default());
            continue;
        }
        let mut room = vec![0; length];
        decompressor
            .decompress(payload, &mut room)
            .map_err(|error| cqlite_sstable::Error::corrupt(error.to_string()))?;
        stream.extend(room);
    }
    Ok(stream)
}
