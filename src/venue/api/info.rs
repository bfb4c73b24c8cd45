//! `POST /info`: a table with a row for each question (PROTOCOL 9 and appendix A).

mod aggregate;
pub mod market;
pub mod render;
pub mod user;

use super::hosted_venue::HostedVenue;
use super::keys::Keys;
use super::verify::Malformed;
use serde::de;
use serde_json::{Value, json};

/// What an address may pay at most for a market order, by leverage (PROTOCOL 3.5).
const MARKET_ORDER_MAX: [(u32, &str); 4] =
    [(25, "30000000.0"), (20, "5000000.0"), (10, "2000000.0"), (3, "500000.0")];

/// Something that can be asked.
#[derive(Debug)]
struct Question {
    name: &'static str,
    /// Its keys; `?` ends the name of one that may be missing.
    keys: &'static [&'static str],
    /// What it costs before its rows are known (PROTOCOL 10.1).
    weight: u64,
    /// Rows of its answer that cost one more.
    rows_per_weight: usize,
    answer: fn(&HostedVenue, &Keys) -> Value,
}

const QUESTIONS: &[Question] = &[
    ask("meta", &["dex?"], |v, k| on_dex(v, k, |dex| market::meta(v, dex))),
    ask("metaAndAssetCtxs", &["dex?"], |v, k| {
        on_dex(v, k, |dex| json!([market::meta(v, dex), market::contexts(v, dex)]))
    }),
    ask("allPerpMetas", &[], |v, _| (0..v.dexes().len()).map(|dex| market::meta(v, dex)).collect()),
    ask("marginTable", &["id"], |_, k| market::margin_table(k.id)),
    ask("perpDexs", &[], |v, _| market::dexes(v)),
    ask("perpDexLimits", &["dex"], |v, k| on_dex(v, k, |dex| market::dex_limits(v, dex))),
    ask("perpDexStatus", &["dex"], |v, k| on_dex(v, k, |_| json!({"totalNetDeposit": "0.0"}))),
    ask("perpsAtOpenInterestCap", &[], |_, _| json!([])),
    ask("spotMeta", &[], |v, _| market::spot_meta(v)),
    ask("spotMetaAndAssetCtxs", &[], |v, _| json!([market::spot_meta(v), market::spot_contexts()])),
    ask("allMids", &["dex?"], |v, k| on_dex(v, k, |dex| market::mids(v, dex).into())).weighs(2),
    ask("l2Book", &["coin", "nSigFigs?", "mantissa?"], market::book).weighs(2),
    ask("recentTrades", &["coin"], |v, k| market::recent_trades(v, k.coin()).into()).rows(20),
    ask(
        "candleSnapshot",
        &["req.coin", "req.interval", "req.startTime", "req.endTime?"],
        market::candles,
    )
    .rows(60),
    ask("fundingHistory", &["coin", "startTime", "endTime?"], market::funding_history).rows(20),
    ask("predictedFundings", &[], |v, _| market::predicted_fundings(v)),
    ask("maxMarketOrderNtls", &[], |_, _| json!(MARKET_ORDER_MAX)),
    ask(
        "exchangeStatus",
        &[],
        |v, _| json!({"time": v.exchange.now().ms(), "specialStatuses": null}),
    )
    .weighs(2),
    ask("clearinghouseState", &["user", "dex?"], |v, k| {
        on_dex(v, k, |dex| user::state(v, k.user(), dex))
    })
    .weighs(2),
    ask("spotClearinghouseState", &["user"], |_, _| user::spot_state()).weighs(2),
    ask("openOrders", &["user", "dex?"], |v, k| {
        on_dex(v, k, |dex| user::open_orders(v, k.user(), dex))
    }),
    ask("frontendOpenOrders", &["user", "dex?"], |v, k| {
        on_dex(v, k, |dex| user::frontend_orders(v, k.user(), dex))
    }),
    ask("orderStatus", &["user", "oid"], user::order_status).weighs(2),
    ask("historicalOrders", &["user"], |v, k| user::history(v, k.user()).into()).rows(20),
    ask("userFills", &["user"], |v, k| user::fills(v, k.user()).into()).rows(20),
    ask("userFillsByTime", &["user", "startTime", "endTime?", "reversed?"], user::fills_of)
        .rows(20),
    ask("userFunding", &["user", "startTime?", "endTime?"], user::fundings_of).rows(20),
    ask("userNonFundingLedgerUpdates", &["user"], |_, _| json!([])).rows(20),
    ask("userRateLimit", &["user"], |v, k| user::rate_limit(v, k.user())),
    ask("userFees", &["user"], |v, _| user::fees(v)),
    ask("activeAssetData", &["user", "coin"], |v, k| user::asset_data(v, k.user(), k.coin())),
    ask("userRole", &["user"], |v, k| user::role(v, k.user())).weighs(60),
    ask("extraAgents", &["user"], |v, k| user::agents(v, k.user())),
    ask("subAccounts", &["user"], |_, _| Value::Null),
    ask("userAbstraction", &["user"], |_, _| json!("disabled")),
    ask("maxBuilderFee", &["user"], |_, _| json!(0)),
    ask("portfolio", &["user"], |v, k| user::portfolio(v, k.user())),
    ask("referral", &["user"], |v, k| user::referral(v, k.user())),
    ask("userTwapSliceFills", &["user"], |_, _| json!([])).rows(20),
    ask("twapHistory", &["user"], |_, _| json!([])).rows(20),
    ask("userVaultEquities", &["user"], |_, _| json!([])),
    ask("delegations", &["user"], |_, _| json!([])),
];

