//! The keys of questions and subscriptions. Which of them a kind has says its row in a table.

use crate::market::Address;
use crate::num::WallMs;
use crate::num::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::venue::OrderKey;
use crate::venue::action::text::{AddressText, Misspelled};
use serde::{Deserialize, Serialize, de};
use serde_json::{Map, Value};

/// The lengths of candles: the venue's words, and milliseconds.
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

/// What a question or a subscription names; what is missing or `null` has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Keys {
    pub coin: Option<String>,
    pub user: Option<AddressText>,
    pub dex: Option<String>,
    pub n_sig_figs: Option<u32>,
    pub mantissa: Option<u32>,
    pub fast: bool,
    pub interval: Interval,
    pub aggregate_by_time: bool,
    pub start_time: u64,
    pub end_time: Option<u64>,
    pub reversed: bool,
    pub id: u32,
    pub oid: Option<OrderKey>,
}

/// The length of a candle, by its place in [`INTERVALS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "&str")]
pub struct Interval(usize);

impl Keys {
    /// Reads the keys of these names. `?` ends the name of one that may be missing; a name before a
    /// point is that of an object which holds the key. Keys of other names are ignored.
    ///
    /// # Errors
    /// A key is missing, or holds what it cannot mean.
    pub fn read(names: &[&'static str], from: &Value) -> Result<Keys, serde_json::Error> {
        let mut found = Map::new();
        for name in names {
            let path = name.trim_end_matches('?');
            let key = path.rsplit('.').next().unwrap_or(path);
            match from.pointer(&format!("/{}", path.replace('.', "/"))) {
                Some(value) if !value.is_null() => {
                    found.insert(key.to_owned(), value.clone());
                }
                Some(_) | None if name.ends_with('?') => {}
                Some(_) | None => return Err(de::Error::missing_field(key)),
            }
        }
        serde_json::from_value(Value::Object(found))
    }

    /// The keys of these names, defaults filled in, as the venue echoes them: `dex` only when it was
    /// sent.
    pub fn echo(&self, names: &[&'static str]) -> Map<String, Value> {
        let all = serde_json::to_value(self).expect("names and numbers are always JSON");
        let names = names.iter().map(|name| name.trim_end_matches('?'));
        let sent = names.filter(|&name| name != "dex" || self.dex.is_some());
        sent.map(|name| (name.to_owned(), all[name].clone())).collect()
    }

    /// The market of a kind whose row names `coin`.
    pub fn coin(&self) -> &str {
        self.coin.as_deref().expect("rows that read a coin name it")
    }

    /// The account of a kind whose row names `user`.
    pub fn user(&self) -> Address {
        self.user.expect("rows that read a user name it").0
    }

    /// The dex; the first one has the empty name.
    pub fn dex(&self) -> &str {
        self.dex.as_deref().unwrap_or("")
    }

    /// Whether a time is in the span it names, both ends included.
    pub fn spans(&self, at: WallMs) -> bool {
        (self.start_time..=self.end_time.unwrap_or(u64::MAX)).contains(&at.ms())
    }

    /// Whether books can be grouped as it says: to 2 to 5 figures, in steps of 1, 2 or 5 of the fifth.
    pub fn is_grouping(&self) -> bool {
        match (self.n_sig_figs, self.mantissa) {
            (None, None) => true,
            (Some(figures), None) => (2..=5).contains(&figures),
            (Some(5), Some(step)) => [1, 2, 5].contains(&step),
            (Some(_) | None, Some(_)) => false,
        }
    }
}

impl Interval {
    pub fn name(self) -> &'static str {
        INTERVALS[self.0].0
    }

    /// Its length in milliseconds; a month counts 30 days here.
    pub fn ms(self) -> u64 {
        INTERVALS[self.0].1
    }
}

impl TryFrom<String> for Interval {
    type Error = Misspelled;
    fn try_from(text: String) -> Result<Interval, Misspelled> {
        let place = INTERVALS.iter().position(|(name, _)| *name == text);
        let wanted = || {
            format!("the length of a candle: one of {}", INTERVALS.map(|(name, _)| name).join(", "))
        };
        place.map(Interval).ok_or_else(|| Misspelled::new(text, wanted()))
    }
}

impl From<Interval> for &str {
    fn from(interval: Interval) -> &'static str {
        interval.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_of_a_kind_and_no_others() {
        let sent = json!({"coin": "BTC", "nSigFigs": null, "user": 7, "req": {"startTime": 5}});
        // names, what is wrong
        let rows: [(&[&str], &str); 6] = [
            (&["coin", "nSigFigs?", "dex?"], ""),
            (&["coin", "req.startTime"], ""),
            (&["nSigFigs"], "missing field `nSigFigs`"),
            (&["req.endTime"], "missing field `endTime`"),
            (&["user"], "invalid type: integer `7`, expected a string"),
            (&["startTime"], "missing field `startTime`"),
        ];
        for (names, wrong) in rows {
            let got = Keys::read(names, &sent);
            assert_eq!(got.err().map_or(String::new(), |error| error.to_string()), wrong);
        }
        let keys = Keys::read(&["coin", "req.startTime"], &sent).expect("they are there");
        assert_eq!((keys.coin(), keys.start_time, keys.dex()), ("BTC", 5, ""));
    }

    #[test]
    fn intervals_have_lengths() {
        for (name, minutes) in [("1m", 1), ("15m", 15), ("12h", 720), ("1w", 10_080)] {
            let interval = Interval::try_from(name.to_owned()).expect("an interval");
            assert_eq!((interval.name(), interval.ms()), (name, minutes * MINUTE_MS));
        }
        assert_eq!(Interval::try_from("1M".to_owned()).expect("a month").ms(), 30 * DAY_MS);
        assert!(Interval::try_from("7m".to_owned()).is_err());
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
            let keys = Keys { n_sig_figs, mantissa, ..Keys::default() };
            assert_eq!(keys.is_grouping(), sound, "{n_sig_figs:?} {mantissa:?}");
        }
    }
}
