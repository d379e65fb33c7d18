//! Reading a segment, section by section (`CommitLogSegmentReader`, `CommitLogReader`).

use std::fmt;
use std::sync::Arc;

use cqlite_sstable::compress::{Compressor, Decompressor};
use cqlite_sstable::io::Source;
use cqlite_sstable::{Error, Result};

use super::descriptor::{Header, read_header, unsupported_version};
use super::entry::{Found, behind, next_entry};
use super::section::{Marker, decode_marker};
use super::window::Window;
use super::{
    CommitLogDescriptor, CommitLogPosition, CommitLogVersion, Damage, MARKER_BYTES, MutationHead, OnDamage,
    SegmentName, SegmentPlace, TableId, Tail,
};

/// No more is kept of what is damaged; the rest is only counted.
const KEPT_DAMAGE: usize = 100;

/// How much is looked at a time where only zeros are expected.
const CHECKED_BYTES: usize = 256 << 10;
/// How much of it is looked at together, without a branch a byte.
const STRIDE_BYTES: usize = 256;

/// What a section may have when it is decompressed. Cassandra's segments have 32 MiB unless told otherwise.
const SECTION_LIMIT_BYTES: u32 = 256 << 20;

/// Cassandra ends a segment with a section of nothing, which no compressor makes longer than this. Zeros that were never written would
/// be one, too.
const EMPTY_SECTION_BYTES: u64 = 16;

/// Reads the sections of a segment, in their order. What Cassandra 5.0.9 would replay is what comes out, and what it would
/// refuse to start on is an error:
///
/// - In the last segment of a log a torn tail is to be expected, and what is damaged is left out: a header that cannot be read, a
///   marker that points out of the file, entries of a plain section that fail their checksums, a compressed section. Behind
///   entries of a plain section reading goes on. [`SegmentReader::damage`] tells of all of it.
/// - All else is corruption: the same in any earlier segment, and bytes where a marker should be.
///
/// In two things this is more lenient, as Cassandra refuses to start on what a power cut leaves: of a marker that is in two sectors of
/// a disk, one half may be written and the other not; and of several compressed sections that were not synced, one may be written and one in
/// front of it not. Reading ends there then. In one thing it is stricter: where zeros stand within a section, or a few bytes in which no entry has room, Cassandra ends the segment
/// without a word, whatever is behind; here this is a torn tail or corruption like any other.
///
/// Behind a compressed section that was skipped, positions are right only if its length is.
///
/// Of a segment one section at a time is in memory, or some of them if they are small; of a plain one that is mapped, none.
pub struct SegmentReader {
    source: Arc<dyn Source>,
    descriptor: Option<CommitLogDescriptor>,
    segment_id: i64,
    place: SegmentPlace,
    on_damage: OnDamage,
    decompressor: Option<(Compressor, Box<dyn Decompressor>)>,
    /// Where the next marker is, in the file and as if nothing were compressed.
    next_offset: u64,
    next_logical: u64,
    window: Window,
    /// A section that was decompressed.
    content: Vec<u8>,
    mutations: Vec<MutationPlace>,
    damage: Vec<Damage>,
    damage_count: u64,
    has_corruption: bool,
    tail: Option<Tail>,
}

/// Where a sound mutation is, in the bytes of its section.
#[derive(Debug, Clone, Copy)]
struct MutationPlace {
    start: u32,
    length: u32,
}

