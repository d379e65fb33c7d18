//! The calendar of Java's `GregorianCalendar`: Julian before 1582-10-15, Gregorian from then on.

/// A day of the calendar. The year before 1 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CalendarDate {
    year: i64,
    /// 0 for January.
    month: i64,
    day: i64,
}

/// 1582-10-15, the first Gregorian day, in days since 1970.
const CUTOVER_DAYS: i64 = -141_427;

impl CalendarDate {
    pub(super) fn from_days(days: i64) -> Self {
        let is_julian = days < CUTOVER_DAYS;
        let shifted = days.wrapping_add(if is_julian { 719_470 } else { 719_468 });
        let (cycle, cycle_years) = if is_julian { (1_461, 4) } else { (146_097, 400) };
        let (era, day) = (shifted.div_euclid(cycle), shifted.rem_euclid(cycle));
        let year = if is_julian {
            (day - day / 1_460) / 365
        } else {
            (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        };
        let centuries = if is_julian { 0 } else { year / 100 };
        let day_of_year = day - (365 * year + year / 4 - centuries);
        let month = (5 * day_of_year + 2) / 153;
        let of_month = day_of_year - (153 * month + 2) / 5 + 1;
        // Years begin in March here.
        let is_next = month >= 10;
        let year = year + era.wrapping_mul(cycle_years) + i64::from(is_next);
        Self { year, month: if is_next { month - 10 } else { month + 2 }, day: of_month }
    }

    pub(super) fn to_days(self) -> i64 {
        let gregorian = self.days_in(false);
        if gregorian >= CUTOVER_DAYS { gregorian } else { self.days_in(true) }
    }

    fn days_in(self, is_julian: bool) -> i64 {
        let is_early = self.month < 2;
        let year = self.year - i64::from(is_early);
        let month = if is_early { self.month + 10 } else { self.month - 2 };
        let day_of_year = (153 * month + 2) / 5 + self.day - 1;
        let leaps = if is_julian {
            year.div_euclid(4)
        } else {
            year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)
        };
        let days = year.wrapping_mul(365).wrapping_add(leaps).wrapping_add(day_of_year);
        days.wrapping_sub(if is_julian { 719_470 } else { 719_468 })
    }

    /// Months since that of year 0.
    pub(super) fn months(self) -> i64 {
        self.year.wrapping_mul(12).wrapping_add(self.month)
    }

    /// So many months later; of a day that the month lacks its last one.
    pub(super) fn plus_months(self, months: i64) -> Self {
        let total = self.months().wrapping_add(months);
        let mut date = Self { year: total.div_euclid(12), month: total.rem_euclid(12), day: self.day };
        date.day = date.day.min(date.length_of_month());
        date
    }

    fn length_of_month(self) -> i64 {
        let is_julian = self.year < 1582;
        let is_leap = self.year % 4 == 0 && (is_julian || self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            1 if is_leap => 29,
            1 => 28,
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        }
    }
}
