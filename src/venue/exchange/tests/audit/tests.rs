use super::*;
use crate::market::{Cloid, Level, Tif};
use crate::num::WallMs;
use crate::num::unit::E8;
use crate::venue::action::order::NewOrder;
use crate::venue::action::{ActionWire, Envelope, OrderKey};
use crate::venue::config::Spacing;
use crate::venue::exchange::tests::actions::{
    approval, canceling_any, leverage, margin, modifying, placing, scheduling,
};
use crate::venue::prng::{Prng, Purpose};
use crate::venue::{FillModel, FlowTime, MarketEvent, MarketEventKind};
use std::collections::BTreeSet;

const START: WallMs = WallMs::from_ms(1_790_000_000_000 / 3_600_000 * 3_600_000 + 3_590_000);
const ACCOUNTS: u8 = 5;
const MARKETS: [AssetId; 3] = [AssetId(0), AssetId(1), AssetId(110_000)];
/// Ticks of a cent that the middle may stand at.
const MID_CENTS: i64 = 2_620;

/// A random life of an exchange: everything anyone can do, in any order.
struct Life {
    prng: Prng,
    ex: Exchange,
    audit: Audit,
    out: Vec<Output>,
    at: WallMs,
    oids: Vec<(AssetId, Oid)>,
    mids: [i64; 3],
    asked: u64,
    answered: BTreeSet<u64>,
    fills: usize,
}

impl Life {
    fn new(seed: u64) -> Life {
        let mut prng = Prng::new(seed, Purpose::Script);
        let mut config = ExchangeConfig::bare(seed, START);
        let mark = Px::from_e8(MID_CENTS * (E8 / 100));
        for (dex, name) in [(0, "A"), (0, "B"), (1, "hyna:A")] {
            config.add(dex, name, 2, 10, mark);
        }
        config.markets[1].fill_model =
            if prng.below(2) == 0 { FillModel::Recorded } else { FillModel::Synthetic };
        config.dexes[0].deposit = Usd::from_e8(2_000 * E8);
        config.dexes[1].deposit = Usd::from_e8(500 * E8);
        config.spacing = Spacing { floor_ms: 40, mean_ms: 70 };
        config.rules.flow = if prng.below(2) == 0 { FlowTime::AtOnce } else { FlowTime::InBlock };
        config.rules.schedule_volume = Usd::ZERO;
        let mut ex = Exchange::new(config.clone());
        for n in 1..=ACCOUNTS {
            assert!(ex.open_account(Address([n; 20])));
        }
        Life {
            prng,
            audit: Audit::new(&config),
            ex,
            out: Vec::new(),
            at: START,
            oids: Vec::new(),
            mids: [MID_CENTS; 3],
            asked: 0,
            answered: BTreeSet::new(),
            fills: 0,
        }
    }

    fn step(&mut self) {
        match self.prng.below(10) {
            0..=4 => self.act(),
            5 | 6 => self.quote(),
            7 => self.take(),
            8 => self.mark(),
            _ => self.advance(),
        }
        self.hear();
    }

    /// Hears the news and compares the books.
    fn hear(&mut self) {
        for output in std::mem::take(&mut self.out) {
            if let Err(what) = self.audit.on_output(&output) {
                panic!("{what}");
            }
            match output {
                Output::Order(_, order) if order.status == "open" => {
                    self.oids.push((order.order.asked.asset, order.order.oid));
                }
                Output::Answer { ticket, .. } => {
                    assert!(self.answered.insert(ticket), "{ticket} was answered twice");
                }
                Output::Fill(..) => self.fills += 1,
                _ => {}
            }
        }
        if let Err(what) = self.audit.check(&self.ex) {
            panic!("{what}");
        }
    }

    fn advance(&mut self) {
        self.at = self.at.plus_ms(self.prng.below(400));
        self.ex.advance(self.at, &mut self.out);
    }

    fn market(&mut self) -> usize {
        usize::try_from(self.prng.below(3)).expect("below 3")
    }

    fn flow(&mut self, market: usize, what: MarketEventKind) {
        self.at = self.at.plus_ms(self.prng.below(20));
        self.ex.apply(MarketEvent { at: self.at, asset: MARKETS[market], what }, &mut self.out);
    }

    fn quote(&mut self) {
        let market = self.market();
        self.mids[market] = (self.mids[market] + self.prng.between(-30, 30)).clamp(1_500, 4_000);
        let mid = self.mids[market];
        let gap = self.prng.between(1, 5);
        let mut levels = |sign: i64| -> Vec<Level> {
            let count = i64::try_from(self.prng.below(6)).expect("below 6");
            (0..count)
                .map(|n| Level {
                    px: Px::from_e8((mid + sign * (gap + n)) * (E8 / 100)),
                    qty: Qty::from_e8(self.prng.between(1, 9_000) * (E8 / 100)),
                    count: 1,
                })
                .collect()
        };
        let what = MarketEventKind::Quotes { bids: levels(-1), asks: levels(1) };
        self.flow(market, what);
    }

    fn take(&mut self) {
        let market = self.market();
        let side = self.side();
        let limit = self.mids[market] + side.sign() * self.prng.between(-5, 40);
        let limit = Px::from_e8(limit * (E8 / 100));
        let qty = Qty::from_e8(self.prng.between(1, 5_000) * (E8 / 100));
        self.flow(market, MarketEventKind::Taker { side, limit, qty });
    }

