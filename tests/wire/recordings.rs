//! Every message of every recording, where the recordings are at hand.

use crate::{Both, recordings_dir};
use evenkeel::market::Stream;
use evenkeel::wire::decode::{COINS_MAX, Decoded, Decoder};
use flate2::read::GzDecoder;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Of the longest recordings the slow twin reads one message in this many.
const TWIN_EVERY: usize = 16;
/// Recordings up to this many messages are read by the twin from end to end.
const TWIN_ALL: usize = 4_000;

/// The recordings' files.
fn files() -> Vec<PathBuf> {
    let Some(data) = recordings_dir() else {
        eprintln!("skipped: no recordings in ../shared/data");
        return Vec::new();
    };
    let entries = std::fs::read_dir(&data).expect("the recordings can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "gz")).collect()
}

fn lines(path: &Path) -> impl Iterator<Item = String> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("a line of text"))
}

/// The coin of a message of market data.
fn coin_of(line: &str) -> &str {
    let (_, tail) = line.split_once("\"coin\":\"").expect("market data names its coin");
    tail.split_once('"').expect("a name ends").0
}

#[test]
fn every_recorded_message_decodes_and_the_twin_agrees() {
    for path in files() {
        let coins: BTreeSet<String> = lines(&path).map(|line| coin_of(&line).to_owned()).collect();
        let coins: Vec<&str> = coins.iter().map(String::as_str).collect();
        for ours in coins.chunks(COINS_MAX) {
            let mut both = Both::new(ours);
            let of_ours = |line: &String| ours.contains(&coin_of(line));
            for (at, line) in lines(&path).filter(of_ours).enumerate() {
                // As recorded, with the recorder's clock, and as the venue sent it.
                let bare = line.split_once(",\"recv_ns\"").map(|(frame, _)| format!("{frame}}}"));
                let bare = bare.unwrap_or_else(|| line.clone());
                if at < TWIN_ALL || at % TWIN_EVERY == 0 {
                    let got = both.agree(line.as_bytes());
                    assert!(got.is_ok(), "{got:?} {line}");
                    assert_eq!(got, both.agree(bare.as_bytes()), "{line}");
                }
                check(&mut both.decoder, &bare);
            }
        }
    }
}

/// Insists that a message is an event.
fn check(decoder: &mut Decoder, line: &str) {
    match decoder.decode(Stream::Market, line.as_bytes()) {
        Ok(Decoded::Event(_)) => {}
        other => panic!("{other:?} from {line}"),
    }
}
