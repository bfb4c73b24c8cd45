//! Letters under way, delivered in the order of their time.

use crate::market::OwnedEvent;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Something on its way to the engine.
#[derive(Clone, Debug)]
pub(super) enum Message {
    /// Of the venue, or of the machine it runs on.
    Event(OwnedEvent),
    /// Of a recording; none if it was no business of the engine.
    Recorded(Option<OwnedEvent>),
}

/// Things under way, each with the time of its arrival.
#[derive(Debug)]
pub(super) struct LatencyQueue<T> {
    heap: BinaryHeap<Reverse<Delivery<T>>>,
    number: u64,
}

impl<T> Default for LatencyQueue<T> {
    fn default() -> LatencyQueue<T> {
        LatencyQueue { heap: BinaryHeap::new(), number: 0 }
    }
}

impl<T> LatencyQueue<T> {
    /// Sends something that arrives at `at_ns`.
    pub(super) fn send(&mut self, at_ns: u64, what: T) {
        self.number += 1;
        self.heap.push(Reverse(Delivery { at_ns, number: self.number, what }));
    }

    /// When the next one arrives.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(posted)| posted.at_ns)
    }

    /// The next one, if it arrives no later than `by_ns`.
    pub(super) fn pop_due(&mut self, by_ns: u64) -> Option<T> {
        if by_ns < self.next_ns()? {
            return None;
        }
        self.heap.pop().map(|Reverse(posted)| posted.what)
    }
}

/// Things of one time arrive in the order in which they were sent.
#[derive(Debug)]
struct Delivery<T> {
    at_ns: u64,
    number: u64,
    what: T,
}

impl<T> PartialEq for Delivery<T> {
    fn eq(&self, other: &Delivery<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Delivery<T> {}

impl<T> PartialOrd for Delivery<T> {
    fn partial_cmp(&self, other: &Delivery<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Delivery<T> {
    fn cmp(&self, other: &Delivery<T>) -> Ordering {
        (self.at_ns, self.number).cmp(&(other.at_ns, other.number))
    }
}
