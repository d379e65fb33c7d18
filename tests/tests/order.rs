//! Values, clusterings and keys are ordered as Cassandra orders them, and as its files are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

use cqlite_sstable::Partitioner;
use cqlite_sstable::partitioner::KeyPosition;
use cqlite_sstable::reader::{Cursor, RowItem, ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, ClusteringValue};
use cqlite_sstable::types::{CqlType, compare, write_byte_comparable};
use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra, fixtures,
    fuzz::Random,
    known::KnownSstable,
    values::random_value,
};

const SCALARS: [&str; 23] = [
    "AsciiType",
    "LongType",
    "BytesType",
    "BooleanType",
    "SimpleDateType",
    "DateType",
    "DecimalType",
    "DoubleType",
    "DurationType",
    "EmptyType",
    "FloatType",
    "InetAddressType",
    "Int32Type",
    "LegacyTimeUUIDType",
    "LexicalUUIDType",
    "ShortType",
    "UTF8Type",
    "TimeType",
    "TimestampType",
    "TimeUUIDType",
    "ByteType",
    "UUIDType",
    "IntegerType",
];

const COMPOSED: [&str; 19] = [
    "FrozenType(ListType(Int32Type))",
    "FrozenType(ListType(UTF8Type))",
    "FrozenType(SetType(IntegerType))",
    "FrozenType(MapType(UTF8Type,Int32Type))",
    "FrozenType(MapType(Int32Type,FrozenType(ListType(BytesType))))",
    "TupleType(Int32Type,UTF8Type)",
    "TupleType(DecimalType,FrozenType(SetType(BytesType)),BooleanType)",
    "FrozenType(UserType(ks,61646472,61:UTF8Type,62:Int32Type,63:SetType(UTF8Type)))",
    "VectorType(FloatType , 2)",
    "VectorType(UTF8Type , 2)",
    "VectorType(DateType , 2)",
    "VectorType(VectorType(UUIDType , 1) , 2)",
    "CompositeType(Int32Type,UTF8Type)",
    "CompositeType(BytesType,ReversedType(BytesType),IntegerType)",
    "DynamicCompositeType(a=>BytesType,i=>Int32Type,u=>TimeUUIDType,r=>ReversedType(BytesType))",
    "PartitionerDefinedOrder(org.apache.cassandra.dht.Murmur3Partitioner)",
    "PartitionerDefinedOrder(org.apache.cassandra.dht.RandomPartitioner:Int32Type)",
    "PartitionerDefinedOrder(org.apache.cassandra.dht.ByteOrderedPartitioner)",
    "FrozenType(ListType(TupleType(FrozenType(MapType(ByteType,VectorType(IntegerType , 1))),DoubleType)))",
];

/// All types, descending ones too. Cassandra cannot parse a descending `PartitionerDefinedOrder`.
fn types() -> Vec<CqlType> {
    let named = SCALARS.iter().chain(&COMPOSED).map(|name| CqlType::parse_marshal(name).unwrap());
    let ascending: Vec<CqlType> = named.collect();
    let reversible = ascending.iter().filter(|of| !matches!(of, CqlType::PartitionerDefinedOrder { .. }));
    let descending: Vec<CqlType> = reversible.map(|of| CqlType::Reversed(Arc::new(of.clone()))).collect();
    [ascending, descending].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sign(order: Ordering) -> i8 {
    order as i8
}

/// Two values, half of the time related.
fn pair(of: &CqlType, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let seed = random.next_u64();
    let first = random_value(of, &mut Random::new(seed));
    let second = match random.below(8) {
        0 => first.clone(),
        _ => random_value(of, random),
    };
    (first, second)
}

/// Asks Cassandra and compares its answers with ours.
fn assert_agreed(cassandra: &cassandra::Cassandra, asked: &[(String, String)]) {
    let requests: Vec<String> = asked.iter().map(|(request, _)| request.clone()).collect();
    let answers = cassandra::order(cassandra, &requests).unwrap();
    let differing: Vec<String> = asked
        .iter()
        .zip(&answers)
        .filter(|((_, ours), theirs)| ours != *theirs)
        .map(|((request, ours), theirs)| format!("{request}\n  ours:   {ours}\n  theirs: {theirs}"))
        .collect();
    let shown = differing.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "{} of {} answers differ:\n{shown}", differing.len(), asked.len());
}

