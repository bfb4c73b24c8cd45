//! The settings: one row each. A setting that is not here does not exist for the user.

use crate::engine::Config;
use crate::num::text::read_e8;

/// One setting a user can write: its key, its range and how it is stored.
pub struct Setting {
    /// Section and key, with a dot between; the key ends in its unit where it has one.
    pub key: &'static str,
    /// The least and the most it may be.
    pub range: (&'static str, &'static str),
    /// Decimals it may have; 0 is a whole number.
    pub places: u32,
    /// Words that stand for 0, 1, and so on, where it is no number.
    pub words: &'static [&'static str],
    /// What the setting does, one sentence, as `config show` prints it.
    pub what: &'static str,
    /// What is said when someone sets it to zero and may not.
    pub at_zero: &'static str,
    /// Puts a value, in steps of 1e-8, in its place.
    pub put: fn(&mut Config, i64),
    /// Its value in steps of 1e-8.
    pub of: fn(&Config) -> i64,
}

impl Setting {
    /// The value that a word stands for, in steps of 1e-8.
    pub fn of_word(&self, text: &str) -> Option<i64> {
        let index = self.words.iter().position(|word| *word == text)?;
        Some(i64::try_from(index).ok()? * crate::num::unit::E8)
    }

    /// The word for a value in steps of 1e-8, in quotes.
    pub fn word(&self, e8: i64) -> Option<String> {
        let word = self.words.iter().find(|word| self.of_word(word) == Some(e8))?;
        Some(format!("\"{word}\""))
    }

    /// Whether a value in steps of 1e-8 is in its range and not too fine.
    pub fn admits(&self, e8: i64) -> bool {
        let bound = |text: &str| read_e8(text.as_bytes());
        let (low, high) = (bound(self.range.0), bound(self.range.1));
        let step = 10i64.pow(8 - self.places);
        low.is_ok_and(|low| low <= e8) && high.is_ok_and(|high| e8 <= high) && e8 % step == 0
    }
}

/// Settings of which the first must not be above the second.
pub const PAIRS: &[(&str, &str)] = &[
    ("quote.floor_reduce_bps", "quote.floor_add_bps"),
    ("drift.share_base", "drift.share_max"),
    ("drift.share_min", "drift.share_max"),
    ("trend.leave_bps", "trend.enter_bps"),
    ("trend.leave_share", "trend.enter_share"),
    ("cascade.widen_fills", "cascade.suppress_fills"),
    ("cascade.widen_lots", "cascade.suppress_lots"),
    ("cascade.suppress_ms", "cascade.suppress_max_ms"),
    ("kill.drawdown_soft_bps", "kill.drawdown_hard_bps"),
    ("kill.age_soft_ms", "kill.age_hard_ms"),
    ("budget.requote_min_bps", "budget.requote_bps"),
    ("budget.requote_bps", "budget.requote_max_bps"),
];

/// Declares settings: key, range, kind, field, zero, purpose.
macro_rules! settings {
    ($($key:literal $low:literal $high:literal $kind:ident $($field:ident).+ $($zero:literal)? : $what:literal;)*) => {
        /// All settings, in the order in which they are shown.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            key: $key,
            range: ($low, $high),
            places: $kind::PLACES,
            words: $kind::WORDS,
            what: $what,
            at_zero: concat!($($zero, "; ")?),
            put: |config, e8| config.$($field).+ = $kind::put(e8),
            of: |config| $kind::of(config.$($field).+),
        },)*];
    };
}

