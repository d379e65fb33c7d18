//! What a trace tells, one JSON object after another.

use serde_json::{Map, Value, json};

use super::TraceOptions;
use super::judge::{Covering, DeletionKind, Judgement, Verdict, judge, latest};
use super::text::{cell_text, clustering_json, deletion_json, hex_text, key_text, path_of};
use crate::error::Result;
use crate::merge::{SharedColumn, SideBySide};
use crate::partitioner::Partitioner;
use crate::reader::{Row, RowItem, Slice, Unfiltered};
use crate::row::{Cell, ClusteringKind, ClusteringOrder, DeletionTime, Liveness, Precedence};
use crate::schema::{ColumnKind, ResolvedTable};
use crate::types::{CompositeComponents, CounterContext, CqlType, ShardKind};

type Emit<'e> = &'e mut dyn FnMut(&Value) -> Result<()>;

/// Walks over a partition and tells what it meets.
pub(super) struct Tracer<'a> {
    table: &'a ResolvedTable,
    options: &'a TraceOptions,
    names: &'a [String],
    rows: SideBySide<'a>,
    /// The deletion of the partition, and the range deletion that is open in each cursor.
    partition: Option<Covering>,
    open: Vec<DeletionTime>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(
        table: &'a ResolvedTable,
        options: &'a TraceOptions,
        names: &'a [String],
        rows: SideBySide<'a>,
    ) -> Self {
        let open = vec![DeletionTime::LIVE; rows.len()];
        Self { table, options, names, rows, partition: None, open }
    }

    pub(super) fn run(
        mut self,
        partitioner: &Partitioner,
        key: &[u8],
        slice: Option<(&Slice, &ClusteringOrder)>,
        emit: Emit<'_>,
    ) -> Result<()> {
        self.head(partitioner, key, emit)?;
        let with_static: Vec<usize> = self.rows.at_place().to_vec();
        if slice.is_none() {
            self.row(&with_static, emit)?;
        }
        while self.rows.advance()? {
            let group = self.rows.at_place().to_vec();
            let Some(first) = group.first() else { break };
            let place = self.rows.cursor(*first).unfiltered().place();
            let is_row = place.0 == ClusteringKind::Clustering;
            let mut is_wanted = true;
            if let Some((slice, order)) = slice {
                if order.compare(slice.end.as_prefix(), place).is_lt() {
                    break;
                }
                is_wanted = order.compare(slice.start.as_prefix(), place).is_le();
            }
            if is_row {
                if is_wanted {
                    self.row(&group, emit)?;
                }
                continue;
            }
            for one in group {
                self.marker(one, is_wanted, emit)?;
            }
        }
        Ok(())
    }

    fn name(&self, sstable: usize) -> &'a str {
        self.names.get(sstable).map_or("", String::as_str)
    }

    fn head(&mut self, partitioner: &Partitioner, key: &[u8], emit: Emit<'_>) -> Result<()> {
        let mut holders = Vec::new();
        let mut deletions = Vec::new();
        for one in 0..self.rows.len() {
            let sstable = self.rows.sstable(one);
            let cursor = self.rows.cursor(one);
            let partition = cursor.partition();
            let mut holder =
                json!({ "sstable": self.name(sstable), "position": cursor.partition_position() });
            if !partition.deletion.is_live()
                && let Some(holder) = holder.as_object_mut()
            {
                holder.insert("deletion".to_owned(), deletion_json(&partition.deletion));
            }
            holders.push(holder);
            let kind = DeletionKind::Partition;
            deletions.push(Covering { deletion: partition.deletion, kind, sstable });
        }
        self.partition = latest(deletions);
        let schema = &self.table.schema;
        let key_type = schema.key_type();
        let parts: Map<String, Value> = match &key_type {
            CqlType::Composite(types) => {
                let parts = CompositeComponents::new(key, types).flatten();
                let named = schema.partition_key.iter().zip(parts);
                let text = |part: &[u8], of: &CqlType| Value::String(key_text(of, part));
                named
                    .map(|(column, part)| (column.name.clone(), text(part.value, &column.column_type)))
                    .collect()
            }
            of => {
                let names = schema.partition_key.iter();
                names.map(|column| (column.name.clone(), Value::String(key_text(of, key)))).collect()
            }
        };
        let mut event = json!({
            "type": "partition",
            "key": parts,
            "token": partitioner.token(key).to_string(),
            "sstables": holders,
        });
        self.add_covering(&mut event, "deleted_by", self.partition.as_ref());
        emit(&event)
    }

    fn marker(&mut self, one: usize, is_wanted: bool, emit: Emit<'_>) -> Result<()> {
        let cursor = self.rows.cursor(one);
        let Unfiltered::Marker(marker) = cursor.unfiltered() else { return Ok(()) };
        let behind = marker.open_behind();
        if is_wanted {
            let event = json!({
                "type": "range_tombstone",
                "sstable": self.name(self.rows.sstable(one)),
                "bound": marker.kind.name(),
                "clustering": clustering_json(&self.table.schema, marker.clustering),
                "deletion": deletion_json(&marker.deletion),
                "opens": marker.opened.as_ref().map(deletion_json),
            });
            emit(&event)?;
        }
        if let Some(open) = self.open.get_mut(one) {
            *open = behind;
        }
        Ok(())
    }

    /// Tells of the row that the cursors of `group` stand on, and of its cells.
    fn row(&mut self, group: &[usize], emit: Emit<'_>) -> Result<()> {
        let is_static = self.rows.is_static();
        if is_static {
            if self.rows.advance_item()? {
                let mut event = json!({ "type": "static_row" });
                self.add_covering(&mut event, "covered_by", self.partition.as_ref());
                emit(&event)?;
                self.items(self.partition, emit)?;
            }
            return Ok(());
        }
        let (event, covering) = self.row_head(group);
        emit(&event)?;
        if self.rows.advance_item()? {
            self.items(covering, emit)?;
        }
        Ok(())
    }

    /// What all versions of the current row say besides their cells, and the deletion that covers it.
    fn row_head(&self, group: &[usize]) -> (Value, Option<Covering>) {
        let rows = group.iter().filter_map(|one| Some((*one, self.rows.cursor(*one).current_row()?)));
        let rows: Vec<_> = rows.collect();
        let newest = rows.iter().filter_map(|(_, row)| row.liveness).reduce(newer_liveness);
        let cover = |kind, one: usize, deletion| Covering { deletion, kind, sstable: self.rows.sstable(one) };
        let open = self.open.iter().enumerate();
        let mut deletions: Vec<Covering> =
            open.map(|(one, deletion)| cover(DeletionKind::Range, one, *deletion)).collect();
        deletions.extend(self.partition);
        let mut versions = Vec::new();
        for (one, row) in &rows {
            // Newer liveness takes a shadowable deletion away, wherever it stands.
            let shadowable = row.shadowable_deletion;
            let is_shadowed = newest.is_some_and(|newest| newest.timestamp > shadowable.marked_for_delete_at);
            let deletion = if is_shadowed { row.deletion } else { row.greatest_deletion() };
            deletions.push(cover(DeletionKind::Row, *one, deletion));
            versions.push(row_version_json(self.name(self.rows.sstable(*one)), row, is_shadowed));
        }
        let covering = latest(deletions);
        let kept = newest.filter(|one| covering.is_none_or(|by| !by.deletion.deletes(one.timestamp)));
        let clustering = rows.first().map(|(_, row)| clustering_json(&self.table.schema, row.clustering));
        let now = self.options.now_seconds;
        let mut event = json!({
            "type": "row",
            "clustering": clustering,
            "versions": versions,
            "liveness": kept.map(|one| liveness_json(&one)),
            "is_live": kept.is_some_and(|one| one.is_live(now)),
        });
        self.add_covering(&mut event, "covered_by", covering.as_ref());
        (event, covering)
    }

    /// Tells of all cells of the current row, of which the first was moved to already.
    fn items(&mut self, covering: Option<Covering>, emit: Emit<'_>) -> Result<()> {
        let mut complex: Option<(usize, Option<Covering>)> = None;
        loop {
            let (place, column) = self.rows.column();
            if complex.is_none_or(|(of, _)| of != place) {
                complex = Some((place, covering));
            }
            if let Some(column) = column
                && self.options.column.as_ref().is_none_or(|wanted| column.column.name == *wanted)
            {
                let event = self.item(column, covering, &mut complex);
                emit(&event)?;
            }
            if !self.rows.advance_item()? {
                return Ok(());
            }
        }
    }

    fn item(
        &self,
        column: &SharedColumn,
        covering: Option<Covering>,
        complex: &mut Option<(usize, Option<Covering>)>,
    ) -> Value {
        let at = self.rows.at_item();
        let mut cells: Vec<(usize, Cell<'_>)> = Vec::new();
        let mut deletions = Vec::new();
        for one in at {
            let sstable = self.rows.sstable(*one);
            match self.rows.cursor(*one).item() {
                RowItem::Cell(cell) => cells.push((sstable, cell)),
                RowItem::ComplexDeletion { deletion, .. } => {
                    deletions.push(Covering { deletion, kind: DeletionKind::Complex, sstable });
                }
            }
        }
        if cells.is_empty() {
            let versions: Vec<Value> = deletions
                .iter()
                .map(|one| json!({ "sstable": self.name(one.sstable), "deletion": deletion_json(&one.deletion) }))
                .collect();
            let by = latest(covering.into_iter().chain(deletions));
            *complex = complex.map(|(place, _)| (place, by));
            return json!({ "type": "collection_deletion", "column": column.column.name, "versions": versions });
        }
        let by = complex.map_or(covering, |(_, by)| by);
        self.cell(column, &cells, by.as_ref())
    }

    fn is_dropped(&self, sstable: usize, cell: &Cell<'_>) -> bool {
        let kind = if self.rows.is_static() { ColumnKind::Static } else { ColumnKind::Regular };
        let mapped = self.table.maps.get(sstable).and_then(|map| map.get(kind, cell.column));
        mapped.is_some_and(|mapped| !mapped.is_visible_at(cell.timestamp))
    }

    fn cell(
        &self,
        column: &SharedColumn,
        versions: &[(usize, Cell<'_>)],
        covering: Option<&Covering>,
    ) -> Value {
        let cells: Vec<Cell<'_>> = versions.iter().map(|(_, cell)| *cell).collect();
        let is_counter = column.column.column_type == CqlType::Counter;
        let judged = judge(&cells, is_counter, covering, |number| {
            versions.get(number).is_some_and(|(sstable, cell)| self.is_dropped(*sstable, cell))
        });
        let path = cells.first().and_then(|cell| cell.path);
        let (path_text, value_type) = path_of(&column.column, path);
        let told = versions.iter().zip(&judged.verdicts).map(|((sstable, cell), verdict)| {
            let mut version = cell_json(&value_type, cell);
            version.insert("sstable".to_owned(), json!(self.name(*sstable)));
            let (word, why) = self.verdict(*verdict, versions, covering);
            version.insert("verdict".to_owned(), json!(word));
            version.insert("why".to_owned(), json!(why));
            if is_counter {
                version.insert("shards".to_owned(), shards_json(cell));
            }
            Value::Object(version)
        });
        let mut event = json!({ "type": "cell", "column": column.column.name });
        let told: Vec<Value> = told.collect();
        if let Some(event) = event.as_object_mut() {
            if let (Some(text), Some(path)) = (path_text, path) {
                event.insert("path".to_owned(), json!(text));
                event.insert("path_bytes".to_owned(), json!(hex_text(path)));
            }
            event.insert("versions".to_owned(), json!(told));
            self.add_result(event, &value_type, &cells, &judged);
        }
        event
    }

    /// What a read sees of the cell.
    fn add_result(
        &self,
        event: &mut Map<String, Value>,
        value_type: &CqlType,
        cells: &[Cell<'_>],
        judged: &Judgement,
    ) {
        let mut add = |name: &str, value: Value| event.insert(name.to_owned(), value);
        let Some(winner) = judged.winner.and_then(|winner| cells.get(winner)) else {
            let all_dropped = judged.verdicts.iter().all(|verdict| *verdict == Verdict::Dropped);
            add("result", json!(if all_dropped { "dropped" } else { "covered" }));
            return;
        };
        let now = self.options.now_seconds;
        let merged = judged.verdicts.iter().zip(cells).filter(|(verdict, _)| **verdict == Verdict::Merged);
        let timestamp = merged.map(|(_, cell)| cell.timestamp).max().unwrap_or(winner.timestamp);
        if winner.is_live(now) {
            add("result", json!("live"));
            let value = match &judged.shards {
                Some(shards) => shards.total().to_string(),
                None => cell_text(value_type, winner).unwrap_or_default(),
            };
            add("value", json!(value));
        } else {
            add("result", json!(if winner.is_tombstone() { "deleted" } else { "expired" }));
            let deleted_at = winner.local_deletion_time_seconds;
            let kept_until = deleted_at.saturating_add(self.options.gc_grace_seconds);
            add("kept_until", json!(kept_until));
            add("purgeable", json!(kept_until < now));
        }
        add("timestamp", json!(timestamp));
        if let Some(shards) = &judged.shards {
            let shards: Vec<Value> = shards.as_slice().iter().map(shard_json).collect();
            add("shards", json!(shards));
        }
    }

    fn verdict(
        &self,
        verdict: Verdict,
        versions: &[(usize, Cell<'_>)],
        covering: Option<&Covering>,
    ) -> (&'static str, String) {
        let name_of = |number: usize| versions.get(number).map_or("", |(sstable, _)| self.name(*sstable));
        match verdict {
            Verdict::Wins(None) => ("wins", "no other version takes part".to_owned()),
            Verdict::Wins(Some(why)) => ("wins", winning(why).to_owned()),
            Verdict::Loses(to, why) => ("loses", format!("to {}: {}", name_of(to), losing(why))),
            Verdict::Merged => ("merged", "its shards are merged with those of the others".to_owned()),
            Verdict::Covered => {
                let by = covering.map(|by| format!("{} in {}", kind_text(by.kind), self.name(by.sstable)));
                ("covered", format!("by the deletion of {}", by.unwrap_or_default()))
            }
            Verdict::Dropped => ("dropped", "its column was dropped after it was written".to_owned()),
        }
    }

    fn add_covering(&self, event: &mut Value, name: &str, covering: Option<&Covering>) {
        if let (Some(event), Some(by)) = (event.as_object_mut(), covering) {
            let of = kind_text(by.kind);
            let value = json!({
                "deletion_of": of,
                "sstable": self.name(by.sstable),
                "deletion": deletion_json(&by.deletion),
            });
            event.insert(name.to_owned(), value);
        }
    }
}

fn newer_liveness(best: Liveness, one: Liveness) -> Liveness {
    if one.precedence(&best).is_gt() { one } else { best }
}

fn row_version_json(sstable: &str, row: &Row<'_>, is_shadowed: bool) -> Value {
    let mut version = json!({ "sstable": sstable, "liveness": row.liveness.as_ref().map(liveness_json) });
    if let Some(version) = version.as_object_mut() {
        if !row.deletion.is_live() {
            version.insert("deletion".to_owned(), deletion_json(&row.deletion));
        }
        if !row.shadowable_deletion.is_live() {
            version.insert("shadowable_deletion".to_owned(), deletion_json(&row.shadowable_deletion));
            version.insert("shadowed".to_owned(), json!(is_shadowed));
        }
    }
    version
}

fn liveness_json(liveness: &Liveness) -> Value {
    let mut json = json!({ "timestamp": liveness.timestamp });
    if let Some(json) = json.as_object_mut()
        && liveness.is_expiring()
    {
        json.insert("ttl".to_owned(), json!(liveness.ttl_seconds));
        json.insert("expires_at".to_owned(), json!(liveness.expires_at_seconds));
    }
    json
}

fn cell_json(value_type: &CqlType, cell: &Cell<'_>) -> Map<String, Value> {
    let mut json = Map::new();
    json.insert("timestamp".to_owned(), json!(cell.timestamp));
    if cell.is_expiring() {
        json.insert("ttl".to_owned(), json!(cell.ttl_seconds));
        json.insert("expires_at".to_owned(), json!(cell.local_deletion_time_seconds));
    } else if cell.is_tombstone() {
        json.insert("deleted_at".to_owned(), json!(cell.local_deletion_time_seconds));
    }
    if let Some(text) = cell_text(value_type, cell) {
        json.insert("value".to_owned(), json!(text));
        json.insert("bytes".to_owned(), json!(hex_text(cell.value)));
    }
    json
}

fn shards_json(cell: &Cell<'_>) -> Value {
    let shards = CounterContext::decode(cell.value);
    shards.map_or(Value::Null, |context| context.shards().map(|shard| shard_json(&shard)).collect())
}

fn shard_json(shard: &crate::types::CounterShard) -> Value {
    let kind = match shard.kind {
        ShardKind::Global => "global",
        ShardKind::Local => "local",
        ShardKind::Remote => "remote",
    };
    json!({ "id": hex_text(&shard.id), "kind": kind, "clock": shard.clock, "count": shard.count })
}

fn kind_text(kind: DeletionKind) -> &'static str {
    match kind {
        DeletionKind::Partition => "the partition",
        DeletionKind::Range => "a range of rows",
        DeletionKind::Row => "the row",
        DeletionKind::Complex => "the collection",
    }
}

fn winning(why: Precedence) -> &'static str {
    match why {
        Precedence::NewerTimestamp => "it was written later",
        Precedence::DeletedOrExpiring => "of one write time, what is deleted or expires wins",
        Precedence::TombstoneOverExpiring => "of one write time, a tombstone wins over what expires",
        Precedence::LaterDeletionTime => "of one write time, the later deletion or expiry wins",
        Precedence::ShorterTtl => "of one write time and expiry, the shorter TTL wins",
        Precedence::GreaterValue => "of one write time, the greater value wins",
        Precedence::CounterTombstone => "a tombstone of a counter always wins",
        Precedence::EmptyCounter => "a counter without a value wins",
        Precedence::CounterMerge => "counters are merged",
        Precedence::Same => "the other version says the same",
    }
}

fn losing(why: Precedence) -> &'static str {
    match why {
        Precedence::NewerTimestamp => "that was written later",
        Precedence::Same => "that says the same",
        other => winning(other),
    }
}