#[test]
fn values_of_every_type_have_the_order_and_the_form_that_cassandra_gives_them() {
    let Some(cassandra) = cassandra_or_skip("the order of values") else { return };
    let mut random = Random::new(1);
    let mut asked = Vec::new();
    for of in types() {
        for _ in 0..400 {
            let (a, b) = pair(&of, &mut random);
            let form = |value: &[u8]| {
                let mut form = Vec::new();
                if write_byte_comparable(&of, Some(value), &mut form) { hex(&form) } else { "-".to_owned() }
            };
            let ours = format!("{}\t{}\t{}", sign(compare(&of, &a, &b)), form(&a), form(&b));
            asked.push((format!("value\t{}\t{}\t{}", of.marshal_name(), hex(&a), hex(&b)), ours));
        }
    }
    assert_agreed(&cassandra, &asked);
}

const KINDS: [ClusteringKind; 8] = [
    ClusteringKind::ExclEndBound,
    ClusteringKind::InclStartBound,
    ClusteringKind::ExclEndInclStartBoundary,
    ClusteringKind::Static,
    ClusteringKind::Clustering,
    ClusteringKind::InclEndExclStartBoundary,
    ClusteringKind::InclEndBound,
    ClusteringKind::ExclStartBound,
];

/// A place for which the values of `like` are taken at the beginning, so that places are often near each other.
fn place(
    types: &[CqlType],
    like: Option<&ClusteringBuffer>,
    random: &mut Random,
) -> (ClusteringKind, ClusteringBuffer) {
    let kind = if random.below(2) == 0 { ClusteringKind::Clustering } else { KINDS[random.below(8)] };
    let count = match kind {
        ClusteringKind::Static => 0,
        ClusteringKind::Clustering => types.len(),
        // Only these can be at the very ends of a partition.
        ClusteringKind::InclStartBound | ClusteringKind::InclEndBound => random.below(types.len() + 1),
        _ => 1 + random.below(types.len()),
    };
    let shared = random.below(count + 1);
    let mut buffer = ClusteringBuffer::default();
    for (column, of) in types.iter().take(count).enumerate() {
        match like.and_then(|like| like.as_clustering().get(column)).filter(|_| column < shared) {
            Some(value) => buffer.push(value),
            None if random.below(8) == 0 => buffer.push(ClusteringValue::Null),
            None => buffer.push(ClusteringValue::Value(&random_value(of, random))),
        }
    }
    (kind, buffer)
}

/// Whether the forms always have the order of the values. All NaN are one, but their forms differ; and within a
/// composed value an empty number has the form of null, though it is greater.
fn has_exact_forms(columns: &[CqlType]) -> bool {
    columns.iter().all(|of| {
        let of = of.without_reversed();
        let is_scalar = SCALARS.iter().any(|name| *of == CqlType::parse_marshal(name).unwrap());
        is_scalar && !matches!(of, CqlType::Float | CqlType::Double)
    })
}

fn place_text((kind, values): &(ClusteringKind, ClusteringBuffer)) -> String {
    let values = values.as_clustering().iter();
    let values: String =
        values.map(|value| format!("/{}", value.bytes().map_or_else(|| "-".to_owned(), hex))).collect();
    format!("{}\t{values}", kind.name())
}

