//! Numbers with units, as `FBUtilities` reads and prints them.

/// Prefixes of units from 10^-30 on; the blank is none.
const PREFIXES: &str = "qryzafpnum KMGTPEZYRQ";
const NO_PREFIX: i32 = 10;

/// Reads a number of bytes: `100MiB`, `1.5 GB`, `3*2^20B`. The error says what is wrong, if Cassandra does.
pub(super) fn parse_bytes(text: &str) -> Result<f64, Option<String>> {
    let Some(number) = text.strip_suffix('B') else {
        return Err(Some(format!("{text} does not end in unit B")));
    };
    let digits = number_length(number).ok_or(None)?;
    let (digits, mut rest) = number.split_at(digits);
    let mut value = match digits.trim_start_matches(['+', '-']) {
        "Infinity" if digits.starts_with('-') => f64::NEG_INFINITY,
        "Infinity" => f64::INFINITY,
        "NaN" => f64::NAN,
        _ => digits.parse().map_err(|_| None)?,
    };
    if !digits.contains(['e', 'E'])
        && let Some((power, behind)) = binary_exponent(rest)
    {
        value *= 2_f64.powi(power);
        rest = behind;
    }
    rest = rest.trim_start();
    if let Some((index, prefix)) = rest.chars().next().and_then(|first| Some((PREFIXES.find(first)?, first)))
    {
        let power = index as i32 - NO_PREFIX;
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
        match rest.strip_prefix('i') {
            Some(behind) => {
                value *= 2_f64.powi(power * 10);
                rest = behind;
            }
            None => value *= (1000_f64.ln() * f64::from(power)).exp(),
        }
    }
    if !rest.is_empty() {
        let (end, at) = (number.len(), number.len() - rest.len());
        return Err(Some(format!("Unexpected characters between pos {at} and {end} in {text}")));
    }
    Ok(value)
}

/// How much of the text is a number: digits, a fraction, a decimal exponent.
fn number_length(text: &str) -> Option<usize> {
    if text.starts_with("NaN") {
        return Some(3);
    }
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = |at: usize| text.get(at..).unwrap_or_default();
    let mut length = text.len() - text.strip_prefix(['+', '-']).unwrap_or(text).len();
    if behind(length).starts_with("Infinity") {
        return Some(length + 8);
    }
    let whole = digits(behind(length));
    if whole == 0 {
        return None;
    }
    length += whole;
    if let Some(fraction) = behind(length).strip_prefix('.').map(digits).filter(|fraction| *fraction > 0) {
        length += 1 + fraction;
    }
    if let Some(exponent) = behind(length).strip_prefix(['e', 'E']) {
        let sign = exponent.len() - exponent.strip_prefix(['+', '-']).unwrap_or(exponent).len();
        let power = digits(exponent.get(sign..).unwrap_or_default());
        if power > 0 {
            length += 1 + sign + power;
        }
    }
    Some(length)
}

/// `*2^20` at the beginning of the text, and what is behind it.
fn binary_exponent(text: &str) -> Option<(i32, &str)> {
    let power = text.strip_prefix("*2^")?;
    let unsigned = power.strip_prefix(['+', '-']).unwrap_or(power);
    let behind = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = power.strip_suffix(behind)?;
    Some((digits.parse().ok()?, behind))
}

/// Prints a number of bytes with the largest unit that leaves at least one whole: `100.000MiB`.
pub(super) fn print_bytes(bytes: u64) -> String {
    let prefix = bytes.checked_ilog2().unwrap_or(0) / 10;
    match PREFIXES.chars().nth(NO_PREFIX as usize + prefix as usize) {
        // In between, Cassandra has the number as a float.
        Some(letter) if prefix > 0 => {
            let scaled = f64::from(bytes as f32) / 2_f64.powi(prefix as i32 * 10);
            format!("{scaled:.3}{letter}iB")
        }
        _ => format!("{bytes}B"),
    }
}
