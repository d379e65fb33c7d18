//! RocksDB with one column family.

use std::path::Path;
use std::time::Instant;

use rocksdb::{
    BlockBasedOptions, Cache, DB, DBCompressionType, Options, WaitForCompactOptions, WriteBatch, WriteOptions,
};

use super::{Activity, BLOCK_BYTES, BLOOM_BITS, Engine, Ordered, Settings};
use crate::key::Key;
use crate::result::Result;

/// RocksDB's own default, for the period in which a slowed device gets its tokens, and its fairness.
const REFILL_MICROSECONDS: i64 = 100_000;
const FAIRNESS: i32 = 10;

/// A database of RocksDB.
pub struct RocksdbEngine {
    database: DB,
    synced: WriteOptions,
}

impl RocksdbEngine {
    /// Opens a database. RocksDB's statistics object stays off: it costs some percent of every call.
    pub fn open(directory: &Path, settings: &Settings) -> Result<Self> {
        let mut options = Options::default();
        options.create_if_missing(true);
        if let Some(bytes) = settings.memtable_bytes {
            options.set_write_buffer_size(usize::try_from(bytes)?);
        }
        if let Some(bytes) = settings.log_bytes {
            options.set_max_total_wal_size(bytes);
        }
        if let Some(bytes) = settings.sstable_bytes_per_second {
            options.set_ratelimiter(i64::try_from(bytes)?, REFILL_MICROSECONDS, FAIRNESS);
        }
        // The crate is built without Snappy, which is RocksDB's default.
        options.set_compression_type(DBCompressionType::Lz4);
        let mut tables = BlockBasedOptions::default();
        if let Some(bytes) = settings.cache_bytes {
            tables.set_block_cache(&Cache::new_lru_cache(usize::try_from(bytes)?));
        }
        if settings.same_tables {
            tables.set_block_size(BLOCK_BYTES as usize);
            tables.set_bloom_filter(f64::from(BLOOM_BITS), false);
        }
        options.set_block_based_table_factory(&tables);
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        Ok(Self { database: DB::open(&options, directory)?, synced })
    }
}

impl Engine for RocksdbEngine {
    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        Ok(self.database.put(key, value)?)
    }

    fn put_synced(&self, key: &Key, value: &[u8]) -> Result<()> {
        Ok(self.database.put_opt(key, value, &self.synced)?)
    }

    fn put_batch_synced(&self, entries: &[(Key, Vec<u8>)]) -> Result<()> {
        let mut batch = WriteBatch::default();
        for (key, value) in entries {
            batch.put(key, value);
        }
        Ok(self.database.write_opt(batch, &self.synced)?)
    }

    fn get(&self, key: &Key, value: &mut Vec<u8>) -> Result<bool> {
        let Some(found) = self.database.get_pinned(key)? else {
            return Ok(false);
        };
        value.clear();
        value.extend_from_slice(&found);
        Ok(true)
    }

    fn scan(&self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<()> {
        let mut rows = self.database.raw_iterator();
        rows.seek_to_first();
        while let Some((key, value)) = rows.item() {
            visit(key, value);
            rows.next();
        }
        Ok(rows.status()?)
    }

    fn settle(&self) -> Result<Instant> {
        self.database.flush()?;
        self.database.wait_for_compact(&WaitForCompactOptions::default())?;
        Ok(Instant::now())
    }

    fn activity(&self) -> Result<Activity> {
        let text = self
            .database
            .property_value("rocksdb.cfstats-no-file-histogram")?
            .ok_or("RocksDB has no statistics of its column family")?;
        activity_of(&text)
    }

    fn sstable_bytes(&self) -> Result<u64> {
        Ok(self
            .database
            .property_int_value("rocksdb.live-sst-files-size")?
            .ok_or("RocksDB does not know the size of its SSTables")?)
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.database.cancel_all_background_work(true);
        Ok(())
    }
}

