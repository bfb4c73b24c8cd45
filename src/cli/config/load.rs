//! Settings: from a TOML file and the environment, over the defaults. The only reader of TOML.
//!
//! Flags beat `EVENKEEL_SECTION__KEY`, which beats the file, which beats the default. Values are read
//! as decimal text, never through floating point, and nothing is accepted that is not in the table
//! of [`SETTINGS`].

use super::settings::{PAIRS, SETTINGS, Setting};
use super::source;
use super::written::{Origin, Written, Wrong};
use crate::cli::{Exit, Failure};
use crate::engine::Config;
use crate::num::text::{canonical, read_e8};
use std::path::Path;

/// Names less alike than this, of 1 for the same, are not suggested.
const ALIKE: f64 = 0.6;

/// The settings in force, and where each of them stands.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The settings as the engine takes them.
    pub config: Config,
    origins: Vec<Origin>,
}

impl Settings {
    /// Where a setting stands, by its place in [`SETTINGS`].
    pub fn origin(&self, index: usize) -> &Origin {
        &self.origins[index]
    }
}

/// Reads a file, if one is given, and the environment.
///
/// # Errors
/// The file cannot be read or is not TOML; a key is unknown; a value is not a number, is outside its
/// range, or contradicts another. All that is wrong is listed.
pub fn load(
    path: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Settings, Vec<Wrong>> {
    let mut written = match path {
        Some(path) => source::file(path)?,
        None => Vec::new(),
    };
    written.extend(source::variables(environment));
    apply_over_defaults(&written)
}

/// As [`load`], with the first thing that is wrong as the failure of a command.
///
/// # Errors
/// As [`load`].
pub fn load_or_fail(path: Option<&Path>) -> Result<Settings, Failure> {
    load(path, std::env::vars()).map_err(|wrongs| {
        let more = wrongs.len() - 1;
        let first = wrongs.first().map(ToString::to_string).unwrap_or_default();
        let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        Failure::new(Exit::Config, format!("{first}{rest}"))
    })
}

/// Puts what was written over the defaults, later over earlier.
fn apply_over_defaults(written: &[Written]) -> Result<Settings, Vec<Wrong>> {
    let mut settings =
        Settings { config: Config::default(), origins: vec![Origin::Default; SETTINGS.len()] };
    let mut wrongs = Vec::new();
    for one in written {
        if let Err(wrong) = put(one, &mut settings) {
            wrongs.push(wrong);
        }
    }
    if wrongs.is_empty() {
        wrongs.extend(contradictions(&settings));
    }
    if wrongs.is_empty() { Ok(settings) } else { Err(wrongs) }
}

/// Puts one value in its place.
fn put(written: &Written, settings: &mut Settings) -> Result<(), Wrong> {
    let wrong = |value: Option<&str>, want: String| Wrong {
        origin: written.origin.clone(),
        key: written.key.clone(),
        value: value.map(str::to_owned),
        want,
    };
    let found = SETTINGS.iter().position(|setting| setting.key == written.key);
    let index = found.ok_or_else(|| wrong(None, unknown(&written.key)))?;
    let setting = &SETTINGS[index];
    let text = written.value.as_ref().map_err(|got| wrong(Some(got), allowed(setting)))?;
    let e8 = setting
        .of_word(text)
        .map_or_else(|| read_e8(text.as_bytes()), Ok)
        .map_err(|_| wrong(Some(text), allowed(setting)))?;
    if !setting.admits(e8) {
        let zero = if e8 == 0 { setting.at_zero } else { "" };
        return Err(wrong(Some(text), format!("{zero}{}", allowed(setting))));
    }
    (setting.put)(&mut settings.config, e8);
    settings.origins[index] = written.origin.clone();
    Ok(())
}

/// What a setting may be.
fn allowed(setting: &Setting) -> String {
    let (low, high) = setting.range;
    match setting.places {
        _ if !setting.words.is_empty() => format!("allowed is {}", setting.words.join(" or ")),
        0 => format!("allowed is a whole number from {low} to {high}"),
        places => format!("allowed is {low} to {high}, with at most {places} decimals"),
    }
}

/// What to say of a key that is not in the table.
fn unknown(key: &str) -> String {
    let alike = |setting: &&Setting| strsim::jaro_winkler(setting.key, key);
    let nearest = SETTINGS.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    match nearest.filter(|setting| ALIKE <= alike(setting)) {
        Some(setting) => format!("no such setting; did you mean {}?", setting.key),
        None => "no such setting; `evenkeel config show` lists them all".to_owned(),
    }
}

/// Pairs of settings that must stand in order and do not.
fn contradictions(settings: &Settings) -> Vec<Wrong> {
    let of = |key: &str| {
        let index = SETTINGS.iter().position(|setting| setting.key == key);
        let index = index.expect("`every_pair_names_settings` checks that pairs name settings");
        (index, (SETTINGS[index].of)(&settings.config))
    };
    let mut wrongs = Vec::new();
    for (low, high) in PAIRS {
        let ((low_at, low_e8), (high_at, high_e8)) = (of(low), of(high));
        if low_e8 <= high_e8 {
            continue;
        }
        // Blame the one that somebody wrote; the later of two.
        let is_low = settings.origins[high_at] == Origin::Default;
        let (key, at, e8) = if is_low { (low, low_at, low_e8) } else { (high, high_at, high_e8) };
        let (word, other, bound) =
            if is_low { ("above", high, high_e8) } else { ("below", low, low_e8) };
        wrongs.push(Wrong {
            origin: settings.origins[at].clone(),
            key: (*key).to_owned(),
            value: Some(shown(e8)),
            want: format!("must not be {word} {other}, which is {}", shown(bound)),
        });
    }
    wrongs
}

/// A number as people write it.
pub fn shown(e8: i64) -> String {
    // Six decimals are the finest that any setting has; binary fractions differ beyond them.
    let rounded = crate::num::fix::div_round(e8.into(), 100) * 100;
    let rounded = i64::try_from(rounded).unwrap_or(e8);
    canonical(rounded).to_string()
}

#[cfg(test)]
mod tests;
