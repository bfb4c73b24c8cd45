//! `evenkeel config`: the settings, checked and shown.

pub mod load;
pub mod settings;
mod source;
mod written;

use crate::cli::{Exit, Failure};
use crate::engine::Config;
use crate::host::file::write_whole;
use clap::{Args, Subcommand};
use load::{load, load_or_fail, shown};
use serde_json::json;
use settings::SETTINGS;
use std::path::{Path, PathBuf};
use written::Wrong;

/// Check, show or begin a configuration.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXAMPLE  evenkeel config check live.toml")]
pub struct ConfigArgs {
    #[command(subcommand)]
    what: ConfigAction,
}

/// What to do with it.
#[derive(Clone, Debug, Subcommand)]
enum ConfigAction {
    /// Say everything that is wrong with a file and the environment.
    #[command(
        after_help = "EXIT     0 nothing   3 something\nEXAMPLE  evenkeel config check live.toml --json"
    )]
    Check {
        /// The TOML file to check.
        file: PathBuf,
        /// Print one JSON list on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Show every setting in force, and where it stands.
    #[command(after_help = "EXAMPLE  EVENKEEL_QUOTE__LEVELS=2 evenkeel config show live.toml")]
    Show {
        /// The file, if there is one.
        file: Option<PathBuf>,
        /// Print one JSON list on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Write a file with every default, commented out.
    #[command(after_help = "EXAMPLE  evenkeel config init live.toml")]
    Init {
        /// The file; it must not be there.
        file: PathBuf,
        /// Only say what would be written.
        #[arg(long)]
        dry_run: bool,
    },
}

pub fn run(args: &ConfigArgs) -> Result<(), Failure> {
    match &args.what {
        ConfigAction::Check { file, json } => check(file, *json),
        ConfigAction::Show { file, json } => show(file.as_deref(), *json),
        ConfigAction::Init { file, dry_run } => init(file, *dry_run),
    }
}

fn check(file: &Path, as_json: bool) -> Result<(), Failure> {
    let wrongs = load(Some(file), std::env::vars()).err().unwrap_or_default();
    if as_json {
        let rows: Vec<_> = wrongs.iter().map(row).collect();
        tell!("{}", serde_json::Value::from(rows));
    } else {
        wrongs.iter().for_each(|wrong| say!("evenkeel: {wrong}"));
    }
    match wrongs.len() {
        0 => {
            say!("evenkeel: {}: all {} settings are right", file.display(), SETTINGS.len());
            Ok(())
        }
        1 => Err(Failure::new(Exit::Config, "one setting is wrong")),
        count => Err(Failure::new(Exit::Config, format!("{count} settings are wrong"))),
    }
}

fn row(wrong: &Wrong) -> serde_json::Value {
    let Wrong { origin, key, value, want } = wrong;
    json!({
        "error": wrong.to_string(), "status": "wrong", "evidence": value,
        "key": key, "at": origin.to_string(), "fix": want,
    })
}

fn show(file: Option<&Path>, as_json: bool) -> Result<(), Failure> {
    let settings = load_or_fail(file)?;
    let mut rows = Vec::new();
    for (index, setting) in SETTINGS.iter().enumerate() {
        let e8 = (setting.of)(&settings.config);
        let (key, value) = (setting.key, setting.word(e8).unwrap_or_else(|| shown(e8)));
        let (origin, (low, high)) = (settings.origin(index).to_string(), setting.range);
        if as_json {
            let row = json!({"key": key, "value": value, "from": origin, "least": low, "most": high, "what": setting.what});
            rows.push(row);
        } else {
            tell!("{key:<34} {value:>10}   {origin:<10} {}", setting.what);
        }
    }
    if as_json {
        tell!("{}", serde_json::Value::from(rows));
    }
    Ok(())
}

fn init(file: &Path, dry_run: bool) -> Result<(), Failure> {
    let text = template();
    if file.exists() {
        let words = format!("{}: is there already; choose another name", file.display());
        return Err(Failure::new(Exit::Usage, words));
    }
    if dry_run {
        tell!("{}", text.trim_end());
        return Ok(());
    }
    write_whole(file, text.as_bytes()).map_err(Failure::about(Exit::Usage, file))?;
    say!("evenkeel: wrote {}; every default is in it, commented out", file.display());
    Ok(())
}

/// Every setting at its default, commented out.
fn template() -> String {
    let mut text = "# Settings of evenkeel. What is commented out is the default.\n".to_owned();
    let mut last = "";
    for setting in SETTINGS {
        let (section, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if section != last {
            text += &format!("\n[{section}]\n");
            last = section;
        }
        let (e8, (low, high)) = ((setting.of)(&Config::default()), setting.range);
        let value = setting.word(e8).unwrap_or_else(|| shown(e8));
        text += &format!("# {}; {low} to {high}\n# {key} = {value}\n", setting.what);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_configuration_with_and_without_its_marks() {
        let bare: String = template()
            .lines()
            .map(|line| {
                let is_setting = line.starts_with("# ") && line.contains(" = ");
                format!("{}\n", if is_setting { &line[2..] } else { line })
            })
            .collect();
        for (name, text) in [("marked", template()), ("bare", bare)] {
            let file =
                std::env::temp_dir().join(format!("evenkeel-{name}-{}.toml", std::process::id()));
            std::fs::write(&file, text).expect("a folder to write to");
            let read = load(Some(&file), std::iter::empty());
            std::fs::remove_file(&file).expect("it was there");
            assert!(read.is_ok(), "{name}: {:?}", read.err());
        }
    }
}
