//! The orders of an account, past and present.

use crate::market::{Oid, Tif};
use crate::num::{Qty, WallMs};
use crate::venue::command::Target;
use crate::venue::output::OrderNews;
use crate::venue::view::OrderView;
use std::collections::VecDeque;

/// Orders kept (PROTOCOL 9.6).
const KEPT: usize = 2_000;

/// Orders by their oid, which only grows.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<OrderView>);

impl History {
    /// Takes an order that was not there before.
    pub(crate) fn open(&mut self, news: OrderNews, tif: Tif) {
        super::keep(&mut self.0, OrderView { news, tif }, KEPT);
    }

    /// An order stands elsewhere from `since` on.
    pub(crate) fn change(&mut self, oid: Oid, qty: Qty, status: &'static str, since: WallMs) {
        if let Some(at) = self.place(oid) {
            let news = &mut self.0[at].news;
            (news.qty, news.status, news.since) = (qty, status, since);
        }
    }

    /// An order was filled in part.
    pub(crate) fn shorten(&mut self, oid: Oid, qty: Qty) {
        if let Some(at) = self.place(oid) {
            self.0[at].news.qty = qty;
        }
    }

    /// An order; the newest one of a name.
    pub(crate) fn find(&self, target: Target) -> Option<&OrderView> {
        match target {
            Target::Oid(oid) => self.place(oid).map(|at| &self.0[at]),
            Target::Cloid(cloid) => {
                self.0.iter().rev().find(|order| order.news.cloid == Some(cloid))
            }
        }
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &VecDeque<OrderView> {
        &self.0
    }

    fn place(&self, oid: Oid) -> Option<usize> {
        self.0.binary_search_by_key(&oid, |order| order.news.oid).ok()
    }
}
