//! Functions of time (`functions.TimeFcts`), and `uuid` (`functions.UuidFcts`).

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use cqlite_sstable::types::{CqlType, Duration, Scalar};
use cqlite_sstable::writer::TimeUuid;

use super::native_scalar::NativeScalar;
use super::temporal::{MILLIS_PER_DAY, duration_text, floor_timestamp, millis_of, push_millis, time_uuid};
use crate::query::type_text::type_text;
use crate::query::{QueryError, QueryResult};

const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// All functions of time, and `uuid`.
pub(super) fn functions() -> Vec<NativeScalar> {
    let mut functions = vec![uuid(), now_uuid("now")];
    functions.extend(["current_timeuuid", "currenttimeuuid"].map(now_uuid));
    for (name, of) in [
        ("current_timestamp", CqlType::Timestamp),
        ("currenttimestamp", CqlType::Timestamp),
        ("current_date", CqlType::Date),
        ("currentdate", CqlType::Date),
        ("current_time", CqlType::Time),
        ("currenttime", CqlType::Time),
    ] {
        functions.push(now(name, of));
    }
    for name in ["min_timeuuid", "mintimeuuid"] {
        functions.push(bound_uuid(name, |millis| time_uuid(millis, 0, 0x8080_8080_8080_8080)));
    }
    for name in ["max_timeuuid", "maxtimeuuid"] {
        let last = |millis: i64| time_uuid(millis.wrapping_add(1), -1, 0x7F7F_7F7F_7F7F_7F7F);
        functions.push(bound_uuid(name, last));
    }
    for name in ["to_date", "todate"] {
        functions
            .extend([CqlType::TimeUuid, CqlType::Timestamp].map(|of| conversion(name, of, CqlType::Date)));
    }
    for name in ["to_timestamp", "totimestamp"] {
        functions
            .extend([CqlType::TimeUuid, CqlType::Date].map(|of| conversion(name, of, CqlType::Timestamp)));
    }
    for name in ["to_unix_timestamp", "tounixtimestamp"] {
        let types = [CqlType::TimeUuid, CqlType::Timestamp, CqlType::Date];
        functions.extend(types.map(|of| conversion(name, of, CqlType::BigInt)));
    }
    functions.extend(floors());
    functions
}

fn uuid() -> NativeScalar {
    NativeScalar::new("uuid", CqlType::Uuid, Vec::new(), |_, _, out| {
        let mut bytes = [0; 16];
        for half in bytes.chunks_mut(8) {
            // Each state is seeded by the operating system.
            half.copy_from_slice(&RandomState::new().build_hasher().finish().to_be_bytes());
        }
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        *version = (*version & 0x0F) | 0x40;
        *variant = (*variant & 0x3F) | 0x80;
        out.extend(bytes);
        Ok(true)
    })
}

fn now_uuid(name: &'static str) -> NativeScalar {
    NativeScalar::new(name, CqlType::TimeUuid, Vec::new(), |_, _, out| {
        out.extend(TimeUuid::next().to_uuid().0);
        Ok(true)
    })
    .impure()
}

fn now(name: &'static str, of: CqlType) -> NativeScalar {
    NativeScalar::new(name, of.clone(), Vec::new(), move |_, bindings, out| {
        match of {
            CqlType::Time => {
                let nanoseconds = bindings.now_millis.rem_euclid(MILLIS_PER_DAY).wrapping_mul(1_000_000);
                out.extend(nanoseconds.to_be_bytes());
            }
            _ => push_millis(&of, bindings.now_millis, out),
        }
        Ok(true)
    })
    .impure()
}

fn bound_uuid(name: &'static str, make: fn(i64) -> [u8; 16]) -> NativeScalar {
    NativeScalar::new(name, CqlType::TimeUuid, vec![CqlType::Timestamp], move |arguments, _, out| {
        let millis =
            arguments.first().copied().flatten().and_then(|time| millis_of(&CqlType::Timestamp, time));
        if let Some(millis) = millis {
            out.extend(make(millis));
        }
        Ok(millis.is_some())
    })
}

