//! The frame of a chart: scales, grid, axes, and lines in it.

use super::series::{Point, thin, ticks, time_ticks};
use crate::num::Nanos;
use crate::report::format::length;
use maud::{Markup, html};
use std::fmt::Write;

/// Width of every chart of the session over time, in units of its drawing.
pub const WIDTH: f64 = 1_100.0;
/// Where the plot begins, from the left.
pub const LEFT: f64 = 64.0;
/// Where the plot ends, from the left.
pub const RIGHT: f64 = WIDTH - 12.0;
/// Where the plot begins, from the top.
pub const TOP: f64 = 8.0;
/// Room for the labels below the plot.
const BELOW: f64 = 20.0;

/// A straight line from values to places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The values at the two ends.
    pub values: (f64, f64),
    /// The places of the two ends.
    pub places: (f64, f64),
}

impl Scale {
    /// The place of a value.
    pub fn at(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.values, self.places);
        from + (value - low) / (high - low) * (to - from)
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStyle {
    /// A line from value to value at right angles: a value holds until the next.
    Steps,
    /// The same, and the room between it and zero is filled.
    Area,
}

/// One series of a chart.
pub struct Line {
    /// What it is, for the legend and the style sheet.
    pub name: &'static str,
    /// Its class in the style sheet.
    pub class: &'static str,
    /// How it is drawn.
    pub style: LineStyle,
    /// Its values over time.
    pub points: Vec<Point>,
}

/// A chart of values over time.
pub struct Chart {
    /// The heading of the chart.
    pub title: &'static str,
    /// The unit of the values, as people read it.
    pub unit: String,
    /// Height of the drawing.
    pub height: f64,
    /// Length of the session in seconds.
    pub end: f64,
    /// Lowest and highest value shown.
    pub values: (f64, f64),
    /// Its series; later ones lie on top.
    pub lines: Vec<Line>,
    /// Values with a line across and a word: a limit.
    pub limits: Vec<(f64, &'static str)>,
}

impl Chart {
    /// The scale from seconds to places across.
    pub fn across(&self) -> Scale {
        Scale { values: (0.0, self.end), places: (LEFT, RIGHT) }
    }

    /// The scale from values to places upward.
    pub fn up(&self) -> Scale {
        Scale { values: self.values, places: (self.height - BELOW, TOP) }
    }

    /// The chart, with `marks` on top.
    pub fn draw(&self, id: &str, marks: &Markup) -> Markup {
        let clip = format!("clip-{id}");
        html! {
            figure.chart {
                figcaption {
                    b { (self.title) } span.unit { (self.unit) }
                    span.legend { @for line in &self.lines { span class=(line.class) { i {} (line.name) } } }
                }
                svg viewBox=(format!("0 0 {WIDTH} {}", self.height)) data-end=(self.end) role="img" aria-label=(self.title) {
                    clipPath id=(clip) {
                        rect x=(LEFT) y=(TOP) width=(RIGHT - LEFT) height=(self.height - BELOW - TOP) {}
                    }
                    (self.grid())
                    g clip-path=(format!("url(#{clip})")) {
                        (self.drawn_limits())
                        @for line in &self.lines { (self.drawn(line)) }
                        (marks)
                    }
                    line.cross x1="0" x2="0" y1=(TOP) y2=(self.height - BELOW) {}
                }
            }
        }
    }

    fn grid(&self) -> Markup {
        let (across, up) = (self.across(), self.up());
        let (values, decimals) = ticks(self.values.0, self.values.1, self.height / 42.0);
        let times = time_ticks(self.end, 10.0);
        html! {
            g.grid {
                @for value in values {
                    @let y = round(up.at(value));
                    line x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) class=[(value == 0.0).then_some("zero")] {}
                    text x=(LEFT - 8.0) y=(y + 3.5) text-anchor="end" { (format!("{value:.decimals$}")) }
                }
                @for time in times {
                    @let x = round(across.at(time));
                    line x1=(x) x2=(x) y1=(self.height - BELOW) y2=(self.height - BELOW + 4.0) {}
                    text x=(x) y=(self.height - 4.0) text-anchor="middle" { (clock(time)) }
                }
            }
        }
    }

    fn drawn_limits(&self) -> Markup {
        let up = self.up();
        html! {
            @for (value, what) in &self.limits {
                @let y = round(up.at(*value));
                line.limit x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
                text.limit x=(RIGHT - 4.0) y=(if *value < 0.0 { y - 4.0 } else { y + 11.0 }) text-anchor="end" { (what) }
            }
        }
    }

    fn drawn(&self, line: &Line) -> Markup {
        let columns = (RIGHT - LEFT) as usize;
        let points = thin(&line.points, columns, (0.0, self.end));
        let path = self.steps(&points);
        html! {
            @if line.style == LineStyle::Area {
                path class=(format!("area {}", line.class)) d=(self.filled(&points)) {}
            }
            path class=(format!("line {}", line.class)) d=(path) {}
        }
    }

    /// A path that holds each value until the next, broken where there is none.
    fn steps(&self, points: &[Point]) -> String {
        let (across, up) = (self.across(), self.up());
        let mut path = String::new();
        let mut is_drawing = false;
        for (at, value) in points {
            let x = round(across.at(*at));
            // Writing to a string cannot fail.
            let _ = match (value, is_drawing) {
                (Some(value), true) => write!(path, "H{x}V{}", round(up.at(*value))),
                (Some(value), false) => write!(path, "M{x} {}", round(up.at(*value))),
                (None, true) => write!(path, "H{x}"),
                (None, false) => Ok(()),
            };
            is_drawing = value.is_some();
        }
        if is_drawing {
            let _ = write!(path, "H{}", round(across.at(self.end)));
        }
        path
    }

    /// The room between the steps and zero.
    fn filled(&self, points: &[Point]) -> String {
        let zero = round(self.up().at(0.0));
        let Some((first, _)) = points.iter().find(|point| point.1.is_some()) else {
            return String::new();
        };
        let zeroed: Vec<Point> =
            points.iter().map(|(at, value)| (*at, Some(value.unwrap_or(0.0)))).collect();
        format!(
            "M{} {zero}{}V{zero}Z",
            round(self.across().at(*first)),
            self.steps(&zeroed).replacen('M', "L", 1)
        )
    }
}

/// A stored number in whole units.
pub fn whole(e8: i64) -> f64 {
    e8 as f64 / 1e8
}

/// A place with one decimal: a tenth of a pixel.
pub fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// A time in seconds as a clock shows it.
pub fn clock(seconds: f64) -> String {
    length(Nanos::from_secs(seconds as u64))
}
