//! Writing a commit group as one section.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_sstable::compress::Compress;

use super::MARKER_BYTES;
use super::queue::Group;
use super::section::encode_marker;
use super::segment::Segment;

/// What the kernel copies in one piece, whatever happens to the process.
const PAGE_BYTES: u32 = 4096;

/// Bytes in front of compressed content: the marker, and the length of the content.
const COMPRESSED_HEAD_BYTES: usize = MARKER_BYTES as usize + 4;

/// A buffer that grew larger is not kept.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// Writes sections, one behind the other. It belongs to the one thread that leads a group.
pub(super) struct SectionWriter {
    segment: Arc<Segment>,
    /// Where the next section goes in the file.
    offset: u32,
    compress: Option<Box<dyn Compress>>,
    stored: Vec<u8>,
    /// Whether anything in the segment was written and not synced by the writer.
    is_unsynced: bool,
}

impl SectionWriter {
    /// For a segment without sections.
    pub(super) fn new(segment: Arc<Segment>) -> io::Result<Self> {
        let mut writer = Self {
            offset: 0,
            compress: None,
            stored: Vec::new(),
            is_unsynced: false,
            segment: Arc::clone(&segment),
        };
        writer.enter(segment)?;
        Ok(writer)
    }

    /// The segment that is to be synced before anything is written to `next`: what stands in a later segment must not be there
    /// without what comes before it.
    pub(super) fn left_for(&self, next: &Arc<Segment>) -> Option<Arc<Segment>> {
        let leaves = self.is_unsynced && !Arc::ptr_eq(&self.segment, next);
        leaves.then(|| Arc::clone(&self.segment))
    }

    fn enter(&mut self, segment: Arc<Segment>) -> io::Result<()> {
        self.compress = match &segment.compression {
            None => None,
            Some(chosen) => Some(chosen.compressor.compressor(&chosen.options).map_err(io::Error::other)?),
        };
        self.offset = segment.header_bytes;
        self.segment = segment;
        self.is_unsynced = false;
        Ok(())
    }

    /// Writes a group. Returns how many bytes it has in the file, its marker among them, and how long it took to compress it.
    pub(super) fn write(&mut self, group: &mut Group, will_sync: bool) -> io::Result<(u32, Duration)> {
        if !Arc::ptr_eq(&self.segment, &group.segment) {
            self.enter(Arc::clone(&group.segment))?;
        }
        self.is_unsynced = !will_sync;
        let (written, compress_time) = match self.compress.is_some() {
            true => self.write_compressed(group)?,
            false => (self.write_plain(group)?, Duration::ZERO),
        };
        self.offset = self.offset.saturating_add(written);
        Ok((written, compress_time))
    }

    /// The entries with a marker of zeros behind them, then the marker in front of them, so that a process that is killed leaves all
    /// of the section or nothing. Within one page, that is one write.
    fn write_plain(&mut self, group: &mut Group) -> io::Result<u32> {
        let length = group.bytes.len() as u32;
        let next = self.offset.saturating_add(length);
        set_marker(&mut group.bytes, encode_marker(self.segment.id, self.offset, next));
        group.bytes.extend_from_slice(&[0; MARKER_BYTES as usize]);
        let last = next.saturating_add(MARKER_BYTES - 1);
        let put = self.put(&group.bytes, self.offset / PAGE_BYTES == last / PAGE_BYTES);
        group.bytes.truncate(length as usize);
        put.map(|()| length)
    }

    /// The file ends with the section: there is nothing behind.
    fn write_compressed(&mut self, group: &Group) -> io::Result<(u32, Duration)> {
        let Some(compress) = &mut self.compress else { return Ok((0, Duration::ZERO)) };
        let start = Instant::now();
        let content = group.bytes.get(MARKER_BYTES as usize..).unwrap_or_default();
        self.stored.clear();
        self.stored.resize(COMPRESSED_HEAD_BYTES.saturating_add(compress.bound(content.len())), 0);
        let (head, room) = self.stored.split_at_mut(COMPRESSED_HEAD_BYTES);
        let compressed_bytes = compress.compress(content, room).map_err(io::Error::other)?;
        let compress_time = start.elapsed();
        head.copy_from_slice(&[[0; 8].as_slice(), &(content.len() as u32).to_be_bytes()].concat());
        self.stored.truncate(COMPRESSED_HEAD_BYTES.saturating_add(compressed_bytes));
        let length = self.stored.len() as u32;
        let next = self.offset.saturating_add(length);
        set_marker(&mut self.stored, encode_marker(self.segment.id, self.offset, next));
        let stored = std::mem::take(&mut self.stored);
        let put = self.put(&stored, self.offset / PAGE_BYTES == next.saturating_sub(1) / PAGE_BYTES);
        if stored.capacity() <= KEPT_BUFFER_BYTES {
            self.stored = stored;
        }
        put.map(|()| (length, compress_time))
    }

    fn put(&self, section: &[u8], is_in_one_page: bool) -> io::Result<()> {
        let offset = u64::from(self.offset);
        if is_in_one_page {
            return self.segment.file.write_at(section, offset);
        }
        let (marker, rest) = section.split_at(section.len().min(MARKER_BYTES as usize));
        self.segment.file.write_at(rest, offset.saturating_add(u64::from(MARKER_BYTES)))?;
        self.segment.file.write_at(marker, offset).inspect_err(|_| {
            // Of a marker that was written in part Cassandra makes a corrupt segment, and of zeros the end. If the
            // disk takes these no more either, the reader of the log says what it finds.
            let _ = self.segment.file.write_at(&[0; MARKER_BYTES as usize], offset);
        })
    }
}

fn set_marker(section: &mut [u8], marker: [u8; MARKER_BYTES as usize]) {
    if let Some(head) = section.first_chunk_mut() {
        *head = marker;
    }
}
