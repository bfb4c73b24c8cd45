//! A session as one HTML file that opens offline: no font, script or picture from elsewhere.
//!
//! Charts are inline SVG drawn here. Everything a venue names goes through maud, which escapes it;
//! the page's own policy forbids whatever it does not contain itself.

mod chart;
mod marks;
mod panels;
mod series;
mod side;
mod tables;

use super::format::{bps, exact, length, level, money, percent};
use super::ledger::DIVIDING;
use super::session::Session;
use super::text;
use crate::num::{Mono, WallMs};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use tables::tone;

const STYLE: &str = include_str!("html/style.css");
const HOVER: &str = include_str!("html/hover.js");
/// What the page may load: nothing but what stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The whole page as HTML, from doctype to end.
pub fn page(session: &Session) -> String {
    let info = &session.info;
    let title = format!("{} on {} - evenkeel", info.coin, info.venue);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(session))
                main {
                    (tiles(session))
                    @if session.samples().len() < 2 {
                        p.empty { "The session was too short to draw: fewer than two prices." }
                    } @else {
                        (panels::all(session))
                    }
                    div.columns {
                        (side::parts(session))
                        (side::markouts(session))
                        (side::latency(session))
                        (tables::venue(session))
                        (tables::turns(session))
                    }
                    (tables::fills(session))
                    (tables::summary(session))
                }
                footer {
                    "evenkeel " (env!("CARGO_PKG_VERSION")) ". Prices in dollars per coin, times since the start. "
                    "Equity is valued at the mid. Markout is side x (mid later - price): positive is good for us."
                }
                script { (PreEscaped(HOVER)) }
            }
        }
    };
    markup.into_string()
}

/// What the session is about, and whether its end is in order.
fn header(session: &Session) -> Markup {
    let info = &session.info;
    html! {
        header {
            div.brand { "evenkeel" span { "session report" } }
            h1 { (info.coin) " on " (info.venue) }
            p.about {
                @if let Some(world) = &info.world { "world " b { (world) } " · " }
                (date(info.began)) " · " b { (length(session.now().since(Mono::START))) }
                @if !info.command.is_empty() { " · " code { (info.command) } }
            }
            (verdict(session))
        }
    }
}

/// Whether we and the venue agree at the end.
fn verdict(session: &Session) -> Markup {
    let Some(end) = session.end() else { return html! {} };
    let ours = session.ledger().pos();
    let agrees = end.venue_position.is_none_or(|venue| venue == ours);
    html! {
        ul.verdict {
            @if let Some(venue) = end.venue_position {
                li.(if agrees { "good" } else { "bad" }) {
                    @if agrees { "the venue agrees on the position" }
                    @else { "the venue says the position is " (exact(venue.e8())) }
                }
            }
            li.(if end.open_orders == Some(0) { "good" } else { "bad" }) {
                (text::open_orders(end.open_orders)) " open orders at exit"
            }
            @if end.signatures_verified != 0 {
                li.good { (end.signatures_verified) " signatures verified" }
            }
            @if !end.why.is_empty() { li { "ended because " (end.why) } }
        }
    }
}

/// The figures that matter, large.
fn tiles(session: &Session) -> Markup {
    let (ledger, took) = (session.ledger(), session.took());
    let parts = session.parts();
    let (fall, share) = ledger.drawdown_max();
    let markout = ledger.markouts()[DIVIDING];
    let equity = format!("{} to {}", level(session.opening.equity, 2), level(ledger.equity(), 2));
    let coin = &session.info.coin;
    html! {
        section.tiles {
            (tile("PnL", &money(parts.total, 3), &equity, tone(parts.total)))
            (tile("Fills", &ledger.fills().len().to_string(), &format!("{} traded", level(ledger.volume(), 2)), ""))
            (tile("Markout, 5 s", &format!("{} bps", bps(markout.mean, 2)), &format!("of {} fills", markout.fills), tone(markout.usd)))
            (tile("Position", &exact(ledger.pos().e8()), &format!("{coin}, at most {}", exact(ledger.pos_max().e8())), ""))
            (tile("Deepest drawdown", &percent(share, 2), &level(fall, 3), ""))
            (tile("Tick to quote", &took.told(0.5), &format!("p50; p99 {}", took.told(0.99)), ""))
        }
    }
}

fn tile(what: &str, figure: &str, note: &str, tone: &str) -> Markup {
    html! { div.tile { h3 { (what) } p class=(format!("figure {tone}")) { (figure) } p.note { (note) } } }
}

/// A moment for people, in UTC; nothing when it is outside the calendar.
fn date(at: WallMs) -> String {
    let stamp =
        i64::try_from(at.ms()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(String::new, |stamp| stamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests;
