//! Statements made from a grammar.

use std::collections::BTreeMap;

use cqlite_tests::fuzz::Random;

/// How deep rules may nest before each takes its first alternative.
const DEEPEST: usize = 8;

/// One part of an alternative.
enum Part {
    Word(String),
    Rule(usize),
    Optional(Vec<Part>),
    Repeated(Vec<Part>),
}

struct Rule {
    name: String,
    alternatives: Vec<Vec<Part>>,
}

/// The rules of `grammar.txt`, and how often each alternative has been taken.
pub struct Grammar {
    rules: Vec<Rule>,
    taken: BTreeMap<(usize, usize), usize>,
}

impl Grammar {
    pub fn read(text: &str) -> Self {
        let lines = || text.lines().filter(|line| !line.starts_with('#'));
        let names: Vec<String> =
            lines().filter_map(|line| line.strip_prefix('$').map(str::to_owned)).collect();
        let mut rules: Vec<Rule> = Vec::new();
        for line in lines() {
            if let Some(name) = line.strip_prefix('$') {
                rules.push(Rule { name: name.to_owned(), alternatives: Vec::new() });
            } else if let Some(alternative) = line.strip_prefix('|') {
                let mut words = alternative.split_whitespace();
                rules.last_mut().unwrap().alternatives.push(parts(&mut words, &names));
            }
        }
        Self { rules, taken: BTreeMap::new() }
    }

    /// The words of a statement.
    pub fn statement(&mut self, random: &mut Random) -> Vec<String> {
        let mut words = Vec::new();
        self.rule(0, 0, random, &mut words);
        words
    }

    fn rule(&mut self, rule: usize, depth: usize, random: &mut Random, words: &mut Vec<String>) {
        let count = self.rules[rule].alternatives.len();
        let chosen = if depth > DEEPEST { 0 } else { random.below(count) };
        *self.taken.entry((rule, chosen)).or_default() += 1;
        let parts = std::mem::take(&mut self.rules[rule].alternatives[chosen]);
        // A rule may come again within itself: it is put back before what is in it is made.
        let plan = self.plan(&parts, depth, random);
        self.rules[rule].alternatives[chosen] = parts;
        for step in plan {
            match step {
                Step::Word(word) => words.push(word),
                Step::Rule(rule) => self.rule(rule, depth + 1, random, words),
            }
        }
    }

    fn plan(&self, parts: &[Part], depth: usize, random: &mut Random) -> Vec<Step> {
        let mut steps = Vec::new();
        for part in parts {
            match part {
                Part::Word(word) => steps.push(Step::Word(word.clone())),
                Part::Rule(rule) => steps.push(Step::Rule(*rule)),
                Part::Optional(parts) => {
                    if depth <= DEEPEST && random.below(2) == 0 {
                        steps.extend(self.plan(parts, depth, random));
                    }
                }
                Part::Repeated(parts) => {
                    while depth <= DEEPEST && random.below(3) == 0 {
                        steps.extend(self.plan(parts, depth, random));
                    }
                }
            }
        }
        steps
    }

    /// The alternatives that have been taken less often than `wanted` times.
    pub fn rare(&self, wanted: usize) -> Vec<String> {
        let mut rare = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            for alternative in 0..rule.alternatives.len() {
                let taken = self.taken.get(&(index, alternative)).copied().unwrap_or_default();
                if taken < wanted {
                    rare.push(format!("alternative {alternative} of {} was taken {taken} times", rule.name));
                }
            }
        }
        rare
    }

    /// How many alternatives there are.
    pub fn alternatives(&self) -> usize {
        self.rules.iter().map(|rule| rule.alternatives.len()).sum()
    }
}

enum Step {
    Word(String),
    Rule(usize),
}

/// The parts up to the end of the line or of the group.
fn parts<'a>(words: &mut impl Iterator<Item = &'a str>, names: &[String]) -> Vec<Part> {
    let mut parts_read = Vec::new();
    while let Some(word) = words.next() {
        parts_read.push(match word {
            "?)" | "*)" => break,
            "?(" => Part::Optional(parts(words, names)),
            "*(" => Part::Repeated(parts(words, names)),
            _ => match word.strip_prefix('$').filter(|name| !name.starts_with('$')) {
                Some(name) => Part::Rule(names.iter().position(|known| known == name).unwrap()),
                None => Part::Word(word.to_owned()),
            },
        });
    }
    parts_read
}
