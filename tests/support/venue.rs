//! The double of a venue, for tests and benches: it accepts whatever an engine asks for. Prices and
//! what becomes of an order later are its user's business.

use arrayvec::ArrayVec;
use evenkeel::engine::{Config, Engine, Setup, Sizing};
use evenkeel::market::{
    Action, AssetId, Cloid, Event, Item, Link, Oid, OrderStatus, OrderUpdate, Request, Spec, Stream,
};
use evenkeel::num::{Bps, Px, WallMs};

/// The middle of the market at the beginning, in steps of 1e-8.
pub const MID: i64 = 2_620_000_000;
/// A step of the price grid there.
pub const TICK: i64 = 100_000;
/// Items of the largest request, and more.
const ITEMS: usize = 64;

/// A flat session at [`MID`]; none when `config` has too little capital.
pub fn setup(config: Config, asset: AssetId) -> Option<Setup> {
    let (fee_maker, fee_taker) = (Bps::from_centi(150), Bps::from_centi(450));
    let spec = Spec { asset, sz_decimals: 2, leverage_max: 10, fee_maker, fee_taker };
    let px = Px::from_e8(MID);
    let sizing = Sizing::new(config.capital, config.multiple, &spec, px).ok()?;
    Some(Setup::flat(config, spec, sizing, px))
}

/// What a session hears first: both links are up, and nothing of ours is open.
pub fn opening() -> [Event<'static>; 3] {
    [
        Event::Link(Stream::Market, Link::Up),
        Event::Link(Stream::Orders, Link::Up),
        Event::OpenOrders(&[]),
    ]
}

/// A venue that accepts everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptingVenue {
    oids: u64,
}

/// What it answers to a request, and the orders that end by it.
#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    pub items: ArrayVec<Item, ITEMS>,
    pub gone: ArrayVec<Cloid, ITEMS>,
}

impl AcceptingVenue {
    /// Accepts a request: what it places rests, what it replaces or cancels is gone.
    pub fn accept(&mut self, request: &Request) -> Acceptance {
        let mut answer = Acceptance::default();
        match &request.action {
            Action::Order(places) => places.iter().for_each(|_| answer.items.push(self.rests())),
            Action::BatchModify(replaces) => replaces.iter().for_each(|replace| {
                answer.gone.push(replace.old);
                answer.items.push(self.rests());
            }),
            Action::CancelByCloid(cloids) => cloids.iter().for_each(|&cloid| {
                answer.gone.push(cloid);
                answer.items.push(Item::Canceled);
            }),
            Action::CancelByOid(_)
            | Action::Modify(_)
            | Action::ScheduleCancel(_)
            | Action::UpdateLeverage { .. }
            | Action::UpdateIsolatedMargin { .. }
            | Action::Noop => {}
        }
        answer
    }

    fn rests(&mut self) -> Item {
        self.oids += 1;
        Item::Resting(Oid(self.oids))
    }
}

/// News that an order is cancelled with nothing more filled; none when the engine knows no such order.
pub fn canceled(engine: &Engine, cloid: Cloid, venue: WallMs) -> Option<OrderUpdate> {
    let orders = engine.account().orders.list();
    let order = orders.iter().find(|order| order.place.cloid == cloid)?;
    Some(OrderUpdate {
        coin: engine.setup().coin,
        oid: order.oid.unwrap_or_default(),
        cloid: Some(cloid),
        side: order.place.side,
        px: order.place.px,
        qty: order.place.qty.saturating_sub(order.filled),
        qty_asked: order.place.qty,
        status: OrderStatus::Canceled,
        venue,
    })
}
