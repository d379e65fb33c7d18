//! Fields of CSV.

use cqlite_sstable::tools::import::CsvOptions;

/// Pushes a field as Python's `csv.writer` does for cqlsh: within quotes if a delimiter or the end of a line is in it, and with the escape in
/// front of quotes and escapes; where quote and escape are one, with quotes doubled.
pub fn push_field(text: &[u8], options: &CsvOptions, out: &mut Vec<u8>) {
    let CsvOptions { delimiter, quote, escape, .. } = options;
    let doubles = quote == escape;
    let is_special =
        |byte: &u8| byte == delimiter || matches!(byte, b'\r' | b'\n') || (doubles && byte == quote);
    let needs_quotes = text.iter().any(is_special);
    if needs_quotes {
        out.push(*quote);
    }
    for byte in text {
        if byte == quote || byte == escape {
            out.push(*escape);
        }
        out.push(*byte);
    }
    if needs_quotes {
        out.push(*quote);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(text: &str, options: &CsvOptions) -> String {
        let mut out = Vec::new();
        push_field(text.as_bytes(), options, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_written_as_cqlsh_writes_them() {
        let options = CsvOptions::default();
        assert_eq!(pushed("plain", &options), "plain");
        assert_eq!(pushed("a,b", &options), "\"a,b\"");
        assert_eq!(pushed("say \"a\\b\"", &options), "say \\\"a\\\\b\\\"");
        let doubled = CsvOptions { escape: b'"', delimiter: b'|', ..CsvOptions::default() };
        assert_eq!(pushed("a,\"b", &doubled), "\"a,\"\"b\"");
        assert_eq!(pushed("a|b", &doubled), "\"a|b\"");
    }
}
