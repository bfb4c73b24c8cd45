//! The rules as data. STYLE.md says why each of them stands.

/// What each module may import besides itself. Modules of one floor do not know each other.
pub const FLOORS: &[(&str, &[&str])] = &[
    ("num", &[]),
    ("market", &["num"]),
    ("host", &["num"]),
    ("model", &["num", "market"]),
    ("risk", &["num", "market"]),
    ("wire", &["num", "market"]),
    ("journal", &["num", "market"]),
    ("engine", &["num", "market", "model", "risk"]),
    ("venue", &["num", "market", "host", "wire"]),
    ("report", &["num", "market", "journal"]),
    ("session", &["num", "market", "host", "model", "risk", "wire", "journal", "engine", "venue"]),
    ("backtest", BELOW_BACKTEST),
    ("screen", BELOW_OPS),
    ("ops", BELOW_OPS),
    (
        "cli",
        &[
            "num", "market", "host", "model", "risk", "wire", "journal", "engine", "venue",
            "report", "session", "backtest", "screen", "ops",
        ],
    ),
];

/// Everything below the fifth floor, and the ledger that scores a session.
const BELOW_BACKTEST: &[&str] = &[
    "num", "market", "host", "model", "risk", "wire", "journal", "engine", "venue", "report",
    "session",
];

/// Everything below the sixth floor.
const BELOW_OPS: &[&str] = &[
    "num", "market", "host", "model", "risk", "wire", "journal", "engine", "venue", "report",
    "session", "backtest",
];

/// A module that only some files of another may import: who, whom, and the beginnings of their paths.
pub const NARROW: &[(&str, &str, &[&str])] =
    &[("session", "venue", &["src/session/embedded", "src/session/simulated"])];

/// Lines of a file.
pub const FILE_LINES_MAX: usize = 600;
/// Lines of a function.
pub const FUNCTION_LINES_MAX: usize = 70;
/// Lines of tests that stay beside the code.
pub const INLINE_TEST_LINES_MAX: usize = 120;
/// Lines of `src` outside `venue`, tests not counted: a ratchet, which may only be lowered. The aim is
/// 24,000. What keeps a session alive, and the simulation that judges it, are some 5,000 of them.
pub const PRODUCT_LINES_MAX: usize = 35_000;
/// Lines of `src/venue`, tests not counted: a ratchet. The aim is 7,500.
pub const VENUE_LINES_MAX: usize = 9_700;
/// Lines inside `unsafe` blocks, functions and impls.
pub const UNSAFE_LINES_MAX: usize = 300;

/// Modules on the way from a frame to a signed order.
pub const HOT: &[&str] = &["num", "market", "model", "risk", "engine", "wire"];

/// What clippy must deny atop each hot module.
pub const HOT_DENIED: &[&str] = &[
    "clippy::float_arithmetic",
    "clippy::as_conversions",
    "clippy::wildcard_enum_match_arm",
    "clippy::unwrap_used",
];

/// Words that the hot path does not contain outside its tests.
pub const HOT_WORDS: &[&str] = &[
    "f32",
    "f64",
    "Vec",
    "Box",
    "String",
    "Rc",
    "Arc",
    "Cow",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "VecDeque",
    "Mutex",
    "RwLock",
    "RefCell",
    "dyn",
    "async",
    "to_string",
    "to_owned",
    "to_vec",
    "tracing",
];

/// Macros that the hot path does not call outside its tests.
pub const HOT_MACROS: &[&str] =
    &["format", "vec", "print", "println", "eprint", "eprintln", "write_to", "thread_local"];

/// Words that the simulated exchange does not contain: a seed repeats on any machine.
pub const VENUE_WORDS: &[&str] = &["f32", "f64", "HashMap", "HashSet"];

/// A word that a file may contain all the same.
pub struct Exception {
    /// The file.
    pub path: &'static str,
    /// The word.
    pub word: &'static str,
    /// Why it is right there.
    pub why: &'static str,
}

/// Exceptions to the words of the hot path. One that nothing needs is a complaint.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        path: "src/wire/decode.rs",
        word: "Box",
        why: "the decoder's buffer is made once, before the first frame",
    },
    Exception {
        path: "src/wire/decode/buffers.rs",
        word: "Box",
        why: "rows of the last message lie in boxes made once, so that the buffers can be moved",
    },
    Exception {
        path: "src/market/owned_event.rs",
        word: "Box",
        why: "recordings and simulations keep events; the hot path makes none",
    },
    Exception {
        path: "src/market/owned_event.rs",
        word: "Vec",
        why: "recordings and simulations keep events; the hot path makes none",
    },
];

