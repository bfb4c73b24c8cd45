//! Settings are read exactly or refused in the user's words; nothing is accepted silently.

use super::*;
use crate::cli::config::settings::Setting;

fn read(text: &str) -> Result<Settings, Vec<Wrong>> {
    apply_over_defaults(&source::parse("live.toml", text)?)
}

fn first(text: &str) -> String {
    read(text).expect_err(text).first().expect("at least one").to_string()
}

fn with(variables: &[(&str, &str)]) -> Result<Settings, Vec<Wrong>> {
    load(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn refusals_name_place_key_value_and_what_is_allowed() {
    // text, the sentence
    let rows = [
        (
            "[quote]\nlevels = 9\n",
            "live.toml:2:1: quote.levels = 9: allowed is a whole number from 1 to 5",
        ),
        (
            "[quote]\n  levles = 3\n",
            "live.toml:2:3: quote.levles: no such setting; did you mean quote.levels?",
        ),
        (
            "[quote]\nlevels = 2.5\n",
            "live.toml:2:1: quote.levels = 2.5: allowed is a whole number from 1 to 5",
        ),
        (
            "[quote]\nlevels = \"3\"\n",
            "live.toml:2:1: quote.levels = \"3\": allowed is a whole number from 1 to 5",
        ),
        (
            "quote.risk_aversion_per_bps_lot = 0\n",
            "live.toml:1:7: quote.risk_aversion_per_bps_lot = 0: a skew of zero lets the position run away; allowed is 0.0005 to 0.005, with at most 6 decimals",
        ),
        (
            "[kill]\ndrawdown_soft_bps = 200\n",
            "live.toml:2:1: kill.drawdown_soft_bps = 200: must not be above kill.drawdown_hard_bps, which is 150",
        ),
        (
            "[kill]\ndrawdown_hard_bps = 50\n",
            "live.toml:2:1: kill.drawdown_hard_bps = 50: must not be below kill.drawdown_soft_bps, which is 75",
        ),
        (
            "[zzz]\nx = 1\n",
            "live.toml:2:1: zzz.x: no such setting; `evenkeel config show` lists them all",
        ),
        ("[qoute]\n", "live.toml:1:2: qoute: no such setting; did you mean quote.levels?"),
        ("quote = 3\n", "live.toml:1:1: quote: no such setting; did you mean quote.levels?"),
    ];
    for (text, want) in rows {
        assert_eq!(first(text), want, "{text}");
    }
    let broken = first("[quote]\nlevels = \n");
    assert!(broken.starts_with("live.toml:2:") && broken.contains("not TOML"), "{broken}");
}

#[test]
fn values_are_exact_and_what_is_not_set_is_the_default() {
    let text = "[account]\ncapital_usd = 2_500.50\n[quote]\nspacing_bps = 3.25\nlevels = +2\n[kill]\ndrawdown_hard_bps = 200\n";
    let Config { capital, spacing, size, kill, budget, .. } =
        read(text).expect("it is right").config;
    assert_eq!((capital.e8(), spacing.ubps(), size.levels), (250_050_000_000, 3_250_000, 2));
    assert_eq!((kill.drawdown_hard_ppm, kill.drawdown_soft_ppm), (20_000, 7_500));
    assert_eq!(budget, Config::default().budget);
}

#[test]
fn the_environment_beats_the_file() {
    let file = std::env::temp_dir().join(format!("evenkeel-config-{}.toml", std::process::id()));
    std::fs::write(&file, "[quote]\nlevels = 2\nspacing_bps = 4\n").expect("a folder to write to");
    let variables = [
        ("EVENKEEL_QUOTE__LEVELS".to_owned(), "4".to_owned()),
        ("EVENKEEL_STATE_DIR".to_owned(), "x".to_owned()),
    ];
    let settings = load(Some(&file), variables.into_iter()).expect("both are right");
    assert_eq!((settings.config.size.levels, settings.config.spacing.ubps()), (4, 4_000_000));
    std::fs::remove_file(&file).expect("it was there");
    let wrong = with(&[("EVENKEEL_QUOTE__LEVELS", "x")]).expect_err("not a number");
    assert_eq!(
        wrong[0].to_string(),
        "EVENKEEL_QUOTE__LEVELS: quote.levels = x: allowed is a whole number from 1 to 5"
    );
    assert!(with(&[("EVENKEEL_QOUTE__LEVELS", "3")]).is_err());
    assert!(load(Some(&file), std::iter::empty()).is_err(), "a file that is not there");
}

/// A line that sets a setting to a value.
fn line(setting: &Setting, value: &str) -> String {
    format!("{} = {value}\n", setting.key)
}

#[test]
fn defaults_are_allowed_and_come_back_as_they_are() {
    let mut text = String::new();
    for setting in SETTINGS {
        let e8 = (setting.of)(&Config::default());
        text += &line(setting, &shown(e8));
        assert!(
            setting.admits(read_e8(shown(e8).as_bytes()).expect("a number")),
            "{}",
            setting.key
        );
    }
    let config = read(&text).expect("defaults are right").config;
    for setting in SETTINGS {
        let (got, want) = ((setting.of)(&config), (setting.of)(&Config::default()));
        assert!((got - want).abs() <= 6, "{}: {got} {want}", setting.key);
    }
}

#[test]
fn no_mutation_is_silently_accepted() {
    let mut tried = 0;
    for setting in SETTINGS {
        let (section, key) = setting.key.split_once('.').expect("section and key");
        let good = shown((setting.of)(&Config::default()));
        let number = |text: &str| read_e8(text.as_bytes()).expect("ranges are numbers");
        let [below, above] =
            [number(setting.range.0) - 100, number(setting.range.1) + 100].map(shown);
        let finer = format!(
            "{}{}1",
            if good.contains('.') { good.clone() } else { format!("{good}.") },
            "0".repeat(7)
        );
        let mutants = [
            line(setting, &below),
            line(setting, &above),
            line(setting, &finer),
            line(setting, "\"3\""),
            line(setting, "true"),
            line(setting, "[3]"),
            line(setting, "nan"),
            line(setting, "inf"),
            line(setting, "1e3"),
            line(setting, "0x3"),
            line(setting, ""),
            format!("{section}.{}x = {good}\n", key),
            format!("{section}.{} = {good}\n", &key[1..]),
            format!("{key} = {good}\n"),
            format!("{section}.{key}.{key} = {good}\n"),
            format!("{0}{0}", line(setting, &good)),
            format!("{}=== {good}", setting.key),
        ];
        for text in &mutants {
            assert!(read(text).is_err(), "accepted: {text}");
        }
        tried += mutants.len();
    }
    assert!(200 <= tried);
}

#[test]
fn every_pair_names_settings() {
    for (low, high) in PAIRS {
        for key in [low, high] {
            assert!(SETTINGS.iter().any(|setting| setting.key == *key), "{key}");
        }
    }
    for setting in SETTINGS {
        let twins = SETTINGS.iter().filter(|other| other.key == setting.key).count();
        assert_eq!(twins, 1, "{}", setting.key);
    }
}
