use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn of(marshal: &str) -> CqlType {
    CqlType::parse_marshal(marshal).unwrap()
}

/// Values in hexadecimal, in the order that Apache Cassandra 5.0.9 gives them; those between the same commas are equal.
const ASCENDING: [(&str, &str); 25] = [
    ("Int32Type", ", 80000000, ffffffff, 00000000, 7fffffff"),
    ("LongType", ", 8000000000000000, ffffffffffffffff, 0000000000000000"),
    ("TimestampType", ", ffffffffffffffff, 0000000000000000"),
    ("DateType", ", 0000000000000000, ffffffffffffffff"),
    ("ByteType", ", 80, ff, 00, 7f"),
    ("ShortType", ", 8000, ffff, 0000, 7fff"),
    ("BooleanType", ", 00, 01 02 ff"),
    ("FloatType", ", ff800000, bf800000, 80000000, 00000000, 3f800000, 7f800000, 7fc00000 ffc00000 7f800001"),
    (
        "DoubleType",
        ", fff0000000000000, 8000000000000000, 0000000000000000, 7ff8000000000000 fff8000000000000",
    ),
    (
        "IntegerType",
        ", ff0000000000000000, ff00, 80 ff80, ff ffff, 00 0000, 01, 7f 00007f, 0080, 010000000000000000",
    ),
    (
        "DecimalType",
        // -1e400, -1, -0.1, 0 of any scale, 1e-2147483647, 0.1, 1 = 1.00, 1e2147483648
        ", fffffe70ff, 00000000ff 00000002ff9c, 00000001ff, 0000000000 7fffffff00 8000000000, 7fffffff01, \
         0000000101, 0000000001 0000000264, 8000000001",
    ),
    ("SimpleDateType", ", 00000000, 7fffffff, 80000000"),
    ("InetAddressType", ", 7f000001, 7f000001000000000000000000000000, ff000000"),
    ("UTF8Type", ", 00, 61, 6100, 6161, 62, c3a9"),
    (
        "UUIDType",
        ", 00000000000000000000000000000000, 00000001000010008000000000000000, ffffffff000010007f00000000000000, \
         00000000000110000000000000000000, 00000000000040000000000000000000, ff000000000040000000000000000000",
    ),
    (
        "TimeUUIDType",
        ", 00000000000010008000000000000000, 00000000000010000000000000000000, ffffffff000010000000000000000000, \
         00000000000110000000000000000000, 00000000000011000000000000000000",
    ),
    (
        "LexicalUUIDType",
        ", ff000000000040000000000000000000, 00000000000040008000000000000000, 00000000000040000000000000000000",
    ),
    ("EmptyType", ""),
    ("ReversedType(Int32Type)", "7fffffff, 00000000, ffffffff, "),
    (
        "FrozenType(ListType(Int32Type))",
        ", 00000000, 0000000100000000, 0000000100000004ffffffff, 000000010000000400000001, \
         00000002000000040000000100000000",
    ),
    (
        "FrozenType(MapType(ByteType,ByteType))",
        ", 00000000, 000000010000000180000000017f, 00000001000000010000000001ff",
    ),
    (
        "TupleType(ByteType,ByteType)",
        // Two fields, and then what has one more than the type.
        ", ffffffff ffffffffffffffff, ffffffff0000000100, 00000001ff 00000001ffffffffff, 00000001ffffffffff00000001ff, \
         00000001ff0000000100, 00000001ff000000010000000001ff, 0000000100",
    ),
    ("VectorType(Int32Type , 2)", "ffffffff00000000, 00000000ffffffff, 0000000000000000"),
    ("VectorType(IntegerType , 1)", "00, 01ff, 0101, 020100"),
    (
        "CompositeType(Int32Type,UTF8Type)",
        ", ffff0004ffffffff00, 0004ffffffff00, 00040000000000, 000400000000000000ff, 00040000000000000000, \
         00040000000000000161ff, 0004000000000000016100, 00040000000001",
    ),
];

/// The groups of equal values, ascending.
fn groups(text: &str) -> Vec<Vec<Vec<u8>>> {
    let group = |group: &str| match group.split_whitespace().map(bytes).collect::<Vec<_>>() {
        values if values.is_empty() => vec![Vec::new()],
        values => values,
    };
    text.split(',').map(group).collect()
}

