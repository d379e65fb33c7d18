//! All functions that are built in, but for those that are made for their arguments (`functions.NativeFunctions`).

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::function::Function;
use super::native_scalar::NativeScalar;
use super::{aggregate, blob, cast, math, operation, time};

static FUNCTIONS: LazyLock<FxHashMap<String, Vec<Function>>> = LazyLock::new(|| {
    let mut functions: FxHashMap<String, Vec<Function>> = FxHashMap::default();
    let scalars = operation::functions()
        .chain(cast::functions())
        .chain(time::functions())
        .chain(blob::functions())
        .chain(math::functions());
    let scalars = scalars.map(|function: NativeScalar| Function::Scalar(Arc::new(function)));
    let aggregates =
        aggregate::functions().into_iter().map(|function| Function::Aggregate(Arc::new(function)));
    for function in scalars.chain(aggregates) {
        let name = function.signature().name().to_owned();
        functions.entry(name).or_default().push(function);
    }
    functions
});

/// The functions of a name.
pub(super) fn functions_named(name: &str) -> &'static [Function] {
    FUNCTIONS.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// The names of all of them, in no order.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.keys().map(String::as_str)
}