impl SegmentReader {
    /// Reads the header of the segment whose file name is `name`.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Unsupported`] for other versions, encrypted segments and unknown compressors;
    /// [`cqlite_sstable::ErrorKind::Corrupt`] if the header cannot be read and that is not to be expected, or has another id than
    /// the name; and failed reads.
    pub fn open(
        source: Arc<dyn Source>,
        name: SegmentName,
        place: SegmentPlace,
        on_damage: OnDamage,
    ) -> Result<Self> {
        source.advise_sequential();
        // Of one that is not known nobody can tell where its checksum is: it is not damaged.
        if CommitLogVersion::from_number(name.version).is_none() {
            return Err(unsupported_version(name.version).at(source.path()));
        }
        let header = read_header(&source)?;
        let mut reader = Self {
            source,
            descriptor: None,
            segment_id: name.id,
            place,
            on_damage,
            decompressor: None,
            next_offset: 0,
            next_logical: 0,
            window: Window::default(),
            content: Vec::new(),
            mutations: Vec::new(),
            damage: Vec::new(),
            damage_count: 0,
            has_corruption: false,
            tail: None,
        };
        match header {
            Header::Unsupported(error) => return Err(error),
            Header::Unreadable(what) => {
                reader.tail = Some(Tail::Torn { offset: 0 });
                reader.tell(0, what.to_owned(), place == SegmentPlace::Last)?;
            }
            Header::Sound { descriptor, length } => {
                reader.segment_id = descriptor.id;
                reader.next_offset = u64::from(length);
                reader.next_logical = u64::from(length);
                if descriptor.id != name.id {
                    let what =
                        format!("the header has the id {}, and the file's name {}", descriptor.id, name.id);
                    reader.tell(0, what, false)?;
                }
                let compressor = descriptor.compression.as_ref().map(|compression| compression.compressor);
                reader.decompressor = compressor.map(|compressor| (compressor, compressor.decompressor()));
                reader.descriptor = Some(descriptor);
            }
        }
        Ok(reader)
    }

    /// Goes on with the section whose marker is at `offset` of the file, and at `logical` as if nothing were compressed.
    pub(in crate::storage) fn skip_to(&mut self, offset: u64, logical: u64) {
        (self.next_offset, self.next_logical) = (offset, logical);
    }

    /// What the header tells; none if it cannot be read.
    pub fn descriptor(&self) -> Option<&CommitLogDescriptor> {
        self.descriptor.as_ref()
    }

    /// What was left out so far, the first hundred of it.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// How many damaged places were met so far.
    pub fn damage_count(&self) -> u64 {
        self.damage_count
    }

    /// Whether any of it is more than a torn tail.
    pub fn has_corruption(&self) -> bool {
        self.has_corruption
    }

    /// How the segment ended; none as long as there may be another section.
    pub fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// Looks behind the end, once there is no section any more: where a marker of zeros ends the segment, nothing but zeros
    /// is to follow. What follows was written by who died before it wrote the marker, or the marker is lost.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] if something follows in a segment that is not the last one, unless damage is
    /// to be skipped; and failed reads.
    pub fn check_end(&mut self) -> Result<()> {
        let Some(Tail::Clean { offset }) = self.tail else { return Ok(()) };
        let left = self.source.len().saturating_sub(offset);
        let (at, what) = match self.first_written(offset)? {
            Some(written) => (
                written,
                format!("something follows offset {offset}, where the marker of a section is missing"),
            ),
            None if 0 < left && left < u64::from(MARKER_BYTES) => {
                (offset, "the file ends within the marker of a section; it has been cut off".to_owned())
            }
            None => return Ok(()),
        };
        self.tail = Some(Tail::Torn { offset });
        self.tell(at, what, self.place == SegmentPlace::Last)
    }

    /// The first byte from an offset on that is not zero.
    fn first_written(&mut self, mut offset: u64) -> Result<Option<u64>> {
        let file_bytes = self.source.len();
        while offset < file_bytes {
            let length = to_usize(file_bytes.saturating_sub(offset)).min(CHECKED_BYTES);
            self.window.hold(self.source.as_ref(), offset, length)?;
            let bytes = self.window.bytes(self.source.as_ref(), offset, length);
            let is_written = |stride: &[u8]| stride.iter().fold(0, |all, byte| all | byte) != 0;
            if bytes.chunks(STRIDE_BYTES).any(is_written)
                && let Some(at) = bytes.iter().position(|byte| *byte != 0)
            {
                return Ok(Some(offset.saturating_add(at as u64)));
            }
            offset = offset.saturating_add(length as u64);
        }
        Ok(None)
    }