settings! {
    "account.capital_usd" "1" "10000000" usd capital: "what the session may put at risk; limits are shares of it";
    "account.position_multiple" "1" "20" whole32 multiple: "the position limit, in multiples of the capital; at most half the leverage";
    "quote.risk_aversion_per_bps_lot" "0.0005" "0.005" q44 g_q44 "a skew of zero lets the position run away": "how strongly inventory moves the quotes";
    "quote.levels" "1" "5" whole_size size.levels: "orders a side";
    "quote.spacing_bps" "0.5" "50" bps spacing: "distance between the levels of a side";
    "quote.floor_add_bps" "0" "100" bps shape.floor_add: "least distance from fair of an order that adds to the position";
    "quote.floor_reduce_bps" "0" "100" bps shape.floor_reduce: "least distance of an order that reduces it";
    "quote.floor_over_fee_bps" "0" "20" bps shape.floor_over_fee: "how far the floor lies above the fee, where it adds";
    "quote.wrong_side_factor" "0" "10" q24 shape.wrong_side: "by how many half-spreads the wrong side moves out, at most";
    "quote.reducing_side_factor" "0" "1" q24 shape.reducing_side: "by how many half-spreads the reducing side moves in, at most";
    "quote.asymmetry_full_share" "0.1" "1" q24 shape.asymmetry_full: "share of the position limit at which the asymmetry is complete";
    "quote.resting_cap_share" "0.01" "1" q24 size.resting_cap: "most that the adding side may rest, as a share of the position limit";
    "quote.adding_min_factor" "0" "1" q24 size.adding_min: "least factor that the adding side's size shrinks to";
    "fair.micro_weight" "0" "1" q24 fair.theta: "how far fair follows the sizes at the touch, from mid to micro-price";
    "vol.prior_bps_per_sqrt_s" "0.05" "20" q44 vol.prior_q44: "volatility believed before anything is measured";
    "vol.tau_ms" "10000" "3600000" whole64 vol.tau_ms: "time constant of the volatility";
    "intensity.prior_kappa_per_bps" "0.02" "5" q44 intensity.prior.kappa_q44: "decay of the fill intensity believed before it is measured";
    "intensity.prior_per_s" "0.0005" "10" q44 intensity.prior.a_q44: "fill intensity at distance zero believed before it is measured";
    "intensity.tau_ms" "60000" "7200000" whole64 intensity.tau_ms: "time constant of the intensity";
    "drift.shift_max_bps" "0" "100" bps shape.shift_max: "largest shift of both quotes with the trend";
    "drift.share_base" "0" "1" q24 shape.rho_base: "share of the trend taken when the position does not oppose it";
    "drift.share_min" "0" "1" q24 shape.rho_min: "least share taken when it does";
    "drift.share_max" "0" "1" q24 shape.rho_max: "most taken when it does";
    "trend.enter_bps" "1" "200" bps trend.enter: "displacement from which a trend can be opposed";
    "trend.leave_bps" "0.5" "200" bps trend.leave: "displacement below which it no longer is";
    "trend.enter_share" "0.01" "1" q24 trend.enter_share: "share of the position limit from which a position can oppose";
    "trend.leave_share" "0.005" "1" q24 trend.leave_share: "share below which it no longer does";
    "cascade.window_ms" "100" "60000" whole64 cascade.window_ms: "how far back fills count together";
    "cascade.widen_fills" "2" "100" whole_size cascade.widen_fills: "fills of one side in the window that widen it";
    "cascade.suppress_fills" "2" "100" whole_size cascade.suppress_fills: "fills of one side in the window that take its quotes away";
    "cascade.widen_lots" "1" "100" lots cascade.widen_size: "size in the window that widens";
    "cascade.suppress_lots" "1" "100" lots cascade.suppress_size: "size in the window that takes the quotes away";
    "cascade.widen_factor" "1" "10" q24 cascade.widen_by: "multiplier of the distance while widened";
    "cascade.widen_ms" "1000" "3600000" whole64 cascade.widen_ms: "how long a side is widened";
    "cascade.suppress_ms" "1000" "3600000" whole64 cascade.suppress_ms: "how long its quotes are gone the first time";
    "cascade.suppress_max_ms" "1000" "3600000" whole64 cascade.suppress_max_ms: "how long at most";
    "cascade.recovery_ms" "1000" "3600000" whole64 cascade.recovery_ms: "time constant of the recovery";
    "kill.drawdown_soft_bps" "1" "5000" ppm kill.drawdown_soft_ppm: "drawdown from which only reducing is allowed";
    "kill.drawdown_hard_bps" "1" "5000" ppm kill.drawdown_hard_ppm: "drawdown from which the position is closed";
    "kill.loss_hard_bps" "1" "5000" ppm kill.loss_hard_ppm: "loss of capital from which it is closed";
    "kill.age_soft_ms" "100" "60000" whole64 kill.age_soft_ms: "age of market data from which quotes are pulled";
    "kill.age_hard_ms" "200" "600000" whole64 kill.age_hard_ms: "age from which the position is closed";
    "kill.rejects_soft" "1" "1000" whole32 kill.rejects_soft: "rejects in 10 seconds from which quotes are pulled";
    "kill.deviation_soft_bps" "1" "2000" bps kill.deviation_soft: "distance of fair from the oracle from which quotes are pulled";
    "kill.clock_soft_ms" "10" "60000" whole64 kill.clock_soft_ms: "offset of our clock from which quotes are pulled";
    "kill.pull_tail_ms" "100" "60000" whole64 kill.pull_tail_ms: "how long quotes stay away after the data were last doubtful";
    "kill.doubt_hold_ms" "1000" "600000" whole64 kill.doubt_hold_ms: "how long a deviation, a clock, lateness or a missing source keeps them away at most";
    "kill.day_keep_percent" "90" "100" whole32 kill.day_keep_percent: "what a new day keeps of the greatest equity as the peak of the hard drawdown";
    "kill.calm_ms" "1000" "3600000" whole64 kill.calm_ms: "how long all must be calm before quoting goes on";
    "stop.on_stop" "0" "1" on_stop stop.on_stop: "what a stop does with the position: flatten brings it home, keep leaves it";
    "stop.patience_s" "0" "600" whole64 stop.patience_s: "how long a stop waits for a maker's price";
    "stop.limit_s" "1" "3600" whole64 stop.limit_s: "how long a stop may take in all; then what is left stays";
    "flatten.reach_max_bps" "80" "2000" bps flatten.reach_max: "how far from the trusted price a closing order may follow the touch";
    "budget.requote_bps" "0.1" "50" bps budget.theta: "price change worth a request when as much is earned as spent";
    "budget.requote_min_bps" "0" "50" bps budget.theta_min: "the least such change";
    "budget.requote_max_bps" "0.1" "100" bps budget.theta_max: "the largest such change";
    "budget.usable" "0.1" "1" q24 budget.usable: "share of the requests earned that the threshold counts";
    "budget.grace_requests" "0" "10000" whole32 budget.grace: "requests there are before anything is traded";
}

