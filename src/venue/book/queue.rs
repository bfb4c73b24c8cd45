//! Our place in the line at a price.
//!
//! Other makers' orders at a price are one lump of size. An account's order knows how much of it
//! stands in front. Takers and trades use up the front. When other makers' size shrinks without a
//! trade, each unit of it is equally likely to be the one that left, so the front shrinks in
//! proportion, rounded up; what they add joins behind. An order at a price beyond the levels that
//! the world shows does not know the line it joined: at first sight, all that is shown there
//! counts as being in front.

use crate::num::Qty;

/// What stands in front of an order at its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueuePosition {
    /// Other makers' size in front.
    pub(crate) ahead: Qty,
    /// Whether the world has shown this price since the order came.
    seen: bool,
}

/// What the world shows at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DisplayedSize {
    /// Beyond the levels that are shown.
    Beyond,
    /// This size, possibly none.
    Size(Qty),
}

impl QueuePosition {
    /// The end of the line.
    pub(crate) fn join(shown: DisplayedSize) -> QueuePosition {
        match shown {
            DisplayedSize::Beyond => QueuePosition { ahead: Qty::ZERO, seen: false },
            DisplayedSize::Size(ahead) => QueuePosition { ahead, seen: true },
        }
    }

    /// Other makers' size went from `before` to `after` without a trade.
    pub(crate) fn shift(&mut self, before: DisplayedSize, after: DisplayedSize) {
        let DisplayedSize::Size(after) = after else { return };
        self.ahead = match before {
            DisplayedSize::Size(_) | DisplayedSize::Beyond if !self.seen => after,
            DisplayedSize::Beyond => self.ahead.min(after),
            DisplayedSize::Size(before) if after < before => part(self.ahead, after, before),
            DisplayedSize::Size(_) => self.ahead,
        };
        self.seen = true;
    }

    /// Size at the front of the line is gone.
    pub(crate) fn advance(&mut self, by: Qty) {
        self.ahead = self.ahead.saturating_sub(by);
    }
}

/// `qty * n / d`, rounded up.
fn part(qty: Qty, n: Qty, d: Qty) -> Qty {
    assert!(n <= d, "a part {n:?} of {d:?}");
    let wide = i128::from(qty.e8()) * i128::from(n.e8());
    let up = crate::num::fix::div_ceil(wide, i128::from(d.e8()));
    Qty::from_e8(i64::try_from(up).expect("a part is not more than the whole"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(coins: i64) -> DisplayedSize {
        DisplayedSize::Size(Qty::from_e8(coins))
    }

    #[test]
    fn the_line_shrinks_in_proportion_and_grows_behind() {
        // what, joined at, before, after, want ahead
        let rows = [
            ("nothing there", size(0), size(0), size(5), 0),
            ("half left", size(10), size(10), size(5), 5),
            ("half of twice the line left", size(10), size(20), size(10), 5),
            ("rounded up", size(10), size(20), size(19), 10),
            ("all left", size(10), size(20), size(0), 0),
            ("more came", size(10), size(20), size(30), 10),
            ("out of sight", size(10), size(20), DisplayedSize::Beyond, 10),
            ("back in sight with less", size(10), DisplayedSize::Beyond, size(4), 4),
            ("back in sight with more", size(10), DisplayedSize::Beyond, size(40), 10),
            ("first sight of a line", DisplayedSize::Beyond, DisplayedSize::Beyond, size(7), 7),
            ("first sight of none", DisplayedSize::Beyond, DisplayedSize::Beyond, size(0), 0),
        ];
        for (what, joined, before, after, want) in rows {
            let mut place = QueuePosition::join(joined);
            place.shift(before, after);
            assert_eq!(place.ahead.e8(), want, "{what}");
        }
    }
}
