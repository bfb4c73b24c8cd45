//! Facts: what we believed and did, for the report and the screen. A replay does not need them, it
//! reproduces them.

use super::field::{FixedLayout, FixedPart, laid_out, plain};
use super::kind::RecordKind;
use crate::market::{
    Cloid, CoinIx, KillLimit, KillState, KillStatus, Oid, QuoteParts, Snapshot, Tid,
};
use crate::num::{Bps, Lots, Nanos, Pos, Px, Q24, Qty, Side, Usd, WallMs};

laid_out! {
    QuoteParts {
        table: Bps,
        envelope: Bps,
        shift: Bps,
        cascade: Bps,
        floor: Bps,
        post_only: Bps,
        rounding: Bps,
    }
    Snapshot {
        coin: CoinIx,
        kill: KillStatus,
        cascade: [u8; 2],
        orders_live: u8,
        orders_unknown: u8,
        touch: [Px; 2],
        mid: Px,
        fair: Px,
        mark: Px,
        oracle: Px,
        quote: [Px; 2],
        quote_qty: [Qty; 2],
        parts: [QuoteParts; 2],
        pos: Pos,
        lots: Lots,
        skew: Bps,
        drift: Bps,
        sigma: Bps,
        heat: [Q24; 2],
        opposed: Q24,
        continuation: Q24,
        urgency: Q24,
        equity: Usd,
        peak: Usd,
        realised: Usd,
        fees: Usd,
        funding: Usd,
        limits: [Option<Q24>; KillLimit::COUNT],
        budget: i64,
        table_seq: u64,
        age: Nanos,
        took: Nanos,
    }
}

plain! {
    /// A fill of ours was applied. Rendered `filled side=bid px=… qty=…`.
    pub struct Filled {
        /// The coin that was filled.
        pub coin: CoinIx,
        /// The side of our order.
        pub side: Side,
        /// Whether we were the taker.
        pub crossed: bool,
        /// The venue's name for the trade.
        pub tid: Tid,
        /// The venue's name for our order.
        pub oid: Oid,
        /// Our name for it.
        pub cloid: Option<Cloid>,
        /// When it traded, by the venue's clock.
        pub venue: WallMs,
        /// The price it traded at.
        pub px: Px,
        /// The size that traded, in coins.
        pub qty: Qty,
        /// The fee paid; a rebate is negative.
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
        /// The coin whose session it is.
        pub coin: CoinIx,
        /// The state before it turned.
        pub from: KillState,
        /// The state after it turned, and why.
        pub to: KillStatus,
        /// Account value at that moment.
        pub equity: Usd,
        /// Its highest of the session.
        pub peak: Usd,
    }
}

plain! {
    /// Risk refused what the quoting wanted. Rendered `refused side=… why=…`.
    pub struct Refused {
        /// The coin of the refused order.
        pub coin: CoinIx,
        /// The side of the refused order.
        pub side: Side,
        /// Why, by risk's number.
        pub why: u8,
        /// The price that was wanted.
        pub px: Px,
        /// The size that was wanted, in coins.
        pub qty: Qty,
    }
}

plain! {
    /// Records were lost because no buffer was free; a replay can go no further than here.
    #[derive(Default)]
    pub struct Dropped {
        /// Number of records that were lost.
        pub records: u64,
        /// The bytes of their payloads, summed.
        pub bytes: u64,
    }
}

plain! {
    /// The session ended in good order.
    pub struct End {
        /// Steps of the engine.
        pub steps: u64,
        /// Requests made in the session.
        pub requests: u64,
        /// Fills applied in the session.
        pub fills: u64,
        /// Items the venue rejected.
        pub rejects: u64,
        /// Records lost in the session.
        pub dropped: u64,
        /// Hash of the engine's state.
        pub state_hash: u64,
    }
}

/// Declares the facts: each has the layout of its struct and the kind of the same name.
macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// One fact of a session, as the journal records it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::large_enum_variant, reason = "made on the hot thread, which has no heap")]
        pub enum Fact { $($(#[$doc])* $name($name),)+ }

        impl Fact {
            /// Its kind of record.
            pub(super) fn kind(&self) -> RecordKind {
                match self { $(Fact::$name(_) => RecordKind::$name,)+ }
            }

            /// Appends its fields to a payload.
            pub(super) fn put(self, out: &mut FixedPart) {
                match self { $(Fact::$name(fact) => fact.put(out),)+ }
            }

            /// Takes the fact of a kind; none when the bytes say nothing, or the kind is no fact's.
            pub(super) fn take(kind: RecordKind, from: &mut &[u8]) -> Option<Fact> {
                $(if kind == RecordKind::$name {
                    return $name::take(from).map(Fact::$name);
                })+
                None
            }
        }
    };
}
facts! {
    /// What the engine believed after a step.
    Snapshot,
    /// A fill of ours was applied.
    Filled,
    /// The kill switch changed.
    Turned,
    /// Risk refused an order the quoting wanted.
    Refused,
    /// Records were lost for want of a buffer.
    Dropped,
    /// The session ended in good order.
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_do_not_change_unnoticed() {
        // A change here is a change of the format: see `record::MAJOR`.
        let rows = [
            ("QuoteParts", QuoteParts::BYTES, 56),
            ("Snapshot", Snapshot::BYTES, 414),
            ("Filled", Filled::BYTES, 100),
            ("Turned", Turned::BYTES, 20),
            ("Refused", Refused::BYTES, 19),
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
    fn a_snapshot_comes_back_field_by_field() {
        // Any bytes below 128 are a snapshot, but for the kill state and the marks of the limits that
        // have a source.
        let limits = 319;
        let mut bytes: Vec<u8> = (0..Snapshot::BYTES).map(|at| at.to_le_bytes()[0] % 127).collect();
        for limit in 0..KillLimit::COUNT {
            bytes[limits + limit * Option::<Q24>::BYTES] = 1;
        }
        bytes[1..3].copy_from_slice(&[4, 13]);
        let snapshot = Snapshot::take(&mut bytes.as_slice()).expect("a snapshot");
        assert_eq!(snapshot.took.ns().to_le_bytes().as_slice(), &bytes[Snapshot::BYTES - 8..]);
        let mut out = FixedPart::new();
        snapshot.put(&mut out);
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
