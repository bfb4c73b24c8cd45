//! What can be asked of `POST /info`, in the venue's words (PROTOCOL 9 and appendix A).

use super::super::push::topic::{Interval, User};
use crate::market::{Address, Cloid, Oid};
use crate::num::WallMs;
use crate::sim::Target;
use serde::Deserialize;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Question {
    Meta { dex: Option<String> },
    MetaAndAssetCtxs { dex: Option<String> },
    AllPerpMetas,
    MarginTable { id: u32 },
    PerpDexs,
    PerpDexLimits { dex: String },
    PerpDexStatus { dex: String },
    PerpsAtOpenInterestCap,
    SpotMeta,
    SpotMetaAndAssetCtxs,
    AllMids { dex: Option<String> },
    L2Book { coin: String, n_sig_figs: Option<u32>, mantissa: Option<u32> },
    RecentTrades { coin: String },
    CandleSnapshot { req: CandleRange },
    FundingHistory { coin: String, start_time: u64, end_time: Option<u64> },
    PredictedFundings,
    MaxMarketOrderNtls,
    ExchangeStatus,
    ClearinghouseState { user: User, dex: Option<String> },
    SpotClearinghouseState { user: User },
    OpenOrders { user: User, dex: Option<String> },
    FrontendOpenOrders { user: User, dex: Option<String> },
    OrderStatus { user: User, oid: OrderName },
    HistoricalOrders { user: User },
    UserFills { user: User },
    UserFillsByTime { user: User, start_time: u64, end_time: Option<u64>, reversed: Option<bool> },
    UserFunding { user: User, start_time: Option<u64>, end_time: Option<u64> },
    UserNonFundingLedgerUpdates { user: User },
    UserRateLimit { user: User },
    UserFees { user: User },
    ActiveAssetData { user: User, coin: String },
    UserRole { user: User },
    ExtraAgents { user: User },
    SubAccounts { user: User },
    UserAbstraction { user: User },
    MaxBuilderFee { user: User },
    Portfolio { user: User },
    Referral { user: User },
    UserTwapSliceFills { user: User },
    TwapHistory { user: User },
    UserVaultEquities { user: User },
    Delegations { user: User },
}

/// Which candles are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CandleRange {
    /// Market.
    pub coin: String,
    /// Length of a candle.
    pub interval: Interval,
    /// First time, in milliseconds.
    pub start_time: u64,
    /// Last time, in milliseconds.
    pub end_time: Option<u64>,
}

/// An order, by the venue's name or the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OrderName {
    /// The venue's.
    Oid(u64),
    /// The account's.
    Cloid(CloidName),
}

/// `0x` and 32 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CloidName(Cloid);

impl TryFrom<String> for CloidName {
    type Error = String;
    fn try_from(text: String) -> Result<CloidName, String> {
        Cloid::read(text.as_bytes())
            .map(CloidName)
            .ok_or_else(|| format!("{text:?} is not a cloid: 0x and 32 hex digits"))
    }
}

impl From<OrderName> for Target {
    fn from(name: OrderName) -> Target {
        match name {
            OrderName::Oid(oid) => Target::Oid(Oid(oid)),
            OrderName::Cloid(CloidName(cloid)) => Target::Cloid(cloid),
        }
    }
}

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from_ms: u64,
    to_ms: u64,
}

impl Span {
    /// From a time to another, or for ever.
    pub fn new(from_ms: u64, to_ms: Option<u64>) -> Span {
        Span { from_ms, to_ms: to_ms.unwrap_or(u64::MAX) }
    }

    /// Whether it holds a time.
    pub fn holds(&self, at: WallMs) -> bool {
        (self.from_ms..=self.to_ms).contains(&at.ms())
    }
}

impl Question {
    /// The account it names.
    pub fn user(&self) -> Option<Address> {
        match self {
            Question::ClearinghouseState { user, .. }
            | Question::SpotClearinghouseState { user }
            | Question::OpenOrders { user, .. }
            | Question::FrontendOpenOrders { user, .. }
            | Question::OrderStatus { user, .. }
            | Question::HistoricalOrders { user }
            | Question::UserFills { user }
            | Question::UserFillsByTime { user, .. }
            | Question::UserFunding { user, .. }
            | Question::UserNonFundingLedgerUpdates { user }
            | Question::UserRateLimit { user }
            | Question::UserFees { user }
            | Question::ActiveAssetData { user, .. }
            | Question::UserRole { user }
            | Question::ExtraAgents { user }
            | Question::SubAccounts { user }
            | Question::UserAbstraction { user }
            | Question::MaxBuilderFee { user }
            | Question::Portfolio { user }
            | Question::Referral { user }
            | Question::UserTwapSliceFills { user }
            | Question::TwapHistory { user }
            | Question::UserVaultEquities { user }
            | Question::Delegations { user } => Some(user.0),
            _ => None,
        }
    }
}
