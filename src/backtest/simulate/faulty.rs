//! A network with the faults of a plan.

use super::fault::{FaultKind, InjectedFault};
use crate::market::Stream;
use crate::num::Nanos;
use crate::session::simulated::interference::{Connecting, Fate, Interference};
use crate::venue::api::RestPath;
use crate::venue::prng::{Prng, Purpose};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tungstenite::Utf8Bytes;

/// What was injected, and what it touched. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct FaultCounts(Arc<Mutex<BTreeMap<FaultKind, [u64; 2]>>>);

impl FaultCounts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<FaultKind, [u64; 2]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fault takes part in the run.
    pub fn inject(&self, kind: FaultKind) {
        self.lock().entry(kind).or_default()[0] += 1;
    }

    /// Something was dropped, delayed, refused or changed by it.
    pub fn touch(&self, kind: FaultKind) {
        self.lock().entry(kind).or_default()[1] += 1;
    }

    /// Injected and touched, by kind.
    pub fn all(&self) -> BTreeMap<FaultKind, [u64; 2]> {
        self.lock().clone()
    }
}

/// The faults of a network, and what they touched.
pub struct FaultyNetwork {
    faults: Vec<InjectedFault>,
    start_ns: u64,
    prng: Prng,
    counts: FaultCounts,
    /// The next fault that breaks connections by itself.
    next: usize,
}

impl FaultyNetwork {
    /// Faults of a run that begins at `start_ns`.
    pub fn new(
        faults: Vec<InjectedFault>,
        start_ns: u64,
        seed: u64,
        counts: FaultCounts,
    ) -> FaultyNetwork {
        faults.iter().for_each(|fault| counts.inject(fault.kind));
        let prng = Prng::new(seed, Purpose::FaultyMessages);
        FaultyNetwork { faults, start_ns, prng, counts, next: 0 }
    }

    fn at(&self, now_ns: u64) -> Nanos {
        Nanos::from_ns(now_ns.saturating_sub(self.start_ns))
    }

    /// A fault of this kind that holds.
    fn fault(&self, now_ns: u64, kind: FaultKind) -> Option<InjectedFault> {
        let at = self.at(now_ns);
        self.faults.iter().find(|fault| fault.kind == kind && fault.holds(at)).copied()
    }

    /// A fault of this kind that holds and strikes now: `one_in` chances.
    fn strikes(&mut self, now_ns: u64, kind: FaultKind, one_in: u64) -> Option<InjectedFault> {
        let fault = self.fault(now_ns, kind)?;
        (self.prng.below(one_in) == 0).then(|| {
            self.counts.touch(kind);
            fault
        })
    }

    /// The kinds that break connections at their beginning.
    fn breaks(kind: FaultKind) -> bool {
        matches!(
            kind,
            FaultKind::Disconnect
                | FaultKind::VenueDown
                | FaultKind::OrdersRefused
                | FaultKind::Rotation
        )
    }

    fn due(&self) -> Option<&InjectedFault> {
        self.faults[self.next..].iter().find(|fault| FaultyNetwork::breaks(fault.kind))
    }

    fn delay(&mut self, most_ms: i64) -> Nanos {
        Nanos::from_millis(self.prng.exponential(most_ms / 4).clamp(0, most_ms).unsigned_abs())
    }

