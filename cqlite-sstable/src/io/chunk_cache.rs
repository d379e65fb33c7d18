//! Decompressed chunks, and keys of indexes, that lookups have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use rustc_hash::FxBuildHasher;

/// What a chunk takes besides its bytes.
const OVERHEAD_BYTES: u64 = 64;

/// A chunk of which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    file: FileId,
    chunk: u64,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Place, Arc<[u8]>> for ByBytes {
    fn weight(&self, _: &Place, chunk: &Arc<[u8]>) -> u64 {
        (chunk.len() as u64).saturating_add(OVERHEAD_BYTES)
    }
}

/// A cache of decompressed chunks of Data.db, and of stretches of Index.db with their keys, within one limit of bytes, for any number of
/// SSTables and threads (`cache.ChunkCache`, `service.CacheService`). Point reads go through it; scans do not.
///
/// Its clones are the same cache.
#[derive(Debug, Clone)]
pub struct ChunkCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    chunks: Cache<Place, Arc<[u8]>, ByBytes, FxBuildHasher>,
    chunk_uses: Uses,
    key_uses: Uses,
}

/// How often something was looked for.
#[derive(Debug, Default)]
struct Uses {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl ChunkCache {
    /// An empty cache that holds at most about `capacity_bytes` of chunks.
    pub fn new(capacity_bytes: u64) -> Self {
        const USUAL_CHUNK_BYTES: u64 = 16 * 1024;
        let expected =
            usize::try_from(capacity_bytes / USUAL_CHUNK_BYTES).unwrap_or(usize::MAX).clamp(16, 1 << 20);
        let (hasher, lifecycle) = (FxBuildHasher, DefaultLifecycle::default());
        let chunks = Cache::with(expected, capacity_bytes, ByBytes, hasher, lifecycle);
        Self(Arc::new(Shared { chunks, chunk_uses: Uses::default(), key_uses: Uses::default() }))
    }

    /// Has it hold at most about so many bytes from now on. What is too much then goes at once.
    pub fn set_capacity(&self, capacity_bytes: u64) {
        self.0.chunks.set_capacity(capacity_bytes);
    }

    /// The bytes that all in it takes.
    pub fn bytes(&self) -> u64 {
        self.0.chunks.weight()
    }

    /// How often a chunk was looked for that was there.
    pub fn hits(&self) -> u64 {
        self.0.chunk_uses.hits.load(Ordering::Relaxed)
    }

    /// How often a chunk was looked for that was not there.
    pub fn misses(&self) -> u64 {
        self.0.chunk_uses.misses.load(Ordering::Relaxed)
    }

    /// How often the keys among which one has to be were looked for and were there.
    pub fn key_hits(&self) -> u64 {
        self.0.key_uses.hits.load(Ordering::Relaxed)
    }

    /// How often the keys among which one has to be were looked for and were not there.
    pub fn key_misses(&self) -> u64 {
        self.0.key_uses.misses.load(Ordering::Relaxed)
    }

    /// The chunks of one Data.db.
    pub fn file(&self, file: FileId) -> CachedFile {
        CachedFile { cache: self.clone(), file, has_keys: false }
    }

    /// The keys of one Index.db.
    pub(crate) fn keys(&self, file: FileId) -> CachedFile {
        CachedFile { cache: self.clone(), file, has_keys: true }
    }
}

/// Tells a file apart from all others that this process reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId(u64);

impl FileId {
    /// One that no other file has.
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What there is of one file in a [`ChunkCache`].
#[derive(Debug, Clone)]
pub struct CachedFile {
    cache: ChunkCache,
    file: FileId,
    has_keys: bool,
}

impl CachedFile {
    /// The chunk of this number, if it is there.
    pub fn get(&self, chunk: u64) -> Option<Arc<[u8]>> {
        let cache = &self.cache.0;
        let found = cache.chunks.get(&Place { file: self.file, chunk });
        let uses = if self.has_keys { &cache.key_uses } else { &cache.chunk_uses };
        if found.is_some() { &uses.hits } else { &uses.misses }.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Keeps a chunk, and lets others go for it.
    pub fn insert(&self, chunk: u64, bytes: Arc<[u8]>) {
        self.cache.0.chunks.insert(Place { file: self.file, chunk }, bytes);
    }
}
