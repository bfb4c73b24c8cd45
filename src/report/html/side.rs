//! Charts that are not over time: parts of PnL, markouts by horizon, latency.

use super::chart::{Scale, round};
use super::series::{range, ticks};
use super::tables::tone;
use crate::num::Usd;
use crate::report::format::{bps, bps_f64, grouped, money, span};
use crate::report::ledger::HORIZONS;
use crate::report::session::Session;
use maud::{Markup, html};

/// Size of a drawing.
const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 190.0;
/// Bars of the latency chart at most; narrower ones are merged.
const BASE: f64 = HEIGHT - 22.0;

/// Where the money came from: a table whose rows are bars.
pub fn parts(session: &Session) -> Markup {
    let parts = session.parts();
    let rows = [
        ("spread captured", parts.spread),
        ("markout, 5 s", parts.markout),
        ("inventory", parts.inventory),
        ("fees", parts.fees),
        ("funding", parts.funding),
    ];
    let most = rows.iter().map(|row| row.1.e8().abs()).chain([parts.total.e8().abs(), 1]).max();
    let most = most.unwrap_or(1) as f64;
    html! {
        section.card {
            h2 { "Where the money came from" }
            table.bars {
                @for (what, usd) in rows { (bar(what, usd, most)) }
                (bar("change of equity", parts.total, most))
            }
            p.note { "The five parts add up to the change of equity exactly. Fills younger than 5 s count to the last mid." }
        }
    }
}

fn bar(what: &str, usd: Usd, most: f64) -> Markup {
    let share = usd.e8() as f64 / most * 50.0;
    let (left, width) = if share < 0.0 { (50.0 + share, -share) } else { (50.0, share) };
    html! {
        tr {
            th { (what) }
            td.track { div class=(format!("bar {}", tone(usd))) style=(format!("left:{left:.1}%;width:{width:.1}%")) {} }
            td.number { (money(usd, 4)) }
        }
    }
}

/// Mean markout of our fills by horizon.
pub fn markouts(session: &Session) -> Markup {
    let known: Vec<_> =
        HORIZONS.iter().zip(session.ledger().markouts()).filter(|(_, m)| m.fills != 0).collect();
    let values =
        range(known.iter().map(|(_, m)| bps_f64(m.mean)).chain([0.0]), 0.15).unwrap_or((-1.0, 1.0));
    let up = Scale { values, places: (BASE, 8.0) };
    let across =
        |index: usize| 60.0 + (WIDTH - 80.0) * (index as f64 + 0.5) / HORIZONS.len() as f64;
    html! {
        section.card {
            h2 { "Markouts" }
            @if known.is_empty() { p.note { "No fill is a second old yet." } } @else {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="markouts by horizon" {
                    (lines(values, &up))
                    @for (index, (span, markout)) in known.iter().enumerate() {
                        @let (x, y, zero) = (across(index), up.at(bps_f64(markout.mean)), up.at(0.0));
                        rect class=(format!("column {}", tone(markout.usd))) x=(round(x - 19.0)) width="38" y=(round(y.min(zero))) height=(round((y - zero).abs().max(1.0))) rx="2" {}
                        text.value x=(round(x)) y=(round(if y < zero { y - 5.0 } else { y + 13.0 })) text-anchor="middle" { (bps(markout.mean, 2)) }
                        text x=(round(x)) y=(HEIGHT - 6.0) text-anchor="middle" { (span.ms() / 1_000) " s" }
                    }
                }
                p.note { "Mean over fills that old, weighted by size, in bps of the price: side x (mid later - price)." }
            }
        }
    }
}

/// The grid of a small chart.
fn lines(values: (f64, f64), up: &Scale) -> Markup {
    let (values, decimals) = ticks(values.0, values.1, 4.0);
    html! {
        g.grid {
            @for value in values {
                @let y = round(up.at(value));
                line x1="44" x2=(WIDTH) y1=(y) y2=(y) class=[(value == 0.0).then_some("zero")] {}
                text x="38" y=(y + 3.5) text-anchor="end" { (format!("{value:.decimals$}")) }
            }
        }
    }
}

/// Tick-to-quote latency as a histogram.
pub fn latency(session: &Session) -> Markup {
    let took = session.took();
    html! {
        section.card {
            h2 { "Tick to quote" }
            @if took.count() == 0 { p.note { "No market data message has caused a request." } } @else {
                (histogram(&took.bars().collect::<Vec<_>>()))
                table.plain {
                    tr { th { "p50" } th { "p99" } th { "p99.9" } th { "max" } th { "ticks" } }
                    tr {
                        @for share in [0.5, 0.99, 0.999] { td { (span(took.quantile_ns(share))) } }
                        td { (span(took.max_ns())) }
                        td { (grouped(took.count().into())) }
                    }
                }
                p.note { "From a market data frame read to the request it caused, signed and queued." }
            }
        }
    }
}

/// Counts by span, both axes logarithmic in their way: spans by factors, counts by their root.
fn histogram(bars: &[(f64, u64)]) -> Markup {
    let (low, high) = range(bars.iter().map(|bar| bar.0.ln()), 0.06).unwrap_or((0.0, 1.0));
    let most = bars.iter().map(|bar| bar.1).max().unwrap_or(1) as f64;
    let across = Scale { values: (low, high.max(low + 1.0)), places: (20.0, WIDTH - 12.0) };
    let up = Scale { values: (0.0, most.sqrt()), places: (BASE, 10.0) };
    let width = (across.at(2f64.powf(0.25).ln()) - across.at(0.0) - 1.0).clamp(2.0, 30.0);
    let decades = (0..11).flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(power)));
    let shown = |ns: &f64| across.values.0 < ns.ln() && ns.ln() < across.values.1;
    let labels: Vec<f64> = decades.filter(shown).collect();
    let stride = labels.len().div_ceil(9).max(1);
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="distribution of tick to quote" {
            g.grid {
                line.zero x1="12" x2=(WIDTH) y1=(BASE) y2=(BASE) {}
                @for ns in labels.iter().step_by(stride) {
                    text x=(round(across.at(ns.ln()))) y=(HEIGHT - 6.0) text-anchor="middle" { (brief(*ns)) }
                }
            }
            @for (ns, count) in bars {
                @let y = up.at((*count as f64).sqrt());
                rect.column x=(round(across.at(ns.ln()) - width)) width=(round(width)) y=(round(y)) height=(round((BASE - y).max(1.0))) {
                    title { (count) " up to " (span(*ns as u64)) }
                }
            }
        }
    }
}

/// A round span of time: `5 us`.
fn brief(ns: f64) -> String {
    match ns {
        _ if ns < 1e3 => format!("{ns:.0} ns"),
        _ if ns < 1e6 => format!("{:.0} us", ns / 1e3),
        _ if ns < 1e9 => format!("{:.0} ms", ns / 1e6),
        _ => format!("{:.0} s", ns / 1e9),
    }
}
