//! ristretto255 for open-mynumber: what `mynumber/codes/group.py` asks for, and nothing else.
//!
//! Promises the answers of libsodium behind the same interface, byte for byte and refusal for refusal: every point is a
//! canonical encoding, the top bit of a scalar is ignored and the rest reduced, and a product that is neutral is
//! refused. A refusal is `None`. Functions work in constant time in their scalars, except those named `vartime_`, which
//! are for public values only. Nothing is kept between calls.

mod arguments;
mod group;

use pyo3::prelude::*;

/// The module as Python sees it.
#[pymodule]
mod mynumber_ristretto {
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    use crate::arguments::{Sums, scalar_of};
    use crate::group;

    /// What this module offers; `group.py` refuses a module that offers something else.
    #[pymodule_export]
    const INTERFACE: u32 = 1;

    /// Whether all 32 bytes of `data` after each other are canonical encodings of points, the neutral one included.
    #[pyfunction]
    fn are_points(py: Python<'_>, data: &[u8]) -> bool {
        py.detach(|| data.chunks(32).all(|each| group::decode(each).is_some()))
    }

    /// Return sG, or None.
    #[pyfunction]
    fn base<'py>(py: Python<'py>, s: &[u8]) -> Option<Bound<'py, PyBytes>> {
        let scalar = scalar_of(s)?;
        let made = py.detach(|| group::base(&scalar))?;
        Some(PyBytes::new(py, &made))
    }

    /// Return sP, or None.
    #[pyfunction]
    fn mul<'py>(py: Python<'py>, s: &[u8], p: &[u8]) -> Option<Bound<'py, PyBytes>> {
        let scalar = scalar_of(s)?;
        let made = py.detach(|| group::product(&scalar, p))?;
        Some(PyBytes::new(py, &made))
    }

    /// Return P + Q, or None.
    #[pyfunction]
    fn add<'py>(py: Python<'py>, p: &[u8], q: &[u8]) -> Option<Bound<'py, PyBytes>> {
        let sum = group::decode(p)? + group::decode(q)?;
        Some(PyBytes::new(py, sum.compress().as_bytes()))
    }

    /// Return P - Q, or None.
    #[pyfunction]
    fn sub<'py>(py: Python<'py>, p: &[u8], q: &[u8]) -> Option<Bound<'py, PyBytes>> {
        let difference = group::decode(p)? - group::decode(q)?;
        Some(PyBytes::new(py, difference.compress().as_bytes()))
    }

    /// Return the value of every sum, or None if one of them is refused.
    #[pyfunction]
    fn sums<'py>(py: Python<'py>, wanted: Sums) -> Option<Vec<Bound<'py, PyBytes>>> {
        let made = py.detach(|| group::sums(&wanted))?;
        Some(made.iter().map(|each| PyBytes::new(py, each)).collect())
    }

    /// Return the value of every sum of PUBLIC scalars, or None if one of them is refused.
    #[pyfunction]
    fn vartime_sums<'py>(py: Python<'py>, wanted: Sums) -> Option<Vec<Bound<'py, PyBytes>>> {
        let made = py.detach(|| group::vartime_sums(&wanted))?;
        Some(made.iter().map(|each| PyBytes::new(py, each)).collect())
    }
}
