//! Decompressed chunks, and keys of indexes, that lookups have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Options, OptionsBuilder, Weighter};
use rustc_hash::FxBuildHasher;

/// What a chunk takes besides its bytes.
const OVERHEAD_BYTES: u64 = 64;

/// Keys of indexes take at most so much of all that a cache holds.
const KEYS_AT_MOST: u64 = 4;

/// What the keys take counts in steps of such parts of it: few, as each step forgets some places that left.
const STEPS: u64 = 16;

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
/// Keys stay as long as they take less than a quarter: without them a lookup reads Index.db, and each stretch serves more lookups than
/// a chunk does. Chunks have what the keys leave. Those of SSTables that are gone make room for others, and for nothing else.
///
/// Its clones are the same cache.
#[derive(Debug, Clone)]
pub struct ChunkCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    chunks: Bytes,
    keys: Bytes,
    capacity_bytes: AtomicU64,
    /// What the chunks leave to the keys.
    reserved_bytes: AtomicU64,
    chunk_uses: Uses,
    key_uses: Uses,
}

type Bytes = Cache<Place, Arc<[u8]>, ByBytes, FxBuildHasher>;

/// How often something was looked for.
#[derive(Debug, Default)]
struct Uses {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl ChunkCache {
    /// An empty cache that holds at most about `capacity_bytes` of chunks and keys.
    pub fn new(capacity_bytes: u64) -> Self {
        const USUAL_CHUNK_BYTES: u64 = 16 * 1024;
        const USUAL_KEYS_BYTES: u64 = 1024;
        let cache = |expected, capacity_bytes| {
            let (hasher, lifecycle) = (FxBuildHasher, DefaultLifecycle::default());
            Cache::with_options(options(expected, capacity_bytes), ByBytes, hasher, lifecycle)
        };
        let keys_bytes = capacity_bytes / KEYS_AT_MOST;
        Self(Arc::new(Shared {
            chunks: cache(capacity_bytes / USUAL_CHUNK_BYTES, capacity_bytes),
            keys: cache(keys_bytes / USUAL_KEYS_BYTES, keys_bytes),
            capacity_bytes: AtomicU64::new(capacity_bytes),
            reserved_bytes: AtomicU64::new(0),
            chunk_uses: Uses::default(),
            key_uses: Uses::default(),
        }))
    }

    /// Has it hold at most about so many bytes from now on. What is too much then goes at once.
    pub fn set_capacity(&self, capacity_bytes: u64) {
        let shared = &self.0;
        shared.capacity_bytes.store(capacity_bytes, Ordering::Relaxed);
        shared.keys.set_capacity(capacity_bytes / KEYS_AT_MOST);
        let reserved_bytes = shared.reserved_bytes.load(Ordering::Relaxed).min(capacity_bytes / KEYS_AT_MOST);
        shared.reserved_bytes.store(reserved_bytes, Ordering::Relaxed);
        shared.chunks.set_capacity(capacity_bytes.saturating_sub(reserved_bytes));
    }

