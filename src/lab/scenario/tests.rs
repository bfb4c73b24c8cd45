use super::*;

fn ask(scenario: Scenario, seeds: u64) -> Ask {
    Ask { scenario, seeds, first_seed: 1, config: Config::default() }
}

#[test]
fn probe() {
    for scenario in [Scenario::Feb24, Scenario::Trend, Scenario::Quiet] {
        let start = std::time::Instant::now();
        let figures = run(&ask(scenario, 24), &[Quoting::Engine, Quoting::AsWas], &|| {});
        println!(
            "{} {:?}",
            serde_json::to_string_pretty(&figures.json()).unwrap(),
            start.elapsed()
        );
    }
}
