//! Facts: what we believed and did, for the report and the screen. A replay does not need them, it
//! reproduces them.

use super::field::plain;
use crate::market::{Cloid, CoinIx, KillLimit, KillState, KillStatus, Oid, Tid};
use crate::num::{Bps, Lots, Nanos, Pos, Px, Q24, Qty, Side, Usd, WallMs};

plain! {
    /// How far one side's quote stands from fair, and why: the parts add up to the distance.
    pub struct Parts {
        /// From the table.
        pub table: Bps,
        /// The asymmetry envelope.
        pub envelope: Bps,
        /// The drift's shift.
        pub shift: Bps,
        /// The cascade's widening.
        pub cascade: Bps,
        /// The floor.
        pub floor: Bps,
        /// Kept from crossing the book.
        pub post_only: Bps,
        /// The venue's price grid.
        pub rounding: Bps,
    }
}

plain! {
    /// What was believed and wanted after a step that quoted. Rendered `viewed fair=… bid=… ask=…`.
    ///
    /// Pairs are by [`Side::index`]; a price of zero means none.
    pub struct View {
        /// The coin.
        pub coin: CoinIx,
        /// What the kill switch said.
        pub kill: KillStatus,
        /// State of the cascade, a side.
        pub cascade: [u8; 2],
        /// Orders of ours that live.
        pub orders_live: u8,
        /// Orders of ours whose state is in doubt.
        pub orders_unknown: u8,
        /// Best prices of the book.
        pub touch: [Px; 2],
        /// The middle between them.
        pub mid: Px,
        /// What we believe the coin is worth.
        pub fair: Px,
        /// The venue's mark.
        pub mark: Px,
        /// The venue's oracle.
        pub oracle: Px,
        /// Our nearest quote, a side.
        pub quote: [Px; 2],
        /// All we want to quote, a side.
        pub quote_qty: [Qty; 2],
        /// Why the nearest quote stands where it does, a side.
        pub parts: [Parts; 2],
        /// The position.
        pub pos: Pos,
        /// The position in order sizes.
        pub lots: Lots,
        /// Middle of the quotes, from fair: long means negative.
        pub skew: Bps,
        /// Expected move of fair.
        pub drift: Bps,
        /// Volatility per square root of a second.
        pub sigma: Bps,
        /// Cascade intensity, a side.
        pub heat: [Q24; 2],
        /// How far the trend stands against the position.
        pub opposed: Q24,
        /// Probability that the trend goes on.
        pub continuation: Q24,
        /// How urgent it is to bring the position home.
        pub urgency: Q24,
        /// Account value at the kill switch's mark.
        pub equity: Usd,
        /// Its highest of the session.
        pub peak: Usd,
        /// Realised before fees.
        pub realised: Usd,
        /// Fees paid.
        pub fees: Usd,
        /// Funding received.
        pub funding: Usd,
        /// How much of each hard limit is used up, 1 being the limit; none without a source.
        pub limits: [Option<Q24>; KillLimit::COUNT],
        /// Requests the venue still grants.
        pub budget: i64,
        /// The table in use, by its number.
        pub table_seq: u64,
        /// Age of the market data.
        pub age: Nanos,
        /// From the frame in our memory to the last request in the queue; 0 when none was made.
        pub took: Nanos,
    }
}

plain! {
    /// A fill of ours was applied. Rendered `filled side=bid px=… qty=…`.
    pub struct Filled {
        /// The coin.
        pub coin: CoinIx,
        /// Our side.
        pub side: Side,
        /// Whether we were the taker.
        pub crossed: bool,
        /// The venue's name for the trade.
        pub tid: Tid,
        /// The venue's name for our order.
        pub oid: Oid,
        /// Our name for it.
        pub cloid: Option<Cloid>,
        /// The venue's time.
        pub venue: WallMs,
        /// Price.
        pub px: Px,
        /// Size.
        pub qty: Qty,
        /// Fee paid.
        pub fee: Usd,
        /// Realised by it, before fees.
        pub closed: Usd,
        /// The position after it.
        pub pos: Pos,
        /// The middle of the book when it was applied.
        pub mid: Px,
        /// Fair when it was applied.
        pub fair: Px,
    }
}

