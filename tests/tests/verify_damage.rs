//! SSTables that say what is not so, with every checksum right: `verify` finds each, and names the component.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::sync::Arc;

use cqlite_sstable::{
    Component,
    tools::verify::{Check, Finding, Place, Report, Verdict, VerifyOptions, verify},
};
use cqlite_tests::{
    cassandra::Format,
    corrupted::{Field, Places, compressed, read_index, row_size_place, with_field, write_index},
    fixtures,
    fuzz::Random,
    mutated::{MutatedSstable, fix_statistics_checksums},
};

fn check(sstable: &MutatedSstable) -> Report {
    verify(Arc::new(sstable.files()), sstable.version, &VerifyOptions::default(), &mut |_| {})
}

/// A sound SSTable that is to be made wrong.
struct Base {
    name: String,
    sstable: MutatedSstable,
    content: Vec<u8>,
    places: Places,
    /// An SSTable of another table, of the same version.
    other: MutatedSstable,
    is_compressed: bool,
}

impl Base {
    fn read(path: &std::path::Path, other: &std::path::Path, is_compressed: bool) -> Self {
        let read = MutatedSstable::read(path);
        let content = read.uncompressed();
        let places = Places::of(&read, &content);
        let name = format!("{}{}", path.display(), if is_compressed { "" } else { " uncompressed" });
        let base =
            Self { name, sstable: read, content, places, other: MutatedSstable::read(other), is_compressed };
        Self { sstable: base.with_content(base.content.clone()), ..base }
    }

    fn with_content(&self, content: Vec<u8>) -> MutatedSstable {
        match self.is_compressed {
            true => compressed(&self.sstable, &content, 4096),
            false if self.sstable.version.has_metadata_checksum() => self.sstable.with_content(content, 4096),
            false => {
                let plain = self.sstable.without(Component::Statistics).with_content(content, 4096);
                plain.with(Component::Statistics, self.sstable.components[&Component::Statistics].clone())
            }
        }
    }
}

fn fixture(format: Format, keyspace: &str, table: &str) -> std::path::PathBuf {
    fixtures::table(format, keyspace, table).sstables[0].data_path.clone()
}

fn bases() -> Vec<Base> {
    let mut bases = Vec::new();
    for format in Format::ALL {
        let other = fixture(format, "shop", "orders");
        for table in ["wide", "ranges", "deletions", "expiring", "write_times"] {
            let path = fixture(format, "rows", table);
            for is_compressed in [true, false] {
                bases.push(Base::read(&path, &other, is_compressed));
            }
        }
    }
    let old = |name: &str| fixtures::root().join(name);
    for table in ["dense/me-3", "types/me-1"] {
        let path = old(&format!("me/old/{table}-big-Data.db"));
        bases.push(Base::read(&path, &old("me/old/collections/me-2-big-Data.db"), true));
    }
    bases
}

/// What makes an SSTable wrong. None if there is nothing in it that can be.
type Corruption = fn(&Base, &mut Random) -> Option<MutatedSstable>;

fn swapped(content: &[u8], a: &std::ops::Range<usize>, b: &std::ops::Range<usize>) -> Vec<u8> {
    let [front, back] = [&content[..a.start], &content[b.end..]];
    [front, &content[b.clone()], &content[a.end..b.start], &content[a.clone()], back].concat()
}

fn swapped_rows(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let with_two: Vec<_> = base.places.rows.iter().filter(|rows| rows.len() > 1).collect();
    let rows = with_two.get(random.below(with_two.len()))?;
    let at = random.below(rows.len() - 1);
    Some(base.with_content(swapped(&base.content, &rows[at], &rows[at + 1])))
}

fn row_twice(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let rows: Vec<_> = base.places.rows.iter().flatten().collect();
    let row = rows.get(random.below(rows.len()))?;
    let [front, back] = [&base.content[..row.end], &base.content[row.start..]];
    Some(base.with_content([front, back].concat()))
}

