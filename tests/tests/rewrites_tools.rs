//! What the library writes says the same to Cassandra's tools as what it was written from: for every SSTable, in
//! its own version the same dump to the byte, in the others the same but for positions, and the same metadata.
//!
//! Most of the time goes into the tools: 769 SSTables in one version take them half a minute, each further version as
//! much again; and where the disk is slow, into what the library syncs.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{collections::BTreeMap, path::Path, slice};

use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::Tools,
    cqlite, fixtures,
    known::KnownSstable,
    rewritten::{self, Rewritten},
    scratch,
};

/// Fields of `sstablemetadata` in which a rewrite may differ.
const FREE_FIELDS: [(&str, &str); 3] = [
    ("SSTable", "it is the path"),
    ("Compression ratio", "compressors differ in what they find"),
    ("Estimated droppable tombstones", "it depends on the clock"),
];

/// Fields in which versions differ.
const FREE_IN_OTHER_VERSIONS: [(&str, &str); 7] = [
    ("Partition Size", "a deletion time takes 12 bytes, or 1 from oa on"),
    ("Covered clusterings", "before oa, bounds that are not whole"),
    ("Replay positions covered", "of intervals only the last end, before mc"),
    ("Originating host id", "not before me"),
    ("Local token space coverage", "not before oa"),
    ("IsTransient", "not before na"),
    ("Pending repair", "not before na"),
];

/// No file of the corpus is compressed so.
const ZSTD: (&str, &[&str]) = ("the data is to be compressed with Zstd", &["me"]);

/// What a version cannot hold: words of the library's refusal, and the versions that it is right for.
const REFUSED: [(&str, &[&str]); 5] = [
    ("the key has the type vector<", &["me"]),
    ("has vectors", &["me"]),
    ("of the Unix epoch", &["nb", "me"]),
    ZSTD,
    ("chunks that do not compress well are to be stored raw", &["me"]),
];

/// Sets whose local deletion times overflowed in old releases. Cassandra reads all such times as one invalid time, and
/// that is what the library writes; statistics that the old release wrote still have what overflowed.
const OVERFLOWED: [&str; 2] = ["/negative-ldts/", "/negative-ttl/"];

/// Fields that say something of local deletion times, or of the bytes that they take.
const FREE_WHERE_OVERFLOWED: [&str; 4] =
    [DROP_TIMES, "SSTable min local deletion time", "SSTable max local deletion time", "Partition Size"];

const DROP_TIMES: &str = "Estimated tombstone drop times";

/// The last second that a drop time can have before `oa`, and what it is when it is rounded up to a minute.
const LAST_LEGACY_SECOND: [i64; 2] = [2_147_483_646, 2_147_483_700];

/// What a tool says of an SSTable: its exit code, what it printed.
type Said = (i32, String);

struct Judge<'a> {
    tools: &'a mut Tools,
    /// By the part of what a tool says, and the versions from which and to which.
    differences: BTreeMap<String, Vec<String>>,
    compared: usize,
    /// How often each of the known refusals was met.
    refused: BTreeMap<&'static str, usize>,
}

