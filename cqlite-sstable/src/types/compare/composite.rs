//! The order of composites, component by component.

use std::cmp::Ordering;

use super::compare;
use crate::types::{CompositeComponent, CompositeComponents, CqlType};

/// `CompositeType`: static names first; a prefix before what it begins; the end-of-component bytes by their sign.
pub(super) fn composite(types: &[CqlType], a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    let (a, b) = (CompositeComponents::new(a, types), CompositeComponents::new(b, types));
    b.is_static().cmp(&a.is_static()).then_with(|| components(a, b))
}

/// `DynamicCompositeType`: as [`composite`], where components of different types are ordered by the names of
/// their classes.
pub(super) fn dynamic(aliases: &[(char, CqlType)], a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    components(CompositeComponents::dynamic(a, aliases), CompositeComponents::dynamic(b, aliases))
}

fn components(mut a: CompositeComponents<'_>, mut b: CompositeComponents<'_>) -> Ordering {
    loop {
        let order = match (a.next_whole(), b.next_whole()) {
            (Some(a), Some(b)) => component(&a, &b),
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn component(a: &CompositeComponent<'_>, b: &CompositeComponent<'_>) -> Ordering {
    by_class(&a.component_type, &b.component_type)
        .then_with(|| compare(&a.component_type, a.value, b.value))
        .then_with(|| a.end_of_component.cmp(&b.end_of_component))
}

/// By the simple names of the classes, then by their full names. Two reversed types are what they reverse.
fn by_class(a: &CqlType, b: &CqlType) -> Ordering {
    let (a, b) = match (a, b) {
        _ if a == b => return Ordering::Equal,
        (CqlType::Reversed(a), CqlType::Reversed(b)) => (&**a, &**b),
        both => both,
    };
    let (a, b) = (a.class_name(), b.class_name());
    simple_name(&a).cmp(simple_name(&b)).then_with(|| a.cmp(&b))
}

/// A class name without its package.
pub(in crate::types) fn simple_name(class: &str) -> &str {
    class.rsplit_once('.').map_or(class, |(_, simple)| simple)
}
