//! Updates, rows and cells as bytes, for memory and temporary files: never seen by anybody else.

use crate::encoding::{Bytes, DecodeError, write_uvint};
use crate::row::{
    Cell, Clustering, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness,
    NO_DELETION_TIME, OwnedRow, Row, RowItem,
};

const HAS_LIVENESS: u8 = 1;
const LIVENESS_EXPIRES: u8 = 2;
const HAS_DELETION: u8 = 4;
const HAS_SHADOWABLE_DELETION: u8 = 8;

const IS_CELL: u8 = 1;
const HAS_PATH: u8 = 2;
const HAS_TTL: u8 = 4;
const HAS_DELETION_TIME: u8 = 8;

pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_uvint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

pub(super) fn put_deletion(deletion: &DeletionTime, out: &mut Vec<u8>) {
    out.extend_from_slice(&deletion.marked_for_delete_at.to_be_bytes());
    out.extend_from_slice(&deletion.local_deletion_time_seconds.to_be_bytes());
}

pub(super) fn read_deletion(bytes: &mut Bytes<'_>) -> Result<DeletionTime, DecodeError> {
    Ok(DeletionTime { marked_for_delete_at: bytes.i64()?, local_deletion_time_seconds: bytes.i64()? })
}

pub(super) fn put_prefix(kind: ClusteringKind, clustering: Clustering<'_>, out: &mut Vec<u8>) {
    out.push(kind as u8);
    put_clustering(clustering, out);
}

pub(super) fn read_prefix(
    bytes: &mut Bytes<'_>,
    into: &mut ClusteringBuffer,
) -> Result<ClusteringKind, DecodeError> {
    let kind =
        ClusteringKind::from_ordinal(bytes.u8()?).ok_or(DecodeError::Invalid("a bound has no kind"))?;
    read_clustering(bytes, into)?;
    Ok(kind)
}

fn put_clustering(clustering: Clustering<'_>, out: &mut Vec<u8>) {
    write_uvint(clustering.len() as u64, out);
    for value in clustering.iter() {
        match value {
            ClusteringValue::Null => write_uvint(0, out),
            ClusteringValue::Value(bytes) => {
                write_uvint((bytes.len() as u64).saturating_add(1), out);
                out.extend_from_slice(bytes);
            }
        }
    }
}

fn read_clustering(bytes: &mut Bytes<'_>, into: &mut ClusteringBuffer) -> Result<(), DecodeError> {
    into.clear();
    for _ in 0..bytes.length()? {
        match bytes.length()?.checked_sub(1) {
            None => into.push(ClusteringValue::Null),
            Some(length) => into.push(ClusteringValue::Value(bytes.take(length)?)),
        }
    }
    Ok(())
}

pub(super) fn put_row(row: &Row<'_>, out: &mut Vec<u8>) {
    let expires = row.liveness.is_some_and(|liveness| liveness.expires_at_seconds != NO_DELETION_TIME);
    let mut flags = 0;
    for (is_set, flag) in [
        (row.liveness.is_some(), HAS_LIVENESS),
        (expires, LIVENESS_EXPIRES),
        (!row.deletion.is_live(), HAS_DELETION),
        (!row.shadowable_deletion.is_live(), HAS_SHADOWABLE_DELETION),
    ] {
        flags |= if is_set { flag } else { 0 };
    }
    out.push(flags);
    put_clustering(row.clustering, out);
    if let Some(liveness) = row.liveness {
        out.extend_from_slice(&liveness.timestamp.to_be_bytes());
        if expires {
            out.extend_from_slice(&liveness.ttl_seconds.to_be_bytes());
            out.extend_from_slice(&liveness.expires_at_seconds.to_be_bytes());
        }
    }
    for deletion in [&row.deletion, &row.shadowable_deletion] {
        if !deletion.is_live() {
            put_deletion(deletion, out);
        }
    }
}

pub(super) fn read_row(bytes: &mut Bytes<'_>, into: &mut OwnedRow) -> Result<(), DecodeError> {
    let flags = bytes.u8()?;
    let has = |flag: u8| flags & flag != 0;
    read_clustering(bytes, &mut into.clustering)?;
    into.liveness = None;
    if has(HAS_LIVENESS) {
        let mut liveness = Liveness::new(bytes.i64()?);
        if has(LIVENESS_EXPIRES) {
            liveness.ttl_seconds = bytes.i32()?;
            liveness.expires_at_seconds = bytes.i64()?;
        }
        into.liveness = Some(liveness);
    }
    let mut deletion = |flag: u8| if has(flag) { read_deletion(bytes) } else { Ok(DeletionTime::LIVE) };
    into.deletion = deletion(HAS_DELETION)?;
    into.shadowable_deletion = deletion(HAS_SHADOWABLE_DELETION)?;
    Ok(())
}

pub(super) fn put_item(item: &RowItem<'_>, out: &mut Vec<u8>) {
    let cell = match item {
        RowItem::ComplexDeletion { column, deletion } => {
            out.push(0);
            write_uvint(*column as u64, out);
            return put_deletion(deletion, out);
        }
        RowItem::Cell(cell) => cell,
    };
    let mut flags = IS_CELL;
    let deletion_time = cell.local_deletion_time_seconds;
    for (is_set, flag) in [
        (cell.path.is_some(), HAS_PATH),
        (cell.ttl_seconds != 0, HAS_TTL),
        (deletion_time != NO_DELETION_TIME, HAS_DELETION_TIME),
    ] {
        flags |= if is_set { flag } else { 0 };
    }
    out.push(flags);
    write_uvint(cell.column as u64, out);
    out.extend_from_slice(&cell.timestamp.to_be_bytes());
    if cell.ttl_seconds != 0 {
        out.extend_from_slice(&cell.ttl_seconds.to_be_bytes());
    }
    if deletion_time != NO_DELETION_TIME {
        out.extend_from_slice(&deletion_time.to_be_bytes());
    }
    if let Some(path) = cell.path {
        put_bytes(path, out);
    }
    put_bytes(cell.value, out);
}

pub(super) fn read_item<'a>(bytes: &mut Bytes<'a>) -> Result<RowItem<'a>, DecodeError> {
    let flags = bytes.u8()?;
    let has = |flag: u8| flags & flag != 0;
    let column = bytes.length()?;
    if !has(IS_CELL) {
        return Ok(RowItem::ComplexDeletion { column, deletion: read_deletion(bytes)? });
    }
    Ok(RowItem::Cell(Cell {
        column,
        timestamp: bytes.i64()?,
        ttl_seconds: if has(HAS_TTL) { bytes.i32()? } else { 0 },
        local_deletion_time_seconds: if has(HAS_DELETION_TIME) { bytes.i64()? } else { NO_DELETION_TIME },
        path: if has(HAS_PATH) { Some(bytes.vint_prefixed()?) } else { None },
        value: bytes.vint_prefixed()?,
    }))
}
