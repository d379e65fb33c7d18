//! What happened, in bounded memory.

use std::collections::BTreeMap;

use super::{Event, EventKind};

/// Of each kind of event so many are kept apart.
const KEPT_OF_A_KIND: usize = 512;

/// So many kinds are told apart by name; what comes under further names is kept as `other`.
const KINDS: usize = 32;

/// What happened, in bounded memory: where a kind has too many events, each two neighbours of that kind become one.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    by_kind: BTreeMap<EventKind, Vec<Event>>,
}

impl EventLog {
    /// Adds an event, in seconds since the monitor began.
    pub fn add(&mut self, kind: EventKind, from: f64, until: f64) {
        self.absorb(Event { kind, from, until: until.max(from), count: 1 });
    }

    /// Adds what was kept elsewhere.
    pub fn absorb(&mut self, event: Event) {
        let Event { kind, from, .. } = event.clone();
        let is_known = self.by_kind.contains_key(&kind) || self.by_kind.len() < KINDS;
        let kind = if is_known { kind } else { EventKind::Other("other".to_owned()) };
        let events = self.by_kind.entry(kind.clone()).or_default();
        if events.len() >= KEPT_OF_A_KIND {
            halve(events);
        }
        let place = events.partition_point(|event| event.from <= from);
        events.insert(place, Event { kind, ..event });
    }

    /// All events in the order of time.
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.by_kind.values().flatten().cloned().collect::<Vec<_>>();
        events.sort_by(|one, other| one.from.total_cmp(&other.from));
        events
    }
}

fn halve(events: &mut Vec<Event>) {
    let merged = events.chunks(2).filter_map(|pair| {
        let first = pair.first()?.clone();
        let until = pair.iter().map(|event| event.until).fold(first.until, f64::max);
        Some(Event { until, count: pair.iter().map(|event| event.count).sum(), ..first })
    });
    *events = merged.collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_time_however_they_were_told() {
        let mut log = EventLog::default();
        log.add(EventKind::Compaction, 2.0, 3.0);
        log.add(EventKind::Flush, 1.0, 1.0);
        log.add(EventKind::Compaction, 0.5, 0.1);
        let events = log.events();
        let told =
            events.iter().map(|event| (event.kind.name(), event.from, event.until)).collect::<Vec<_>>();
        assert_eq!(told, [("compaction", 0.5, 0.5), ("flush", 1.0, 1.0), ("compaction", 2.0, 3.0)]);
    }

    #[test]
    fn a_log_stays_bounded_and_counts_all_events() {
        let mut log = EventLog::default();
        for second in 0..10_000 {
            log.add(EventKind::Flush, f64::from(second), f64::from(second));
            log.add(EventKind::Other(format!("kind {second}")), f64::from(second), f64::from(second));
        }
        let events = log.events();
        assert!(events.len() <= (KINDS + 1) * KEPT_OF_A_KIND, "{}", events.len());
        assert_eq!(events.iter().map(|event| event.count).sum::<u64>(), 20_000);
        let flushes = events.iter().filter(|event| event.kind == EventKind::Flush);
        assert_eq!(flushes.map(|event| event.count).sum::<u64>(), 10_000);
    }
}
