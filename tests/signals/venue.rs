//! An engine before a venue that accepts everything, with prices read only from the bytes of requests.

#[path = "../support/venue.rs"]
mod support;

use evenkeel::engine::{Config, Engine, Setup};
use evenkeel::market::{
    AssetId, Bbo, CoinIx, Context, Event, Fill, Level, Oid, Place, Reply, ReplyBody, Request,
    Requests, Tid, Trade,
};
use evenkeel::model::glft;
use evenkeel::num::unit::E8;
use evenkeel::num::{Bps, Mono, Nanos, Pos, Px, Qty, Side, Stamp, Usd, WallMs};
use evenkeel::wire::Encoder;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use support::{Acceptance, AcceptingVenue, canceled, opening};
pub use support::{MID, TICK};

/// A setup at the middle price; `lots` is the position it begins with.
pub fn setup(config: Config, lots: i64) -> Option<Setup> {
    let setup = support::setup(config, AssetId(4))?;
    Some(Setup { pos: Pos::from_e8(setup.sizing.lot.e8() * lots), ..setup })
}

/// Settings under which nothing hides a signal: no threshold, no budget, no kill switch.
pub fn open_handed() -> Config {
    let mut config = Config::default();
    (config.budget.theta, config.budget.theta_min) = (Bps::ZERO, Bps::ZERO);
    config.budget.theta_max = Bps::ZERO;
    config.budget.grace = 1_000_000;
    (config.kill.drawdown_soft_ppm, config.kill.drawdown_hard_ppm) = (900_000, 950_000);
    config.kill.loss_hard_ppm = 950_000;
    config
}

/// A session sent something else than the one beside it.
pub struct Differs;

/// The engine, and what rests at the venue by the bytes it was sent.
pub struct Venue {
    pub engine: Box<Engine>,
    pub now: Stamp,
    /// Side and price by name.
    pub resting: BTreeMap<String, (Side, i64)>,
    /// Everything that was sent, and what the kill switch said after each event.
    pub sent: Vec<u8>,
    /// What was sent in another session like this one; as soon as this one differs it ends, with
    /// [`Differs`] as a panic that nobody is told of.
    pub known: Option<Arc<[u8]>>,
    /// How old messages of the market are when they arrive.
    pub lag_ms: u64,
    /// Whether the venue answers.
    pub answers: bool,
    /// Whether a table that is wished for is built.
    pub builds: bool,
    encoder: Box<Encoder>,
    compared: usize,
    accepting: AcceptingVenue,
    tids: u64,
    position: Pos,
}

impl Venue {
    /// Links up, nothing open, the first table, a quiet market.
    pub fn open(setup: Setup) -> Venue {
        Venue::beside(setup, None)
    }

    /// The same, beside another session.
    pub fn beside(setup: Setup, known: Option<Arc<[u8]>>) -> Venue {
        let now = Stamp { mono: Mono::from_ns(1), wall: WallMs::from_ms(1_790_000_000_000) };
        let mut venue = Venue {
            engine: Box::new(Engine::new(setup)),
            now,
            resting: BTreeMap::new(),
            sent: Vec::new(),
            known,
            lag_ms: 0,
            answers: true,
            builds: false,
            encoder: Box::new(Encoder::new(None)),
            compared: 0,
            accepting: AcceptingVenue::default(),
            tids: 0,
            position: setup.pos,
        };
        opening().iter().for_each(|event| venue.tell(event));
        venue.rebuild();
        venue.context(MID);
        venue.market(MID);
        venue
    }

    fn rebuild(&mut self) {
        if let Some(wish) = self.engine.table_wish(self.now.mono) {
            self.sent.extend(format!("{wish:?}").bytes());
            if let Ok(table) = glft::table(&wish) {
                self.tell(&Event::Table(CoinIx(0), &table));
            }
        }
    }

    /// Steps an event; the venue takes what is sent, and what is sent in answer.
    pub fn tell(&mut self, event: &Event<'_>) {
        let mut queue = self.step(event);
        while let Some(request) = queue.pop_front() {
            let unsigned = self.encoder.build(&request, request.id.0);
            self.sent.extend(unsigned.action());
            let action: Value = rmp_serde::from_slice(unsigned.action()).expect("it is msgpack");
            self.note(&action);
            if self.answers {
                queue.extend(self.answer(&request));
            }
        }
    }

    fn step(&mut self, event: &Event<'_>) -> VecDeque<Request> {
        let mut out = Requests::new();
        self.engine.step(self.now, event, &mut out);
        self.sent.push(self.engine.kill().state.number());
        self.sent.extend(self.engine.kill().reason.map(|reason| reason.number()));
        let news = &self.sent[self.compared..];
        let same = |known: &Arc<[u8]>| known[self.compared..].starts_with(news);
        if !self.known.as_ref().is_none_or(same) {
            std::panic::resume_unwind(Box::new(Differs));
        }
        self.compared = self.sent.len();
        out.into_iter().collect()
    }

    /// Puts the orders of an action's bytes where they rest, and takes away those that end.
    fn note(&mut self, action: &Value) {
        let (mut ended, mut placed) = (Vec::new(), Vec::new());
        let list = |key: &str| action[key].as_array().cloned().unwrap_or_default();
        placed.extend(list("orders"));
        for modify in list("modifies") {
            ended.push(modify["oid"].as_str().expect("by name").to_owned());
            placed.push(modify["order"].clone());
        }
        let cancels = list("cancels");
        ended.extend(cancels.iter().filter_map(|c| c["cloid"].as_str()).map(str::to_owned));
        self.resting.retain(|name, _| !ended.contains(name));
        for order in placed {
            let side = if order["b"] == true { Side::Bid } else { Side::Ask };
            let px = order["p"].as_str().expect("a price").as_bytes();
            let px = evenkeel::num::text::read_e8(px).expect("a decimal");
            self.resting.insert(order["c"].as_str().expect("a name").to_owned(), (side, px));
        }
    }

