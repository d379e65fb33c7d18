//! The stretch of uncompressed bytes that decoding borrows from.

use std::ops::Range;

use super::used_buffer::UsedBuffer;
use super::{Checksum, Feed, ReadAhead};
use crate::error::{Error, RESTORE, Result};

/// How many bytes are decompressed ahead of decoding: large enough that few rows straddle its end, small
/// enough for the cache of a core.
const WINDOW_BYTES: usize = 256 * 1024;

/// Feeds with fewer bytes than this are not worth a thread.
const READ_AHEAD_FROM_BYTES: u64 = 4 * 1024 * 1024;

enum Filler {
    Direct(Box<dyn Feed>),
    Ahead(ReadAhead),
}

/// Is asked before a [`Window`] is filled: it may wait, and it may end the reading.
pub trait Gate: Send {
    /// Lets the window get as many contiguous bytes as are `wanted`.
    ///
    /// # Errors
    /// If nothing more is to be read.
    fn pass(&self, wanted: usize) -> Result<()>;
}

/// A buffer over the uncompressed bytes of a Data.db that moves forward.
///
/// The bytes from the current position on are contiguous as far as they were asked for by
/// [`Window::require`]. Ranges of the buffer stay valid until then.
pub struct Window {
    filler: Filler,
    gate: Option<Box<dyn Gate>>,
    /// A digest is computed: what is skipped is read all the same.
    reads_all: bool,
    /// What was read stays as long as there is room, to go back to it.
    keeps: bool,
    buffer: UsedBuffer,
    start: usize,
    end: usize,
    /// The position in the uncompressed file of `buffer[end]`.
    end_position: u64,
    data_length: u64,
    /// How long the buffer is, if no item needs more.
    usual_bytes: usize,
}