fn swapped_partitions(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let partitions = &base.places.partitions;
    let at = random.below(partitions.len().checked_sub(1).filter(|left| *left > 0)?);
    Some(base.with_content(swapped(&base.content, &partitions[at], &partitions[at + 1])))
}

fn partition_twice(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let partition = &base.places.partitions[random.below(base.places.partitions.len())];
    let [front, back] = [&base.content[..partition.end], &base.content[partition.start..]];
    Some(base.with_content([front, back].concat()))
}

fn dropped_partition(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    if base.places.partitions.len() < 2 {
        return None;
    }
    let partition = &base.places.partitions[random.below(base.places.partitions.len())];
    let [front, back] = [&base.content[..partition.start], &base.content[partition.end..]];
    Some(base.with_content([front, back].concat()))
}

fn unclosed_marker(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let marker = base.places.closing.get(random.below(base.places.closing.len()))?;
    let [front, back] = [&base.content[..marker.start], &base.content[marker.end..]];
    Some(base.with_content([front, back].concat()))
}

fn invalid_value(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let text = base.places.texts.get(random.below(base.places.texts.len()))?;
    let mut content = base.content.clone();
    content[text.start + random.below(text.len())] = 0xFF;
    Some(base.with_content(content))
}

fn row_size_off(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let rows: Vec<_> = base.places.rows.iter().flatten().collect();
    let row = rows.get(random.below(rows.len()))?;
    let at = row_size_place(&base.sstable, &base.content, row)?;
    let mut content = base.content.clone();
    content[at] = content[at].wrapping_add([1, 2, 0xFF][random.below(3)]);
    Some(base.with_content(content))
}

fn index_position_off(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut lines = read_index(base.sstable.components.get(&Component::Index)?);
    let at = random.below(lines.len());
    lines[at].position += 1 + random.below(9) as u64;
    Some(base.sstable.with(Component::Index, write_index(&lines)))
}

fn index_key_changed(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut lines = read_index(base.sstable.components.get(&Component::Index)?);
    let at = random.below(lines.len());
    *lines[at].key.last_mut()? ^= 1 << random.below(8);
    Some(base.sstable.with(Component::Index, write_index(&lines)))
}

fn index_entry_missing(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut lines = read_index(base.sstable.components.get(&Component::Index)?);
    lines.remove(random.below(lines.len()));
    Some(base.sstable.with(Component::Index, write_index(&lines)))
}

fn index_entries_swapped(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut lines = read_index(base.sstable.components.get(&Component::Index)?);
    let at = random.below(lines.len().checked_sub(1).filter(|left| *left > 0)?);
    lines.swap(at, at + 1);
    Some(base.sstable.with(Component::Index, write_index(&lines)))
}

fn promoted_index_wrong(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut lines = read_index(base.sstable.components.get(&Component::Index)?);
    let line = lines.iter_mut().find(|line| !line.promoted.is_empty())?;
    let at = random.below(line.promoted.len());
    // The width of the last block has two right values, one apart.
    line.promoted[at] ^= 0x10 << random.below(3);
    Some(base.sstable.with(Component::Index, write_index(&lines)))
}

fn missing_filter_bit(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut filter = base.sstable.components.get(&Component::Filter)?.clone();
    let set: Vec<usize> =
        (64..filter.len() * 8).filter(|bit| filter[bit / 8] >> (bit % 8) & 1 == 1).collect();
    let bit = set.get(random.below(set.len()))?;
    filter[bit / 8] ^= 1 << (bit % 8);
    Some(base.sstable.with(Component::Filter, filter))
}

fn from_another_table(base: &Base, component: Component) -> Option<MutatedSstable> {
    base.sstable.components.get(&component)?;
    Some(base.sstable.with(component, base.other.components.get(&component)?.clone()))
}

fn filter_of_another(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    from_another_table(base, Component::Filter)
}

fn index_of_another(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    from_another_table(base, Component::Index)
}

