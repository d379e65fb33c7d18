//! Mutations from bytes that somebody else wrote.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::encoding::{Bytes, DecodeError, Deltas};
use cqlite_sstable::row::{
    Clustering, DeletionTime, Row, RowItem, Unfiltered, UnfilteredOrder, UnfilteredPartitions,
};
use cqlite_sstable::types::{InvalidValue, validate};
use cqlite_sstable::{Error, Result};

use super::column_list::ListError;
use super::path_order::{OUT_OF_ORDER, PathOrder};
use super::table_layout::list_error;
use super::update::{
    HAS_PARTITION_DELETION, HAS_ROW_COUNT, HAS_STATIC_ROW, IS_EMPTY, IS_REVERSED, UpdateHead,
};
use super::{KEY_LIMIT_BYTES, MessagingVersion, Mutation, PartitionUpdate, TableId, TableLayout};

/// What was found in the bytes of a mutation.
#[derive(Debug)]
pub enum Decoded {
    /// A mutation of known tables.
    Mutation(Mutation),
    /// An update of a table that is not known, most often as it was dropped. Where it ends is not known either, so that
    /// the mutation cannot be read; Cassandra leaves it out as well.
    UnknownTable(TableId),
}

impl Mutation {
    /// Decodes the body of a commit log's entry. Everything in it is checked: that every byte belongs to something, that
    /// rows are in their order, and that columns are those of their tables.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] if the bytes are no mutation of these tables; the offset is one in `bytes`.
    pub fn decode(
        bytes: Vec<u8>,
        version: MessagingVersion,
        tables: impl Fn(TableId) -> Option<Arc<TableLayout>>,
    ) -> Result<Decoded> {
        let mut heads = Vec::new();
        match decode_heads(&bytes, version, tables, &mut heads)? {
            Ok(_) => Self::of_heads(bytes, heads).map(Decoded::Mutation),
            Err(unknown) => Ok(Decoded::UnknownTable(unknown)),
        }
    }
}

/// Decodes the body of a commit log's entry where it lies, with the checks of [`Mutation::decode`] but those of what
/// updates have in common. The updates are added to `heads`; returned is the greatest timestamp in them, in
/// microseconds. The inner error is a table that is not known.
pub(in crate::storage) fn decode_heads(
    bytes: &[u8],
    version: MessagingVersion,
    tables: impl Fn(TableId) -> Option<Arc<TableLayout>>,
    heads: &mut Vec<UpdateHead>,
) -> Result<Result<i64, TableId>> {
    let mut newest = i64::MIN;
    let mut reader = Bytes::new(bytes);
    let count = reader.length().map_err(|error| broken(&reader, error))?;
    for _ in 0..count {
        match decode_update(bytes, reader.position(), version, &tables, &mut newest)? {
            Ok(head) => {
                reader = Bytes::from(bytes, head.end);
                heads.push(head);
            }
            Err(unknown) => return Ok(Err(unknown)),
        }
    }
    if reader.remaining() > 0 {
        let told = format!("behind a mutation stand {} more bytes", reader.remaining());
        return Err(Error::corrupt(told).offset(reader.position() as u64));
    }
    Ok(Ok(newest))
}

impl UpdateHead {
    /// The head of an update that was decoded before and takes all of `bytes`. Its rows are not looked at again, so that
    /// it is not known whether there are markers among them.
    pub(in crate::storage) fn of_sound(
        bytes: &[u8],
        version: MessagingVersion,
        layout: Arc<TableLayout>,
    ) -> Result<Self> {
        let mut reader = Bytes::new(bytes);
        let mut ignored = i64::MIN;
        let (_, key, flags) = read_front(&mut reader).map_err(|error| broken(&reader, error))?;
        let mut head = Self::new(layout, 0, key);
        if flags & IS_EMPTY == 0 {
            let stated = read_parts(&mut reader, bytes, flags, version, &mut head, &mut ignored);
            let stated = stated.map_err(|error| parts_error(&reader, error, &head))?;
            head.row_count = stated.unwrap_or_default();
            head.end = bytes.len();
        }
        Ok(head)
    }

