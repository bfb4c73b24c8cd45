//! What an exchange is made of: dexes, markets, rules.

use crate::market::{AssetId, Spec};
use crate::num::unit::E8;
use crate::num::{Bps, Px, Usd, WallMs};

/// Base maker fee of the first dex, in hundredths of a basis point (PROTOCOL 12.1).
const MAIN_MAKER_CENTI: i64 = 150;
/// Base taker fee of the first dex, in hundredths of a basis point.
const MAIN_TAKER_CENTI: i64 = 450;
/// What a client's account holds at first on the main dex (`clients/README`).
const MAIN_DEPOSIT: Usd = Usd::from_e8(10_000 * E8);
/// What it holds at first on a builder dex.
const BUILDER_DEPOSIT: Usd = Usd::from_e8(1_000 * E8);
/// Volume that opens `scheduleCancel` (PROTOCOL 11).
const SCHEDULE_VOLUME: Usd = Usd::from_e8(1_000_000 * E8);
/// Requests a new address may make (PROTOCOL 10.2).
const BUDGET_INITIAL: u64 = 10_000;
/// Least spacing of blocks (SCENARIOS 1).
const BLOCK_FLOOR_MS: u64 = 40;
/// Mean spacing of blocks.
const BLOCK_MEAN_MS: u64 = 70;
/// Index of USDC among the spot tokens (PROTOCOL 2.3).
const USDC: u32 = 0;
/// Index of USDE, the collateral of `hyna`.
const USDE: u32 = 235;

/// What a whole exchange is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeConfig {
    /// Seed of the block times and of the names of trades.
    pub seed: u64,
    /// Time before the first block.
    pub start: WallMs,
    /// Dexes; the first is the validators' own, with an empty name. A dex's place is its
    /// `perp_dex_index`.
    pub dexes: Vec<DexConfig>,
    /// Markets. Those of a dex must stand in the order of its asset ids.
    pub markets: Vec<MarketConfig>,
    /// How far blocks lie apart.
    pub spacing: Spacing,
    /// What everybody's fees are discounted by, in steps of 1e-8 (PROTOCOL 12.2).
    pub referral_discount_e8: i64,
    /// Rules that can be switched.
    pub rules: Rules,
}

/// The markets of a venue, by the month in which the real one had them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catalogue {
    /// BTC, ETH, SOL and HYPE on the main dex, HYPE and BTC on `hyna`.
    February2026,
}

/// A group of markets with margin of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DexConfig {
    /// Its prefix; empty for the first.
    pub name: String,
    /// Spot token of its collateral.
    pub token: u32,
    /// That token's name, which fills carry as `feeToken`.
    pub token_name: String,
    /// The deployer's fee scale in steps of 1e-8; none on the first dex.
    pub fee_scale_e8: Option<i64>,
    /// What an account holds there when it is opened.
    pub deposit: Usd,
}

/// What one market is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketConfig {
    /// Its name with the dex's prefix.
    pub name: String,
    /// The place of its dex in [`ExchangeConfig::dexes`].
    pub dex: usize,
    /// Asset id, lot, leverage and the fees an account really pays there.
    pub spec: Spec,
    /// Mark and oracle until the world says otherwise.
    pub mark: Px,
    /// Whose flow it is.
    pub fill_model: FillModel,
}

/// How a market treats a world that does not know of the accounts' orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillModel {
    /// Other makers step back from accounts' orders; takers take in price-time order.
    Synthetic,
    /// The recorded book and trades are what they are: accounts' orders are filled when trades go
    /// through their price, when trades have used up the line in front of them, or when the book
    /// crosses them. A taker flow is one recorded print: its limit is the price it traded at.
    Recorded,
}

/// How far blocks lie apart: a floor, and an exponential on top of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// The least distance in milliseconds.
    pub floor_ms: u64,
    /// The mean, floor included.
    pub mean_ms: u64,
}

/// When the world's flow acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowTime {
    /// At its own time, between blocks.
    AtOnce,
    /// In the next block, after post-only actions and cancels (PROTOCOL 12.7).
    InBlock,
}