/// Where `unsafe` may stand: a folder (ends in `/`) or a file.
pub const UNSAFE_PLACES: &[&str] = &["src/host/", "src/wire/scan"];

/// Names of modules that say nothing.
pub const MODULE_NAMES: &[&str] =
    &["util", "utils", "common", "types", "core", "manager", "helper", "helpers", "misc", "shared"];

/// Words that a type's name does not contain.
pub const TYPE_WORDS: &[&str] = &["Manager", "Handler", "Helper", "Util"];

/// How no function of the engine begins.
pub const TAKER_PREFIX: &str = "take_";

/// How no function's name begins.
pub const FUNCTION_PREFIXES: &[&str] = &["get_"];

/// Phrases that tell of the code's history or of work left over, in small letters. The slash keeps
/// this table from complaining about itself: it is not part of the phrase.
pub const HISTORY: &[&str] = &[
    "to/do",
    "fix/me",
    "xx/x",
    "ha/ck",
    "for n/ow",
    "as of n/ow",
    "n/ow uses",
    "n/ow we",
    "not y/et implemented",
    "used t/o be",
    "no longer u/sed",
    "prev/iously",
    "leg/acy",
    "refac/tored",
    "was ren/amed",
    "renamed f/rom",
    "old co/de",
    "old ver/sion",
    "new ver/sion",
    "newly ad/ded",
    "was rem/oved",
    "pha/se 1",
    "pha/se 2",
    "pha/se 3",
    "pha/se 4",
];

/// Beginnings of paths that only exist on somebody's machine; the bar is not part of them.
pub const MACHINE_PATHS: &[&str] =
    &["/ho|me/", "/ro|ot/", "/Us|ers/", "/wo|rk/", "/tm|p/h/", "C:\\Us|ers"];

/// Words of hosts that serve packages inside some company; the bar is not part of them.
pub const REGISTRY_HOSTS: &[&str] =
    &["artifac|tory", "nex|us.", "package-mir|ror", "pypi-mir|ror", "crates-mir|ror", "go|proxy."];

/// The only source of packages.
pub const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What a newcomer types.
pub const COMMANDS: &[&str] = &["cargo run --release", "cargo test"];

/// Circles among files, and files that stand in one: ratchets, which may only be lowered. The aim of
/// each of these is 0.
pub const CIRCLES_MAX: usize = 1;
/// Files that stand in a circle.
pub const CIRCLE_FILES_MAX: usize = 2;
/// Names that several types have.
pub const DOUBLE_NAMES_MAX: usize = 0;
/// Implementations outside the file of their type.
pub const IMPLS_ASTRAY_MAX: usize = 3;
/// Results outside `cli` whose error is a text.
pub const STRING_RESULTS_MAX: usize = 20;
/// Arms `_ =>` over enums of ours.
pub const WILDCARDS_MAX: usize = 0;
/// Comments of documentation of [`SHORT_DOC_WORDS`] or fewer.
pub const SHORT_DOCS_MAX: usize = 0;
/// Functions of the engine that take instead of answering.
pub const TAKERS_MAX: usize = 0;

/// Words of a comment that says too little.
pub const SHORT_DOC_WORDS: usize = 3;

/// Names that several types may have all the same, and why.
pub const SAME_NAMES: &[(&str, &str)] = &[];
/// How many of these there may be.
pub const SAME_NAMES_MAX: usize = 10;
/// Implementations that may stand elsewhere, and why: file, `Type` or `Trait for Type`, reason.
pub const ASTRAY: &[(&str, &str, &str)] = &[];

/// What checks a promise.
pub const ASSERTS: &[&str] =
    &["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne"];
/// Assertions in a thousand lines at least, by module, and in all of `src`: ratchets, which may only
/// be raised. The aim is 20 for the engine and risk, and 8 overall.
pub const ASSERTS_MIN: &[(&str, f64)] = &[("engine", 20.0), ("risk", 20.0), ("", 1.6)];

/// The first commit whose subject is looked at, and all after it.
pub const FIRST_COMMIT: &str = "engine: audit tests assert what is seen today";
/// Letters of a subject.
pub const SUBJECT_LETTERS_MAX: usize = 60;
/// Words of the past that do not end like one.
pub const NO_COMMANDS: &[&str] = &[
    "was", "were", "did", "made", "went", "took", "gave", "wrote", "built", "sent", "kept", "left",
    "found", "began", "done", "gone", "new",
];
/// Words that only end as if they told.
pub const VERBS_ALL_THE_SAME: &[&str] =
    &["need", "feed", "seed", "speed", "embed", "shed", "bring", "string", "ring", "swing"];
