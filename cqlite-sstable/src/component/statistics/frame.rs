//! The table of the components of Statistics.db, and their checksums.

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
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
        let (mut entries, table_end) = parse_table(file, checksums)?;
        // Cassandra lists them as they lie; ScyllaDB in any order
        entries.sort_by_key(|entry| entry.offset);
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

/// The bytes of a Statistics.db of these components (`MetadataSerializer.serialize`), which come in the order of their
/// types.
pub(super) fn write(components: &[(ComponentType, Vec<u8>)], version: Version) -> Result<Vec<u8>> {
    let checksums = version.has_metadata_checksum();
    let crc_bytes = if checksums { CRC_BYTES } else { 0 };
    let mut offset = components.len().saturating_mul(8).saturating_add(CRC_BYTES);
    offset = offset.saturating_add(crc_bytes).saturating_add(crc_bytes);
    let mut entries = Vec::with_capacity(components.len());
    for (component, body) in components {
        entries.push((*component, offset));
        offset = offset.saturating_add(body.len()).saturating_add(crc_bytes);
    }
    let mut file = write_table(&entries, checksums)?;
    for (_, body) in components {
        write_body(&mut file, body, checksums);
    }
    Ok(file.into_bytes())
}

/// The bytes of `file` with another body for `wanted`. All other bodies stay as they are, and the table lists them in
/// the same order.
pub(super) fn replace(file: &[u8], version: Version, wanted: ComponentType, new: &[u8]) -> Result<Vec<u8>> {
    let checksums = version.has_metadata_checksum();
    let frame = Frame::parse(file, version)?;
    let (listed, _) = parse_table(file, checksums)?;
    let found = frame.bodies.iter().find(|(component, ..)| *component == wanted);
    let (length, start) = found.map_or((0, 0), |(_, body, start)| (body.len(), *start as usize));
    let moved = |offset: usize| match offset > start {
        true => offset.saturating_sub(length).saturating_add(new.len()),
        false => offset,
    };
    let entries: Vec<_> = listed.iter().map(|entry| (entry.component, moved(entry.offset))).collect();
    let mut written = write_table(&entries, checksums)?;
    for (component, body, _) in &frame.bodies {
        write_body(&mut written, if *component == wanted { new } else { body }, checksums);
    }
    Ok(written.into_bytes())
}

fn write_table(entries: &[(ComponentType, usize)], checksums: bool) -> Result<FieldWriter> {
    let mut crc = crc32fast::Hasher::new();
    let mut file = FieldWriter::default();
    let mut put = |file: &mut FieldWriter, number: i32| {
        file.i32(number);
        crc.update(&number.to_be_bytes());
        crc.clone().finalize()
    };
    let put_crc = |file: &mut FieldWriter, crc: u32| checksums.then(|| file.u32(crc));
    let mut table_crc = put(&mut file, entries.len() as i32);
    put_crc(&mut file, table_crc);
    for (component, offset) in entries {
        put(&mut file, *component as i32);
        let told = i32::try_from(*offset).map_err(|_| {
            Error::unsupported(format!("{} begins behind 2 GiB of Statistics.db", component.name()))
        })?;
        table_crc = put(&mut file, told);
    }
    put_crc(&mut file, table_crc);
    Ok(file)
}

fn write_body(file: &mut FieldWriter, body: &[u8], checksums: bool) {
    file.raw(body);
    if checksums {
        file.u32(crc32fast::hash(body));
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
    let stored = reader.read("a checksum", Bytes::u32)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::version::Format;

    /// A file of `nb` with these components, `gap` bytes behind the table.
    fn file(components: &[(i32, &[u8])], gap: i32) -> Vec<u8> {
        let mut crc = crc32fast::Hasher::new();
        let count = (components.len() as i32).to_be_bytes();
        crc.update(&count);
        let mut table = Vec::new();
        let mut offset = 12 + 8 * components.len() as i32 + gap;
        for (component, body) in components {
            table.extend(component.to_be_bytes());
            table.extend(offset.to_be_bytes());
            offset += body.len() as i32 + 4;
        }
        let mut bytes = [&count[..], &crc.clone().finalize().to_be_bytes(), &table].concat();
        crc.update(&table);
        bytes.extend(crc.finalize().to_be_bytes());
        bytes.extend(vec![0; gap as usize]);
        for (_, body) in components {
            bytes.extend(*body);
            bytes.extend(crc32fast::hash(body).to_be_bytes());
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Frame<'_>> {
        Frame::parse(bytes, Version::parse("nb", Format::Big)?)
    }

    #[test]
    fn bodies_come_without_their_checksums() {
        let bytes = file(&[(0, b"v"), (3, b"header")], 0);
        let frame = parse(&bytes).unwrap();
        let mut header = frame.component(ComponentType::Header).unwrap();
        assert_eq!((header.offset(), header.remaining()), (33, 6));
        assert_eq!(header.read("all", |bytes| bytes.take(6)).unwrap(), b"header");
    }

    #[test]
    fn components_may_be_listed_in_another_order_than_they_lie_in() {
        let body = |of: &str| format!("body of {of}").into_bytes();
        let bodies: Vec<Vec<u8>> = ["validation", "compaction", "stats", "header"].map(body).into();
        let mut bytes = 4_i32.to_be_bytes().to_vec();
        let start = |component: usize| 36 + bodies[..component].iter().map(Vec::len).sum::<usize>() as i32;
        for component in [3, 2, 0, 1_usize] {
            bytes.extend((component as i32).to_be_bytes());
            bytes.extend(start(component).to_be_bytes());
        }
        bytes.extend(bodies.concat());
        let frame = Frame::parse(&bytes, Version::parse("mc", Format::Big).unwrap()).unwrap();
        for component in ComponentType::ALL {
            let mut reader = frame.component(component).unwrap();
            let read = reader.read("all", |bytes| bytes.take(bytes.remaining())).unwrap();
            assert_eq!(read, bodies[component as usize]);
        }
    }

    #[test]
    fn a_component_of_a_newer_version_is_not_called_damage() {
        let error = parse(&file(&[(0, b"v"), (4, b"new")], 0)).unwrap_err();
        assert_eq!((error.kind(), error.byte_offset()), (ErrorKind::Unsupported, Some(16)));
        assert!(error.message().contains("newer version"));
    }

    #[test]
    fn a_missing_header_is_told() {
        let bytes = file(&[(0, b"v")], 0);
        let error = parse(&bytes).unwrap().component(ComponentType::Header).unwrap_err();
        assert!(error.message().contains("serialization header"), "{error}");
    }

    #[test]
    fn components_twice_or_with_a_gap_are_refused() {
        assert!(parse(&file(&[(0, b"v"), (0, b"v")], 0)).unwrap_err().message().contains("twice"));
        assert!(parse(&file(&[(0, b"v")], 1)).unwrap_err().message().contains("expected"));
    }

    #[test]
    fn a_failed_checksum_names_its_component_and_place() {
        let mut bytes = file(&[(0, b"v"), (2, b"stats")], 0);
        let last = bytes.len() - 6;
        bytes[last] ^= 1;
        let error = parse(&bytes).unwrap_err();
        assert!(error.message().starts_with("the component STATS: the checksum is"), "{error}");
        assert_eq!(error.byte_offset(), Some(bytes.len() as u64 - 4));
    }
}
