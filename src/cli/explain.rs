//! `evenkeel explain`: one quote, component by component.

use crate::cli::config::load::load_or_fail;
use crate::cli::words::duration;
use crate::cli::{Exit, Failure};
use crate::engine::quote::{self, Quote, QuoteLimits, QuoteSignals, SideQuote};
use crate::engine::{Config, Engine, Setup, Sizing};
use crate::market::KillState as Kill;
use crate::market::{AssetId, Bbo, Book, Level, Spec};
use crate::model::cascade::Effect;
use crate::model::glft;
use crate::num::unit::E8;
use crate::num::{Bps, Mono, Nanos, Pos, Px, Q24, Qty, Side, Stamp, WallMs};
use crate::report::format::{self, bps_f64};
use crate::risk::Exposure;
use crate::session::replay::replay;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Say how a quote came about, component by component.
///
/// Without SESSION: for a state on standard input, one JSON object with fair, tick, `best_bid`,
/// `best_ask`, q, lot, `q_max` (coins), g, kappa, A, sigma (a lot, a basis point), fee, T (bps), opposed,
/// `continuation_p`, urgency, `mult_bid`, `mult_ask` (null: suppressed) and `kill_state` (RUN to HALTED).
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 explained   2 unreadable   9 nothing was quoted then\n\
                        EXAMPLE  evenkeel explain session.journal --at 90s")]
pub struct ExplainArgs {
    /// The journal of a session.
    session: Option<PathBuf>,
    /// The moment: after the start (90s, 2m) or in UTC (2026-02-24T13:29:53Z); else the end.
    #[arg(long, requires = "session", value_parser = moment, value_name = "TIME")]
    at: Option<SessionTime>,
    /// Settings for a state.
    #[arg(long, value_name = "FILE.toml", conflicts_with = "session")]
    config: Option<PathBuf>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// A moment of a session.
#[derive(Clone, Copy, Debug)]
enum SessionTime {
    After(Nanos),
    At(WallMs),
}

/// A quote, and what else is worth saying.
struct Explained {
    quote: Quote,
    kill: Kill,
    /// Where a side that may be quoted stands.
    px: [Option<Px>; 2],
}

/// Explains; fails when there was no quote at that moment.
pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let explained = match &args.session {
        Some(session) => recorded(session, args.at)?,
        None => {
            let config = load_or_fail(args.config.as_deref())?.config;
            let unreadable = |why| Failure::new(Exit::Usage, format!("standard input: {why}"));
            let state = serde_json::from_reader(std::io::stdin())
                .map_err(|e| unreadable(format!("not JSON: {e}")))?;
            composed(&WrittenState(state), config).map_err(unreadable)?
        }
    };
    match args.json {
        true => tell!("{}", explained.json()),
        false => explained.tell(),
    }
    Ok(())
}

/// The last quote of a journal before a moment.
fn recorded(path: &Path, at: Option<SessionTime>) -> Result<Explained, Failure> {
    let over = |stamp: Stamp| match at {
        None => false,
        Some(SessionTime::After(after)) => Mono::START + after < stamp.mono,
        Some(SessionTime::At(wall)) => wall < stamp.wall,
    };
    let replayed =
        replay(path, &over, &mut |_, _| {}).map_err(Failure::about(Exit::Usage, path))?;
    if let Some(difference) = replayed.verdict.difference {
        let why = format!("this build differs {difference}");
        return Err(Failure::about(Exit::Mismatch, path)(why));
    }
    let kill = replayed.engine.kill().state;
    let why = || format!("nothing was quoted at that moment; the kill switch said {kill:?}");
    let quote = replayed.engine.quote().ok_or_else(why);
    let quote = *quote.map_err(Failure::about(Exit::NotFound, path))?;
    let px = quote.sides.map(|side| Some(side.px).filter(|px| Px::ZERO < *px));
    Ok(Explained { quote, kill, px })
}