/// Declares a kind: decimals, type, from and to steps of 1e-8.
macro_rules! kind {
    ($name:ident $places:literal $type:ty, $put:expr, $of:expr $(, $word:literal)*) => {
        mod $name {
            #[allow(unused_imports, reason = "each kind needs some of them")]
            use crate::cli::config::settings::rescaled;
            #[allow(unused_imports, reason = "each kind needs some of them")]
            use crate::num::{Bps, Lots, Q24, Usd, unit::E8};
            pub const PLACES: u32 = $places;
            pub const WORDS: &[&str] = &[$($word),*];
            pub fn put(e8: i64) -> $type {
                let put: fn(i64) -> $type = $put;
                put(e8)
            }
            pub fn of(value: $type) -> i64 {
                let of: fn($type) -> i64 = $of;
                of(value)
            }
        }
    };
}

kind!(usd 2 Usd, Usd::from_e8, Usd::e8);
kind!(bps 6 Bps, |e8| Bps::from_ubps(e8 / 100), |bps| bps.ubps() * 100);
kind!(q24 6 Q24, |e8| Q24::ratio(e8, E8), |share| share.scale(E8));
kind!(lots 4 Lots, |e8| Lots::from_q20(rescaled(e8, Lots::from_int(1).q20(), E8)), |lots| rescaled(lots.q20(), E8, Lots::from_int(1).q20()));
kind!(q44 6 i64, |e8| rescaled(e8, 1 << 44, E8), |bits| rescaled(bits, E8, 1 << 44));
// A share in basis points of which the engine keeps millionths: 100 of them.
kind!(ppm 2 u32, |e8| u32::try_from(e8 / (E8 / 100)).unwrap_or(u32::MAX), |ppm| i64::from(ppm) * (E8 / 100));
kind!(whole32 0 u32, |e8| u32::try_from(e8 / E8).unwrap_or(u32::MAX), |count| i64::from(count) * E8);
kind!(whole64 0 u64, |e8| u64::try_from(e8 / E8).unwrap_or(0), |count| i64::try_from(count).unwrap_or(i64::MAX / E8) * E8);
kind!(whole_size 0 usize, |e8| usize::try_from(e8 / E8).unwrap_or(0), |count| i64::try_from(count).unwrap_or(i64::MAX / E8) * E8);

kind!(on_stop 0 crate::risk::OnStop, |e8| if e8 == 0 { crate::risk::OnStop::Flatten } else { crate::risk::OnStop::Keep }, |on_stop| i64::from(on_stop == crate::risk::OnStop::Keep) * E8, "flatten", "keep");

/// `value * to / from`, rounded half away from zero.
fn rescaled(value: i64, to: i64, from: i64) -> i64 {
    let wide = crate::num::fix::div_round(i128::from(value) * i128::from(to), i128::from(from));
    i64::try_from(wide).unwrap_or(i64::MAX)
}
