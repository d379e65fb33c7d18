//! Functions that are made for their arguments (`functions.FunctionFactory`).

use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::aggregate::NativeAggregate;
use super::function::Function;
use super::parameter::Parameter;
use super::{collection, json, mask, token, vector};
use crate::query::{Assignable, QueryError, QueryResult, Scope, function_type};

const ANY: Parameter = Parameter::Any { from_receiver: false };
const ANY_OR_RECEIVER: Parameter = Parameter::Any { from_receiver: true };
const TEXT: Parameter = Parameter::Fixed(&[("text", CqlType::Text)]);
const INT: Parameter = Parameter::Fixed(&[("int", CqlType::Int)]);
const STRING: Parameter =
    Parameter::Fixed(&[("text", CqlType::Text), ("varchar", CqlType::Text), ("ascii", CqlType::Ascii)]);

/// The parameters of the functions of a name, if they are made for their arguments.
fn parameters(name: &str) -> Option<&'static [Parameter]> {
    Some(match name {
        "min" | "max" => &[ANY_OR_RECEIVER],
        "to_json" | "tojson" | "mask_null" | "mask_default" => &[ANY],
        "from_json" | "fromjson" => &[TEXT],
        "map_keys" | "map_values" => &[Parameter::Map],
        "collection_count" => &[Parameter::Collection],
        "collection_min" | "collection_max" => &[Parameter::SetOrList],
        "collection_sum" | "collection_avg" => &[Parameter::NumericSetOrList],
        "mask_replace" => &[
            ANY_OR_RECEIVER,
            Parameter::SameAs { index: 0, prefers_other: true, parameter: &ANY_OR_RECEIVER },
        ],
        "mask_hash" => &[ANY, Parameter::Optional(&TEXT)],
        "mask_inner" | "mask_outer" => &[STRING, INT, INT, Parameter::Optional(&TEXT)],
        "similarity_cosine" | "similarity_euclidean" | "similarity_dot_product" => &[
            Parameter::SameAs { index: 1, prefers_other: false, parameter: &Parameter::FloatVector },
            Parameter::SameAs { index: 0, prefers_other: false, parameter: &Parameter::FloatVector },
        ],
        _ => return None,
    })
}

/// The function of a name for arguments; none if no function of that name is made for them
/// (`FunctionFactory.getOrCreateFunction`).
pub(super) fn make(
    scope: &Scope<'_>,
    name: &str,
    arguments: &[&dyn Assignable],
    receiver: Option<&CqlType>,
) -> QueryResult<Option<Function>> {
    if name == "token" {
        return token::of_table(scope).map(|function| Some(Function::Scalar(Arc::new(function))));
    }
    let Some(parameters) = parameters(name) else {
        return Ok(None);
    };
    let description = || {
        let shown: Vec<String> = parameters.iter().map(ToString::to_string).collect();
        format!("system.{name}({})", shown.join(", "))
    };
    let mandatory = parameters.iter().filter(|parameter| !parameter.is_optional()).count();
    if arguments.len() < mandatory || arguments.len() > parameters.len() {
        return Err(QueryError::invalid(format!(
            "Invalid number of arguments for function {}",
            description()
        )));
    }
    let scope = &Scope { keyspace: "system", ..*scope };
    let mut types = Vec::with_capacity(arguments.len());
    for (argument, parameter) in arguments.iter().zip(parameters) {
        types.push(parameter.infer(scope, *argument, receiver, None)?);
    }
    for (index, (argument, parameter)) in arguments.iter().zip(parameters).enumerate() {
        let Some(of) = parameter.infer(scope, *argument, receiver, Some(&types))? else {
            return Err(QueryError::invalid(format!(
                "Cannot infer type of argument {} in call to function {}: use type casts to disambiguate",
                argument.text(),
                description()
            )));
        };
        parameter.check(name, *argument, &of)?;
        if let Some(place) = types.get_mut(index) {
            *place = Some(function_type(&of).without_reversed().clone());
        }
    }
    of_types(name, &types.into_iter().flatten().collect::<Vec<_>>(), receiver).map(Some)
}

/// `FunctionFactory.doGetOrCreateFunction`
fn of_types(name: &str, types: &[CqlType], receiver: Option<&CqlType>) -> QueryResult<Function> {
    let name = name.to_owned();
    let Some(first) = types.first() else {
        return Err(QueryError::invalid(format!("Invalid number of arguments for function system.{name}")));
    };
    let function = match name.as_str() {
        "min" => return Ok(Function::Aggregate(Arc::new(NativeAggregate::minimum(first)))),
        "max" => return Ok(Function::Aggregate(Arc::new(NativeAggregate::maximum(first)))),
        "to_json" | "tojson" => json::to_json(name, first),
        "from_json" | "fromjson" => json::from_json(name, receiver)?,
        "map_keys" => collection::map_keys(name, first),
        "map_values" => collection::map_values(name, first),
        "collection_count" => collection::count(name, first),
        "collection_min" => collection::aggregation(name, first, NativeAggregate::minimum),
        "collection_max" => collection::aggregation(name, first, NativeAggregate::maximum),
        "collection_sum" => collection::aggregation(name, first, NativeAggregate::sum),
        "collection_avg" => collection::aggregation(name, first, NativeAggregate::average),
        "mask_null" => mask::null(name, first),
        "mask_default" => mask::default(name, first),
        "mask_replace" => mask::replace(name, first),
        "mask_hash" => mask::hash(name, first, types.len() == 2),
        "mask_inner" => mask::partial(name, first, types.len() == 4, true),
        "mask_outer" => mask::partial(name, first, types.len() == 4, false),
        _ => vector::similarity(name, types)?,
    };
    Ok(Function::Scalar(Arc::new(function.made())))
}
