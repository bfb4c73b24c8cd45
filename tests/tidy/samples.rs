//! Each rule bites: a sample that breaks it, and one that does not.

use crate::source::Source;
use crate::{
    arms, asserts, at_most, commits, declared, floors, graph, hot, names, sizes, tables, text,
};

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
        (
            "a text as error",
            arms::string_results,
            "src/wire/a.rs",
            "fn f() -> Result<u8, String> {}",
            1,
        ),
        (
            "a text as error, nested",
            arms::string_results,
            "src/wire/a.rs",
            "fn f() -> Result<Vec<(u8, fn() -> u8)>, String> {}",
            1,
        ),
        (
            "a text as value",
            arms::string_results,
            "src/wire/a.rs",
            "fn f() -> Result<String, E> {}",
            0,
        ),
        (
            "a text in cli",
            arms::string_results,
            "src/cli/a.rs",
            "fn f() -> Result<u8, String> {}",
            0,
        ),
        ("short", text::short_docs, "src/num/a.rs", "/// The third word.\nfn f() {}", 1),
        ("short, of a file", text::short_docs, "src/num/a.rs", "//! Numbers.\n\nfn f() {}", 1),
        ("long enough", text::short_docs, "src/num/a.rs", "/// One more than three.\nfn f() {}", 0),
        (
            "short lines",
            text::short_docs,
            "src/num/a.rs",
            "/// Two lines.\n/// One thought.\nfn f() {}",
            0,
        ),
        (
            "short in a test",
            text::short_docs,
            "src/num/a.rs",
            "#[cfg(test)]\nmod tests {\n    /// Short.\n    fn f() {}\n}",
            0,
        ),
        ("a taker", names::takers, "src/engine/a.rs", "impl A { fn take_bbo(&mut self) {} }", 1),
        ("an answer", names::takers, "src/engine/a.rs", "impl A { fn on_bbo(&mut self) {} }", 0),
        ("a taker elsewhere", names::takers, "src/wire/a.rs", "fn take_bbo() {}", 0),
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

type Whole = fn(&[Source]) -> Vec<String>;

/// What a rule says about files of these paths and texts.
fn of(rule: Whole, files: &[(&str, &str)]) -> Vec<String> {
    let heads = ["src/lib.rs", "src/risk/mod.rs", "src/wire/mod.rs"];
    let missing = heads.iter().filter(|head| files.iter().all(|(path, _)| path != *head));
    let all = missing.map(|head| (*head, "")).chain(files.iter().copied());
    let sources: Vec<Source> = all.map(|(path, text)| Source::new(path, text)).collect();
    rule(&sources)
}

#[test]
fn circles_are_found_and_straight_ways_are_none() {
    let (a, b, c) = ("src/risk/a.rs", "src/risk/b.rs", "src/risk/c.rs");
    let parent = "src/risk/mod.rs";
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], usize);
    let rows: &[Row<'_>] = &[
        ("down", &[(a, "use super::b::B; struct A;"), (b, "struct B;")], 0),
        ("two", &[(a, "use super::b::B; struct A;"), (b, "use crate::risk::a::A; struct B;")], 1),
        (
            "three, inline",
            &[
                (a, "fn a() { crate::risk::b::b() }"),
                (b, "fn b() { super::c::c() }"),
                (c, "use super::{a, b}; fn c() { a::a() }"),
            ],
            1,
        ),
        ("a parent declares", &[(parent, "mod a; struct P;"), (a, "use super::P;")], 0),
        (
            "hands on",
            &[(parent, "mod a; pub use a::A; struct P;"), (a, "use super::P; struct A;")],
            0,
        ),
        ("uses", &[(parent, "mod a; use a::A; struct P;"), (a, "use super::P; struct A;")], 1),
        (
            "calls",
            &[(parent, "mod a; struct P; fn p() { a::f() }"), (a, "use super::P; fn f() {}")],
            1,
        ),
        (
            "through what the parent hands on",
            &[
                (parent, "mod a; mod b; pub use a::A; pub use b::B;"),
                (a, "use super::B; struct A;"),
                (b, "use crate::risk::A; struct B;"),
            ],
            1,
        ),
        (
            "a sibling by the parent's name for it",
            &[
                (parent, "mod a; mod b; pub use a::A;"),
                (a, "struct A;"),
                (b, "use super::A; struct B;"),
            ],
            0,
        ),
        (
            "a macro's type stands where the macro is called",
            &[(a, "use super::b::Made; struct A;"), (b, "made!(Made); use super::a::A;")],
            1,
        ),
        (
            "only in a test",
            &[
                (a, "use super::b::B; struct A;"),
                (b, "struct B; #[cfg(test)] mod t { use super::super::a::A; }"),
            ],
            0,
        ),
        (
            "inside an inline module",
            &[
                (a, "mod inner { use super::super::b::B; } struct A;"),
                (b, "use super::a::A; struct B;"),
            ],
            1,
        ),
    ];
    for (what, files, want) in rows {
        let got = of(graph::circles, files);
        assert_eq!(got.len(), *want, "{what}: {got:?}");
    }
}

