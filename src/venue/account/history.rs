//! The orders of an account, past and present.

use crate::market::Oid;
use crate::num::Qty;
use crate::venue::action::OrderKey;
use crate::venue::output::OrderNews;
use crate::venue::recent::keep;
use std::collections::VecDeque;

/// Orders kept (PROTOCOL 9.6).
const KEPT: usize = 2_000;

/// Orders by their oid, which only grows.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<OrderNews>);

impl History {
    /// Adds an order that was not there before.
    pub(crate) fn open(&mut self, news: OrderNews) {
        let newest = self.0.back().map(|news| news.order.oid);
        assert!(newest < Some(news.order.oid), "oids only grow: {newest:?} before {news:?}");
        keep(&mut self.0, news, KEPT);
    }

    /// An order stands elsewhere.
    pub(crate) fn change(&mut self, news: OrderNews) {
        if let Some(at) = self.place(news.order.oid) {
            self.0[at] = news;
        }
    }

    /// An order was filled in part.
    pub(crate) fn shorten(&mut self, oid: Oid, qty: Qty) {
        if let Some(at) = self.place(oid) {
            self.0[at].order.qty = qty;
        }
    }

    /// An order; the newest one of a name.
    pub(crate) fn find(&self, key: OrderKey) -> Option<&OrderNews> {
        match key {
            OrderKey::Oid(oid) => self.place(Oid(oid)).map(|at| &self.0[at]),
            OrderKey::Cloid(_) => self.0.iter().rev().find(|news| news.order.is(key)),
        }
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &VecDeque<OrderNews> {
        &self.0
    }

    fn place(&self, oid: Oid) -> Option<usize> {
        self.0.binary_search_by_key(&oid, |news| news.order.oid).ok()
    }
}
