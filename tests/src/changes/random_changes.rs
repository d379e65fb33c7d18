//! Changes that look random, the same in each run.

use std::cmp::Ordering;

use cqlite_core::catalog::Table;
use cqlite_sstable::component::statistics::HeaderColumn;
use cqlite_sstable::types::{CqlType, Elements, compare, validate};

use super::{Change, Element, Kind, NewValue, TimeToLive};
use crate::{fuzz::Random, values::random_value};

const KEYS: usize = 9;
const CLUSTERINGS: usize = 5;
const ELEMENTS: usize = 4;
const FIRST_WRITE_TIME_MICROS: i64 = 1_700_000_000_000_000;
const WRITE_TIMES: usize = 40;

/// Random changes of a table. Keys, clusterings and paths are drawn from few, so that much is written again and
/// deleted; none of them is equal to another of its kind without having its bytes.
#[derive(Debug)]
pub struct RandomChanges {
    random: Random,
    keys: Vec<Vec<Vec<u8>>>,
    clusterings: Vec<Vec<Vec<u8>>>,
    statics: Vec<Column>,
    regulars: Vec<Column>,
    is_counter: bool,
}

#[derive(Debug)]
struct Column {
    column_type: CqlType,
    /// Paths that its cells may have; none if it has one cell.
    paths: Vec<Vec<u8>>,
}

impl RandomChanges {
    /// Those of a seed. Another seed has the same keys, clusterings and paths.
    pub fn new(table: &Table, seed: u64) -> Self {
        let (schema, layout) = (table.schema(), table.layout());
        let mut fixed = Random::new(table.name().bytes().map(u64::from).sum());
        let alone = schema.partition_key.len() == 1;
        let mut of_keys: Vec<_> = (schema.partition_key.iter())
            .map(|column| distinct(&column.column_type, KEYS, alone, &mut fixed))
            .collect();
        // Every value of the last one has other values before it.
        let keys = (0..KEYS).map(|at| of_keys.iter_mut().map(|values| nth(values, at)).collect()).collect();
        let clusterings = schema.clustering.iter();
        let clusterings =
            clusterings.map(|column| distinct(&column.column_type, CLUSTERINGS, false, &mut fixed)).collect();
        let mut columns =
            |of: &[HeaderColumn]| of.iter().map(|one| Column::new(&one.column_type, &mut fixed)).collect();
        let (statics, regulars) =
            (columns(layout.header_columns(true)), columns(layout.header_columns(false)));
        let is_counter = schema.is_counter();
        Self { random: Random::new(seed), keys, clusterings, statics, regulars, is_counter }
    }

    fn row(&mut self) -> Vec<Vec<u8>> {
        let random = &mut self.random;
        self.clusterings.iter().map(|values| values[random.below(values.len())].clone()).collect()
    }

    fn bound(&mut self, column: usize) -> (Vec<u8>, bool) {
        let values = &self.clusterings[column];
        (values[self.random.below(values.len())].clone(), self.random.below(2) == 0)
    }

    fn range(&mut self) -> Kind {
        let depth = self.random.below(self.clusterings.len());
        let mut prefix = self.row();
        prefix.truncate(depth);
        let (mut start, mut end) = (None, None);
        match self.random.below(4) {
            0 if depth > 0 => {}
            0 | 1 => start = Some(self.bound(depth)),
            2 => end = Some(self.bound(depth)),
            _ => (start, end) = (Some(self.bound(depth)), Some(self.bound(depth))),
        }
        Kind::DeleteRange { prefix, start, end }
    }

    fn values(&mut self, of_statics: bool) -> Vec<(usize, NewValue)> {
        let columns = if of_statics { &self.statics } else { &self.regulars };
        let mut values = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            if self.random.below(3) > 0 {
                values.push((place, column.value(&mut self.random)));
            }
        }
        values
    }

    fn kind(&mut self) -> Kind {
        let has_clusterings = !self.clusterings.is_empty();
        match self.random.below(20) {
            0 if self.random.below(3) == 0 => Kind::DeletePartition,
            1 => Kind::DeleteRow(self.row()),
            2 | 3 if has_clusterings => self.range(),
            _ if self.is_counter => {
                let column = self.random.below(self.regulars.len());
                let delta = self.random.below(2_000) as i64 - 1_000;
                Kind::Count { clustering: self.row(), column, delta }
            }
            4..=7 if !self.statics.is_empty() => Kind::Statics(self.values(true)),
            8..=10 => Kind::Row { clustering: self.row(), values: self.values(false), is_insert: false },
            _ => Kind::Row { clustering: self.row(), values: self.values(false), is_insert: true },
        }
    }
}

impl Iterator for RandomChanges {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let key = self.keys[self.random.below(KEYS)].clone();
        let kind = self.kind();
        let time_to_live = match self.random.below(8) {
            0 => TimeToLive::Long,
            1 => TimeToLive::Over,
            _ => TimeToLive::Endless,
        };
        // What is over never ties with anything else. In Cassandra too, a compaction makes a tombstone of it, which then
        // wins over a cell that expires later, though it had lost to it.
        let apart = i64::from(time_to_live == TimeToLive::Over);
        let micros = FIRST_WRITE_TIME_MICROS + 4 * self.random.below(WRITE_TIMES) as i64 + apart;
        // Tombstones of counters are not told from later counts by their times.
        let micros = (!self.is_counter && self.random.below(3) == 0).then_some(micros);
        Some(Change { key, micros, time_to_live, kind })
    }
}

