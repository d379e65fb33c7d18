//! Differences by kind.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::PathBuf};

use super::engine::{Answer, Outcome, Request};

/// The directory into which an example of each kind is written in whole, if it is set.
const DIRECTORY: &str = "CQLITE_DIFFERENTIAL_REPORT";

/// How many examples of a kind are kept.
const EXAMPLES: usize = 4;

/// How much of an answer is shown.
const SHOWN: usize = 1_500;

/// All differences of one kind.
#[derive(Debug, Default)]
struct Found {
    count: usize,
    examples: Vec<String>,
}

impl Found {
    fn add(&mut self, most: usize, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < most {
            self.examples.push(example());
        }
    }

    fn example(&self) -> &str {
        self.examples.first().map(String::as_str).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub struct Report {
    found: BTreeMap<String, Found>,
    /// Differences that are none, by the reason why and by what tells sorts of them apart.
    excepted: BTreeMap<&'static str, BTreeMap<String, Found>>,
}

impl Report {
    pub fn add(&mut self, kind: String, example: impl FnOnce() -> String) {
        self.found.entry(kind).or_default().add(EXAMPLES, example);
    }

    pub fn except(&mut self, reason: &'static str, sort: String, example: impl FnOnce() -> String) {
        self.excepted.entry(reason).or_default().entry(sort).or_default().add(EXAMPLES, example);
    }

    /// How many differences are not excepted.
    pub fn differences(&self) -> usize {
        self.found.values().map(|found| found.count).sum()
    }

    /// All kinds, the most frequent first, with an example each.
    pub fn text(&self) -> String {
        let mut kinds: Vec<(&String, &Found)> = self.found.iter().collect();
        kinds.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
        let mut text = String::new();
        for (number, (reason, sorts)) in self.excepted.iter().enumerate() {
            let count: usize = sorts.values().map(|found| found.count).sum();
            let _infallible = writeln!(text, "excepted {count} times: {reason}");
            for (sort_number, (sort, found)) in sorts.iter().enumerate() {
                write(&format!("excepted-{number}-{sort_number:02}"), &format!("{reason}: {sort}"), found);
                let example = without_script(found.example());
                let shown: String = example.lines().take(2).collect::<Vec<_>>().join("\n");
                let _infallible = writeln!(text, "    {} times {sort}, such as\n{shown}", found.count);
            }
        }
        for (number, (kind, found)) in kinds.iter().enumerate() {
            let example = without_script(found.example());
            let _infallible = writeln!(text, "#{number} {} times: {kind}\n{example}", found.count);
            write(&format!("{number:03}"), kind, found);
        }
        let _infallible = writeln!(text, "{} differences of {} kinds", self.differences(), kinds.len());
        text
    }
}

fn without_script(example: &str) -> &str {
    example.split("\nscript:\n").next().unwrap_or_default()
}

/// Writes the examples of a kind, if a directory for them is given.
fn write(name: &str, kind: &str, found: &Found) {
    let Some(directory) = env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    fs::create_dir_all(&directory).unwrap();
    let text = format!("{} times: {kind}\n{}\n", found.count, found.examples.join("\n\n"));
    fs::write(directory.join(format!("{name}.txt")), text).unwrap();
}

/// A request as a reader can repeat it.
pub fn shown(request: &Request) -> String {
    let mut text = request.cql.clone();
    if !request.values.is_empty() {
        let values: Vec<String> = request.values.iter().map(bound).collect();
        let _infallible = write!(text, "  -- bound: {}", values.join(", "));
    }
    if request.prepared {
        text += "  -- prepared";
    }
    if let Some(rows) = request.page_rows {
        let _infallible = write!(text, "  -- pages of {rows}");
    }
    text
}

fn bound(value: &cqlite_tests::cassandra::Bound) -> String {
    match value {
        cqlite_tests::cassandra::Bound::Bytes(bytes) => hexadecimal(bytes),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// An outcome as a reader can compare it.
pub fn told(outcome: &Outcome) -> String {
    let mut text = match &outcome.result {
        Err(refusal) => format!("refused ({:#06x}): {}", refusal.code, refusal.message),
        Ok(Answer::Rows { columns, pages }) => {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("{} {}", column.name, column.of_type)).collect();
            let mut text = format!("[{}]", columns.join(" | "));
            for page in pages {
                text += "\n    page";
                for row in page {
                    let values: Vec<String> = row.iter().map(|value| value_shown(value.as_deref())).collect();
                    let _infallible = write!(text, "\n      {}", values.join(" | "));
                }
            }
            text
        }
        Ok(other) => format!("{other:?}"),
    };
    if let Some(markers) = &outcome.markers {
        let markers: Vec<String> =
            markers.iter().map(|marker| format!("{} {}", marker.name, marker.of_type)).collect();
        let _infallible = write!(text, "\n    markers: {}", markers.join(", "));
    }
    if text.len() > SHOWN {
        text = text.chars().take(SHOWN).chain("…".chars()).collect();
    }
    text
}

/// A text where the bytes look like one.
pub fn value_shown(value: Option<&[u8]>) -> String {
    let Some(bytes) = value else { return "null".to_owned() };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && !text.contains(|one: char| one.is_control() && one != '\n') => {
            format!("'{text}'")
        }
        _ => hexadecimal(bytes),
    }
}