    /// As [`UpdateHead::of_sound`], with all that is to be known of the rows.
    pub(in crate::storage) fn of_whole(
        bytes: &[u8],
        version: MessagingVersion,
        layout: Arc<TableLayout>,
    ) -> Result<Self> {
        let mut ignored = i64::MIN;
        let decoded = decode_update(bytes, 0, version, |_| Some(Arc::clone(&layout)), &mut ignored)?;
        decoded.map_err(|_| Error::corrupt("an update is of no table"))
    }
}

/// The table, where the key is, and the flags.
fn read_front(reader: &mut Bytes<'_>) -> Result<(TableId, Range<usize>, u8), DecodeError> {
    let id = TableId::from_bytes(reader.array()?);
    let key_bytes = reader.vint_prefixed()?.len();
    let key = reader.position().saturating_sub(key_bytes)..reader.position();
    Ok((id, key, reader.u8()?))
}

fn parts_error(reader: &Bytes<'_>, error: ListError, head: &UpdateHead) -> Error {
    let error = match error {
        ListError::Decode(error) => broken(reader, error),
        unknown => list_error(unknown),
    };
    error.at(head.layout.full_name())
}

fn broken(reader: &Bytes<'_>, error: DecodeError) -> Error {
    Error::corrupt(format!("a mutation cannot be decoded: {error}")).offset(reader.position() as u64)
}

/// One update, all of its rows looked at. The inner error is a table that is not known.
fn decode_update(
    bytes: &[u8],
    start: usize,
    version: MessagingVersion,
    tables: impl Fn(TableId) -> Option<Arc<TableLayout>>,
    newest: &mut i64,
) -> Result<Result<UpdateHead, TableId>> {
    let mut reader = Bytes::from(bytes, start);
    let front = read_front(&mut reader);
    let (id, key, flags) = front.map_err(|error| broken(&reader, error))?;
    if key.len() > KEY_LIMIT_BYTES {
        let told = format!("a partition key has {} bytes, more than {KEY_LIMIT_BYTES}", key.len());
        return Err(Error::corrupt(told).offset(key.start as u64));
    }
    let Some(layout) = tables(id) else { return Ok(Err(id)) };
    let mut head = UpdateHead::new(layout, start, key);
    if flags & IS_EMPTY != 0 {
        head.end = reader.position();
        return Ok(Ok(head));
    }
    let parts = read_parts(&mut reader, bytes, flags, version, &mut head, newest);
    let stated_rows = parts.map_err(|error| parts_error(&reader, error, &head))?;
    let checked = check_rows(bytes, &mut head, stated_rows, newest);
    checked.map_err(|error| error.at(head.layout.full_name()))?;
    Ok(Ok(head))
}

/// What stands between the flags and the rows. Returned is the stated number of rows, if there is one.
fn read_parts<'a>(
    reader: &mut Bytes<'a>,
    bytes: &'a [u8],
    flags: u8,
    version: MessagingVersion,
    head: &mut UpdateHead,
    newest: &mut i64,
) -> Result<Option<usize>, ListError> {
    let known = HAS_PARTITION_DELETION | HAS_STATIC_ROW | HAS_ROW_COUNT;
    if flags & IS_REVERSED != 0 {
        return Err(DecodeError::Invalid("the rows of an update are in reverse").into());
    }
    if flags & !known != 0 {
        return Err(DecodeError::Invalid("the flags of an update are none that exist").into());
    }
    head.deltas = Deltas::read_bases(reader, version.has_uint_deletion_time())?;
    let has_static = flags & HAS_STATIC_ROW != 0;
    let names = reader.position();
    for _ in 0..1 + usize::from(has_static) {
        for _ in 0..reader.length()? {
            reader.vint_prefixed()?;
        }
    }
    let names = bytes.get(names..reader.position()).unwrap_or_default();
    head.list = head.layout.list(names, has_static)?;
    if flags & HAS_PARTITION_DELETION != 0 {
        head.deletion = head.deltas.deletion_time(reader)?;
        if head.deletion.marked_for_delete_at == i64::MIN {
            head.deletion = DeletionTime::LIVE;
        }
        *newest = head.deletion.marked_for_delete_at.max(*newest);
    }
    if has_static {
        head.static_row = Some(reader.position());
        let mut decoder = super::RowDecoder::default();
        decoder.start(bytes, reader.position(), &head.list, &head.deltas)?;
        if !decoder.row().is_static {
            return Err(DecodeError::Invalid("the static row of an update is none").into());
        }
        *newest = newest_of_row(&decoder.row()).max(*newest);
        let mut paths = PathOrder::default();
        while decoder.advance_item(bytes, &head.list)? {
            let item = decoder.item(bytes);
            if !paths.advance(&head.layout, true, &item) {
                return Err(DecodeError::Invalid(OUT_OF_ORDER).into());
            }
            *newest = newest_of_item(&item).max(*newest);
        }
        *reader = Bytes::from(bytes, decoder.position());
    }
    let stated = if flags & HAS_ROW_COUNT != 0 { Some(reader.length()?) } else { None };
    head.rows = reader.position();
    Ok(stated)
}

