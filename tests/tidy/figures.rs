//! Where the house stands, as a table.

use crate::asserts::of_room;
use crate::source::{Source, is_test_file};
use crate::tables::{
    ASSERTS_MIN, CIRCLE_FILES_MAX, CIRCLES_MAX, DOUBLE_NAMES_MAX, FLOORS, IMPLS_ASTRAY_MAX,
    PRODUCT_LINES_MAX, SHORT_DOCS_MAX, STRING_RESULTS_MAX, TAKERS_MAX, VENUE_LINES_MAX,
    WILDCARDS_MAX,
};
use crate::{arms, declared, graph, names, sizes, text};
use std::fmt::Write;

/// Every figure beside its ratchet, then each module's lines and assertions.
pub fn table(sources: &[Source]) -> String {
    let each = |rule: fn(&Source) -> Vec<String>| sources.iter().flat_map(rule).count();
    let src = || sources.iter().filter(|source| source.path.starts_with("src/"));
    let lines = |is_venue: bool| {
        sizes::lines(src().filter(move |source| (source.room() == "venue") == is_venue))
    };
    let files = src().filter(|source| !is_test_file(&source.path)).count();
    let rows = [
        ("lines of the product", lines(false), Some(PRODUCT_LINES_MAX)),
        ("lines of the venue", lines(true), Some(VENUE_LINES_MAX)),
        ("files without tests", files, None),
        ("files of tests", src().count() - files, None),
        ("circles of files", graph::circles(sources).len(), Some(CIRCLES_MAX)),
        ("files in circles", graph::files_in_circles(sources), Some(CIRCLE_FILES_MAX)),
        ("names of several types", declared::double_names(sources).len(), Some(DOUBLE_NAMES_MAX)),
        ("impls astray", declared::impls_astray(sources).len(), Some(IMPLS_ASTRAY_MAX)),
        ("results with texts", each(arms::string_results), Some(STRING_RESULTS_MAX)),
        ("wildcards over our enums", arms::wildcards(sources).len(), Some(WILDCARDS_MAX)),
        ("short documentation", each(text::short_docs), Some(SHORT_DOCS_MAX)),
        ("takers in the engine", each(names::takers), Some(TAKERS_MAX)),
    ];
    let mut out = format!("{:<26} {:>8} {:>8}\n", "", "is", "at most");
    for (what, is, most) in rows {
        let most = most.map_or(String::new(), |most| most.to_string());
        writeln!(out, "{what:<26} {is:>8} {most:>8}").expect("a text takes all");
    }
    let head = ["asserts", "lines", "/ 1,000", "at least"];
    let [asserts, length, share, least] = head;
    writeln!(out, "\n{:<26} {asserts:>8} {length:>8} {share:>8} {least:>8}", "module")
        .expect("a text takes all");
    for room in FLOORS.iter().map(|(room, _)| *room).chain([""]) {
        let density = of_room(sources, room);
        let least = ASSERTS_MIN.iter().find(|(name, _)| *name == room);
        let least = least.map_or(String::new(), |(_, least)| least.to_string());
        let name = if room.is_empty() { "all" } else { room };
        let (asserts, length, share) = (density.asserts, density.lines, density.per_thousand());
        writeln!(out, "{name:<26} {asserts:>8} {length:>8} {share:>8.1} {least:>8}")
            .expect("a text takes all");
    }
    out
}
