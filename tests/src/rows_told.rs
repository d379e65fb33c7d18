//! Rows of any source as lines of text, to be compared.

use std::fmt::Write as _;

use cqlite_sstable::Result;
use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::merge::SharedColumn;
use cqlite_sstable::row::{Cell, Clustering, DeletionTime, Row, RowItem, Unfiltered, UnfilteredPartitions};

/// The names of the columns that items name by their indexes.
#[derive(Debug, Clone, Default)]
pub struct ColumnNames {
    statics: Vec<String>,
    regulars: Vec<String>,
}

impl ColumnNames {
    /// Those of an SSTable.
    pub fn of_header(header: &SerializationHeader) -> Self {
        let names = |columns: &[HeaderColumn]| columns.iter().map(|one| one.name_text().into()).collect();
        Self { statics: names(&header.static_columns), regulars: names(&header.regular_columns) }
    }

    /// Those of several SSTables: the static and the regular ones.
    pub fn of_shared(statics: &[SharedColumn], regulars: &[SharedColumn]) -> Self {
        let names = |columns: &[SharedColumn]| columns.iter().map(|one| one.column.name.clone()).collect();
        Self { statics: names(statics), regulars: names(regulars) }
    }
}

/// Everything that a source shows: a line for each partition, static row with anything in it, row, marker and item.
///
/// # Errors
/// As the source.
pub fn rows_told(source: &mut impl UnfilteredPartitions, names: &ColumnNames) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    while source.advance_partition()? {
        let partition = source.partition();
        lines.push(format!("partition {}{}", hex(partition.key), deletion("deleted", &partition.deletion)));
        if let Some(row) = partition.static_row {
            let head = format!(" static{}", row_head(&row));
            let is_bare = row.liveness.is_none() && row.greatest_deletion().is_live();
            let items = items(source, &names.statics)?;
            if !is_bare || !items.is_empty() {
                lines.push(head);
                lines.extend(items);
            }
        }
        while source.advance_unfiltered()? {
            match source.unfiltered() {
                Unfiltered::Marker(marker) => {
                    let mut line = format!(" {} {}", marker.kind.name(), clustering(marker.clustering));
                    line.push_str(&deletion("deletion", &marker.deletion));
                    line.push_str(
                        &marker.opened.map(|opened| deletion("opened", &opened)).unwrap_or_default(),
                    );
                    lines.push(line);
                }
                Unfiltered::Row(row) => {
                    lines.push(format!(" row {}{}", clustering(row.clustering), row_head(&row)));
                    lines.extend(items(source, &names.regulars)?);
                }
            }
        }
    }
    Ok(lines)
}

fn items(source: &mut impl UnfilteredPartitions, names: &[String]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    while source.advance_item()? {
        lines.push(match source.item() {
            RowItem::Cell(cell) => format!("  {}{}", names[cell.column], cell_told(&cell)),
            RowItem::ComplexDeletion { column, deletion: complex } => {
                format!("  {}{}", names[column], deletion("deleted", &complex))
            }
        });
    }
    Ok(lines)
}

fn cell_told(cell: &Cell<'_>) -> String {
    let path = cell.path.map(|path| format!("[{}]", hex(path))).unwrap_or_default();
    let (ttl, dies) = (cell.ttl_seconds, cell.local_deletion_time_seconds);
    format!("{path} = {} at {} ttl {ttl} dies {dies}", hex(cell.value), cell.timestamp)
}

fn row_head(row: &Row<'_>) -> String {
    let mut line = String::new();
    if let Some(liveness) = row.liveness {
        let (ttl, expires) = (liveness.ttl_seconds, liveness.expires_at_seconds);
        let _ = write!(line, " live since {} ttl {ttl} expires {expires}", liveness.timestamp);
    }
    line.push_str(&deletion("deleted", &row.deletion));
    line.push_str(&deletion("deleted unless shadowed", &row.shadowable_deletion));
    line
}

fn deletion(what: &str, deletion: &DeletionTime) -> String {
    if deletion.is_live() {
        return String::new();
    }
    format!(" {what} {} at {}", deletion.marked_for_delete_at, deletion.local_deletion_time_seconds)
}

fn clustering(clustering: Clustering<'_>) -> String {
    let values = clustering.iter().map(|value| value.bytes().map_or("null".to_owned(), hex));
    format!("({})", values.collect::<Vec<_>>().join(", "))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
