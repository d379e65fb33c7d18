//! Values and terms of a type.

use cqlite_tests::{cassandra::Bound, fuzz::Random};

use super::{Generator, Marking, Spoil, names::bare};
use crate::{
    types::{NATIVES, Type},
    values::{Value, counted, native, unsigned_vint},
};

/// How many values of a type keys have, so that rows meet.
const KEYS: usize = 4;

/// How many values others have.
const VALUES: usize = 10;

/// What is no value of most types. As numbers of any length they are equal to no other that there is.
const WRONG_BYTES: [&[u8]; 4] =
    [&[1, 2, 3], &[], &[0xff, 0xff, 0xff, 0xff, 0xc0], &[0, 0, 0, 0, 1, 2, 3, 4, 5]];

impl Generator {
    /// A value of a type.
    pub(super) fn value(&mut self, of: &Type) -> Value {
        self.value_among(of, VALUES)
    }

    fn value_among(&mut self, of: &Type, among: usize) -> Value {
        match of {
            Type::Native(name) => {
                self.rule(rule_of_native(name));
                let number = self.number_among(among);
                native(name, number)
            }
            Type::Frozen(inner) => self.value_among(inner, among),
            Type::List(element) => {
                self.rule("list");
                let elements = self.elements(element, among);
                collection(&elements, "[", "]")
            }
            Type::Set(element) => {
                self.rule("set");
                let elements = distinct(self.elements(element, among));
                collection(&elements, "{", "}")
            }
            Type::Map(key, value) => {
                self.rule("map");
                let keys = distinct(self.elements(key, among));
                let entries: Vec<(Value, Value)> =
                    keys.into_iter().map(|one| (one, self.value_among(value, among))).collect();
                map(&entries)
            }
            Type::Tuple(parts) => {
                self.rule("tuple");
                let parts: Vec<Option<Value>> = parts.iter().map(|part| self.nullable(part, among)).collect();
                tuple(&parts)
            }
            Type::User(name) => {
                self.rule("user type");
                self.user_value(name, among)
            }
            Type::Vector(element, dimension) => {
                self.rule("vector");
                // An index has no place for vectors that are null or not finite.
                let among = if element.is("float") { 3 } else { among };
                let elements: Vec<Value> =
                    (0..*dimension).map(|_| self.value_among(element, among)).collect();
                vector(&elements, element.fixed_length().is_some())
            }
        }
    }

    /// Some are frequent, so that what is written is found.
    fn number_among(&mut self, among: usize) -> usize {
        if self.chance(50) { self.below(3) } else { self.below(among) }
    }

    /// A value among those of keys. Of what is composed there are four, too.
    pub(super) fn key_value(&mut self, of: &Type) -> Value {
        if matches!(of, Type::Native(_)) {
            return self.value_among(of, KEYS);
        }
        let letters =
            of.cql().bytes().fold(0_u64, |sum, letter| sum.wrapping_mul(31).wrapping_add(letter.into()));
        let number = self.number_among(KEYS) as u64;
        let random = std::mem::replace(&mut self.random, Random::new(letters.wrapping_add(number)));
        let value = self.value_among(of, KEYS);
        self.random = random;
        value
    }

    fn nullable(&mut self, of: &Type, among: usize) -> Option<Value> {
        (!self.chance(12)).then(|| self.value_among(of, among))
    }

    fn elements(&mut self, of: &Type, among: usize) -> Vec<Value> {
        let count = [1, 2, 2, 3, 0][self.below(5)];
        (0..count).map(|_| self.value_among(of, among)).collect()
    }

    fn user_value(&mut self, name: &str, among: usize) -> Value {
        let fields = self.schema.user_type(name).map(|of| of.fields.clone()).unwrap_or_default();
        let mut written = Vec::new();
        let mut parts = Vec::new();
        let mut json = Vec::new();
        for (field, of) in &fields {
            let value = self.nullable(of, among);
            if let Some(value) = &value {
                written.push(format!("{field}: {}", value.literal));
                json.push(format!("{}: {}", super::names::json_key(field), value.json));
            } else if self.chance(50) {
                written.push(format!("{field}: null"));
                json.push(format!("{}: null", super::names::json_key(field)));
            }
            parts.push(value);
        }
        if self.spoils(Spoil::Field) {
            written.push("nope0: 1".to_owned());
        }
        let bytes = tuple(&parts).bytes;
        Value {
            literal: format!("{{{}}}", written.join(", ")),
            bytes,
            json: format!("{{{}}}", json.join(", ")),
        }
    }

