//! A session on a terminal: a line a second while it runs, a table when it has ended.

use super::format::{bps, exact, fixed, length, level, money, percent, price, span};
use super::ledger::HORIZONS;
use super::session::{Session, known};
use crate::num::Px;
use std::fmt::Write;

/// What each column of [`line()`] means.
pub fn legend() -> String {
    format!(
        "{:>8} {:>11} {:>7} {:>7} {:>10} {:>7} {:>9} {:>6} {:>9} {:>9}",
        "time", "mid", "bid bps", "ask bps", "position", "skew", "PnL", "fills", "p50", "p99"
    )
}

/// The session at its last moment: mid, distances of our bid and ask from it in bps, position, skew
/// in bps, PnL, fills, and the time from a frame read to the request it caused.
pub fn line(session: &Session) -> String {
    let ledger = session.ledger();
    let (mid, belief) = (ledger.last(), session.believed());
    let [bid, ask] = belief.quote.map(|quote| distance(mid, known(quote)));
    let took = session.took();
    format!(
        "{:>8} {:>11} {bid:>7} {ask:>7} {:>10} {:>7} {:>9} {:>6} {:>9} {:>9}",
        length(session.now().since(crate::num::Mono::START)),
        mid.map_or("-".to_owned(), price),
        exact(ledger.pos().e8()),
        bps(belief.skew, 2),
        money(session.parts().total, 3),
        ledger.fills().len(),
        took.told(0.5),
        took.told(0.99),
    )
}

/// The distance of a quote from the mid in bps, or a dash.
fn distance(mid: Option<Px>, quote: Option<Px>) -> String {
    match (mid, quote) {
        (Some(mid), Some(quote)) => bps(mid.bps_to(quote), 2),
        (Some(_) | None, Some(_) | None) => "-".to_owned(),
    }
}

/// The whole session as a table of words and figures.
pub fn summary(session: &Session) -> String {
    let mut text = String::new();
    for (what, figure) in rows(session) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {what:<22} {figure}");
    }
    text
}

/// The rows of the summary; the page shows the same.
pub(super) fn rows(session: &Session) -> Vec<(&'static str, String)> {
    let (ledger, stats, took) = (session.ledger(), &session.requests, session.took());
    let (fall, share) = ledger.drawdown_max();
    let parts = session.parts();
    let mut rows = vec![
        ("length", length(session.now().since(crate::num::Mono::START))),
        ("fills", format!("{}, {} traded", ledger.fills().len(), level(ledger.volume(), 2))),
        ("position", position(session)),
        ("largest position", format!("{} {}", exact(ledger.pos_max().e8()), session.info.coin)),
        ("capital", account(session)),
        ("PnL", money(parts.total, 4)),
        ("  spread captured", money(parts.spread, 4)),
        ("  markout, 5 s", money(parts.markout, 4)),
        ("  inventory", money(parts.inventory, 4)),
        ("  fees", money(parts.fees, 4)),
        ("  funding", money(parts.funding, 4)),
        ("deepest drawdown", format!("{} ({})", level(fall, 4), percent(share, 2))),
        ("requests", format!("{}, with {} orders", stats.requests, stats.orders)),
        ("refused by the venue", stats.rejects.values().sum::<u64>().to_string()),
    ];
    for (span, markout) in HORIZONS.iter().zip(ledger.markouts()).filter(|(_, m)| m.fills != 0) {
        let what = match span.ms() / 1_000 {
            1 => "markout 1 s",
            5 => "markout 5 s",
            15 => "markout 15 s",
            30 => "markout 30 s",
            _ => "markout 60 s",
        };
        rows.push((what, format!("{} bps of {} fills", bps(markout.mean, 2), markout.fills)));
    }
    if took.count() != 0 {
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| span(took.quantile_ns(share)));
        let count = super::format::grouped(took.count().into());
        rows.push(("tick to quote", format!("p50 {p50}, p99 {p99}, p99.9 {p999} of {count}")));
    }
    rows.extend(ending(session));
    rows
}

/// Our position, and the venue's when it was asked.
fn position(session: &Session) -> String {
    let ours = session.ledger().pos();
    let text = format!("{} {}", exact(ours.e8()), session.info.coin);
    match session.end().and_then(|end| end.venue_position) {
        Some(venue) if venue == ours => format!("{text}, the venue agrees"),
        Some(venue) => format!("{text}, BUT THE VENUE SAYS {}", exact(venue.e8())),
        None => text,
    }
}

/// Our account at the mid, from beginning to end, and the venue's at its mark.
fn account(session: &Session) -> String {
    let (from, to) = (session.opening.equity, session.ledger().equity());
    let ours = format!("{} to {}", level(from, 2), level(to, 2));
    match session.end().and_then(|end| end.venue_equity) {
        Some(venue) => format!("{ours}; the venue holds {}", level(venue, 2)),
        None => ours,
    }
}

/// What is known of the end.
fn ending(session: &Session) -> Vec<(&'static str, String)> {
    let Some(end) = session.end() else { return Vec::new() };
    let mut rows = vec![("open orders at exit", open_orders(end.open_orders))];
    if end.signatures_verified != 0 {
        rows.push(("signatures verified", end.signatures_verified.to_string()));
    }
    if !end.why.is_empty() {
        rows.push(("ended because", end.why.clone()));
    }
    rows.push((
        "skew at full inventory",
        format!("{} bps", fixed(end.skew_at_max.ubps() * 100, 2)),
    ));
    rows
}

/// How many orders are open at the venue, as far as it said.
pub fn open_orders(open: Option<u64>) -> String {
    open.map_or_else(|| "unknown".to_owned(), |open| open.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::fact::Fact;
    use crate::market::Snapshot;
    use crate::num::{Bps, Mono, Nanos, Pos};
    use crate::report::{Opening, SessionEnd, SessionInfo};

    #[test]
    fn a_line_says_what_is_known_and_dashes_what_is_not() {
        let info = SessionInfo { coin: "HYPE".into(), ..SessionInfo::default() };
        let mut session = Session::new(info, Opening::default());
        let empty = line(&session);
        assert_eq!(
            empty.split_whitespace().collect::<Vec<_>>().join(" "),
            "0:00 - - - 0 0.00 $0.000 0 - -"
        );
        session.mid(Mono::from_ns(61_000_000_000), Px::from_e8(2_000_000_000));
        let quote = [Px::from_e8(1_999_000_000), Px::ZERO];
        let seen = Snapshot { quote, skew: Bps::from_centi(-150), ..Snapshot::default() };
        session.fact(session.now(), &Fact::Snapshot(seen));
        session.tick_to_quote(Nanos::from_ns(4_000));
        let full = line(&session);
        let words = full.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words, "1:01 20 -5.00 - 0 -1.50 $0.000 0 4.00 us 4.00 us");
        assert_eq!(full.len(), legend().len(), "columns stand below their names");
    }

    #[test]
    fn a_venue_that_disagrees_is_shown() {
        let mut session = Session::new(SessionInfo::default(), Opening::default());
        let end =
            |e8| SessionEnd { venue_position: Some(Pos::from_e8(e8)), ..SessionEnd::default() };
        session.on_end(end(0));
        assert!(summary(&session).contains("the venue agrees"));
        session.on_end(end(1));
        assert!(summary(&session).contains("BUT THE VENUE SAYS 0.00000001"));
    }
}
