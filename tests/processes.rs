//! Engine and venue as two processes: what one leaves behind, the next one finds.

use assert_cmd::cargo::CommandCargoExt as _;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const COIN: &str = "hyna:HYPE";

/// A folder of this test's own, made anew.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("a folder of our own");
    }
    std::fs::create_dir_all(&path).expect("a folder to write to");
    path
}

/// `evenkeel venue`, ended with the test.
struct Venue {
    _process: Running,
    url: String,
}

impl Venue {
    fn start(options: &[&str]) -> Venue {
        let mut command = Command::cargo_bin("evenkeel").expect("built for tests");
        command.args(["venue", "--listen", "127.0.0.1:0"]).args(options).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let said: Value = serde_json::from_str(&line).expect("JSON");
        let url = format!("http://{}", said["listening"].as_str().expect("an address"));
        Venue { _process: Running(process), url }
    }

    /// What `/info` answers.
    fn info(&self, question: &Value) -> Value {
        let rest = evenkeel::session::rest::Rest::new(&self.url);
        rest.info(question).expect("it answers")
    }

    fn open_orders(&self, user: &str) -> usize {
        let question =
            serde_json::json!({"type": "frontendOpenOrders", "user": user, "dex": "hyna"});
        self.info(&question).as_array().expect("a list").len()
    }
}

/// A process that ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended before; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `evenkeel run` on a venue, with its state in `state`.
fn engine(venue: &Venue, state: &Path, options: &[&str]) -> Command {
    let mut command = Command::cargo_bin("evenkeel").expect("built for tests");
    command.env("EVENKEEL_STATE_DIR", state).current_dir(state);
    command.args(["run", "--venue", &venue.url, "--coin", COIN]).args(options);
    command
}

fn ended(mut command: Command) -> (i32, Output) {
    let output = command.output().expect("it runs");
    (output.status.code().expect("it was not killed"), output)
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The account of a session, as the nonce mark of its signer is named; none before it is written.
fn account(state: &Path) -> Option<String> {
    let names = std::fs::read_dir(state.join("nonces")).ok()?;
    let names = names.map(|entry| entry.expect("readable").file_name());
    names.filter_map(|name| name.into_string().ok()).find(|name| !name.ends_with("tmp"))
}

#[test]
fn a_killed_session_is_followed_by_one_that_begins_clean() {
    let (venue, state) = (Venue::start(&["--network", "testnet", "--no-limits"]), folder("killed"));
    let mut first = engine(&venue, &state, &["--for", "10m"]);
    first.stderr(Stdio::null());
    let mut first = Running(first.spawn().expect("it starts"));
    // Until its orders rest: what is waited for is a state of the venue, not a time.
    let rests = |state: &Path| account(state).is_some_and(|user| 0 < venue.open_orders(&user));
    while !rests(&state) {
        assert_eq!(first.0.try_wait().expect("ours"), None, "it goes on until it is killed");
        std::thread::yield_now();
    }
    let (code, output) = ended(engine(&venue, &state, &["--for", "1s"]));
    assert_eq!(code, 2, "a second process on the same key is refused: {}", words(&output));
    let holder = format!("process {} already trades here", first.0.id());
    assert!(words(&output).contains(&holder), "{}", words(&output));

    first.0.kill().expect("ours");
    first.0.wait().expect("ours");
    let user = account(&state).expect("it has begun");
    let marked = |state: &Path| {
        let path = state.join("nonces").join(&user);
        std::fs::read_to_string(path).expect("readable").trim().parse::<u64>().expect("a number")
    };
    let before = marked(&state);
    let (code, output) = ended(engine(&venue, &state, &["--for", "3s", "--json"]));
    assert_eq!(code, 0, "{}", words(&output));
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(run["venue"].as_str(), Some(venue.url.as_str()));
    assert_eq!(run["rejects"], serde_json::json!({}), "no number or name is used twice");
    assert_eq!(run["position"], run["venue_position"]);
    assert_eq!(venue.open_orders(&user), 0, "what the killed one left is gone, too");
    assert!(before < marked(&state), "numbers are reserved beyond those of the killed session");
}

#[test]
fn a_halt_refuses_the_start_until_a_person_resumes() {
    let (venue, state) = (Venue::start(&[]), folder("halted"));
    let (code, output) = ended(engine(&venue, &state, &["--for", "1s"]));
    assert_eq!(code, 0, "{}", words(&output));
    let (user, url) = (account(&state).expect("it has begun"), &venue.url);
    let name: String = format!("{url}-{user}-{COIN}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    std::fs::create_dir_all(state.join("halts")).expect("a folder of ours");
    let latch = state.join("halts").join(&name).with_extension("halted");
    std::fs::write(&latch, "FLATTEN by dd\n").expect("written");
    let (code, output) = ended(engine(&venue, &state, &["--for", "1s"]));
    assert_eq!(code, 6, "{}", words(&output));
    assert!(words(&output).contains(&format!("evenkeel resume {name}")), "{}", words(&output));
    let mut resume = Command::cargo_bin("evenkeel").expect("built for tests");
    resume.env("EVENKEEL_STATE_DIR", &state).args(["resume", &name, "--reason", "a test"]);
    assert_eq!(ended(resume).0, 0);
    assert_eq!(ended(engine(&venue, &state, &["--for", "1s"])).0, 0);
}

#[test]
fn keys_and_venues_are_refused_by_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let (venue, state) = (Venue::start(&["--network", "mainnet"]), folder("refused"));
    let key = state.join("key");
    std::fs::write(&key, format!("0x{}\n", "17".repeat(32))).expect("written");
    let with = |mode: u32| {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("ours");
        ended(engine(&venue, &state, &["--for", "1s", "--key-file", "key"]))
    };
    let (code, output) = with(0o644);
    assert_eq!(code, 4, "{}", words(&output));
    assert!(words(&output).contains("chmod 600"), "{}", words(&output));
    let (_, output) = with(0o600);
    let said = words(&output);
    assert!(said.contains("refused by the venue"), "a venue of the other network: {said}");

    let mut relative = engine(&venue, &state, &["--for", "1s"]);
    relative.env("EVENKEEL_STATE_DIR", "state");
    let (code, output) = ended(relative);
    assert_eq!(code, 2, "{}", words(&output));
    assert!(words(&output).contains("must be an absolute path"), "{}", words(&output));
    let url = venue.url.clone();
    drop(venue);
    let mut gone = Command::cargo_bin("evenkeel").expect("built for tests");
    gone.env("EVENKEEL_STATE_DIR", &state).args(["run", "--venue", &url, "--for", "1s"]);
    let (code, output) = ended(gone);
    assert_eq!(code, 5, "{}", words(&output));
}
