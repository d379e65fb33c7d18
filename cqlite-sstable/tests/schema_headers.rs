//! Tables as the headers of their SSTables tell them, and what schemas make of those headers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::schema::{
    ColumnKind, MappedColumn, ResolvedTable, SchemaSource, SstableHeader, TableSchema, resolve,
};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Descriptor, Result};

const DIRECTORY: &str = "data/shop/orders-0123456789abcdef0123456789abcdef";

/// An SSTable without rows.
struct Told {
    descriptor: Descriptor,
    header: SerializationHeader,
}

fn parse(marshal: &str) -> CqlType {
    CqlType::parse_marshal(marshal).unwrap()
}

fn columns(columns: &[(&str, &str)]) -> Vec<HeaderColumn> {
    let column =
        |(name, of): &(&str, &str)| HeaderColumn { name: name.as_bytes().into(), column_type: parse(of) };
    columns.iter().map(column).collect()
}

impl Told {
    fn new(file: &str, key: &str, clustering: &[&str], regular: &[(&str, &str)]) -> Self {
        let header = SerializationHeader {
            min_timestamp: 0,
            min_local_deletion_time_seconds: 0,
            min_ttl_seconds: 0,
            key_type: parse(key),
            clustering_types: clustering.iter().map(|of| parse(of)).collect(),
            static_columns: Vec::new(),
            regular_columns: columns(regular),
        };
        Self { descriptor: Descriptor::from_file(file.as_ref()).unwrap(), header }
    }

    /// The SSTable of this number in the usual directory.
    fn numbered(number: u32, clustering: &[&str], regular: &[(&str, &str)]) -> Self {
        Self::new(&format!("{DIRECTORY}/nb-{number}-big-Data.db"), "Int32Type", clustering, regular)
    }

    fn with_statics(mut self, statics: &[(&str, &str)]) -> Self {
        self.header.static_columns = columns(statics);
        self
    }
}

fn headers(told: &[Told]) -> Vec<SstableHeader<'_>> {
    told.iter().map(|one| SstableHeader { descriptor: &one.descriptor, header: &one.header }).collect()
}

fn from_headers(told: &[Told]) -> Result<TableSchema> {
    TableSchema::from_headers(&headers(told))
}

/// A table with a schema of CQL, and what the headers are in it.
fn with_schema(test: &str, told: &[Told], cql: &str) -> Result<ResolvedTable> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.cql"));
    fs::write(&file, cql).unwrap();
    resolve(&headers(told), Some(&file))
}

fn names_and_types(table: &TableSchema, kind: ColumnKind) -> Vec<String> {
    let print = |name: &str, of: &CqlType| format!("{name} {}", of.cql_name());
    table.columns(kind).iter().map(|column| print(&column.name, &column.column_type)).collect()
}

#[test]
fn keyspace_name_and_id_come_from_the_directories() {
    let table = from_headers(&[Told::numbered(1, &[], &[])]).unwrap();
    assert_eq!((table.keyspace.as_str(), table.name.as_str()), ("shop", "orders"));
    assert_eq!(table.id.unwrap().to_string(), "01234567-89ab-cdef-0123-456789abcdef");
    let table = from_headers(&[Told::new("elsewhere/nb-1-big-Data.db", "Int32Type", &[], &[])]).unwrap();
    assert_eq!((table.keyspace.as_str(), table.name.as_str()), ("unknown_keyspace", "unknown_table"));
    assert_eq!(table.id, None);
}

#[test]
fn names_of_keys_are_made_up_and_unique_against_the_columns() {
    let told = Told::new(
        "nb-1-big-Data.db",
        "CompositeType(Int32Type,UTF8Type)",
        &["ReversedType(TimeUUIDType)", "UTF8Type"],
        &[("clustering2", "Int32Type"), ("key", "Int32Type"), ("key_", "Int32Type")],
    );
    let table = from_headers(&[told]).unwrap();
    let keys: Vec<&str> = table.partition_key.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(keys, ["key__", "key2"]);
    let clustering: Vec<String> = table
        .clustering
        .iter()
        .map(|column| format!("{} {} {}", column.name, column.column_type.cql_name(), column.order))
        .collect();
    assert_eq!(clustering, ["clustering timeuuid DESC", "clustering2_ text ASC"]);
}