    /// The next section; none at the end. Its checksums are all verified.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] for damage that is not to be expected, unless it is to be skipped;
    /// [`cqlite_sstable::ErrorKind::Unsupported`] for a compressed section that is too large; and failed reads. Nothing comes after an error.
    pub fn next_section(&mut self) -> Result<Option<Section<'_>>> {
        while self.tail.is_none() {
            match self.advance() {
                Ok(None) => {}
                Ok(Some((found, is_whole))) => return Ok(Some(self.section(found, is_whole))),
                Err(error) => {
                    self.tail.get_or_insert(Tail::Torn { offset: self.next_offset });
                    return Err(error);
                }
            }
        }
        Ok(None)
    }

    /// The next section, and whether it is whole. None if there is none, or it was skipped.
    fn advance(&mut self) -> Result<Option<(FoundSection, bool)>> {
        let Some(found) = self.load_section()? else { return Ok(None) };
        if !found.is_compressed {
            self.window.hold(self.source.as_ref(), found.content_offset, found.stored_bytes())?;
        }
        let is_whole = self.find_mutations(&found)?;
        Ok(Some((found, is_whole)))
    }

    /// Reads the next marker, and what is behind it if that is compressed. None if there is no section, or it was skipped.
    fn load_section(&mut self) -> Result<Option<FoundSection>> {
        let (offset, file_bytes) = (self.next_offset, self.source.len());
        let content_offset = offset.saturating_add(u64::from(MARKER_BYTES));
        if content_offset > file_bytes {
            self.end(offset);
            return Ok(None);
        }
        self.window.hold(self.source.as_ref(), offset, MARKER_BYTES as usize)?;
        let marker = self.window.bytes(self.source.as_ref(), offset, MARKER_BYTES as usize).first_chunk();
        let end = match decode_marker(
            marker.copied().unwrap_or_default(),
            self.segment_id,
            offset,
            file_bytes,
        ) {
            Marker::Next(end) => u64::from(end),
            Marker::End => {
                self.end(offset);
                return Ok(None);
            }
            Marker::BadPosition(end) => {
                self.tail = Some(Tail::Torn { offset });
                let what = format!(
                    "the section would end at {end}, and the file has {file_bytes} bytes; it has been cut off"
                );
                return self.tell(offset, what, self.place == SegmentPlace::Last).map(|()| None);
            }
            Marker::Torn => {
                self.tail = Some(Tail::Torn { offset });
                let what = "only a part of the marker of a section was written".to_owned();
                return self.tell(offset, what, self.place == SegmentPlace::Last).map(|()| None);
            }
            Marker::BadChecksum => {
                self.tail = Some(Tail::Torn { offset });
                let what = "the marker of a section fails its checksum and is not zero".to_owned();
                return self.tell(offset, what, false).map(|()| None);
            }
        };
        self.next_offset = end;
        let start = self.next_logical.saturating_add(u64::from(MARKER_BYTES));
        let length = end.saturating_sub(content_offset);
        if self.decompressor.is_none() {
            self.next_logical = end;
            return Ok(Some(FoundSection { offset, content_offset, end, start, is_compressed: false }));
        }
        let found = FoundSection { offset, content_offset, end, start, is_compressed: true };
        self.content.clear();
        let decompressed = self.decompress(content_offset, length)?;
        // Positions go on behind a section that is skipped, as far as its length can be believed.
        self.next_logical = start.saturating_add(self.content.len() as u64);
        match decompressed {
            Ok(()) => Ok(Some(found)),
            Err(what) => {
                let is_torn = self.place == SegmentPlace::Last;
                if is_torn && end < file_bytes {
                    self.tail = Some(Tail::Torn { offset });
                }
                self.tell(offset, what, is_torn).map(|()| None)
            }
        }
    }

    /// Decompresses a section into `content`. The inner error tells what is wrong with it.
    fn decompress(&mut self, offset: u64, length: u64) -> Result<Result<(), String>> {
        let Some((compressor, decompressor)) = &mut self.decompressor else { return Ok(Ok(())) };
        // It is not longer than the file.
        let stored_bytes = to_usize(length);
        self.window.hold(self.source.as_ref(), offset, stored_bytes)?;
        let stored = self.window.bytes(self.source.as_ref(), offset, stored_bytes);
        let Some((stated, stored)) = stored.split_first_chunk() else {
            return Ok(Err("the section is too short for its length".to_owned()));
        };
        let (stated, compressed_bytes) = (u32::from_be_bytes(*stated), stored.len() as u64);
        // The compressed bytes bound what can be in them: a length is not believed beyond.
        let possible = compressed_bytes.saturating_mul(most_from_a_byte(*compressor)).saturating_add(64);
        if i32::try_from(stated).is_err() || u64::from(stated) > possible {
            let what =
                format!("{compressed_bytes} compressed bytes cannot hold the {stated} that are stated");
            return Ok(Err(what));
        }
        if stated == 0 && compressed_bytes > EMPTY_SECTION_BYTES {
            let what =
                format!("the section states that its {compressed_bytes} compressed bytes hold nothing");
            return Ok(Err(what));
        }
        if stated > SECTION_LIMIT_BYTES {
            return Err(Error::unsupported(format!(
                "a compressed section of {stated} bytes is not supported; it may have {SECTION_LIMIT_BYTES}"
            ))
            .at(self.source.path())
            .offset(offset));
        }
        self.content.resize(stated as usize, 0);
        let name = compressor.class_name();
        Ok(match decompressor.decompress(stored, &mut self.content) {
            Ok(length) if length == self.content.len() => Ok(()),
            Ok(length) => Err(format!("the section states {stated} bytes and holds {length}")),
            Err(error) => Err(format!("the section cannot be decompressed by {name}: {error}")),
        })
    }

    fn section(&self, found: FoundSection, is_whole: bool) -> Section<'_> {
        let content = if found.is_compressed {
            &self.content
        } else {
            self.window.bytes(self.source.as_ref(), found.content_offset, found.stored_bytes())
        };
        Section {
            segment_id: self.segment_id,
            offset: found.offset,
            end: found.end,
            start: found.start,
            content,
            mutations: &self.mutations,
            is_whole,
            has_corruption: self.has_corruption,
            follows_damage: self.damage_count > 0,
        }
    }

    /// Finds the sound mutations of a section. False if there is anything else.
    fn find_mutations(&mut self, found: &FoundSection) -> Result<bool> {
        let source = Arc::clone(&self.source);
        let (content, window) = (std::mem::take(&mut self.content), std::mem::take(&mut self.window));
        let bytes = if found.is_compressed {
            &content
        } else {
            window.bytes(source.as_ref(), found.content_offset, found.stored_bytes())
        };
        let is_torn = self.place == SegmentPlace::Last;
        self.mutations.clear();
        let mut position = 0;
        let mut is_whole = true;
        let judged = loop {
            let (what, next) = match next_entry(bytes, position) {
                Found::End => break Ok(()),
                Found::Mutation { start, length } => {
                    self.mutations.push(MutationPlace { start: start as u32, length: length as u32 });
                    position = behind(start, length);
                    continue;
                }
                Found::BadMutation { next } => ("a mutation fails its checksum", Some(next)),
                Found::Lost(what) => (what, None),
            };
            is_whole = false;
            let told = self.tell(found.file_offset(position), format!("in a section, {what}"), is_torn);
            match (told, next) {
                (Ok(()), Some(next)) => position = next,
                (told, _) => break told,
            }
        };
        (self.content, self.window) = (content, window);
        if !is_whole && is_torn && found.is_compressed {
            self.tail.get_or_insert(Tail::Torn { offset: found.offset });
        }
        judged.map(|()| is_whole)
    }

    /// Keeps what is wrong, or makes an error of it.
    fn tell(&mut self, offset: u64, what: String, is_torn: bool) -> Result<()> {
        let damage = Damage { offset, what, is_torn };
        let error =
            (!is_torn && self.on_damage == OnDamage::Refuse).then(|| damage.to_error(self.source.path()));
        self.damage_count = self.damage_count.saturating_add(1);
        self.has_corruption |= !is_torn;
        if self.damage.len() < KEPT_DAMAGE {
            self.damage.push(damage);
        }
        error.map_or(Ok(()), Err)
    }

    fn end(&mut self, offset: u64) {
        self.tail = Some(match self.damage.first() {
            Some(first) => Tail::Torn { offset: first.offset },
            None => Tail::Clean { offset },
        });
    }
}

