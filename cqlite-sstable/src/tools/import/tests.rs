//! What rows of text become.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::io::MemoryDirectory;
use crate::row::{Unfiltered, UnfilteredPartitions};
use crate::schema::TableHint;
use crate::tools::lossless::LosslessPrinter;
use crate::types::{CqlType, JsonStyle, write_json};
use crate::writer::builder::BuilderOptions;
use crate::{Format, Partitioner, Version};

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
        (r#"{"k":1,"c":"a","v":2,"V":3}"#, "the field 'V' gives what another one gives already"),
        (
            r#"{"k":1,"c":"a","v":2,"writetime(v)":1,"WRITETIME(v)":2}"#,
            "the field 'WRITETIME(v)' gives what another one gives already",
        ),
        (
            r#"{"k":1,"c":"a","ttl(v)":null,"Ttl(v)":2}"#,
            "the field 'Ttl(v)' gives what another one gives already",
        ),
        (
            r#"{"k":1,"c":"a","$delete_elements":{"m":["a"],"M":["b"]}}"#,
            "$delete_elements has the column 'M' twice",
        ),
        (
            r#"{"k":1,"c":"a","u":{"street":null,"STREET":"b"}}"#,
            "column u: the field 'STREET' is there twice",
        ),
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

/// An import of rows of CSV with a header, or of JSON lines where there is no dialect: what it became, or why it ended.
fn import(
    schema: &str,
    options: &ImportOptions,
    csv: Option<&CsvOptions>,
    text: &str,
) -> Result<String, String> {
    let mut result = Ok(());
    let (rows, refused, _) = imported(schema, options, |importer, builder, refused| {
        result = match csv {
            Some(csv) => importer.csv(text.as_bytes(), Path::new("x"), csv, builder, refused),
            None => importer.json_lines(text.as_bytes(), Path::new("x"), builder, refused),
        };
        Ok(())
    });
    match (result, refused.first()) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(()), Some(refused)) => Err(refused.clone()),
        (Ok(()), None) => Ok(rows),
    }
}

fn with_header() -> CsvOptions {
    CsvOptions { has_header: true, ..CsvOptions::default() }
}