#[test]
fn values_of_every_type_are_in_the_order_of_cassandra() {
    for (marshal, text) in ASCENDING {
        let of = of(marshal);
        let ranked: Vec<(usize, Vec<u8>)> = (0..)
            .zip(groups(text))
            .flat_map(|(rank, group)| group.into_iter().map(move |value| (rank, value)))
            .collect();
        for (rank_a, a) in &ranked {
            for (rank_b, b) in &ranked {
                assert_eq!(compare(&of, a, b), rank_a.cmp(rank_b), "{marshal} {a:02x?} {b:02x?}");
                let reversed = CqlType::Reversed(of.clone().into());
                assert_eq!(
                    compare(&reversed, a, b),
                    rank_b.cmp(rank_a),
                    "reversed {marshal} {a:02x?} {b:02x?}"
                );
            }
        }
    }
}

#[test]
fn decimals_of_huge_scales_are_compared_by_their_digits_alone() {
    let decimal = |scale: i32, unscaled: &[u8]| [&scale.to_be_bytes()[..], unscaled].concat();
    let tiny = decimal(i32::MAX, &[1]);
    let huge = decimal(i32::MIN, &[1]);
    assert_eq!(compare(&CqlType::Decimal, &tiny, &huge), Ordering::Less);
    let million_bytes = [vec![0x11; 1_000_000], vec![1]].concat();
    let million = decimal(0, &million_bytes);
    assert_eq!(compare(&CqlType::Decimal, &million, &decimal(-2_000_000, &[1])), Ordering::Greater);
    assert_eq!(compare(&CqlType::Decimal, &million, &decimal(-3_000_000, &[1])), Ordering::Less);
    let long = |last: u8| [vec![0x7F; 300], vec![last]].concat();
    assert_eq!(compare(&CqlType::Decimal, &decimal(5, &long(1)), &decimal(5, &long(2))), Ordering::Less);
    assert_eq!(compare(&CqlType::Decimal, &decimal(5, &long(1)), &decimal(4, &long(1))), Ordering::Less);
}

#[test]
fn components_of_dynamic_composites_are_ordered_by_class_and_then_by_value() {
    let of = of("DynamicCompositeType(i=>Int32Type,r=>ReversedType(Int32Type),b=>BytesType)");
    let component =
        |alias: u8, value: &[u8]| [&[0x80, alias, 0, value.len() as u8][..], value, &[0]].concat();
    let spelled = [&[0, 9][..], b"Int32Type", &[0, 1, 9, 0]].concat();
    assert_eq!(compare(&of, &component(b'b', b"z"), &component(b'i', &[0])), Ordering::Less);
    assert_eq!(compare(&of, &component(b'i', &[1]), &component(b'i', &[2])), Ordering::Less);
    assert_eq!(compare(&of, &component(b'r', &[1]), &component(b'r', &[2])), Ordering::Greater);
    assert_eq!(compare(&of, &component(b'i', &[9]), &spelled), Ordering::Equal);
    assert_eq!(compare(&of, &component(b'i', &[1]), &component(b'r', &[2])), Ordering::Less);
}

#[test]
fn any_bytes_have_a_consistent_place_in_the_order_of_every_type() {
    let mut state = 7_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let more =
        ["MapType(Int32Type,FrozenType(ListType(BytesType)))", "VectorType(UTF8Type , 3)", "com.example.T"];
    let dynamic = ["DynamicCompositeType(i=>Int32Type,b=>BytesType)", "PartitionerDefinedOrder"];
    for marshal in ASCENDING.iter().map(|(marshal, _)| *marshal).chain(more).chain(dynamic) {
        let of = of(marshal);
        let values: Vec<Vec<u8>> = (0..60)
            .map(|_| {
                (0..below(24)).map(|_| [0, 0, 0, 1, 2, 4, 0x7F, 0x80, 0xFF][below(9) as usize]).collect()
            })
            .collect();
        for a in &values {
            assert_eq!(compare(&of, a, a), Ordering::Equal, "{marshal} {a:02x?}");
            for b in &values {
                let order = compare(&of, a, b);
                assert_eq!(compare(&of, b, a), order.reverse(), "{marshal} {a:02x?} {b:02x?}");
                for c in &values {
                    let consistent =
                        order.is_gt() || compare(&of, b, c).is_gt() || compare(&of, a, c).is_le();
                    assert!(consistent, "{marshal} {a:02x?} {b:02x?} {c:02x?}");
                }
            }
        }
    }
}
