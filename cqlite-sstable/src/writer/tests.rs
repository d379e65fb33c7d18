use std::sync::Arc;

use super::{Lossy, SstableWriter, WriterOptions, Written};
use crate::component::Component;
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::compress::{CompressionParameters, Compressor};
use crate::descriptor::SstableId;
use crate::error::{ErrorKind, Result};
use crate::io::{MemoryDirectory, OutputDirectory as _};
use crate::partitioner::Partitioner;
use crate::reader::{MemoryFiles, ScanOptions, Sstable};
use crate::row::{
    Cell, ClusteringBuffer, ClusteringKind, ClusteringValue, DeletionTime, Liveness, Marker,
    NO_DELETION_TIME, Row, RowItem, Unfiltered,
};
use crate::types::CqlType;
use crate::version::{Format, Version};

fn header() -> SerializationHeader {
    let column = |name: &str, column_type| HeaderColumn { name: name.into(), column_type };
    let map = CqlType::Map { key: CqlType::Int.into(), value: CqlType::Text.into(), frozen: false };
    SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 1_700_000_000,
        min_ttl_seconds: 0,
        key_type: CqlType::Text,
        clustering_types: vec![CqlType::Int],
        static_columns: Vec::new(),
        regular_columns: vec![column("a", CqlType::Text), column("m", map)],
    }
}

fn writer_of(
    letters: &str,
    change: impl FnOnce(&mut WriterOptions),
) -> Result<(SstableWriter, MemoryDirectory)> {
    let version = Version::parse(letters, if letters == "da" { Format::Bti } else { Format::Big })?;
    let directory = MemoryDirectory::new("memory");
    let mut options = WriterOptions::new(version, &Partitioner::ByteOrdered, 10);
    change(&mut options);
    let (id, partitioner) = (SstableId::Sequence(1), Partitioner::ByteOrdered);
    let writer =
        SstableWriter::new(Arc::new(directory.clone()), version, id, header(), partitioner, options)?;
    Ok((writer, directory))
}

fn writer(letters: &str) -> (SstableWriter, MemoryDirectory) {
    writer_of(letters, |_| {}).unwrap()
}

fn clustering(value: i32) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    buffer.push(ClusteringValue::Value(&value.to_be_bytes()));
    buffer
}

fn start_row(writer: &mut SstableWriter, value: i32) -> Result<()> {
    writer.start_row(&Row {
        is_static: false,
        clustering: clustering(value).as_clustering(),
        liveness: Some(Liveness::new(5)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    })
}

fn text_cell(value: &[u8]) -> Cell<'_> {
    let local_deletion_time_seconds = NO_DELETION_TIME;
    Cell { column: 0, timestamp: 5, ttl_seconds: 0, local_deletion_time_seconds, path: None, value }
}

fn opened(directory: &MemoryDirectory, written: &Written) -> Sstable {
    let mut files = MemoryFiles::default();
    for (component, bytes) in &written.components {
        let name = format!("{}-1-{}-{component}", written.version, written.version.format().name());
        let content = directory.bytes(&name).unwrap();
        assert_eq!(content.len() as u64, *bytes, "{name}");
        files.insert(*component, content);
    }
    Sstable::open_files(Box::new(files), written.version).unwrap()
}

#[test]
fn partitions_and_rows_out_of_order_are_refused_with_both_their_names() {
    let (mut writer, _) = writer("nb");
    writer.start_partition(b"bbb", DeletionTime::LIVE).unwrap();
    start_row(&mut writer, 7).unwrap();
    writer.end_row().unwrap();
    start_row(&mut writer, 3).unwrap();
    let told = writer.end_row().unwrap_err().to_string();
    assert!(
        told.contains("CLUSTERING (3)") && told.contains("CLUSTERING (7)") && told.contains("bbb"),
        "{told}"
    );
    let (mut writer, _) = self::writer("nb");
    for key in [b"aaa", b"bbb"] {
        writer.start_partition(key, DeletionTime::LIVE).unwrap();
        writer.end_partition().unwrap();
    }
    let told = writer.start_partition(b"abc", DeletionTime::LIVE).unwrap_err().to_string();
    assert!(told.contains("abc") && told.contains("bbb"), "{told}");
    let told = writer.start_partition(b"bbb", DeletionTime::LIVE).unwrap_err().to_string();
    assert!(told.contains("twice"), "{told}");
}