    /// A term for a column that is not in the key.
    pub(super) fn term(&mut self, name: &str, of: &Type) -> String {
        match self.below(25) {
            0 => {
                self.rule("null");
                if self.marking != Marking::None {
                    return self.marker(name, Bound::Null);
                }
                return "null".to_owned();
            }
            1 if self.marking != Marking::None => {
                self.rule("unset");
                return self.marker(name, Bound::Unset);
            }
            _ => {}
        }
        self.term_among(name, of, VALUES)
    }

    /// A term that is neither null nor unset, among few, for a column of the key.
    pub(super) fn key_term(&mut self, name: &str, of: &Type) -> String {
        if self.spoils(Spoil::NullKey) {
            return match self.marking {
                Marking::None => "null".to_owned(),
                _ => {
                    let bound = self.pick(&[Bound::Null, Bound::Unset, Bound::Bytes(Vec::new())]);
                    self.marker(name, bound)
                }
            };
        }
        self.term_among(name, of, KEYS)
    }

    /// A term that is neither null nor unset.
    pub(super) fn some_term(&mut self, name: &str, of: &Type) -> String {
        self.term_among(name, of, VALUES)
    }

    fn term_among(&mut self, name: &str, of: &Type, among: usize) -> String {
        if self.spoils(Spoil::Value) {
            return self.wrong_term(name, of);
        }
        let value = if among == KEYS { self.key_value(of) } else { self.value_among(of, among) };
        if self.marking != Marking::None && self.chance(70) {
            return self.marker(name, Bound::Bytes(value.bytes));
        }
        match self.below(60) {
            0 | 1 => {
                self.rule("fromJson");
                let function = self.pick(&["fromJson", "from_json"]);
                format!("{function}('{}')", value.json.replace('\'', "''"))
            }
            2 | 3 => {
                self.rule("type hint");
                format!("({}) {}", of.thawed().cql(), value.literal)
            }
            // Of decimals it makes equal ones of several scales, and numbers of four bytes where there are varints.
            4 | 5 if of.is_number() && !of.is("decimal") && !of.is("varint") => {
                self.rule("arithmetic of terms");
                let (other, operator) = (self.value_among(of, KEYS), self.pick(&["+", "-", "*", "/", "%"]));
                format!("{} {operator} {}", value.literal, other.literal)
            }
            6 if of.is_number() => {
                self.rule("negated term");
                format!("-{}", value.literal.trim_start_matches('-'))
            }
            7..=9 => self.called_term(of, &value),
            10..=12 => self.composed_term(of, &value),
            _ => value.literal,
        }
    }

    /// A function that makes the value.
    fn called_term(&mut self, of: &Type, value: &Value) -> String {
        let Type::Native(name) = of else { return value.literal.clone() };
        self.rule("function of terms");
        let digits: String = value.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match (*name, self.below(3)) {
            ("date", 0) => "to_date(1704164645000)".to_owned(),
            ("timestamp", 0) => "to_timestamp('2024-01-02')".to_owned(),
            ("timeuuid", 0) => "min_timeuuid('2024-01-02 03:04:05+0000')".to_owned(),
            ("timeuuid", 1) => "maxTimeuuid('2024-01-02')".to_owned(),
            ("bigint", 0) => "to_unix_timestamp('2024-01-02')".to_owned(),
            ("blob", 0) => "int_as_blob(3)".to_owned(),
            ("blob", 1) => "textAsBlob('a')".to_owned(),
            ("blob", _) => value.literal.clone(),
            (name, 1) => format!("blobAs{name}(0x{digits})"),
            (name, _) => format!("blob_as_{name}(0x{digits})"),
        }
    }

