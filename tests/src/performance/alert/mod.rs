//! Thresholds, and what passed them.

mod alert_history;
mod alert_level;
mod threshold;
mod told_alert;

pub use alert_history::AlertHistory;
pub use alert_level::AlertLevel;
pub use threshold::Threshold;
pub use told_alert::Alert;
