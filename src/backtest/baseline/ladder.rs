//! One side of a baseline strategy's orders: what rests, and how it is rewritten.

use crate::market::{
    Action, Allowance, AssetId, Cloid, Place, Replace, Request, RequestId, Requests, Tif,
};
use crate::num::{Px, Qty, Side};

/// A difference of size that is worth a request: a fifth.
const SIZE_SLACK: i64 = 5;
/// Micro basis points in a basis point.
const UBPS: f64 = 1e6;

/// An order that was sent and is believed to rest.
#[derive(Clone, Copy, Debug)]
struct SentOrder {
    cloid: Cloid,
    px: Px,
    qty: Qty,
    request: RequestId,
    item: usize,
    answered: bool,
}

/// The orders of a side, best first.
#[derive(Clone, Debug)]
pub(in crate::backtest) struct BaselineLadder {
    side: Side,
    sent: Vec<SentOrder>,
}

/// Where requests are written.
pub(super) struct RequestWriter<'a> {
    pub(super) asset: AssetId,
    pub(super) named: &'a mut u128,
    pub(super) out: &'a mut Requests,
}

impl BaselineLadder {
    pub(super) fn new(side: Side) -> BaselineLadder {
        BaselineLadder { side, sent: Vec::new() }
    }

    /// What remains of an order.
    pub(super) fn on_update(&mut self, cloid: Cloid, qty: Qty, gone: bool) {
        if gone {
            self.sent.retain(|sent| sent.cloid != cloid);
        } else if let Some(sent) = self.sent.iter_mut().find(|sent| sent.cloid == cloid) {
            sent.qty = qty;
        }
    }

    /// A request was answered; `refused` tells which of its items.
    pub(super) fn on_reply(&mut self, id: RequestId, refused: impl Fn(usize) -> bool) {
        self.sent.retain(|sent| sent.request != id || sent.answered || !refused(sent.item));
        self.sent
            .iter_mut()
            .filter(|sent| sent.request == id)
            .for_each(|sent| sent.answered = true);
    }

    /// Whether what rests is so far from what is wanted that it must be rewritten.
    pub(super) fn is_off(&self, wanted: &[(Px, Qty)], slack_bps: f64) -> bool {
        if self.sent.len() != wanted.len() {
            return true;
        }
        self.sent.iter().zip(wanted).any(|(sent, &(px, qty))| {
            let moved = sent.px.bps_to(px).ubps().unsigned_abs() as f64;
            let resized = (sent.qty.e8() - qty.e8()).abs() * SIZE_SLACK;
            slack_bps * UBPS <= moved || qty.e8() < resized
        })
    }

    /// Replaces what rests by what is wanted, level by level.
    pub(super) fn rewrite(&mut self, wanted: &[(Px, Qty)], writer: &mut RequestWriter) {
        let old = std::mem::take(&mut self.sent);
        let both = old.len().min(wanted.len());
        let replaces: Vec<Replace> = old
            .iter()
            .zip(wanted)
            .map(|(old, &level)| Replace { old: old.cloid, new: writer.place(self.side, level) })
            .collect();
        let places: Vec<Place> =
            wanted[both..].iter().map(|&level| writer.place(self.side, level)).collect();
        if !replaces.is_empty() {
            let id = writer.write(Action::BatchModify(replaces.iter().copied().collect()));
            self.keep(replaces.iter().map(|replace| replace.new), id);
        }
        if both < old.len() {
            let gone = old[both..].iter().map(|old| old.cloid).collect();
            writer.write(Action::CancelByCloid(gone));
        }
        if !places.is_empty() {
            let id = writer.write(Action::Order(places.iter().copied().collect()));
            self.keep(places.into_iter(), id);
        }
    }

    fn keep(&mut self, places: impl Iterator<Item = Place>, request: RequestId) {
        self.sent.extend(places.enumerate().map(|(item, place)| {
            let Place { cloid, px, qty, .. } = place;
            SentOrder { cloid, px, qty, request, item, answered: false }
        }));
    }

    /// Orders it believes to rest, for tests.
    #[cfg(test)]
    pub(in crate::backtest) fn resting(&self) -> Vec<(Px, Qty)> {
        self.sent.iter().map(|sent| (sent.px, sent.qty)).collect()
    }
}

impl RequestWriter<'_> {
    fn place(&mut self, side: Side, (px, qty): (Px, Qty)) -> Place {
        *self.named += 1;
        let cloid = Cloid(*self.named);
        Place { cloid, side, px, qty, tif: Tif::Alo, reduce_only: false }
    }

    fn write(&mut self, action: Action) -> RequestId {
        *self.named += 1;
        let number = u64::try_from(*self.named).expect("names are counted from 1");
        let id = RequestId(number);
        self.out.push(Request {
            id,
            asset: self.asset,
            expires: None,
            allows: Allowance::ANY,
            action,
        });
        id
    }
}