impl Ordered for RocksdbEngine {
    fn put_batch(&self, entries: &[(Key, Vec<u8>)]) -> Result<()> {
        let mut batch = WriteBatch::default();
        for (key, value) in entries {
            batch.put(key, value);
        }
        Ok(self.database.write(batch)?)
    }

    fn scan_from(&self, first: &Key, limit: u64, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<u64> {
        let mut rows = self.database.raw_iterator();
        rows.seek(first);
        let mut shown = 0;
        while shown < limit
            && let Some((key, value)) = rows.item()
        {
            visit(key, value);
            shown += 1;
            rows.next();
        }
        rows.status()?;
        Ok(shown)
    }
}

/// Takes the counts out of RocksDB's table of levels: what came into level 0 was flushed, what came below it was compacted.
fn activity_of(text: &str) -> Result<Activity> {
    let mut lines = text.lines();
    let header = lines
        .find(|line| line.starts_with("Level") && line.contains("Comp(cnt)"))
        .ok_or("the statistics of RocksDB have no table of levels")?;
    let column = header
        .split_whitespace()
        .position(|name| name == "Comp(cnt)")
        .ok_or("the table of RocksDB's levels has no column of compactions")?;
    let mut activity = Activity::default();
    for line in lines.skip(1) {
        // `L0   2/0   10.5 MB   1.0 ..`: the size and its unit are two words below one heading.
        let words = line.split_whitespace().collect::<Vec<_>>();
        let Some(level) = words.first().and_then(|word| word.strip_prefix('L')) else {
            break;
        };
        let count = words.get(column + 1).ok_or("a row of RocksDB's table of levels is too short")?;
        let count = count.parse::<u64>()?;
        if level == "0" {
            activity.flushes = count;
        } else {
            activity.compacted |= count > 0;
        }
    }
    Ok(activity)
}

#[cfg(test)]
mod tests {
    use super::activity_of;

    const HEADER: &str = "\n** Compaction Stats [default] **\nLevel    Files   Size     Score Read(GB)  Rn(GB) \
        Rnp1(GB) Write(GB) WPreComp(GB) Wnew(GB) Moved(GB) W-Amp Rd(MB/s) Wr(MB/s) Comp(sec) CompMergeCPU(sec) \
        Comp(cnt) Avg(sec) KeyIn KeyDrop Rblob(GB) Wblob(GB)\n-----------\n";
    const LEVEL_0: &str = "  L0      2/0     3.10 MB   0.5      0.0     0.0      0.0       0.0       0.0      0.0       0.0   \
        1.0      0.0    110.1      0.10              0.05         7    0.014       0      0       0.0       0.0\n";
    const LEVEL_6: &str = "  L6      1/0    40.00 MB   0.0      0.1     0.1      0.0       0.0       0.0      0.0       0.0   \
        0.9    200.0    180.0      0.30              0.20         1    0.300    800K      0       0.0       0.0\n";
    const SUM: &str = " Sum      3/0    43.10 MB   0.0      0.1     0.1      0.0       0.0       0.0      0.0       0.0   \
        1.9    150.0    160.0      0.40              0.25         8    0.050    800K      0       0.0       0.0\n";

    #[test]
    fn flushes_are_what_came_into_level_0_and_a_compaction_what_came_below_it() {
        let flushed = activity_of(&format!("{HEADER}{LEVEL_0}{SUM}")).unwrap();
        assert_eq!((flushed.flushes, flushed.compacted), (7, false));
        let compacted = activity_of(&format!("{HEADER}{LEVEL_0}{LEVEL_6}{SUM}")).unwrap();
        assert_eq!((compacted.flushes, compacted.compacted), (7, true));
    }

    #[test]
    fn statistics_of_another_form_are_an_error() {
        assert!(activity_of("nothing of the kind").is_err());
        assert!(activity_of(&format!("{HEADER}  L0      2/0     3.10 MB\n")).is_err());
    }
}
