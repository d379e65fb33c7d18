use super::*;
use crate::types::compare;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn form(marshal: &str, value: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0xAB];
    let written = write_byte_comparable(&CqlType::parse_marshal(marshal).unwrap(), Some(value), &mut out);
    assert_eq!(out.remove(0), 0xAB);
    assert!(written || out.is_empty());
    written.then_some(out)
}

/// Types, values, and the forms that Apache Cassandra 5.0.9 gives them.
const GOLDEN: [(&str, &str, &str); 42] = [
    ("UTF8Type", "41000042", "4100FEFF4200"),
    ("UTF8Type", "41004200", "4100FF4200FE"),
    ("UTF8Type", "0000", "00FEFE"),
    ("UTF8Type", "", "00"),
    ("BooleanType", "02", "01"),
    ("Int32Type", "ffffffff", "7FFFFFFF"),
    ("LongType", "0000000000000000", "80"),
    ("LongType", "ffffffffffffffff", "7F"),
    ("LongType", "000000000000003f", "BF"),
    ("LongType", "0000000000000040", "C040"),
    ("LongType", "ffffffffffffffc0", "40"),
    ("LongType", "ffffffffffffffbf", "3FBF"),
    ("LongType", "00000000000fffff", "EFFFFF"),
    ("LongType", "0000000000100000", "F0100000"),
    ("LongType", "fffffffffff00000", "100000"),
    ("LongType", "7fffffffffffffff", "FFFFFFFFFFFFFFFFFF"),
    ("LongType", "8000000000000000", "000000000000000000"),
    ("LongType", "4000000000000000", "FFC000000000000000"),
    ("IntegerType", "00ff", "C0FF"),
    ("IntegerType", "0100000000", "F900000000"),
    ("IntegerType", "00ffffffffffffff", "FF00FFFFFFFFFFFFFF"),
    ("IntegerType", "7fffffffffffffff", "FF017FFFFFFFFFFFFFFF"),
    ("IntegerType", "fe7116f0093c8c1f11b1c0f52e", "00F9FE7116F0093C8C1F11B1C0F52E"),
    ("DecimalType", "0000000500", "80"),
    ("DecimalType", "000000010b", "C101818A00"),
    ("DecimalType", "00000000ff", "3FFF7F00"),
    ("DecimalType", "00000001fc19", "3FFF1C8A00"),
    ("DecimalType", "fffffffa01", "C1048100"),
    ("DecimalType", "0000000401", "BFFF8100"),
    ("DecimalType", "00000008cfc7", "41017ECCB700"),
    ("DecimalType", "0000019001", "BF398100"),
    ("DecimalType", "fffffe70ff", "3F377F00"),
    ("FloatType", "bf800000", "407FFFFF"),
    ("DoubleType", "3ff0000000000000", "BFF0000000000000"),
    ("UUIDType", "123e4567e89b42d3a456426614174000", "4123e4567e89b2d3a456426614174000"),
    ("TimeUUIDType", "00000001000210030405060708090a0b", "1003000200000001 848586878889 8a8b"),
    ("FrozenType(ListType(Int32Type))", "00000000", "38"),
    ("FrozenType(ListType(Int32Type))", "000000020000000000000004ffffffff", "3E 407FFFFFFF 38"),
    ("TupleType(Int32Type,Int32Type)", "0000000400000001ffffffff", "4080000001 38"),
    ("CompositeType(Int32Type,UTF8Type)", "00040000000000 00026b3000", "40 4080000000 4080 406b3000 4080 38"),
    ("ReversedType(UTF8Type)", "4142", "BEBDFF"),
    ("SimpleDateType", "80004d46", "80004D46"),
];

#[test]
fn forms_are_those_of_cassandra() {
    for (marshal, value, golden) in GOLDEN {
        assert_eq!(form(marshal, &bytes(value)), Some(bytes(golden)), "{marshal} {value}");
    }
}

#[test]
fn null_has_no_form_nor_have_empty_values_of_most_types() {
    assert!(!write_byte_comparable(&CqlType::Text, None, &mut Vec::new()));
    for marshal in
        ["Int32Type", "DecimalType", "EmptyType", "UUIDType", "ReversedType(IntegerType)", "TimeType"]
    {
        assert_eq!(form(marshal, b""), None, "{marshal}");
    }
    for marshal in ["BytesType", "InetAddressType", "AsciiType"] {
        assert_eq!(form(marshal, b""), Some(vec![0]), "{marshal}");
    }
    assert_eq!(form("ReversedType(BytesType)", b""), Some(vec![0xFF]));
}

/// The order holds where a separator follows.
#[test]
fn numbers_of_every_size_have_forms_in_their_order() {
    let numbers = (0..70).flat_map(|bits| [-1_i128, 0, 1].map(|more| (1_i128 << bits) + more));
    let mut numbers: Vec<i128> = numbers.flat_map(|number| [number, -number]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let values: Vec<Vec<u8>> = numbers.iter().map(|number| number.to_be_bytes().to_vec()).collect();
    let forms: Vec<Vec<u8>> =
        values.iter().map(|value| [form("IntegerType", value).unwrap(), vec![0x38]].concat()).collect();
    assert!(forms.is_sorted_by(|a, b| a < b));
    assert!(values.is_sorted_by(|a, b| compare(&CqlType::Varint, a, b).is_lt()));
}

#[test]
fn any_bytes_are_written_without_a_panic() {
    let mut state = 3_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let more = ["FrozenType(MapType(Int32Type,BytesType))", "VectorType(UTF8Type , 3)", "LexicalUUIDType"];
    let dynamic = ["DynamicCompositeType(i=>Int32Type)", "PartitionerDefinedOrder", "CounterColumnType"];
    for marshal in GOLDEN.iter().map(|(marshal, ..)| *marshal).chain(more).chain(dynamic) {
        for _ in 0..500 {
            let value: Vec<u8> =
                (0..below(24)).map(|_| [0, 0, 0, 1, 2, 4, 0x7F, 0x80, 0xFF][below(9) as usize]).collect();
            let length = form(marshal, &value).map_or(0, |form| form.len());
            assert!(length <= 4 * value.len() + 60, "{marshal} {value:02x?}");
        }
    }
}
