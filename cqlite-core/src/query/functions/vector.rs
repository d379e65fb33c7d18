//! Similarity of vectors (`functions.VectorFcts`).

use cqlite_sstable::types::CqlType;

use super::native_scalar::NativeScalar;
use crate::query::{QueryError, QueryResult};

/// Numbers that are multiplied and added at once.
const LANES: usize = 8;

/// `similarity_cosine`, `similarity_euclidean` or `similarity_dot_product`.
pub(super) fn similarity(name: String, types: &[CqlType]) -> QueryResult<NativeScalar> {
    let Some(first) = types.first().filter(|first| types.iter().all(|of| of == *first)) else {
        return Err(QueryError::invalid("All arguments must have the same vector dimensions"));
    };
    let measure: fn(&[f32], &[f32]) -> f32 = match name.as_str() {
        "similarity_cosine" => cosine,
        "similarity_euclidean" => euclidean,
        _ => |a, b| (1.0 + dot_product(a, b)) / 2.0,
    };
    let refuses_zero = name == "similarity_cosine";
    let types = vec![first.clone(), first.clone()];
    let function = name.clone();
    Ok(NativeScalar::new(name, CqlType::Float, types, move |arguments, _, out| {
        let [Some(a), Some(b)] = arguments else {
            return Ok(false);
        };
        let (a, b) = (floats(a), floats(b));
        let is_zero = |vector: &[f32]| vector.iter().all(|number| *number == 0.0);
        if refuses_zero && (is_zero(&a) || is_zero(&b)) {
            let message = format!("Function system.{function} doesn't support all-zero vectors.");
            return Err(QueryError::invalid(message));
        }
        out.extend(measure(&a, &b).to_be_bytes());
        Ok(true)
    }))
}

fn floats(vector: &[u8]) -> Vec<f32> {
    vector.as_chunks::<4>().0.iter().map(|bytes| f32::from_be_bytes(*bytes)).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (mut sum, mut of_a, mut of_b) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, b) in a.iter().zip(b) {
        sum += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let cosine = (f64::from(sum) / (f64::from(of_a) * f64::from(of_b)).sqrt()) as f32;
    (1.0 + cosine) / 2.0
}

/// The first numbers one by one until a multiple of eight is left, then eight at a time.
fn dot_product(a: &[f32], b: &[f32]) -> f32 {
    let (head_a, rest_a) = a.split_at(a.len() % LANES);
    let (head_b, rest_b) = b.split_at(b.len().min(head_a.len()));
    let head = head_a.iter().zip(head_b).fold(0.0, |sum, (a, b)| sum + a * b);
    let chunks = rest_a.chunks(LANES).zip(rest_b.chunks(LANES));
    chunks
        .fold(head, |sum, (a, b)| sum + a.iter().zip(b).map(|(a, b)| a * b).fold(0.0, |sum, part| sum + part))
}

fn euclidean(a: &[f32], b: &[f32]) -> f32 {
    let square = |a: &f32, b: &f32| (a - b) * (a - b);
    let (chunks_a, rest_a) = a.as_chunks::<LANES>();
    let (chunks_b, rest_b) = b.as_chunks::<LANES>();
    let sum = chunks_a.iter().zip(chunks_b).fold(0.0_f32, |sum, (a, b)| {
        sum + a.iter().zip(b).map(|(a, b)| square(a, b)).fold(0.0, |sum, part| sum + part)
    });
    let sum = rest_a.iter().zip(rest_b).fold(sum, |sum, (a, b)| sum + square(a, b));
    1.0 / (1.0 + sum)
}
