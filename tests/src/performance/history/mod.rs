//! Earlier runs, and how a run stands to them.

mod figure_trend;
mod history_entry;
mod kept_history;
mod standing;
mod trend;

pub use figure_trend::{EarlierRun, FigureTrend};
pub use history_entry::{HistoryEntry, HistoryFigure};
pub use kept_history::{History, LineProblem};
pub use standing::Standing;
pub use trend::Trend;