    /// The bytes that all in it takes.
    pub fn bytes(&self) -> u64 {
        self.0.chunks.weight().saturating_add(self.0.keys.weight())
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

impl Shared {
    /// Leaves to the keys what they take.
    fn reserve(&self) {
        let capacity_bytes = self.capacity_bytes.load(Ordering::Relaxed);
        let step = (capacity_bytes / STEPS).max(1);
        let taken = self.keys.weight().next_multiple_of(step).min(capacity_bytes / KEYS_AT_MOST);
        if self.reserved_bytes.swap(taken, Ordering::Relaxed) != taken {
            self.chunks.set_capacity(capacity_bytes.saturating_sub(taken));
        }
    }
}

/// What is kept is what was asked for twice within a short time: a place that comes back long after it left is no better than another
/// one, so that few of those that left are remembered, and nearly all room is of those that proved themselves.
fn options(expected: u64, capacity_bytes: u64) -> Options {
    let expected = usize::try_from(expected).unwrap_or(usize::MAX).clamp(16, 1 << 20);
    // A shard of few places has too many of those that are asked for often, or too few.
    const PLACES_OF_A_SHARD: usize = 128;
    let mut builder = OptionsBuilder::new();
    builder.shards((expected / PLACES_OF_A_SHARD).clamp(1, 64));
    builder.estimated_items_capacity(expected).weight_capacity(capacity_bytes);
    builder.hot_allocation(0.99).ghost_allocation(0.05);
    #[expect(clippy::expect_used, reason = "it fails only without the two that are set first")]
    builder.build().expect("both capacities are set")
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
        let shared = &self.cache.0;
        let (bytes, uses) = if self.has_keys {
            (&shared.keys, &shared.key_uses)
        } else {
            (&shared.chunks, &shared.chunk_uses)
        };
        let found = bytes.get(&self.place(chunk));
        if found.is_some() { &uses.hits } else { &uses.misses }.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Keeps a chunk, and lets others go for it.
    pub fn insert(&self, chunk: u64, bytes: Arc<[u8]>) {
        let (shared, place) = (&self.cache.0, self.place(chunk));
        if self.has_keys {
            shared.keys.insert(place, bytes);
            shared.reserve();
        } else {
            shared.chunks.insert(place, bytes);
        }
    }

    /// Stretches of keys are about equally long, so that the places where they begin have their low bits in common, and the hash leads
    /// nearly all to a few shards: it gets another number for each. Chunks are numbered one by one, which spreads them evenly.
    fn place(&self, chunk: u64) -> Place {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let chunk = if self.has_keys { chunk.wrapping_mul(ODD).swap_bytes() } else { chunk };
        Place { file: self.file, chunk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: usize) -> Arc<[u8]> {
        vec![0; length].into()
    }

    fn cache_of_8_mib() -> (ChunkCache, CachedFile, CachedFile) {
        let cache = ChunkCache::new(8 << 20);
        let (keys, chunks) = (cache.keys(FileId::new()), cache.file(FileId::new()));
        (cache, keys, chunks)
    }

    #[test]
    fn keys_stay_among_many_chunks() {
        let (cache, keys, chunks) = cache_of_8_mib();
        (0..1_000).for_each(|place| keys.insert(place, of(800)));
        (0..10_000).for_each(|chunk| chunks.insert(chunk, of(16 * 1024)));
        assert!((0..1_000).all(|place| keys.get(place).is_some()));
        assert!(cache.bytes() <= 8 << 20, "{}", cache.bytes());
    }

    #[test]
    fn keys_in_equal_distances_use_all_the_room_that_they_may_have() {
        let cache = ChunkCache::new(64 << 20);
        let keys = cache.keys(FileId::new());
        let places = || (0..10_000).map(|place| place * 4096);
        places().for_each(|place| keys.insert(place, of(1_024)));
        assert!(places().all(|place| keys.get(place).is_some()));
    }

    #[test]
    fn keys_leave_chunks_three_quarters() {
        let (cache, keys, chunks) = cache_of_8_mib();
        (0..100_000).for_each(|place| keys.insert(place, of(800)));
        (0..350).for_each(|chunk| chunks.insert(chunk, of(16 * 1024)));
        let kept = (0..350).filter(|chunk| chunks.get(*chunk).is_some()).count();
        assert!(kept >= 300, "{kept}");
        assert!(cache.bytes() <= 8 << 20, "{}", cache.bytes());
    }

    #[test]
    fn less_capacity_lets_chunks_and_keys_go_at_once() {
        let (cache, keys, chunks) = cache_of_8_mib();
        (0..2_000).for_each(|place| keys.insert(place, of(800)));
        (0..400).for_each(|chunk| chunks.insert(chunk, of(16 * 1024)));
        cache.set_capacity(1 << 20);
        assert!(cache.bytes() <= 1 << 20, "{}", cache.bytes());
    }
}
