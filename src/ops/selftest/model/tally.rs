//! How many comparisons of a group hold.

use serde::Serialize;

/// The outcome of one group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupResult {
    /// Comparisons within the tolerance of MODEL 6.5.
    pub passed: u64,
    /// Number of comparisons outside the tolerance.
    pub failed: u64,
    /// The largest deviation seen, in `unit`.
    pub worst_error: f64,
    /// The unit of the deviation; `exact` where only equality will do.
    pub unit: &'static str,
    /// The largest deviation that passes, in `unit`.
    #[serde(skip)]
    tolerance: f64,
}

/// What is wanted nearer to zero than this is compared absolutely.
const SMALL: f64 = 1e-3;

impl GroupResult {
    pub(super) fn new(unit: &'static str, tolerance: f64) -> GroupResult {
        GroupResult { passed: 0, failed: 0, worst_error: 0.0, unit, tolerance }
    }

    /// Counts a comparison of numbers.
    pub(super) fn close(&mut self, got: f64, want: f64) {
        self.deviates((got - want).abs());
    }

    /// Counts a comparison whose deviation is a share of what is wanted.
    pub(super) fn relative(&mut self, got: f64, want: f64) {
        self.deviates((got - want).abs() / want.abs().max(SMALL));
    }

    /// Counts a comparison whose deviation is a share of a tolerance of its own.
    pub(super) fn within(&mut self, got: f64, want: f64, tolerance: f64) {
        self.deviates((got - want).abs() / tolerance);
    }

    /// Counts a comparison that only equality passes.
    pub(super) fn same<T: PartialEq>(&mut self, got: &T, want: &T) {
        self.worst_error = if got == want { self.worst_error } else { 1.0 };
        self.count(got == want);
    }

    /// Counts something that cannot be compared.
    pub(super) fn missing(&mut self) {
        self.deviates(f64::NAN);
    }

    /// Counts a deviation; one that is not a number fails.
    fn deviates(&mut self, error: f64) {
        self.worst_error = if error.is_nan() { error } else { self.worst_error.max(error) };
        self.count(error <= self.tolerance);
    }

    fn count(&mut self, passed: bool) {
        if passed { self.passed += 1 } else { self.failed += 1 }
    }
}