/// The greatest timestamp of a row, its items apart.
fn newest_of_row(row: &Row<'_>) -> i64 {
    let deletion = row.deletion.marked_for_delete_at.max(row.shadowable_deletion.marked_for_delete_at);
    row.liveness.map_or(deletion, |liveness| liveness.timestamp.max(deletion))
}

fn newest_of_item(item: &RowItem<'_>) -> i64 {
    match item {
        RowItem::Cell(cell) => cell.timestamp,
        RowItem::ComplexDeletion { deletion, .. } => deletion.marked_for_delete_at,
    }
}

/// Goes through the rows, and notes where they end.
fn check_rows(bytes: &[u8], head: &mut UpdateHead, stated: Option<usize>, newest: &mut i64) -> Result<()> {
    let (mut row_count, mut has_markers) = (0_usize, false);
    let end = {
        let update = PartitionUpdate { bytes, head };
        let told = |what: &str, at: usize| {
            Error::corrupt(format!("an update cannot be decoded: {what}")).offset(at as u64)
        };
        let mut rows = update.rows();
        let mut order = UnfilteredOrder::new(head.layout.order().clone());
        let mut paths = PathOrder::default();
        rows.advance_partition()?;
        order.start_partition();
        while rows.advance_unfiltered()? {
            let unfiltered = rows.unfiltered();
            if order.misplaced(unfiltered.place()).is_some() {
                return Err(told("its rows are not in their order", rows.position()));
            }
            order.advance(unfiltered.place());
            if let Err(error) = check_clustering(&head.layout, unfiltered.place().1) {
                return Err(told(&error.to_string(), rows.position()));
            }
            match unfiltered {
                Unfiltered::Row(row) => {
                    row_count = row_count.saturating_add(1);
                    *newest = newest_of_row(&row).max(*newest);
                    paths.start();
                    while rows.advance_item()? {
                        let is_behind = paths.advance(&head.layout, false, &rows.item());
                        *newest = newest_of_item(&rows.item()).max(*newest);
                        if !is_behind {
                            return Err(told(OUT_OF_ORDER, rows.position()));
                        }
                    }
                }
                Unfiltered::Marker(marker) => {
                    has_markers = true;
                    let opened = marker.opened.map_or(i64::MIN, |opened| opened.marked_for_delete_at);
                    *newest = marker.deletion.marked_for_delete_at.max(opened).max(*newest);
                    if let Some(what) = order.marker(&marker) {
                        return Err(told(what, rows.position()));
                    }
                }
            }
        }
        if let Some(what) = order.end_partition() {
            return Err(told(what, rows.position()));
        }
        rows.position()
    };
    if let Some(stated) = stated.filter(|stated| *stated != row_count) {
        let told = format!("an update has {row_count} rows, but states {stated}");
        return Err(Error::corrupt(told).offset(head.rows as u64));
    }
    (head.end, head.row_count, head.has_markers) = (end, row_count, has_markers);
    Ok(())
}

/// Clustering values have to be values of their types: else they have no order.
pub(super) fn check_clustering(layout: &TableLayout, values: Clustering<'_>) -> Result<(), InvalidValue> {
    let typed = layout.clustering_types().iter().zip(values.iter());
    typed.filter_map(|(of, value)| Some((of, value.bytes()?))).try_for_each(|(of, value)| match value {
        [] => Ok(()),
        _ => validate(of, value),
    })
}