    /// What the venue says on the link of orders.
    fn on_reply(&mut self, now_ns: u64, text: &Utf8Bytes) -> Option<Fate> {
        if !text.contains(r#""channel":"post""#) {
            return None;
        }
        if self.strikes(now_ns, FaultKind::LostAnswer, 2).is_some() {
            return Some(Fate::Deliver(Vec::new()));
        }
        if text.contains(r#""type":"order""#)
            && self.strikes(now_ns, FaultKind::FalseRefusal, 4).is_some()
        {
            return Some(deliver(changed(text, |frame| {
                let statuses =
                    &mut frame["data"]["response"]["payload"]["response"]["data"]["statuses"];
                for status in statuses.as_array_mut().into_iter().flatten() {
                    *status = json!({"error": "Internal error"});
                }
            })));
        }
        None
    }

    /// What the venue says about the market.
    fn on_market(&mut self, now_ns: u64, text: &Utf8Bytes) -> Option<Fate> {
        let is_book = text.contains(r#""channel":"bbo""#) || text.contains(r#""channel":"l2Book""#);
        if is_book && self.strikes(now_ns, FaultKind::BookSilent, 1).is_some() {
            return Some(Fate::Deliver(Vec::new()));
        }
        if is_book && let Some(fault) = self.strikes(now_ns, FaultKind::Outlier, 1) {
            let only_bbo = fault.variant.is_multiple_of(2);
            let lasted = Nanos::from_ns(self.at(now_ns).ns() - fault.from.ns());
            let applies =
                if only_bbo { text.contains(r#""channel":"bbo""#) } else { lasted < SHARED_MAX };
            if applies {
                let times = [0.5, 0.8, 0.97, 1.25, 2.0, 1000.0];
                let times = times[(fault.variant / 2 % 6) as usize];
                return Some(deliver(changed(text, |frame| scale_prices(frame, times))));
            }
        }
        if is_book && let Some(fault) = self.strikes(now_ns, FaultKind::OddBook, 2) {
            return Some(deliver(changed(text, |frame| make_odd(frame, fault.variant))));
        }
        if let Some(fault) = self.strikes(now_ns, FaultKind::VenueTime, 1) {
            let steps = [-3_600_000, -5_000, -1_000, 1_000, 3_000, 3_600_000];
            let step = steps[(fault.variant % 6) as usize];
            return Some(deliver(changed(text, |frame| shift_times(frame, step))));
        }
        if self.strikes(now_ns, FaultKind::ExtremeNumber, 50).is_some() {
            let extremes = ["0.00000001", "99999999999", "0", "-1.0", "1000000000000000000000"];
            let extreme = extremes[self.prng.below(5) as usize];
            return Some(deliver(changed(text, |frame| set_prices(frame, extreme))));
        }
        let is_ours = text.contains("userFills") || text.contains("orderUpdates");
        if is_ours && self.strikes(now_ns, FaultKind::Loss, 3).is_some() {
            return Some(Fate::Deliver(Vec::new()));
        }
        None
    }
}

impl Interference for FaultyNetwork {
    fn due_ns(&self) -> u64 {
        self.due().map_or(u64::MAX, |fault| self.start_ns + fault.from.ns())
    }

    fn on_time(&mut self, now_ns: u64) -> Vec<Stream> {
        let Some(fault) = self.due().copied() else { return Vec::new() };
        let at = self.at(now_ns);
        let place = self.faults.iter().position(|it| *it == fault).unwrap_or(self.next);
        self.next = place + 1;
        if at < fault.from {
            return Vec::new();
        }
        self.counts.touch(fault.kind);
        if fault.kind == FaultKind::Disconnect && fault.variant.is_multiple_of(2) {
            return vec![Stream::Market];
        }
        if matches!(fault.kind, FaultKind::Disconnect | FaultKind::OrdersRefused) {
            return vec![Stream::Orders];
        }
        vec![Stream::Market, Stream::Orders]
    }

    fn on_connect(&mut self, now_ns: u64, stream: Stream) -> Connecting {
        if self.fault(now_ns, FaultKind::VenueDown).is_some() {
            return Connecting::Refused;
        }
        match (stream, self.fault(now_ns, FaultKind::OrdersRefused)) {
            (Stream::Orders, Some(fault)) if fault.variant.is_multiple_of(2) => Connecting::Refused,
            (Stream::Orders, Some(_)) => Connecting::Mute,
            (Stream::Orders, None) | (Stream::Market, _) => Connecting::Taken,
        }
    }

    fn on_message_out(&mut self, now_ns: u64, stream: Stream, text: &str) -> Fate {
        if stream == Stream::Market {
            let half_open = self.strikes(now_ns, FaultKind::MarketHalfOpen, 1).is_some();
            return if half_open { Fate::Deliver(Vec::new()) } else { Fate::Pass };
        }
        let is_order = text.contains(r#""type":"order""#);
        let is_cancel = text.contains(r#""type":"cancel"#);
        if is_order && self.strikes(now_ns, FaultKind::RateLimit, 1).is_some() {
            return refused(text, "Too many cumulative requests sent (10001 > 10000)");
        }
        if is_order && let Some(fault) = self.strikes(now_ns, FaultKind::Refusal, 5) {
            let why = REFUSALS[(fault.variant % REFUSALS.len() as u64) as usize];
            return refused(text, why);
        }
        if is_cancel && self.strikes(now_ns, FaultKind::CancelRefusal, 1).is_some() {
            return refused(text, "Invalid nonce: nonce too low");
        }
        if self.strikes(now_ns, FaultKind::Delay, 4).is_some() {
            let late = self.delay(2_000);
            return Fate::Deliver(vec![(late, text.to_owned().into())]);
        }
        Fate::Pass
    }

    fn on_message_in(&mut self, now_ns: u64, stream: Stream, text: &Utf8Bytes) -> Fate {
        if stream == Stream::Market && self.strikes(now_ns, FaultKind::MarketHalfOpen, 1).is_some()
        {
            return Fate::Deliver(Vec::new());
        }
        let specific = match stream {
            Stream::Market => self.on_market(now_ns, text),
            Stream::Orders => self.on_reply(now_ns, text),
        };
        if let Some(fate) = specific {
            return fate;
        }
        if self.strikes(now_ns, FaultKind::Corrupt, 50).is_some() {
            let bytes = text.as_bytes();
            let place = self.prng.below(bytes.len() as u64) as usize;
            let cut = (0..=place).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let damaged =
                format!("{}{}", &text[..cut], if place.is_multiple_of(2) { "" } else { "#" });
            return deliver(damaged.into());
        }
        if self.strikes(now_ns, FaultKind::Duplicate, 2).is_some() {
            let late = self.delay(400);
            return Fate::Deliver(vec![(Nanos::ZERO, text.clone()), (late, text.clone())]);
        }
        let is_ours =
            stream == Stream::Orders || text.contains("userFills") || text.contains("orderUpdates");
        if is_ours && self.strikes(now_ns, FaultKind::Reorder, 3).is_some() {
            return Fate::Deliver(vec![(self.delay(1_000), text.clone())]);
        }
        if self.strikes(now_ns, FaultKind::Delay, 4).is_some() {
            return Fate::Deliver(vec![(self.delay(5_000), text.clone())]);
        }
        Fate::Pass
    }

    fn on_http(&mut self, now_ns: u64, path: RestPath) -> Option<(Nanos, u16, String)> {
        if self.strikes(now_ns, FaultKind::VenueDown, 1).is_some() {
            return Some((Nanos::from_millis(1), 0, String::new()));
        }
        if path == RestPath::Exchange {
            return None;
        }
        if let Some(fault) = self.strikes(now_ns, FaultKind::InfoFailure, 1) {
            let late = self.delay(3_000);
            return Some(match fault.variant % 3 {
                0 => (late, 500, "null".to_owned()),
                1 => (late, 429, "429 Too Many Requests".to_owned()),
                _ => (late, 200, "garbage".to_owned()),
            });
        }
        self.strikes(now_ns, FaultKind::RateLimit, 2)
            .map(|_| (Nanos::from_millis(100), 429, "429 Too Many Requests".to_owned()))
    }

    fn clock_off_ms(&self, now_ns: u64) -> i64 {
        let steps = [-3_600_000, -5_000, 5_000, 3_600_000];
        let Some(fault) = self.fault(now_ns, FaultKind::ClockStep) else { return 0 };
        self.counts.touch(FaultKind::ClockStep);
        steps[(fault.variant % 4) as usize]
    }
}

/// What both streams of the book show for longer than this is the price: each is a witness of the other,
/// and of itself half a second later (MODEL 5.3).
const SHARED_MAX: Nanos = Nanos::from_millis(450);

/// What the venue says when it refuses an order (PROTOCOL appendix A).
const REFUSALS: [&str; 5] = [
    "Price must be divisible by tick size. asset=0",
    "Order must have minimum value of $10. asset=0",
    "Insufficient margin to place order. asset=0",
    "Post only order would have immediately matched, bbo was 26.1@26.2. asset=0",
    "Trading is halted. asset=0",
];

/// One message instead of another, at its time.
fn deliver(text: Utf8Bytes) -> Fate {
    Fate::Deliver(vec![(Nanos::ZERO, text)])
}

/// A message with something changed; as it was, if it is no JSON.
fn changed(text: &str, change: impl FnOnce(&mut Value)) -> Utf8Bytes {
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else { return text.to_owned().into() };
    change(&mut frame);
    frame.to_string().into()
}

/// A refusal of everything that a request asks for, after a round trip.
fn refused(text: &str, why: &str) -> Fate {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    let action = &frame["request"]["payload"]["action"];
    let kind = action["type"].as_str().unwrap_or("order");
    let items = ["orders", "cancels"].iter().find_map(|key| action[*key].as_array());
    let statuses = vec![json!({"error": why}); items.map_or(1, Vec::len)];
    let kind = if kind.starts_with("cancel") { "cancel" } else { "order" };
    let payload =
        json!({"status": "ok", "response": {"type": kind, "data": {"statuses": statuses}}});
    let answer = json!({"channel": "post", "data": {"id": frame["id"],
        "response": {"type": "action", "payload": payload}}});
    Fate::Answer(Nanos::from_millis(250), answer.to_string().into())
}

/// Walks over everything in a message.
fn walk(value: &mut Value, visit: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn scale_prices(frame: &mut Value, times: f64) {
    walk(frame, &mut |key, value| {
        if key == "px"
            && let Some(px) = value.as_str().and_then(|text| text.parse::<f64>().ok())
        {
            *value = format!("{:.3}", px * times).into();
        }
    });
}

fn set_prices(frame: &mut Value, text: &str) {
    walk(frame, &mut |key, value| {
        if matches!(key, "px" | "oraclePx" | "markPx" | "sz") && value.is_string() {
            *value = text.into();
        }
    });
}

fn shift_times(frame: &mut Value, step_ms: i64) {
    walk(frame, &mut |key, value| {
        if key == "time"
            && let Some(time) = value.as_u64()
        {
            *value = time.saturating_add_signed(step_ms).into();
        }
    });
}

/// A book that is crossed, or lacks a side.
fn make_odd(frame: &mut Value, variant: u64) {
    let data = &mut frame["data"];
    let sides = if data["bbo"].is_array() { &mut data["bbo"] } else { &mut data["levels"] };
    let Some(sides) = sides.as_array_mut().filter(|sides| sides.len() == 2) else { return };
    match variant % 3 {
        0 => sides.swap(0, 1),
        1 => sides[0] = if sides[0].is_array() { json!([]) } else { Value::Null },
        _ => sides[1] = if sides[1].is_array() { json!([]) } else { Value::Null },
    }
}
