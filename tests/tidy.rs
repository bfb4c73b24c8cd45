//! The house rules as machine checks: a rule no machine checks is a wish.
//!
//! `tidy/tables.rs` holds the rules as data, `tidy/source.rs` reads the files into tokens, the
//! others compare the two. Every complaint names the file, the line and what is allowed.

#[path = "tidy/arms.rs"]
mod arms;
#[path = "tidy/asserts.rs"]
mod asserts;
#[path = "tidy/commits.rs"]
mod commits;
#[path = "tidy/declared.rs"]
mod declared;
#[path = "tidy/figures.rs"]
mod figures;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/graph.rs"]
mod graph;
#[path = "tidy/hot.rs"]
mod hot;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/samples.rs"]
mod samples;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/tables.rs"]
mod tables;
#[path = "tidy/text.rs"]
mod text;

use source::Source;

/// Fails with every complaint on a line of its own.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// All complaints of a rule that looks at one file at a time.
fn each(rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    source::rust_files().iter().flat_map(rule).collect()
}

/// Complaints where there are more than a ratchet allows.
fn at_most(most: usize, found: Vec<String>) -> Vec<String> {
    let count = found.len();
    if count <= most {
        return Vec::new();
    }
    [found, vec![format!("{count} of these; at most {most}, see tidy/tables.rs")]].concat()
}

#[test]
fn imports_only_go_down() {
    none(&each(floors::check));
}

#[test]
fn files_are_at_most_as_long_as_allowed() {
    none(&each(sizes::file));
}

#[test]
fn functions_are_at_most_as_long_as_allowed() {
    none(&each(sizes::functions));
}

#[test]
fn long_tests_have_a_file_of_their_own() {
    none(&each(sizes::inline_tests));
}

#[test]
fn product_and_venue_stay_small() {
    none(&sizes::parts(&source::rust_files()));
}

#[test]
fn names_say_what_things_are() {
    none(&each(names::check));
}

#[test]
fn comments_describe_the_code_and_not_its_history() {
    none(&each(text::comments));
}

#[test]
fn the_hot_path_has_no_heap_no_floats_and_no_words() {
    none(&each(hot::words));
}

#[test]
fn the_hot_path_denies_what_clippy_can_see() {
    none(&hot::denials(&source::rust_files()));
}

#[test]
fn every_exception_is_needed() {
    none(&hot::unused_exceptions(&source::rust_files()));
}

#[test]
fn unsafe_code_stays_in_its_few_places() {
    none(&hot::unsafe_code(&source::rust_files()));
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    none(&text::machine(&source::text_files()));
}

#[test]
fn every_dependency_says_what_it_saves() {
    none(&text::dependencies(&source::read("Cargo.toml")));
}

#[test]
fn the_readme_shows_the_two_commands() {
    none(&text::readme(&source::read("README.md")));
}

#[test]
fn the_lock_file_names_only_the_public_registry() {
    none(&text::lock(&source::read("Cargo.lock")));
}

#[test]
fn files_know_each_other_one_way() {
    let sources = source::rust_files();
    none(&at_most(tables::CIRCLES_MAX, graph::circles(&sources)));
    let files = graph::files_in_circles(&sources);
    assert!(files <= tables::CIRCLE_FILES_MAX, "{files} files in circles");
}

#[test]
fn a_type_name_stands_once() {
    none(&at_most(tables::DOUBLE_NAMES_MAX, declared::double_names(&source::rust_files())));
}

#[test]
fn what_belongs_to_a_type_stands_in_its_file() {
    none(&at_most(tables::IMPLS_ASTRAY_MAX, declared::impls_astray(&source::rust_files())));
}

#[test]
fn every_exception_of_types_is_needed() {
    none(&declared::unused_exceptions(&source::rust_files()));
}

#[test]
fn errors_are_types() {
    none(&at_most(tables::STRING_RESULTS_MAX, each(arms::string_results)));
}

#[test]
fn every_variant_of_ours_is_named() {
    none(&at_most(tables::WILDCARDS_MAX, arms::wildcards(&source::rust_files())));
}

#[test]
fn documentation_says_something() {
    none(&at_most(tables::SHORT_DOCS_MAX, each(text::short_docs)));
}

#[test]
fn handlers_are_called_by_what_they_answer() {
    none(&at_most(tables::TAKERS_MAX, each(names::takers)));
}

#[test]
fn the_code_checks_itself() {
    none(&asserts::few(&source::rust_files()));
}

#[test]
fn subjects_of_commits_say_what_they_do() {
    match commits::subjects() {
        Ok(subjects) => {
            let wrong: Vec<String> =
                subjects.iter().filter_map(|subject| commits::complaint(subject)).collect();
            none(&wrong);
        }
        // Past the test harness, which keeps what a passing test prints to itself.
        Err(why) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "tidy: subjects of commits: skipped, {why}");
        }
    }
}

/// `cargo test --test tidy -- --nocapture figures` prints where the house stands.
#[test]
fn figures() {
    print!("{}", figures::table(&source::rust_files()));
}