fn partitions_of_another(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    from_another_table(base, Component::Partitions)
}

fn summary_of_another(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    from_another_table(base, Component::Summary)
}

fn summary_position_off(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut summary = base.sstable.components.get(&Component::Summary)?.clone();
    // One entry: its offset, its key, its position, which is 0; then two keys with their lengths.
    let size = u64::from_be_bytes(summary[8..16].try_into().unwrap()) as usize;
    summary[24 + size - 8] = 1 + random.below(5) as u8;
    Some(base.sstable.with(Component::Summary, summary))
}

fn trie_of_partitions_off(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut partitions = base.sstable.components.get(&Component::Partitions)?.clone();
    let footer = partitions.len() - 24;
    let keys = u64::from_be_bytes(partitions[footer..footer + 8].try_into().unwrap()) as usize;
    partitions[random.below(keys)] ^= 1 << random.below(8);
    Some(base.sstable.with(Component::Partitions, partitions))
}

fn row_trie_off(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let mut rows = base.sstable.components.get(&Component::Rows)?.clone();
    if rows.is_empty() {
        return None;
    }
    let at = random.below(rows.len());
    rows[at] ^= 1 << random.below(8);
    Some(base.sstable.with(Component::Rows, rows))
}

fn min_timestamp_too_great(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let wrong = base.sstable.statistics().stats.min_timestamp + 1 + random.below(1000) as i64;
    Some(with_field(&base.sstable, Field::MinTimestamp, &wrong.to_be_bytes()))
}

fn max_timestamp_too_small(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let wrong = base.sstable.statistics().stats.max_timestamp - 1 - random.below(1000) as i64;
    Some(with_field(&base.sstable, Field::MaxTimestamp, &wrong.to_be_bytes()))
}

fn max_deletion_time_too_small(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let wrong = 1_000_000_000 + random.below(1000) as u32;
    Some(with_field(&base.sstable, Field::MaxLocalDeletionTime, &wrong.to_be_bytes()))
}

fn min_deletion_time_too_great(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    let stats = base.sstable.statistics().stats;
    let none = if base.sstable.version.has_uint_deletion_time() { u32::MAX } else { i32::MAX as u32 };
    (stats.min_local_deletion_time_seconds < i64::from(i32::MAX))
        .then(|| with_field(&base.sstable, Field::MinLocalDeletionTime, &none.to_be_bytes()))
}

fn min_ttl_too_great(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let wrong = base.sstable.statistics().stats.min_ttl_seconds + 1 + random.below(9) as i32;
    Some(with_field(&base.sstable, Field::MinTtl, &wrong.to_be_bytes()))
}

fn max_ttl_too_small(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let right = base.sstable.statistics().stats.max_ttl_seconds;
    (right > 0).then(|| {
        with_field(&base.sstable, Field::MaxTtl, &(right - 1 - random.below(9) as i32).to_be_bytes())
    })
}

fn too_few_rows_counted(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    let right = base.sstable.statistics().stats.total_rows;
    (right > 0).then(|| with_field(&base.sstable, Field::TotalRows, &(right - 1).to_be_bytes()))
}

fn too_few_columns_counted(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    let right = base.sstable.statistics().stats.total_columns_set;
    (right > 0).then(|| with_field(&base.sstable, Field::TotalColumnsSet, &(right - 1).to_be_bytes()))
}

fn partitions_counted_wrong(base: &Base, random: &mut Random) -> Option<MutatedSstable> {
    let wrong = 100 + random.below(100) as i64;
    Some(with_field(&base.sstable, Field::PartitionSizes, &wrong.to_be_bytes()))
}

fn deleted_partitions_denied(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    let has = base.sstable.version.has_partition_level_deletions_marker()
        && base.sstable.statistics().stats.has_partition_level_deletions;
    has.then(|| with_field(&base.sstable, Field::HasPartitionDeletions, &[0]))
}

