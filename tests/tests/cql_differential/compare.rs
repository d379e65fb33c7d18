//! Whether two answers are the same, and if not, in what.

use super::{
    description::normal,
    engine::{Answer, Column, Outcome, Refusal, Row},
    report::value_shown,
};

/// How far what is read from a clock may be apart.
const SECONDS: i64 = 900;

/// Write times from then on are of the clock.
pub const CLOCK_MICROS: i64 = 1_710_000_000_000_000;

/// The kind of a difference in how many rows each page has.
pub const PAGES_DIFFER: &str = "boundaries of pages";

/// A difference between two outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind of difference: equal ones have most likely one cause.
    pub kind: String,
    /// Where in the rows it is, with both values.
    pub place: String,
}

impl Difference {
    fn of(kind: String) -> Self {
        Self { kind, place: String::new() }
    }
}

/// What is different, if anything is: Cassandra's first.
pub fn compare(theirs: &Outcome, ours: &Outcome) -> Option<Difference> {
    let difference = |kind: String| Some(Difference::of(kind));
    match (&theirs.result, &ours.result) {
        (Err(theirs), Err(ours)) => compare_refusals(theirs, ours),
        (Err(theirs), Ok(_)) => {
            difference(format!("accepted, but Cassandra refuses: {}", shape(&theirs.message)))
        }
        (Ok(_), Err(ours)) => difference(format!("refused, but Cassandra accepts: {}", shape(&ours.message))),
        (Ok(one), Ok(other)) => match (&theirs.markers, &ours.markers) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                difference(columns_kind("bind markers", theirs, ours))
            }
            _ => compare_answers(one, other),
        },
    }
}

/// Columns as Cassandra names them where it has been asked to make JSON of a type by one name alone: by whichever name
/// of the function it was first asked, it tells it ever after.
fn renamed(columns: &[Column]) -> Vec<Column> {
    let renamed =
        |column: &Column| Column { name: column.name.replace("tojson(", "to_json("), ..column.clone() };
    columns.iter().map(renamed).collect()
}

fn compare_refusals(theirs: &Refusal, ours: &Refusal) -> Option<Difference> {
    let (their_message, our_message) = (ordered(&theirs.message), ordered(&ours.message));
    if theirs.code == ours.code && their_message == our_message {
        return None;
    }
    let kind = if their_message == our_message {
        format!("error code {:#06x} instead of {:#06x}: {}", ours.code, theirs.code, shape(&theirs.message))
    } else {
        format!("message: {}\n        ours: {}", shape(&theirs.message), shape(&ours.message))
    };
    Some(Difference::of(kind))
}

fn compare_answers(theirs: &Answer, ours: &Answer) -> Option<Difference> {
    match (theirs, ours) {
        (
            Answer::Rows { columns: their_columns, pages: their_pages },
            Answer::Rows { columns: our_columns, pages: our_pages },
        ) => {
            if renamed(their_columns) != renamed(our_columns) {
                return Some(Difference::of(columns_kind("columns", their_columns, our_columns)));
            }
            compare_pages(their_columns, their_pages, our_pages)
        }
        _ if theirs == ours => None,
        _ => Some(Difference::of(format!("answer: {} instead of {}", name(ours), name(theirs)))),
    }
}

fn name(answer: &Answer) -> String {
    match answer {
        Answer::Void => "void".to_owned(),
        Answer::Rows { .. } => "rows".to_owned(),
        Answer::Keyspace(_) => "a keyspace".to_owned(),
        Answer::Schema(change) => {
            let name = change.name.as_deref().map(shape).unwrap_or_default();
            format!("{} {} {} {name}", change.change, change.target, shape(&change.keyspace))
        }
    }
}

fn columns_kind(what: &str, theirs: &[Column], ours: &[Column]) -> String {
    if theirs.len() != ours.len() {
        return format!("number of {what}");
    }
    let differing = theirs.iter().zip(ours).find(|(one, other)| one != other);
    let Some((one, other)) = differing else { return what.to_owned() };
    let part = |column: &Column| format!("{} {}", shape(&column.name), shape(&column.of_type));
    if one.name == other.name {
        return format!("type of {what}: {} instead of {}", shape(&other.of_type), shape(&one.of_type));
    }
    format!("{what}: {} instead of {}", part(other), part(one))
}