#[test]
fn keys_that_no_sstable_has_are_refused() {
    for key in [&b""[..], &[b'k'; 65_536]] {
        let error = writer("oa").0.start_partition(key, DeletionTime::LIVE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn markers_that_do_not_pair_are_refused() {
    let values = clustering(1);
    let deletion = DeletionTime { marked_for_delete_at: 1, local_deletion_time_seconds: 1_700_000_001 };
    let marker = |kind| Marker { kind, clustering: values.as_clustering(), deletion, opened: None };
    let (mut writer, _) = writer("nb");
    writer.start_partition(b"a", DeletionTime::LIVE).unwrap();
    writer.marker(&marker(ClusteringKind::InclEndBound)).unwrap_err();
    let (mut writer, _) = self::writer("nb");
    writer.start_partition(b"a", DeletionTime::LIVE).unwrap();
    writer.marker(&marker(ClusteringKind::InclStartBound)).unwrap();
    writer.end_partition().unwrap_err();
}

#[test]
fn cells_of_a_collection_out_of_order_are_refused_and_each_row_begins_a_new_order() {
    let (mut writer, _) = writer("nb");
    writer.start_partition(b"the key", DeletionTime::LIVE).unwrap();
    for row in 0..2 {
        start_row(&mut writer, row).unwrap();
        for path in [-7_i32, 3, 4] {
            writer.cell(&Cell { column: 1, path: Some(&path.to_be_bytes()), ..text_cell(b"x") }).unwrap();
        }
        writer.end_row().unwrap();
    }
    for next in [-8_i32, -7] {
        let (mut writer, _) = self::writer("nb");
        writer.start_partition(b"the key", DeletionTime::LIVE).unwrap();
        start_row(&mut writer, 1).unwrap();
        let mut push =
            |path: i32| writer.cell(&Cell { column: 1, path: Some(&path.to_be_bytes()), ..text_cell(b"x") });
        push(-7).unwrap();
        let error = push(next).unwrap_err();
        assert_eq!((error.kind(), error.partition_key()), (ErrorKind::InvalidInput, Some("the key")));
        assert!(error.to_string().contains("order of their paths"), "{error}");
    }
}

#[test]
fn a_row_that_does_not_fit_memory_is_read_as_it_was_written() {
    const ENTRIES: u32 = 400_000;
    let (mut writer, directory) = writer("oa");
    writer.start_partition(b"a", DeletionTime::LIVE).unwrap();
    start_row(&mut writer, 1).unwrap();
    writer.cell(&text_cell(b"front")).unwrap();
    let deletion = DeletionTime { marked_for_delete_at: 4, local_deletion_time_seconds: 1_700_000_001 };
    writer.complex_deletion(1, deletion).unwrap();
    for entry in 0..ENTRIES {
        let path = entry.to_be_bytes();
        writer.cell(&Cell { column: 1, path: Some(&path), ..text_cell(b"some text of an entry") }).unwrap();
    }
    writer.end_row().unwrap();
    writer.end_partition().unwrap();
    let written = writer.finish().unwrap();
    let sstable = opened(&directory, &written);
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    assert!(cursor.advance_partition().unwrap() && cursor.advance_unfiltered().unwrap());
    assert!(cursor.advance_item().unwrap());
    assert_eq!(cursor.item(), RowItem::Cell(text_cell(b"front")));
    assert!(cursor.advance_item().unwrap());
    assert_eq!(cursor.item(), RowItem::ComplexDeletion { column: 1, deletion });
    for entry in 0..ENTRIES {
        assert!(cursor.advance_item().unwrap());
        let RowItem::Cell(cell) = cursor.item() else { panic!("no cell at {entry}") };
        assert_eq!(cell.path, Some(&entry.to_be_bytes()[..]));
    }
    assert!(!cursor.advance_item().unwrap() && !cursor.advance_unfiltered().unwrap());
    sstable.finish_scan(&mut cursor).unwrap();
}

#[test]
fn what_a_version_cannot_hold_is_refused_with_the_partition_or_converted_and_counted() {
    let late = Cell { ttl_seconds: 60, local_deletion_time_seconds: 2_300_000_000, ..text_cell(b"x") };
    let negative = DeletionTime { marked_for_delete_at: -1, local_deletion_time_seconds: 1_700_000_000 };
    let push = |letters: &str, lossy: Lossy, deletion: DeletionTime, cell: &Cell<'_>| {
        let (mut writer, directory) = writer_of(letters, |options| options.lossy = lossy)?;
        writer.start_partition(b"the key", deletion)?;
        start_row(&mut writer, 1)?;
        writer.cell(cell)?;
        writer.end_row()?;
        writer.end_partition()?;
        Ok((writer.finish()?, directory))
    };
    let live = DeletionTime::LIVE;
    for (letters, deletion, cell) in
        [("nb", live, late), ("oa", negative, text_cell(b"x")), ("da", negative, late)]
    {
        let refused: Result<(Written, MemoryDirectory)> = push(letters, Lossy::Refuse, deletion, &cell);
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.partition_key()), (ErrorKind::Unsupported, Some("the key")));
        let converted = push(letters, Lossy::Convert, deletion, &cell);
        let (written, directory) = converted.unwrap();
        let counts = written.conversions;
        assert_eq!(counts.capped_times, u64::from(letters == "nb"));
        assert_eq!(counts.dropped_partition_deletions, u64::from(letters != "nb"));
        let sstable = opened(&directory, &written);
        let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
        assert!(cursor.advance_partition().unwrap() && cursor.advance_unfiltered().unwrap());
        assert!(cursor.partition().deletion.is_live() && cursor.advance_item().unwrap());
        let RowItem::Cell(read) = cursor.item() else { panic!("no cell") };
        let expected =
            if letters == "nb" { i64::from(i32::MAX) - 1 } else { cell.local_deletion_time_seconds };
        assert_eq!(read.local_deletion_time_seconds, expected, "{letters}");
    }
    for letters in ["oa", "da"] {
        let (written, _) = push(letters, Lossy::Refuse, live, &late).unwrap();
        assert_eq!(written.conversions, super::Conversions::default());
    }
    let zstd = CompressionParameters::of(Compressor::Zstd);
    let compressed =
        |lossy| writer_of("me", |options| (options.compression, options.lossy) = (Some(zstd.clone()), lossy));
    assert!(compressed(Lossy::Refuse).is_err_and(|error| error.kind() == ErrorKind::Unsupported));
    assert!(compressed(Lossy::Convert).is_ok());
}