/// Another table's Statistics.db, but this one's types.
fn last_key_wrong(base: &Base, _: &mut Random) -> Option<MutatedSstable> {
    let key = base.sstable.statistics().stats.last_key?;
    let mut file = base.sstable.components[&Component::Statistics].clone();
    let at = file.windows(key.len()).rposition(|bytes| bytes == key)?;
    file[at + key.len() - 1] ^= 1;
    fix_statistics_checksums(&mut file);
    Some(base.sstable.with(Component::Statistics, file))
}

/// Each with the check that must tell, and the components that it may blame.
const CORRUPTIONS: [(&str, Corruption, Check, &[Component]); 32] = {
    use Component::{Data, Filter, Index, Partitions, Rows, Statistics, Summary};
    [
        ("swapped rows", swapped_rows, Check::RowOrder, &[Data]),
        ("a row twice", row_twice, Check::RowOrder, &[Data]),
        ("swapped partitions", swapped_partitions, Check::PartitionOrder, &[Data]),
        ("a partition twice", partition_twice, Check::PartitionOrder, &[Data]),
        ("a dropped partition", dropped_partition, Check::PartitionIndex, &[Index, Partitions, Rows]),
        ("an unclosed marker", unclosed_marker, Check::Markers, &[Data]),
        ("an invalid value", invalid_value, Check::Values, &[Data]),
        ("a row size off", row_size_off, Check::Format, &[Data]),
        ("an index position off", index_position_off, Check::PartitionIndex, &[Index]),
        ("an index key changed", index_key_changed, Check::PartitionIndex, &[Index]),
        ("an index entry missing", index_entry_missing, Check::PartitionIndex, &[Index]),
        ("index entries swapped", index_entries_swapped, Check::PartitionIndex, &[Index]),
        ("a promoted index wrong", promoted_index_wrong, Check::RowIndex, &[Index]),
        ("a missing filter bit", missing_filter_bit, Check::Filter, &[Filter]),
        ("another table's filter", filter_of_another, Check::Filter, &[Filter]),
        ("another table's index", index_of_another, Check::PartitionIndex, &[Index]),
        ("another table's trie", partitions_of_another, Check::PartitionIndex, &[Partitions]),
        ("another table's summary", summary_of_another, Check::Summary, &[Summary]),
        ("a summary position off", summary_position_off, Check::Summary, &[Summary]),
        ("a trie of partitions off", trie_of_partitions_off, Check::PartitionIndex, &[Partitions, Rows]),
        ("a trie of rows off", row_trie_off, Check::RowIndex, &[Rows]),
        ("a least timestamp too great", min_timestamp_too_great, Check::Statistics, &[Statistics]),
        ("a greatest timestamp too small", max_timestamp_too_small, Check::Statistics, &[Statistics]),
        ("a deletion time too small", max_deletion_time_too_small, Check::Statistics, &[Statistics]),
        ("a deletion time too great", min_deletion_time_too_great, Check::Statistics, &[Statistics]),
        ("a least TTL too great", min_ttl_too_great, Check::Statistics, &[Statistics]),
        ("a greatest TTL too small", max_ttl_too_small, Check::Statistics, &[Statistics]),
        ("too few rows counted", too_few_rows_counted, Check::Statistics, &[Statistics]),
        ("too few columns counted", too_few_columns_counted, Check::Statistics, &[Statistics]),
        ("partitions counted wrong", partitions_counted_wrong, Check::Statistics, &[Statistics]),
        ("deleted partitions denied", deleted_partitions_denied, Check::Statistics, &[Statistics]),
        ("a wrong last key", last_key_wrong, Check::Statistics, &[Statistics]),
    ]
};

/// How many SSTables of each corruption there are at most.
const OF_EACH: usize = 12;