impl fmt::Debug for SegmentReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentReader")
            .field("path", &self.source.path())
            .field("descriptor", &self.descriptor)
            .field("next_offset", &self.next_offset)
            .field("tail", &self.tail)
            .finish_non_exhaustive()
    }
}

/// The most content that one compressed byte can stand for.
fn most_from_a_byte(compressor: Compressor) -> u64 {
    match compressor {
        Compressor::Noop => 1,
        Compressor::Snappy => 64,
        Compressor::Lz4 => 256,
        Compressor::Deflate => 1100,
        // A block of 128 KiB may be four bytes.
        Compressor::Zstd => 32 << 10,
    }
}

/// Places in a slice that is in memory fit.
fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Where a section is.
#[derive(Debug, Clone, Copy)]
struct FoundSection {
    offset: u64,
    content_offset: u64,
    end: u64,
    /// Of the first entry, as if nothing were compressed.
    start: u64,
    is_compressed: bool,
}

impl FoundSection {
    /// What it has in the file behind its marker.
    fn stored_bytes(&self) -> usize {
        to_usize(self.end.saturating_sub(self.content_offset))
    }

    /// Where `position` of the content is in the file, as far as that can be told.
    fn file_offset(&self, position: usize) -> u64 {
        if self.is_compressed { self.offset } else { self.content_offset.saturating_add(position as u64) }
    }
}

