//! Tables: what we asked of the venue, our fills, the summary.

use super::chart::clock;
use crate::num::{Bps, Side, Usd};
use crate::report::format::{bps, exact, fixed, grouped, level, price};
use crate::report::ledger::{DIVIDING, FillWithMarkouts};
use crate::report::session::Session;
use crate::report::text;
use maud::{Markup, html};

/// Fills listed at most, the last ones.
const FILLS_MAX: usize = 200;

/// Changes of the kill switch listed at most, the first ones.
const TURNS_MAX: usize = 30;

/// Messages to the venue and what it refused.
pub fn venue(session: &Session) -> Markup {
    let stats = &session.requests;
    let rejects = &stats.rejects;
    let volume = session.ledger().volume().e8() as f64 / 1e8;
    let each = if volume == 0.0 { 0.0 } else { stats.requests as f64 / volume };
    html! {
        section.card {
            h2 { "Requests" }
            table.pairs {
                tr { th { "messages signed and sent" } td { (grouped(stats.requests.into())) } }
                tr { th { "orders placed or replaced" } td { (grouped(stats.orders.into())) } }
                tr { th { "requests per dollar traded" } td { (format!("{each:.2}")) } }
                @for (text, count) in rejects {
                    tr { th { "refused: " (text) } td { (grouped((*count).into())) } }
                }
                @if rejects.is_empty() { tr { th { "refused by the venue" } td { "0" } } }
            }
        }
    }
}

/// What the kill switch did.
pub fn turns(session: &Session) -> Markup {
    let turns = &session.turns;
    html! {
        section.card {
            h2 { "Kill switch" }
            @if turns.is_empty() { p.note { "It never left RUN." } } @else {
                table.plain {
                    thead { tr { th { "time" } th { "from" } th { "to" } th { "why" } th { "account" } } }
                    tbody {
                        @for (at, turned) in turns.iter().take(TURNS_MAX) {
                            tr {
                                td { (clock(at.ns() as f64 / 1e9)) }
                                td { (turned.from.name()) }
                                td { (turned.to.state.name()) }
                                td { (turned.to.reason_name()) }
                                td { (level(turned.equity, 2)) }
                            }
                        }
                    }
                }
                @if TURNS_MAX < turns.len() { p.note { (turns.len() - TURNS_MAX) " more." } }
            }
        }
    }
}

/// A table of the last fills, with their markouts.
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
                    tbody { @for marked in fills.iter().skip(hidden).rev() { (fill(session, marked)) } }
                }
            }
        }
    }
}

fn fill(session: &Session, marked: &FillWithMarkouts) -> Markup {
    let fill = &marked.fill;
    let later = session.ledger().mid_after(marked, DIVIDING);
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

/// The class of an amount: whether it is a gain or a loss.
pub fn tone(usd: Usd) -> &'static str {
    match usd.e8().signum() {
        1 => "gain",
        -1 => "loss",
        _ => "",
    }
}
