//! What the log counts.

use std::time::Duration;

use cqlite_sstable::compress::Compressor;

/// What happened since the log was opened. All numbers only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitLogMetrics {
    /// Groups that were written, each as one section.
    pub groups: u64,
    /// Mutations in them.
    pub mutations: u64,
    /// Bytes of the sections before they were compressed.
    pub content_bytes: u64,
    /// Bytes of the sections in the files.
    pub written_bytes: u64,
    /// Syncs of segments.
    pub syncs: u64,
    /// Segments that were begun.
    pub segments_begun: u64,
    /// Segments that were removed, because all in them is in SSTables.
    pub segments_released: u64,
    /// How often a writer waited for the next segment.
    pub waits_for_segment: u64,
    /// How often archiving a segment failed.
    pub failed_archives: u64,
    /// Sections that LZ4 compressed.
    pub lz4: CodecMetrics,
    /// Sections that Snappy compressed.
    pub snappy: CodecMetrics,
    /// Sections that Deflate compressed.
    pub deflate: CodecMetrics,
    /// Sections that Zstd compressed.
    pub zstd: CodecMetrics,
}

/// What one compressor did for the log. All numbers only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodecMetrics {
    /// Sections that it compressed.
    pub sections: u64,
    /// Their bytes before.
    pub content_bytes: u64,
    /// Their bytes in the files, with their markers and lengths.
    pub written_bytes: u64,
    /// How long it took, all together.
    pub compress_time: Duration,
}

impl CodecMetrics {
    /// Bytes in the files for each byte of content; none as long as there was nothing.
    pub fn ratio(&self) -> Option<f64> {
        (self.content_bytes > 0).then(|| self.written_bytes as f64 / self.content_bytes as f64)
    }

    pub(super) fn add(&mut self, content_bytes: u64, written_bytes: u64, compress_time: Duration) {
        self.sections = self.sections.saturating_add(1);
        self.content_bytes = self.content_bytes.saturating_add(content_bytes);
        self.written_bytes = self.written_bytes.saturating_add(written_bytes);
        self.compress_time = self.compress_time.saturating_add(compress_time);
    }
}

impl CommitLogMetrics {
    /// What a compressor did; none of one that is no codec.
    pub(super) fn codec_mut(&mut self, compressor: Compressor) -> Option<&mut CodecMetrics> {
        match compressor {
            Compressor::Lz4 => Some(&mut self.lz4),
            Compressor::Snappy => Some(&mut self.snappy),
            Compressor::Deflate => Some(&mut self.deflate),
            Compressor::Zstd => Some(&mut self.zstd),
            Compressor::Noop => None,
        }
    }
}
