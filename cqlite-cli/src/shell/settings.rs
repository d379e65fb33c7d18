//! What commands of the shell set.

/// What commands of the shell set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `EXPAND`
    pub is_expanded: bool,
    /// `TRACING`
    pub is_tracing: bool,
    /// `PAGING`
    pub is_paging: bool,
    /// How many rows a page has.
    pub page_rows: usize,
    /// `CONSISTENCY`
    pub consistency: String,
    /// `SERIAL CONSISTENCY`
    pub serial_consistency: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_expanded: false,
            is_tracing: false,
            is_paging: true,
            page_rows: 100,
            consistency: "ONE".to_owned(),
            serial_consistency: "SERIAL".to_owned(),
        }
    }
}