    fn answer(&mut self, request: &Request) -> VecDeque<Request> {
        let Acceptance { items, gone } = self.accepting.accept(request);
        let mut more = VecDeque::new();
        for cloid in gone {
            if let Some(update) = canceled(&self.engine, cloid, self.now.wall) {
                more.extend(self.step(&Event::Orders(&[update])));
            }
        }
        let body = ReplyBody::Items(&items);
        more.extend(self.step(&Event::Reply(Reply { id: request.id, body })));
        more
    }

    pub fn pass(&mut self, ms: u64) {
        let Stamp { mono, wall } = self.now;
        self.now = Stamp { mono: mono + Nanos::from_millis(ms), wall: wall.plus_ms(ms) };
        self.tell(&Event::Wake);
    }

    /// Everybody's clocks are a day later.
    pub fn midnight(&mut self) {
        self.now.wall = self.now.wall.plus_ms(86_400_000);
        self.pass(100);
    }

    /// The best prices `half` ticks either side of `mid`, with these sizes.
    pub fn touch(&mut self, coin: CoinIx, mid: i64, half: i64, sizes: [i64; 2]) {
        let level = |px, qty| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(qty), count: 1 });
        let venue = WallMs::from_ms(self.now.wall.ms() - self.lag_ms);
        let bid = level(mid - half * TICK, sizes[0] * E8);
        let ask = level(mid + half * TICK, sizes[1] * E8);
        self.tell(&Event::Bbo(coin, &Bbo { venue, bid, ask }));
    }

    pub fn market(&mut self, mid: i64) {
        self.touch(CoinIx(0), mid, 1, [40, 40]);
    }

    pub fn context(&mut self, oracle: i64) {
        let px = Px::from_e8(oracle);
        let context = Context { mark: px, oracle: px, funding: Bps::ZERO };
        self.tell(&Event::Context(CoinIx(0), &context));
    }

    /// Seconds of a market that moves by `step` each.
    pub fn walk(&mut self, seconds: u64, from: i64, step: i64) -> i64 {
        let mut mid = from;
        for _ in 0..seconds {
            self.pass(1_000);
            mid += step;
            self.context(mid);
            self.market(mid);
            if self.builds {
                self.rebuild();
            }
        }
        mid
    }

    pub fn trades(&mut self, taker_buys: bool, sizes: &[i64]) {
        let trades: Vec<Trade> = sizes
            .iter()
            .map(|&size| {
                self.tids += 1;
                let away = if taker_buys { TICK } else { -TICK } * (1 + size % 40);
                Trade {
                    venue: self.now.wall,
                    tid: Tid(self.tids),
                    taker_buys,
                    px: Px::from_e8(MID + away),
                    qty: Qty::from_e8(size * E8 / 10),
                }
            })
            .collect();
        self.tell(&Event::Trades(CoinIx(0), &trades));
    }

    /// Our nearest orders of a side are filled, in one message.
    pub fn hit(&mut self, side: Side, count: usize) {
        let orders = self.engine.account().orders.list();
        let mut places: Vec<Place> =
            orders.iter().map(|order| order.place).filter(|p| p.side == side).collect();
        places.sort_by_key(|place| -place.px.e8() * side.sign());
        places.truncate(count);
        let mut fills = Vec::new();
        for place in &places {
            self.tids += 1;
            self.resting.retain(|name, _| *name != format!("0x{:032x}", place.cloid.0));
            fills.push(Fill {
                coin: CoinIx(0),
                venue: self.now.wall,
                tid: Tid(self.tids),
                oid: Oid(1_000_000 + self.tids),
                cloid: Some(place.cloid),
                side,
                px: place.px,
                qty: place.qty,
                fee: Usd::ZERO,
                closed: Usd::ZERO,
                start: self.position,
                crossed: false,
            });
            self.position += place.qty.signed(side);
        }
        self.tell(&Event::Fills { snapshot: false, fills: &fills });
    }

    /// Somebody takes what of ours lies within `reach` of `mid` on a side, and the account's position
    /// becomes `pos`: what our orders do not explain was traded by others of the account.
    pub fn swept(&mut self, side: Side, mid: i64, reach: i64, pos: Pos) {
        let within = |px: i64| (mid - px) * side.sign() <= reach;
        let count = self.resting.values().filter(|row| row.0 == side && within(row.1)).count();
        self.hit(side, count);
        let rest = pos - self.position;
        self.tids += 1;
        let fill = Fill {
            coin: CoinIx(0),
            venue: self.now.wall,
            tid: Tid(self.tids),
            oid: Oid(2_000_000 + self.tids),
            cloid: None,
            side: if rest < Pos::FLAT { Side::Ask } else { Side::Bid },
            px: Px::from_e8(mid),
            qty: rest.size(),
            fee: Usd::ZERO,
            closed: Usd::ZERO,
            start: self.position,
            crossed: false,
        };
        if rest != Pos::FLAT {
            self.position = pos;
            self.tell(&Event::Fills { snapshot: false, fills: &[fill] });
        }
    }

    /// The nearest encoded price of each side.
    pub fn quotes(&self) -> [Option<i64>; 2] {
        Side::BOTH.map(|side| {
            let prices = self.resting.values().filter(|row| row.0 == side).map(|row| row.1);
            prices.max_by_key(|px| px * side.sign())
        })
    }
}
