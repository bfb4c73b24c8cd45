//! What a session begins with: the instrument, the account and the sizes that follow from them.

use super::rest::{Rest, RestError};
use crate::engine::{Config, Setup, Sizing, SizingError};
use crate::market::spec::PERP_DECIMALS;
use crate::market::{Address, AssetId, CoinIx, Spec};
use crate::num::text::read_e8;
use crate::num::{Bps, Pos, Px, Usd};
use crate::wire::decode::COIN_NAME_MAX;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Micro basis points of a fraction given in steps of 1e-8: 1e10 / 1e8.
const UBPS_PER_E8: i64 = 100;
/// One in steps of 1e-8.
const ONE_E8: i64 = crate::num::unit::E8;

/// What the venue says about an instrument and our account on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// The full name of the coin.
    pub coin: String,
    /// Its dex, empty for the first one.
    pub dex: String,
    /// Its rules and our fees.
    pub spec: Spec,
    /// Its mid price when it was asked for.
    pub mid: Px,
    /// What we have there, at its mark.
    pub account: VenueAccount,
    /// The market of the same asset on the first dex, where the coin is on another and there is one.
    pub reference: Option<String>,
}

impl Bootstrap {
    /// What an engine that trades at a venue begins with. `tag` is in the names of all its orders, and
    /// no other session's.
    ///
    /// # Errors
    /// The capital is too small for the instrument.
    pub fn setup(&self, config: Config, tag: u64) -> Result<Setup, SizingError> {
        let sizing = Sizing::new(config.capital, config.multiple, &self.spec, self.mid)?;
        let mark = self.account.mark().filter(|mark| Px::ZERO < *mark).unwrap_or(self.mid);
        Ok(Setup {
            tag,
            pos: self.account.pos,
            reference: self.reference.as_ref().map(|_| CoinIx(1)),
            live: true,
            ..Setup::flat(config, self.spec, sizing, mark)
        })
    }

    /// The full names of the coins it trades and looks at, by [`CoinIx`].
    #[must_use]
    pub fn coins(&self) -> Vec<String> {
        [Some(self.coin.clone()), self.reference.clone()].into_iter().flatten().collect()
    }
}

/// Why a session cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The venue did not answer.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// There is no such market, but others.
    #[error("the venue has no market {:?}; it has {}", .0, .1.join(", "))]
    NoCoin(String, Vec<String>),
    /// An answer lacks something, or it is not what the protocol says.
    #[error("the venue's answer is not as expected: {0}")]
    Shape(String),
}

/// Reads what a session on `coin` begins with. Also introduces the account to a simulated venue,
/// which opens accounts when it is first asked about them.
///
/// # Errors
/// The venue does not answer, has no such coin, or answers in an unknown shape.
pub fn read(rest: &Rest, coin: &str, account: Address) -> Result<Bootstrap, BootstrapError> {
    let mut asking = Bootstrapping::new(coin, account);
    let mut answer = None;
    loop {
        match asking.step(answer)? {
            BootstrapWish::Ask(question) => answer = Some(rest.info(&question)?),
            BootstrapWish::Begin(bootstrap) => return Ok(bootstrap),
        }
    }
}

/// What is wanted next of a session that begins.
#[derive(Debug)]
pub enum BootstrapWish {
    /// The answer to an `/info` request.
    Ask(Value),
    /// Nothing more: it can begin.
    Begin(Bootstrap),
}

/// The questions a session begins with, one after another; whoever has a connection asks them.
#[derive(Debug)]
pub struct Bootstrapping {
    coin: String,
    dex: String,
    questions: VecDeque<Value>,
    answers: Vec<Value>,
}

impl Bootstrapping {
    /// The questions about a coin and an account.
    #[must_use]
    pub fn new(coin: &str, account: Address) -> Bootstrapping {
        let dex = coin.split_once(':').map_or("", |(dex, _)| dex);
        let user = account.to_string();
        let questions = [
            json!({"type": "meta", "dex": dex}),
            json!({"type": "userFees", "user": user}),
            json!({"type": "allMids", "dex": dex}),
            json!({"type": "clearinghouseState", "user": user, "dex": dex}),
            json!({"type": "allMids"}),
        ];
        let mut questions = VecDeque::from(questions);
        if !dex.is_empty() {
            questions.push_back(json!({"type": "perpDexs"}));
        }
        let (coin, dex) = (coin.to_owned(), dex.to_owned());
        Bootstrapping { coin, dex, questions, answers: Vec::new() }
    }

    /// Takes the answer to the last question, and says what is wanted next.
    ///
    /// # Errors
    /// There is no such coin, or an answer has an unknown shape.
    pub fn step(&mut self, answer: Option<Value>) -> Result<BootstrapWish, BootstrapError> {
        self.answers.extend(answer);
        if let [meta] = &self.answers[..] {
            universe(meta, &self.coin)?; // Nothing more is asked about a coin that is not there.
        }
        match self.questions.pop_front() {
            Some(question) => Ok(BootstrapWish::Ask(question)),
            None => self.begin().map(BootstrapWish::Begin),
        }
    }

