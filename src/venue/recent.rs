//! Lists that keep their newest items.

use std::collections::VecDeque;

/// Appends to a list that keeps the newest `most`.
pub fn keep<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(item);
}
