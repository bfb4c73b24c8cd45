//! The program as a user calls it: words in, words and exit codes out.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A folder of this test's own, made anew.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("a folder of our own");
    }
    std::fs::create_dir_all(&path).expect("a folder to write to");
    path
}

/// The program, with its state in `folder`.
fn evenkeel(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("evenkeel").expect("the binary is built for tests");
    command.env("EVENKEEL_STATE_DIR", folder).current_dir(folder);
    command
}

#[test]
fn bad_input_gets_one_line_and_the_right_code() {
    let folder = folder("bad-input");
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("written");
    write("text.journal", b"not a journal, but long enough to have a head");
    write("empty.journal", b"");
    write("text.jsonl.gz", b"not gzip");
    write("levels.toml", b"[quote]\nlevels = 9\n");
    write("half.toml", b"[quote\n");
    write("skew.toml", b"[quote]\nrisk_aversion_per_bps_lot = 0\n");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().map(|addr| (addr.to_string(), taken)).expect("an address");
    // words, exit code, what the line says
    let rows: &[(&[&str], i32, &str)] = &[
        (&["runn"], 2, "'run'"),
        (&["run", "--bogus"], 2, "--bogus"),
        (&["run", "--for", "0s"], 2, "zero length"),
        (&["run", "--for", "5"], 2, "60s, 2m or 1h"),
        (&["run", "--for", "-5s"], 2, "-5"),
        (&["run", "--capital", "0"], 2, "above 0 and up to 10000000"),
        (&["run", "--world", "mars"], 2, "walk"),
        (&["run", "--config", "levels.toml"], 3, "levels.toml:2:1: quote.levels = 9: allowed is"),
        (&["run", "--config", "skew.toml"], 3, "a skew of zero lets the position run away"),
        (&["run", "--config", "half.toml"], 3, "half.toml:1:"),
        (&["run", "--config", "missing.toml"], 3, "missing.toml"),
        (&["replay"], 2, "<FILE>"),
        (&["replay", "missing.journal"], 2, "missing.journal"),
        (&["replay", "missing.jsonl.gz"], 2, "missing.jsonl.gz"),
        (&["replay", "text.journal"], 2, "text.journal"),
        (&["replay", "empty.journal"], 2, "empty.journal"),
        (&["replay", "text.jsonl.gz"], 2, "text.jsonl.gz"),
        (&["replay", "text.jsonl.gz", "--compare", "as-was,fixed:x"], 2, "as-was, or fixed:BPS"),
        (&["replay", "text.journal", "--compare", "as-was"], 2, "needs market data"),
        (&["import", "text.jsonl.gz", "out.journal"], 2, "text.jsonl.gz: is not a gzip file"),
        (&["import", "missing.jsonl.gz", "out.journal"], 2, "missing.jsonl.gz"),
        (&["import", "text.jsonl.gz"], 2, "<JOURNAL>"),
        (&["venue", "--listen", "localhost"], 2, "localhost"),
        (&["venue", "--listen", &taken.0], 2, &taken.0),
        (&["venue", "--listen", "127.0.0.1:0", "--coin", "NOPE"], 2, "hyna:HYPE"),
        (&["selftest"], 2, "--signing"),
        (&["selftest", "--model", "missing.json"], 2, "missing.json"),
        (&["selftest", "--signing", "levels.toml"], 2, "levels.toml"),
        (&["explain"], 2, "standard input: not JSON"),
        (&["explain", "text.journal"], 2, "text.journal"),
        (&["explain", "missing.journal", "--at", "9s"], 2, "missing.journal"),
        (&["explain", "x.journal", "--at", "noon"], 2, "90s or 2m"),
        (&["explain", "--at", "9s"], 2, "<SESSION>"),
        (&["explain", "--config", "levels.toml"], 3, "levels.toml:2:1"),
        (&["report", "missing.journal"], 2, "missing.journal"),
        (&["resume", "testnet-0x1-HYPE", "--reason", "looked"], 9, "is not halted"),
        (&["resume", "testnet-0x1-HYPE", "--reason", ""], 2, "--reason"),
        (&["tune", "apply"], 2, "apply"),
        (&["config", "show", "levels.toml"], 3, "levels.toml:2:1"),
        (&["config", "init", "levels.toml"], 2, "is there already"),
    ];
    for (words, code, says) in rows {
        let output = evenkeel(&folder).args(*words).output().expect("it starts");
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(*code), "{words:?}: {err}");
        assert!(out.is_empty(), "{words:?} wrote data: {out}");
        assert!(err.starts_with("evenkeel: ") && err.lines().count() == 1, "{words:?}: {err}");
        assert!(err.contains(says), "{words:?}: {err}");
    }
    let left = std::fs::read_dir(&folder).expect("it is there").count();
    assert_eq!(left, 6, "no half-written file is left");
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = folder("help");
    let commands: [&[&str]; 13] = [
        &[],
        &["run"],
        &["replay"],
        &["venue"],
        &["selftest"],
        &["explain"],
        &["report"],
        &["resume"],
        &["tune"],
        &["config"],
        &["config", "check"],
        &["config", "show"],
        &["config", "init"],
    ];
    for words in commands {
        let output = evenkeel(&folder).args(words).arg("--help").output().expect("it starts");
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && out.contains("EXAMPLE"), "{words:?}: {out}");
    }
}

