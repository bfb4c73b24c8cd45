//! The page: complete, small, self-contained, and safe against what a venue may be called.

use super::*;
use crate::journal::fact::{Fact, Turned};
use crate::market::{CoinIx, KillReason, KillState, KillStatus, Snapshot};
use crate::num::{Bps, Nanos, Pos, Px, Q24, Qty, Side, Usd};
use crate::report::{FillRow, Opening, RequestStats, SessionEnd, SessionInfo};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Bytes of the largest page.
const BYTES_MAX: usize = 3 << 20;

/// A made-up session: a random walk, quotes around it, fills where it reaches them.
fn made_up(steps: u64, every_ms: u64, fill_chance: u64) -> Session {
    let info = SessionInfo {
        venue: "embedded".into(),
        coin: "HYPE".into(),
        world: Some("demo".into()),
        began: WallMs::from_ms(1_772_000_000_000),
        position_max: Qty::from_e8(1_890_000_000),
        command: "evenkeel run --for 2m".into(),
    };
    let mut session =
        Session::new(info, Opening { equity: Usd::from_e8(10_000_000_000), pos: Pos::FLAT });
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut between = |low: i64, high: i64| {
        low + i64::try_from(random.next_u64() % (high - low).unsigned_abs()).expect("small")
    };
    let mut mid = 2_620_000_000;
    for n in 0..steps {
        let at = Mono::from_ns(n * every_ms * 1_000_000);
        mid += between(-1_000, 1_001) * 300;
        let px = Px::from_e8(mid);
        session.mid(at, px);
        let skew = Bps::from_ubps(-session.ledger().pos().e8() / 500);
        let quote = |side: i64| Some(px.shifted(Bps::from_ubps(skew.ubps() + side * 4_000_000)));
        let quoting = n % 400 < 380;
        let (bid, ask) = if quoting { (quote(-1), quote(1)) } else { (None, None) };
        let fair = px.shifted(Bps::from_ubps(between(-900_000, 900_000)));
        let used = |share: i64| Some(Q24::ratio(share, 100_000_000));
        let (fall, pos) = (session.ledger().drawdown_max().0.e8(), session.ledger().pos().e8());
        let limits = [used(fall), used(0), used(pos.abs() / 20), None, used(0), None, None];
        let budget = 100 - i64::try_from(n / 50).expect("small")
            + session.ledger().volume().e8() / 10_000_000_000;
        let quote = [bid, ask].map(Option::unwrap_or_default);
        let seen = Snapshot { fair, quote, skew, budget, limits, ..Snapshot::default() };
        session.fact(at, &Fact::Snapshot(seen));
        session.tick_to_quote(Nanos::from_ns(
            between(3_000, 9_000).unsigned_abs() + u64::from(n % 97 == 0) * 40_000,
        ));
        if between(0, 1_000) < i64::try_from(fill_chance).expect("small") && quoting {
            let side = if between(0, 2) == 0 { Side::Bid } else { Side::Ask };
            let px_ours = if side == Side::Bid { bid } else { ask };
            let qty = Qty::from_e8(80_000_000);
            let fill_px = px_ours.expect("quoting");
            let fee = fill_px.notional(qty).share_floor(15, 100_000);
            session.fill(&FillRow { at, side, px: fill_px, qty, fee, mid: px, crossed: false });
        }
    }
    session.requests = RequestStats { requests: 612, orders: 1_190, ..RequestStats::default() };
    let coin = CoinIx(0);
    let run = KillStatus::default();
    let reduce = KillStatus { state: KillState::Reduce, reason: Some(KillReason::Drawdown) };
    for (at_ms, from, to) in [(31_000, run, reduce), (36_000, reduce, run)] {
        let (equity, peak) = (session.ledger().equity(), session.ledger().equity());
        let turned = Turned { coin, from: from.state, to, equity, peak };
        session.fact(Mono::from_ns(at_ms * 1_000_000), &Fact::Turned(turned));
    }
    session.rejected("Post only order would have immediately matched, bbo was 26.2@26.3.");
    session.on_end(SessionEnd {
        at: session.now(),
        why: "the time was up".into(),
        venue_position: Some(session.ledger().pos()),
        venue_equity: Some(session.ledger().equity()),
        open_orders: Some(0),
        signatures_verified: 512,
        skew_at_max: Bps::from_centi(-378),
    });
    session
}

#[test]
fn the_page_shows_the_session_and_loads_nothing() {
    let session = made_up(1_700, 70, 30);
    let page = page(&session);
    if let Some(path) = std::env::var_os("EVENKEEL_PAGE") {
        std::fs::write(path, &page).expect("a path that can be written");
    }
    for want in [
        "HYPE on embedded",
        "the venue agrees",
        "Where the money came from",
        "Tick to quote",
        "Position",
    ] {
        assert!(page.contains(want), "{want}");
    }
    assert_eq!(page.matches("<svg").count(), 6 + 2, "charts over time, and others");
    for foreign in ["http:", "https:", " src=", "<link", "@import", "url(http"] {
        assert!(!page.contains(foreign), "loads something: {foreign}");
    }
}

#[test]
fn the_page_of_a_long_busy_session_stays_small() {
    let page = page(&made_up(60_000, 70, 300));
    assert!(page.len() <= BYTES_MAX, "{} bytes", page.len());
}

#[test]
fn a_session_without_prices_has_a_page_too() {
    for session in [
        Session::new(SessionInfo::default(), Opening::default()),
        made_up(1, 70, 0),
        made_up(2, 70, 0),
    ] {
        let page = page(&session);
        assert!(page.ends_with("</html>") && !page.contains("NaN") && !page.contains("inf "));
    }
}

#[test]
fn what_a_venue_names_is_escaped() {
    let evil = "</title><script>alert(1)</script>\"'&";
    let info = SessionInfo {
        venue: evil.into(),
        coin: evil.into(),
        world: Some(evil.into()),
        command: evil.into(),
        ..SessionInfo::default()
    };
    let mut session = Session::new(info, Opening::default());
    session.mid(Mono::START, Px::from_e8(1_000_000));
    session.mid(Mono::from_ns(1_000_000_000), Px::from_e8(1_000_100));
    session.rejected(evil);
    session.on_end(SessionEnd { why: evil.into(), ..SessionEnd::default() });
    let page = page(&session);
    assert!(!page.contains("<script>alert"), "a name became code");
    assert!(6 <= page.matches("&lt;script&gt;alert").count());
}