fn compare_pages(columns: &[Column], theirs: &[Vec<Row>], ours: &[Vec<Row>]) -> Option<Difference> {
    let (their_rows, our_rows) = (theirs.concat(), ours.concat());
    // A node has keyspaces of its own that a database has not.
    let is_described = columns.first().is_some_and(|column| column.name == "keyspace_name");
    let is_system =
        |row: &Row| row.first().and_then(Option::as_ref).is_some_and(|name| name.starts_with(b"system"));
    if is_described && their_rows.iter().any(is_system) {
        let own = |rows: Vec<Row>| vec![rows.into_iter().filter(|row| !is_system(row)).collect::<Vec<Row>>()];
        return compare_pages(columns, &own(their_rows), &own(our_rows));
    }
    let differing = their_rows.iter().zip(&our_rows).enumerate().find_map(|(row, (one, other))| {
        let mut values = columns.iter().zip(one.iter().zip(other));
        let found = values.find(|(column, (one, other))| !is_same(column, one.as_deref(), other.as_deref()));
        found.map(|(column, (one, other))| (row, column, one.as_deref(), other.as_deref()))
    });
    let place = differing.map_or_else(String::new, |(row, column, one, other)| {
        let name = &column.name;
        format!("row {row}, {name}: {} in Cassandra, {} here", value_shown(one), value_shown(other))
    });
    let difference = |kind: String| Some(Difference { kind, place: place.clone() });
    if their_rows.len() != our_rows.len() {
        let which = if their_rows.len() > our_rows.len() { "fewer" } else { "more" };
        return difference(format!("number of rows: {which} than in Cassandra"));
    }
    if let Some((_, column, one, other)) = differing {
        let sorted = |rows: &[Row]| {
            let mut rows = rows.to_vec();
            rows.sort();
            rows
        };
        if their_rows.len() > 1 && sorted(&their_rows) == sorted(&our_rows) {
            return difference("order of rows".to_owned());
        }
        let null = match (one, other) {
            (None, Some(_)) => ", null in Cassandra",
            (Some(_), None) => ", null here",
            _ => "",
        };
        return difference(format!("value: {} ({}){null}", shape(&column.name), shape(&column.of_type)));
    }
    let sizes = |pages: &[Vec<Row>]| pages.iter().map(Vec::len).collect::<Vec<_>>();
    let (theirs, ours) = (sizes(theirs), sizes(ours));
    (theirs != ours).then(|| Difference {
        kind: PAGES_DIFFER.to_owned(),
        place: format!("rows by page: {theirs:?} in Cassandra, {ours:?} here"),
    })
}

/// A message with lists in order that Cassandra has in the order in which it came to know their elements, or in that of a
/// hash table: the signatures of functions, tables and types that use a type, indexes of a column.
fn ordered(message: &str) -> String {
    for list in [
        "still used by tables ",
        "still used by user types ",
        "dependent secondary indexes (",
        "in partition key by the following tables: ",
    ] {
        if let Some((before, names)) = message.split_once(list) {
            let (names, end) = names.strip_suffix(')').map_or((names, ""), |names| (names, ")"));
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            return format!("{before}{list}{}{end}", names.join(", "));
        }
    }
    let message = &message.replace("tojson", "to_json").replace("fromjson", "from_json");
    let Some((before, rest)) = message.split_once("signatures: ") else { return message.to_owned() };
    let Some((signatures, after)) = rest.rsplit_once(')') else { return message.to_owned() };
    let mut signatures: Vec<&str> =
        signatures.split(", system.").map(|one| one.trim_start_matches("system.")).collect();
    signatures.sort_unstable();
    format!("{before}signatures: {}){after}", signatures.join(", system."))
}

/// Whether two values are the same, as far as two clocks let them.
fn is_same(column: &Column, one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    if one == other {
        return true;
    }
    let (Some(one), Some(other)) = (one, other) else { return false };
    let name = column.name.as_str();
    if name == "[json]" {
        let renamed = |text: &[u8]| String::from_utf8_lossy(text).replace("tojson(", "to_json(");
        return renamed(one) == renamed(other);
    }
    if name == "create_statement" || name == "[schema]" {
        return normal(one) == normal(other);
    }
    let of_clock =
        ["now()", "uuid()", "current_timestamp()", "current_date()", "current_time()", "currentdate()"];
    if of_clock.iter().any(|function| name.contains(function))
        || name.contains("current") && name.ends_with("()")
    {
        return one.len() == other.len();
    }
    if name.contains("ttl(") {
        return is_near(one, other, 4, 0, SECONDS);
    }
    if name.contains("writetime(") {
        return is_near(one, other, 8, CLOCK_MICROS, SECONDS * 1_000_000);
    }
    false
}

/// Whether two numbers of some bytes, or two lists of such, differ only by what passed between two readings of a clock.
fn is_near(one: &[u8], other: &[u8], length: usize, least: i64, most_apart: i64) -> bool {
    if one.len() != other.len() {
        return false;
    }
    if one.len() == length {
        let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
        let (one, other) = (number(one), number(other));
        return one.min(other) >= least && one.abs_diff(other) <= most_apart as u64;
    }
    let (Some(one), Some(other)) = (elements(one), elements(other)) else { return false };
    let mut pairs = one.iter().zip(&other);
    one.len() == other.len()
        && pairs.all(|(one, other)| match (one, other) {
            (Some(one), Some(other)) => {
                one == other || one.len() == length && is_near(one, other, length, least, most_apart)
            }
            (one, other) => one == other,
        })
}

/// The elements of a list: a count, and each with its length, of which a negative one is that of null.
fn elements(list: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let (_, mut rest) = list.split_at_checked(4)?;
    let mut elements = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let (element, behind) = behind.split_at_checked(length.unwrap_or(0))?;
        elements.push(length.map(|_| element));
        rest = behind;
    }
    Some(elements)
}

/// A text without what is within braces and brackets.
fn hollow(text: &str) -> String {
    let mut depth = 0_usize;
    let mut hollow = String::new();
    for character in text.chars() {
        let closes = matches!(character, '}' | ']');
        depth = depth.saturating_sub(usize::from(closes));
        if depth == 0 {
            hollow.push(character);
        }
        depth += usize::from(matches!(character, '{' | '['));
    }
    hollow
}

/// A text with `#` in the place of what is a name or a number, which all have digits.
pub fn shape(text: &str) -> String {
    let text = &hollow(text);
    let mut shape = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        let has_digit = word.contains(|one: char| one.is_ascii_digit());
        shape.push_str(if has_digit { "#" } else { &word });
        word.clear();
        shape.push(character);
    }
    shape.pop();
    let mut cut: String = shape.chars().take(160).collect();
    if cut.len() < shape.len() {
        cut.push('…');
    }
    cut
}
