use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::compress::Compressor;
use cqlite_sstable::io::MemorySource;

use super::{compressions, entry, mutation, open, options};
use crate::storage::commitlog::{
    CommitLogOptions, OnDamage, SegmentCompression, SegmentName, SegmentPlace, SegmentReader, SyncMode, Tail,
};

/// A segment with sections of 1, 2 and 3 entries, and its path.
fn three_sections(directory: &Path, compression: Option<SegmentCompression>) -> PathBuf {
    let log =
        open(directory, CommitLogOptions { compression, segment_bytes: 4096, ..options(SyncMode::Batch) });
    for count in 1..=3 {
        let mutations: Vec<_> = (0..count).map(|number| mutation(count * 100 + number)).collect();
        let entries: Vec<_> = mutations.iter().map(|mutation| entry(mutation)).collect();
        log.append(&entries).unwrap().wait().unwrap();
    }
    let name = format!("CommitLog-7-{}.log", log.position().segment_id);
    drop(log);
    directory.join(name)
}

/// How many mutations are read, whether the end is torn, and the error that ended the reading.
fn judged(bytes: &[u8], name: SegmentName, place: SegmentPlace) -> (usize, bool, Option<String>) {
    let source = Arc::new(MemorySource::new("segment", bytes));
    let mut reader = match SegmentReader::open(source, name, place, OnDamage::Refuse) {
        Ok(reader) => reader,
        Err(error) => return (0, true, Some(error.to_string())),
    };
    let mut mutations = 0;
    let error = loop {
        match reader.next_section() {
            Ok(Some(section)) => {
                mutations += section.entries().inspect(|entry| assert!(!entry.mutation.is_empty())).len();
            }
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    (mutations, matches!(reader.tail(), Some(Tail::Torn { .. })), error)
}

#[test]
fn a_segment_cut_at_any_byte_is_a_torn_tail_in_the_last_place_and_else_corruption() {
    for compression in compressions() {
        let place = tempfile::tempdir().unwrap();
        let path = three_sections(place.path(), compression);
        let name = SegmentName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(judged(&bytes, name, SegmentPlace::Earlier), (6, false, None));
        let mut ends = vec![];
        let source = Arc::new(MemorySource::new("segment", bytes.as_slice()));
        let mut reader = SegmentReader::open(source, name, SegmentPlace::Last, OnDamage::Refuse).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            ends.push((section.offset() as usize, section.end() as usize, section.entries().len()));
        }
        assert_eq!(ends.len(), 3);
        for cut in 0..bytes.len() {
            let (count, is_torn, error) = judged(&bytes[..cut], name, SegmentPlace::Last);
            assert_eq!(error, None, "cut at {cut}");
            let whole = ends.iter().filter(|(_, end, _)| *end <= cut);
            assert_eq!(count, whole.clone().map(|(_, _, count)| count).sum::<usize>(), "cut at {cut}");
            let begun = ends.iter().filter(|(offset, end, _)| offset + 8 <= cut && cut < *end).count();
            assert_eq!(is_torn, begun > 0 || cut < ends[0].0, "cut at {cut}");
            let (_, _, error) = judged(&bytes[..cut], name, SegmentPlace::Earlier);
            assert_eq!(error.is_some(), is_torn, "cut at {cut}: {error:?}");
        }
    }
}

#[test]
fn no_overwritten_byte_is_read_as_another_mutation_and_in_an_earlier_segment_none_goes_unnoticed() {
    for compression in compressions() {
        let place = tempfile::tempdir().unwrap();
        let is_compressed = compression.is_some();
        let path = three_sections(place.path(), compression);
        let name = SegmentName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for at in 0..written {
            for change in [0x01, 0xFF, bytes[at]] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                if changed == bytes {
                    continue;
                }
                let (count, _, error) = judged(&changed, name, SegmentPlace::Earlier);
                // A compressor may have bits without a meaning.
                assert!(error.is_some() || (is_compressed && count == 6), "byte {at} ^ {change}");
                let (count, is_torn, error) = judged(&changed, name, SegmentPlace::Last);
                assert!(error.is_some() || is_torn || (is_compressed && count == 6), "byte {at} ^ {change}");
                let source = Arc::new(MemorySource::new("segment", changed));
                let skipping = SegmentReader::open(source, name, SegmentPlace::Earlier, OnDamage::Skip);
                let Ok(mut reader) = skipping else { continue };
                while let Some(section) = reader.next_section().unwrap() {
                    for entry in section.entries() {
                        assert!(entry.mutation.starts_with(b"the mutation with the number "));
                    }
                }
            }
        }
    }
}

#[test]
fn a_plain_entry_that_was_not_written_is_left_out_in_the_last_segment_and_reading_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let path = three_sections(place.path(), None);
    let name = SegmentName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(6).position(|text| text == b"000201").unwrap();
    bytes[at] = b'9';
    let source = Arc::new(MemorySource::new("segment", bytes.as_slice()));
    let mut reader = SegmentReader::open(source, name, SegmentPlace::Last, OnDamage::Refuse).unwrap();
    let mut sections = Vec::new();
    while let Some(section) = reader.next_section().unwrap() {
        sections.push((section.entries().len(), section.is_whole()));
    }
    assert_eq!(sections, [(1, true), (1, false), (3, true)]);
    let [damage] = reader.damage() else { panic!("{:?}", reader.damage()) };
    assert!(damage.is_torn && damage.what.contains("checksum"), "{damage:?}");

    let (_, _, error) = judged(&bytes, name, SegmentPlace::Earlier);
    let error = error.unwrap();
    assert!(error.contains("segment, offset ") && error.contains("a mutation fails its checksum"), "{error}");
}

#[test]
fn a_segment_with_the_id_of_another_is_not_read() {
    let place = tempfile::tempdir().unwrap();
    let path = three_sections(place.path(), None);
    let bytes = std::fs::read(&path).unwrap();
    let (_, _, error) = judged(&bytes, SegmentName { version: 7, id: 5 }, SegmentPlace::Last);
    assert!(error.unwrap().contains("and the file's name 5"));
}

#[test]
fn a_length_that_compressed_bytes_cannot_have_is_not_allocated() {
    let place = tempfile::tempdir().unwrap();
    let path = three_sections(place.path(), Some(SegmentCompression::new(Compressor::Lz4)));
    let name = SegmentName::parse(path.file_name().unwrap().to_str().unwrap()).unwrap().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let first = 18 + usize::from(u16::from_be_bytes([bytes[12], bytes[13]]));
    bytes[first + 8..first + 12].copy_from_slice(&0x7FFF_FFFF_u32.to_be_bytes());
    bytes[first + 12..first + 16].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
    let (_, _, error) = judged(&bytes, name, SegmentPlace::Earlier);
    assert!(error.unwrap().contains("cannot hold the 2147483647 that are stated"));
}