    /// A collection with markers or nulls in it.
    fn composed_term(&mut self, of: &Type, value: &Value) -> String {
        let mut part = |one: &Type| match self.marking {
            Marking::None => self.value_among(one, KEYS).literal,
            _ => {
                let bytes = self.value_among(one, KEYS).bytes;
                let bound = match self.below(12) {
                    0 => Bound::Null,
                    1 => Bound::Unset,
                    _ => Bound::Bytes(bytes),
                };
                self.rule("marker in a collection");
                self.marker("e", bound)
            }
        };
        match of.thawed() {
            Type::List(element) => format!("[{}, {}]", part(element), part(element)),
            Type::Set(element) => format!("{{{}, {}}}", part(element), part(element)),
            Type::Map(key, one) => format!("{{{}: {}}}", part(key), part(one)),
            Type::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(part).collect();
                format!("({})", parts.join(", "))
            }
            Type::Vector(element, dimension) => {
                let parts: Vec<String> = (0..*dimension).map(|_| part(element)).collect();
                format!("[{}]", parts.join(", "))
            }
            _ => value.literal.clone(),
        }
    }

    /// A bind marker and what is bound to it.
    pub(super) fn marker(&mut self, name: &str, bound: Bound) -> String {
        self.values.push(bound);
        if self.marking == Marking::Named {
            self.rule("named marker");
            let name = bare(name);
            return if name.contains(' ') || name.chars().any(char::is_uppercase) {
                format!(":\"{name}\"")
            } else {
                format!(":{name}")
            };
        }
        self.rule("marker");
        "?".to_owned()
    }

    fn wrong_term(&mut self, name: &str, of: &Type) -> String {
        if self.marking != Marking::None && self.chance(50) {
            let bytes = self.pick(&WRONG_BYTES.map(<[u8]>::to_vec));
            return self.marker(name, Bound::Bytes(bytes));
        }
        let wrong = match self.below(12) {
            0 => Type::List(Box::new(Type::Native("int"))),
            1 => Type::Map(Box::new(Type::Native("text")), Box::new(Type::Native("int"))),
            2 => Type::Set(Box::new(Type::Native("text"))),
            3 => Type::Tuple(vec![Type::Native("int"), Type::Native("text")]),
            4 => {
                return self
                    .pick(&[
                        "'not that'",
                        "99999999999999999999",
                        "1.5.5",
                        "(nope0) 1",
                        "nope0(1)",
                        "'2024-13-77'",
                        "0x123",
                    ])
                    .to_owned();
            }
            5 => return format!("({}) 1", of.thawed().cql()),
            _ => Type::Native(self.pick(&NATIVES)),
        };
        self.value_among(&wrong, VALUES).literal
    }
}

/// Clients send no element of a set or key of a map twice.
/// Values of which no two are the same, also where a set in them has its elements in another order: of two such keys of a map in JSON
/// Cassandra takes any (`MapType.fromJSONObject` has them in a `HashMap` of terms without a hash of their own).
fn distinct(values: Vec<Value>) -> Vec<Value> {
    let sorted = |value: &Value| {
        let mut bytes = value.bytes.clone();
        bytes.sort_unstable();
        bytes
    };
    let (mut distinct, mut known) = (Vec::new(), Vec::new());
    for value in values {
        let bytes = sorted(&value);
        if !known.contains(&bytes) {
            known.push(bytes);
            distinct.push(value);
        }
    }
    distinct
}

fn collection(elements: &[Value], open: &str, close: &str) -> Value {
    let joined = |form: fn(&Value) -> &str| elements.iter().map(form).collect::<Vec<_>>().join(", ");
    let mut bytes = (elements.len() as i32).to_be_bytes().to_vec();
    elements.iter().for_each(|element| bytes.extend(counted(Some(&element.bytes))));
    Value {
        literal: format!("{open}{}{close}", joined(|element| &element.literal)),
        bytes,
        json: format!("[{}]", joined(|element| &element.json)),
    }
}

fn map(entries: &[(Value, Value)]) -> Value {
    let literals: Vec<String> =
        entries.iter().map(|(key, value)| format!("{}: {}", key.literal, value.literal)).collect();
    let mut bytes = (entries.len() as i32).to_be_bytes().to_vec();
    for (key, value) in entries {
        bytes.extend(counted(Some(&key.bytes)));
        bytes.extend(counted(Some(&value.bytes)));
    }
    // Keys of objects are texts, whatever their type.
    let key_of = |json: &str| {
        if json.starts_with('"') {
            json.to_owned()
        } else {
            format!("\"{}\"", json.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    let json: Vec<String> =
        entries.iter().map(|(key, value)| format!("{}: {}", key_of(&key.json), value.json)).collect();
    Value { literal: format!("{{{}}}", literals.join(", ")), bytes, json: format!("{{{}}}", json.join(", ")) }
}

fn tuple(parts: &[Option<Value>]) -> Value {
    let joined = |form: fn(&Value) -> &str| {
        parts.iter().map(|part| part.as_ref().map_or("null", form)).collect::<Vec<_>>().join(", ")
    };
    Value {
        literal: format!("({})", joined(|part| &part.literal)),
        bytes: parts.iter().flat_map(|part| counted(part.as_ref().map(|one| one.bytes.as_slice()))).collect(),
        json: format!("[{}]", joined(|part| &part.json)),
    }
}

fn vector(elements: &[Value], has_fixed_length: bool) -> Value {
    let mut value = collection(elements, "[", "]");
    value.bytes.clear();
    for element in elements {
        if !has_fixed_length {
            value.bytes.extend(unsigned_vint(element.bytes.len() as u64));
        }
        value.bytes.extend(&element.bytes);
    }
    value
}

fn rule_of_native(name: &str) -> &'static str {
    if name == "counter" {
        return "counter";
    }
    NATIVES.into_iter().find(|native| *native == name).unwrap_or("text")
}
