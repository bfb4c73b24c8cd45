//! What a client can subscribe to: the venue's words, with their defaults filled in.

use serde::{Deserialize, Serialize};

/// A subscription as it is sent, and as the venue echoes it (PROTOCOL 8.1 and 8.2): missing keys
/// are filled in, `dex` is echoed only when it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Topic {
    AllMids {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    L2Book {
        coin: String,
        #[serde(default)]
        n_sig_figs: Option<u32>,
        #[serde(default)]
        mantissa: Option<u32>,
        #[serde(default, deserialize_with = "false_when_null")]
        fast: bool,
    },
    Bbo {
        coin: String,
    },
    Trades {
        coin: String,
    },
    Candle {
        coin: String,
        interval: Interval,
    },
    ActiveAssetCtx {
        coin: String,
    },
    AssetCtxs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    AllDexsAssetCtxs,
    ActiveAssetData {
        user: User,
        coin: String,
    },
    OrderUpdates {
        user: User,
    },
    UserEvents {
        user: User,
    },
    UserFills {
        user: User,
        #[serde(default, deserialize_with = "false_when_null")]
        aggregate_by_time: bool,
    },
    UserFundings {
        user: User,
    },
    UserNonFundingLedgerUpdates {
        user: User,
    },
    UserHistoricalOrders {
        user: User,
    },
    UserTwapSliceFills {
        user: User,
    },
    UserTwapHistory {
        user: User,
    },
    TwapStates {
        user: User,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    Notification {
        user: User,
    },
    ClearinghouseState {
        user: User,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    AllDexsClearinghouseState {
        user: User,
    },
    OpenOrders {
        user: User,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dex: Option<String>,
    },
    SpotState {
        user: User,
    },
    WebData2 {
        user: User,
    },
    WebData3 {
        user: User,
    },
}

/// The address of an account: any case in, lower case out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct User(pub crate::market::Address);

/// The length of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Interval {
    #[serde(rename = "1m")]
    M1,
    #[serde(rename = "3m")]
    M3,
    #[serde(rename = "5m")]
    M5,
    #[serde(rename = "15m")]
    M15,
    #[serde(rename = "30m")]
    M30,
    #[serde(rename = "1h")]
    H1,
    #[serde(rename = "2h")]
    H2,
    #[serde(rename = "4h")]
    H4,
    #[serde(rename = "8h")]
    H8,
    #[serde(rename = "12h")]
    H12,
    #[serde(rename = "1d")]
    D1,
    #[serde(rename = "3d")]
    D3,
    #[serde(rename = "1w")]
    W1,
    #[serde(rename = "1M")]
    Month,
}

impl Interval {
    /// The venue's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Interval::M1 => "1m",
            Interval::M3 => "3m",
            Interval::M5 => "5m",
            Interval::M15 => "15m",
            Interval::M30 => "30m",
            Interval::H1 => "1h",
            Interval::H2 => "2h",
            Interval::H4 => "4h",
            Interval::H8 => "8h",
            Interval::H12 => "12h",
            Interval::D1 => "1d",
            Interval::D3 => "3d",
            Interval::W1 => "1w",
            Interval::Month => "1M",
        }
    }

    /// Its length in milliseconds; a month counts 30 days here.
    pub const fn ms(self) -> u64 {
        const MINUTE: u64 = 60_000;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        match self {
            Interval::M1 => MINUTE,
            Interval::M3 => 3 * MINUTE,
            Interval::M5 => 5 * MINUTE,
            Interval::M15 => 15 * MINUTE,
            Interval::M30 => 30 * MINUTE,
            Interval::H1 => HOUR,
            Interval::H2 => 2 * HOUR,
            Interval::H4 => 4 * HOUR,
            Interval::H8 => 8 * HOUR,
            Interval::H12 => 12 * HOUR,
            Interval::D1 => DAY,
            Interval::D3 => 3 * DAY,
            Interval::W1 => 7 * DAY,
            Interval::Month => 30 * DAY,
        }
    }
}

impl TryFrom<String> for User {
    type Error = String;
    fn try_from(text: String) -> Result<User, String> {
        crate::market::Address::read(text.as_bytes())
            .map(User)
            .ok_or_else(|| format!("{text:?} is not an address: 0x and 40 hex digits"))
    }
}

impl From<User> for String {
    fn from(user: User) -> String {
        user.0.to_string()
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
        serde_json::to_string(self).expect("names and numbers are always JSON")
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

/// `null` where a flag is expected means that it is not set.
fn false_when_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(false))
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
            let topic = Topic::L2Book { coin: "BTC".to_owned(), n_sig_figs, mantissa, fast: false };
            assert_eq!(topic.is_sound(), sound, "{n_sig_figs:?} {mantissa:?}");
        }
    }
}
