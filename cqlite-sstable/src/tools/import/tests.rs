//! What rows of text become.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::Partitioner;
use crate::io::MemoryDirectory;
use crate::row::{Unfiltered, UnfilteredPartitions};
use crate::schema::TableHint;
use crate::tools::lossless::LosslessPrinter;
use crate::types::{CqlType, JsonStyle, write_json};
use crate::writer::builder::BuilderOptions;

const SCHEMA: &str = "CREATE TYPE a (street text, \"Nr\" int);
    CREATE TABLE t (k int, c text, s text static, v int, m map<text, int>, st set<int>, l list<text>, u a,
        f frozen<map<int, text>>, PRIMARY KEY (k, c)) WITH default_time_to_live = 0";

struct Lines(Vec<String>);

impl RefusedRows for Lines {
    fn refused(&mut self, row: &RefusedRow<'_>) -> Result<()> {
        self.0.push(format!("{}: {}", row.line, row.message));
        Ok(())
    }
}

/// What the rows are in the lossless form, and which lines were refused.
fn imported(
    schema: &str,
    options: &ImportOptions,
    read: impl FnOnce(&mut Importer, &mut SstableBuilder, &mut Lines) -> Result<()>,
) -> (String, Vec<String>, ImportReport) {
    let schema = TableSchema::from_cql(schema, TableHint::default()).unwrap();
    let directory = Arc::new(MemoryDirectory::new("memory"));
    let header = serialization_header(&schema);
    let mut builder =
        SstableBuilder::new(header.clone(), Partitioner::Murmur3, directory, BuilderOptions::default())
            .unwrap();
    let mut importer = Importer::new(&schema, options).unwrap();
    let mut refused = Lines(Vec::new());
    read(&mut importer, &mut builder, &mut refused).unwrap();
    let (mut printer, mut out) = (LosslessPrinter::new(&header), Vec::new());
    let mut source = builder.finish().unwrap();
    while source.advance_partition().unwrap() {
        let partition = source.partition();
        printer.partition(partition.key, Some(partition.deletion), &mut out);
        let start = out.len();
        if let Some(row) = partition.static_row {
            printer.start_row(&row, &mut out);
            if !print_items(&mut source, &mut printer, &mut out) {
                out.truncate(start);
            }
        }
        while source.advance_unfiltered().unwrap() {
            match source.unfiltered() {
                Unfiltered::Marker(marker) => printer.marker(&marker, &mut out),
                Unfiltered::Row(row) => {
                    printer.start_row(&row, &mut out);
                    print_items(&mut source, &mut printer, &mut out);
                }
            }
        }
    }
    (String::from_utf8(out).unwrap(), refused.0, importer.report().clone())
}

fn print_items(
    source: &mut dyn UnfilteredPartitions,
    printer: &mut LosslessPrinter,
    out: &mut Vec<u8>,
) -> bool {
    let mut any = false;
    while source.advance_item().unwrap() {
        printer.item(&source.item(), out);
        any = true;
    }
    printer.end_row(out);
    any
}

fn json(lines: &str, max_errors: u64) -> (String, Vec<String>, ImportReport) {
    let options = ImportOptions { write_time_micros: 50, max_errors, ..ImportOptions::new(1000) };
    imported(SCHEMA, &options, |importer, builder, refused| {
        importer.json_lines(lines.as_bytes(), Path::new("x"), builder, refused)
    })
}

fn rows(lines: &str) -> String {
    let (rows, refused, _) = json(lines, 0);
    assert!(refused.is_empty(), "{refused:?}");
    rows.lines().skip(1).collect::<Vec<_>>().join("\n")
}

fn refusal(line: &str) -> String {
    let (rows, mut refused, _) = json(line, 1);
    assert_eq!(rows, "", "{line}");
    refused.pop().unwrap_or_else(|| panic!("{line} was taken"))
}