    fn mark(&mut self) {
        let market = self.market();
        let mark = Px::from_e8((self.mids[market] + self.prng.between(-60, 60)) * (E8 / 100));
        self.flow(market, MarketEventKind::Marks { mark, oracle: mark });
    }

    fn side(&mut self) -> Side {
        if self.prng.below(2) == 0 { Side::Bid } else { Side::Ask }
    }

    fn order(&mut self) -> NewOrder {
        let (market, side) = (self.market(), self.side());
        let away = self.prng.between(-8, 25);
        let mut e8 = (self.mids[market] - side.sign() * away) * (E8 / 100);
        if self.prng.below(20) == 0 {
            e8 += self.prng.between(-E8, E8);
        }
        let most = if self.prng.below(4) == 0 { 20_000 } else { 800 };
        let lots = self.prng.between(0, most);
        let tif = [Tif::Alo, Tif::Ioc, Tif::Gtc][self.market()];
        NewOrder {
            asset: MARKETS[market],
            side,
            px: Px::from_e8(e8),
            qty: Qty::from_e8(lots * (E8 / 100)),
            tif,
            reduce_only: self.prng.below(4) == 0,
            cloid: (self.prng.below(2) == 0).then(|| Cloid(u128::from(self.prng.below(50)))),
        }
    }

    fn target(&mut self) -> (AssetId, OrderKey) {
        let count = u64::try_from(self.oids.len()).expect("few");
        if count == 0 || self.prng.below(6) == 0 {
            return (MARKETS[self.market()], Cloid(u128::from(self.prng.below(50))).into());
        }
        let newest = self.prng.below(count.min(20));
        let at = usize::try_from(count - 1 - newest).expect("few");
        let (asset, oid) = self.oids[at];
        (asset, oid.into())
    }

    fn action(&mut self) -> ActionWire {
        let (market, value) = (self.market(), u32::try_from(self.prng.below(12)).expect("few"));
        match self.prng.below(16) {
            0..=6 => placing(&(0..=self.prng.below(3)).map(|_| self.order()).collect::<Vec<_>>()),
            7..=9 => {
                canceling_any(&(0..=self.prng.below(3)).map(|_| self.target()).collect::<Vec<_>>())
            }
            10 | 11 => {
                let ((asset, key), new) = (self.target(), self.order());
                let always = self.prng.below(3) == 0;
                modifying(key, &NewOrder { asset, ..new }, always)
            }
            12 => leverage(MARKETS[market], self.prng.below(2) == 0, value),
            13 => margin(MARKETS[market], self.prng.between(-50_000_000, 50_000_000)),
            14 => scheduling(
                (self.prng.below(2) == 0).then(|| self.at.plus_ms(5_000 + self.prng.below(3_000))),
            ),
            _ => {
                let agent = Address([u8::try_from(50 + self.prng.below(6)).expect("few"); 20]);
                approval(agent, ["", "a", "b", "c", "d"][self.market()])
            }
        }
    }

    fn act(&mut self) {
        self.asked += 1;
        self.at = self.at.plus_ms(self.prng.below(20));
        let one = if self.prng.below(8) == 0 { 50 } else { 1 };
        let signer = Address([one + u8::try_from(self.prng.below(5)).expect("few"); 20]);
        let expires = (self.prng.below(8) == 0).then(|| self.at.plus_ms(self.prng.below(80)));
        let (ticket, nonce) = (self.asked, self.at.ms() + self.asked);
        let action = self.action();
        let envelope = Envelope { ticket, signer, nonce, expires, vault: None, action };
        self.ex.submit(self.at, envelope, &mut self.out);
    }
}

/// No panic, no step of 1e-8 lost, an answer to everything, and real trading on the way.
#[test]
fn the_ledger_agrees_through_random_lives() {
    let (mut fills, mut liquidated) = (0, 0);
    for seed in 0..40 {
        let mut life = Life::new(seed);
        for step in 0..1_500 {
            life.step();
            assert!(life.at >= life.ex.now(), "seed {seed}, step {step}: time ran ahead");
        }
        life.at = life.at.plus_ms(60_000);
        life.ex.advance(life.at, &mut life.out);
        life.hear();
        let answered = u64::try_from(life.answered.len()).expect("few");
        assert_eq!(answered, life.asked, "seed {seed}: every action is answered once");
        fills += life.fills;
        let all = (1..=ACCOUNTS).map(|n| Address([n; 20]));
        liquidated += all
            .flat_map(|who| life.ex.fills(who))
            .filter(|fill| fill.liquidation.is_some())
            .count();
    }
    assert!(5_000 < fills, "only {fills} fills");
    assert!(0 < liquidated, "nobody was liquidated");
}

/// The ledger is no echo: a wrong fill does not pass.
#[test]
fn the_ledger_notices_a_missing_fill() {
    let mut life = Life::new(3);
    let mut skipped = None;
    while skipped.is_none() {
        life.step_without_hearing();
        let at = life.out.iter().position(|output| matches!(output, Output::Fill(..)));
        skipped = at.map(|at| life.out.remove(at));
        for output in std::mem::take(&mut life.out) {
            if life.audit.on_output(&output).is_err() {
                return;
            }
        }
    }
    assert!(life.audit.check(&life.ex).is_err(), "{skipped:?} was not missed");
}

impl Life {
    fn step_without_hearing(&mut self) {
        match self.prng.below(3) {
            0 => self.act(),
            1 => self.quote(),
            _ => self.advance(),
        }
    }
}
