//! The table of the components of Statistics.db, and their checksums.

use super::super::field_reader::FieldReader;
use crate::encoding::Bytes;
use crate::error::{Error, Result};
use crate::version::Version;

const CRC_BYTES: usize = 4;
const ADVICE: &str = "restore the file from a snapshot or take the SSTable from another replica";

/// The kinds of components (`MetadataType`). The discriminant is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComponentType {
    Validation = 0,
    Compaction = 1,
    Stats = 2,
    Header = 3,
}

impl ComponentType {
    const ALL: [Self; 4] = [Self::Validation, Self::Compaction, Self::Stats, Self::Header];

    fn name(self) -> &'static str {
        match self {
            Self::Validation => "VALIDATION",
            Self::Compaction => "COMPACTION",
            Self::Stats => "STATS",
            Self::Header => "HEADER",
        }
    }
}

struct TableEntry {
    component: ComponentType,
    /// Where in the table the offset is written.
    told_at: u64,
    offset: usize,
}

/// The bodies of the components, each checked against its checksum.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    bodies: Vec<(ComponentType, &'a [u8], u64)>,
}

impl<'a> Frame<'a> {
    pub(super) fn parse(file: &'a [u8], version: Version) -> Result<Self> {
        let checksums = version.has_metadata_checksum();
        let (entries, table_end) = parse_table(file, checksums)?;
        let ends = entries.iter().map(|entry| entry.offset).skip(1).chain([file.len()]);
        let mut bodies: Vec<(ComponentType, &'a [u8], u64)> = Vec::with_capacity(entries.len());
        let mut expected_start = table_end;
        for (entry, end) in entries.iter().zip(ends) {
            let name = entry.component.name();
            if bodies.iter().any(|(known, ..)| *known == entry.component) {
                return Err(table_error(entry, format!("the component {name} is listed twice")));
            }
            if entry.offset != expected_start {
                let told = format!("the component {name} is said to begin at {}", entry.offset);
                return Err(table_error(entry, format!("{told}, but {expected_start} is expected")));
            }
            let Some(whole) = file.get(entry.offset..end) else {
                return Err(table_error(entry, format!("the component {name} lies outside of the file")));
            };
            let start = entry.offset as u64;
            let body = if checksums { checked_body(name, whole, start)? } else { whole };
            bodies.push((entry.component, body, start));
            expected_start = end;
        }
        Ok(Self { bodies })
    }

    /// A reader of the body of `wanted`.
    pub(super) fn component(&self, wanted: ComponentType) -> Result<FieldReader<'a>> {
        if let Some((component, body, start)) = self.bodies.iter().find(|(known, ..)| *known == wanted) {
            return Ok(FieldReader::new(component.name(), body, *start));
        }
        Err(Error::corrupt(match wanted {
            ComponentType::Header => {
                "there is no component HEADER: without the serialization header no row can be read".to_owned()
            }
            other => format!("there is no component {}", other.name()),
        }))
    }
}

fn table_error(entry: &TableEntry, message: String) -> Error {
    Error::corrupt(message).offset(entry.told_at).advise(ADVICE)
}

/// The entries of the table, and where it ends.
fn parse_table(file: &[u8], checksums: bool) -> Result<(Vec<TableEntry>, usize)> {
    let mut reader = FieldReader::new("the table of components", file, 0);
    let mut crc = crc32fast::Hasher::new();
    let count = reader.count("the number of components", 0)?;
    crc.update(file.first_chunk::<4>().map_or(&[], |count| count.as_slice()));
    if checksums {
        check_crc(&mut reader, "the number of components", &crc)?;
    }
    let at = reader.offset();
    let Some(table_bytes) = count.checked_mul(8).filter(|needed| *needed <= reader.remaining()) else {
        let told = format!("{count} entries cannot lie in the {} bytes that follow", reader.remaining());
        return Err(reader.broken("the number of components", at, &told).advise(ADVICE));
    };
    let table = reader.read("the entries", |bytes| bytes.take(table_bytes))?;
    crc.update(table);
    if checksums {
        check_crc(&mut reader, "the entries", &crc)?;
    }
    let end = file.len().saturating_sub(reader.remaining());
    let mut entries = Vec::with_capacity(count);
    let mut reader = FieldReader::new("the table of components", table, at);
    for _ in 0..count {
        let type_at = reader.offset();
        let ordinal = reader.read("a type", Bytes::i32)?;
        let component = ComponentType::ALL.into_iter().find(|known| *known as i32 == ordinal);
        let component = component.ok_or_else(|| unknown_type(ordinal, type_at))?;
        let told_at = reader.offset();
        let offset = reader.read("an offset", Bytes::i32)?;
        let offset = usize::try_from(offset)
            .map_err(|_| reader.broken("an offset", told_at, &"it is negative").advise(ADVICE))?;
        entries.push(TableEntry { component, told_at, offset });
    }
    Ok((entries, end))
}

fn unknown_type(ordinal: i32, offset: u64) -> Error {
    Error::unsupported(format!("the file has a component of type {ordinal}: a newer version wrote it"))
        .offset(offset)
        .advise("look for a newer cqlite")
}

/// Reads the checksum that follows, and compares it with what was computed.
fn check_crc(reader: &mut FieldReader<'_>, what: &str, computed: &crc32fast::Hasher) -> Result<()> {
    let offset = reader.offset();
    let stored = reader.read(&format!("the checksum of {what}"), Bytes::u32)?;
    compare_crc(what, stored, computed.clone().finalize(), offset)
}

fn compare_crc(what: &str, stored: u32, computed: u32, offset: u64) -> Result<()> {
    if stored == computed {
        return Ok(());
    }
    Err(Error::corrupt(format!("{what}: the checksum is {computed:08x}, but {stored:08x} is stored"))
        .offset(offset)
        .advise(ADVICE))
}

/// The body of a component, which ends in its checksum.
fn checked_body<'a>(name: &str, whole: &'a [u8], start: u64) -> Result<&'a [u8]> {
    let Some((body, stored)) = whole.split_last_chunk::<CRC_BYTES>() else {
        return Err(Error::corrupt(format!("the component {name} is shorter than its checksum"))
            .offset(start)
            .advise(ADVICE));
    };
    let offset = start.saturating_add(body.len() as u64);
    let what = format!("the component {name}");
    compare_crc(&what, u32::from_be_bytes(*stored), crc32fast::hash(body), offset)?;
    Ok(body)
}