    fn begin(&self) -> Result<Bootstrap, BootstrapError> {
        let [meta, fees, mids, state, first_mids, dexs @ ..] = &self.answers[..] else {
            unreachable!("every question was answered");
        };
        let place = universe(meta, &self.coin)?;
        let listed = &meta["universe"][place];
        let market = AssetFees::read(dexs.first(), &self.dex, place)?;
        let growth = listed["growthMode"].as_str() == Some("enabled");
        let spec = Spec {
            asset: market.asset,
            sz_decimals: small(&listed["szDecimals"], "szDecimals")?,
            leverage_max: small(&listed["maxLeverage"], "maxLeverage")?,
            fee_maker: market.fee(fees, "userAddRate", growth)?,
            fee_taker: market.fee(fees, "userCrossRate", growth)?,
        };
        let mid = Px::from_e8(decimal(&mids[&self.coin], "the mid of the coin in allMids")?);
        let is_tradable = Px::ZERO < mid && spec.sz_decimals <= PERP_DECIMALS;
        if !is_tradable || COIN_NAME_MAX < self.coin.len() {
            let what = format!("{} at {mid:?} with {} decimals", self.coin, spec.sz_decimals);
            return Err(BootstrapError::Shape(what));
        }
        let account = VenueAccount::read(state, &self.coin)?;
        let native = self.coin.split_once(':').map_or("", |(_, native)| native);
        let reference = first_mids[native].is_string().then(|| native.to_owned());
        let (coin, dex) = (self.coin.clone(), self.dex.clone());
        Ok(Bootstrap { coin, dex, spec, mid, account, reference })
    }
}

/// What the venue says we have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VenueAccount {
    /// Account value, at the venue's mark.
    pub equity: Usd,
    /// Our position on the coin.
    pub pos: Pos,
    /// What that is worth at the venue's mark; negative when short.
    pub value: Usd,
}

impl VenueAccount {
    /// Reads a `clearinghouseState`.
    ///
    /// # Errors
    /// A field is missing or not a decimal.
    pub fn read(state: &Value, coin: &str) -> Result<VenueAccount, BootstrapError> {
        let equity = decimal(&state["marginSummary"]["accountValue"], "accountValue")?;
        let positions = state["assetPositions"].as_array().map_or(&[][..], Vec::as_slice);
        let ours = positions.iter().find(|row| row["position"]["coin"].as_str() == Some(coin));
        let Some(row) = ours.map(|row| &row["position"]) else {
            return Ok(VenueAccount { equity: Usd::from_e8(equity), ..VenueAccount::default() });
        };
        let pos = decimal(&row["szi"], "szi")?;
        let value = decimal(&row["positionValue"], "positionValue")? * pos.signum();
        let [equity, value] = [equity, value].map(Usd::from_e8);
        Ok(VenueAccount { equity, pos: Pos::from_e8(pos), value })
    }

    /// The mark its value was taken at; none when flat.
    pub fn mark(&self) -> Option<Px> {
        let size = i128::from(self.pos.e8());
        let wide = (i128::from(self.value.e8()) * i128::from(ONE_E8)).checked_div(size)?;
        i64::try_from(wide).ok().map(Px::from_e8)
    }
}

/// The place of a coin in its universe.
fn universe(meta: &Value, coin: &str) -> Result<usize, BootstrapError> {
    let listed = meta["universe"].as_array().map_or(&[][..], Vec::as_slice);
    let open = |row: &&Value| row["isDelisted"].as_bool() != Some(true);
    let names = listed.iter().filter(open).filter_map(|row| row["name"].as_str());
    let found = listed.iter().position(|row| open(&row) && row["name"].as_str() == Some(coin));
    let others = names.map(str::to_owned);
    found.ok_or_else(|| BootstrapError::NoCoin(coin.to_owned(), others.collect()))
}

/// What depends on the dex: the asset's number and what the deployer adds to the fees.
struct AssetFees {
    asset: AssetId,
    /// The deployer's fee scale in steps of 1e-8; none on the first dex.
    scale: Option<i64>,
}

impl AssetFees {
    /// `dexs` is the answer about all of them, which no coin of the first dex needs.
    fn read(dexs: Option<&Value>, dex: &str, place: usize) -> Result<AssetFees, BootstrapError> {
        let Some(dexs) = dexs else {
            return Ok(AssetFees { asset: asset(0, place)?, scale: None });
        };
        let listed = dexs.as_array().map_or(&[][..], Vec::as_slice);
        let number = listed.iter().position(|row| row["name"].as_str() == Some(dex));
        let number =
            number.ok_or_else(|| BootstrapError::Shape(format!("perpDexs lacks {dex:?}")))?;
        let scale = decimal(&listed[number]["deployerFeeScale"], "deployerFeeScale")?;
        Ok(AssetFees { asset: asset(number, place)?, scale: Some(scale) })
    }

