//! Our fills on the price chart: buys point up, sells point down.

use super::chart::{Chart, clock, round, whole};
use crate::num::Side;
use crate::report::format::{bps, exact, price};
use crate::report::ledger::{DIVIDING, FillWithMarkouts};
use crate::report::session::Session;
use maud::{Markup, html};

/// Marks drawn at most; of more fills every n-th is drawn.
const MARKS_MAX: usize = 1_500;
/// Half the width of a mark, and its height.
const HALF: f64 = 5.5;
const HEIGHT: f64 = 9.5;

/// A mark for each fill, with its facts under the pointer.
pub fn fills(session: &Session, chart: &Chart) -> Markup {
    let fills = session.ledger().fills();
    let stride = fills.len().div_ceil(MARKS_MAX).max(1);
    html! { g.fills { @for marked in fills.iter().step_by(stride) { (mark(session, chart, marked)) } } }
}

fn mark(session: &Session, chart: &Chart, marked: &FillWithMarkouts) -> Markup {
    let fill = &marked.fill;
    let seconds = fill.at.ns() as f64 / 1e9;
    let (x, y) = (round(chart.across().at(seconds)), round(chart.up().at(whole(fill.px.e8()))));
    let (class, word, down) = match fill.side {
        Side::Bid => ("buy", "bought", HEIGHT),
        Side::Ask => ("sell", "sold", -HEIGHT),
    };
    let later = session.ledger().mid_after(marked, DIVIDING);
    let moved = match fill.side {
        Side::Bid => fill.px.bps_to(later),
        Side::Ask => -fill.px.bps_to(later),
    };
    html! {
        path class=(class) d=(format!("M{x} {y}l{HALF} {down}h-{}z", 2.0 * HALF)) {
            title {
                (clock(seconds)) " " (word) " " (exact(fill.qty.e8())) " at " (price(fill.px))
                ", markout 5 s " (bps(moved, 2)) " bps" @if fill.crossed { ", taker" }
            }
        }
    }
}
