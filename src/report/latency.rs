//! How long something took, as a distribution.

use super::format::span;
use crate::num::Nanos;
use hdrhistogram::Histogram;

/// The longest span that is told apart: a minute. Longer ones count as this.
const SPAN_MAX: u64 = 60_000_000_000;
const FIGURES: u8 = 3;

/// A distribution of spans of time.
#[derive(Clone, Debug)]
pub struct Latency {
    spans: Histogram<u64>,
}

impl Default for Latency {
    fn default() -> Latency {
        let spans = Histogram::new_with_bounds(1, SPAN_MAX, FIGURES);
        Latency { spans: spans.expect("1 is below SPAN_MAX / 2 and 3 figures are allowed") }
    }
}

impl Latency {
    /// Counts one span; one of a minute or more counts as a minute.
    pub fn record(&mut self, span: Nanos) {
        self.spans.saturating_record(span.ns().clamp(1, SPAN_MAX));
    }

    /// Number of spans recorded.
    pub fn count(&self) -> u64 {
        self.spans.len()
    }

    /// The span that a share of all do not exceed, in nanoseconds; 0 when there is none.
    pub fn quantile_ns(&self, share: f64) -> u64 {
        self.spans.value_at_quantile(share)
    }

    /// As [`Latency::quantile_ns`], for people; a dash when there is none.
    pub fn told(&self, share: f64) -> String {
        if self.count() == 0 { "-".to_owned() } else { span(self.quantile_ns(share)) }
    }

    /// The longest span, in nanoseconds.
    pub fn max_ns(&self) -> u64 {
        self.spans.max()
    }

    /// Counts of spans between powers of `2^(1/4)`: pairs of (upper bound in ns, spans), gaps left out.
    pub fn bars(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bars = self.spans.iter_log(100, 2f64.powf(0.25));
        bars.filter(|bar| bar.count_since_last_iteration() != 0)
            .map(|bar| (bar.value_iterated_to() as f64, bar.count_since_last_iteration()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let mut latency = Latency::default();
        assert_eq!((latency.count(), latency.quantile_ns(0.5)), (0, 0));
        (1..=1_000).for_each(|us| latency.record(Nanos::from_ns(us * 1_000)));
        for (share, want_us) in [(0.5, 500), (0.99, 990), (0.999, 999)] {
            let got = latency.quantile_ns(share);
            assert!(got.abs_diff(want_us * 1_000) <= want_us, "{share}: {got}");
        }
        latency.record(Nanos::from_secs(100));
        assert_eq!(latency.count(), 1_001);
        assert!(latency.max_ns().abs_diff(SPAN_MAX) < SPAN_MAX / 1_000);
        assert_eq!(latency.bars().map(|(_, count)| count).sum::<u64>(), 1_001);
    }
}
