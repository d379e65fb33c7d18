//! Days and dates: the calendar of ISO 8601, and the Julian one before October 1582.

/// A day of a calendar. The year before 1 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// Days from 0000-03-01 to 1970-01-01: in the Gregorian calendar, and from the Julian 0000-03-01.
const GREGORIAN_EPOCH: i64 = 719_468;
const JULIAN_EPOCH: i64 = 719_470;

/// A month and day by the day of a year that begins in March, and whether it belongs to the next year.
#[inline]
fn month_and_day(day_of_year: i64) -> (u8, u8, bool) {
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let after_december = month >= 10;
    ((if after_december { month - 9 } else { month + 3 }) as u8, day as u8, after_december)
}

impl Civil {
    /// The Gregorian date `days` after 1970-01-01, also before that calendar was in use.
    #[inline]
    pub(super) fn from_days(days: i64) -> Self {
        let shifted = days + GREGORIAN_EPOCH;
        let era = shifted.div_euclid(146_097);
        let day = shifted.rem_euclid(146_097);
        let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let (month, day, next) = month_and_day(day_of_year);
        Self { year: year_of_era + era * 400 + i64::from(next), month, day }
    }

    /// The Julian date `days` after the Gregorian 1970-01-01.
    pub(super) fn julian_from_days(days: i64) -> Self {
        let shifted = days + JULIAN_EPOCH;
        let era = shifted.div_euclid(1_461);
        let day = shifted.rem_euclid(1_461);
        let year_of_era = (day - day / 1_460) / 365;
        let (month, day, next) = month_and_day(day - 365 * year_of_era);
        Self { year: year_of_era + era * 4 + i64::from(next), month, day }
    }

    /// Days from 1970-01-01 to this Gregorian date.
    pub(super) fn to_days(self) -> i64 {
        let (year, month) = if self.month > 2 {
            (self.year, i64::from(self.month) - 3)
        } else {
            (self.year - 1, i64::from(self.month) + 9)
        };
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let year_of_era = year.rem_euclid(400);
        let day = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year.div_euclid(400) * 146_097 + day - GREGORIAN_EPOCH
    }

    /// The number of days of this date's month.
    pub(super) fn length_of_month(self) -> u8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_turn_into_days_and_back_around_every_kind_of_turn_of_the_year() {
        for base in [-5_877_641_i64, -400, -100, -4, -1, 0, 1, 4, 100, 400, 1582, 1970, 2000, 9999, 5_881_580]
        {
            let first = Civil { year: base, month: 1, day: 1 }.to_days();
            let mut expected = Civil { year: base, month: 1, day: 1 };
            for days in first..first + 800 {
                assert_eq!(Civil::from_days(days), expected);
                assert_eq!(expected.to_days(), days);
                expected.day += 1;
                if expected.day > expected.length_of_month() {
                    expected.day = 1;
                    expected.month += 1;
                }
                if expected.month > 12 {
                    expected.month = 1;
                    expected.year += 1;
                }
            }
        }
    }

    #[test]
    fn the_day_before_the_gregorian_calendar_is_the_fourth_of_october() {
        assert_eq!(Civil::from_days(-141_427), Civil { year: 1582, month: 10, day: 15 });
        assert_eq!(Civil::julian_from_days(-141_428), Civil { year: 1582, month: 10, day: 4 });
        assert_eq!(Civil::julian_from_days(-719_164), Civil { year: 1, month: 1, day: 1 });
        assert_eq!(Civil::julian_from_days(-719_165), Civil { year: 0, month: 12, day: 31 });
    }
}
