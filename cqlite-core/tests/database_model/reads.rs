//! Random reads, compared with what the model shows.

use std::collections::BTreeSet;

use cqlite_core::storage::read::{PagingState, ReadCommand};
use cqlite_core::storage::store::View;
use cqlite_sstable::Partitioner;
use cqlite_sstable::reader::{Slice, TokenRange};

use super::dice::Dice;
use super::model::{TableModel, Wanted};
use super::shown::{Line, lines};
use super::world::{ROWS, World};
use super::writes::{random_key, random_place, slice};

/// Which partitions a random read asks for, and in which order they come.
fn partitions(
    dice: &mut Dice,
    model: &TableModel,
    id: cqlite_core::storage::TableId,
) -> (ReadCommand, Vec<Vec<u8>>) {
    match dice.below(6) {
        0..3 => {
            let key = random_key(dice);
            (ReadCommand::key(id, key.clone()), vec![key])
        }
        3 => {
            let mut keys: Vec<Vec<u8>> = Vec::new();
            for _ in 0..4 {
                let key = random_key(dice);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            (ReadCommand::keys(id, keys.clone()), keys)
        }
        4 => {
            let [a, b] = [(); 2].map(|()| Partitioner::Murmur3.token(&random_key(dice)));
            let (a, b) = if a <= b { (a, b) } else { (b, a) };
            let after = (!dice.once_in(4)).then_some(a);
            let through = (!dice.once_in(4)).then_some(b);
            let mut keys = model.keys();
            keys.retain(|key| {
                let token = Partitioner::Murmur3.token(key);
                after.as_ref().is_none_or(|after| *after < token)
                    && through.as_ref().is_none_or(|through| token <= *through)
            });
            (ReadCommand::range(id, TokenRange { after, through }), keys)
        }
        _ => (ReadCommand::all(id), model.keys()),
    }
}

fn random_slices(dice: &mut Dice, model: &TableModel, wanted: &mut Wanted) -> Vec<Slice> {
    let mut places: Vec<_> = (0..2 * (1 + dice.below(3))).map(|_| random_place(dice)).collect();
    places.sort_by(|a, b| model.compare_places(a, b));
    places.dedup();
    wanted.slices = places.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    wanted.slices.iter().map(|(start, end)| slice(start, end)).collect()
}

/// Makes a random read of a table and compares what comes with what should.
pub fn check(view: &View, world: &World, table: usize, now: i64, dice: &mut Dice) -> Result<(), String> {
    let (id, model) = (world.ids[table], &world.tables[table]);
    let opened = view.table(id).map_err(|error| error.to_string())?;
    let (command, keys) = partitions(dice, model, id);
    let (mut command, mut wanted) = (command.now_seconds(now), Wanted::default());
    if table == ROWS && dice.once_in(2) {
        let slices = random_slices(dice, model, &mut wanted);
        command = command.slices(slices);
    }
    if dice.once_in(3) {
        command = command.reversed();
        wanted.is_reversed = true;
    }
    if dice.once_in(4) {
        let mut names = BTreeSet::new();
        let mut chosen = |is_static| {
            let columns = opened.layout().header_columns(is_static).iter().enumerate();
            let mut places = Vec::new();
            for (place, column) in columns {
                if dice.once_in(2) {
                    places.push(place);
                    names.insert(String::from_utf8(column.name.clone()).unwrap());
                }
            }
            places
        };
        let (statics, regulars) = (chosen(true), chosen(false));
        command = command.columns(statics, regulars);
        wanted.columns = Some(names);
    }
    if dice.once_in(4) {
        let limit = 1 + dice.below(4);
        command = command.partition_limit(limit as u64);
        wanted.partition_limit = Some(limit);
    }
    let mut expected = model.read(&keys, &wanted, now);
    let (read, how) = match dice.below(4) {
        0 => {
            let size = *dice.one_of(&[1, 2, 7]);
            (paged(view, &command, size, model.counts()), format!("in pages of {size}"))
        }
        1 => {
            let limit = 1 + dice.below(8);
            expected.truncate(limit);
            let page = view.read(&command.clone().limit(limit as u64));
            (page.map(|page| lines(&page, opened.layout(), model.counts())), format!("{limit} rows at most"))
        }
        _ => {
            let page = view.read(&command);
            (page.map(|page| lines(&page, opened.layout(), model.counts())), "as a whole".to_owned())
        }
    };
    compare(
        &read.map_err(|error| format!("{command:?} {how}: {error}"))?,
        &expected,
        &format!("{command:?} {how}"),
    )
}

/// All of a table.
pub fn check_all(view: &View, world: &World, table: usize, now: i64) -> Result<(), String> {
    let (id, model) = (world.ids[table], &world.tables[table]);
    let opened = view.table(id).map_err(|error| error.to_string())?;
    let command = ReadCommand::all(id).now_seconds(now);
    let page = view.read(&command).map_err(|error| error.to_string())?;
    let expected = model.read(&model.keys(), &Wanted::default(), now);
    compare(&lines(&page, opened.layout(), model.counts()), &expected, &format!("all of {id}"))
}

fn paged(view: &View, command: &ReadCommand, size: u64, counts: bool) -> cqlite_sstable::Result<Vec<Line>> {
    let layout = view.table(command.table)?.layout();
    let (mut together, mut resume): (Vec<Line>, Option<PagingState>) = (Vec::new(), None);
    loop {
        let mut next = command.clone().page_rows(size);
        if let Some(state) = &resume {
            let state = PagingState::from_bytes(&state.to_bytes())?;
            next = next.resume(state);
        }
        let page = view.read(&next)?;
        let of_page = lines(&page, layout, counts);
        assert!(of_page.len() as u64 <= size, "a page of {size} has {} rows", of_page.len());
        together.extend(of_page);
        match page.next() {
            Some(state) => resume = Some(state.clone()),
            None => return Ok(together),
        }
    }
}

fn compare(read: &[Line], expected: &[Line], what: &str) -> Result<(), String> {
    if read == expected {
        return Ok(());
    }
    let at = read.iter().zip(expected).take_while(|(a, b)| a == b).count();
    Err(format!(
        "{what}: {} lines, and not {}; line {at} is\n  {:?}\nand not\n  {:?}",
        read.len(),
        expected.len(),
        read.get(at),
        expected.get(at)
    ))
}
