//! The group: every encoding decoded once a call, every sum made as one, all results encoded together.

use std::sync::LazyLock;

use curve25519_dalek::constants::{RISTRETTO_BASEPOINT_COMPRESSED, RISTRETTO_BASEPOINT_POINT};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity, MultiscalarMul, VartimeMultiscalarMul};
use zeroize::Zeroizing;

use crate::arguments::{Named, Sums, Term};

/// An encoded point.
pub type Encoded = [u8; 32];

/// Return the point of a canonical encoding, the neutral one included.
pub fn decode(data: &[u8]) -> Option<RistrettoPoint> {
    if data == RISTRETTO_BASEPOINT_COMPRESSED.as_bytes() {
        return Some(RISTRETTO_BASEPOINT_POINT);
    }
    CompressedRistretto::from_slice(data).ok()?.decompress()
}

/// Return the points that stand one after another in `data`; nothing is left over.
pub fn read(data: &[u8]) -> Option<Vec<RistrettoPoint>> {
    data.chunks(32).map(decode).collect()
}

/// Return sG unless it is neutral.
pub fn base(scalar: &Scalar) -> Option<Encoded> {
    whole(RistrettoPoint::mul_base(scalar))
}

/// Return sP unless P is no point or sP is neutral.
pub fn product(scalar: &Scalar, point: &[u8]) -> Option<Encoded> {
    whole(decode(point)? * scalar)
}

fn whole(product: RistrettoPoint) -> Option<Encoded> {
    (!product.is_identity()).then(|| product.compress().to_bytes())
}

/// Return the value of every sum, in constant time in the scalars.
pub fn sums(wanted: &Sums) -> Option<Vec<Encoded>> {
    all(wanted, |weights, points| match (weights, points) {
        ([weight], [point]) if **point == RISTRETTO_BASEPOINT_POINT => {
            RistrettoPoint::mul_base(weight)
        }
        ([weight], [point]) => *point * weight,
        _ => RistrettoPoint::multiscalar_mul(weights, points.iter().copied()),
    })
}

/// Return the value of every sum, in a time that depends on the scalars.
pub fn vartime_sums(wanted: &Sums) -> Option<Vec<Encoded>> {
    all(wanted, |weights, points| match (weights, points) {
        ([g_weight, weight], [g, point]) | ([weight, g_weight], [point, g])
            if **g == RISTRETTO_BASEPOINT_POINT =>
        {
            RistrettoPoint::vartime_double_scalar_mul_basepoint(weight, point, g_weight)
        }
        _ => RistrettoPoint::vartime_multiscalar_mul(weights, points.iter().copied()),
    })
}

/// Return the sum of each list under the same weights, in a time that depends on these.
pub fn vartime_combine(
    weights: &[Option<Zeroizing<Scalar>>],
    lists: &[&[RistrettoPoint]],
) -> Option<Vec<RistrettoPoint>> {
    let factors: Vec<_> = weights.iter().flatten().map(|each| **each).collect();
    if factors.contains(&Scalar::ZERO) || lists.iter().any(|points| points.len() != weights.len()) {
        return None;
    }
    lists
        .iter()
        .map(|points| {
            let (weighted, plain): (Vec<_>, Vec<_>) = weights
                .iter()
                .zip(*points)
                .partition(|(weight, _)| weight.is_some());
            if weighted.iter().any(|(_, point)| point.is_identity()) {
                return None;
            }
            let products = weighted.iter().map(|(_, point)| *point);
            // A sum of no products would make all the doublings.
            let start = match factors.is_empty() {
                true => RistrettoPoint::identity(),
                false => RistrettoPoint::vartime_multiscalar_mul(&factors, products),
            };
            Some(plain.iter().fold(start, |sum, (_, point)| sum + *point))
        })
        .collect()
}

type Multiply = fn(&[Scalar], &[&RistrettoPoint]) -> RistrettoPoint;

fn all(wanted: &Sums, multiply: Multiply) -> Option<Vec<Encoded>> {
    if !wanted.sized {
        return None;
    }
    let decoded: Option<Vec<_>> = wanted
        .points
        .iter()
        .map(|named| match named {
            Named::Encoded(data) => decode(data),
            Named::Decoded(point) => Some(*point),
        })
        .collect();
    let points = decoded?;
    let neutral: Vec<bool> = points.iter().map(IsIdentity::is_identity).collect();
    let refused = |term: &Term| match &term.weight {
        Some(weight) => neutral[term.point] || *weight == Scalar::ZERO,
        None => false,
    };
    if wanted.sums.iter().flatten().any(refused) {
        return None;
    }
    Some(encode(
        wanted
            .sums
            .iter()
            .map(|terms| value(terms, &points, multiply))
            .collect(),
    ))
}

/// What a sum came to. Many halves are encoded for the price of one inversion, because what is encoded is their double.
enum Value {
    Half(RistrettoPoint),
    Whole(RistrettoPoint),
}

fn value(terms: &[Term], points: &[RistrettoPoint], multiply: Multiply) -> Value {
    let weighted = || {
        terms
            .iter()
            .filter_map(|term| Some((term.weight.as_ref()?, &points[term.point])))
    };
    let factors: Vec<_> = weighted().map(|(_, point)| point).collect();
    if factors.len() == terms.len() {
        let halves = Zeroizing::new(
            weighted()
                .map(|(weight, _)| weight * *HALF)
                .collect::<Vec<_>>(),
        );
        return Value::Half(multiply(&halves, &factors));
    }
    let weights = Zeroizing::new(weighted().map(|(weight, _)| *weight).collect::<Vec<_>>());
    let start = if factors.is_empty() {
        RistrettoPoint::identity()
    } else {
        multiply(&weights, &factors)
    };
    let plain = terms.iter().filter(|term| term.weight.is_none());
    Value::Whole(plain.fold(start, |sum, term| {
        if term.minus {
            sum - points[term.point]
        } else {
            sum + points[term.point]
        }
    }))
}

static HALF: LazyLock<Scalar> = LazyLock::new(|| Scalar::from(2u8).invert());

fn encode(values: Vec<Value>) -> Vec<Encoded> {
    let halves = values.iter().filter_map(|value| match value {
        Value::Half(point) => Some(point),
        Value::Whole(_) => None,
    });
    let mut doubled = RistrettoPoint::double_and_compress_batch(halves).into_iter();
    values
        .iter()
        .filter_map(|value| match value {
            Value::Half(_) => doubled.next(),
            Value::Whole(point) => Some(point.compress()),
        })
        .map(|encoded| encoded.to_bytes())
        .collect()
}
