//! The rows and markers of one partition.

use super::blocks::{Block, Blocks};
use super::known::Known;
use super::pass::{Pass, Role};
use super::row::RowFound;
use super::survey::is_damage;
use super::{Loss, LossKind, Stream};
use crate::error::{Error, Result};
use crate::reader::Unfiltered;
use crate::row::{ClusteringKind, ClusteringOrder, ClusteringPrefix, DeletionTime, PrefixBuffer};

/// Where a pass is in a partition.
pub(super) struct InPartition {
    /// Where it begins in the uncompressed data.
    pub(super) position: u64,
    /// What the index tells about it, where that was asked for.
    pub(super) known: Option<Known>,
    /// Its blocks, from the first behind the last damage on.
    pub(super) blocks: Option<Blocks>,
    /// Reading begins again at this block.
    pub(super) resumed_at: Option<Block>,
    /// It, or what is left of it, stands behind something greater.
    pub(super) out_of_order: bool,
    /// It was searched for, and what was found does not prove that it begins here.
    pub(super) is_uncertain: bool,
    /// Where the next partition begins, where the data alone is not believed.
    pub(super) limit: Option<u64>,
    /// From where to where a row was passed over by its size that no checksum vouches for.
    pub(super) passed_over: Option<(u64, u64)>,
    /// Where the first row begins whose cells did not end where its size says, and where that is. All rows behind it
    /// may be out of step.
    pub(super) out_of_step: Option<(u64, u64)>,
    /// The furthest place at which a row could not be read.
    pub(super) failed_at: u64,
    /// The place of the row or marker that was read last.
    last: Option<PrefixBuffer>,
    /// The range deletion that is open in what was written.
    open: DeletionTime,
    /// A marker that opens a range. It is written when something follows.
    held: Option<Held>,
}

struct Held {
    place: PrefixBuffer,
    closes: Option<DeletionTime>,
    opens: DeletionTime,
}

impl InPartition {
    pub(super) fn new(position: u64, known: Option<Known>) -> Self {
        Self {
            position,
            known,
            blocks: None,
            resumed_at: None,
            out_of_order: false,
            is_uncertain: false,
            limit: None,
            passed_over: None,
            out_of_step: None,
            failed_at: 0,
            last: None,
            open: DeletionTime::LIVE,
            held: None,
        }
    }

    /// Where what is read of it goes.
    pub(super) fn stream(&self, role: Role<'_>) -> Stream {
        match role {
            Role::Sound(_) if self.is_uncertain => Stream::Suspect,
            Role::Sound(Stream::Recovered) if self.out_of_order => Stream::OutOfOrder,
            Role::Sound(stream) => stream,
            Role::Suspects(_) | Role::Strays(_) => Stream::Suspect,
        }
    }

    /// Whether `place` stands behind what was read last. Bounds may share a place; rows may not.
    fn ascends(&self, order: &ClusteringOrder, place: ClusteringPrefix<'_>) -> bool {
        self.last.as_ref().is_none_or(|last| {
            let compared = order.compare(last.as_prefix(), place);
            let both_rows = [last.kind, place.0] == [ClusteringKind::Clustering; 2];
            if both_rows { compared.is_lt() } else { compared.is_le() }
        })
    }

    fn remember(&mut self, place: ClusteringPrefix<'_>) {
        self.last.get_or_insert_with(PrefixBuffer::bottom).set(place);
    }
}