#[test]
fn a_configuration_can_be_begun_checked_and_shown() {
    let folder = folder("config");
    let run =
        |words: &[&str]| evenkeel(&folder).arg("config").args(words).output().expect("it starts");
    assert!(run(&["init", "live.toml", "--dry-run"]).stdout.starts_with(b"# Settings"));
    assert!(!folder.join("live.toml").exists(), "a dry run writes nothing");
    assert!(run(&["init", "live.toml"]).status.success());
    assert!(run(&["check", "live.toml"]).status.success());
    std::fs::write(folder.join("bad.toml"), "[quote]\nlevles = 2\nspacing_bps = 900\n")
        .expect("written");
    let checked = run(&["check", "bad.toml", "--json"]);
    assert_eq!(checked.status.code(), Some(3));
    let rows: Value = serde_json::from_slice(&checked.stdout).expect("one list");
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    assert!(rows[0]["fix"].as_str().is_some_and(|fix| fix.contains("quote.levels")), "{rows}");
    let shown = run(&["show", "--json"]);
    let rows: Value = serde_json::from_slice(&shown.stdout).expect("one list");
    let levels =
        rows.as_array().and_then(|rows| rows.iter().find(|row| row["key"] == "quote.levels"));
    assert_eq!(levels.map(|row| &row["value"]), Some(&Value::from("3")));
}

#[test]
fn the_vectors_of_the_repository_hold() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut command = evenkeel(&folder("selftest"));
    command.args(["selftest", "--json", "--signing"]).arg(golden.join("signing_vectors.json"));
    let output =
        command.arg("--model").arg(golden.join("glft_vectors.json")).output().expect("it starts");
    let object: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert!(output.status.success(), "{object}");
    assert_eq!(object["signing"]["failed"], 0);
    assert!(object["signing"]["passed"].as_u64().is_some_and(|passed| 100 < passed));
    let groups = object["model"].as_object().expect("groups");
    assert!(10 <= groups.len() && groups.values().all(|group| group["failed"] == 0), "{groups:?}");
}

#[test]
fn the_machine_is_checked_and_the_script_only_printed() {
    let folder = folder("tune");
    let run =
        |words: &[&str]| evenkeel(&folder).arg("tune").args(words).output().expect("it starts");
    let checked = run(&["check", "--json"]);
    let rows: Value = serde_json::from_slice(&checked.stdout).expect("one list");
    let rows = rows.as_array().expect("a list");
    let off = rows.iter().filter(|row| row["status"] == "off").count();
    assert_eq!(checked.status.code(), Some(if off == 0 { 0 } else { 8 }));
    for row in rows {
        let status = row["status"].as_str().expect("a word");
        assert!(["ok", "off", "not_applicable"].contains(&status), "{row}");
        let mends = row["fix"].as_str().is_some_and(|fix| !fix.is_empty());
        assert!(mends == (status == "off") && row["evidence"] != "", "{row}");
        let text = run(&["check"]);
        let name = row["check"].as_str().expect("a name");
        assert!(String::from_utf8_lossy(&text.stdout).contains(name), "{name}");
    }
    let script = run(&["script"]);
    assert!(script.status.success() && script.stdout.starts_with(b"#!/bin/sh"));
    assert_eq!(std::fs::read_dir(&folder).expect("there").count(), 0, "nothing is written");
}

/// The last state of Feb 24, but for `changed`: short 45 % of the limit in an uptrend.
fn feb24(changed: &[(&str, Value)]) -> String {
    let mut state = serde_json::json!({
        "fair": 26.415, "tick": 0.001, "best_bid": 26.414, "best_ask": 26.416, "q": -8.1, "lot": 0.75, "q_max": 18,
        "g": 0.001, "kappa": 0.35, "A": 0.03, "sigma": 1, "fee": 1.5, "T": 38, "opposed": true,
        "continuation_p": 0.678, "urgency": 3.3, "mult_bid": 1, "mult_ask": 1, "kill_state": "RUN",
    });
    for (key, value) in changed {
        state[*key] = value.clone();
    }
    state.to_string()
}

