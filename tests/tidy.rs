//! The house rules as machine checks: a rule no machine checks is a wish.
//!
//! `tidy/tables.rs` holds the rules as data, `tidy/source.rs` reads the files into tokens, the
//! others compare the two. Every complaint names the file, the line and what is allowed.

#[path = "tidy/floors.rs"]
mod floors;
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
