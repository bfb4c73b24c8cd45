//! Bounded rings between two threads, and pools of boxes that circulate through a pair of them.
//!
//! `crossbeam_queue::ArrayQueue` lets anybody push and pop; here each end is one value that cannot
//! be cloned, so a ring has one producer and one consumer by construction. Nothing waits and nothing
//! is dropped: a full ring hands the value back, and an empty pool says so.

// Through `super`, so that `tests/loom_ring.rs` can put loom's in their place.
use super::meeting::{Arc, ArrayQueue, AtomicBool, Ordering};

/// What both ends of a ring share.
#[derive(Debug)]
struct Shared<T> {
    queue: ArrayQueue<T>,
    producer_gone: AtomicBool,
    consumer_gone: AtomicBool,
}

/// The end that puts in.
#[derive(Debug)]
pub struct Producer<T>(Arc<Shared<T>>);

/// The end that takes out.
#[derive(Debug)]
pub struct Consumer<T>(Arc<Shared<T>>);

/// A ring of at most `capacity` values.
///
/// ```
/// let (mut input, mut output) = evenkeel::host::ring::ring(1);
/// assert_eq!(input.push('a'), Ok(()));
/// assert_eq!(input.push('b'), Err('b'), "full: the value comes back");
/// assert_eq!(output.pop(), Some('a'));
/// assert_eq!(output.pop(), None);
/// ```
///
/// # Panics
/// If `capacity` is 0.
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    assert!(0 < capacity, "a ring needs room for at least one value");
    let shared = Arc::new(Shared {
        queue: ArrayQueue::new(capacity),
        producer_gone: AtomicBool::new(false),
        consumer_gone: AtomicBool::new(false),
    });
    (Producer(Arc::clone(&shared)), Consumer(shared))
}

impl<T> Producer<T> {
    /// Puts `value` in. Never waits.
    ///
    /// # Errors
    /// The ring is full: `value` comes back.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        self.0.queue.push(value)
    }

    /// Whether the other end was dropped: nobody will take out any more.
    pub fn abandoned(&self) -> bool {
        self.0.consumer_gone.load(Ordering::Acquire)
    }
}

impl<T> Consumer<T> {
    /// Takes the oldest value out; none when the ring is empty. Never waits.
    pub fn pop(&mut self) -> Option<T> {
        self.0.queue.pop()
    }

    /// Values in the ring at this moment.
    pub fn depth(&self) -> usize {
        self.0.queue.len()
    }

    /// Whether the other end was dropped and everything it put in was taken out.
    pub fn finished(&self) -> bool {
        // In this order: what was pushed before the drop is visible once the drop is.
        self.0.producer_gone.load(Ordering::Acquire) && self.0.queue.is_empty()
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        self.0.producer_gone.store(true, Ordering::Release);
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.0.consumer_gone.store(true, Ordering::Release);
    }
}

/// The end of a pool that fills boxes and sends them.
#[derive(Debug)]
pub struct PoolIn<T> {
    full: Producer<Box<T>>,
    back: Consumer<Box<T>>,
    /// Boxes at hand, the one that came back last on top: its bytes are the warmest. In turns each box
    /// would be cold when its turn comes.
    stack: Vec<Box<T>>,
}

/// The end of a pool that receives full boxes and gives them back.
#[derive(Debug)]
pub struct PoolOut<T> {
    full: Consumer<Box<T>>,
    free: Producer<Box<T>>,
}

/// A pool of `boxes` boxes, each first filled by `make`. They circulate for ever: after this call
/// nothing is allocated.
///
/// ```
/// let (mut hot, mut cold) = evenkeel::host::ring::pool(1, || 0);
/// let mut slot = hot.take().expect("one box was made");
/// *slot = 7;
/// hot.send(slot);
/// assert!(hot.take().is_none(), "it is away");
/// let slot = cold.receive().expect("it was sent");
/// assert_eq!(*slot, 7);
/// cold.give_back(slot);
/// assert!(hot.take().is_some());
/// ```
///
/// # Panics
/// If `boxes` is 0.
pub fn pool<T>(boxes: usize, mut make: impl FnMut() -> T) -> (PoolIn<T>, PoolOut<T>) {
    let (full_in, full_out) = ring(boxes);
    let (free_in, free_out) = ring(boxes);
    let stack = (0..boxes).map(|_| Box::new(make())).collect();
    let hot = PoolIn { full: full_in, back: free_out, stack };
    (hot, PoolOut { full: full_out, free: free_in })
}

impl<T> PoolIn<T> {
    /// A free box, of those the one that came back last; none when all are on their way.
    pub fn take(&mut self) -> Option<Box<T>> {
        while let Some(slot) = self.back.pop() {
            assert!(self.stack.len() < self.stack.capacity(), "more boxes are free than were made");
            self.stack.push(slot);
        }
        self.stack.pop()
    }

    /// Sends a box off. There is always room: the ring holds as many boxes as exist.
    ///
    /// # Panics
    /// If a box was sent that the pool did not make.
    pub fn send(&mut self, slot: Box<T>) {
        let pushed = self.full.push(slot);
        assert!(pushed.is_ok(), "more boxes are on their way than the pool made");
    }

    /// Boxes free at this moment: how many can be taken in a row.
    pub fn free(&self) -> usize {
        self.stack.len() + self.back.depth()
    }

    /// Whether the other end was dropped.
    pub fn abandoned(&self) -> bool {
        self.full.abandoned()
    }
}

impl<T> PoolOut<T> {
    /// The oldest full box; none when nothing is on its way.
    pub fn receive(&mut self) -> Option<Box<T>> {
        self.full.pop()
    }

    /// Gives a box back, to be filled again.
    ///
    /// # Panics
    /// If a box is given back that the pool did not make.
    pub fn give_back(&mut self, slot: Box<T>) {
        let pushed = self.free.push(slot);
        assert!(pushed.is_ok(), "more boxes came back than the pool made");
    }

    /// Whether the other end was dropped and everything it sent was received.
    pub fn finished(&self) -> bool {
        self.full.finished()
    }
}