#[test]
fn a_quote_is_explained_component_by_component() {
    let folder = folder("explain");
    let explain = |changed: &[(&str, Value)]| {
        let output =
            evenkeel(&folder).args(["explain", "--json"]).write_stdin(feb24(changed)).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("one object")
    };
    for fee in [1.5, 2.88] {
        let told = explain(&[("fee", fee.into())]);
        for (side, sign) in [("bid", -1.0), ("ask", 1.0)] {
            let part = |name: &str| told[side][name].as_f64().expect("a decimal");
            let names = ["table", "envelope", "shift", "cascade", "floor", "post_only", "rounding"];
            let sum: f64 = names.map(part).iter().sum();
            assert!((sum - part("distance")).abs() < 1e-9, "{told}");
            let away = sign * (part("price") / 26.415 - 1.0) * 1e4;
            assert!((away - part("distance")).abs() < 1e-5, "{told}");
        }
        let before = |side: &str| {
            told[side]["distance"].as_f64().expect("a decimal")
                - told[side]["rounding"].as_f64().expect("a decimal")
        };
        assert!(before("bid") <= 0.5 && 25.0 <= before("ask"), "fee {fee}: {told}");
        assert_eq!(told["bid"]["price"], 26.414, "within 0.5 bps and a tick");
    }
    // what, changed, whether bid and ask are quoted
    let rows = [
        ("only reducing", ("kill_state", "REDUCE".into()), [true, false]),
        ("nothing", ("kill_state", "pull".into()), [false, false]),
        ("by number", ("kill_state", 4.into()), [false, false]),
        ("suppressed", ("mult_ask", Value::Null), [true, false]),
    ];
    for (what, changed, want) in rows {
        let told = explain(&[changed]);
        assert_eq!(["bid", "ask"].map(|side| told[side]["price"].is_number()), want, "{what}");
    }
    let table =
        evenkeel(&folder).arg("explain").write_stdin(feb24(&[])).output().expect("it starts");
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("envelope") && table.lines().count() == 11, "{table}");
}

#[test]
fn a_state_that_cannot_be_is_refused_by_name() {
    let folder = folder("explain-refused");
    // key, value, what the line says
    let rows: [(&str, Value, &str); 9] = [
        ("kappa", 9.into(), "kappa = 9: allowed is 0.05 to 2"),
        ("sigma", "much".into(), "sigma = \"much\""),
        ("opposed", 1.into(), "opposed = 1: allowed is true or false"),
        ("kill_state", "FINE".into(), "allowed is RUN, REDUCE"),
        ("best_bid", 27.into(), "best_bid must be below best_ask"),
        ("tick", 0.002.into(), "a power of ten"),
        ("tick", 0.1.into(), "a thousandth of fair"),
        ("q_max", 3.into(), "8 to 64 times lot"),
        ("fair", Value::Null, "fair = null"),
    ];
    for (key, value, says) in rows {
        let output = evenkeel(&folder)
            .args(["explain", "--json"])
            .write_stdin(feb24(&[(key, value)]))
            .output()
            .expect("it starts");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{key}: {err}");
        assert!(err.contains(says) && output.stdout.is_empty(), "{key}: {err}");
    }
}

/// Dollars or coins as steps of 1e-8.
fn e8(value: &Value) -> i64 {
    evenkeel::num::text::read_e8(value.as_str().expect("a decimal as text").as_bytes())
        .expect("a decimal")
}

