//! What comes from Python, copied once, so that the work needs no interpreter.

use std::collections::HashMap;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use zeroize::Zeroizing;

/// One scalar, reduced as libsodium does it: the top bit is ignored. None unless there are 32 bytes.
pub fn scalar_of(data: &[u8]) -> Option<Zeroizing<Scalar>> {
    let mut bytes = Zeroizing::new(<[u8; 32]>::try_from(data).ok()?);
    bytes[31] &= 0x7f;
    Some(Zeroizing::new(Scalar::from_bytes_mod_order(*bytes)))
}

/// Points that Python keeps decoded. They are public: what was sent in lists, sums of it, and keys of the directory.
#[pyclass(frozen)]
pub struct Points(pub Vec<RistrettoPoint>);

/// A point as a term names it.
pub enum Named {
    /// Its encoding, which may be none.
    Encoded([u8; 32]),
    /// What was decoded before.
    Decoded(RistrettoPoint),
}

/// A term of a sum: a point by its place in `Sums::points`, and its weight, if it has one.
pub struct Term {
    /// The weight with its sign; None where the point stands for itself.
    pub weight: Option<Scalar>,
    /// Whether a point without a weight is taken off.
    pub minus: bool,
    /// The place of the point.
    pub point: usize,
}

impl Drop for Term {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.weight);
    }
}

/// Sums to be made. Every object that stands for a point is read once, however often it is named.
pub struct Sums {
    /// The points as they came.
    pub points: Vec<Named>,
    /// The terms of each sum.
    pub sums: Vec<Vec<Term>>,
    /// Whether everything had 32 bytes, or was one decoded point; if not, the whole is refused.
    pub sized: bool,
}

impl<'a, 'py> FromPyObject<'a, 'py> for Sums {
    type Error = PyErr;

    /// Read a list of (plus, minus), each a sequence of (scalar or None, point).
    fn extract(wanted: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let mut reader = Reader {
            places: HashMap::new(),
            kept: Vec::new(),
            read: Sums {
                points: Vec::new(),
                sums: Vec::new(),
                sized: true,
            },
        };
        for sum in wanted.try_iter()? {
            let (plus, minus): (Bound<'py, PyAny>, Bound<'py, PyAny>) = sum?.extract()?;
            let mut terms = Vec::with_capacity(plus.len()? + minus.len()?);
            for (side, negative) in [(plus, false), (minus, true)] {
                for term in side.try_iter()? {
                    terms.push(reader.term(&term?, negative)?);
                }
            }
            reader.read.sums.push(terms);
        }
        Ok(reader.read)
    }
}

struct Reader<'py> {
    /// By the address of the object, so that no content decides anything here.
    places: HashMap<usize, usize>,
    /// Every object whose address counts; it must not go before the last term is read, or another takes its place.
    kept: Vec<Bound<'py, PyAny>>,
    read: Sums,
}

impl<'py> Reader<'py> {
    fn term(&mut self, term: &Bound<'py, PyAny>, minus: bool) -> PyResult<Term> {
        let pair = term.cast::<PyTuple>()?;
        if pair.len() != 2 {
            return Err(PyTypeError::new_err(
                "a term is a scalar or None, and a point",
            ));
        }
        let (weight, point) = (pair.get_item(0)?, pair.get_item(1)?);
        let point = self.place(point)?;
        let weight = match weight.is_none() {
            true => None,
            false => Some(self.scalar(weight.cast::<PyBytes>()?.as_bytes(), minus)),
        };
        Ok(Term {
            weight,
            minus,
            point,
        })
    }

    fn scalar(&mut self, data: &[u8], minus: bool) -> Scalar {
        match scalar_of(data) {
            Some(scalar) if minus => -*scalar,
            Some(scalar) => *scalar,
            None => {
                self.read.sized = false;
                Scalar::ZERO
            }
        }
    }

    fn place(&mut self, point: Bound<'py, PyAny>) -> PyResult<usize> {
        let address = point.as_ptr() as usize;
        if let Some(place) = self.places.get(&address) {
            return Ok(*place);
        }
        let named = self.named(&point)?;
        self.read.points.push(named);
        self.places.insert(address, self.kept.len());
        self.kept.push(point);
        Ok(self.kept.len() - 1)
    }

    fn named(&mut self, point: &Bound<'py, PyAny>) -> PyResult<Named> {
        if let Ok(bytes) = point.cast::<PyBytes>() {
            let data = <[u8; 32]>::try_from(bytes.as_bytes());
            self.read.sized &= data.is_ok();
            return Ok(Named::Encoded(data.unwrap_or([0; 32])));
        }
        let listed = &point.cast::<Points>()?.get().0;
        self.read.sized &= listed.len() == 1;
        Ok(Named::Decoded(listed.first().copied().unwrap_or_default()))
    }
}
