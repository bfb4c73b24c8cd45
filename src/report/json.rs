//! The objects that other programs read (ACCEPTANCE.md): names and units are fixed.

use super::format::{bps_f64, exact};
use super::latency::Latency;
use super::ledger::PnlParts;
use super::session::Session;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of these objects.
pub const SCHEMA: u32 = 1;
/// Ticks below which a distribution says nothing.
const TICKS_MIN: u64 = 1_000;

/// What `run --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The version of this object.
    pub schema: u32,
    /// The venue: `embedded`, `testnet`, `mainnet`, or a recording's name.
    pub venue: String,
    /// The coin's full name.
    pub coin: String,
    /// The simulated world; none on a real venue or a recording.
    pub world: Option<String>,
    /// Length of the session in seconds.
    pub seconds: f64,
    /// Number of our fills.
    pub fills: u64,
    /// Orders placed or replaced.
    pub orders_sent: u64,
    /// Number of signed messages sent.
    pub requests_sent: u64,
    /// Signatures that the embedded exchange verified.
    pub signatures_verified: u64,
    /// Refusals by the venue's text.
    pub rejects: BTreeMap<String, u64>,
    /// Our position as we count it, in coins.
    pub position: String,
    /// Our position as the venue counts it; none when it was not asked.
    pub venue_position: Option<String>,
    /// Account value as the venue counts it, at its mark.
    pub venue_equity: Option<String>,
    /// Our orders that still rest.
    pub open_orders_at_exit: Option<u64>,
    /// Where the change of equity came from, in dollars.
    pub pnl: PnlParts<String>,
    /// Account value at the last mid.
    pub equity: String,
    /// Deepest fall from a peak of equity, as a share of the peak.
    pub drawdown: f64,
    /// What was traded, in dollars.
    pub volume: String,
    /// From a frame read to the request it caused; none below 1,000.
    pub tick_to_quote_ns: Option<Spans>,
    /// Shift of the quotes' middle at the largest long position: negative.
    pub skew_bps_at_max_inventory: f64,
    /// Where the report lies.
    pub report: Option<String>,
}

/// A distribution of spans, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spans {
    /// Half are at most this.
    pub p50: u64,
    /// All but one in a hundred.
    pub p99: u64,
    /// All but one in a thousand.
    pub p999: u64,
    /// Number of spans in the distribution.
    pub count: u64,
}

/// What `replay` of a journal prints.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// The session as it was.
    #[serde(flatten)]
    pub run: RunReport,
    /// Whether this build did the same, byte for byte.
    pub identical: bool,
    /// Number of requests compared.
    pub actions: u64,
    /// Where it first did not.
    pub first_difference: Option<String>,
}

/// What `replay` of a market data file prints.
#[derive(Clone, Debug, Serialize)]
pub struct MarketReplayReport {
    /// The session, as `run` prints it.
    #[serde(flatten)]
    pub run: RunReport,
    /// Messages of the file.
    pub events: u64,
    /// Messages a second, from the file to the last action.
    pub events_per_s: f64,
    /// The engine and others on the same market, when asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arms: BTreeMap<String, serde_json::Value>,
}

impl RunReport {
    /// The object for a session; `report` is the path of its page.
    pub fn new(session: &Session, report: Option<String>) -> RunReport {
        let (info, ledger, stats) = (&session.info, session.ledger(), &session.requests);
        let end = session.end().cloned().unwrap_or_default();
        RunReport {
            schema: SCHEMA,
            venue: info.venue.clone(),
            coin: info.coin.clone(),
            world: info.world.clone(),
            seconds: session.now().ns() as f64 / 1e9,
            fills: u64::try_from(ledger.fills().len()).unwrap_or(u64::MAX),
            orders_sent: stats.orders,
            requests_sent: stats.requests,
            signatures_verified: end.signatures_verified,
            rejects: stats.rejects.clone(),
            position: exact(ledger.pos().e8()),
            venue_position: end.venue_position.map(|pos| exact(pos.e8())),
            venue_equity: end.venue_equity.map(|usd| exact(usd.e8())),
            open_orders_at_exit: end.open_orders,
            pnl: session.parts().map(|usd| exact(usd.e8())),
            equity: exact(ledger.equity().e8()),
            drawdown: bps_f64(ledger.drawdown_max().1) / 1e4,
            volume: exact(ledger.volume().e8()),
            tick_to_quote_ns: Spans::new(session.took()),
            skew_bps_at_max_inventory: bps_f64(end.skew_at_max),
            report,
        }
    }
}

impl Spans {
    /// The distribution, when it holds enough to say something.
    pub fn new(latency: &Latency) -> Option<Spans> {
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| latency.quantile_ns(share));
        let count = latency.count();
        (TICKS_MIN <= count).then_some(Spans { p50, p99, p999, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Bps, Mono, Nanos, Pos, Px, Qty, Side, Usd};
    use crate::report::{FillRow, Opening, SessionEnd, SessionInfo};

    fn session() -> Session {
        let info = SessionInfo {
            venue: "embedded".into(),
            world: Some("demo".into()),
            ..SessionInfo::default()
        };
        let mut session = Session::new(info, Opening::default());
        session.mid(Mono::START, Px::from_e8(1_000_000_000));
        session.fill(&FillRow {
            at: Mono::from_ns(5),
            side: Side::Ask,
            px: Px::from_e8(1_001_000_000),
            qty: Qty::from_e8(50_000_000),
            fee: Usd::from_e8(7_500),
            mid: Px::from_e8(1_000_000_000),
            crossed: false,
        });
        session.rejected("Order must have minimum value of $10.");
        let venue_position = Some(Pos::from_e8(-50_000_000));
        let skew_at_max = Bps::from_centi(-425);
        let open_orders = Some(0);
        session.on_end(SessionEnd {
            venue_position,
            skew_at_max,
            open_orders,
            ..SessionEnd::default()
        });
        session
    }

    #[test]
    fn the_object_has_the_names_that_others_read() {
        let run = serde_json::to_value(RunReport::new(&session(), Some("a.html".into())))
            .expect("plain data");
        let want = serde_json::json!({
            "schema": 1, "venue": "embedded", "fills": 1, "orders_sent": 0, "requests_sent": 0,
            "signatures_verified": 0, "rejects": {"Order must have minimum value of $10.": 1},
            "position": "-0.5", "venue_position": "-0.5", "open_orders_at_exit": 0,
            "pnl": {"total": "0.004925", "spread": "0.005", "markout": "0", "inventory": "0",
                    "fees": "-0.000075", "funding": "0"},
            "world": "demo", "tick_to_quote_ns": null, "skew_bps_at_max_inventory": -4.25,
            "report": "a.html",
        });
        for (key, want) in want.as_object().expect("an object") {
            assert_eq!(&run[key], want, "{key}");
        }
    }

    #[test]
    fn a_distribution_needs_a_thousand_ticks() {
        let mut latency = Latency::default();
        (0..999).for_each(|_| latency.record(Nanos::from_ns(100)));
        assert_eq!(Spans::new(&latency), None);
        latency.record(Nanos::from_ns(100));
        assert_eq!(
            Spans::new(&latency),
            Some(Spans { p50: 100, p99: 100, p999: 100, count: 1_000 })
        );
    }
}
