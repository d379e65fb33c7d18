//! What `DESCRIBE` tells of a table, without what is not the same in two databases.

use super::compare::CLOCK_MICROS;

/// A column that was dropped, and the statement that drops it.
const DROP: &str = " DROP ";
const DROPPED_AT: &str = " USING TIMESTAMP ";

/// A description without the identifier of a table, of which no two are the same, and of what Cassandra knows of dropped
/// columns until it is restarted and reads its own tables (`SchemaKeyspace.createDroppedColumnFromRow`): masks, times in
/// microseconds, and an order that follows from the sizes that a hash table had (`TableMetadata.Builder.droppedColumns`).
/// Times of the clock are all the same.
pub fn normal(description: &[u8]) -> String {
    let text = without_id(&String::from_utf8_lossy(description));
    let Some((create, changes)) = text.split_once("\nALTER TABLE ") else { return text };
    let mut changes: Vec<String> = by_column(changes);
    let names: Vec<String> = changes.iter().filter_map(|change| dropped_name(change)).collect();
    let mut lines: Vec<String> = create.lines().map(str::to_owned).collect();
    let is_dropped = |line: &str| names.iter().any(|name| line.trim_start().starts_with(&format!("{name} ")));
    let places: Vec<usize> = (0..lines.len()).filter(|place| is_dropped(&lines[*place])).collect();
    let mut columns: Vec<String> = places.iter().map(|place| without_mask(&lines[*place])).collect();
    columns.sort_unstable();
    for (place, column) in places.into_iter().zip(columns) {
        lines[place] = column;
    }
    changes.sort_unstable();
    lines.extend(changes);
    lines.join("\n")
}

fn without_id(text: &str) -> String {
    match text.split_once("WITH ID = ") {
        Some((before, after)) => format!("{before}{}", after.get(36..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The statements behind `CREATE TABLE`: that which drops a column, with that which adds it again.
fn by_column(changes: &str) -> Vec<String> {
    let mut by_column: Vec<String> = Vec::new();
    for change in changes.split("\nALTER TABLE ") {
        match change.split_once(DROPPED_AT) {
            Some((before, time)) => by_column.push(format!("{before}{DROPPED_AT}{}", in_millis(time))),
            None => match by_column.last_mut() {
                Some(last) => *last += &format!("\n{change}"),
                None => by_column.push(change.to_owned()),
            },
        }
    }
    by_column
}

fn dropped_name(change: &str) -> Option<String> {
    let (_, name) = change.split_once(DROP)?;
    name.split_once(DROPPED_AT).map(|(name, _)| name.to_owned())
}

/// The line of a column, of which the last has no comma.
fn without_mask(line: &str) -> String {
    line.split(" MASKED WITH ").next().unwrap_or_default().trim_end_matches(',').to_owned()
}

/// A time in milliseconds, with what stands behind it.
fn in_millis(time: &str) -> String {
    let digits: String = time.chars().take_while(char::is_ascii_digit).collect();
    let millis = digits.parse().map_or(0, |micros: i64| micros.div_euclid(1_000));
    let shown = if millis >= CLOCK_MICROS / 1_000 { "now".to_owned() } else { millis.to_string() };
    format!("{shown}{}", &time[digits.len()..])
}
