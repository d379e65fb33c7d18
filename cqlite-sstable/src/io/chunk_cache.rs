//! Decompressed chunks, and keys of indexes, that lookups have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};
use rustc_hash::FxBuildHasher;

/// For how many chunks that were let go it is remembered that they were asked for, as a share of those that are kept. One that is
/// asked for again while it is remembered is taken for a hot one. Where reads are skewed, a chunk has a hundred records, most of them
/// cold: the more are remembered, the more lukewarm chunks take the places of hot ones.
const REMEMBERED: f64 = 0.05;

/// Keys of indexes stay as long as they take at most one part of so many.
const KEY_PARTS: u64 = 4;

/// What a chunk takes besides its bytes.
const OVERHEAD_BYTES: u64 = 64;

/// A chunk of which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    file: FileId,
    chunk: u64,
    /// Whether they are keys of an index.
    has_keys: bool,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Place, Arc<[u8]>> for ByBytes {
    fn weight(&self, _: &Place, chunk: &Arc<[u8]>) -> u64 {
        (chunk.len() as u64).saturating_add(OVERHEAD_BYTES)
    }
}

/// Keys are twenty times smaller than chunks and asked for as often: by how often alone they would be let go as soon as chunks are. So
/// they stay, unless there are too many of them.
#[derive(Debug, Clone, Default)]
struct KeysStay(Arc<KeyBytes>);

#[derive(Debug, Default)]
struct KeyBytes {
    kept: AtomicU64,
    most: AtomicU64,
}

impl Lifecycle<Place, Arc<[u8]>> for KeysStay {
    type RequestState = ();

    #[inline]
    fn is_pinned(&self, place: &Place, _: &Arc<[u8]>) -> bool {
        place.has_keys && self.0.kept.load(Ordering::Relaxed) <= self.0.most.load(Ordering::Relaxed)
    }

    fn on_evict(&self, (): &mut (), place: Place, keys: Arc<[u8]>) {
        if place.has_keys {
            self.0.kept.fetch_sub(ByBytes.weight(&place, &keys), Ordering::Relaxed);
        }
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
    chunks: Cache<Place, Arc<[u8]>, ByBytes, FxBuildHasher, KeysStay>,
    key_bytes: KeysStay,
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
        let key_bytes = KeysStay::default();
        let options = OptionsBuilder::new()
            .estimated_items_capacity(expected)
            .weight_capacity(capacity_bytes)
            .ghost_allocation(REMEMBERED)
            .build();
        let (hasher, lifecycle) = (FxBuildHasher, key_bytes.clone());
        let chunks = match options {
            Ok(options) => Cache::with_options(options, ByBytes, hasher, lifecycle),
            // Both capacities are given, which is all that could be missing.
            Err(_) => Cache::with(expected, capacity_bytes, ByBytes, hasher, lifecycle),
        };
        key_bytes.0.most.store(capacity_bytes / KEY_PARTS, Ordering::Relaxed);
        let (chunk_uses, key_uses) = (Uses::default(), Uses::default());
        Self(Arc::new(Shared { chunks, key_bytes, chunk_uses, key_uses }))
    }

    /// Has it hold at most about so many bytes from now on. What is too much then goes at once.
    pub fn set_capacity(&self, capacity_bytes: u64) {
        self.0.key_bytes.0.most.store(capacity_bytes / KEY_PARTS, Ordering::Relaxed);
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
        let found = cache.chunks.get(&self.place(chunk));
        let uses = if self.has_keys { &cache.key_uses } else { &cache.chunk_uses };
        if found.is_some() { &uses.hits } else { &uses.misses }.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Keeps a chunk, and lets others go for it.
    pub fn insert(&self, chunk: u64, bytes: Arc<[u8]>) {
        let (cache, place) = (&self.cache.0, self.place(chunk));
        if !self.has_keys {
            return cache.chunks.insert(place, bytes);
        }
        // Keys that another thread has inserted meanwhile are the same, and counted.
        let kept = cache.chunks.get_or_insert_with(&place, || {
            cache.key_bytes.0.kept.fetch_add(ByBytes.weight(&place, &bytes), Ordering::Relaxed);
            Ok::<_, std::convert::Infallible>(bytes)
        });
        debug_assert!(kept.is_ok());
    }

    fn place(&self, chunk: u64) -> Place {
        Place { file: self.file, chunk, has_keys: self.has_keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK_BYTES: usize = 16 * 1024;
    const CAPACITY_BYTES: u64 = 64 * CHUNK_BYTES as u64;

    fn ask(file: &CachedFile, chunk: u64, bytes: usize) {
        if file.get(chunk).is_none() {
            file.insert(chunk, vec![0; bytes].into());
        }
    }

    #[test]
    fn keys_stay_though_chunks_that_do_not_fit_are_asked_for_as_often() {
        let cache = ChunkCache::new(CAPACITY_BYTES);
        let (chunks, keys) = (cache.file(FileId::new()), cache.keys(FileId::new()));
        for round in 0..40 {
            for number in 0..200 {
                ask(&chunks, number, CHUNK_BYTES);
                ask(&keys, number, 800);
            }
            assert!(cache.bytes() <= CAPACITY_BYTES, "{} in round {round}", cache.bytes());
        }
        assert_eq!((cache.key_misses(), cache.key_hits()), (200, 39 * 200));
    }

    #[test]
    fn keys_that_are_too_many_make_room_for_chunks_again() {
        let cache = ChunkCache::new(CAPACITY_BYTES);
        let (chunks, keys) = (cache.file(FileId::new()), cache.keys(FileId::new()));
        (0..10_000).for_each(|number| ask(&keys, number, 800));
        for number in 0..10_000 {
            ask(&chunks, number % 40, CHUNK_BYTES);
        }
        let of_keys = cache.0.key_bytes.0.kept.load(Ordering::Relaxed);
        assert!(of_keys < CAPACITY_BYTES / 2, "{of_keys}");
        assert!(cache.hits() > 9_000, "{}", cache.hits());
        assert!(cache.bytes() <= CAPACITY_BYTES, "{}", cache.bytes());
    }

    #[test]
    fn a_cache_that_is_made_smaller_lets_go_at_once() {
        let cache = ChunkCache::new(CAPACITY_BYTES);
        let (chunks, keys) = (cache.file(FileId::new()), cache.keys(FileId::new()));
        for number in 0..60 {
            ask(&chunks, number, CHUNK_BYTES);
            ask(&keys, number, 800);
        }
        cache.set_capacity(CAPACITY_BYTES / 8);
        assert!(cache.bytes() <= CAPACITY_BYTES / 8, "{}", cache.bytes());
        cache.set_capacity(CAPACITY_BYTES);
        (0..40).for_each(|number| ask(&chunks, number, CHUNK_BYTES));
        assert!(cache.bytes() > CAPACITY_BYTES / 2, "{}", cache.bytes());
    }
}