#[test]
fn rules_about_types_bite() {
    let (a, b) = ("src/risk/a.rs", "src/wire/b.rs");
    type Row<'a> = (&'a str, Whole, &'a [(&'a str, &'a str)], usize);
    let rows: &[Row<'_>] = &[
        ("one name", declared::double_names, &[(a, "struct A;"), (b, "enum A {}")], 1),
        ("two names", declared::double_names, &[(a, "struct A;"), (b, "enum B {}")], 0),
        ("an alias", declared::double_names, &[(a, "struct A;"), (b, "type A = u8;")], 1),
        (
            "part of a trait",
            declared::double_names,
            &[(a, "impl I for X { type Item = u8; }"), (b, "trait J { type Item; }")],
            0,
        ),
        (
            "in a test",
            declared::double_names,
            &[(a, "struct A;"), (b, "#[cfg(test)] mod t { struct A; }")],
            0,
        ),
        ("at home", declared::impls_astray, &[(a, "struct A; impl A {}")], 0),
        (
            "astray",
            declared::impls_astray,
            &[(a, "struct A;"), (b, "use crate::risk::a::A; impl A {}")],
            1,
        ),
        (
            "astray, with generics",
            declared::impls_astray,
            &[(a, "struct A<T>(T);"), (b, "impl<T: Fn() -> u8> crate::risk::a::A<T> {}")],
            1,
        ),
        (
            "in the trait's file",
            declared::impls_astray,
            &[(a, "struct A;"), (b, "use crate::risk::a::A; trait T {} impl T for &A {}")],
            0,
        ),
        (
            "a trait of others, astray",
            declared::impls_astray,
            &[(a, "struct A;"), (b, "impl From<u8> for crate::risk::a::A {}")],
            1,
        ),
        ("a type of others", declared::impls_astray, &[(a, "trait T {} impl T for u8 {}")], 0),
        (
            "in a test",
            declared::impls_astray,
            &[(a, "struct A;"), ("src/risk/a/tests.rs", "impl super::A {}")],
            0,
        ),
    ];
    for (what, rule, files, want) in rows {
        let got = of(*rule, files);
        assert_eq!(got.len(), *want, "{what}: {got:?}");
    }
}

#[test]
fn wildcards_over_enums_of_ours_bite() {
    let rows = [
        ("ours", "enum E { A, B } fn f(e: E) { match e { E::A => {} _ => {} } }", 1),
        ("ours, in a pair", "enum E { A, B } fn f() { match x { (E::A, 1) => 1, _ => 2 } }", 1),
        (
            "by Self",
            "enum E { A, B } impl E { fn f(self) { match self { Self::A => 1, _ => 2, } } }",
            1,
        ),
        (
            "by an import",
            "enum E { A, B } fn f(e: E) { use E::{A, B}; match e { A => 1, _ => 2 } }",
            1,
        ),
        ("all named", "enum E { A, B } fn f(e: E) { match e { E::A => {} E::B => {} } }", 0),
        ("nested", "enum E { A(u8), B } fn f(e: E) { match e { E::A(_) => {} E::B => {} } }", 0),
        ("of others", "fn f() { match kind { ErrorKind::Other => 1, _ => 2 } }", 0),
        ("numbers", "enum E { A } fn f() { match n { 1 => E::A, _ => E::A } }", 0),
        (
            "in a test",
            "enum E { A } #[cfg(test)] mod t { fn f() { match e { E::A => 1, _ => 2 } } }",
            0,
        ),
    ];
    for (what, text, want) in rows {
        let got = of(arms::wildcards, &[("src/risk/a.rs", text)]);
        assert_eq!(got.len(), want, "{what}: {got:?}");
    }
}

#[test]
fn assertions_are_counted_by_the_line() {
    let text = "const _: () = assert!(true);\nfn f() {\n    assert_eq!(1, 1);\n    unreachable!()\n}\n\
                #[cfg(test)]\nmod tests {\n    fn g() { assert!(true) }\n}\n";
    let sources = [Source::new("src/risk/a.rs", text)];
    let got = asserts::of_room(&sources, "risk");
    assert_eq!(got.asserts, 2, "not that of a test, and not what is unreachable");
    assert!((100.0..1000.0).contains(&got.per_thousand()), "{}", got.per_thousand());
    let bare = [Source::new("src/risk/a.rs", "fn f() {}\n")];
    assert_eq!(asserts::few(&bare).len(), tables::ASSERTS_MIN.len(), "every floor");
}

#[test]
fn subjects_bite() {
    let rows = [
        ("model/glft: use the asymptotic skew", true),
        ("sim, serve: read fields in place", true),
        ("wire: feed the scanner whole frames", true),
        ("Use the asymptotic skew", false),
        ("Wire: read", false),
        ("wire: fixed the scanner", false),
        ("wire: Adding a scanner", false),
        ("wire: made a scanner", false),
        ("wire: read frames.", false),
        ("wire: ", false),
        ("wire: read frames which are rather longer than anybody has any use for", false),
    ];
    for (subject, is_good) in rows {
        assert_eq!(commits::complaint(subject).is_none(), is_good, "{subject}");
    }
}

#[test]
fn ratchets_hold() {
    let found = || vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(at_most(2, found()).len(), 0);
    assert_eq!(at_most(1, found()).len(), 3, "all of them, and how many may be");
}