/// A section of a segment: what was written at once, by a writer that makes one of each commit group.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    segment_id: i64,
    offset: u64,
    end: u64,
    start: u64,
    content: &'a [u8],
    mutations: &'a [MutationPlace],
    is_whole: bool,
    has_corruption: bool,
    follows_damage: bool,
}

impl<'a> Section<'a> {
    /// Where its marker is in the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the next marker is in the file.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many bytes its entries have when they are not compressed.
    pub fn content_bytes(&self) -> u64 {
        self.content.len() as u64
    }

    /// Whether sound entries fill it exactly. A section that CQLite wrote was acknowledged only if it is: all of it or nothing
    /// is to be replayed.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether something in it, or in front of it in the segment, is damaged and no torn tail.
    pub fn has_corruption(&self) -> bool {
        self.has_corruption
    }

    /// Whether anything in it, or in front of it in the segment, is damaged or torn.
    pub(in crate::storage) fn follows_damage(&self) -> bool {
        self.follows_damage
    }

    /// The position of the last byte: Cassandra skips a section that ends before the position from which it replays.
    pub fn end_position(&self) -> CommitLogPosition {
        self.position(self.content.len())
    }

    /// The sound entries, in their order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = LoggedMutation<'a>> + use<'a> {
        let section = *self;
        section.mutations.iter().map(move |place| {
            let (start, length) = (place.start as usize, place.length as usize);
            let end = start.saturating_add(length);
            LoggedMutation {
                position: section.position(behind(start, length)),
                mutation: section.content.get(start..end).unwrap_or_default(),
            }
        })
    }

    /// Cassandra counts in an int.
    fn position(&self, behind: usize) -> CommitLogPosition {
        let position = self.start.saturating_add(behind as u64);
        CommitLogPosition {
            segment_id: self.segment_id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
        }
    }
}

/// A mutation in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedMutation<'a> {
    /// The position behind its entry, counted as if nothing were compressed: what memtables, intervals and truncation
    /// records compare with.
    pub position: CommitLogPosition,
    /// Its bytes.
    pub mutation: &'a [u8],
}

impl LoggedMutation<'_> {
    /// Whether it is padding, which holds nothing and is no mutation of any table.
    pub fn is_padding(&self) -> bool {
        MutationHead::parse(self.mutation).is_ok_and(|head| head.table == TableId::PADDING)
    }
}