/// A conversion of one type of times to another.
pub(super) fn conversion(name: &'static str, from: CqlType, to: CqlType) -> NativeScalar {
    let (input, output) = (from.clone(), to.clone());
    NativeScalar::new(name, to, vec![from], move |arguments, _, out| {
        let millis = arguments.first().copied().flatten().and_then(|time| millis_of(&input, time));
        if let Some(millis) = millis {
            push_millis(&output, millis, out);
        }
        Ok(millis.is_some())
    })
    .monotonic()
}

fn floors() -> Vec<NativeScalar> {
    use CqlType::{Date, Duration, Timestamp};
    let with_start = |result: CqlType, of: CqlType, start: CqlType| {
        [floor(result.clone(), vec![of.clone(), Duration]), floor(result, vec![of, Duration, start])]
    };
    let mut functions = Vec::new();
    functions.extend(with_start(Timestamp, Timestamp, Timestamp));
    functions.extend(with_start(Timestamp, CqlType::TimeUuid, Timestamp));
    functions.extend(with_start(Date, Date, Date));
    functions.push(floor_of_time());
    functions
}

fn duration_of(value: &[u8]) -> Option<Duration> {
    match Scalar::decode(&CqlType::Duration, value) {
        Ok(Scalar::Duration(duration)) => Some(duration),
        _ => None,
    }
}

fn is_negative(duration: Duration) -> bool {
    duration.months < 0 || duration.days < 0 || duration.nanoseconds < 0
}

fn floor(returned: CqlType, types: Vec<CqlType>) -> NativeScalar {
    let (result, inputs) = (returned.clone(), types.clone());
    NativeScalar::new("floor", returned, types, move |arguments, _, out| {
        let [Some(time), Some(length), rest @ ..] = arguments else {
            return Ok(false);
        };
        let time = inputs.first().and_then(|of| millis_of(of, time));
        let start = match (inputs.get(2), rest) {
            (Some(of), [Some(start)]) => millis_of(of, start),
            (Some(_), _) => None,
            (None, _) => Some(0),
        };
        let (Some(time), Some(duration), Some(start)) = (time, duration_of(length), start) else {
            return Ok(false);
        };
        check_precision(&result, duration, length)?;
        if start > time {
            return Err(QueryError::invalid(
                "The floor function starting time is greater than the provided time",
            ));
        }
        refuse_negative(duration)?;
        push_millis(&result, floor_timestamp(time, duration, start), out);
        Ok(true)
    })
    .monotonic_in_first()
}

fn check_precision(result: &CqlType, duration: Duration, length: &[u8]) -> QueryResult<()> {
    let text = || duration_text(length);
    if *result == CqlType::Date && duration.nanoseconds != 0 {
        return Err(QueryError::invalid(format!(
            "The floor on {} values cannot be computed for the {} duration as precision is below 1 day",
            type_text(result),
            text()
        )));
    }
    if duration.nanoseconds % 1_000_000 != 0 {
        return Err(QueryError::invalid(format!(
            "The floor cannot be computed for the {} duration as precision is below 1 millisecond",
            text()
        )));
    }
    Ok(())
}

fn refuse_negative(duration: Duration) -> QueryResult<()> {
    if is_negative(duration) {
        return Err(QueryError::invalid("Negative durations are not supported by the floor function"));
    }
    Ok(())
}

fn floor_of_time() -> NativeScalar {
    let types = vec![CqlType::Time, CqlType::Duration];
    NativeScalar::new("floor", CqlType::Time, types, |arguments, _, out| {
        let [Some(time), Some(length)] = arguments else {
            return Ok(false);
        };
        let (Some(time), Some(duration)) = (<[u8; 8]>::try_from(*time).ok(), duration_of(length)) else {
            return Ok(false);
        };
        refuse_negative(duration)?;
        if duration.months != 0 || duration.days != 0 || duration.nanoseconds > NANOS_PER_DAY {
            return Err(QueryError::invalid(
                "For time values, the floor can only be computed for durations smaller that a day",
            ));
        }
        let time = i64::from_be_bytes(time);
        let delta = time.checked_rem(duration.nanoseconds).unwrap_or(0);
        out.extend(time.wrapping_sub(delta).to_be_bytes());
        Ok(true)
    })
    .monotonic_in_first()
}