/// What the engine would quote in a state.
fn composed(state: &WrittenState, mut config: Config) -> Result<Explained, String> {
    let (fair, lot) = (
        Px::from_e8(state.scaled("fair", (1e-6, 1e5), UNIT)?),
        Qty::from_e8(state.scaled("lot", (1e-8, 1e6), UNIT)?),
    );
    let spec = state.spec(fair)?;
    let (q, limit) = (
        Pos::from_e8(state.scaled("q", (-1e6, 1e6), UNIT)?),
        state.scaled("q_max", (1e-8, 1e6), UNIT)?,
    );
    if !(8..=64).contains(&(limit / lot.e8())) {
        return Err("q_max must be 8 to 64 times lot".to_owned());
    }
    config.g_q44 = state.scaled("g", (1e-4, 0.05), Q44)?;
    config.vol.prior_q44 = state.scaled("sigma", (0.3, 20.0), Q44)?;
    config.intensity.prior.kappa_q44 = state.scaled("kappa", (0.05, 2.0), Q44)?;
    config.intensity.prior.a_q44 = state.scaled("A", (0.001, 10.0), Q44)?;
    let sizing = Sizing { lot, position_max: Qty::from_e8(limit) };
    let setup = Setup::flat(config, spec, sizing, fair);
    let room = quote::max_distances(&state.book()?, fair, spec.tick_e8(fair))
        .expect("two sides were put in");
    let wish = Engine::new(setup).table_wish(Mono::START).expect("it has no table");
    let table = glft::table(&wish).map_err(|bad| bad.to_string())?;
    let (kill, multipliers) =
        (state.kill()?, [state.multiplier("mult_bid")?, state.multiplier("mult_ask")?]);
    let signals = QuoteSignals {
        trend: state.scaled("T", (-1e4, 1e4), MICRO).map(Bps::from_ubps)?,
        opposed: state.opposed()?,
        continuation_p: state.scaled("continuation_p", (0.0, 1.0), Q24_ONE).map(Q24::from_bits)?,
        urgency: state.scaled("urgency", (0.0, 5.0), Q24_ONE).map(Q24::from_bits)?,
        effects: multipliers.map(|m| {
            let size = m.map_or(Q24::ZERO, |_| Q24::ONE);
            Effect { multiplier: m.unwrap_or(Q24::ONE), size }
        }),
    };
    let exposure = Exposure { pos: q, open: [Qty::ZERO; 2] };
    let allowed =
        QuoteLimits { exposure, reduce_only: kill == Kill::Reduce, theta: [Bps::ZERO; 2], signals };
    let (quote, _) = quote::compose(&setup, fair, room, &table, &allowed);
    let px = Side::BOTH.map(|side| {
        let distance = quote.sides[side.index()].distance;
        let reduces = q.reducing() == Some(side);
        let may = kill == Kill::Run && multipliers[side.index()].is_some()
            || kill == Kill::Reduce && reduces;
        may.then(|| quote::place(&spec, fair, side, distance))
    });
    Ok(Explained { quote, kill, px })
}

/// The components' names, in the order in which they are applied, and the side's values.
fn components(side: &SideQuote) -> [(&'static str, Bps); 8] {
    let parts = side.parts;
    [
        ("table", parts.table),
        ("envelope", parts.envelope),
        ("shift", parts.shift),
        ("cascade", parts.cascade),
        ("floor", parts.floor),
        ("post_only", parts.post_only),
        ("rounding", parts.rounding),
        ("distance", side.distance + parts.rounding),
    ]
}

impl Explained {
    fn json(&self) -> Value {
        let [bid, ask] = [0, 1].map(|index: usize| {
            let side = &self.quote.sides[index];
            let mut object: serde_json::Map<String, Value> = components(side)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), bps_f64(value).into()))
                .collect();
            object
                .insert("price".to_owned(), self.px[index].map(|px| px.e8() as f64 / UNIT).into());
            object.insert("quoted".to_owned(), (self.px[index] == Some(side.px)).into());
            object
        });
        json!({
            "schema": 1, "bid": bid, "ask": ask, "skew_bps": bps_f64(self.quote.skew()),
            "fair": self.quote.fair.e8() as f64 / UNIT, "kill_state": self.kill.name(),
        })
    }

    fn tell(&self) {
        let [bid, ask] = self.quote.sides.map(|side| components(&side));
        let fair = format::price(self.quote.fair);
        tell!("{:<12}{:>12}{:>12}  bps from fair {fair}", "", "bid", "ask");
        for ((name, bid), (_, ask)) in bid.into_iter().zip(ask) {
            tell!("{name:<12}{:>12}{:>12}", format::bps(bid, 4), format::bps(ask, 4));
        }
        let [bid, ask] = self.px.map(|px| px.map_or("none".to_owned(), format::price));
        tell!("{:<12}{bid:>12}{ask:>12}", "price");
        tell!("skew {} bps, kill switch {:?}", format::bps(self.quote.skew(), 4), self.kill);
    }
}