plain! {
    /// The kill switch changed its state. Rendered `turned from=… to=… reason=…`.
    pub struct Turned {
        /// The coin.
        pub coin: CoinIx,
        /// State before.
        pub from: KillState,
        /// State after, and why.
        pub to: KillStatus,
        /// Account value.
        pub equity: Usd,
        /// Its highest of the session.
        pub peak: Usd,
    }
}

plain! {
    /// Risk refused what the quoting wanted. Rendered `refused side=… why=…`.
    pub struct Refused {
        /// The coin.
        pub coin: CoinIx,
        /// The side.
        pub side: Side,
        /// Why, by risk's number.
        pub why: u8,
        /// The price wanted.
        pub px: Px,
        /// The size wanted.
        pub qty: Qty,
    }
}

plain! {
    /// Records were lost because no slot was free; a replay can go no further than here.
    #[derive(Default)]
    pub struct Dropped {
        /// How many.
        pub records: u64,
        /// Their payloads together.
        pub bytes: u64,
    }
}

plain! {
    /// The session ended in good order.
    pub struct End {
        /// Steps of the engine.
        pub steps: u64,
        /// Requests made.
        pub requests: u64,
        /// Fills applied.
        pub fills: u64,
        /// Items the venue rejected.
        pub rejects: u64,
        /// Records lost.
        pub dropped: u64,
        /// Hash of the engine's state.
        pub state_hash: u64,
    }
}

/// A fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made on the hot thread, which has no heap")]
pub enum Fact {
    /// What was believed.
    View(View),
    /// A fill.
    Filled(Filled),
    /// The kill switch changed.
    Turned(Turned),
    /// Risk said no.
    Refused(Refused),
    /// Records were lost.
    Dropped(Dropped),
    /// The end.
    End(End),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::field::{FixedLayout, FixedPart};

    #[test]
    fn layouts_do_not_change_unnoticed() {
        // A change here is a change of the format: see `record::MAJOR`.
        let rows = [
            ("Parts", Parts::BYTES, 56),
            ("View", View::BYTES, 414),
            ("Filled", Filled::BYTES, 100),
            ("Turned", Turned::BYTES, 20),
            ("Refusal", Refused::BYTES, 19),
            ("Dropped", Dropped::BYTES, 16),
            ("End", End::BYTES, 48),
        ];
        for (what, bytes, want) in rows {
            assert_eq!(bytes, want, "{what}");
        }
    }

    #[test]
    fn bytes_stand_where_they_are_said_to() {
        let refusal = Refused {
            coin: CoinIx(3),
            side: Side::Ask,
            why: 7,
            px: Px::from_e8(0x0102),
            qty: Qty::from_e8(1),
        };
        let mut out = FixedPart::new();
        refusal.put(&mut out);
        assert_eq!(out.as_slice(), b"\x03\x01\x07\x02\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0");
        assert_eq!(Refused::take(&mut out.as_slice()), Some(refusal));
    }

    #[test]
    fn a_view_comes_back_field_by_field() {
        // Any bytes below 128 are a view, but for the kill state and the marks of the limits that
        // have a source.
        let limits = 319;
        let mut bytes: Vec<u8> = (0..View::BYTES).map(|at| at.to_le_bytes()[0] % 127).collect();
        for limit in 0..KillLimit::COUNT {
            bytes[limits + limit * Option::<Q24>::BYTES] = 1;
        }
        bytes[1..3].copy_from_slice(&[4, 13]);
        let view = View::take(&mut bytes.as_slice()).expect("a view");
        assert_eq!(view.took.ns().to_le_bytes().as_slice(), &bytes[View::BYTES - 8..]);
        let mut out = FixedPart::new();
        view.put(&mut out);
        assert_eq!(out.as_slice(), bytes);
    }

    #[test]
    fn nonsense_is_refused() {
        let mut bytes = [0u8; Refused::BYTES];
        bytes[1] = 2;
        assert_eq!(Refused::take(&mut bytes.as_slice()), None, "no such side");
        bytes[1] = 0;
        bytes[Refused::BYTES - 1] = 0x80;
        assert_eq!(Refused::take(&mut bytes.as_slice()), None, "a negative size");
        assert_eq!(Refused::take(&mut &bytes[1..]), None, "too short");
    }
}
