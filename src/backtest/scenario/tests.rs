use super::figures::Spread;
use super::*;
use serde_json::Value;

fn job(scenario: Scenario, seeds: u64) -> ScenarioJob {
    ScenarioJob { scenario, seeds, first_seed: 1, hours: None, config: Config::default() }
}

/// Sessions of the realism check: a few by themselves, 400 with `EVENKEEL_SEEDS=400`.
fn seeds() -> u64 {
    std::env::var("EVENKEEL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

/// SCENARIOS 2: a market that is kinder than the real one proves nothing.
#[test]
fn the_old_system_loses_what_it_lost() {
    let results = |scenario| {
        let figures = run(&job(scenario, seeds()), &[Quoting::AsWas], &|| {}).expect("no tables");
        figures.results.into_iter().next().expect("one quoter")
    };
    let feb24 = results(Scenario::Feb24);
    let position_max = 19.08; // Coins: five times $100 at $26.2.
    let short = feb24.share(|outcome| outcome.end_q < 0.0);
    let trend = results(Scenario::Trend);
    let ruined = trend.share(|o| 0.4 <= o.end_q.abs() && o.pnl_usd <= -1.0);
    // what, got, least, most
    let rows = [
        ("feb24: fills", feb24.spread(|o| o.fills).mean, 18.0, 38.0),
        ("feb24: short at the end", short, 0.9, 1.0),
        ("feb24: coins at the end", feb24.spread(|o| o.end_q).mean * position_max, -11.15, -6.15),
        ("feb24: dollars", feb24.spread(|o| o.pnl_usd).mean, -2.2, -1.0),
        ("feb24: the kill switch of MODEL 5 fires", feb24.share(|o| o.killed), 0.7, 1.0),
        ("trend: fills", trend.spread(|o| o.fills).mean, 45.0, 75.0),
        ("trend: end", trend.spread(|o| o.end_q.abs()).mean, 0.25, 0.5),
        ("trend: drawdown", trend.spread(|o| o.drawdown).mean, 0.008, 0.018),
        ("trend: ruined", ruined, 0.04, 1.0),
    ];
    for (what, got, least, most) in rows {
        println!("{what}: {got:.4} of {least} to {most}");
        assert!((least..=most).contains(&got), "{what}: {got} is not within {least} and {most}");
    }
}

#[test]
fn figures_do_not_depend_on_the_cores_and_carry_their_names() {
    let both = [Quoting::Engine, Quoting::AsWas];
    let figures = run(&ScenarioJob { first_seed: 7, ..job(Scenario::Quiet, 3) }, &both, &|| {});
    let figures = figures.expect("the default settings make tables");
    let alone = |seed| session(&job(Scenario::Quiet, 1), seed, Quoting::Engine);
    let alone: Vec<Outcome> = (7..10).map(|seed| alone(seed).expect("as above")).collect();
    let engine = figures.result(Quoting::Engine).expect("it played");
    assert_eq!(engine.outcomes, alone);
    let json = figures.json();
    for path in [
        "/arms/engine/pnl_usd/p5",
        "/arms/engine/end_q/share_le_25",
        "/arms/as-was/max_q/mean",
        "/arms/as-was/drawdown/p95",
        "/arms/engine/time_over_45",
        "/arms/engine/net_capture_usd",
        "/arms/as-was/killed",
        "/arms/engine/quoted_share",
        "/arms/engine/requests_per_usd",
        "/paired/pnl_better_usd_mean",
        "/paired/pnl_better_usd_se",
    ] {
        assert!(json.pointer(path).is_some_and(Value::is_number), "{path} in {json}");
    }
    assert!(json.pointer("/arms/engine/opposed_response/min").is_some());
    assert_eq!((&json["scenario"], &json["first_seed"]), (&Value::from("quiet"), &Value::from(7)));
}

/// One world goes on into the next session, and the venue's grant of an hour ago is gone.
#[test]
fn hours_go_by_and_requests_do_not_run_out() {
    let job = ScenarioJob { hours: Some(3), ..job(Scenario::Walk, 1) };
    let played = session(&job, 1, Quoting::Engine).expect("it plays");
    assert!((played.hours - 3.0).abs() < 0.01, "{} hours", played.hours);
    assert!(0.0 <= played.budget_least && played.budget_least < 200.0, "{}", played.budget_least);
    assert!(played.requests < played.traded_usd, "{played:?}");
    assert!(0.9 < played.quoted_share, "{played:?}");
}

#[test]
fn a_spread_is_what_its_values_are() {
    let spread = Spread::new((1..=100).rev().map(f64::from));
    assert_eq!((spread.mean, spread.min, spread.max), (50.5, 1.0, 100.0));
    assert_eq!((spread.p5, spread.p95), (5.0, 95.0));
    assert!((spread.sd - 29.011_491_975_882_016).abs() < 1e-9);
}

#[test]
fn a_fix_that_is_gone_changes_the_quotes_and_nothing_else() {
    let job = job(Scenario::Trend, 1);
    let full = session(&job, 5, Quoting::Engine).expect("it plays");
    for fix in
        [ablation::Protection::Skew, ablation::Protection::Asymmetry, ablation::Protection::Caps]
    {
        let config = fix.without(job.config);
        let without =
            session(&ScenarioJob { config, ..job }, 5, Quoting::Engine).expect("it plays");
        assert_ne!(full, without, "without {}", fix.name());
    }
    let rows = ablation::table(&ScenarioJob { seeds: 1, ..job }, &|| {}).expect("it plays");
    assert_eq!(rows.len() as u64, ablation::rows());
    let last = rows.last().expect("rows").figures.result(Quoting::Engine).expect("it played");
    let first = session(&job, 1, Quoting::Engine).expect("it plays");
    assert_eq!(last.outcomes, [first], "the last row is the full set");
}
