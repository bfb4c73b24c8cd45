//! Each rule bites: a sample that breaks it, and one that does not.

use crate::source::Source;
use crate::{floors, hot, names, sizes, tables, text};

type Rule = fn(&Source) -> Vec<String>;

#[test]
fn every_rule_bites_and_lets_good_code_pass() {
    // what, rule, path, text, complaints
    let rows: &[(&str, Rule, &str, &str, usize)] = &[
        (
            "down",
            floors::check,
            "src/wire/a.rs",
            "use crate::market::Px; fn f() { crate::num::g() }",
            0,
        ),
        ("sideways", floors::check, "src/wire/a.rs", "use crate::model::Fair;", 1),
        ("up, inline", floors::check, "src/num/a.rs", "fn f() { crate::market::g() }", 1),
        (
            "up, in braces",
            floors::check,
            "src/num/a.rs",
            "use crate::{num::Px, market::{X, Y}, venue};",
            2,
        ),
        ("up, by super", floors::check, "src/num/a.rs", "use super::super::market::X;", 1),
        ("beside, by super", floors::check, "src/num/a.rs", "use super::market::X;", 0),
        (
            "in a test",
            floors::check,
            "src/num/a.rs",
            "#[cfg(test)] mod tests { use super::super::super::venue::X; }",
            1,
        ),
        ("narrow", floors::check, "src/session/a.rs", "use crate::venue::X;", 1),
        ("narrow, allowed", floors::check, "src/session/embedded.rs", "use crate::venue::X;", 0),
        ("on no floor", floors::check, "src/attic/a.rs", "fn f() {}", 1),
        (
            "in a comment",
            floors::check,
            "src/num/a.rs",
            "/// As crate::market does.\nfn f() {} // crate::venue",
            0,
        ),
        ("heap", hot::words, "src/risk/a.rs", "fn f() -> Vec<u8> { vec![1] }", 2),
        (
            "heap in a test",
            hot::words,
            "src/risk/a.rs",
            "#[cfg(test)]\nmod tests { fn f() -> Vec<f64> { vec![1.0] } }",
            0,
        ),
        (
            "heap after a test",
            hot::words,
            "src/risk/a.rs",
            "#[cfg(test)] mod tests;\nfn f() -> String {}",
            1,
        ),
        ("a variant", hot::words, "src/wire/a.rs", "fn f() { g(Node::String) }", 0),
        ("heap elsewhere", hot::words, "src/cli/a.rs", "fn f() -> Vec<u8> {}", 0),
        ("a float", hot::words, "src/venue/a.rs", "const A: i64 = 1.5;", 1),
        ("a word in a string", hot::words, "src/num/a.rs", "const A: &str = \"Vec f64 1.5\";", 0),
        ("unsafe", hot::unsafe_words, "src/num/a.rs", "fn f() { unsafe { g() } }", 1),
        (
            "unsafe without a reason",
            hot::unsafe_words,
            "src/host/a.rs",
            "fn f() {\n    unsafe { g() }\n}",
            1,
        ),
        (
            "unsafe with one",
            hot::unsafe_words,
            "src/host/a.rs",
            "fn f() {\n    // SAFETY: it holds.\n    unsafe { g() }\n}",
            0,
        ),
        ("no denials", hot::missing_denials, "src/num/mod.rs", "//! Numbers.", 4),
        ("a module", names::check, "src/num/utils.rs", "", 1),
        (
            "names",
            names::check,
            "src/num/a.rs",
            "struct OrderManager; fn get_px() {} mod common {}",
            3,
        ),
        ("good names", names::check, "src/num/a.rs", "struct Orders; fn px() {} mod tests {}", 0),
        ("the past", text::comments, "src/num/a.rs", "fn f() {} // Prev\u{69}ously a float.", 1),
        ("work left", text::comments, "src/num/a.rs", "/// To\u{64}o: round.", 1),
        ("the present", text::comments, "src/num/a.rs", "/// A new table of the methodology.", 0),
    ];
    for (what, rule, path, text, want) in rows {
        let got = rule(&Source::new(path, text));
        assert_eq!(got.len(), *want, "{what}: {got:?}");
    }
}

#[test]
fn sizes_bite_on_the_line_after_the_last_allowed() {
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
    let tests = |lines: usize| {
        format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn g() {}\n".repeat(lines - 2))
    };
    let rows: [(&str, Rule, String, usize); 6] = [
        ("600 lines", sizes::file, "\n".repeat(600), 0),
        ("601 lines", sizes::file, "\n".repeat(601), 1),
        ("a function of 70", sizes::functions, function(70), 0),
        ("a function of 71", sizes::functions, function(71), 1),
        ("120 lines of tests", sizes::inline_tests, tests(120), 0),
        ("121 lines of tests", sizes::inline_tests, tests(121), 1),
    ];
    for (what, rule, text, want) in rows {
        assert_eq!(rule(&Source::new("src/num/a.rs", &text)).len(), want, "{what}");
    }
    for (path, most) in
        [("src/num", tables::PRODUCT_LINES_MAX), ("src/venue", tables::VENUE_LINES_MAX)]
    {
        let half = "\n".repeat(most / 2 + 1);
        let whole: Vec<Source> =
            (0..2).map(|n| Source::new(&format!("{path}/a{n}.rs"), &half)).collect();
        assert_eq!((sizes::parts(&whole).len(), sizes::parts(&whole[1..]).len()), (1, 0), "{path}");
    }
}

#[test]
fn manifests_and_documents_bite() {
    assert_eq!(text::dependencies("[dependencies]\nserde = \"1\"\n").len(), 1);
    assert_eq!(
        text::dependencies("[dependencies]\nserde = \"1\" # typed JSON\n[features]\na = []\n")
            .len(),
        0
    );
    assert_eq!(text::readme("cargo test").len(), 1);
    assert_eq!(text::lock("source = \"git+https://example.org/x\"\n").len(), 1);
    let file = |line: &str| [("a.md".to_owned(), line.to_owned())];
    assert_eq!(text::machine(&file(concat!("see /ho", "me/me/x"))).len(), 1);
    assert_eq!(text::machine(&file("see ../shared/data")).len(), 0);
}