#[test]
fn an_insert_has_liveness_and_deletes_collections_before_it_writes_them() {
    assert_eq!(
        rows(r#"{"k":1,"c":"a","v":2,"m":{"y":1,"x":2},"st":[3,1,3],"u":{"street":null,"\"Nr\"":7}}"#),
        concat!(
            r#"{"row":{"clustering":["61"],"liveness":{"ts":50},"cells":[{"column":"v","ts":50,"value":"00000002"}"#,
            r#",{"column":"m","deletion":{"ts":49,"at":1000}},{"column":"m","path":"78","ts":50,"value":"00000002"}"#,
            r#",{"column":"m","path":"79","ts":50,"value":"00000001"},{"column":"st","deletion":{"ts":49,"at":1000}}"#,
            r#",{"column":"st","path":"00000001","ts":50,"value":""},{"column":"st","path":"00000003","ts":50,"value":""}"#,
            r#",{"column":"u","deletion":{"ts":49,"at":1000}},{"column":"u","path":"0001","ts":50,"value":"00000007"}]}}"#
        )
    );
    let list = rows(r#"{"k":1,"c":"a","l":["p","q"]}"#);
    assert_eq!(list.matches("\"path\":").count(), 2);
    assert!(list.find("\"value\":\"70\"") < list.find("\"value\":\"71\""), "{list}");
}

#[test]
fn null_is_nothing_unless_it_is_to_delete() {
    let line = r#"{"k":1,"c":"a","v":null,"m":null}"#;
    assert_eq!(rows(line), r#"{"row":{"clustering":["61"],"liveness":{"ts":50},"cells":[]}}"#);
    let options = ImportOptions { write_time_micros: 50, nulls: Nulls::Delete, ..ImportOptions::new(1000) };
    let (rows, _, _) = imported(SCHEMA, &options, |importer, builder, refused| {
        importer.json_lines(line.as_bytes(), Path::new("x"), builder, refused)
    });
    let expected =
        r#""cells":[{"column":"v","ts":50,"deleted_at":1000},{"column":"m","deletion":{"ts":49,"at":1000}}]"#;
    assert!(rows.contains(expected), "{rows}");
}

#[test]
fn rows_and_columns_have_write_times_and_ttls_of_their_own() {
    assert_eq!(
        rows(r#"{"k":1,"c":"a","s":"x","v":2,"$timestamp":7,"$ttl":10,"writetime(v)":9,"ttl(v)":20}"#),
        concat!(
            r#"{"static":{"cells":[{"column":"s","ts":7,"ttl":10,"expires_at":1010,"value":"78"}]}}"#,
            "\n",
            r#"{"row":{"clustering":["61"],"liveness":{"ts":7,"ttl":10,"expires_at":1010},"#,
            r#""cells":[{"column":"v","ts":9,"ttl":20,"expires_at":1020,"value":"00000002"}]}}"#
        )
    );
}

#[test]
fn json_deletes_partitions_rows_columns_elements_and_ranges() {
    let (partition, _, _) = json(r#"{"k":1,"$delete":"partition"}"#, 0);
    assert_eq!(
        partition.trim_end(),
        r#"{"partition":{"key":"00000001","text":"1","deletion":{"ts":50,"at":1000}}}"#
    );
    assert_eq!(
        rows(r#"{"k":1,"c":"a","$delete":"row"}"#),
        r#"{"row":{"clustering":["61"],"deletion":{"ts":50,"at":1000},"cells":[]}}"#
    );
    assert_eq!(
        rows(r#"{"k":1,"c":"a","$delete":["v","m"]}"#),
        concat!(
            r#"{"row":{"clustering":["61"],"cells":[{"column":"v","ts":50,"deleted_at":1000},"#,
            r#"{"column":"m","deletion":{"ts":50,"at":1000}}]}}"#
        )
    );
    assert_eq!(
        rows(r#"{"k":1,"c":"a","$delete_elements":{"m":["x"],"u":["street"]}}"#),
        concat!(
            r#"{"row":{"clustering":["61"],"cells":[{"column":"m","path":"78","ts":50,"deleted_at":1000},"#,
            r#"{"column":"u","path":"0000","ts":50,"deleted_at":1000}]}}"#
        )
    );
    assert_eq!(
        rows(r#"{"k":1,"$delete_range":{">":{"c":"a"},"<=":{"c":"b"}}}"#),
        concat!(
            r#"{"marker":{"kind":"EXCL_START_BOUND","clustering":["61"],"deletion":{"ts":50,"at":1000}}}"#,
            "\n",
            r#"{"marker":{"kind":"INCL_END_BOUND","clustering":["62"],"deletion":{"ts":50,"at":1000}}}"#
        )
    );
}

#[test]
fn what_is_wrong_is_told_by_line_and_column() {
    for (line, message) in [
        (r#"{"c":"a"}"#, "the column k of the partition key is missing"),
        (r#"{"k":null,"c":"a"}"#, "the column k is part of the primary key and null"),
        (
            r#"{"k":1,"v":2}"#,
            "the clustering columns are missing; without them only static columns can be set",
        ),
        (r#"{"k":1,"c":"a","x":2}"#, "the table has no column 'x', but k, c, s, f, v, l, m, st, u"),
        (
            r#"{"k":1,"c":"a","v":2.0}"#,
            "column v: '2.0' is no int: a whole number from -2147483648 to 2147483647 is wanted",
        ),
        (r#"{"k":1,"c":"a","v":[1]}"#, "column v: an array is no int"),
        (r#"{"k":1,"c":"a","m":{"x":null}}"#, "column m: a value of a map is null"),
        (
            r#"{"k":1,"c":"a","$tll":2}"#,
            "'$tll' is not known; there are $timestamp, $ttl, $delete, $delete_range and $delete_elements",
        ),
        (r#"{"k":1,"c":"a","v":2,"$delete":"row"}"#, "the row is deleted, and yet the column v is given"),
        (r#"{"k":1,"c":"a","v":2,"V":3}"#, "the column v is there twice"),
        (r#"{"k":1,"c":"a""#, "byte 15: ',' or '}' is missing"),
        ("[1]", "the line is an array, not an object"),
        (r#"{"k":1,"c":"a","$ttl":-1}"#, "a TTL of -1 is not within 0 and 630720000 seconds"),
    ] {
        assert_eq!(refusal(line), format!("1: {message}"), "{line}");
    }
    let long = format!(r#"{{"k":1,"c":"{}"}}"#, "x".repeat(65_536));
    assert!(refusal(&long).contains("65536 bytes together, more than 65535"));
}

#[test]
fn every_row_is_taken_or_refused_whatever_its_bytes_are() {
    let line = r#"{"k":1,"c":"a","v":2,"m":{"x":1},"u":{"street":"s"},"$timestamp":5}"#;
    let mut lines = Vec::new();
    for at in 0..line.len() {
        for byte in [b'"', b'}', b'9', b'\\', 0xFF, b' '] {
            let mut damaged = line.as_bytes().to_vec();
            damaged[at] = byte;
            lines.extend(damaged);
            lines.push(b'\n');
        }
    }
    let count = lines.iter().filter(|byte| **byte == b'\n').count() as u64;
    let options = ImportOptions { max_errors: u64::MAX, ..ImportOptions::new(1000) };
    let (_, refused, report) = imported(SCHEMA, &options, |importer, builder, refused| {
        importer.json_lines(lines.as_slice(), Path::new("x"), builder, refused)
    });
    assert_eq!(report.rows + report.refused, count);
    assert_eq!(report.refused, refused.len() as u64);
    assert!(report.rows > 0 && report.refused > 100, "{report:?}");
    let (_, refused, report) = imported(SCHEMA, &options, |importer, builder, refused| {
        let csv = CsvOptions { quote: 1, escape: 1, ..CsvOptions::default() };
        importer.csv(lines.as_slice(), Path::new("x"), &csv, builder, refused)
    });
    assert_eq!((report.rows, report.refused), (0, refused.len() as u64));
    assert_eq!(report.refused, count);
}

/// Texts of values as cqlsh's COPY prints them, and what SELECT JSON prints of the same.
const COPIED: [(&str, &str, &str); 22] = [
    ("int", "-7", "-7"),
    ("bigint", "9223372036854775807", "9223372036854775807"),
    ("varint", "-123456789012345678901234567890", "-123456789012345678901234567890"),
    ("decimal", "1.10", "1.10"),
    ("double", "1e+20", "1.0E20"),
    ("boolean", "True", "true"),
    ("blob", "0xcafe", "\"0xcafe\""),
    ("text", "it's", "\"it's\""),
    ("timestamp", "2024-02-29 08:12:54.123000+0000", "\"2024-02-29 08:12:54.123Z\""),
    ("timestamp", "2024-02-29 08:12:54+0100", "\"2024-02-29 07:12:54.000Z\""),
    ("date", "2024-02-29", "\"2024-02-29\""),
    ("time", "08:12:54.123456789", "\"08:12:54.123456789\""),
    ("duration", "1y2mo3d", "\"1y2mo3d\""),
    ("uuid", "123e4567-e89b-12d3-a456-426655440000", "\"123e4567-e89b-12d3-a456-426655440000\""),
    ("inet", "::1", "\"0:0:0:0:0:0:0:1\""),
    ("list<text>", "['a, b', 'it''s']", "[\"a, b\", \"it's\"]"),
    ("set<int>", "{3, 1, 2, 1}", "[1, 2, 3]"),
    ("map<text, int>", "{'b': 2, 'a:': 1}", "{\"a:\": 1, \"b\": 2}"),
    ("map<time, int>", "{08:12:54.000000000: 5}", "{\"08:12:54.000000000\": 5}"),
    ("tuple<int, text>", "(1, null)", "[1, null]"),
    ("list<frozen<list<int>>>", "[[1, 2], []]", "[[1, 2], []]"),
    ("vector<float, 2>", "[1.5, -2]", "[1.5, -2.0]"),
];

fn cql_type(name: &str) -> CqlType {
    let script = format!("CREATE TABLE t (k int PRIMARY KEY, v {name})");
    let schema = TableSchema::from_cql(&script, TableHint::default()).unwrap();
    schema.regular_columns[0].column_type.clone()
}

#[test]
fn what_copy_prints_is_what_select_json_prints() {
    for (name, text, expected) in COPIED {
        let of = cql_type(name);
        let value = TextDialect::default().parse(&of, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut printed = Vec::new();
        write_json(&of, &value, JsonStyle::Corrected, &mut printed).unwrap();
        assert_eq!(String::from_utf8(printed).unwrap(), expected, "{name}");
    }
}

#[test]
fn what_select_json_prints_goes_in_again() {
    for (name, text, printed) in COPIED {
        let of = cql_type(name);
        let json = crate::tools::json_text::JsonValue::parse(printed).unwrap();
        let value =
            super::json_value::from_json(&of, &json).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(value, TextDialect::default().parse(&of, text).unwrap(), "{name}");
    }
}

#[test]
fn texts_that_are_no_values_are_refused() {
    for (name, text) in [
        ("int", "1.5"),
        ("int", ""),
        ("boolean", "yes"),
        ("blob", "cafe"),
        ("list<int>", "[1, null]"),
        ("list<int>", "[1, , 2]"),
        ("list<int>", "1, 2"),
        ("list<text>", "['a]"),
        ("map<text, int>", "{'a' 1}"),
        ("tuple<int, int>", "(1)"),
        ("vector<float, 2>", "[1]"),
        ("set<int>", "{1]}"),
    ] {
        assert!(TextDialect::default().parse(&cql_type(name), text).is_err(), "{name} {text}");
    }
}

#[test]
fn csv_has_the_columns_of_its_header_or_those_of_cqlsh() {
    let options = ImportOptions { write_time_micros: 50, max_errors: 9, ..ImportOptions::new(1000) };
    let read = |text: &'static str, csv: CsvOptions| {
        imported(
            "CREATE TABLE t (k int PRIMARY KEY, b text, a int)",
            &options,
            |importer, builder, refused| {
                importer.csv(text.as_bytes(), Path::new("x"), &csv, builder, refused)
            },
        )
    };
    let (by_default, refused, _) = read("1,2,x\n", CsvOptions::default());
    assert!(refused.is_empty(), "{refused:?}");
    let header = CsvOptions { has_header: true, ..CsvOptions::default() };
    let (by_header, refused, report) = read("b,k,a\nx,1,2\ny,,3\nz,1\n", header);
    assert_eq!(by_header, by_default);
    assert_eq!(
        refused,
        ["3: the column k is part of the primary key and null", "4: there are 2 fields, not 3"]
    );
    assert_eq!(report, ImportReport { rows: 1, refused: 2 });
}

#[test]
fn counters_and_unknown_columns_of_a_header_are_refused_before_any_row() {
    let counter = "CREATE TABLE t (k int PRIMARY KEY, c counter)";
    let schema = TableSchema::from_cql(counter, TableHint::default()).unwrap();
    let error = Importer::new(&schema, &ImportOptions::new(0)).unwrap_err();
    assert!(error.to_string().contains("a counter cannot be inserted"), "{error}");
}
