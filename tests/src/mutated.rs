//! SSTables in memory, to be damaged: whole components, and checksums made right again behind a change.

use std::{collections::BTreeMap, ops::Range, path::Path, sync::Arc};

use cqlite_sstable::{
    Component, Descriptor, Result, Version,
    component::{CompressionInfo, statistics::Statistics},
    io::{ChunkFeed, Feed as _, MemorySource},
    reader::{MemoryFiles, Sstable},
    tools::dump::{DumpOptions, DumpSummary, dump},
};

/// Where the table of components of a Statistics.db with four of them ends.
const STATISTICS_HEAD_BYTES: usize = 4 + 4 + 4 * 8 + 4;

/// The components of one SSTable, as bytes.
#[derive(Debug, Clone)]
pub struct MutatedSstable {
    /// The version in its name.
    pub version: Version,
    /// What is in its files.
    pub components: BTreeMap<Component, Vec<u8>>,
}

impl MutatedSstable {
    /// Reads all files of an SSTable on disk.
    ///
    /// # Panics
    /// If they cannot be read.
    pub fn read(data_path: &Path) -> Self {
        let descriptor = Descriptor::from_file(data_path).expect("the name is one of an SSTable");
        let read = |component| Some((component, std::fs::read(descriptor.file(component)).ok()?));
        Self {
            version: descriptor.version(),
            components: Component::ALL.into_iter().filter_map(read).collect(),
        }
    }

    /// The same with other bytes in one component.
    #[must_use]
    pub fn with(&self, component: Component, bytes: Vec<u8>) -> Self {
        let mut changed = self.clone();
        changed.components.insert(component, bytes);
        changed
    }

    /// The same without one component.
    #[must_use]
    pub fn without(&self, component: Component) -> Self {
        let mut changed = self.clone();
        changed.components.remove(&component);
        changed
    }

    /// The components as files in memory.
    pub fn files(&self) -> MemoryFiles {
        let mut files = MemoryFiles::default();
        for (component, bytes) in &self.components {
            files.insert(*component, bytes.as_slice());
        }
        files
    }

    /// Opens it in memory and dumps it. What was printed before an error is there, too.
    pub fn dump(&self) -> (Vec<u8>, Result<DumpSummary>) {
        dump_files(self.files(), self.version)
    }

    /// The uncompressed content of Data.db.
    ///
    /// # Panics
    /// If it is damaged.
    pub fn uncompressed(&self) -> Vec<u8> {
        let data = &self.components[&Component::Data];
        let Some(info) = self.components.get(&Component::CompressionInfo) else { return data.clone() };
        let source = Arc::new(MemorySource::new("CompressionInfo.db", info.as_slice()));
        let info = Arc::new(CompressionInfo::open(source, self.version).expect("it is sound"));
        let mut feed = ChunkFeed::new(Arc::new(MemorySource::new("Data.db", data.as_slice())), info, false);
        let mut content = vec![0; feed.data_length() as usize];
        let mut filled = 0;
        while filled < content.len() {
            filled += feed.fill(&mut content[filled..]).expect("it is sound");
        }
        content
    }

    /// The same rows in an uncompressed Data.db with CRC.db and Digest.crc32, all of them sound whatever
    /// `content` is.
    #[must_use]
    pub fn with_content(&self, content: Vec<u8>, chunk_bytes: u32) -> Self {
        let mut changed = self.without(Component::CompressionInfo).without(Component::Toc);
        changed.components.insert(Component::Crc, crc_db(&content, chunk_bytes));
        changed.components.insert(Component::Digest, crc32fast::hash(&content).to_string().into_bytes());
        changed.components.insert(Component::Data, content);
        let has_checksums = changed.version.has_metadata_checksum();
        match changed.components.get_mut(&Component::Statistics) {
            Some(statistics) if has_checksums => state_no_compression(statistics),
            Some(statistics) => {
                // Before na, the offset of STATS, the third component, stands behind a count and five numbers.
                let stats = statistics[24..28].try_into().map_or(0, u32::from_be_bytes);
                state_ratio_of_none(statistics, stats as usize);
            }
            None => {}
        }
        changed
    }

    /// The body of HEADER in Statistics.db.
    pub fn header(&self) -> &[u8] {
        let statistics = &self.components[&Component::Statistics];
        let body = component_ranges(statistics)[3].clone();
        &statistics[body]
    }

    /// Statistics.db, read.
    ///
    /// # Panics
    /// If it is damaged.
    pub fn statistics(&self) -> Statistics {
        Statistics::parse(&self.components[&Component::Statistics], self.version).expect("it is sound")
    }
}

/// Opens files and dumps them. What was printed before an error is there, too.
pub fn dump_files(files: MemoryFiles, version: Version) -> (Vec<u8>, Result<DumpSummary>) {
    let mut printed = Vec::new();
    let summary = Sstable::open_files(Box::new(files), version)
        .and_then(|sstable| dump(&sstable, &DumpOptions::new(1_700_000_000), &mut printed));
    (printed, summary)
}