#[test]
fn columns_are_the_union_of_all_headers_with_the_types_of_the_newest() {
    let older = Told::numbered(9, &["Int32Type"], &[("b", "Int32Type"), ("a", "ListType(Int32Type)")]);
    let newer = Told::numbered(10, &["Int32Type"], &[("b", "LongType"), ("c", "UTF8Type")])
        .with_statics(&[("s", "UTF8Type")]);
    let table = from_headers(&[newer, older]).unwrap();
    assert_eq!(names_and_types(&table, ColumnKind::Regular), ["b bigint", "c text", "a list<int>"]);
    assert_eq!(names_and_types(&table, ColumnKind::Static), ["s text"]);
}

#[test]
fn a_user_type_is_what_it_is_where_it_has_most_fields() {
    // p (x int) and then, inside a list, p (x int, y text)
    let short = Told::numbered(2, &[], &[("u", "UserType(shop,70,78:Int32Type)")]);
    let long =
        Told::numbered(1, &[], &[("l", "ListType(FrozenType(UserType(shop,70,78:Int32Type,79:UTF8Type)))")]);
    let table = from_headers(&[long, short]).unwrap();
    let CqlType::User(user) = &table.regular_columns[1].column_type else { panic!("{table:?}") };
    assert!(!user.frozen);
    assert_eq!(user.fields.len(), 2);
    assert_eq!(table.user_types.len(), 1);
    assert_eq!(table.user_types[0].fields.len(), 2);
}

#[test]
fn keys_that_disagree_are_refused_with_file_and_both_types() {
    let first = Told::numbered(1, &["Int32Type"], &[]);
    let second = Told::numbered(2, &["ReversedType(Int32Type)"], &[]);
    let error = from_headers(&[first, second]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{DIRECTORY}/nb-1-big-Statistics.db: the type of the clustering is int here, \
             but int DESC in {DIRECTORY}/nb-2-big-Statistics.db; these are not SSTables of one table"
        )
    );
}

#[test]
fn sstables_of_two_tables_are_refused_with_both_directories() {
    let other = "data/shop/orders-ffffffffffffffffffffffffffffffff/nb-1-big-Data.db";
    let told = [Told::numbered(1, &[], &[]), Told::new(other, "Int32Type", &[], &[])];
    let error = resolve(&headers(&told), None).unwrap_err().to_string();
    assert!(error.contains("different tables") && error.contains("orders-0123456789abcdef"), "{error}");
}

#[test]
fn columns_are_mapped_by_name_and_drops_hide_what_is_older() {
    let told = [
        Told::numbered(1, &["Int32Type"], &[("a", "Int32Type"), ("gone", "Int32Type"), ("z", "UTF8Type")]),
        Told::numbered(2, &["Int32Type"], &[("z", "UTF8Type")]),
    ];
    let cql =
        "CREATE TABLE shop.orders (id int, line int, a int, b int, gone int, z text, PRIMARY KEY (id, line));
        ALTER TABLE shop.orders DROP gone USING TIMESTAMP 20;
        ALTER TABLE shop.orders DROP a USING TIMESTAMP 10;
        ALTER TABLE shop.orders ADD a int;";
    let table = with_schema("columns_are_mapped", &told, cql).unwrap();
    assert!(table.warnings.is_empty(), "{:?}", table.warnings);
    assert_eq!(table.schema.partition_key[0].name, "id");
    assert_eq!(
        table.maps[0].regulars,
        [
            MappedColumn::Column { index: 0, hidden_until_micros: Some(10) },
            MappedColumn::Dropped { until_micros: 20 },
            MappedColumn::Column { index: 2, hidden_until_micros: None },
        ]
    );
    assert_eq!(
        table.maps[1].get(ColumnKind::Regular, 0),
        Some(MappedColumn::Column { index: 2, hidden_until_micros: None })
    );
    let added_again = table.maps[0].regulars[0];
    assert!(!added_again.is_visible_at(10) && added_again.is_visible_at(11));
}

