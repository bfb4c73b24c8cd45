//! How much to rest on a side, and in how many orders (MODEL 4.3, step 7).

use super::Role;
use crate::market::action::LEVELS_MAX;
use crate::num::{Q24, Qty};
use arrayvec::ArrayVec;

/// Sizes of a side's orders, nearest first.
pub type Ladder = ArrayVec<Qty, LEVELS_MAX>;

/// The constants of the sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SizeConfig {
    /// Orders a side, 1 to [`LEVELS_MAX`].
    pub levels: usize,
    /// How fast the adding side shrinks with the share of the position limit.
    pub adding_slope: Q24,
    /// The least factor it shrinks to.
    pub adding_min: Q24,
    /// The most the adding side may rest, as a share of the position limit: one sweep takes it all.
    pub resting_cap: Q24,
    /// The most the reducing side may rest beyond the position, as a share of the limit.
    pub reducing_excess: Q24,
    /// The least an order is worth, in venue's minimums, so that a price move cannot undo it.
    pub order_min: Q24,
}

impl Default for SizeConfig {
    /// MODEL 4.3 and 8.
    fn default() -> SizeConfig {
        SizeConfig {
            levels: 3,
            adding_slope: Q24::ratio(104, 100),
            adding_min: Q24::ratio(20, 100),
            resting_cap: Q24::ratio(15, 100),
            reducing_excess: Q24::ratio(5, 100),
            order_min: Q24::ratio(110, 100),
        }
    }
}

/// What the sizes of a side follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeInputs {
    /// Whether the side adds or reduces; while only reducing is allowed, without a deadband, so
    /// that the smallest remainder can go.
    pub role: Role,
    /// The size of the position.
    pub position: Qty,
    /// The position limit; positive.
    pub position_max: Qty,
    /// The size of one order.
    pub lot: Qty,
    /// The venue's step of sizes.
    pub step: Qty,
    /// The least size the venue takes at this price.
    pub minimum: Qty,
    /// The cascade's size factor, 0 to 1; 0 is no quote.
    pub factor: Q24,
    /// What the position limit leaves, orders in doubt counted as filled.
    pub room: Qty,
    /// What rests on this side and is not ours to change in this step: it counts against the cap.
    pub held: Qty,
    /// Whether only reducing is allowed: never more than the position, and a remainder below the
    /// minimum may close it.
    pub reduce_only: bool,
}

/// The orders of a side: none when the total is below the venue's minimum.
///
/// The total is `levels * lot * factors`, cut to the caps, laid out in whole orders from the
/// nearest level outward; the last one is cut, or dropped when it is too small.
#[must_use]
pub fn ladder(inputs: &SizeInputs, config: &SizeConfig) -> Ladder {
    let safe_min = Qty::from_e8(config.order_min.scale(inputs.minimum.e8())).ceil_to(inputs.step);
    let unit = inputs.lot.max(safe_min);
    let mut left = total(inputs, config).floor_to(inputs.step);
    let mut ladder = Ladder::new();
    while ladder.len() < config.levels.min(LEVELS_MAX) {
        let qty = unit.min(left);
        // A lone order may lie between the minimum and its margin, or close what is left.
        let closes = inputs.reduce_only && qty == inputs.position.saturating_sub(inputs.held);
        let lone_min = if closes { inputs.step } else { inputs.minimum };
        if qty < (if ladder.is_empty() { lone_min } else { safe_min }) {
            break;
        }
        ladder.push(qty);
        left = left.saturating_sub(qty);
    }
    ladder
}

/// What a side may rest in all.
fn total(inputs: &SizeInputs, config: &SizeConfig) -> Qty {
    let levels = i64::try_from(config.levels).expect("a handful");
    let full = inputs.factor.scale_floor(inputs.lot.e8() * levels);
    let limit = inputs.position_max;
    match inputs.role {
        Role::Adding if inputs.reduce_only => Qty::ZERO,
        Role::Adding => {
            let used = Q24::ratio(inputs.position.min(limit).e8(), limit.e8());
            let shrunk = (Q24::ONE - config.adding_slope.times(used)).max(config.adding_min);
            let cap = Qty::from_e8(config.resting_cap.scale_floor(limit.e8()));
            let cap = cap.min(limit.saturating_sub(inputs.position));
            Qty::from_e8(shrunk.scale_floor(full))
                .min(cap.saturating_sub(inputs.held))
                .min(inputs.room)
        }
        Role::Reducing => {
            let excess = Qty::from_e8(config.reducing_excess.scale_floor(limit.e8()));
            let cap = if inputs.reduce_only { inputs.position } else { inputs.position + excess };
            Qty::from_e8(full).min(cap.saturating_sub(inputs.held)).min(inputs.room)
        }
    }
}