/// Rules that can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Volume that opens `scheduleCancel`; zero opens it to all.
    pub schedule_volume: Usd,
    /// Requests a new address may make before it has traded.
    pub budget_initial: u64,
    /// Whether volume and requests count only while younger than an hour.
    pub budget_hourly: bool,
    /// When the world's flow acts.
    pub flow: FlowTime,
    /// Whether funding is paid every hour.
    pub funding: bool,
    /// Whether accounts below maintenance are liquidated.
    pub liquidation: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            schedule_volume: SCHEDULE_VOLUME,
            budget_initial: BUDGET_INITIAL,
            budget_hourly: false,
            flow: FlowTime::InBlock,
            funding: true,
            liquidation: true,
        }
    }
}

impl DexConfig {
    /// The validators' own dex.
    pub fn main() -> DexConfig {
        DexConfig {
            name: String::new(),
            token: USDC,
            token_name: "USDC".to_owned(),
            fee_scale_e8: None,
            deposit: MAIN_DEPOSIT,
        }
    }

    /// The builder dex `hyna`, in USDE.
    pub fn hyna() -> DexConfig {
        DexConfig {
            name: "hyna".to_owned(),
            token: USDE,
            token_name: "USDE".to_owned(),
            fee_scale_e8: Some(E8),
            deposit: BUILDER_DEPOSIT,
        }
    }

    /// Maker and taker fee here for an account at the base tier (PROTOCOL 12.1 and 12.2).
    pub fn base_fees(&self) -> [Bps; 2] {
        let base = [Bps::from_centi(MAIN_MAKER_CENTI), Bps::from_centi(MAIN_TAKER_CENTI)];
        let Some(s) = self.fee_scale_e8 else { return base };
        let scale = if s < E8 { E8 + s } else { 2 * s };
        base.map(|fee| Bps::from_ubps(fee.ubps() * scale / E8))
    }
}

impl ExchangeConfig {
    /// An exchange without markets: the main dex and `hyna`, blocks as the venue has them.
    pub fn bare(seed: u64, start: WallMs) -> ExchangeConfig {
        ExchangeConfig {
            seed,
            start,
            dexes: vec![DexConfig::main(), DexConfig::hyna()],
            markets: Vec::new(),
            spacing: Spacing { floor_ms: BLOCK_FLOOR_MS, mean_ms: BLOCK_MEAN_MS },
            referral_discount_e8: 0,
            rules: Rules::default(),
        }
    }

    /// An exchange with the markets of a catalogue.
    pub fn venue(catalogue: Catalogue, seed: u64, start: WallMs) -> ExchangeConfig {
        let mut config = ExchangeConfig::bare(seed, start);
        // dex, coin, decimals of a size, leverage, price in cents
        let rows = match catalogue {
            Catalogue::February2026 => [
                (0, "BTC", 5, 40, 8_414_300),
                (0, "ETH", 4, 25, 282_250),
                (0, "SOL", 2, 20, 14_412),
                (0, "HYPE", 2, 10, 2_620),
                (1, "hyna:HYPE", 2, 10, 2_620),
                (1, "hyna:BTC", 5, 40, 8_414_300),
            ],
        };
        for (dex, name, sz_decimals, leverage_max, cents) in rows {
            config.add(dex, name, sz_decimals, leverage_max, Px::from_e8(cents * (E8 / 100)));
        }
        config
    }

    /// Adds a market at the end of its dex, at the dex's base fees less the discount. Gives its asset
    /// id.
    ///
    /// # Panics
    /// If the dex does not exist.
    pub fn add(
        &mut self,
        dex: usize,
        name: &str,
        sz_decimals: u32,
        leverage_max: u32,
        mark: Px,
    ) -> AssetId {
        let before = self.markets.iter().filter(|market| market.dex == dex).count();
        let number = |place: usize| u32::try_from(place).expect("dexes and markets are few");
        let asset = AssetId::perp(number(dex), number(before)).expect("dexes and markets are few");
        let kept = E8 - self.referral_discount_e8;
        let paid = |fee: Bps| Bps::from_ubps(fee.ubps() * kept / E8);
        let [fee_maker, fee_taker] = self.dexes[dex].base_fees().map(paid);
        let spec = Spec { asset, sz_decimals, leverage_max, fee_maker, fee_taker };
        self.markets.push(MarketConfig {
            name: name.to_owned(),
            dex,
            spec,
            mark,
            fill_model: FillModel::Synthetic,
        });
        asset
    }
}