#[test]
fn a_column_that_the_schema_lacks_is_shown_with_one_warning() {
    let told = [
        Told::numbered(1, &["Int32Type"], &[("a", "Int32Type"), ("x", "Int32Type")]),
        Told::numbered(2, &["Int32Type"], &[("x", "LongType")]).with_statics(&[("id", "UTF8Type")]),
    ];
    let cql = "CREATE TABLE shop.orders (id int, line int, a int, z int, PRIMARY KEY (id, line));";
    let table = with_schema("a_column_that_the_schema_lacks", &told, cql).unwrap();
    assert_eq!(table.warnings.len(), 1);
    let warning = table.warnings[0].to_string();
    assert!(warning.starts_with("the columns x, id_ are in SSTables, but not in the schema"), "{warning}");
    assert_eq!(names_and_types(&table.schema, ColumnKind::Regular), ["a int", "x bigint", "z int"]);
    assert_eq!(names_and_types(&table.schema, ColumnKind::Static), ["id_ text"]);
    assert_eq!(table.maps[0].regulars[1], MappedColumn::Extra { index: 1 });
    assert_eq!(table.maps[1].regulars[0], MappedColumn::Extra { index: 1 });
    assert_eq!(table.maps[1].statics[0], MappedColumn::Extra { index: 0 });
}

#[test]
fn a_schema_with_other_keys_is_refused_and_other_types_of_columns_are_told() {
    let told = [Told::numbered(1, &["Int32Type"], &[("a", "Int32Type")])];
    for (test, cql, part) in [
        (
            "key",
            "CREATE TABLE orders (id text, c int, PRIMARY KEY (id, c));",
            "partition key is int here, but text by",
        ),
        (
            "order",
            "CREATE TABLE orders (id int, c int, PRIMARY KEY (id, c)) WITH CLUSTERING ORDER BY (c DESC);",
            "clustering is int here, but int DESC by",
        ),
        ("count", "CREATE TABLE orders (id int PRIMARY KEY, a int);", "clustering is int here, but () by"),
    ] {
        let error = with_schema(&format!("other_{test}"), &told, cql).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(error.starts_with(&format!("{DIRECTORY}/nb-1-big-Statistics.db: ")), "{error}");
    }
    let cql = "CREATE TABLE orders (id int, c int, a text, PRIMARY KEY (id, c));";
    let table = with_schema("other_column", &told, cql).unwrap();
    let warning = table.warnings[0].to_string();
    assert!(warning.contains("the column a is of type int here, but text by the schema given"), "{warning}");
}

#[test]
fn the_schema_beside_the_files_is_used_unless_it_is_broken() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("schema_beside");
    fs::create_dir_all(&directory).unwrap();
    let told = [Told::new(
        directory.join("nb-1-big-Data.db").to_str().unwrap(),
        "Int32Type",
        &[],
        &[("a", "Int32Type")],
    )];
    let file = directory.join("schema.cql");
    fs::write(&file, "CREATE TABLE IF NOT EXISTS shop.orders (id int PRIMARY KEY, a int);").unwrap();
    let table = resolve(&headers(&told), None).unwrap();
    assert_eq!(table.source, SchemaSource::Beside(file.clone()));
    assert_eq!(table.schema.partition_key[0].name, "id");

    fs::write(&file, "/* CREATE TABLE shop.orders (id int PRIMARY KEY, a int); */").unwrap();
    let table = resolve(&headers(&told), None).unwrap();
    assert_eq!(table.source, SchemaSource::Headers);
    assert_eq!(table.schema.partition_key[0].name, "key");
    let warning = table.warnings[0].to_string();
    assert!(warning.ends_with("the schema there is not used: the schema creates no table"), "{warning}");
}
