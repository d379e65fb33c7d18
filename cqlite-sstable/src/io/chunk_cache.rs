//! Decompressed chunks that lookups have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What a chunk takes besides its bytes.
const OVERHEAD_BYTES: u64 = 64;

/// A chunk of which file: files are told apart by a number that no other has in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    file: u64,
    chunk: u64,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Place, Arc<[u8]>> for ByBytes {
    fn weight(&self, _: &Place, chunk: &Arc<[u8]>) -> u64 {
        (chunk.len() as u64).saturating_add(OVERHEAD_BYTES)
    }
}

/// A cache of decompressed chunks within a limit of bytes, for any number of SSTables and threads
/// (`cache.ChunkCache`). Point reads go through it; scans do not.
#[derive(Debug)]
pub struct ChunkCache {
    chunks: Cache<Place, Arc<[u8]>, ByBytes>,
}

impl ChunkCache {
    /// An empty cache that holds at most about `capacity_bytes` of chunks.
    pub fn new(capacity_bytes: u64) -> Self {
        const USUAL_CHUNK_BYTES: u64 = 16 * 1024;
        let expected =
            usize::try_from(capacity_bytes / USUAL_CHUNK_BYTES).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        Self { chunks: Cache::with_weighter(expected, capacity_bytes, ByBytes) }
    }

    /// The bytes that the chunks in it take.
    pub fn bytes(&self) -> u64 {
        self.chunks.weight()
    }
}

/// The chunks of one file in a [`ChunkCache`].
#[derive(Debug, Clone)]
pub struct CachedFile {
    cache: Arc<ChunkCache>,
    file: u64,
}

impl CachedFile {
    /// A file that is not known to `cache` so far.
    pub fn new(cache: Arc<ChunkCache>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { cache, file: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The chunk of this number, if it is there.
    pub fn get(&self, chunk: u64) -> Option<Arc<[u8]>> {
        self.cache.chunks.get(&Place { file: self.file, chunk })
    }

    /// Keeps a chunk, and lets others go for it.
    pub fn insert(&self, chunk: u64, bytes: Arc<[u8]>) {
        self.cache.chunks.insert(Place { file: self.file, chunk }, bytes);
    }
}