#[test]
fn places_in_a_partition_have_the_order_and_the_form_that_cassandra_gives_them() {
    let Some(cassandra) = cassandra_or_skip("the order of clusterings") else { return };
    let types = types();
    let mut random = Random::new(2);
    let mut asked = Vec::new();
    for _ in 0..800 {
        let columns: Vec<CqlType> =
            (0..=random.below(3)).map(|_| types[random.below(types.len())].clone()).collect();
        let names: Vec<String> = columns.iter().map(|of| of.marshal_name().to_string()).collect();
        let order = ClusteringOrder::new(columns);
        for _ in 0..10 {
            let a = place(order.types(), None, &mut random);
            let b = place(order.types(), Some(&a.1), &mut random);
            let compared = order.compare((a.0, a.1.as_clustering()), (b.0, b.1.as_clustering()));
            let form = |(kind, values): &(ClusteringKind, ClusteringBuffer)| {
                let mut form = Vec::new();
                order.write_byte_comparable((*kind, values.as_clustering()), &mut form);
                hex(&form)
            };
            let request = format!("clustering\t{}\t{}\t{}", names.join("/"), place_text(&a), place_text(&b));
            let (form_a, form_b) = (form(&a), form(&b));
            if compared.is_ne()
                && has_exact_forms(order.types())
                && ![a.0, b.0].contains(&ClusteringKind::Static)
            {
                assert_eq!(form_a.cmp(&form_b), compared, "{request}");
            }
            asked.push((request, format!("{}\t{form_a}\t{form_b}", sign(compared))));
        }
    }
    assert_agreed(&cassandra, &asked);
}

#[test]
fn keys_of_every_partitioner_have_the_order_and_the_form_that_cassandra_gives_them() {
    let Some(cassandra) = cassandra_or_skip("the order of keys") else { return };
    let mut random = Random::new(3);
    let mut asked = Vec::new();
    for of in types() {
        let local = Partitioner::Local(Arc::new(of.clone()));
        for partitioner in [Partitioner::Murmur3, Partitioner::Random, Partitioner::ByteOrdered, local] {
            for _ in 0..30 {
                let (a, b) = pair(&of, &mut random);
                let form = |key: &[u8], position| {
                    let mut form = Vec::new();
                    partitioner.write_byte_comparable(key, position, &mut form);
                    hex(&form)
                };
                let compared = partitioner.compare_keys(&a, &b);
                assert_eq!(partitioner.decorate(&a).cmp(&partitioner.decorate(&b)), compared);
                let (before, after) = (form(&a, KeyPosition::Before), form(&a, KeyPosition::After));
                let (form_a, form_b) = (form(&a, KeyPosition::At), form(&b, KeyPosition::At));
                let (name, of) = (partitioner.name(), of.marshal_name());
                let request = format!("key\t{name}\t{of}\t{}\t{}", hex(&a), hex(&b));
                asked.push((request, format!("{}\t{form_a}\t{form_b}\t{before}\t{after}", sign(compared))));
            }
        }
    }
    assert_agreed(&cassandra, &asked);
}

/// What can be read so far.
const VERSIONS: [&str; 3] = ["nb", "oa", "da"];

/// How much of each kind was found in order.
#[derive(Debug, Default)]
struct Ordered {
    sstables: usize,
    partitions: usize,
    places: usize,
    elements: usize,
}

/// Walks over an SSTable and checks that each thing follows strictly on the one before it.
struct Walk<'a> {
    sstable: &'a Sstable,
    partitioner: Partitioner,
    order: ClusteringOrder,
    what: String,
}