/// Parts to one: of prices and sizes, of what a table is built from, of shares, of basis points.
const UNIT: f64 = E8 as f64;
const Q44: f64 = (1u64 << 44) as f64;
const Q24_ONE: f64 = (1u64 << 24) as f64;
const MICRO: f64 = 1e6;

/// A state as it was written.
struct WrittenState(Value);

impl WrittenState {
    /// A number between two bounds.
    fn number(&self, key: &str, low: f64, high: f64) -> Result<f64, String> {
        let value = self.0.get(key).ok_or_else(|| format!("{key} is missing"))?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| format!("{key} = {value}: allowed is {low} to {high}"))
    }

    /// The same in parts of `scale` to one.
    fn scaled(&self, key: &str, (low, high): (f64, f64), scale: f64) -> Result<i64, String> {
        Ok((self.number(key, low, high)? * scale).round() as i64)
    }

    fn multiplier(&self, key: &str) -> Result<Option<Q24>, String> {
        if self.0.get(key).is_some_and(Value::is_null) {
            Ok(None)
        } else {
            self.scaled(key, (1.0, 5.0), Q24_ONE).map(Q24::from_bits).map(Some)
        }
    }

    fn opposed(&self) -> Result<bool, String> {
        let value = self.0.get("opposed").ok_or("opposed is missing")?;
        value.as_bool().ok_or_else(|| format!("opposed = {value}: allowed is true or false"))
    }

    fn kill(&self) -> Result<Kill, String> {
        let value = self.0.get("kill_state").ok_or("kill_state is missing")?;
        let named = |kill: &Kill| {
            value.as_str().is_some_and(|name| name.eq_ignore_ascii_case(kill.name()))
                || value.as_u64() == Some(kill.number().into())
        };
        Kill::ALL.into_iter().find(named).ok_or_else(|| {
            format!("kill_state = {value}: allowed is RUN, REDUCE, PULL, FLATTEN or HALTED")
        })
    }

    /// The venue's rules with this tick; five figures may make its own step at `fair` a larger one.
    fn spec(&self, fair: Px) -> Result<Spec, String> {
        let fee_maker = self.scaled("fee", (-2.0, 10.0), MICRO).map(Bps::from_ubps)?;
        let (asset, fee_taker, leverage_max) = (AssetId(0), fee_maker, 1);
        let tick = self.scaled("tick", (1e-6, 1.0), UNIT)?;
        let sz_decimals = tick.ilog10() - 2;
        if tick != 10i64.pow(2 + sz_decimals) || fair.e8() / 1_000 < tick {
            let words = "allowed is a power of ten, at most a thousandth of fair";
            return Err(format!("tick = {}: {words}", self.0["tick"]));
        }
        Ok(Spec { asset, sz_decimals, leverage_max, fee_maker, fee_taker })
    }

    fn book(&self) -> Result<Book, String> {
        let [bid, ask] = [
            self.scaled("best_bid", (1e-6, 1e5), UNIT)?,
            self.scaled("best_ask", (1e-6, 1e5), UNIT)?,
        ]
        .map(|e8| Some(Level { px: Px::from_e8(e8), qty: Qty::from_e8(E8), count: 1 }));
        let mut book = Book::default();
        book.touch(&Bbo { venue: WallMs::from_ms(1), bid, ask })
            .map_err(|_| "best_bid must be below best_ask")?;
        Ok(book)
    }
}

/// `90s`, `2m`, or a time in UTC.
fn moment(text: &str) -> Result<SessionTime, String> {
    let time = text.parse::<jiff::Timestamp>().map(|time| u64::try_from(time.as_millisecond()));
    if let Ok(Ok(ms)) = time {
        return Ok(SessionTime::At(WallMs::from_ms(ms)));
    }
    duration(text).map(SessionTime::After).map_err(|_| format!("{text:?} is neither a time after the start such as 90s or 2m nor one in UTC such as 2026-02-24T13:29:53Z"))
}
