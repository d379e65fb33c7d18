//! Values of `IN`, and of several columns at once.

use cqlite_cql::query::{BindMarker, CqlStatement, InValues, Relation};
use cqlite_sstable::types::CqlType;

use super::{InList, PreparedInValues, PreparedMultiColumn, PreparedMultiColumnIn};
use crate::query::test_schema::TestSchema;
use crate::query::{BindMarkers, Bindings, ColumnSpec, QueryResult, Value};

fn column(name: &str) -> ColumnSpec {
    ColumnSpec {
        keyspace: "gold".into(),
        table: "t".into(),
        name: name.into(),
        cql_type: CqlType::Int,
        is_descending: false,
    }
}

fn relation(text: &str) -> Relation {
    let statement = format!("SELECT * FROM t WHERE {text}");
    let CqlStatement::Select(select) = cqlite_cql::parse_cql(&statement).unwrap().node else {
        panic!("{text}")
    };
    select.where_clause.relations[0].node.clone()
}

fn int(value: i32) -> Value<'static> {
    Value::Bytes(value.to_be_bytes().to_vec().into())
}

/// A list or tuple of elements, each behind its length.
fn packed(elements: &[Option<&[u8]>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for element in elements {
        bytes.extend(element.map_or(-1, |bytes| bytes.len() as i32).to_be_bytes());
        bytes.extend(element.unwrap_or_default());
    }
    bytes
}

fn list(elements: &[Option<&[u8]>]) -> Vec<u8> {
    [(elements.len() as i32).to_be_bytes().to_vec(), packed(elements)].concat()
}

fn marker() -> InValues {
    InValues::BindMarker(BindMarker { name: None, index: 0 })
}

fn evaluate_in(value: Value<'_>) -> QueryResult<String> {
    let schema = TestSchema::new();
    let mut markers = BindMarkers::default();
    let prepared = PreparedInValues::prepare(&marker(), &column("a"), &schema.scope(), &mut markers)?;
    let specs = markers.into_specs()?;
    assert_eq!(
        (&*specs[0].name, specs[0].cql_type.cql_name().to_string().as_str()),
        ("in(a)", "frozen<list<int>>")
    );
    let values = [value];
    let list = prepared.evaluate(&Bindings { values: &values, now_millis: 0 })?;
    Ok(match list {
        InList::Values(values) => format!("{:?}", values.iter().map(Value::bytes).collect::<Vec<_>>()),
        InList::Null => String::from("null"),
        InList::Unset => String::from("unset"),
    })
}

#[test]
fn a_marker_for_all_values_of_in_is_a_list_whose_elements_may_be_null() {
    let bound = list(&[Some(&[0, 0, 0, 7]), None]);
    assert_eq!(evaluate_in(Value::Bytes(bound.into())).unwrap(), "[Some([0, 0, 0, 7]), None]");
    assert_eq!(evaluate_in(Value::Null).unwrap(), "null");
    assert_eq!(evaluate_in(Value::Unset).unwrap(), "unset");
    let cut = evaluate_in(Value::Bytes(vec![0, 0, 0, 1].into())).unwrap_err();
    assert_eq!(cut.message(), "Not enough bytes to read a list");
    let wrong = evaluate_in(Value::Bytes(list(&[Some(&[7])]).into())).unwrap_err();
    assert_eq!(wrong.message(), "Expected 4 or 0 byte int (1)");
}

#[test]
fn a_tuple_has_a_value_for_each_column() {
    let schema = TestSchema::new();
    let columns = [column("a"), column("b")];
    let Relation::MultiColumn { value, .. } = relation("(a, b) > (1, ?)") else { panic!() };
    let mut markers = BindMarkers::default();
    let prepared =
        PreparedMultiColumn::prepare(&value.node, &columns, &schema.scope(), &mut markers).unwrap();
    assert_eq!(&*markers.into_specs().unwrap()[0].name, "b");
    let values = [int(2)];
    let bindings = Bindings { values: &values, now_millis: 0 };
    assert_eq!(prepared.evaluate(&bindings).unwrap(), Some(vec![int(1), int(2)]));
    let unset = [Value::Unset];
    let error = prepared.evaluate(&Bindings { values: &unset, now_millis: 0 }).unwrap_err();
    assert_eq!(error.message(), "Invalid unset value for tuple field number 1");

    let Relation::MultiColumn { value, .. } = relation("(a, b) > (1, 2, 3)") else { panic!() };
    let wrong =
        PreparedMultiColumn::prepare(&value.node, &columns, &schema.scope(), &mut BindMarkers::default());
    assert_eq!(wrong.unwrap_err().message(), "Expected 2 elements in value tuple, but got 3: (1, 2, 3)");
}

#[test]
fn a_marker_for_several_columns_is_a_tuple_and_for_all_of_them_a_list_of_tuples() {
    let schema = TestSchema::new();
    let columns = [column("a"), column("b")];
    let Relation::MultiColumn { value, .. } = relation("(a, b) > ?") else { panic!() };
    let mut markers = BindMarkers::default();
    let one = PreparedMultiColumn::prepare(&value.node, &columns, &schema.scope(), &mut markers).unwrap();
    assert_eq!(&*markers.into_specs().unwrap()[0].name, "(a,b)");
    let tuple = packed(&[Some(&[0, 0, 0, 1]), None]);
    let values = [Value::Bytes(tuple.clone().into())];
    let bindings = Bindings { values: &values, now_millis: 0 };
    assert_eq!(one.evaluate(&bindings).unwrap(), Some(vec![int(1), Value::Null]));

    let mut markers = BindMarkers::default();
    let all = PreparedMultiColumnIn::prepare(&marker(), &columns, &schema.scope(), &mut markers).unwrap();
    let specs = markers.into_specs().unwrap();
    let of = specs[0].cql_type.cql_name().to_string();
    assert_eq!((&*specs[0].name, of.as_str()), ("in(a,b)", "frozen<list<frozen<tuple<int, int>>>>"));
    let values = [Value::Bytes(list(&[Some(&tuple)]).into())];
    let bindings = Bindings { values: &values, now_millis: 0 };
    assert_eq!(all.evaluate(&bindings).unwrap(), Some(vec![Some(vec![int(1), Value::Null])]));
    let unset = [Value::Unset];
    let error = all.evaluate(&Bindings { values: &unset, now_millis: 0 }).unwrap_err();
    assert_eq!(error.message(), "Invalid unset value for in(a,b)");
}
