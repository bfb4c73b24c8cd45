//! The book as we believe it: the newest snapshot with the newest best prices on top.
//!
//! The venue sends whole snapshots, some old on arrival, and best prices as they change. A bbo that
//! is newer than the snapshot drops the levels that are better than it and sets the touch.

use super::event::{Bbo, BookFrame, DEPTH, Level};
use crate::num::{Px, Qty, Side, WallMs};

/// Why a message cannot be a state of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBook {
    /// The best bid is at or above the best ask.
    Crossed,
    /// Levels are not strictly ordered from the best outward.
    Unsorted,
    /// A level without price or size.
    EmptyLevel,
    /// Older than what is known already.
    Old,
}

/// Best levels of both sides, best first. At most [`DEPTH`] a side; a side may be empty.
///
/// Invariant: sorted strictly from the best outward, and bid below ask where both exist.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    frame: BookFrame,
    newest: WallMs,
}

impl Default for Book {
    fn default() -> Book {
        Book { frame: BookFrame::EMPTY, newest: WallMs::default() }
    }
}

impl Book {
    /// Takes a snapshot. One older than the newest bbo updates only what lies behind the touch.
    ///
    /// # Errors
    /// The snapshot is crossed, unsorted, has an empty level, or is older than the one we have.
    pub fn replace(&mut self, frame: &BookFrame) -> Result<(), BadBook> {
        check(frame)?;
        if frame.venue < self.frame.venue {
            return Err(BadBook::Old);
        }
        let touch =
            (self.newest > frame.venue).then(|| (self.best(Side::Bid), self.best(Side::Ask)));
        self.frame = *frame;
        match touch {
            None => self.newest = frame.venue,
            Some((bid, ask)) => self.set_touch(bid, ask),
        }
        Ok(())
    }

    /// Takes the best prices of a block.
    ///
    /// # Errors
    /// They are crossed, a level is empty, or they are older than what is known.
    pub fn touch(&mut self, bbo: &Bbo) -> Result<(), BadBook> {
        if bbo.venue < self.newest {
            return Err(BadBook::Old);
        }
        let levels = [bbo.bid, bbo.ask];
        if levels.iter().flatten().any(is_empty) {
            return Err(BadBook::EmptyLevel);
        }
        if let (Some(bid), Some(ask)) = (bbo.bid, bbo.ask)
            && ask.px <= bid.px
        {
            return Err(BadBook::Crossed);
        }
        self.newest = bbo.venue;
        self.set_touch(bbo.bid, bbo.ask);
        Ok(())
    }

    /// The best level of a side.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<Level> {
        self.frame.side(side).first().copied()
    }

    /// The levels of a side, best first.
    #[must_use]
    pub fn levels(&self, side: Side) -> &[Level] {
        self.frame.side(side)
    }

    /// Best bid and ask, when both exist.
    pub fn spread(&self) -> Option<(Level, Level)> {
        Some((self.best(Side::Bid)?, self.best(Side::Ask)?))
    }

    /// The middle of the spread.
    pub fn mid(&self) -> Option<Px> {
        self.spread().map(|(bid, ask)| bid.px.mid(ask.px))
    }

    /// The venue's time of the newest message taken.
    pub fn newest(&self) -> WallMs {
        self.newest
    }

    /// Forgets everything: the connection was lost.
    pub fn clear(&mut self) {
        *self = Book::default();
    }

    /// Makes `bid` and `ask` the touch, on both sides alike.
    fn set_touch(&mut self, bid: Option<Level>, ask: Option<Level>) {
        for (side, best) in [(Side::Bid, bid), (Side::Ask, ask)] {
            match best {
                None => self.frame.len[side.index()] = 0,
                Some(level) => self.set_best(side, level),
            }
        }
    }

    /// Drops the levels of `side` at or better than `best`, then puts `best` in front.
    fn set_best(&mut self, side: Side, best: Level) {
        let index = side.index();
        let len = usize::from(self.frame.len[index]);
        let levels = &mut self.frame.levels[index];
        let kept_from =
            levels[..len].iter().position(|level| best.px.beats(level.px, side)).unwrap_or(len);
        let kept = (len - kept_from).min(DEPTH - 1);
        levels.copy_within(kept_from..kept_from + kept, 1);
        levels[0] = best;
        self.frame.len[index] = u8::try_from(kept + 1).expect("at most DEPTH");
    }
}

/// Whether a level says nothing.
fn is_empty(level: &Level) -> bool {
    level.px <= Px::ZERO || level.qty == Qty::ZERO
}

/// Whether a snapshot is one an exchange could show.
fn check(frame: &BookFrame) -> Result<(), BadBook> {
    for side in Side::BOTH {
        let levels = frame.side(side);
        if levels.iter().any(is_empty) {
            return Err(BadBook::EmptyLevel);
        }
        if levels.windows(2).any(|pair| !pair[0].px.beats(pair[1].px, side)) {
            return Err(BadBook::Unsorted);
        }
    }
    match (frame.side(Side::Bid).first(), frame.side(Side::Ask).first()) {
        (Some(bid), Some(ask)) if ask.px <= bid.px => Err(BadBook::Crossed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