#[test]
fn what_is_wrong_behind_right_checksums_is_found_and_blamed_on_its_component() {
    let bases = bases();
    for base in &bases {
        let report = check(&base.sstable);
        assert_eq!(report.verdict, Verdict::Sound, "{}: {:#?}", base.name, report.findings);
    }
    let mut made = 0;
    let mut missed = Vec::new();
    for (number, (what, corrupt, expected, components)) in (0..).zip(CORRUPTIONS) {
        let mut random = Random::new(number);
        let mut of_this = 0;
        for base in bases.iter().cycle().take(3 * bases.len()) {
            if of_this == OF_EACH {
                break;
            }
            let Some(wrong) = corrupt(base, &mut random) else { continue };
            if wrong.components == base.sstable.components {
                continue;
            }
            of_this += 1;
            let report = check(&wrong);
            let is_told = report.damages().any(|finding| {
                let is_blamed = finding.component.is_some_and(|one| components.contains(&one));
                finding.check == expected && is_blamed && is_in_file(finding, &wrong)
            });
            if !is_told {
                missed.push(format!("{what} in {}: {:#?}", base.name, report.findings));
            }
        }
        assert!(of_this > 0, "there is no {what}");
        made += of_this;
    }
    assert!(missed.is_empty(), "{} of {made} are not found:\n{}", missed.len(), missed.join("\n"));
    assert!(made >= 200, "{made}");
}

/// Whether the finding names a place that its file, or the content of Data.db, has.
fn is_in_file(finding: &Finding, sstable: &MutatedSstable) -> bool {
    let length = |component: Component| sstable.components.get(&component).map_or(0, Vec::len) as u64;
    match finding.place {
        Place::Whole => false,
        Place::Offset(offset) => finding.component.is_some_and(|one| offset <= length(one)),
        Place::Position(position) => position < sstable.uncompressed().len() as u64,
    }
}

/// Corruptions of one field or entry of a component.
const PLACED: [(&str, Corruption, Component); 16] = {
    use Component::{Filter, Index, Statistics, Summary};
    [
        ("an index position off", index_position_off, Index),
        ("an index key changed", index_key_changed, Index),
        ("an index entry missing", index_entry_missing, Index),
        ("index entries swapped", index_entries_swapped, Index),
        ("a missing filter bit", missing_filter_bit, Filter),
        ("a summary position off", summary_position_off, Summary),
        ("a least timestamp too great", min_timestamp_too_great, Statistics),
        ("a greatest timestamp too small", max_timestamp_too_small, Statistics),
        ("a deletion time too small", max_deletion_time_too_small, Statistics),
        ("a deletion time too great", min_deletion_time_too_great, Statistics),
        ("a least TTL too great", min_ttl_too_great, Statistics),
        ("a greatest TTL too small", max_ttl_too_small, Statistics),
        ("too few rows counted", too_few_rows_counted, Statistics),
        ("too few columns counted", too_few_columns_counted, Statistics),
        ("deleted partitions denied", deleted_partitions_denied, Statistics),
        ("a wrong last key", last_key_wrong, Statistics),
    ]
};

/// The first wrong byte is no further behind the place of a finding: no entry or field here is longer.
const FIELD_BYTES: u64 = 48;

#[test]
fn what_is_wrong_in_one_field_is_told_with_the_offset_of_that_field() {
    let bases = bases();
    for (number, (what, corrupt, component)) in (0..).zip(PLACED) {
        let mut random = Random::new(number);
        let mut of_this = 0;
        for base in &bases {
            let Some(wrong) = corrupt(base, &mut random) else { continue };
            let Some(before) = base.sstable.components.get(&component) else { continue };
            let after = &wrong.components[&component];
            let Some(first) = before.iter().zip(after).position(|(a, b)| a != b) else { continue };
            of_this += 1;
            let first = first as u64;
            let report = check(&wrong);
            let is_placed = report.damages().any(|finding| {
                let is_there = matches!(finding.place, Place::Offset(offset)
                    if offset <= first && first - offset < FIELD_BYTES);
                finding.component == Some(component) && is_there
            });
            assert!(is_placed, "{what} in {} at {first}: {:#?}", base.name, report.findings);
        }
        assert!(of_this > 0, "there is no {what}");
    }
}
