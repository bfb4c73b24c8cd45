//! Lists that keep their newest items.

use std::collections::VecDeque;

/// Appends to a list that keeps the newest `most`.
pub fn keep<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    assert!(0 < most && list.len() <= most, "{} items in a list of {most}", list.len());
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(item);
}
