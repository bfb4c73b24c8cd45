//! What can be asked of `POST /info`, in the venue's words (PROTOCOL 9 and appendix A).

use super::super::push::topic::{Interval, User};
use crate::num::WallMs;
use crate::venue::action::OrderKey;
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
    OrderStatus { user: User, oid: OrderKey },
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