impl Pass<'_, '_> {
    /// Reads the static row, if there can be one. Where it is damaged, the rows behind it are read all the same; false
    /// if its end is not known.
    pub(super) fn static_row(&mut self, partition: &mut InPartition) -> Result<bool> {
        if self.setting.sstable.header().static_columns.is_empty() {
            return Ok(true);
        }
        let head = self.cursor.partition();
        let short_deletion =
            self.setting.sstable.version().has_uint_deletion_time() && head.deletion.is_live();
        let head_bytes = (head.key.len() as u64).saturating_add(if short_deletion { 3 } else { 14 });
        let (start, rows_position) =
            (partition.position.saturating_add(head_bytes), self.cursor.rows_position());
        match self.rows.read(&mut self.cursor, &mut self.streams.printer) {
            Ok(found) => {
                let row = self.cursor.partition().static_row;
                let bare = row.is_none_or(|row| row.liveness.is_none() && row.deletion.is_live());
                if (found.has_items || !bare) && self.wants(start) {
                    self.emit_row(partition, start, found, Some(rows_position))?;
                }
                Ok(true)
            }
            Err(error) if is_damage(&error) => {
                self.open_gap(start, Some(self.streams.key().to_owned()), &error)?;
                match self.cursor.seek_unfiltered(rows_position) {
                    Ok(()) => Ok(!self.is_suspects()),
                    Err(error) if is_damage(&error) => Ok(!self.is_suspects()),
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the row or marker at `at`. False at the end of the partition.
    pub(super) fn unfiltered(&mut self, partition: &mut InPartition, at: u64) -> Result<bool> {
        if partition.limit.is_some_and(|limit| at >= limit) {
            return Err(self.cursor.corrupt_at(at, "a partition runs into the next one"));
        }
        if !self.cursor.advance_unfiltered()? {
            let ends_early = partition.limit.is_some_and(|limit| self.cursor.next_position() != limit);
            if ends_early {
                return Err(self
                    .cursor
                    .corrupt_at(at, "a partition ends in front of where the next one begins"));
            }
            self.close_gap(at)?;
            self.end_partition(partition)?;
            return Ok(false);
        }
        let is_row = matches!(self.cursor.unfiltered(), Unfiltered::Row(_));
        let found = match is_row {
            true => Some(self.rows.read(&mut self.cursor, &mut self.streams.printer)?),
            false => None,
        };
        if partition.limit.is_some_and(|limit| self.cursor.next_position() >= limit) {
            return Err(self.cursor.corrupt_at(at, "a row runs into the next partition"));
        }
        if is_row && self.is_suspects() {
            let stated = self.cursor.stated_row_end();
            match stated == self.cursor.next_position() {
                true => partition.out_of_step = None,
                false => _ = partition.out_of_step.get_or_insert((at, stated)),
            }
        }
        let place = self.cursor.unfiltered().place();
        let invalid_marker = !is_row && self.rows.check_clustering(place.1).is_some();
        if invalid_marker && self.setting.options.validates {
            return Err(self.cursor.corrupt_at(at, "a marker has a value that is not valid for its type"));
        }
        let first = partition.resumed_at.as_ref().and_then(|block| block.first.as_ref());
        if first.is_some_and(|first| first.as_prefix() != place) {
            return Err(self
                .cursor
                .corrupt_at(at, "the block that the index names begins with something else"));
        }
        self.close_gap(at)?;
        let wanted = self.wants(at);
        if wanted && !self.is_suspects() {
            self.keep_order(partition)?;
            self.reopen(partition)?;
        }
        partition.resumed_at = None;
        match found {
            _ if !wanted => {}
            Some(found) => self.emit_row(partition, at, found, None)?,
            None => self.emit_marker(partition)?,
        }
        partition.remember(self.cursor.unfiltered().place());
        Ok(true)
    }

    /// Lets the rest of a partition go to another stream, from the first row or marker on that does not ascend.
    fn keep_order(&mut self, partition: &mut InPartition) -> Result<()> {
        let place = self.cursor.unfiltered().place();
        if partition.out_of_order || partition.ascends(&self.setting.order, place) {
            return Ok(());
        }
        let open = partition.held.as_ref().map_or(partition.open, |held| held.opens);
        self.close(partition)?;
        partition.out_of_order = true;
        self.write_open(partition, open)
    }

    /// Opens the range again that is open where reading begins behind a gap.
    fn reopen(&mut self, partition: &mut InPartition) -> Result<()> {
        let open = partition.resumed_at.as_ref().and_then(|block| block.open);
        self.write_open(partition, open.unwrap_or(DeletionTime::LIVE))
    }

    /// Opens a range in front of the row that the cursor is at.
    fn write_open(&mut self, partition: &mut InPartition, open: DeletionTime) -> Result<()> {
        let (kind, clustering) = self.cursor.unfiltered().place();
        if open.is_live() || kind != ClusteringKind::Clustering {
            return Ok(());
        }
        let mut line = Vec::new();
        let start = ClusteringKind::InclStartBound;
        self.streams.printer.bound(start, clustering, [Some(open), None], &mut line);
        partition.open = open;
        self.write_marker(partition, &line)
    }

    fn write_marker(&mut self, partition: &InPartition, line: &[u8]) -> Result<()> {
        let stream = partition.stream(self.role);
        let counts = self.streams.count(stream);
        counts.markers = counts.markers.saturating_add(1);
        self.streams.write(stream, line)
    }

    fn emit_marker(&mut self, partition: &mut InPartition) -> Result<()> {
        // A deletion that nobody vouches for could hide what is right.
        if self.is_suspects() {
            return Ok(());
        }
        self.write_held(partition)?;
        let Unfiltered::Marker(marker) = self.cursor.unfiltered() else { return Ok(()) };
        // What is not open, since its start is lost, is not closed.
        let closes = (!marker.kind.is_start() && !partition.open.is_live()).then_some(marker.deletion);
        let opens = if marker.kind.is_start() { Some(marker.deletion) } else { marker.opened };
        let mut place = PrefixBuffer::bottom();
        place.set((marker.kind, marker.clustering));
        if let (None, Some(start)) = (closes, marker.kind.open()) {
            place.kind = start;
        }
        match (closes, opens) {
            (closes, Some(opens)) => {
                partition.held = Some(Held { place, closes, opens });
                Ok(())
            }
            (Some(closes), None) => {
                let mut line = Vec::new();
                let (kind, values) = place.as_prefix();
                self.streams.printer.bound(kind, values, [Some(closes), None], &mut line);
                partition.open = DeletionTime::LIVE;
                self.write_marker(partition, &line)
            }
            (None, None) => Ok(()),
        }
    }

    /// Writes the marker that was held back.
    fn write_held(&mut self, partition: &mut InPartition) -> Result<()> {
        let Some(held) = partition.held.take() else { return Ok(()) };
        let deletions = match held.closes {
            Some(closes) => [Some(closes), Some(held.opens)],
            None => [Some(held.opens), None],
        };
        let mut line = Vec::new();
        let (kind, values) = held.place.as_prefix();
        self.streams.printer.bound(kind, values, deletions, &mut line);
        partition.open = held.opens;
        self.write_marker(partition, &line)
    }

    /// Closes the range deletion that is open, behind what was read last. True if there was one.
    fn close(&mut self, partition: &mut InPartition) -> Result<bool> {
        let mut line = Vec::new();
        let was_open = match partition.held.take() {
            Some(Held { place, closes: Some(closes), .. }) => {
                let kind = place.kind.close().unwrap_or(ClusteringKind::InclEndBound);
                self.streams.printer.bound(kind, place.as_prefix().1, [Some(closes), None], &mut line);
                true
            }
            Some(Held { closes: None, .. }) => true,
            None if partition.open.is_live() => false,
            None => {
                let last = partition.last.get_or_insert_with(PrefixBuffer::bottom);
                let (kind, open) = (ClusteringKind::InclEndBound, Some(partition.open));
                self.streams.printer.bound(kind, last.as_prefix().1, [open, None], &mut line);
                true
            }
        };
        partition.open = DeletionTime::LIVE;
        if !line.is_empty() {
            self.write_marker(partition, &line)?;
        }
        Ok(was_open)
    }

    /// In front of a gap in which markers may be.
    pub(super) fn lose_deletion(&mut self, partition: &mut InPartition) -> Result<()> {
        if self.close(partition)? {
            self.gap_loses_deletion();
        }
        Ok(())
    }

    fn end_partition(&mut self, partition: &mut InPartition) -> Result<()> {
        partition.resumed_at = None;
        if self.close(partition)? {
            self.report.notes.push("a range deletion was not closed at the end of its partition".to_owned());
        }
        Ok(())
    }

    /// Writes the row that was read last. A long one is read again, from `at`; a static one ends at `static_end`.
    fn emit_row(
        &mut self,
        partition: &mut InPartition,
        at: u64,
        found: RowFound,
        static_end: Option<u64>,
    ) -> Result<()> {
        if self.is_suspects() && found.invalid.is_some() {
            return Ok(());
        }
        self.report.overflowed_rows = self.report.overflowed_rows.saturating_add(found.overflowed.into());
        let mut stream = partition.stream(self.role);
        match &found.invalid {
            Some(invalid) => {
                stream = Stream::Suspect;
                self.tell_invalid(at, invalid)?;
            }
            None if static_end.is_none() => self.write_held(partition)?,
            None => {}
        }
        let counts = self.streams.count(stream);
        counts.rows = counts.rows.saturating_add(1);
        if !found.is_long {
            return self.streams.write(stream, &self.rows.lines);
        }
        if static_end.is_some() {
            self.cursor.seek_partition(partition.position)?;
            self.cursor.advance_partition()?;
        } else {
            self.cursor.seek_unfiltered(at)?;
            self.cursor.advance_unfiltered()?;
        }
        let mut printer = self.streams.printer.clone();
        let streams = &mut *self.streams;
        self.rows.print_long(&mut self.cursor, &mut printer, |lines| streams.write(stream, lines))
    }

    fn tell_invalid(&mut self, at: u64, invalid: &str) -> Result<()> {
        self.report.invalid_rows = self.report.invalid_rows.saturating_add(1);
        let data = at..self.cursor.next_position().max(at);
        let error = Error::corrupt(invalid.to_owned());
        self.setting.check_counters(&error)?;
        self.streams.lost(&Loss {
            kind: LossKind::Invalid,
            stored: self.setting.stored(&data),
            data,
            key: Some(self.streams.key().to_owned()),
            estimated_rows: 1,
            loses_deletion: false,
            cause: format!("a value is not valid for its type: {invalid}"),
        })
    }
}
