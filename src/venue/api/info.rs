//! `POST /info`: questions to answers (PROTOCOL 9).

mod aggregate;
pub mod market;
pub mod question;
pub mod render;
pub mod user;

use super::hosted_venue::HostedVenue;
use super::rate_limiter;
use crate::market::Address;
use question::{Question, Span};
use serde_json::{Value, json};

/// What an address may pay at most for a market order, by leverage (PROTOCOL 3.5).
const MARKET_ORDER_MAX: [(u32, &str); 4] =
    [(25, "30000000.0"), (20, "5000000.0"), (10, "2000000.0"), (3, "500000.0")];

/// A question, read: what it is called, and what it asks when it makes sense.
#[derive(Debug)]
pub struct Asked {
    /// Its `type`.
    pub kind: String,
    /// What it costs of the client's weight before its rows are known.
    pub weight: u64,
    /// The account it names.
    user: Option<Address>,
    question: Question,
}

/// Reads a question.
///
/// # Errors
/// It is not JSON or nothing that can be asked; the text goes with HTTP 422.
pub fn read(body: &[u8]) -> Result<Asked, String> {
    let refused = |why: serde_json::Error| {
        format!("Failed to deserialize the JSON body into the target type: {why}")
    };
    let value: Value = serde_json::from_slice(body).map_err(refused)?;
    let kind = value["type"].as_str().unwrap_or_default().to_owned();
    let user = value["user"].as_str().and_then(|user| Address::read(user.as_bytes()));
    let question = serde_json::from_value(value).map_err(refused)?;
    Ok(Asked { weight: rate_limiter::weight_of_info(&kind), kind, user, question })
}

impl Asked {
    /// Answers it, and says what the answer's rows cost. The first question that names an address
    /// opens its account.
    pub fn answer(&self, desk: &mut HostedVenue) -> (Value, u64) {
        if let Some(user) = self.user {
            desk.exchange.open_account(user);
        }
        let answer = about_markets(desk, &self.question)
            .or_else(|| about_trading(desk, &self.question))
            .or_else(|| about_identity(desk, &self.question))
            .unwrap_or(Value::Null);
        let rows = answer.as_array().map_or(0, Vec::len);
        (answer, rate_limiter::weight_of_rows(&self.kind, rows))
    }
}

/// An answer about a dex that may not be named; about an unknown one it is `null`.
fn on(desk: &HostedVenue, dex: &Option<String>, answer: impl FnOnce(usize) -> Value) -> Value {
    desk.dex(dex.as_deref().unwrap_or("")).map_or(Value::Null, answer)
}

/// Markets, books and trades.
fn about_markets(desk: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::Meta { dex } => on(desk, dex, |dex| market::meta(desk, dex)),
        Question::MetaAndAssetCtxs { dex } => {
            on(desk, dex, |dex| json!([market::meta(desk, dex), market::contexts(desk, dex)]))
        }
        Question::AllPerpMetas => {
            (0..desk.dexes().len()).map(|dex| market::meta(desk, dex)).collect()
        }
        Question::MarginTable { id } => market::margin_table(*id),
        Question::PerpDexs => market::dexes(desk),
        Question::PerpDexLimits { dex } => market::dex_limits(desk, dex),
        Question::PerpDexStatus { dex } => match desk.dex(dex) {
            Some(_) => json!({"totalNetDeposit": "0.0"}),
            None => Value::Null,
        },
        Question::PerpsAtOpenInterestCap => json!([]),
        Question::SpotMeta => market::spot_meta(desk),
        Question::SpotMetaAndAssetCtxs => {
            json!([market::spot_meta(desk), market::spot_contexts()])
        }
        Question::AllMids { dex } => on(desk, dex, |dex| Value::Object(market::mids(desk, dex))),
        Question::L2Book { coin, n_sig_figs, mantissa } => {
            market::book(desk, coin, *n_sig_figs, *mantissa, false)
        }
        Question::RecentTrades { coin } => market::recent_trades(desk, coin).into(),
        Question::CandleSnapshot { req } => market::candles(desk, req),
        Question::FundingHistory { coin, start_time, end_time } => {
            market::funding_history(desk, coin, Span::new(*start_time, *end_time))
        }
        Question::PredictedFundings => market::predicted_fundings(desk),
        Question::MaxMarketOrderNtls => json!(MARKET_ORDER_MAX),
        Question::ExchangeStatus => {
            json!({"time": desk.exchange.now().ms(), "specialStatuses": null})
        }
        _ => return None,
    })
}

/// Money, orders and fills of an account.
fn about_trading(desk: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::ClearinghouseState { user, dex } => {
            on(desk, dex, |dex| user::state(desk, user.0, dex))
        }
        Question::SpotClearinghouseState { .. } => user::spot_state(),
        Question::OpenOrders { user, dex } => {
            on(desk, dex, |dex| user::open_orders(desk, user.0, dex))
        }
        Question::FrontendOpenOrders { user, dex } => {
            on(desk, dex, |dex| user::frontend_orders(desk, user.0, dex))
        }
        Question::OrderStatus { user, oid } => user::order_status(desk, user.0, (*oid).into()),
        Question::HistoricalOrders { user } => user::history(desk, user.0).into(),
        Question::UserFills { user } => user::fills(desk, user.0).into(),
        Question::UserFillsByTime { user, start_time, end_time, reversed } => {
            let span = Span::new(*start_time, *end_time);
            user::fills_of(desk, user.0, span, reversed.unwrap_or(false))
        }
        Question::UserFunding { user, start_time, end_time } => {
            let span = Span::new(start_time.unwrap_or(0), *end_time);
            user::fundings_of(desk, user.0, span)
        }
        Question::ActiveAssetData { user, coin } => user::asset_data(desk, user.0, coin),
        Question::UserRateLimit { user } => user::rate_limit(desk, user.0),
        Question::UserFees { .. } => user::fees(desk),
        _ => return None,
    })
}

/// What an address is, and what it has that this exchange does not deal in.
fn about_identity(desk: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::UserRole { user } => user::role(desk, user.0),
        Question::ExtraAgents { user } => user::agents(desk, user.0),
        Question::SubAccounts { .. } => Value::Null,
        Question::UserAbstraction { .. } => json!("disabled"),
        Question::MaxBuilderFee { .. } => json!(0),
        Question::Portfolio { user } => user::portfolio(desk, user.0),
        Question::Referral { user } => user::referral(desk, user.0),
        Question::UserNonFundingLedgerUpdates { .. }
        | Question::UserTwapSliceFills { .. }
        | Question::TwapHistory { .. }
        | Question::UserVaultEquities { .. }
        | Question::Delegations { .. } => json!([]),
        _ => return None,
    })
}
