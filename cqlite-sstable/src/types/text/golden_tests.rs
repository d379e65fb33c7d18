//! Text forms against what Cassandra 5.0.9 on Java 17 printed and parsed.

use super::*;
use crate::types::{CqlType, InvalidValue};

/// The rows of a table: cells parted by tabs, `#` before comments.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::parse_hex(hex).unwrap()
}

/// A cell's text behind its `=`, in which `\\` is a backslash and `\x1f` a control.
fn unescaped(cell: &str) -> String {
    let mut parts = cell.strip_prefix('=').unwrap().split("\\\\").map(|part| {
        let mut pieces = part.split("\\x");
        let first = pieces.next().unwrap().to_owned();
        pieces.fold(first, |text, piece| {
            let control = u8::from_str_radix(&piece[..2], 16).unwrap();
            format!("{text}{}{}", control as char, &piece[2..])
        })
    });
    let first = parts.next().unwrap();
    parts.fold(first, |text, part| format!("{text}\\{part}"))
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<(), InvalidValue>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(marshal: &str) -> CqlType {
    CqlType::parse_marshal(marshal).unwrap()
}

#[test]
fn values_of_every_type_print_as_cassandra_prints_them() {
    let mut count = 0;
    for row in rows(include_str!("golden/values.tsv")) {
        let (of, value) = (parsed(row[0]), bytes(row[1]));
        let forms = [
            text(|out| write_json(&of, &value, JsonStyle::Cassandra, out)),
            text(|out| write_string(&of, &value, out)),
            text(|out| write_cql(&of, &value, out)),
        ];
        for (form, expected) in forms.iter().zip(&row[2..]) {
            if *expected != "!" {
                assert_eq!(form, &unescaped(expected), "{row:?}");
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn texts_parse_to_the_bytes_that_cassandra_makes_of_them() {
    for row in rows(include_str!("golden/texts.tsv")) {
        let of = parsed(row[0]);
        let value = parse_string(&of, &unescaped(row[1]));
        match row[2] {
            "!" => assert!(value.is_err(), "{row:?} is {value:02x?}"),
            hex => assert_eq!(value, Ok(bytes(&hex[1..])), "{row:?}"),
        }
    }
}

#[test]
fn floating_point_numbers_have_the_digits_of_java_17() {
    for row in rows(include_str!("golden/numbers.tsv")) {
        let of = if row[0] == "double" { CqlType::Double } else { CqlType::Float };
        assert_eq!(text(|out| write_string(&of, &bytes(row[1]), out)), row[2], "{row:?}");
    }
}

#[test]
fn instants_and_dates_of_the_tools_keep_their_quirks() {
    for row in rows(include_str!("golden/times.tsv")) {
        let time = row[0].parse().unwrap();
        for (unit, expected) in [(TimeUnit::Microseconds, row[1]), (TimeUnit::Seconds, row[2])] {
            let written = text(|out| {
                write_instant(time, unit, JsonStyle::Cassandra, out);
                Ok(())
            });
            assert_eq!(written, expected, "{row:?}");
        }
        let written = text(|out| {
            write_metadata_date(time, out);
            Ok(())
        });
        assert_eq!(written, row[3], "{row:?}");
    }
}

#[test]
fn corrected_instants_have_the_fraction_of_their_own_second() {
    for (time, expected) in [
        (-5, "1969-12-31T23:59:59.999995Z"),
        (-1_000_000, "1969-12-31T23:59:59Z"),
        (1_700_000_000_123_000, "2023-11-14T22:13:20.123Z"),
        (i64::MIN, "-290308-12-21T19:59:05.224192Z"),
        (i64::MAX, "+294247-01-10T04:00:54.775807Z"),
    ] {
        let written = text(|out| {
            write_instant(time, TimeUnit::Microseconds, JsonStyle::Corrected, out);
            Ok(())
        });
        assert_eq!(written, expected);
    }
}

#[test]
fn corrected_json_tells_apart_what_cassandra_prints_alike() {
    let mut shards = vec![0, 0];
    for count in [5_i64, 37] {
        shards.extend([1; 24]);
        shards.extend(count.to_be_bytes());
    }
    let cases: [(CqlType, &[u8], &str); 8] = [
        (CqlType::Counter, &shards, "42"),
        (CqlType::Double, &f64::NAN.to_be_bytes(), "\"NaN\""),
        (CqlType::Double, &f64::INFINITY.to_be_bytes(), "\"Infinity\""),
        (CqlType::Float, &f32::NEG_INFINITY.to_be_bytes(), "\"-Infinity\""),
        (CqlType::Timestamp, &i64::MIN.to_be_bytes(), "\"-292275055-05-16 16:47:04.192Z\""),
        (CqlType::Timestamp, &(-62_135_596_800_001_i64).to_be_bytes(), "\"0000-12-31 23:59:59.999Z\""),
        (CqlType::Timestamp, &(-62_167_219_200_001_i64).to_be_bytes(), "\"-0001-12-31 23:59:59.999Z\""),
        (CqlType::Double, &2.0_f64.to_be_bytes(), "2.0"),
    ];
    for (of, value, expected) in cases {
        assert_eq!(text(|out| write_json(&of, value, JsonStyle::Corrected, out)), expected);
    }
    let list = parsed("FrozenType(ListType(DoubleType))");
    let value = [&[0, 0, 0, 1, 0, 0, 0, 8][..], &f64::NAN.to_be_bytes()].concat();
    assert_eq!(text(|out| write_json(&list, &value, JsonStyle::Corrected, out)), "[\"NaN\"]");
}

#[test]
fn json_goes_on_where_cassandra_fails_on_a_sound_value() {
    for (marshal, value, expected) in [
        ("BooleanType", "", "\"\""),
        ("ByteType", "", "\"\""),
        ("CounterColumnType", "", "\"\""),
        ("DateType", "", "\"\""),
        ("TupleType(Int32Type,UTF8Type)", "0000000400000001", "[1, null]"),
        ("TupleType(Int32Type,UTF8Type)", "", "[null, null]"),
        ("FrozenType(ListType(Int32Type))", "00000001ffffffff", "[null]"),
        ("FrozenType(MapType(UTF8Type,Int32Type))", "00000001ffffffffffffffff", "{\"null\": null}"),
        ("CompositeType(Int32Type)", "00040000000100", "\"0x00040000000100\""),
        ("DynamicCompositeType(a=>Int32Type)", "8061", "\"0x8061\""),
        ("PartitionerDefinedOrder(x.Y)", "0001", "\"0x0001\""),
        ("PartitionerDefinedOrder(x.Y:Int32Type)", "00000007", "7"),
        ("com.example.Unknown(a)", "00ff", "\"0x00ff\""),
    ] {
        let json = text(|out| write_json(&parsed(marshal), &bytes(value), JsonStyle::Cassandra, out));
        assert_eq!(json, expected, "{marshal}");
    }
}

#[test]
fn nothing_is_pushed_of_a_value_that_is_not_valid() {
    for (marshal, value) in [
        ("Int32Type", "000000"),
        ("LongType", "000000000000000000"),
        ("UTF8Type", "6162c0"),
        ("AsciiType", "6180"),
        ("DecimalType", "00000000"),
        ("DurationType", "0201"),
        ("DurationType", "020100"),
        ("InetAddressType", "0000000000"),
        ("InetAddressType", "00000000000000000000ffff010203"),
        ("TimeType", "00004e94914f0000"),
        ("TimeUUIDType", "00000000000040000000000000000000"),
        ("FrozenType(ListType(Int32Type))", ""),
        ("FrozenType(ListType(Int32Type))", "0000000200000004000000010000000400"),
        ("FrozenType(ListType(Int32Type))", "7fffffff"),
        ("FrozenType(ListType(Int32Type))", "000000010000000400000001ff"),
        ("FrozenType(MapType(Int32Type,UTF8Type))", "00000001000000040000000100000001ff"),
        ("TupleType(Int32Type)", "000000040000000100000000"),
        ("FrozenType(UserType(k,74,61:Int32Type))", "000000"),
        ("VectorType(Int32Type , 2)", "0000000100000002ff"),
        ("VectorType(UTF8Type , 2)", "0161"),
    ] {
        let (of, value) = (parsed(marshal), bytes(value));
        let mut out = Vec::new();
        assert!(write_json(&of, &value, JsonStyle::Cassandra, &mut out).is_err(), "{marshal} {value:x?}");
        assert!(write_cql(&of, &value, &mut out).is_err(), "{marshal} {value:x?}");
        assert_eq!(out, b"");
    }
    for (marshal, value) in [
        ("CompositeType(Int32Type,UTF8Type)", "000400000001000002c0ff00"),
        ("CompositeType(Int32Type)", "0004000000"),
        ("CompositeType(Int32Type)", "0004000000010000010000"),
        ("CompositeType(Int32Type,Int32Type)", "00040000000101000400000001000000"),
        ("TupleType(UTF8Type,Int32Type)", "00000001610000000100"),
    ] {
        let mut out = Vec::new();
        assert!(write_string(&parsed(marshal), &bytes(value), &mut out).is_err(), "{marshal} {value}");
        assert_eq!(out, b"");
    }
}

#[test]
fn hostile_nesting_is_refused_before_it_costs_time_or_stack() {
    let keys = format!("{}Int32Type{}", "FrozenType(MapType(".repeat(30), ",Int32Type))".repeat(30));
    let mut out = Vec::new();
    assert!(write_json(&parsed(&keys), &[0; 4], JsonStyle::Cassandra, &mut out).is_err());

    let mut value = Vec::new();
    for _ in 0..2_500 {
        let mut outer = vec![0, 20];
        outer.extend(b"DynamicCompositeType");
        outer.extend((value.len() as u16).to_be_bytes());
        outer.extend(&value);
        outer.push(0);
        value = outer;
    }
    assert!(write_string(&parsed("DynamicCompositeType(a=>Int32Type)"), &value, &mut out).is_err());
    assert_eq!(out, b"");
}

#[test]
fn a_large_blob_reaches_the_sink_in_small_pieces() {
    struct Pieces(usize, usize);
    impl TextSink for Pieces {
        fn push(&mut self, bytes: &[u8]) {
            self.0 = self.0.max(bytes.len());
            self.1 += bytes.len();
        }
    }
    let mut pieces = Pieces(0, 0);
    let sink: &mut dyn TextSink = &mut pieces;
    write_json(&CqlType::Blob, &vec![0xAB; 1 << 20], JsonStyle::Cassandra, sink).unwrap();
    assert!(pieces.0 <= 1024);
    assert_eq!(pieces.1, (2 << 20) + 4);
}

#[test]
fn an_error_names_the_text_and_the_type() {
    let error = parse_string(&parsed("CompositeType(ByteType,UTF8Type)"), "300:a").unwrap_err();
    assert_eq!(error.to_string(), "'300' is no tinyint: a whole number from -128 to 127 is wanted");
}
