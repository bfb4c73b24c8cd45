//! What a client can subscribe to: the venue's words, with their defaults filled in.

pub use crate::venue::action::text::AddressText as User;
use serde::{Deserialize, Serialize};

/// A subscription as it is sent, and as the venue echoes it (PROTOCOL 8.1 and 8.2): missing keys
/// are filled in, `dex` is echoed only when it was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Topic {
    AllMids { dex: Option<String> },
    L2Book { coin: String, n_sig_figs: Option<u32>, mantissa: Option<u32>, fast: Flag },
    Bbo { coin: String },
    Trades { coin: String },
    Candle { coin: String, interval: Interval },
    ActiveAssetCtx { coin: String },
    AssetCtxs { dex: Option<String> },
    AllDexsAssetCtxs,
    ActiveAssetData { user: User, coin: String },
    OrderUpdates { user: User },
    UserEvents { user: User },
    UserFills { user: User, aggregate_by_time: Flag },
    UserFundings { user: User },
    UserNonFundingLedgerUpdates { user: User },
    UserHistoricalOrders { user: User },
    UserTwapSliceFills { user: User },
    UserTwapHistory { user: User },
    TwapStates { user: User, dex: Option<String> },
    Notification { user: User },
    ClearinghouseState { user: User, dex: Option<String> },
    AllDexsClearinghouseState { user: User },
    OpenOrders { user: User, dex: Option<String> },
    SpotState { user: User },
    WebData2 { user: User },
    WebData3 { user: User },
}

/// A flag; `null`, or no word of it, means that it is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(from = "Option<bool>")]
pub struct Flag(pub bool);

impl From<Option<bool>> for Flag {
    fn from(flag: Option<bool>) -> Flag {
        Flag(flag.unwrap_or(false))
    }
}

/// The length of a candle, by its place in [`INTERVALS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&str")]
pub struct Interval(usize);

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The venue's words for the lengths of candles, and the lengths; a month counts 30 days here.
const INTERVALS: [(&str, u64); 14] = [
    ("1m", MINUTE_MS),
    ("3m", 3 * MINUTE_MS),
    ("5m", 5 * MINUTE_MS),
    ("15m", 15 * MINUTE_MS),
    ("30m", 30 * MINUTE_MS),
    ("1h", HOUR_MS),
    ("2h", 2 * HOUR_MS),
    ("4h", 4 * HOUR_MS),
    ("8h", 8 * HOUR_MS),
    ("12h", 12 * HOUR_MS),
    ("1d", DAY_MS),
    ("3d", 3 * DAY_MS),
    ("1w", 7 * DAY_MS),
    ("1M", 30 * DAY_MS),
];

impl Interval {
    /// The venue's word for it.
    pub const fn name(self) -> &'static str {
        INTERVALS[self.0].0
    }

    /// Its length in milliseconds.
    pub const fn ms(self) -> u64 {
        INTERVALS[self.0].1
    }
}

impl TryFrom<String> for Interval {
    type Error = String;
    fn try_from(text: String) -> Result<Interval, String> {
        let place = INTERVALS.iter().position(|(name, _)| *name == text);
        place.map(Interval).ok_or_else(|| {
            let names = INTERVALS.map(|(name, _)| name).join(", ");
            format!("{text:?} is not the length of a candle: one of {names}")
        })
    }
}

impl From<Interval> for &str {
    fn from(interval: Interval) -> &'static str {
        interval.name()
    }
}

impl Topic {
    /// The market it names.
    pub fn coin(&self) -> Option<&str> {
        match self {
            Topic::L2Book { coin, .. }
            | Topic::Bbo { coin }
            | Topic::Trades { coin }
            | Topic::Candle { coin, .. }
            | Topic::ActiveAssetCtx { coin }
            | Topic::ActiveAssetData { coin, .. } => Some(coin),
            _ => None,
        }
    }

    /// The account it names.
    pub fn user(&self) -> Option<crate::market::Address> {
        match self {
            Topic::ActiveAssetData { user, .. }
            | Topic::OrderUpdates { user }
            | Topic::UserEvents { user }
            | Topic::UserFills { user, .. }
            | Topic::UserFundings { user }
            | Topic::UserNonFundingLedgerUpdates { user }
            | Topic::UserHistoricalOrders { user }
            | Topic::UserTwapSliceFills { user }
            | Topic::UserTwapHistory { user }
            | Topic::TwapStates { user, .. }
            | Topic::Notification { user }
            | Topic::ClearinghouseState { user, .. }
            | Topic::AllDexsClearinghouseState { user }
            | Topic::OpenOrders { user, .. }
            | Topic::SpotState { user }
            | Topic::WebData2 { user }
            | Topic::WebData3 { user } => Some(user.0),
            _ => None,
        }
    }