#[test]
fn a_header_as_cqlsh_writes_it_names_columns_that_differ_in_capitals_alone() {
    let schema = "CREATE TABLE t (k int PRIMARY KEY, \"V\" text, v text)";
    let options = ImportOptions { write_time_micros: 5, ..ImportOptions::new(1000) };
    let cells = |text: &str| {
        let rows = import(schema, &options, Some(&with_header()), text).unwrap();
        rows.split_once("\"cells\":").unwrap().1.trim_end().trim_end_matches('}').to_owned()
    };
    let (upper, lower) = (r#"{"column":"V","ts":5,"value":"61"}"#, r#"{"column":"v","ts":5,"value":"62"}"#);
    assert_eq!(cells("k,V\n1,a\n"), format!("[{upper}]"));
    assert_eq!(cells("k,V,v\n1,a,b\n"), format!("[{upper},{lower}]"));
    assert_eq!(cells("v,V,k\nb,a,1\n"), format!("[{upper},{lower}]"));
    assert_eq!(cells("K,\"\"\"V\"\"\",v\n1,a,b\n"), format!("[{upper},{lower}]"), "as CQL spells them");
}

#[test]
fn a_field_of_a_type_may_have_capitals_without_quotes_in_csv() {
    let schema = "CREATE TYPE a (\"Cap\" int, cap int, \"Other\" int);
        CREATE TABLE t (k int PRIMARY KEY, v frozen<a>)";
    let schema = TableSchema::from_cql(schema, TableHint::default()).unwrap();
    let of = &schema.regular_columns[0].column_type;
    let parse = |text: &str| TextDialect::default().parse(of, text);
    let value = [(4_i32, 1_i32), (4, 2), (-1, 0)];
    let bytes = value.iter().flat_map(|(length, value)| {
        let value = value.to_be_bytes();
        [length.to_be_bytes().to_vec(), if *length > 0 { value.to_vec() } else { Vec::new() }].concat()
    });
    assert_eq!(parse("{Cap: 1, cap: 2, Other: null}").unwrap(), bytes.collect::<Vec<u8>>());
    assert!(parse("{cap: null, cap: 2}").unwrap_err().contains("the field 'cap' is there twice"));
}

#[test]
fn an_option_that_names_a_field_that_is_not_there_ends_the_import() {
    let options = |timestamp: Option<&str>, ttl: Option<&str>| ImportOptions {
        timestamp_column: timestamp.map(str::to_owned),
        ttl_column: ttl.map(str::to_owned),
        ..ImportOptions::new(1000)
    };
    let csv = "k,c,v,ts\n1,a,2,5\n";
    let told = |options: &ImportOptions, csv: Option<&CsvOptions>, text: &str| {
        import(SCHEMA, options, csv, text).unwrap_err()
    };
    assert_eq!(
        told(&options(Some("tss"), None), Some(&with_header()), csv).split(';').next().unwrap(),
        "x: there is no field 'tss', which is to have the write times, but k, c, v, ts"
    );
    assert!(told(&options(Some("ts"), Some("tl")), Some(&with_header()), csv).contains("no field 'tl'"));
    let skipped = |name: &str| CsvOptions { skipped_columns: vec![name.to_owned()], ..with_header() };
    let error = told(&options(None, None), Some(&skipped("tss")), csv);
    assert!(error.contains("there is no field 'tss' to pass over, but k, c, v, ts"), "{error}");
    assert!(import(SCHEMA, &options(None, None), Some(&skipped("ts")), csv).is_ok());
    let rows = import(SCHEMA, &options(Some("TS"), None), Some(&with_header()), csv).unwrap();
    assert!(rows.contains("\"liveness\":{\"ts\":5}"), "{rows}");

    let json = "{\"k\":1,\"c\":\"a\"}\n{\"k\":1,\"c\":\"b\",\"ts\":5}\n";
    assert!(import(SCHEMA, &options(Some("ts"), None), None, json).is_ok());
    let error = told(&options(Some("tss"), None), None, "{\"k\":1,\"c\":\"a\"}\n");
    assert_eq!(error, "x: no row has the field 'tss', which is to have the write times");
    let schema = TableSchema::from_cql(SCHEMA, TableHint::default()).unwrap();
    assert!(Importer::new(&schema, &options(Some("ts"), Some("TS"))).is_err());
}

#[test]
fn skipped_columns_of_the_order_that_cqlsh_expects_are_passed_over() {
    let csv = CsvOptions { skipped_columns: vec!["B".to_owned()], ..CsvOptions::default() };
    let schema = "CREATE TABLE t (k int PRIMARY KEY, a int, b int)";
    let rows = import(schema, &ImportOptions::new(1000), Some(&csv), "1,2,no number\n").unwrap();
    assert!(rows.contains("\"column\":\"a\"") && !rows.contains("\"column\":\"b\""), "{rows}");
}

#[test]
fn a_write_time_that_is_a_date_keeps_its_microseconds() {
    let options =
        ImportOptions { timestamp_column: Some("ts".to_owned()), max_errors: 9, ..ImportOptions::new(1000) };
    let read = |date: &str| import(SCHEMA, &options, Some(&with_header()), &format!("k,c,ts\n1,a,{date}\n"));
    for (date, micros) in [
        ("2024-02-29 08:12:54.123456+0000", 1_709_194_374_123_456_i64),
        ("2024-02-29 09:12:54.1+01:00", 1_709_194_374_100_000),
        ("2024-02-29T08:12:54Z", 1_709_194_374_000_000),
        ("2024-02-29", 1_709_164_800_000_000),
        ("1969-12-31 23:59:59.999999", -1),
        ("-7", -7),
    ] {
        let rows = read(date).unwrap();
        assert!(rows.contains(&format!("\"liveness\":{{\"ts\":{micros}}}")), "{date}: {rows}");
    }
    for date in ["2024-02-29 08:12:54.1234567", "2024-02-29 08:12:54.", "2024-02-29 08:12.5", "soon"] {
        let error = read(date).unwrap_err();
        assert!(error.starts_with("2: column ts: ") && error.contains("is no write time"), "{error}");
    }
}

#[test]
fn a_line_of_delimiters_is_refused_for_its_key() {
    let csv = CsvOptions { delimiter: b'\t', ..CsvOptions::default() };
    let schema = "CREATE TABLE t (k text PRIMARY KEY, a text, b text)";
    let options = ImportOptions { max_errors: 9, ..ImportOptions::new(1000) };
    let error = import(schema, &options, Some(&csv), "a\tb\tc\n\t\t\nd\te\tf\n").unwrap_err();
    assert_eq!(error, "2: the column k is part of the primary key and null");
    let rows = import("CREATE TABLE t (k text PRIMARY KEY)", &options, Some(&csv), "   \n").unwrap();
    assert!(rows.contains("{\"key\":\"202020\""), "{rows}");
}

#[test]
fn what_the_version_cannot_hold_is_refused_by_line() {
    let of = |letters: &str, format, now| {
        let version = Version::parse(letters, format).unwrap();
        ImportOptions { max_errors: 9, ..ImportOptions::new(now).of_version(version) }
    };
    let (nb, oa) = (of("nb", Format::Big, 1000), of("oa", Format::Big, 1000));
    let negative = r#"{"k":1,"$delete":"partition","$timestamp":-5}"#;
    assert!(import(SCHEMA, &nb, None, negative).is_ok());
    assert_eq!(
        import(SCHEMA, &oa, None, negative).unwrap_err(),
        "1: the partition is deleted with the write time -5, and the version that is written holds no such deletion \
         before 1970"
    );
    let late = 5_000_000_000;
    for (options, line) in [
        (of("oa", Format::Big, late), r#"{"k":1,"c":"a","$delete":"row"}"#),
        (of("oa", Format::Big, late), r#"{"k":1,"c":"a","m":{"x":1}}"#),
        (of("nb", Format::Big, 2_200_000_000), r#"{"k":1,"$delete":"partition"}"#),
        (of("nb", Format::Big, -7), r#"{"k":1,"c":"a","$delete":["v"]}"#),
    ] {
        let error = import(SCHEMA, &options, None, line).unwrap_err();
        assert!(error.contains("something is deleted at"), "{line}: {error}");
    }
    assert!(import(SCHEMA, &of("oa", Format::Big, late), None, r#"{"k":1,"c":"a","v":1}"#).is_ok());
    let first = i64::MIN + 1;
    let error = import(SCHEMA, &nb, None, &format!(r#"{{"k":1,"c":"a","l":["x"],"$timestamp":{first}}}"#));
    assert!(error.unwrap_err().starts_with(&format!("1: the column l: in front of the write time {first}")));
    assert!(import(SCHEMA, &nb, None, &format!(r#"{{"k":1,"c":"a","v":1,"$timestamp":{first}}}"#)).is_ok());
}

#[test]
fn a_version_that_has_no_vectors_or_no_zstd_is_refused_before_any_row() {
    let me = Version::parse("me", Format::Big).unwrap();
    let header =
        |schema: &str| serialization_header(&TableSchema::from_cql(schema, TableHint::default()).unwrap());
    let vectors = header("CREATE TABLE t (k int PRIMARY KEY, v list<frozen<vector<float, 2>>>)");
    let error = check_version(&vectors, me, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the column 'v' has vectors, which the version 'me' cannot hold; write another version with --to"
    );
    assert!(check_version(&vectors, Version::parse("nb", Format::Big).unwrap(), None).is_ok());
    let plain = header("CREATE TABLE t (k int PRIMARY KEY, v int)");
    let zstd = crate::compress::CompressionParameters::parse("zstd").unwrap();
    assert!(check_version(&plain, me, zstd.as_ref()).unwrap_err().to_string().contains("Zstd"));
    assert!(check_version(&plain, me, Some(&Default::default())).is_ok());
}

#[test]
fn the_last_of_several_rows_of_one_key_counts_unless_they_have_one_time() {
    let schema = "CREATE TABLE t (k int PRIMARY KEY, l list<int>, v text)";
    let text = "1,\"[1, 2]\",z\n1,[3],a\n";
    let read = |options: &ImportOptions| import(schema, options, Some(&CsvOptions::default()), text).unwrap();
    let rows = read(&ImportOptions::new(1000));
    assert_eq!(rows.matches("\"path\":").count(), 1, "{rows}");
    assert!(rows.contains("\"ts\":1000000001,\"value\":\"61\""), "{rows}");
    let rows = read(&ImportOptions { write_times_ascend: false, ..ImportOptions::new(1000) });
    assert_eq!(rows.matches("\"path\":").count(), 3, "{rows}");
    assert!(rows.contains("\"ts\":1000000000,\"value\":\"7a\""), "{rows}");
}

#[test]
fn one_field_neither_stalls_the_import_nor_fills_its_messages() {
    let dialect = TextDialect::default();
    let many = 1_000_000;
    let colons = format!("{{1:{}}}", ":".repeat(many));
    let error = dialect.parse(&cql_type("map<int, int>"), &colons).unwrap_err();
    assert!(error.len() < 300 && error.contains("more colons than"), "{error}");
    let digits = "7".repeat(many);
    let number = crate::tools::json_text::JsonValue::Number(&digits);
    for error in [
        dialect.parse(&cql_type("varint"), &digits),
        dialect.parse(&cql_type("decimal"), &digits),
        super::json_value::from_json(&cql_type("varint"), &number),
    ] {
        let error = error.unwrap_err();
        assert!(error.len() < 300 && error.contains("more than 100000 digits"), "{error}");
    }
    let long = "x".repeat(many);
    for name in ["int", "boolean", "blob", "date", "list<int>", "map<int, int>", "tuple<int>", "uuid"] {
        for text in [long.clone(), format!("['{long}]"), format!("{{{long}}}"), format!("({long})")] {
            let error = dialect.parse(&cql_type(name), &text).unwrap_err();
            assert!(error.len() < 600, "{name}: {} bytes", error.len());
        }
        let text = crate::tools::json_text::JsonValue::String(long.as_str().into());
        let error = super::json_value::from_json(&cql_type(name), &text).unwrap_err();
        assert!(error.len() < 600, "{name}: {} bytes", error.len());
    }
    let error = import(SCHEMA, &ImportOptions::new(0), None, &format!("{{\"k\":1,\"{long}\":1}}\n"));
    assert!(error.unwrap_err().len() < 600);
}
