//! How near vectors are to each other.

/// A function by which vectors are compared (`similarity_function` of an index; the names are those of
/// `VectorSimilarityFunction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Similarity {
    Cosine,
    DotProduct,
    Euclidean,
}

impl Similarity {
    /// The function of a name, in whatever case; the one of the cosine if there is none of it.
    pub(super) fn find(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "dot_product" => Self::DotProduct,
            "euclidean" => Self::Euclidean,
            _ => Self::Cosine,
        }
    }

    /// How near two vectors are, from 0 to 1 as a rule: the more, the nearer. None if one is no vector of so many numbers.
    pub(super) fn of(self, a: &[u8], b: &[u8], dimension: u32) -> Option<f32> {
        let bytes = (dimension as usize).checked_mul(4)?;
        if a.len() != bytes || b.len() != bytes {
            return None;
        }
        let pairs = floats(a).zip(floats(b));
        Some(match self {
            Self::DotProduct => (1.0 + pairs.map(|(a, b)| a * b).sum::<f32>()) / 2.0,
            Self::Euclidean => 1.0 / (1.0 + pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>()),
            Self::Cosine => {
                let mut sums = [0.0_f32; 3];
                let [dot, of_a, of_b] = &mut sums;
                for (a, b) in pairs {
                    *dot += a * b;
                    *of_a += a * a;
                    *of_b += b * b;
                }
                (1.0 + *dot / (of_a.sqrt() * of_b.sqrt())) / 2.0
            }
        })
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok()).map(f32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_as_near_as_cassandra_says() {
        let bytes = |numbers: [f32; 2]| numbers.into_iter().flat_map(f32::to_be_bytes).collect::<Vec<_>>();
        let (a, b) = (bytes([1.0, 0.0]), bytes([0.0, 1.0]));
        assert_eq!(Similarity::Cosine.of(&a, &a, 2), Some(1.0));
        assert_eq!(Similarity::Cosine.of(&a, &b, 2), Some(0.5));
        assert_eq!(Similarity::Euclidean.of(&a, &b, 2), Some(1.0 / 3.0));
        assert_eq!(Similarity::DotProduct.of(&a, &b, 2), Some(0.5));
        assert_eq!(Similarity::Cosine.of(&a, &b, 3), None);
    }
}