impl Window {
    /// Starts at the beginning of the feed; with `threads`, a large feed is read by a thread of its own.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn new(feed: Box<dyn Feed>, threads: bool) -> Result<Self> {
        let data_length = feed.data_length();
        Self::over(feed, threads && data_length >= READ_AHEAD_FROM_BYTES)
    }

    /// As [`Window::new`] without a thread, of about `usual_bytes`, if no item needs more.
    ///
    /// # Errors
    /// None so far: nothing is read yet.
    pub fn small(feed: Box<dyn Feed>, usual_bytes: usize) -> Result<Self> {
        Ok(Self { usual_bytes: usual_bytes.min(WINDOW_BYTES), ..Self::over(feed, false)? })
    }

    /// Starts at the beginning of `segment`. What is in front of its end is read without anything behind the unit
    /// in which it ends, but the window can move on from there. It asks `gate` whenever it is filled.
    ///
    /// # Errors
    /// As [`Feed::fill`] and [`Feed::seek`], or if a thread cannot be started.
    pub fn over_segment(mut feed: Box<dyn Feed>, segment: &Range<u64>, gate: Box<dyn Gate>) -> Result<Self> {
        let unit_start = feed.seek(segment.start)?;
        if segment.end < feed.data_length() {
            feed.pause_at(segment.end);
        }
        let length = segment.end.saturating_sub(segment.start);
        let mut window = Self::over(feed, length >= READ_AHEAD_FROM_BYTES)?;
        window.gate = Some(gate);
        window.skip_into(unit_start, segment.start)?;
        Ok(window)
    }

    /// As [`Window::new`], starting at `position`.
    ///
    /// # Errors
    /// As [`Feed::fill`] and [`Feed::seek`], or if the thread cannot be started.
    pub fn from(mut feed: Box<dyn Feed>, position: u64, threads: bool) -> Result<Self> {
        let unit_start = feed.seek(position)?;
        let left = feed.data_length().saturating_sub(position);
        let mut window = Self::over(feed, threads && left >= READ_AHEAD_FROM_BYTES)?;
        window.skip_into(unit_start, position)?;
        Ok(window)
    }

    /// Goes to `position` in the unit that is filled next, which begins at `unit_start`.
    fn skip_into(&mut self, unit_start: u64, position: u64) -> Result<()> {
        self.end_position = unit_start;
        let offset = usize::try_from(position.saturating_sub(unit_start)).unwrap_or(usize::MAX);
        self.require(offset)?;
        self.consume(offset);
        Ok(())
    }

    /// A window that will be set here and there by [`Window::seek`]. It keeps what it read as long as there is room.
    ///
    /// # Errors
    /// None so far: nothing is read yet.
    pub fn for_lookups(feed: Box<dyn Feed>) -> Result<Self> {
        Ok(Self { keeps: true, ..Self::over(feed, false)? })
    }

    fn over(feed: Box<dyn Feed>, read_ahead: bool) -> Result<Self> {
        let (data_length, reads_all) = (feed.data_length(), feed.digest().is_some());
        let filler = if read_ahead {
            Filler::Ahead(ReadAhead::start(feed, WINDOW_BYTES)?)
        } else {
            Filler::Direct(feed)
        };
        let buffer = UsedBuffer::default();
        Ok(Self {
            filler,
            gate: None,
            reads_all,
            keeps: false,
            buffer,
            start: 0,
            end: 0,
            end_position: 0,
            data_length,
            usual_bytes: WINDOW_BYTES,
        })
    }

    /// The bytes that are there, from the current position on.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes between two places of the buffer, as [`Window::place`] told them.
    #[inline]
    pub fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.buffer.get(start..end).unwrap_or_default()
    }

    /// The place of the current position in the buffer.
    #[inline]
    pub fn place(&self) -> usize {
        self.start
    }

    /// The current position in the uncompressed file.
    #[inline]
    pub fn position(&self) -> u64 {
        let ahead = self.end.saturating_sub(self.start) as u64;
        self.end_position.saturating_sub(ahead)
    }

    /// Where the uncompressed file ends.
    pub fn data_length(&self) -> u64 {
        self.data_length
    }

    /// Whether the current position is the end of the file.
    pub fn at_end(&self) -> bool {
        self.position() >= self.data_length
    }

    /// Moves over `count` bytes that are there.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Makes at least `count` bytes contiguous from the current position on, or all that are left in the
    /// file if those are fewer: the caller sees it from [`Window::bytes`].
    ///
    /// # Errors
    /// As [`Feed::fill`].
    #[inline]
    pub fn require(&mut self, count: usize) -> Result<()> {
        if self.end.saturating_sub(self.start) >= count { Ok(()) } else { self.refill(count) }
    }

    #[cold]
    fn refill(&mut self, count: usize) -> Result<()> {
        let left = self.data_length.saturating_sub(self.position());
        let wanted = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(gate) = &self.gate {
            gate.pass(wanted)?;
        }
        while self.end.saturating_sub(self.start) < wanted {
            let before = self.end.saturating_sub(self.start);
            match &mut self.filler {
                Filler::Direct(feed) => {
                    let sizes = Sizes {
                        unit: feed.unit(),
                        wanted,
                        data_length: self.data_length,
                        usual: self.usual_bytes,
                    };
                    let has_room = self.buffer.len().saturating_sub(self.end) >= sizes.unit;
                    let room = if self.keeps && has_room {
                        self.buffer.get_mut(self.end..).unwrap_or_default()
                    } else {
                        make_room(&mut self.buffer, &mut self.start, &mut self.end, &sizes)
                    };
                    let filled = feed.fill(room)?;
                    self.end = self.end.saturating_add(filled);
                }
                Filler::Ahead(ahead) => {
                    ahead.next(&mut self.buffer, &mut self.start, &mut self.end, wanted)?;
                }
            }
            let gained = self.end.saturating_sub(self.start).saturating_sub(before) as u64;
            if gained == 0 {
                return Err(Error::corrupt(format!(
                    "the data ends at position {} of its {} uncompressed bytes",
                    self.end_position, self.data_length
                ))
                .advise(RESTORE));
            }
            self.end_position = self.end_position.saturating_add(gained);
        }
        Ok(())
    }

    /// Moves forward to `position` in the uncompressed file, over chunks that are not even read unless a digest is
    /// computed or a thread reads ahead.
    ///
    /// # Errors
    /// As [`Feed::fill`] and [`Feed::seek`].
    pub fn skip_to(&mut self, position: u64) -> Result<()> {
        let ahead = position.saturating_sub(self.position());
        if let Some(count) = usize::try_from(ahead).ok().filter(|count| *count <= self.bytes().len()) {
            self.consume(count);
            return Ok(());
        }
        if matches!(self.filler, Filler::Direct(_)) && !self.reads_all {
            return self.seek(position);
        }
        while self.position() < position {
            self.consume(self.bytes().len());
            self.require(1)?;
            let ahead = position.saturating_sub(self.position());
            self.consume(usize::try_from(ahead).unwrap_or(usize::MAX).min(self.bytes().len()));
            if self.at_end() {
                break;
            }
        }
        Ok(())
    }

    /// Moves anywhere within the data. A feed with a thread of its own can only go forward, by [`Window::skip_to`].
    ///
    /// # Errors
    /// As [`Feed::seek`].
    pub fn seek(&mut self, position: u64) -> Result<()> {
        let Filler::Direct(feed) = &mut self.filler else {
            return Err(Error::invalid_input("a scan that reads ahead cannot go back"));
        };
        let buffered_from = self.end_position.saturating_sub(self.end as u64);
        if self.keeps && self.end > 0 && (buffered_from..=self.end_position).contains(&position) {
            self.start = position.saturating_sub(buffered_from) as usize;
            return Ok(());
        }
        let unit_start = feed.seek(position)?;
        (self.start, self.end) = (0, 0);
        self.skip_into(unit_start, position)
    }

    /// At the end of the data: reads what may still be behind it (an empty chunk).
    ///
    /// # Errors
    /// As [`Feed::fill`].
    pub fn finish(&mut self) -> Result<()> {
        match &mut self.filler {
            Filler::Direct(feed) => feed.fill(&mut []).map(|_| ()),
            Filler::Ahead(ahead) => ahead.finish(),
        }
    }

    /// The [`Feed::digest`] of what was read so far.
    pub fn digest(&self) -> Option<Checksum> {
        match &self.filler {
            Filler::Direct(feed) => feed.digest(),
            Filler::Ahead(ahead) => ahead.digest(),
        }
    }
}

