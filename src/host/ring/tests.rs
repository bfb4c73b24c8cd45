use super::ring::{pool, ring};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

#[test]
fn a_full_ring_hands_back_what_it_has_no_room_for() {
    let (mut input, mut output) = ring(2);
    assert_eq!((input.push(1), input.push(2), input.push(3)), (Ok(()), Ok(()), Err(3)));
    assert_eq!((output.depth(), output.pop()), (2, Some(1)));
    assert_eq!((output.pop(), output.pop(), output.depth()), (Some(2), None, 0));
}

#[test]
fn an_end_sees_that_the_other_is_gone() {
    let (mut input, mut output) = ring(2);
    assert_eq!(input.push(1), Ok(()));
    assert!(!output.finished() && !input.abandoned());
    drop(input);
    assert!(!output.finished(), "one value is still to be taken out");
    assert_eq!(output.pop(), Some(1));
    assert!(output.finished());

    let (input, output) = ring::<u8>(1);
    drop(output);
    assert!(input.abandoned());
}

#[test]
fn what_remains_in_a_ring_is_dropped_with_it() {
    let value = Arc::new(());
    let (mut input, output) = ring(4);
    assert!(input.push(Arc::clone(&value)).is_ok());
    drop(input);
    drop(output);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_pool_starves_by_name_and_recovers() {
    let mut made = 0;
    let (mut hot, mut cold) = pool(2, || {
        made += 1;
        made
    });
    let (first, second) = (hot.take().expect("made"), hot.take().expect("made"));
    assert_eq!((hot.take(), hot.free()), (None, 0));
    let oldest = *first;
    hot.send(first);
    hot.send(second);
    let slot = cold.receive().expect("sent");
    assert_eq!(*slot, oldest, "oldest first");
    cold.give_back(slot);
    assert_eq!(hot.free(), 1);
}

#[test]
fn the_box_that_came_back_last_is_taken_first() {
    let (mut hot, mut cold) = pool(3, || 0);
    for number in 1..=3 {
        let mut slot = hot.take().expect("made");
        *slot = number;
        hot.send(slot);
    }
    for _ in 0..3 {
        let slot = cold.receive().expect("sent");
        cold.give_back(slot);
    }
    let order: Vec<i32> = std::iter::from_fn(|| hot.take()).map(|slot| *slot).collect();
    assert_eq!(order, [3, 2, 1]);
}

#[test]
#[should_panic(expected = "more boxes came back than the pool made")]
fn a_foreign_box_is_a_bug() {
    let (_hot, mut cold) = pool(1, || 0);
    cold.give_back(Box::new(1));
    cold.give_back(Box::new(2));
}

#[test]
#[should_panic(expected = "more boxes are free than were made")]
fn a_foreign_box_is_not_taken() {
    let (mut hot, mut cold) = pool(1, || 0);
    cold.give_back(Box::new(1));
    hot.take();
}

#[test]
fn two_threads_lose_nothing_and_keep_the_order() {
    const VALUES: u64 = 200_000;
    let (mut input, mut output) = ring(64);
    let sender = std::thread::spawn(move || {
        for value in 0..VALUES {
            let mut pending = value;
            while let Err(back) = input.push(pending) {
                pending = back;
                std::thread::yield_now();
            }
        }
    });
    let mut next = 0;
    while !output.finished() {
        match output.pop() {
            Some(value) => {
                assert_eq!(value, next);
                next += 1;
            }
            None => std::thread::yield_now(),
        }
    }
    assert_eq!(next, VALUES);
    sender.join().expect("the producer does not panic");
}

proptest! {
    /// Against the slow obvious twin.
    #[test]
    fn a_ring_is_a_bounded_queue(capacity in 1usize..9, pushes in proptest::collection::vec(any::<bool>(), 0..200)) {
        let (mut input, mut output) = ring(capacity);
        let mut twin = VecDeque::new();
        for (value, push) in pushes.into_iter().enumerate() {
            if push {
                let room = twin.len() < capacity;
                prop_assert_eq!(input.push(value).is_ok(), room);
                if room {
                    twin.push_back(value);
                }
            } else {
                prop_assert_eq!(output.pop(), twin.pop_front());
            }
            prop_assert_eq!(output.depth(), twin.len());
        }
    }
}
