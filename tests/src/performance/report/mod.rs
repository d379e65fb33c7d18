//! What a run came to.

mod figure;
mod gauge_series;
mod moment;
mod operation_series;
mod recommendation;
mod run_report;
mod terminal_report;
mod time_share;

pub use figure::Figure;
pub use gauge_series::GaugeSeries;
pub(super) use moment::utc;
pub use operation_series::{OperationPoint, OperationSeries};
pub use recommendation::Recommendation;
pub use run_report::Report;
pub use terminal_report::TerminalReport;
pub use time_share::TimeShare;