    /// The dex it names; the first one has the empty name.
    pub fn dex(&self) -> &str {
        match self {
            Topic::AllMids { dex }
            | Topic::AssetCtxs { dex }
            | Topic::TwapStates { dex, .. }
            | Topic::ClearinghouseState { dex, .. }
            | Topic::OpenOrders { dex, .. } => dex.as_deref().unwrap_or(""),
            _ => "",
        }
    }

    /// Whether its numbers make sense.
    pub fn is_sound(&self) -> bool {
        match self {
            Topic::L2Book { n_sig_figs, mantissa, .. } => is_grouping(*n_sig_figs, *mantissa),
            _ => true,
        }
    }

    /// As the venue echoes it.
    pub fn echo(&self) -> String {
        let mut echo = serde_json::to_value(self).expect("names and numbers are always JSON");
        if echo["dex"].is_null()
            && let Some(keys) = echo.as_object_mut()
        {
            keys.shift_remove("dex");
        }
        echo.to_string()
    }
}

/// Whether a book can be grouped like this: to 2 to 5 figures, in steps of 1, 2 or 5 of the fifth.
pub fn is_grouping(figures: Option<u32>, mantissa: Option<u32>) -> bool {
    match (figures, mantissa) {
        (None, None) => true,
        (Some(figures), None) => (2..=5).contains(&figures),
        (Some(5), Some(step)) => [1, 2, 5].contains(&step),
        (_, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_fill_in_defaults() {
        let user = "0x14791697260E4c9A71f18484C9f997B308e59325";
        let lower = user.to_lowercase();
        let rows = [
            (
                r#"{"type":"l2Book","coin":"BTC"}"#.to_owned(),
                r#"{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null,"fast":false}"#
                    .to_owned(),
            ),
            (
                r#"{"coin":"hyna:HYPE","fast":true,"type":"l2Book","nSigFigs":5}"#.to_owned(),
                r#"{"type":"l2Book","coin":"hyna:HYPE","nSigFigs":5,"mantissa":null,"fast":true}"#
                    .to_owned(),
            ),
            (r#"{"type":"allMids"}"#.to_owned(), r#"{"type":"allMids"}"#.to_owned()),
            (
                r#"{"type":"allMids","dex":"hyna"}"#.to_owned(),
                r#"{"type":"allMids","dex":"hyna"}"#.to_owned(),
            ),
            (
                format!(r#"{{"type":"userFills","user":"{user}"}}"#),
                format!(r#"{{"type":"userFills","user":"{lower}","aggregateByTime":false}}"#),
            ),
            (
                r#"{"type":"candle","coin":"BTC","interval":"1m"}"#.to_owned(),
                r#"{"type":"candle","coin":"BTC","interval":"1m"}"#.to_owned(),
            ),
            (
                format!(r#"{{"type":"webData2","user":"{user}"}}"#),
                format!(r#"{{"type":"webData2","user":"{lower}"}}"#),
            ),
        ];
        for (sent, want) in rows {
            let topic: Topic = serde_json::from_str(&sent).expect("a subscription");
            assert_eq!(topic.echo(), want);
        }
    }

    #[test]
    fn what_is_no_subscription() {
        let rows = [
            ("unknown type", r#"{"type":"weather","coin":"BTC"}"#),
            ("no type", r#"{"coin":"BTC"}"#),
            ("no coin", r#"{"type":"l2Book"}"#),
            ("several coins", r#"{"type":"bbo","coin":["BTC","ETH"]}"#),
            ("short address", r#"{"type":"userFills","user":"0x12"}"#),
            ("odd interval", r#"{"type":"candle","coin":"BTC","interval":"7m"}"#),
            ("an array", r#"[{"type":"bbo","coin":"BTC"}]"#),
        ];
        for (what, sent) in rows {
            assert!(serde_json::from_str::<Topic>(sent).is_err(), "{what}");
        }
    }

    #[test]
    fn groupings_the_venue_has() {
        // figures, mantissa, sound
        let rows = [
            (None, None, true),
            (Some(5), None, true),
            (Some(2), None, true),
            (Some(5), Some(2), true),
            (Some(6), None, false),
            (Some(1), None, false),
            (Some(4), Some(2), false),
            (Some(5), Some(3), false),
            (None, Some(2), false),
        ];
        for (n_sig_figs, mantissa, sound) in rows {
            let topic =
                Topic::L2Book { coin: "BTC".to_owned(), n_sig_figs, mantissa, fast: Flag(false) };
            assert_eq!(topic.is_sound(), sound, "{n_sig_figs:?} {mantissa:?}");
        }
    }
}
