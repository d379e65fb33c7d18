//! When a coordinator asks more replicas (`service.reads.SpeculativeRetryPolicy`).

use crate::catalog::java::rounded_text;
use crate::query::{QueryError, QueryResult};

pub(super) const DEFAULT: &str = "99p";

/// A policy of one number.
enum Simple {
    /// `99p`
    Percentile(String),
    /// `50ms`
    Fixed(String),
}

/// The policy as it is stored: `99p`, `50ms`, `MIN(99p,50ms)`, `ALWAYS`, `NEVER`.
pub(super) fn canonical(text: &str) -> QueryResult<String> {
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "ALWAYS" => return Ok("ALWAYS".to_owned()),
        "NEVER" | "NONE" => return Ok("NEVER".to_owned()),
        _ => {}
    }
    if let Some(one) = simple(text)? {
        return Ok(one.into_text());
    }
    let hybrid = ["MIN", "MAX"].into_iter().find_map(|function| {
        let inside = upper.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')?;
        let (first, second) = inside.split_once(',')?;
        Some((function, first.trim_end(), second.trim_start()))
    });
    let Some((function, first, second)) = hybrid else { return Err(invalid(text)) };
    let (Ok(Some(first)), Ok(Some(second))) = (simple(first), simple(second)) else {
        return Err(invalid(text));
    };
    let (percentile, fixed) = match (first, second) {
        (Simple::Percentile(percentile), Simple::Fixed(fixed)) => (percentile, fixed),
        (Simple::Fixed(fixed), Simple::Percentile(percentile)) => (percentile, fixed),
        (Simple::Percentile(_), Simple::Percentile(_)) => return Err(alike(text, "PERCENTILE")),
        (Simple::Fixed(_), Simple::Fixed(_)) => return Err(alike(text, "FIXED")),
    };
    Ok(format!("{function}({percentile},{fixed})"))
}

/// A percentile or a time; none if the text has the form of neither.
fn simple(text: &str) -> QueryResult<Option<Simple>> {
    let lower = text.to_ascii_lowercase();
    let number_before = |suffix: &str| {
        let digits = lower.strip_suffix(suffix)?;
        let is_number =
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_number.then_some(digits)
    };
    if let Some(digits) = number_before("percentile").or_else(|| number_before("p")) {
        let percentile: f64 = digits.parse().map_err(|_| invalid(text))?;
        if percentile <= 0.0 || percentile >= 100.0 {
            return Err(QueryError::configuration(format!(
                "Invalid value {text} for PERCENTILE option 'speculative_retry': must be between (0.0 and 100.0)"
            )));
        }
        return Ok(Some(Simple::Percentile(format!("{}p", rounded_text(percentile)))));
    }
    let Some(digits) = number_before("ms") else { return Ok(None) };
    let millis: f64 = digits.parse().map_err(|_| invalid(text))?;
    Ok(Some(Simple::Fixed(format!("{}ms", millis as i32))))
}

impl Simple {
    fn into_text(self) -> String {
        match self {
            Self::Percentile(text) | Self::Fixed(text) => text,
        }
    }
}

fn invalid(text: &str) -> QueryError {
    QueryError::configuration(format!("Invalid value {text} for option 'speculative_retry'"))
}

fn alike(text: &str, kind: &str) -> QueryError {
    QueryError::configuration(format!(
        "Invalid value {text} for option 'speculative_retry': MIN()/MAX() arguments should be of different types, but \
         both are of type {kind}"
    ))
}