impl Column {
    fn new(column_type: &CqlType, random: &mut Random) -> Self {
        let paths = match column_type {
            CqlType::User(user) if !user.frozen => {
                (0..user.fields.len()).map(|field| (field as u16).to_be_bytes().to_vec()).collect()
            }
            CqlType::Set { frozen: false, .. } | CqlType::Map { frozen: false, .. } => {
                let path_type = column_type.cell_path_type().expect("a type of many cells");
                distinct(path_type, ELEMENTS, false, random)
            }
            CqlType::List { frozen: false, .. } => distinct(&CqlType::TimeUuid, ELEMENTS, true, random),
            _ => Vec::new(),
        };
        Self { column_type: column_type.clone(), paths }
    }

    fn value(&self, random: &mut Random) -> NewValue {
        let is_null = random.below(8) == 0;
        if self.paths.is_empty() {
            return if is_null {
                NewValue::Null
            } else {
                NewValue::Whole(valid_value(&self.column_type, random))
            };
        }
        if is_null {
            return NewValue::Replaced(Vec::new());
        }
        let mut paths: Vec<_> = self.paths.iter().filter(|_| random.below(2) == 0).cloned().collect();
        paths.sort_by(|a, b| compare(self.column_type.cell_path_type().expect("it has cells"), a, b));
        if random.below(4) == 0 {
            return NewValue::Removed(paths);
        }
        let elements: Vec<Element> =
            paths.into_iter().map(|path| (path.clone(), self.element(&path, random))).collect();
        if random.below(2) == 0 { NewValue::Replaced(elements) } else { NewValue::Added(elements) }
    }

    fn element(&self, path: &[u8], random: &mut Random) -> Vec<u8> {
        match &self.column_type {
            CqlType::List { element, .. } => valid_value(element, random),
            CqlType::Map { value, .. } => valid_value(value, random),
            CqlType::User(user) => {
                let field = usize::from(u16::from_be_bytes([path[0], path[1]]));
                valid_value(&user.fields[field].field_type, random)
            }
            _ => Vec::new(),
        }
    }
}

/// A value that Cassandra takes: of a collection or tuple it takes no empty ones.
fn valid_value(of: &CqlType, random: &mut Random) -> Vec<u8> {
    let values = (0..1000).map(|_| random_value(of, random));
    values
        .into_iter()
        .find(|value| validate(of, value).is_ok())
        .unwrap_or_else(|| panic!("no value of {of:?}"))
}

/// Up to so many values, none of which is equal to another.
fn distinct(of: &CqlType, count: usize, has_bytes: bool, random: &mut Random) -> Vec<Vec<u8>> {
    let mut values: Vec<Vec<u8>> = Vec::new();
    for _ in 0..count * 4 {
        let value = valid_value(of, random);
        if !is_canonical(of, &value) {
            continue;
        }
        let is_known = values.iter().any(|known| compare(of, known, &value) == Ordering::Equal);
        let is_left_out = is_known || (has_bytes && value.is_empty());
        if !is_left_out && values.len() < count {
            values.push(value);
        }
    }
    values
}

/// Whether a node that decodes and encodes a value comes to the same bytes: else it may write a key that is equal to another and
/// has not its bytes.
fn is_canonical(of: &CqlType, value: &[u8]) -> bool {
    let all = |elements: Elements<'_>, types: &mut dyn Iterator<Item = &CqlType>| {
        let mut pairs = elements.zip(types);
        pairs
            .all(|(element, of)| element.is_ok_and(|value| value.is_none_or(|value| is_canonical(of, value))))
    };
    let is_shortest = |value: &[u8]| !matches!(value, [0, 0..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..]);
    match of {
        CqlType::Boolean => !matches!(value, [2..=0xFF, ..]),
        CqlType::Varint => is_shortest(value),
        CqlType::Decimal => value.get(4..).is_none_or(is_shortest),
        CqlType::List { element, .. } | CqlType::Set { element, .. } => Elements::of_collection(value)
            .is_ok_and(|elements| all(elements, &mut std::iter::repeat(&**element))),
        CqlType::Map { key, value: mapped, .. } => {
            let mut types = [&**key, &**mapped].into_iter().cycle();
            Elements::of_map(value).is_ok_and(|elements| all(elements, &mut types))
        }
        CqlType::Tuple(types) => all(Elements::of_tuple(value, types.len()), &mut types.iter()),
        CqlType::Vector { element, dimension } => {
            all(Elements::of_vector(value, element, *dimension), &mut std::iter::repeat(&**element))
        }
        _ => true,
    }
}

fn nth(values: &mut [Vec<u8>], at: usize) -> Vec<u8> {
    values[at % values.len()].clone()
}