impl Judge<'_> {
    fn dump(&mut self, data: &Path) -> Said {
        let output = self.tools.sstabledump::<&str>(data, &[]).unwrap();
        (output.exit_code, String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn metadata(&mut self, data: &Path) -> BTreeMap<String, String> {
        let output = self.tools.sstablemetadata::<&str>(data, &[]).unwrap();
        fields(&String::from_utf8_lossy(&output.stdout))
    }

    /// Compares an SSTable with what it is rewritten into.
    fn judge(&mut self, sstable: &KnownSstable) {
        let input = &sstable.data_path;
        let (dump, metadata) = (self.dump(input), self.metadata(input));
        for version in rewritten::targets(sstable) {
            let temporary = scratch::directory();
            // The name of its directory tells the hidden table of an index from other tables.
            let directory = temporary.path().join("ks/table");
            let directory = sstable.index.iter().fold(directory, |path, name| path.join(format!(".{name}")));
            let what = format!("{} as {version}", input.display());
            let output = match rewritten::rewrite(slice::from_ref(input), version, &directory) {
                Ok(Rewritten::Written(output)) => output[0].clone(),
                Err(error) => {
                    self.differences
                        .entry("an error".to_owned())
                        .or_default()
                        .push(format!("{what}: {error}"));
                    continue;
                }
                Ok(Rewritten::Refused(words)) => {
                    match known_refusal(version, &words) {
                        Some(known) => *self.refused.entry(known).or_default() += 1,
                        None => {
                            let refusals = self.differences.entry("a refusal".to_owned()).or_default();
                            refusals.push(format!("{what}: {words}"));
                        }
                    }
                    continue;
                }
            };
            let is_own = version == sstable.version;
            let has_same_bytes = is_own && !has_overflowed(sstable);
            let place = if has_same_bytes {
                String::clone
            } else {
                |dump: &String| rewritten::without_positions(dump)
            };
            let ours = self.dump(&output);
            // Where the tool dies, of the file that Cassandra wrote, only a whole dump is worth a comparison.
            let (theirs, ours) = match dump.0 {
                0 => (dump.clone(), ours),
                _ => (our_dump(input), our_dump(&output)),
            };
            self.compare(&what, "the exit code", &theirs.0.to_string(), &ours.0.to_string());
            self.compare(&what, "the dump", &place(&theirs.1), &place(&ours.1));
            let written = self.metadata(&output);
            for (field, theirs) in metadata.iter().filter(|(field, _)| is_compared(field, is_own)) {
                let ours = written.get(field).map_or("(not there)", String::as_str);
                if !is_explained(sstable, version, field, theirs, ours) {
                    self.compare(&what, field, theirs, ours);
                }
            }
            self.compared += 1;
        }
    }

    fn compare(&mut self, what: &str, part: &str, theirs: &str, ours: &str) {
        if theirs == ours {
            return;
        }
        let at = theirs.bytes().zip(ours.bytes()).take_while(|(a, b)| a == b).count();
        let near = |text: &str| {
            let bytes = text.as_bytes();
            let from = at.saturating_sub(80).min(bytes.len());
            String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 120)]).into_owned()
        };
        let (near_theirs, near_ours) = (near(theirs), near(ours));
        self.differences
            .entry(part.to_owned())
            .or_default()
            .push(format!("{what}: differs at byte {at}\n  theirs: {near_theirs}\n  ours:   {near_ours}"));
    }

    /// Fails if there was a difference, or if not all of so many rewrites were compared or refused as they have to be.
    fn conclude(self, rewrites: usize) -> BTreeMap<&'static str, usize> {
        for (part, differences) in &self.differences {
            eprintln!("{part}: {} differences, such as", differences.len());
            differences.iter().step_by(differences.len().div_ceil(3)).for_each(|one| eprintln!("{one}"));
        }
        assert!(self.differences.is_empty(), "there are differences");
        let refused: usize = self.refused.values().sum();
        assert_eq!(self.compared + refused, rewrites, "{} were refused: {:?}", refused, self.refused);
        self.refused
    }
}

/// The words of [`REFUSED`] that a refusal has.
fn known_refusal(version: &str, words: &str) -> Option<&'static str> {
    let is_it = |known: &str| {
        words.contains(known) && words.contains(&format!(", which the version '{version}' cannot hold"))
    };
    let known = REFUSED.iter().find(|(known, versions)| versions.contains(&version) && is_it(known));
    known.map(|(known, _)| *known)
}

fn has_overflowed(sstable: &KnownSstable) -> bool {
    let path = sstable.data_path.to_string_lossy();
    OVERFLOWED.iter().any(|set| path.contains(set))
}