/// A market of a few minutes: best prices that wander, and a taker now and then.
fn market() -> String {
    (0..3_000u64)
        .map(|n| {
            let (ms, cents) = (1_700_000_000_000 + n * 90, 2_000 + (n * n / 7) % 9);
            let px = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
            let (bid, ask) = (px(cents), px(cents + 2));
            if n % 5 == 4 {
                let (side, px) = if n % 2 == 0 { ("B", &ask) } else { ("A", &bid) };
                return format!(r#"{{"channel":"trades","data":[{{"coin":"X","side":"{side}","px":"{px}","sz":"9.5","time":{ms},"hash":"0x0","tid":{n},"users":["0x0","0x0"]}}],"recv_ns":{ms}400000}}
"#);
            }
            format!(r#"{{"channel":"bbo","data":{{"coin":"X","time":{ms},"bbo":[{{"px":"{bid}","sz":"20.5","n":1}},{{"px":"{ask}","sz":"30.0","n":2}}]}},"recv_ns":{ms}300000}}
"#)
        })
        .collect()
}

#[test]
fn an_imported_market_replays_as_its_file_does() {
    use std::io::Write;
    let folder = folder("import");
    let file = std::fs::File::create(folder.join("m.jsonl.gz")).expect("a folder of our own");
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(market().as_bytes()).expect("written");
    gzip.finish().expect("written");
    let said = |words: &[&str]| evenkeel(&folder).args(words).output().expect("it starts");
    let import = || said(&["import", "m.jsonl.gz", "m.journal"]);
    let replayed = |name: &str| -> Value {
        let output = said(&["replay", name, "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut json: Value = serde_json::from_slice(&output.stdout).expect("one object");
        for key in ["venue", "events_per_s"] {
            json.as_object_mut().and_then(|object| object.remove(key)).expect("it is there");
        }
        json
    };
    assert!(import().status.success());
    let (file, journal) = (replayed("m.jsonl.gz"), replayed("m.journal"));
    assert_eq!(file, journal);
    assert_eq!(file["events"], 3_000);
    assert_ne!(file["orders_sent"], 0);
    let compared = said(&["replay", "m.journal", "--json", "--compare", "as-was,fixed:3,fixed:8"]);
    let compared: Value = serde_json::from_slice(&compared.stdout).expect("one object");
    let arms = compared["arms"].as_object().expect("one object an arm");
    assert_eq!(arms.keys().collect::<Vec<_>>(), ["as-was", "engine", "fixed:3", "fixed:8"]);
    assert_eq!(compared["pnl"], file["pnl"], "the others change nothing");
    for arm in arms.values() {
        let by_cause = arm["fills_by_cause"].as_object().expect("counts").values();
        assert_eq!(by_cause.filter_map(Value::as_u64).sum::<u64>(), arm["fills"], "{arm}");
    }
    let again = import();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
    let observed = said(&["replay", "m.journal", "--observe"]);
    let said = String::from_utf8(observed.stderr).expect("text");
    assert!(said.contains("3000 messages observed"), "{said}");
}

#[test]
fn a_session_reconciles_and_its_journal_replays_the_same() {
    let folder = folder("session");
    let words = [
        "run",
        "--for",
        "3s",
        "--plain",
        "--json",
        "--report",
        "page.html",
        "--journal",
        "s.journal",
    ];
    let output = evenkeel(&folder).args(words).output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    let run: Value = serde_json::from_slice(&output.stdout).expect("one object and nothing else");
    assert_eq!(
        (&run["schema"], &run["venue"], &run["world"]),
        (&1.into(), &"embedded".into(), &"demo".into())
    );
    assert_eq!(run["position"], run["venue_position"]);
    assert_eq!(run["open_orders_at_exit"], 0);
    assert_eq!(run["signatures_verified"], run["requests_sent"]);
    assert!(run["skew_bps_at_max_inventory"].as_f64().is_some_and(|skew| skew < 0.0));
    let parts = ["spread", "markout", "inventory", "fees", "funding"];
    assert_eq!(
        parts.iter().map(|part| e8(&run["pnl"][part])).sum::<i64>(),
        e8(&run["pnl"]["total"])
    );
    let page = std::fs::read_to_string(folder.join("page.html")).expect("the report");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));

    let output =
        evenkeel(&folder).args(["replay", "s.journal", "--json"]).output().expect("it starts");
    let replay: Value =
        serde_json::from_slice(&output.stdout).expect("one object and nothing else");
    assert!(output.status.success(), "{replay}");
    assert_eq!((&replay["identical"], &replay["first_difference"]), (&true.into(), &Value::Null));
    assert!(replay["venue_position"].is_string(), "{replay}");
    for key in [
        "pnl",
        "fills",
        "tick_to_quote_ns",
        "orders_sent",
        "requests_sent",
        "skew_bps_at_max_inventory",
    ] {
        assert_eq!(replay[key], run[key], "{key}");
    }

    let output =
        evenkeel(&folder).args(["report", "s.journal", "-o", "again.html", "--json"]).output();
    let output = output.expect("it starts");
    let again: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert!(output.status.success() && again["pnl"] == run["pnl"], "{again}");
    let page = std::fs::read_to_string(folder.join("again.html")).expect("the report, again");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));

    let explain = |words: &[&str]| {
        let words = ["explain", "s.journal", "--json"].iter().chain(words);
        evenkeel(&folder).args(words).output().expect("it starts")
    };
    let told = explain(&["--at", "2s"]);
    let told: Value = serde_json::from_slice(&told.stdout).expect("one object and nothing else");
    assert!(told["bid"]["price"].is_number() && told["ask"]["table"].is_number(), "{told}");
    assert_eq!(explain(&[]).status.code(), Some(9), "after the stop there is no quote");
    assert_eq!(explain(&["--at", "2020-01-01T00:00:00Z"]).status.code(), Some(9), "nor before");
}