    /// The rate named `key`, scaled as PROTOCOL 12.2 says.
    fn fee(&self, fees: &Value, key: &'static str, growth: bool) -> Result<Bps, BootstrapError> {
        let rate = decimal(&fees[key], key)?;
        let discount = fees["activeReferralDiscount"].as_str().map_or(Ok(0), |text| {
            read_e8(text.as_bytes())
                .map_err(|error| BootstrapError::Shape(format!("activeReferralDiscount: {error}")))
        })?;
        Ok(scaled_fee(rate, discount, self.scale, growth))
    }
}

/// A fee rate (steps of 1e-8) after deployer scale, growth mode and referral discount. A rebate is
/// neither scaled by the deployer nor discounted.
fn scaled_fee(rate_e8: i64, discount_e8: i64, scale_e8: Option<i64>, growth: bool) -> Bps {
    let scale = match scale_e8 {
        None => ONE_E8,
        Some(_) if rate_e8 <= 0 => ONE_E8,
        Some(s) if s < ONE_E8 => ONE_E8 + s,
        Some(s) => 2 * s,
    };
    let kept = if rate_e8 <= 0 { ONE_E8 } else { ONE_E8 - discount_e8 };
    let wide = i128::from(rate_e8 * UBPS_PER_E8) * i128::from(scale) * i128::from(kept);
    let whole = i128::from(ONE_E8) * i128::from(ONE_E8) * if growth { 10 } else { 1 };
    let ubps = crate::num::fix::div_round(wide, whole);
    Bps::from_ubps(i64::try_from(ubps).expect("a fee is a small share"))
}

fn asset(dex: usize, place: usize) -> Result<AssetId, BootstrapError> {
    let numbers = u32::try_from(dex).ok().zip(u32::try_from(place).ok());
    let asset = numbers.and_then(|(dex, place)| AssetId::perp(dex, place));
    asset.ok_or_else(|| BootstrapError::Shape(format!("market {place} of dex {dex}")))
}

fn small(value: &Value, name: &str) -> Result<u32, BootstrapError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| BootstrapError::Shape(format!("{name} is {value}, not a whole number")))
}

fn decimal(value: &Value, name: &str) -> Result<i64, BootstrapError> {
    let text = value
        .as_str()
        .ok_or_else(|| BootstrapError::Shape(format!("{name} is {value}, not decimal text")))?;
    read_e8(text.as_bytes())
        .map_err(|error| BootstrapError::Shape(format!("{name} is {text:?}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_what_the_account_really_pays() {
        // what, rate, discount, scale, growth, hundredths of a basis point
        let rows = [
            ("main dex, base tier", 15_000, 0, None, false, 150),
            ("main dex, referred", 15_000, 4_000_000, None, false, 144),
            ("builder dex", 15_000, 0, Some(ONE_E8), false, 300),
            (
                "builder dex, referred: the account of Feb 24",
                15_000,
                4_000_000,
                Some(ONE_E8),
                false,
                288,
            ),
            ("its taker fee", 45_000, 4_000_000, Some(ONE_E8), false, 864),
            ("half a scale", 15_000, 0, Some(ONE_E8 / 2), false, 225),
            ("growth mode", 15_000, 0, Some(ONE_E8), true, 30),
            ("a rebate", -1_000, 4_000_000, Some(ONE_E8), false, -10),
        ];
        for (what, rate, discount, scale, growth, want) in rows {
            assert_eq!(scaled_fee(rate, discount, scale, growth), Bps::from_centi(want), "{what}");
        }
    }

    #[test]
    fn a_market_that_cannot_be_traded_is_refused() {
        let begin = |mid: &str, decimals: u32| {
            let mut asking = Bootstrapping::new("HYPE", Address([7; 20]));
            asking.answers = vec![
                json!({"universe": [{"name": "HYPE", "szDecimals": decimals, "maxLeverage": 10}]}),
                json!({"userAddRate": "0.00015", "userCrossRate": "0.00045"}),
                json!({"HYPE": mid}),
                json!({"marginSummary": {"accountValue": "100"}}),
                json!({}),
            ];
            asking.begin().map(|bootstrap| bootstrap.mid.e8())
        };
        assert_eq!(begin("26.2", 2).ok(), Some(2_620_000_000));
        for (mid, decimals) in [("0", 2), ("-26.2", 2), ("26.2", 7)] {
            let refused = begin(mid, decimals);
            assert!(matches!(refused, Err(BootstrapError::Shape(_))), "{mid}: {refused:?}");
        }
    }

    #[test]
    fn the_account_is_read_from_its_state() {
        let state = json!({"marginSummary": {"accountValue": "1012.5"},
            "assetPositions": [{"position": {"coin": "hyna:HYPE", "szi": "-1.5",
                "positionValue": "57.18"}}]});
        let truth = VenueAccount::read(&state, "hyna:HYPE").expect("sound");
        assert_eq!((truth.equity.e8(), truth.pos.e8()), (101_250_000_000, -150_000_000));
        assert_eq!(truth.mark(), Some(Px::from_e8(3_812_000_000)));
        let flat = VenueAccount::read(&state, "BTC").expect("flat");
        assert_eq!((flat.pos, flat.mark()), (Pos::FLAT, None));
        assert!(VenueAccount::read(&json!({}), "BTC").is_err());
    }
}
