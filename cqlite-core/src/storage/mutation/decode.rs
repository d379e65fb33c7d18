//! Mutations from bytes that somebody else wrote.

use std::sync::Arc;

use cqlite_sstable::encoding::{Bytes, DecodeError, Deltas};
use cqlite_sstable::row::{Clustering, DeletionTime, Unfiltered, UnfilteredOrder, UnfilteredPartitions};
use cqlite_sstable::types::{InvalidValue, validate};
use cqlite_sstable::{Error, Result};

use super::column_list::ListError;
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
        let mut reader = Bytes::new(&bytes);
        let count = reader.length().map_err(|error| broken(&reader, error))?;
        let mut heads = Vec::new();
        for _ in 0..count {
            match decode_update(&bytes, reader.position(), version, &tables)? {
                Ok(head) => {
                    reader = Bytes::from(&bytes, head.end);
                    heads.push(head);
                }
                Err(unknown) => return Ok(Decoded::UnknownTable(unknown)),
            }
        }
        if reader.remaining() > 0 {
            let told = format!("behind a mutation stand {} more bytes", reader.remaining());
            return Err(Error::corrupt(told).offset(reader.position() as u64));
        }
        Self::of_heads(bytes, heads).map(Decoded::Mutation)
    }
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
) -> Result<Result<UpdateHead, TableId>> {
    let mut reader = Bytes::from(bytes, start);
    let mut front = || -> Result<_, DecodeError> {
        let id = TableId::from_bytes(reader.array()?);
        let key_bytes = reader.vint_prefixed()?.len();
        let key = reader.position().saturating_sub(key_bytes)..reader.position();
        Ok((id, key, reader.u8()?))
    };
    let front = front();
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
    let parts = read_parts(&mut reader, bytes, flags, version, &mut head);
    let stated_rows = match parts {
        Ok(stated) => stated,
        Err(ListError::Decode(error)) => {
            return Err(broken(&reader, error).at(head.layout.full_name()));
        }
        Err(unknown) => return Err(list_error(unknown).at(head.layout.full_name())),
    };
    check_rows(bytes, &mut head, stated_rows).map_err(|error| error.at(head.layout.full_name()))?;
    Ok(Ok(head))
}

/// What stands between the flags and the rows. Returned is the stated number of rows, if there is one.
fn read_parts<'a>(
    reader: &mut Bytes<'a>,
    bytes: &'a [u8],
    flags: u8,
    version: MessagingVersion,
    head: &mut UpdateHead,
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
    }
    if has_static {
        head.static_row = Some(reader.position());
        let mut decoder = super::RowDecoder::default();
        decoder.start(bytes, reader.position(), &head.list, &head.deltas)?;
        if !decoder.row().is_static {
            return Err(DecodeError::Invalid("the static row of an update is none").into());
        }
        while decoder.advance_item(bytes, &head.list)? {}
        *reader = Bytes::from(bytes, decoder.position());
    }
    let stated = if flags & HAS_ROW_COUNT != 0 { Some(reader.length()?) } else { None };
    head.rows = reader.position();
    Ok(stated)
}

/// Goes through the rows, and notes where they end.
fn check_rows(bytes: &[u8], head: &mut UpdateHead, stated: Option<usize>) -> Result<()> {
    let (mut row_count, mut has_markers) = (0_usize, false);
    let end = {
        let update = PartitionUpdate { bytes, head };
        let told = |what: &str, at: usize| {
            Error::corrupt(format!("an update cannot be decoded: {what}")).offset(at as u64)
        };
        let mut rows = update.rows();
        let mut order = UnfilteredOrder::new(head.layout.order().clone());
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
                Unfiltered::Row(_) => row_count = row_count.saturating_add(1),
                Unfiltered::Marker(marker) => {
                    has_markers = true;
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
