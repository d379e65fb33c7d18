//! The little that `fixtures/cql/*.cql` add to CQL, so that 130 columns need not be written out.
//!
//! - `-- for i in 0..10`, or `-- for t in int text`, up to `-- end`: the lines between, once for each value
//! - `$(i * 7 % 10)`: a number computed of loop variables, or a loop variable itself; `T` is the base of all timestamps
//! - `$[i in 0..130: c$(i) int]`: the text once for each value, joined by commas
//! - `$[65535 * x]`: the text so many times, joined by nothing

use std::collections::BTreeMap;

/// The time of all writes, in microseconds: 2023-11-14T22:13:20Z.
const BASE_TIMESTAMP: i64 = 1_700_000_000_000_000;

/// Values of the loop variables.
type Variables = BTreeMap<String, String>;

/// Writes a text out.
pub(crate) fn expand(text: &str) -> String {
    let variables = Variables::from([("T".to_owned(), BASE_TIMESTAMP.to_string())]);
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    expand_lines(&lines, &variables, &mut out);
    out
}

fn expand_lines(lines: &[&str], variables: &Variables, out: &mut String) {
    let mut rest = lines;
    while let [line, after @ ..] = rest {
        let Some(head) = line.strip_prefix("-- for ") else {
            out.push_str(&substitute(line, variables));
            out.push('\n');
            rest = after;
            continue;
        };
        let (body, after) = split_at_end(after);
        for_each(head, variables, |inner| expand_lines(body, inner, out));
        rest = after;
    }
}

/// The body of a loop, and what follows its end.
fn split_at_end<'a, 'b>(lines: &'a [&'b str]) -> (&'a [&'b str], &'a [&'b str]) {
    let mut depth = 1;
    for (n, line) in lines.iter().enumerate() {
        depth += i32::from(line.starts_with("-- for ")) - i32::from(*line == "-- end");
        if depth == 0 {
            let (body, after) = lines.split_at(n);
            return (body, after.get(1..).unwrap_or_default());
        }
    }
    panic!("a loop without -- end")
}

/// `i in 0..10` or `t in int text`.
fn for_each(head: &str, variables: &Variables, mut each: impl FnMut(&Variables)) {
    let (name, values) = head.split_once(" in ").unwrap_or_else(|| panic!("not a loop: {head}"));
    let values: Vec<String> = match values.split_once("..") {
        Some((low, high)) => {
            let bound = |text| evaluate(text, variables).parse::<i64>().expect("a bound is a number");
            (bound(low)..bound(high)).map(|n| n.to_string()).collect()
        }
        None => values.split_whitespace().map(str::to_owned).collect(),
    };
    let mut inner = variables.clone();
    for value in values {
        inner.insert(name.to_owned(), value);
        each(&inner);
    }
}

fn substitute(text: &str, variables: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$(").into_iter().chain(rest.find("$[")).min() {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let (inside, after) = bracketed(&found[1..]);
        match found.starts_with("$(") {
            true => out.push_str(&evaluate(inside, variables)),
            false => out.push_str(&many(inside, variables)),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands inside the bracket that the text starts with, and what follows it.
fn bracketed(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        if depth == 0 {
            return (&text[1..at], &text[at + 1..]);
        }
    }
    panic!("no closing bracket: {text}")
}

fn many(inside: &str, variables: &Variables) -> String {
    if let Some((head, body)) = inside.split_once(": ") {
        let mut parts = Vec::new();
        for_each(head, variables, |inner| parts.push(substitute(body, inner)));
        return parts.join(", ");
    }
    let (count, body) = inside.split_once(" * ").unwrap_or_else(|| panic!("not a repetition: {inside}"));
    body.repeat(count.parse().expect("a count"))
}

fn evaluate(expression: &str, variables: &Variables) -> String {
    if let Some(value) = variables.get(expression.trim()) {
        return value.clone();
    }
    let mut rest = expression;
    let value = sum(&mut rest, variables);
    assert!(rest.trim().is_empty(), "not an expression: {expression}");
    value.to_string()
}

fn sum(rest: &mut &str, variables: &Variables) -> i64 {
    let mut value = product(rest, variables);
    loop {
        value = match next_operator(rest, &['+', '-']) {
            Some('+') => value + product(rest, variables),
            Some(_) => value - product(rest, variables),
            None => return value,
        };
    }
}

fn product(rest: &mut &str, variables: &Variables) -> i64 {
    let mut value = atom(rest, variables);
    loop {
        value = match next_operator(rest, &['*', '/', '%']) {
            Some('*') => value * atom(rest, variables),
            Some('/') => value / atom(rest, variables),
            Some(_) => value % atom(rest, variables),
            None => return value,
        };
    }
}

fn next_operator(rest: &mut &str, operators: &[char]) -> Option<char> {
    let text = rest.trim_start();
    let operator = text.chars().next().filter(|c| operators.contains(c))?;
    *rest = &text[1..];
    Some(operator)
}

fn atom(rest: &mut &str, variables: &Variables) -> i64 {
    let text = rest.trim_start();
    if text.starts_with('(') {
        let (inside, after) = bracketed(text);
        *rest = after;
        return evaluate(inside, variables).parse().expect("a number");
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    let word = variables.get(word).map_or(word, String::as_str);
    word.parse().unwrap_or_else(|_| panic!("not a number: {word}"))
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn loops_nest_and_numbers_are_computed() {
        let text =
            "-- for i in 0..2\n-- for t in int text\na$(i) $(t) $((i + 1) * 7 % 4)\n-- end\n-- end\nz\n";
        assert_eq!(expand(text), "a0 int 3\na0 text 3\na1 int 2\na1 text 2\nz\n");
    }

    #[test]
    fn lists_and_repetitions_are_written_out() {
        assert_eq!(expand("($[i in 0..3: c$(i) int])"), "(c0 int, c1 int, c2 int)\n");
        assert_eq!(expand("'$[5 * ab]' $(T + 1)"), "'ababababab' 1700000000000001\n");
    }
}