/// What decides how large the buffer has to be.
struct Sizes {
    unit: usize,
    wanted: usize,
    data_length: u64,
    usual: usize,
}

impl Sizes {
    /// Bytes of the buffer when `kept` of them are taken.
    fn buffer_bytes(&self, kept: usize) -> usize {
        let whole_file = usize::try_from(self.data_length).unwrap_or(usize::MAX).saturating_add(self.unit);
        let usual = self.usual.max(self.unit.saturating_mul(2)).min(whole_file);
        let wanted = self.wanted.max(kept).saturating_add(self.unit);
        if wanted <= usual { usual } else { grown(usual, kept, wanted).max(kept.saturating_add(self.unit)) }
    }
}

/// How large a buffer becomes in which `kept` bytes have come of those that make it `wanted` long: it doubles, so
/// that a length that is not true takes no more memory than twice the bytes that are really there.
pub(super) fn grown(usual: usize, kept: usize, wanted: usize) -> usize {
    wanted.min(usual.max(kept).saturating_mul(2))
}

/// Moves what is left to the front of the buffer and returns the room behind it: at least one unit. The
/// buffer grows only for an item that is larger than the window, and shrinks again behind it.
fn make_room<'a>(
    buffer: &'a mut UsedBuffer,
    start: &mut usize,
    end: &mut usize,
    sizes: &Sizes,
) -> &'a mut [u8] {
    let kept = end.saturating_sub(*start);
    let size = sizes.buffer_bytes(kept);
    buffer.fill_up(size);
    if buffer.len() == size {
        buffer.copy_within(*start..*end, 0);
    } else if buffer.len() < size {
        buffer.copy_within(*start..*end, 0);
        let more = size.saturating_sub(buffer.len());
        buffer.reserve_exact(more);
        buffer.resize(size, 0);
    } else {
        let mut smaller = vec![0; size];
        if let (Some(to), Some(from)) = (smaller.get_mut(..kept), buffer.get(*start..*end)) {
            to.copy_from_slice(from);
        }
        **buffer = smaller;
    }
    *start = 0;
    *end = kept;
    buffer.get_mut(kept..).unwrap_or_default()
}
