//! Every interleaving of a ring's two ends, and of a pool's.
//!
//! The source of `host::ring` is compiled here a second time with loom's atomics in place of the
//! system's, and a queue under a lock in place of crossbeam's, which loom cannot look into: what is
//! explored is our hand-shake, not their queue.

#[path = "../src/host/ring.rs"]
mod ring;

/// What the source takes from `super`.
mod meeting {
    pub(super) use super::bounded::ArrayQueue;
    pub(super) use loom::sync::Arc;
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering};
}

/// A bounded queue whose every step loom sees.
mod bounded {
    use loom::sync::{Mutex, MutexGuard};
    use std::collections::VecDeque;

    #[derive(Debug)]
    pub struct ArrayQueue<T> {
        values: Mutex<VecDeque<T>>,
        capacity: usize,
    }

    impl<T> ArrayQueue<T> {
        pub fn new(capacity: usize) -> ArrayQueue<T> {
            ArrayQueue { values: Mutex::new(VecDeque::new()), capacity }
        }

        fn values(&self) -> MutexGuard<'_, VecDeque<T>> {
            self.values.lock().expect("no thread panics while it holds the lock")
        }

        pub fn push(&self, value: T) -> Result<(), T> {
            let mut values = self.values();
            if values.len() == self.capacity {
                return Err(value);
            }
            values.push_back(value);
            Ok(())
        }

        pub fn pop(&self) -> Option<T> {
            self.values().pop_front()
        }

        pub fn len(&self) -> usize {
            self.values().len()
        }

        pub fn is_empty(&self) -> bool {
            self.values().is_empty()
        }
    }
}

use ring::{Consumer, pool, ring};
// Not loom's: the count is not part of what is explored.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Switches of thread at any point that are explored (RELIABILITY 4).
const PREEMPTIONS: usize = 3;

/// Runs `story` in every interleaving within the bound, and says how many there were.
fn explore(what: &str, story: impl Fn() + Send + Sync + 'static) {
    let (runs, mut builder) = (Arc::new(AtomicU64::new(0)), loom::model::Builder::new());
    let count = Arc::clone(&runs);
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        story();
    });
    println!("{what}: {} interleavings", runs.load(Ordering::Relaxed));
}

/// Takes everything out until the producer is gone.
fn drained(mut output: Consumer<u32>) -> Vec<u32> {
    let mut values = Vec::new();
    while !output.finished() {
        match output.pop() {
            Some(value) => values.push(value),
            None => loom::thread::yield_now(),
        }
    }
    values
}

#[test]
fn nothing_is_lost_between_the_last_push_and_the_end() {
    explore("ring", || {
        let (mut input, output) = ring(2);
        let producer = loom::thread::spawn(move || {
            (0..3).filter(|&value| input.push(value).is_ok()).collect::<Vec<u32>>()
        });
        let taken = drained(output);
        let put = producer.join().expect("no panic");
        assert_eq!(taken, put, "what was accepted comes out, in order, and nothing else");
        assert!(2 <= put.len(), "there is room for two");
    });
}

#[test]
fn a_producer_learns_that_nobody_takes_out_any_more() {
    explore("abandoned ring", || {
        let (mut input, output) = ring(1);
        let consumer = loom::thread::spawn(move || drop(output));
        let pushed = input.push(7).is_ok();
        assert!(pushed, "there is room for one");
        consumer.join().expect("no panic");
        assert!(input.abandoned());
    });
}

#[test]
fn boxes_circulate_and_each_is_in_one_place() {
    explore("pool", || {
        let (mut hot, mut cold) = pool(1, || 0);
        let filler = loom::thread::spawn(move || {
            let mut sent = 0;
            for round in 1..=2 {
                let Some(mut slot) = hot.take() else { continue };
                sent += 1;
                *slot = round;
                hot.send(slot);
            }
            assert!(hot.free() <= 1);
            (sent, hot)
        });
        let mut received = Vec::new();
        for _ in 0..2 {
            if let Some(slot) = cold.receive() {
                received.push(*slot);
                cold.give_back(slot);
            }
        }
        let (sent, hot) = filler.join().expect("no panic");
        assert!(!hot.abandoned() && !cold.finished());
        drop(hot);
        received.extend(cold.receive().map(|slot| *slot));
        assert!(cold.finished());
        assert!(received.is_sorted(), "{received:?}");
        assert_eq!(received.len() as u64, sent);
    });
}
