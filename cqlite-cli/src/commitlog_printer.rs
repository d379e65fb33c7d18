//! What `cqlite commitlog` prints, for people or as JSON.

use std::io::Write;

use cqlite_core::storage::commitlog::{
    CommitLogDescriptor, FoundSegment, LoggedMutation, MutationHead, Section, SegmentReader, Tail,
};
use cqlite_sstable::{Error, Result};
use serde_json::{Value, json};

/// What there is in all segments.
#[derive(Debug, Default)]
pub struct Totals {
    /// Segments that could be opened.
    pub segments: u64,
    /// Their sections.
    pub sections: u64,
    /// Sound entries in them.
    pub entries: u64,
    /// The bytes of their mutations.
    pub mutation_bytes: u64,
    /// Damaged places.
    pub damaged: u64,
}

/// Prints line by line.
pub struct Printer<W: Write> {
    is_json: bool,
    out: W,
}

impl<W: Write> Printer<W> {
    /// To `out`.
    pub fn new(is_json: bool, out: W) -> Self {
        Self { is_json, out }
    }

    /// The header of a segment.
    pub fn segment(&mut self, segment: &FoundSegment, reader: &SegmentReader) -> Result<()> {
        let path = segment.path().display().to_string();
        let descriptor = reader.descriptor();
        let compressor = compressor(descriptor);
        if self.is_json {
            return self.line(&json!({
                "kind": "segment",
                "path": path,
                "version": segment.name().version,
                "id": segment.name().id,
                "header": descriptor.is_some(),
                "compressor": compressor,
                "bytes": segment.length_bytes(),
            }));
        }
        let how = match (descriptor, compressor) {
            (None, _) => "the header cannot be read".to_owned(),
            (Some(_), None) => "not compressed".to_owned(),
            (Some(_), Some(name)) => format!("compressed by {name}"),
        };
        let version = segment.name().version;
        self.text(&format!("{path}: version {version}, {how}, {} bytes", segment.length_bytes()))
    }

    /// A section.
    pub fn section(&mut self, section: &Section<'_>) -> Result<()> {
        let (offset, end, entries) = (section.offset(), section.end(), section.entries().len());
        if self.is_json {
            return self.line(&json!({
                "kind": "section",
                "offset": offset,
                "end": end,
                "content_bytes": section.content_bytes(),
                "entries": entries,
                "whole": section.is_whole(),
            }));
        }
        let damaged = if section.is_whole() { "" } else { ", damaged" };
        let content = section.content_bytes();
        self.text(&format!("  section {offset} to {end}: {entries} entries in {content} bytes{damaged}"))
    }

    /// An entry.
    pub fn entry(&mut self, entry: &LoggedMutation<'_>) -> Result<()> {
        let head = MutationHead::parse(entry.mutation).ok();
        let (position, bytes) = (entry.position.position, entry.mutation.len());
        if self.is_json {
            return self.line(&json!({
                "kind": "entry",
                "segment": entry.position.segment_id,
                "position": position,
                "bytes": bytes,
                "updates": head.map(|head| head.updates),
                "table": head.map(|head| head.table.to_string()),
                "key": head.map(|head| hex(head.key)),
            }));
        }
        let what = match head {
            None => "no mutation that is known".to_owned(),
            Some(head) if head.updates == 1 => format!("table {}, key {}", head.table, hex(head.key)),
            Some(head) => {
                let more = head.updates - 1;
                format!("table {} and {more} more, key {}", head.table, hex(head.key))
            }
        };
        self.text(&format!("    {position:>10} {bytes:>8} bytes  {what}"))
    }

    /// How a segment ended.
    pub fn tail(&mut self, reader: &SegmentReader) -> Result<()> {
        let (state, offset) = match reader.tail() {
            Some(Tail::Clean { offset }) => ("clean", Some(*offset)),
            Some(Tail::Torn { offset }) => ("torn", Some(*offset)),
            None => ("unread", None),
        };
        if self.is_json {
            let damaged = reader.damage_count();
            return self.line(&json!({"kind": "tail", "state": state, "offset": offset, "damaged": damaged}));
        }
        self.text(&match (state, offset) {
            ("clean", Some(offset)) => format!("  clean end at {offset}"),
            (_, Some(offset)) => format!("  damaged or torn from {offset} on"),
            (_, None) => "  not read to its end".to_owned(),
        })
    }

    /// The end.
    pub fn totals(&mut self, totals: &Totals) -> Result<()> {
        let Totals { segments, sections, entries, mutation_bytes, damaged } = totals;
        if self.is_json {
            self.line(&json!({
                "kind": "total",
                "segments": segments,
                "sections": sections,
                "entries": entries,
                "mutation_bytes": mutation_bytes,
                "damaged": damaged,
            }))?;
        } else {
            self.text(&format!(
                "total: {segments} segments, {sections} sections, {entries} entries with {mutation_bytes} bytes of \
                 mutations, {damaged} damaged places"
            ))?;
        }
        self.out.flush().map_err(Error::output)
    }

    fn line(&mut self, value: &Value) -> Result<()> {
        writeln!(self.out, "{value}").map_err(Error::output)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        writeln!(self.out, "{text}").map_err(Error::output)
    }
}

fn compressor(descriptor: Option<&CommitLogDescriptor>) -> Option<&'static str> {
    Some(descriptor?.compression.as_ref()?.compressor.class_name())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