#[test]
fn raw_chunks_are_read_as_they_were_written() {
    let parameters = CompressionParameters::default().with_chunk_length(4096).unwrap();
    let parameters = parameters.with_min_compress_ratio(1.1).unwrap();
    let mut noise = 1_u64;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 56) as u8
    })
    .take(10_000)
    .collect();
    // The last chunk is shorter than what is stored at least for one that is raw, or just not.
    for length in [8192, 8200, 9000, 10_000] {
        let (mut writer, directory) =
            writer_of("nb", |options| options.compression = Some(parameters.clone())).unwrap();
        writer.start_partition(b"a", DeletionTime::LIVE).unwrap();
        start_row(&mut writer, 1).unwrap();
        writer.cell(&text_cell(&random[..length])).unwrap();
        writer.end_row().unwrap();
        writer.end_partition().unwrap();
        let sstable = opened(&directory, &writer.finish().unwrap());
        let mut cursor = sstable.scan(ScanOptions { digest: true, ..ScanOptions::default() }).unwrap();
        assert!(cursor.advance_partition().unwrap() && cursor.advance_unfiltered().unwrap());
        assert!(cursor.advance_item().unwrap());
        assert_eq!(cursor.item(), RowItem::Cell(text_cell(&random[..length])));
        assert!(!cursor.advance_unfiltered().unwrap() && !cursor.advance_partition().unwrap());
        sstable.finish_scan(&mut cursor).unwrap();
    }
}

#[test]
fn what_is_not_finished_is_removed_and_nothing_is_written_over() {
    let (mut writer, directory) = writer("nb");
    writer.start_partition(b"a", DeletionTime::LIVE).unwrap();
    assert!(!directory.names().unwrap().is_empty());
    drop(writer);
    assert!(directory.names().unwrap().is_empty());
    let (writer, directory) = self::writer("nb");
    assert!(writer.finish().is_err(), "without a partition");
    assert!(directory.names().unwrap().is_empty());
    directory.create(&format!("nb-1-big-{}", Component::Toc)).unwrap();
    let version = Version::parse("nb", Format::Big).unwrap();
    let options = WriterOptions::new(version, &Partitioner::Murmur3, 1);
    let (output, id) = (Arc::new(directory.clone()), SstableId::Sequence(1));
    let again = SstableWriter::new(output, version, id, header(), Partitioner::Murmur3, options);
    assert!(again.is_err_and(|error| error.kind() == ErrorKind::InvalidInput));
    assert_eq!(directory.names().unwrap().len(), 1);
}

#[test]
fn of_a_rows_two_deletions_the_later_is_kept_and_what_is_lost_with_the_other_is_counted() {
    let at = |timestamp| DeletionTime { marked_for_delete_at: timestamp, local_deletion_time_seconds: 9 };
    let write = |lossy, deletion, shadowable_deletion| {
        let (mut writer, directory) = writer_of("nb", |options| options.lossy = lossy)?;
        writer.start_partition(b"the key", DeletionTime::LIVE)?;
        let clustering = clustering(1);
        let clustering = clustering.as_clustering();
        let row = Row { is_static: false, clustering, liveness: None, deletion, shadowable_deletion };
        writer.start_row(&row)?;
        writer.end_row()?;
        writer.end_partition()?;
        let written = writer.finish()?;
        let mut cursor = opened(&directory, &written).scan(ScanOptions::default())?;
        assert!(cursor.advance_partition()? && cursor.advance_unfiltered()?);
        let Unfiltered::Row(read) = cursor.unfiltered() else { panic!("a row was written") };
        Ok::<_, crate::Error>((
            read.deletion,
            read.shadowable_deletion,
            written.conversions.dropped_row_deletions,
        ))
    };
    for lossy in [Lossy::Refuse, Lossy::Convert] {
        assert_eq!(write(lossy, at(7), at(6)).unwrap(), (at(7), DeletionTime::LIVE, 0));
    }
    let refused = write(Lossy::Refuse, at(6), at(7)).unwrap_err().to_string();
    assert!(refused.contains("the key") && refused.contains("shadowable"), "{refused}");
    assert_eq!(write(Lossy::Convert, at(6), at(7)).unwrap(), (DeletionTime::LIVE, at(7), 1));
}
