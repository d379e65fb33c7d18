//! Times as manifests have them: `2026-11-21T07:21:33.485Z` (`java.time.Instant`).

const MILLIS_A_DAY: i64 = 86_400_000;

/// Days from 1970 to the first of March of the year 0 of the Gregorian calendar.
const DAYS_TO_MARCH_OF_YEAR_0: i64 = 719_468;

/// 400 years always have as many days.
const DAYS_OF_400_YEARS: i64 = 146_097;

/// A time in milliseconds since 1970 as text.
pub(super) fn to_text(millis: i64) -> String {
    let (days, of_day) = (millis.div_euclid(MILLIS_A_DAY), millis.rem_euclid(MILLIS_A_DAY));
    let [year, month, day] = civil(days);
    let (seconds, fraction) = (of_day / 1_000, of_day % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let date = format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}");
    if fraction == 0 { format!("{date}Z") } else { format!("{date}.{fraction:03}Z") }
}

/// The time that a text tells, in milliseconds since 1970; none if it is no such text.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes) = (time.next()??, time.next()??);
    let seconds = time.next().unwrap_or(Some(0))?;
    let is_time = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    let is_date = (0..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let digits: String = fraction.chars().chain("00".chars()).take(3).collect();
    let millis: i64 = digits.parse().ok()?;
    (is_time && is_date).then(|| {
        let seconds = days(year, month, day) * 86_400 + hours * 3_600 + minutes * 60 + seconds;
        seconds * 1_000 + millis
    })
}

/// The date of a day that is counted from 1970: year, month, day. Years begin in March here, so that a leap day is the last
/// of its year.
fn civil(days: i64) -> [i64; 3] {
    let days = days + DAYS_TO_MARCH_OF_YEAR_0;
    let (era, of_era) = (days.div_euclid(DAYS_OF_400_YEARS), days.rem_euclid(DAYS_OF_400_YEARS));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    [year_of_era + era * 400 + i64::from(month <= 2), month, day]
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * DAYS_OF_400_YEARS + of_era - DAYS_TO_MARCH_OF_YEAR_0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_java_does() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_245_693_485, "2026-11-21T07:21:33.485Z"),
            (951_782_400_001, "2000-02-29T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!((to_text(millis).as_str(), parse(text)), (text, Some(millis)));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "2026-11-21", "2026-13-21T07:21:33Z", "2026-11-21T27:21:33Z", "x-1-1T0:0:0Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("2026-11-21T07:21:33.485123Z"), Some(1_795_245_693_485));
    }
}
