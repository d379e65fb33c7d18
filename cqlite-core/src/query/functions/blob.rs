//! Conversions between blobs and all other types (`functions.BytesConversionFcts`).

use cqlite_cql::NativeType;
use cqlite_sstable::types::CqlType;

use super::native_scalar::NativeScalar;
use crate::query::term::validate_value;
use crate::query::{QueryError, function_type};

/// `int_as_blob`, `blob_as_int` and all others, by their old names, too.
pub(super) fn functions() -> Vec<NativeScalar> {
    let natives = NativeType::ALL.into_iter().filter(|native| *native != NativeType::Blob);
    let functions = natives.flat_map(|native| {
        let name = native.name();
        let of = CqlType::from_native(native);
        [
            to_blob(format!("{name}_as_blob"), &of),
            to_blob(format!("{name}asblob"), &of),
            from_blob(format!("blob_as_{name}"), name, of.clone()),
            from_blob(format!("blobas{name}"), name, of),
        ]
    });
    functions.collect()
}

fn to_blob(name: String, of: &CqlType) -> NativeScalar {
    NativeScalar::new(name, CqlType::Blob, vec![function_type(of)], |arguments, _, out| {
        let value = arguments.first().copied().flatten();
        out.extend_from_slice(value.unwrap_or_default());
        Ok(value.is_some())
    })
}

fn from_blob(name: String, type_name: &'static str, of: CqlType) -> NativeScalar {
    let function = name.clone();
    let returned = function_type(&of);
    NativeScalar::new(name, returned, vec![CqlType::Blob], move |arguments, _, out| {
        let Some(value) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        if validate_value(&of, value).is_err() {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(QueryError::invalid(format!(
                "In call to function system.{function}, value 0x{hex} is not a valid binary representation for type {type_name}"
            )));
        }
        out.extend_from_slice(value);
        Ok(true)
    })
}
