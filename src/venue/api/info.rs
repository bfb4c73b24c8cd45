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
    pub fn answer(&self, venue: &mut HostedVenue) -> (Value, u64) {
        if let Some(user) = self.user {
            venue.exchange.open_account(user);
        }
        let answer = about_markets(venue, &self.question)
            .or_else(|| about_trading(venue, &self.question))
            .or_else(|| about_identity(venue, &self.question))
            .unwrap_or(Value::Null);
        let rows = answer.as_array().map_or(0, Vec::len);
        (answer, rate_limiter::weight_of_rows(&self.kind, rows))
    }
}

/// An answer about a dex that may not be named; about an unknown one it is `null`.
fn on(venue: &HostedVenue, dex: &Option<String>, answer: impl FnOnce(usize) -> Value) -> Value {
    venue.dex(dex.as_deref().unwrap_or("")).map_or(Value::Null, answer)
}

/// Markets, books and trades.
fn about_markets(venue: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::Meta { dex } => on(venue, dex, |dex| market::meta(venue, dex)),
        Question::MetaAndAssetCtxs { dex } => {
            on(venue, dex, |dex| json!([market::meta(venue, dex), market::contexts(venue, dex)]))
        }
        Question::AllPerpMetas => {
            (0..venue.dexes().len()).map(|dex| market::meta(venue, dex)).collect()
        }
        Question::MarginTable { id } => market::margin_table(*id),
        Question::PerpDexs => market::dexes(venue),
        Question::PerpDexLimits { dex } => market::dex_limits(venue, dex),
        Question::PerpDexStatus { dex } => match venue.dex(dex) {
            Some(_) => json!({"totalNetDeposit": "0.0"}),
            None => Value::Null,
        },
        Question::PerpsAtOpenInterestCap => json!([]),
        Question::SpotMeta => market::spot_meta(venue),
        Question::SpotMetaAndAssetCtxs => {
            json!([market::spot_meta(venue), market::spot_contexts()])
        }
        Question::AllMids { dex } => on(venue, dex, |dex| Value::Object(market::mids(venue, dex))),
        Question::L2Book { coin, n_sig_figs, mantissa } => {
            market::book(venue, coin, *n_sig_figs, *mantissa, false)
        }
        Question::RecentTrades { coin } => market::recent_trades(venue, coin).into(),
        Question::CandleSnapshot { req } => market::candles(venue, req),
        Question::FundingHistory { coin, start_time, end_time } => {
            market::funding_history(venue, coin, Span::new(*start_time, *end_time))
        }
        Question::PredictedFundings => market::predicted_fundings(venue),
        Question::MaxMarketOrderNtls => json!(MARKET_ORDER_MAX),
        Question::ExchangeStatus => {
            json!({"time": venue.exchange.now().ms(), "specialStatuses": null})
        }
        _ => return None,
    })
}

/// Money, orders and fills of an account.
fn about_trading(venue: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::ClearinghouseState { user, dex } => {
            on(venue, dex, |dex| user::state(venue, user.0, dex))
        }
        Question::SpotClearinghouseState { .. } => user::spot_state(),
        Question::OpenOrders { user, dex } => {
            on(venue, dex, |dex| user::open_orders(venue, user.0, dex))
        }
        Question::FrontendOpenOrders { user, dex } => {
            on(venue, dex, |dex| user::frontend_orders(venue, user.0, dex))
        }
        Question::OrderStatus { user, oid } => user::order_status(venue, user.0, (*oid).into()),
        Question::HistoricalOrders { user } => user::history(venue, user.0).into(),
        Question::UserFills { user } => user::fills(venue, user.0).into(),
        Question::UserFillsByTime { user, start_time, end_time, reversed } => {
            let span = Span::new(*start_time, *end_time);
            user::fills_of(venue, user.0, span, reversed.unwrap_or(false))
        }
        Question::UserFunding { user, start_time, end_time } => {
            let span = Span::new(start_time.unwrap_or(0), *end_time);
            user::fundings_of(venue, user.0, span)
        }
        Question::ActiveAssetData { user, coin } => user::asset_data(venue, user.0, coin),
        Question::UserRateLimit { user } => user::rate_limit(venue, user.0),
        Question::UserFees { .. } => user::fees(venue),
        _ => return None,
    })
}

/// What an address is, and what it has that this exchange does not deal in.
fn about_identity(venue: &HostedVenue, question: &Question) -> Option<Value> {
    Some(match question {
        Question::UserRole { user } => user::role(venue, user.0),
        Question::ExtraAgents { user } => user::agents(venue, user.0),
        Question::SubAccounts { .. } => Value::Null,
        Question::UserAbstraction { .. } => json!("disabled"),
        Question::MaxBuilderFee { .. } => json!(0),
        Question::Portfolio { user } => user::portfolio(venue, user.0),
        Question::Referral { user } => user::referral(venue, user.0),
        Question::UserNonFundingLedgerUpdates { .. }
        | Question::UserTwapSliceFills { .. }
        | Question::TwapHistory { .. }
        | Question::UserVaultEquities { .. }
        | Question::Delegations { .. } => json!([]),
        _ => return None,
    })
}