/// A CRC.db for an uncompressed Data.db.
pub fn crc_db(content: &[u8], chunk_bytes: u32) -> Vec<u8> {
    let mut crcs = chunk_bytes.to_be_bytes().to_vec();
    for chunk in content.chunks(chunk_bytes as usize) {
        crcs.extend(crc32fast::hash(chunk).to_be_bytes());
    }
    crcs
}

/// Makes the checksum behind each payload right.
pub fn fix_chunk_checksums(data: &mut [u8], payloads: &[Range<u64>]) {
    for payload in payloads {
        let (start, end) = (payload.start as usize, payload.end as usize);
        let Some(stored) = data.get(start..end) else { continue };
        let crc = crc32fast::hash(stored).to_be_bytes();
        if let Some(place) = data.get_mut(end..end + 4) {
            place.copy_from_slice(&crc);
        }
    }
}

/// Makes all checksums of a Statistics.db right, as far as it has the usual four components.
pub fn fix_statistics_checksums(file: &mut [u8]) {
    if file.len() < STATISTICS_HEAD_BYTES {
        return;
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(&file[..4]);
    file[4..8].copy_from_slice(&crc.clone().finalize().to_be_bytes());
    crc.update(&file[8..40]);
    file[40..44].copy_from_slice(&crc.finalize().to_be_bytes());
    for body in component_ranges(file) {
        let crc = file.get(body.clone()).map(crc32fast::hash).unwrap_or_default();
        if let Some(place) = file.get_mut(body.end..body.end.saturating_add(4)) {
            place.copy_from_slice(&crc.to_be_bytes());
        }
    }
}

/// Makes the compression ratio in STATS that of uncompressed data.
pub fn state_no_compression(file: &mut [u8]) {
    let stats = component_ranges(file)[2].start;
    state_ratio_of_none(file, stats);
    fix_statistics_checksums(file);
}

/// Makes the compression ratio that of uncompressed data in the STATS that begin at this offset.
fn state_ratio_of_none(file: &mut [u8], stats: usize) {
    let mut at = stats;
    for _histogram in 0..2 {
        let pairs = file[at..at + 4].try_into().map_or(0, u32::from_be_bytes) as usize;
        at += 4 + 16 * pairs;
    }
    // The commit log position, the least and greatest timestamp, deletion time and TTL.
    at += 12 + 16 + 8 + 8;
    file[at..at + 8].copy_from_slice(&(-1.0_f64).to_be_bytes());
}

/// Makes STATS count so many partitions, in the last bucket that is not the overflow.
pub fn state_partitions(file: &mut [u8], count: i64) {
    let start = component_ranges(file)[2].start;
    let pairs = file[start..start + 4].try_into().map_or(0, u32::from_be_bytes) as usize;
    for pair in 0..pairs {
        let at = start + 4 + 16 * pair + 8;
        let here = if pair + 2 == pairs { count } else { 0 };
        file[at..at + 8].copy_from_slice(&here.to_be_bytes());
    }
    fix_statistics_checksums(file);
}

/// Makes STATS count partitions of these sizes in bytes.
pub fn state_partition_sizes(file: &mut [u8], sizes_bytes: &[usize]) {
    let start = component_ranges(file)[2].start;
    let pairs = file[start..start + 4].try_into().map_or(0, u32::from_be_bytes) as usize;
    let at = |pair: usize| start + 4 + 16 * pair;
    let number = |file: &[u8], at: usize| file[at..at + 8].try_into().map_or(0, i64::from_be_bytes);
    for pair in 0..pairs {
        file[at(pair) + 8..at(pair) + 16].fill(0);
    }
    for size in sizes_bytes {
        // The greatest size of a bucket stands beside the count of the next one.
        let bucket = (0..pairs - 1).find(|bucket| number(file, at(bucket + 1)) >= *size as i64);
        let place = at(bucket.unwrap_or(pairs - 1)) + 8;
        let count = number(file, place) + 1;
        file[place..place + 8].copy_from_slice(&count.to_be_bytes());
    }
    fix_statistics_checksums(file);
}

/// Where the bodies of the components of a Statistics.db lie, without their checksums, by its table.
fn component_ranges(file: &[u8]) -> Vec<Range<usize>> {
    let offset = |index: usize| {
        let at = 12 + 8 * index;
        file[at..at + 4].try_into().map_or(0, u32::from_be_bytes) as usize
    };
    let starts: Vec<usize> = (0..4).map(offset).collect();
    let ends = starts.iter().skip(1).copied().chain([file.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end.saturating_sub(4).max(*start)).collect()
}

/// A Statistics.db with another HEADER, which is its last component.
pub fn statistics_with_header(file: &[u8], header: &[u8]) -> Vec<u8> {
    let start = component_ranges(file)[3].start;
    [&file[..start], header, &crc32fast::hash(header).to_be_bytes()].concat()
}
