//! The session over time: price with quotes and fills, position, skew, PnL, limits, budget.

use super::chart::{Chart, Line, LineStyle, whole};
use super::marks;
use super::series::{Point, central, range};
use crate::market::KillLimit;
use crate::num::{Mono, Px, Q24};
use crate::report::format::bps_f64;
use crate::report::session::{Sample, Session, known};
use maud::{Markup, PreEscaped, html};

/// Points of the data under the pointer.
const HOVER_POINTS: usize = 1_500;
/// Share of the quotes on each end that may lie outside the picture.
const OUTSIDE: f64 = 0.01;

/// All charts over time.
pub fn all(session: &Session) -> Markup {
    let end = seconds(session.now()).max(1e-3);
    html! {
        section.panels {
            p.readout { "Move the pointer over a chart to read its values." }
            (price(session, end))
            (pnl(session, end))
            (position(session, end))
            (skew(session, end))
            (limits(session, end))
            (budget(session, end))
            script type="application/json" id="samples" { (PreEscaped(hover(session))) }
        }
    }
}

fn seconds(at: Mono) -> f64 {
    at.ns() as f64 / 1e9
}

/// A series of the samples.
fn series(session: &Session, value: impl Fn(&Sample) -> Option<f64>) -> Vec<Point> {
    session.samples().iter().map(|sample| (seconds(sample.at), value(sample))).collect()
}

fn line(name: &'static str, class: &'static str, style: LineStyle, points: Vec<Point>) -> Line {
    Line { name, class, style, points }
}

/// The values of a series that are drawn.
fn drawn(line: &Line) -> impl Iterator<Item = f64> + '_ {
    line.points.iter().filter_map(|point| point.1)
}

fn price(session: &Session, end: f64) -> Markup {
    let px = |px: Px| known(px).map(|px| whole(px.e8()));
    let lines = vec![
        line("our ask", "ask", LineStyle::Steps, series(session, |s| px(s.belief.quote[1]))),
        line("our bid", "bid", LineStyle::Steps, series(session, |s| px(s.belief.quote[0]))),
        line("mid", "mid", LineStyle::Steps, series(session, |s| px(s.mid))),
        line("fair", "fair", LineStyle::Steps, series(session, |s| px(s.belief.fair))),
    ];
    let quotes = central(lines.iter().take(2).flat_map(drawn).collect(), OUTSIDE);
    let fills = session.ledger().fills().iter().map(|marked| whole(marked.fill.px.e8()));
    let shown = drawn(&lines[2]).chain(quotes).chain(fills);
    let values = range(shown, 0.04).unwrap_or((0.0, 1.0));
    let unit = "dollars".to_owned();
    let chart =
        Chart { title: "Price", unit, height: 380.0, end, values, lines, limits: Vec::new() };
    chart.draw("price", &marks::fills(session, &chart))
}

fn pnl(session: &Session, end: f64) -> Markup {
    let opening = session.opening.equity;
    let lines = vec![line(
        "PnL",
        "pnl",
        LineStyle::Area,
        series(session, |s| Some(whole((s.equity - opening).e8()))),
    )];
    let values = range(drawn(&lines[0]).chain([0.0]), 0.08).unwrap_or((0.0, 1.0));
    let unit = "dollars, at the mid".to_owned();
    Chart { title: "PnL", unit, height: 170.0, end, values, lines, limits: Vec::new() }
        .draw("pnl", &html! {})
}

fn position(session: &Session, end: f64) -> Markup {
    let lines = vec![line(
        "position",
        "pos",
        LineStyle::Area,
        series(session, |s| Some(whole(s.pos.e8()))),
    )];
    let most = whole(session.info.position_max.e8());
    // A limit far away would press the position flat; it is shown when a third of it is used.
    let used = whole(session.ledger().pos_max().e8());
    let is_near = 0.0 < most && most <= 3.0 * used;
    let limits = if is_near { vec![(most, "limit"), (-most, "limit")] } else { Vec::new() };
    let shown = drawn(&lines[0]).chain([0.0]).chain(limits.iter().map(|limit| limit.0));
    let values = range(shown, 0.08).unwrap_or((-1.0, 1.0));
    let unit = format!("{}, limit {most}", session.info.coin);
    Chart { title: "Position", unit, height: 150.0, end, values, lines, limits }
        .draw("pos", &html! {})
}

fn skew(session: &Session, end: f64) -> Markup {
    let lines = vec![line(
        "skew",
        "skew",
        LineStyle::Area,
        series(session, |s| Some(bps_f64(s.belief.skew))),
    )];
    let values = range(drawn(&lines[0]).chain([0.0]), 0.08).unwrap_or((-1.0, 1.0));
    let unit = "bps, against the position".to_owned();
    Chart { title: "Skew", unit, height: 130.0, end, values, lines, limits: Vec::new() }
        .draw("skew", &html! {})
}

/// How much of each hard limit is used up.
fn limits(session: &Session, end: f64) -> Markup {
    const CLASSES: [&str; KillLimit::COUNT] = ["l0", "l1", "l2", "l3", "l4", "l5", "l6"];
    let share = |used: Q24| used.bits() as f64 / Q24::ONE.bits() as f64 * 100.0;
    let each = KillLimit::ALL.into_iter().zip(CLASSES);
    let lines = each.map(|(limit, class)| {
        let used = series(session, |s| s.belief.limits[limit.index()].map(share));
        line(limit.name(), class, LineStyle::Steps, used)
    });
    let lines: Vec<Line> = lines.filter(|line| drawn(line).any(|used| 0.0 < used)).collect();
    if lines.is_empty() {
        return html! {};
    }
    let most = lines.iter().flat_map(drawn).fold(50.0, f64::max).min(120.0);
    let (values, limits) = ((0.0, most * 1.05), vec![(100.0, "the switch fires")]);
    let unit = "per cent of each hard limit used".to_owned();
    let chart = Chart { title: "Kill switch", unit, height: 150.0, end, values, lines, limits };
    chart.draw("limits", &html! {})
}

/// What the venue would still take.
fn budget(session: &Session, end: f64) -> Markup {
    let left = series(session, |s| Some(s.belief.budget as f64));
    let lines = vec![line("requests left", "requests", LineStyle::Steps, left)];
    let values = range(drawn(&lines[0]).chain([0.0, 1.0]), 0.05).unwrap_or((0.0, 1.0));
    let unit = "that the venue would still take".to_owned();
    let chart = Chart {
        title: "Request budget",
        unit,
        height: 120.0,
        end,
        values,
        lines,
        limits: Vec::new(),
    };
    chart.draw("budget", &html! {})
}

/// What the pointer reads: `[seconds, mid, bid bps, ask bps, position, skew bps, PnL]` a row.
fn hover(session: &Session) -> String {
    let samples = session.samples();
    let stride = samples.len().div_ceil(HOVER_POINTS).max(1);
    let opening = session.opening.equity;
    let rows: Vec<_> = samples
        .iter()
        .step_by(stride)
        .map(|s| {
            let away = |quote: Px| known(quote).map(|quote| near(bps_f64(s.mid.bps_to(quote))));
            (
                near(seconds(s.at)),
                whole(s.mid.e8()),
                away(s.belief.quote[0]),
                away(s.belief.quote[1]),
                whole(s.pos.e8()),
                near(bps_f64(s.belief.skew)),
                near(whole((s.equity - opening).e8())),
            )
        })
        .collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

/// With three decimals, to keep the page small.
fn near(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