/// A question at the usual weight.
const fn ask(
    name: &'static str,
    keys: &'static [&'static str],
    answer: fn(&HostedVenue, &Keys) -> Value,
) -> Question {
    Question { name, keys, weight: 20, rows_per_weight: usize::MAX, answer }
}

impl Question {
    const fn weighs(mut self, weight: u64) -> Question {
        self.weight = weight;
        self
    }

    const fn rows(mut self, per_weight: usize) -> Question {
        self.rows_per_weight = per_weight;
        self
    }
}

/// A question with its keys, read.
#[derive(Debug)]
pub struct Asked {
    question: &'static Question,
    keys: Keys,
}

/// Reads a question.
///
/// # Errors
/// It is not JSON or nothing that can be asked.
pub fn read(body: &[u8]) -> Result<Asked, Malformed> {
    let value: Value = serde_json::from_slice(body)?;
    let name = value["type"].as_str();
    let name = name.ok_or_else(|| <serde_json::Error as de::Error>::missing_field("type"))?;
    let question = QUESTIONS.iter().find(|question| question.name == name);
    let question = question.ok_or_else(|| {
        let names: Vec<_> = QUESTIONS.iter().map(|known| format!("`{}`", known.name)).collect();
        let names = names.join(", ");
        Malformed(format!("unknown variant `{name}`, expected one of {names}"))
    })?;
    Ok(Asked { question, keys: Keys::read(question.keys, &value)? })
}

impl Asked {
    pub fn kind(&self) -> &'static str {
        self.question.name
    }

    /// What it costs of the client's weight before its rows are known.
    pub fn weight(&self) -> u64 {
        self.question.weight
    }

    /// Answers it, and says what the answer's rows cost. The first question that names an address
    /// opens its account.
    pub fn answer(&self, venue: &mut HostedVenue) -> (Value, u64) {
        if let Some(user) = self.keys.user {
            venue.exchange.open_account(user.0);
        }
        let answer = (self.question.answer)(venue, &self.keys);
        let rows = answer.as_array().map_or(0, Vec::len);
        (answer, u64::try_from(rows / self.question.rows_per_weight).unwrap_or(u64::MAX))
    }
}

/// An answer about the dex that is named, or the first one; about an unknown one it is `null`.
fn on_dex(venue: &HostedVenue, keys: &Keys, answer: impl FnOnce(usize) -> Value) -> Value {
    venue.dex(keys.dex()).map_or(Value::Null, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_the_table() {
        // question, weight, rows of the answer that cost one more
        let rows = [
            ("l2Book", 2, None),
            ("userRole", 60, None),
            ("meta", 20, None),
            ("userFills", 20, Some(20)),
            ("candleSnapshot", 20, Some(60)),
        ];
        for (name, weight, per) in rows {
            let question = QUESTIONS.iter().find(|question| question.name == name).expect(name);
            let per = per.unwrap_or(usize::MAX);
            assert_eq!((question.weight, question.rows_per_weight), (weight, per), "{name}");
        }
    }

    #[test]
    fn what_is_no_question() {
        let told = |body: &str| read(body.as_bytes()).expect_err("no question").to_string();
        let prefix = "Failed to deserialize the JSON body into the target type: ";
        let rows = [
            (
                r#"{"type":"weather"}"#,
                "unknown variant `weather`, expected one of `meta`, `metaAndAssetCtxs`, ",
            ),
            (r#"{"user":"0x1"}"#, "missing field `type`"),
            (r#"{"type":"l2Book"}"#, "missing field `coin`"),
            (r#"{"type":"marginTable","id":-1}"#, "invalid value: integer `-1`, expected u32"),
            ("{", "EOF while parsing an object at line 1 column 1"),
        ];
        for (body, want) in rows {
            assert!(told(body).starts_with(&format!("{prefix}{want}")), "{}", told(body));
        }
    }
}
