//! The checksums of Data.db, without decompressing or decoding anything.

use std::sync::Arc;

use super::{Check, Findings, Meter, Place};
use crate::component::{ChunkOffsets, Component, CompressionInfo, digest};
use crate::error::{Error, ErrorKind, Result};
use crate::io::{Checksum, Feed as _, PlainFeed, Source, SourceExt as _};
use crate::reader::Files;
use crate::version::Version;

const CHECK: Check = Check::Checksums;
const CRC_BYTES: u64 = 4;
const READ_BYTES: usize = 1024 * 1024;

/// A stored chunk longer than this is no chunk: the offsets are wrong.
const CHUNK_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// Compares every checksum of Data.db: of its chunks and of the whole.
pub(super) fn check(files: &dyn Files, version: Version, findings: &mut Findings, meter: &mut Meter<'_>) {
    let data = match files.open(Component::Data) {
        Ok(data) => data,
        // That it is missing was told already.
        Err(error) if error.kind() == ErrorKind::Missing => return,
        Err(error) => return findings.error(CHECK, Component::Data, &error),
    };
    data.advise_sequential();
    let whole = match chunks(files, &data, version, findings, meter) {
        Ok(checksum) => checksum.of_whole_file(data.len()),
        Err(error) => {
            findings.error(CHECK, Component::Data, &error);
            None
        }
    };
    let whole = match whole {
        Some(whole) => Ok(whole),
        None => of_whole_file(&*data, meter),
    };
    match whole {
        Ok(actual) => compare_digest(files, actual, findings),
        Err(error) => findings.error(CHECK, Component::Data, &error),
    }
}

/// Compares Digest.crc32 with the checksum of the whole Data.db.
pub(super) fn compare_digest(files: &dyn Files, actual: u32, findings: &mut Findings) {
    let stated = match files.open_if_there(Component::Digest) {
        Ok(Some(file)) => file.read_all(1024).and_then(|bytes| digest::parse(&bytes)),
        Ok(None) => {
            return findings.note(CHECK, (Component::Digest, Place::Whole), || {
                "the file is missing: the checksum of Data.db as a whole cannot be compared".to_owned()
            });
        }
        Err(error) => Err(error),
    };
    match stated {
        Ok(stated) if stated == actual => {}
        Ok(stated) => {
            let chunks_are_sound = findings.damages(CHECK) == 0;
            findings.damage(CHECK, (Component::Digest, Place::Offset(0)), || {
                let blame = match chunks_are_sound {
                    true => "the chunks of Data.db match their own checksums as far as they have any, so it may be this file that is damaged",
                    false => "Data.db is damaged",
                };
                format!("it states the checksum {stated}, but that of Data.db is {actual}: {blame}")
            });
        }
        Err(error) => findings.error(CHECK, Component::Digest, &error),
    }
}

/// Compares the checksum of each chunk, and computes that of all.
fn chunks(
    files: &dyn Files,
    data: &Arc<dyn Source>,
    version: Version,
    findings: &mut Findings,
    meter: &mut Meter<'_>,
) -> Result<Checksum> {
    match files.open_if_there(Component::CompressionInfo)? {
        Some(source) => {
            compressed(&**data, Arc::new(CompressionInfo::open(source, version)?), findings, meter)
        }
        None => plain(data, files.open_if_there(Component::Crc)?, findings, meter),
    }
}

fn compressed(
    data: &dyn Source,
    info: Arc<CompressionInfo>,
    findings: &mut Findings,
    meter: &mut Meter<'_>,
) -> Result<Checksum> {
    let mut whole = Checksum::default();
    let mut offsets = ChunkOffsets::new(Arc::clone(&info), data.len());
    let mut chunk = Vec::new();
    for index in 0..info.chunk_count {
        let payload = match offsets.payload(index) {
            Ok(payload) => payload,
            Err(error) => {
                findings.error(CHECK, Component::CompressionInfo, &error);
                continue;
            }
        };
        let length = payload.end.saturating_sub(payload.start);
        if length > CHUNK_LIMIT_BYTES {
            let place = Place::Offset(offsets.place_of(index));
            findings.damage(CHECK, (Component::CompressionInfo, place), || {
                format!("chunk {index} would have {length} bytes, more than any chunk")
            });
            continue;
        }
        chunk.resize(length.saturating_add(CRC_BYTES) as usize, 0);
        data.read_exact(&mut chunk, payload.start)?;
        let Some((stored, crc)) = chunk.split_last_chunk::<4>() else { continue };
        whole.update(payload.start, &chunk);
        if crc32fast::hash(stored) != u32::from_be_bytes(*crc) {
            findings.damage(CHECK, (Component::Data, Place::Offset(payload.start)), || {
                format!("chunk {index} ({length} bytes) fails its checksum")
            });
        }
        meter.reached(payload.end);
    }
    Ok(whole)
}

fn plain(
    data: &Arc<dyn Source>,
    crc: Option<Arc<dyn Source>>,
    findings: &mut Findings,
    meter: &mut Meter<'_>,
) -> Result<Checksum> {
    let mut feed = PlainFeed::new(Arc::clone(data), crc, true)?;
    let unit = feed.unit();
    let mut buffer = vec![0; unit.max(READ_BYTES.next_multiple_of(unit))];
    let mut position: u64 = 0;
    let mut is_whole = true;
    loop {
        match feed.fill(&mut buffer) {
            Ok(0) => break,
            Ok(filled) => position = position.saturating_add(filled as u64),
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                findings.error(CHECK, Component::Data, &error);
                is_whole = false;
                position = position.saturating_add(unit as u64);
                if position >= data.len() {
                    break;
                }
                feed.seek(position)?;
            }
            Err(error) => return Err(error),
        }
        meter.reached(position);
    }
    Ok(feed.digest().filter(|_| is_whole).unwrap_or_default())
}

fn of_whole_file(data: &dyn Source, meter: &mut Meter<'_>) -> Result<u32, Error> {
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut offset = 0;
    while offset < data.len() {
        let length = data.len().saturating_sub(offset).min(READ_BYTES as u64);
        let part = buffer.get_mut(..length as usize).unwrap_or_default();
        data.read_exact(part, offset)?;
        hasher.update(part);
        offset = offset.saturating_add(length);
        meter.reached(offset);
    }
    Ok(hasher.finalize())
}
