//! Composites: a sequence of components, each followed by its end-of-component byte.

use super::{Separator, write_component, write_escaped};
use crate::types::compare::simple_name;
use crate::types::{CompositeComponent, CompositeComponents, CqlType};

pub(super) fn write_composite(types: &[CqlType], value: &[u8], out: &mut Vec<u8>) {
    let mut components = CompositeComponents::new(value, types);
    // Names of static columns come first.
    out.push(if components.is_static() { Separator::NextNull } else { Separator::Next }.into());
    while let Some(component) = components.next_whole() {
        write_value(&component, out);
    }
    out.push(Separator::Terminator.into());
}

/// Each value comes behind the simple and the full name of its class.
pub(super) fn write_dynamic(aliases: &[(char, CqlType)], value: &[u8], out: &mut Vec<u8>) {
    let mut components = CompositeComponents::dynamic(value, aliases);
    out.push(Separator::Next.into());
    while let Some(component) = components.next_whole() {
        if let CqlType::Reversed(_) = *component.component_type {
            write_name("ReversedType", out);
        }
        let class = component.component_type.without_reversed().class_name();
        write_name(simple_name(&class), out);
        write_name(&class, out);
        write_value(&component, out);
    }
    out.push(Separator::Terminator.into());
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    out.push(Separator::Next.into());
    write_escaped(name.as_bytes(), out);
}

fn write_value(component: &CompositeComponent<'_>, out: &mut Vec<u8>) {
    write_component(&component.component_type, Some(component.value), Separator::NextNull, out);
    out.extend_from_slice(&[Separator::Next.into(), component.end_of_component as u8 ^ 0x80]);
}
