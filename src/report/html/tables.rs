//! Tables: what we asked of the venue, our fills, the summary.

use super::chart::clock;
use super::tone;
use crate::num::{Bps, Side, Usd};
use crate::report::figure::{bps, exact, fixed, grouped, level, price};
use crate::report::ledger::{DIVIDING, Scored};
use crate::report::session::Session;
use crate::report::text;
use maud::{Markup, html};

/// Fills listed at most, the last ones.
const FILLS_MAX: usize = 200;

/// Messages to the venue and what it refused.
pub fn venue(session: &Session) -> Markup {
    let traffic = session.traffic();
    let volume = session.ledger().volume();
    let each = if volume == Usd::ZERO {
        0.0
    } else {
        traffic.requests as f64 / (volume.e8() as f64 / 1e8)
    };
    html! {
        section.card {
            h2 { "Requests" }
            table.pairs {
                tr { th { "messages signed and sent" } td { (grouped(traffic.requests.into())) } }
                tr { th { "orders placed or replaced" } td { (grouped(traffic.orders.into())) } }
                tr { th { "orders cancelled" } td { (grouped(traffic.cancels.into())) } }
                tr { th { "requests per dollar traded" } td { (format!("{each:.2}")) } }
                @for (text, count) in &traffic.rejects {
                    tr { th { "refused: " (text) } td { (grouped((*count).into())) } }
                }
                @if traffic.rejects.is_empty() { tr { th { "refused by the venue" } td { "0" } } }
            }
        }
    }
}

/// The last fills.
pub fn fills(session: &Session) -> Markup {
    let fills = session.ledger().fills();
    let hidden = fills.len().saturating_sub(FILLS_MAX);
    html! {
        section.card.wide {
            details open[fills.len() <= 40] {
                summary { h2 { "Fills" } span.note { (fills.len()) @if hidden != 0 { ", the last " (FILLS_MAX) " listed" } } }
                table.plain.fills {
                    thead { tr {
                        th { "time" } th { "side" } th { "price" } th { "size" } th { "worth" } th { "fee" }
                        th { "from mid, bps" } th { "markout 5 s, bps" }
                    } }
                    tbody { @for scored in fills.iter().skip(hidden).rev() { (fill(session, scored)) } }
                }
            }
        }
    }
}

fn fill(session: &Session, scored: &Scored) -> Markup {
    let fill = &scored.taken;
    let later = session.ledger().mid_after(scored, DIVIDING);
    let (word, class) = match fill.side {
        Side::Bid => ("buy", "buy"),
        Side::Ask => ("sell", "sell"),
    };
    let ours = |gain: Bps| if fill.side == Side::Bid { gain } else { -gain };
    let markout = ours(fill.px.bps_to(later));
    html! {
        tr {
            td { (clock(fill.at.ns() as f64 / 1e9)) }
            td class=(class) { (word) @if fill.crossed { " (taker)" } }
            td { (price(fill.px)) }
            td { (exact(fill.qty.e8())) }
            td { (level(fill.px.notional(fill.qty), 2)) }
            td { (fixed(fill.fee.e8(), 4)) }
            td { (bps(ours(fill.px.bps_to(fill.mid)), 2)) }
            td class=(tone(Usd::from_e8(markout.ubps()))) { (bps(markout, 2)) }
        }
    }
}

/// The summary, as the terminal shows it.
pub fn summary(session: &Session) -> Markup {
    html! {
        section.card.wide {
            details {
                summary { h2 { "Summary" } span.note { "as on the terminal" } }
                table.pairs {
                    @for (what, figure) in text::rows(session) { tr { th { (what.trim_start()) } td { (figure) } } }
                }
            }
        }
    }
}
