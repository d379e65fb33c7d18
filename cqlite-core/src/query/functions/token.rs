//! `token` (`functions.TokenFct`).

use cqlite_sstable::partitioner::Token;
use cqlite_sstable::types::CqlType;
use num_bigint::BigInt;

use super::native_scalar::NativeScalar;
use crate::query::{QueryError, QueryResult, Scope};

/// The function for the partition key of the statement's table.
pub(super) fn of_table(scope: &Scope<'_>) -> QueryResult<NativeScalar> {
    let Some(table) = scope.table else {
        return Err(QueryError::invalid("No receiver keyspace has been specified for function system.token"));
    };
    let types: Vec<CqlType> = table
        .schema()
        .partition_key
        .iter()
        .map(|column| column.column_type.without_reversed().clone())
        .collect();
    let partitioner = scope.schema.system().partitioner().clone();
    let returned = match partitioner.token(&[]) {
        Token::Murmur3(_) => CqlType::BigInt,
        Token::Random(_) => CqlType::Varint,
        _ => CqlType::Blob,
    };
    let is_composite = types.len() > 1;
    Ok(NativeScalar::new("token", returned, types, move |arguments, _, out| {
        let mut key = Vec::new();
        for argument in arguments {
            let Some(value) = argument else {
                return Ok(false);
            };
            if is_composite {
                key.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            }
            key.extend_from_slice(value);
            if is_composite {
                key.push(0);
            }
        }
        push_token(&partitioner.token(&key), out);
        Ok(true)
    })
    .made())
}

/// A token as a value of the type that the partitioner has for them.
fn push_token(token: &Token, out: &mut Vec<u8>) {
    match token {
        Token::Murmur3(token) => out.extend(token.to_be_bytes()),
        Token::Random(token) => {
            let token = token.map_or_else(|| BigInt::from(-1), BigInt::from);
            out.extend(token.to_signed_bytes_be());
        }
        Token::ByteOrdered(key) | Token::Local { key, .. } => out.extend_from_slice(key),
    }
}