/// Whether a field may differ so because an old release counted otherwise than Cassandra 5.0 does when it rewrites.
fn is_explained(sstable: &KnownSstable, version: &str, field: &str, theirs: &str, ours: &str) -> bool {
    let from = sstable.version.as_str();
    if has_overflowed(sstable) && FREE_WHERE_OVERFLOWED.contains(&field) {
        return true;
    }
    let (mut theirs, mut ours) = (bins(theirs), bins(ours));
    match field {
        // Early releases of Cassandra 3 counted what never expires, too, and did not round to minutes.
        DROP_TIMES if matches!(from, "ma" | "mb" | "mc") => {
            let mut rounded = BTreeMap::<i64, i64>::new();
            for (second, count) in theirs.into_iter().filter(|(second, _)| *second != LAST_LEGACY_SECOND[0]) {
                *rounded.entry(second + (-second).rem_euclid(60)).or_default() += count;
            }
            ours.retain(|(second, _)| !LAST_LEGACY_SECOND.contains(second));
            rounded.into_iter().eq(ours)
        }
        DROP_TIMES if matches!(version, "oa" | "da") && !matches!(from, "oa" | "da") => {
            let capped = theirs.iter_mut().filter(|(second, _)| *second == LAST_LEGACY_SECOND[0]);
            capped.for_each(|(second, _)| *second = LAST_LEGACY_SECOND[1]);
            theirs == ours
        }
        // Some releases counted each partition twice.
        "Column Count" if matches!(from, "mc" | "na") => {
            ours.iter_mut().for_each(|(_, count)| *count *= 2);
            theirs == ours
        }
        _ => false,
    }
}

/// The points of a printed histogram and their counts.
fn bins(text: &str) -> Vec<(i64, i64)> {
    let bin = |line: &str| {
        let (point, counted) = line.split_once('|')?;
        let number = |text: &str| text.split_whitespace().next()?.parse().ok();
        Some((number(point)?, number(counted)?))
    };
    text.lines().filter_map(bin).collect()
}

fn is_compared(field: &str, is_own_version: bool) -> bool {
    let is_free = |free: &[(&str, &str)]| free.iter().any(|(name, _)| *name == field);
    !is_free(&FREE_FIELDS) && (is_own_version || !is_free(&FREE_IN_OTHER_VERSIONS))
}

/// The fields that `sstablemetadata` prints; a histogram's lines are one value.
fn fields(text: &str) -> BTreeMap<String, String> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        match line.split_once(':').filter(|_| !line.starts_with(' ')) {
            Some((field, value)) => {
                field.clone_into(&mut name);
                fields.insert(name.clone(), value.to_owned());
            }
            None => {
                let value = fields.entry(name.clone()).or_default();
                value.push('\n');
                value.push_str(line);
            }
        }
    }
    fields
}

fn our_dump(data: &Path) -> Said {
    let output = cqlite::cqlite().arg("dump").arg(data).output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Judges all, and returns which of the known refusals were met.
fn judge_all(test: &str, sstables: &[KnownSstable]) -> Option<BTreeMap<&'static str, usize>> {
    let cassandra = cassandra_or_skip(test)?;
    let mut tools = Tools::shared(&cassandra).unwrap();
    let mut judge =
        Judge { tools: &mut tools, differences: BTreeMap::new(), compared: 0, refused: BTreeMap::new() };
    for sstable in sstables {
        judge.judge(sstable);
    }
    Some(judge.conclude(sstables.iter().map(|sstable| rewritten::targets(sstable).len()).sum()))
}

#[test]
fn every_rewrite_of_a_fixture_says_the_same_to_the_tools() {
    let sstables = fixtures::sstables().unwrap();
    let test = "every_rewrite_of_a_fixture_says_the_same_to_the_tools";
    let Some(refused) = judge_all(test, &sstables) else { return };
    let unmet: Vec<_> = REFUSED.iter().filter(|(known, _)| !refused.contains_key(known)).collect();
    assert!(unmet.is_empty(), "the fixtures have nothing that is refused so: {unmet:?}");
}

#[test]
fn every_rewrite_of_a_corpus_sstable_says_the_same_to_the_tools() {
    let test = "every_rewrite_of_a_corpus_sstable_says_the_same_to_the_tools";
    let Some(corpus) = corpus_or_skip(test) else { return };
    let Some(refused) = judge_all(test, &corpus.sstables().unwrap()) else { return };
    let unmet: Vec<_> = REFUSED.iter().filter(|(known, _)| !refused.contains_key(known)).collect();
    assert_eq!(unmet, [&ZSTD], "the corpus has nothing that is refused so");
}
