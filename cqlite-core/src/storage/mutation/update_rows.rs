//! The rows of an update.

use cqlite_sstable::encoding::{Bytes, DecodeError, MarkerHeader, UnfilteredKind};
use cqlite_sstable::row::{
    ClusteringBuffer, ClusteringKind, DeletionTime, Marker, Partition, RowItem, Unfiltered,
    UnfilteredPartitions,
};
use cqlite_sstable::{Error, Result};

use super::{PartitionUpdate, RowDecoder};

/// A cursor over an update: a source of one partition, decoded from the bytes of the mutation. Columns are places among
/// those of the table's layout; cells of dropped columns are not shown.
#[derive(Debug)]
pub struct UpdateRows<'a> {
    update: PartitionUpdate<'a>,
    state: State,
    decoder: RowDecoder,
    marker: MarkerHeader,
    values: ClusteringBuffer,
    /// Where the next row or marker begins, if the cursor is not within a row.
    position: usize,
}

/// What the cursor stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Static,
    Row,
    Marker,
    End,
}

impl<'a> UpdateRows<'a> {
    pub(super) fn new(update: PartitionUpdate<'a>) -> Self {
        let marker =
            MarkerHeader { kind: ClusteringKind::InclEndBound, deletion: DeletionTime::LIVE, opened: None };
        let (decoder, values) = (RowDecoder::default(), ClusteringBuffer::default());
        Self { update, state: State::Start, decoder, marker, values, position: update.head.rows }
    }

    /// Up to where the row or marker was read that was moved to.
    pub(in crate::storage) fn position(&self) -> usize {
        match self.state {
            State::Static | State::Row => self.decoder.position(),
            _ => self.position,
        }
    }

    /// Where the next row or marker begins, once the current row was read to its end.
    pub(in crate::storage) fn next_position(&self) -> usize {
        if self.state == State::Row { self.decoder.position() } else { self.position }
    }

    fn enter(&mut self) -> Result<(), DecodeError> {
        self.state = State::Static;
        match self.update.head.static_row {
            Some(position) => {
                let head = self.update.head;
                self.decoder.start(self.update.bytes, position, &head.list, &head.deltas)
            }
            None => {
                self.decoder.start_empty(true);
                Ok(())
            }
        }
    }

    fn next(&mut self) -> Result<bool, DecodeError> {
        let (bytes, head) = (self.update.bytes, self.update.head);
        if self.state == State::Row {
            while self.decoder.advance_item(bytes, &head.list)? {}
            self.position = self.decoder.position();
        }
        if head.is_empty() || self.state == State::End {
            self.state = State::End;
            return Ok(false);
        }
        let mut reader = Bytes::from(bytes, self.position);
        match UnfilteredKind::peek(&reader)? {
            UnfilteredKind::End => {
                self.position = self.position.saturating_add(1);
                self.state = State::End;
            }
            UnfilteredKind::Row => {
                self.decoder.start(bytes, self.position, &head.list, &head.deltas)?;
                if self.decoder.row().is_static {
                    return Err(DecodeError::Invalid("a static row stands among the others"));
                }
                self.state = State::Row;
            }
            UnfilteredKind::Marker => {
                let layout = &head.list.layout;
                self.marker =
                    MarkerHeader::read_unsized(&mut reader, layout, &head.deltas, &mut self.values)?;
                self.position = reader.position();
                self.state = State::Marker;
            }
        }
        Ok(self.state != State::End)
    }

    #[cold]
    fn broken(&self, error: DecodeError) -> Error {
        Error::corrupt(format!("an update cannot be decoded: {error}"))
            .at(self.update.head.layout.full_name())
            .offset(self.position() as u64)
    }
}

impl UnfilteredPartitions for UpdateRows<'_> {
    fn advance_partition(&mut self) -> Result<bool> {
        if self.state != State::Start || self.update.is_empty() {
            self.state = State::End;
            return Ok(false);
        }
        self.enter().map_err(|error| self.broken(error))?;
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let shows_static = self.update.head.layout.has_statics() && self.state == State::Static;
        let static_row = shows_static.then(|| self.decoder.row());
        Partition { key: self.update.key(), deletion: self.update.deletion(), static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.next().map_err(|error| self.broken(error))
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        if self.state == State::Marker {
            let MarkerHeader { kind, deletion, opened } = self.marker;
            let clustering = self.values.as_clustering();
            return Unfiltered::Marker(Marker { kind, clustering, deletion, opened });
        }
        Unfiltered::Row(self.decoder.row())
    }

    fn advance_item(&mut self) -> Result<bool> {
        if !matches!(self.state, State::Static | State::Row) {
            return Ok(false);
        }
        let advanced = self.decoder.advance_item(self.update.bytes, &self.update.head.list);
        advanced.map_err(|error| self.broken(error))
    }

    fn item(&self) -> RowItem<'_> {
        self.decoder.item(self.update.bytes)
    }
}
