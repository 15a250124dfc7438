//! ristretto255 for open-mynumber: what `mynumber/codes/group.py` asks for, and nothing else.
//!
//! Promises the answers of libsodium behind the same interface, byte for byte and refusal for refusal: every point is a
//! canonical encoding, the top bit of a scalar is ignored and the rest reduced, and a product that is neutral is
//! refused. A refusal is `None`. Functions work in constant time in their scalars, except those named `vartime_`, which
//! are for public values only. Nothing is kept between calls but what Python holds (`Points`).

mod arguments;
mod group;

use pyo3::prelude::*;

/// The module as Python sees it.
#[pymodule]
mod mynumber_ristretto {
    use pyo3::prelude::*;
    use pyo3::pybacked::PyBackedBytes;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use crate::arguments::Points;
    use crate::arguments::{Sums, scalar_of};
    use crate::group;

    /// What this module offers; `group.py` refuses a module that offers something else.
    #[pymodule_export]
    const INTERFACE: u32 = 3;

    /// Read the points that stand one after another in `data`, by column of a table `width` wide; None if one is none.
    #[pyfunction]
    fn read(py: Python<'_>, data: &[u8], width: usize) -> Option<Vec<Points>> {
        let all = py.detach(|| group::read(data))?;
        let column = |first| {
            Points(
                all.iter()
                    .skip(first)
                    .step_by(width.max(1))
                    .copied()
                    .collect(),
            )
        };
        Some((0..width).map(column).collect())
    }

    /// Return the points of a list one by one.
    #[pyfunction]
    fn each(listed: &Points) -> Vec<Points> {
        listed.0.iter().map(|point| Points(vec![*point])).collect()
    }

    /// Return the differences of two lists, or None if one is longer.
    #[pyfunction]
    fn minus(one: &Points, other: &Points) -> Option<Points> {
        let pairs = one.0.iter().zip(&other.0);
        (one.0.len() == other.0.len()).then(|| Points(pairs.map(|(p, q)| p - q).collect()))
    }

    /// Return the sum of each list under the same PUBLIC weights, or None if one of them is refused.
    #[pyfunction]
    fn vartime_combine(
        py: Python<'_>,
        weights: Vec<Option<PyBackedBytes>>,
        lists: Vec<Bound<'_, Points>>,
    ) -> Option<Vec<Points>> {
        let weights = weights
            .iter()
            .map(|each| {
                each.as_ref()
                    .map_or(Some(None), |data| scalar_of(data).map(Some))
            })
            .collect::<Option<Vec<_>>>()?;
        let lists: Vec<_> = lists.iter().map(|each| each.get().0.as_slice()).collect();
        let made = py.detach(|| group::vartime_combine(&weights, &lists))?;
        Some(made.into_iter().map(|sum| Points(vec![sum])).collect())
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