impl Walk<'_> {
    fn partitions(&self, ordered: &mut Ordered) {
        let mut cursor = self.sstable.scan(ScanOptions::default()).unwrap();
        let (mut previous, mut previous_form) = (None::<Vec<u8>>, Vec::new());
        while cursor.advance_partition().unwrap() {
            let key = cursor.partition().key.to_owned();
            let mut form = Vec::new();
            self.partitioner.write_byte_comparable(&key, KeyPosition::At, &mut form);
            if let Some(previous) = &previous {
                assert!(self.partitioner.compare_keys(previous, &key).is_lt(), "{} {key:02x?}", self.what);
                let decorated = self.partitioner.decorate(previous).cmp(&self.partitioner.decorate(&key));
                assert!(decorated.is_lt(), "{} {key:02x?}", self.what);
                assert!(previous_form < form, "{} {key:02x?}", self.what);
            }
            ordered.partitions += 1;
            (previous, previous_form) = (Some(key), form);
            self.elements(&mut cursor, true, ordered);
            self.places(&mut cursor, ordered);
        }
        ordered.sstables += 1;
    }

    fn places(&self, cursor: &mut Cursor, ordered: &mut Ordered) {
        let mut previous: Option<(ClusteringKind, ClusteringBuffer, Vec<u8>)> = None;
        while cursor.advance_unfiltered().unwrap() {
            let (kind, clustering) = match cursor.unfiltered() {
                Unfiltered::Row(row) => (ClusteringKind::Clustering, row.clustering),
                Unfiltered::Marker(marker) => (marker.kind, marker.clustering),
            };
            let mut form = Vec::new();
            self.order.write_byte_comparable((kind, clustering), &mut form);
            if let Some((previous_kind, previous, previous_form)) = &previous {
                let before = (*previous_kind, previous.as_clustering());
                let what = || format!("{} {before:?} {kind:?} {clustering:?}", self.what);
                assert_eq!(self.order.compare(before, (kind, clustering)), Ordering::Less, "{}", what());
                assert_eq!(self.order.compare((kind, clustering), before), Ordering::Greater, "{}", what());
                assert!(*previous_form < form, "{}", what());
            }
            let mut values = ClusteringBuffer::default();
            clustering.iter().for_each(|value| values.push(value));
            previous = Some((kind, values, form));
            ordered.places += 1;
            self.elements(cursor, false, ordered);
        }
    }

    /// The cells of a collection are in the order of their paths: elements of sets, keys of maps, times of lists.
    fn elements(&self, cursor: &mut Cursor, is_static: bool, ordered: &mut Ordered) {
        let header = self.sstable.header();
        let columns = if is_static { &header.static_columns } else { &header.regular_columns };
        let mut previous: Option<(usize, Vec<u8>)> = None;
        while cursor.advance_item().unwrap() {
            let RowItem::Cell(cell) = cursor.item() else { continue };
            let path_type = match &columns[cell.column].column_type {
                CqlType::Set { element, frozen: false } => (**element).clone(),
                CqlType::Map { key, frozen: false, .. } => (**key).clone(),
                CqlType::List { frozen: false, .. } => CqlType::TimeUuid,
                CqlType::User(_) => CqlType::SmallInt,
                _ => continue,
            };
            let Some(path) = cell.path else { continue };
            if let Some((column, previous)) = &previous
                && *column == cell.column
            {
                assert!(compare(&path_type, previous, path).is_lt(), "{} {path:02x?}", self.what);
            }
            previous = Some((cell.column, path.to_owned()));
            ordered.elements += 1;
        }
    }
}

fn walk(sstables: Vec<KnownSstable>) -> Ordered {
    let mut ordered = Ordered::default();
    for known in sstables.iter().filter(|sstable| VERSIONS.contains(&sstable.version.as_str())) {
        let sstable = Sstable::open(&known.data_path).unwrap();
        let walk = Walk {
            partitioner: sstable.partitioner().unwrap(),
            order: ClusteringOrder::new(sstable.header().clustering_types.clone()),
            what: known.data_path.display().to_string(),
            sstable: &sstable,
        };
        walk.partitions(&mut ordered);
    }
    eprintln!("in order: {ordered:?}");
    ordered
}

#[test]
fn everything_in_the_fixtures_is_in_the_order_that_is_computed_for_it() {
    let ordered = walk(fixtures::sstables().unwrap());
    assert!(ordered.partitions > 100 && ordered.places > 1000 && ordered.elements > 100, "{ordered:?}");
}

#[test]
fn everything_in_the_corpus_is_in_the_order_that_is_computed_for_it() {
    let Some(corpus) = corpus_or_skip("the order of the corpus") else { return };
    let ordered = walk(corpus.sstables().unwrap());
    assert!(ordered.sstables > 100 && ordered.places > 10_000, "{ordered:?}");
}
