//! The few REST reads at start, after a reconnect and at the end. Never on the hot thread.

use serde_json::Value;
use std::time::Duration;

/// How long one read may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer we read: `meta` of a main dex is some tens of kilobytes.
const BODY_MAX: u64 = 8 << 20;
/// What we call ourselves; an absent name was reported to be turned away (PROTOCOL 1).
const USER_AGENT: &str = concat!("evenkeel/", env!("CARGO_PKG_VERSION"));

/// A venue's REST side.
#[derive(Clone, Debug)]
pub struct Rest {
    agent: ureq::Agent,
    base: String,
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
#[error("the venue did not answer {what}: {why}")]
pub struct RestError {
    /// What was asked for.
    pub what: String,
    /// What happened instead of an answer.
    pub why: String,
    /// Whether nothing reached the venue: there was no connection.
    pub is_unsent: bool,
}

impl Rest {
    /// The REST side at `base`, without a slash at its end.
    pub fn new(base: &str) -> Rest {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(true)
            .user_agent(USER_AGENT)
            .build();
        Rest { agent: config.into(), base: base.to_owned() }
    }

    /// Asks `/info` and gives the body as it came.
    ///
    /// # Errors
    /// The venue cannot be reached, takes too long, or answers with an error status.
    pub fn info_bytes(&self, request: &Value) -> Result<Vec<u8>, RestError> {
        let what = request["type"].as_str().unwrap_or("a read");
        self.post("/info", request.to_string().as_bytes(), what)
    }

    /// Asks `/info` and gives the body as JSON.
    ///
    /// # Errors
    /// As [`Rest::info_bytes`], or the body is not JSON.
    pub fn info(&self, request: &Value) -> Result<Value, RestError> {
        let body = self.info_bytes(request)?;
        serde_json::from_slice(&body).map_err(|error| RestError {
            what: request["type"].as_str().unwrap_or("a read").to_owned(),
            why: format!("not JSON: {error}"),
            is_unsent: false,
        })
    }

    /// Sends a signed envelope to `/exchange`.
    ///
    /// # Errors
    /// As [`Rest::info_bytes`].
    pub fn exchange(&self, envelope: &[u8]) -> Result<Vec<u8>, RestError> {
        self.post("/exchange", envelope, "a signed action")
    }

    fn post(&self, path: &str, body: &[u8], what: &str) -> Result<Vec<u8>, RestError> {
        let url = format!("{}{path}", self.base);
        let sent = self.agent.post(&url).header("Content-Type", "application/json").send(body);
        let failed = |error: ureq::Error| RestError {
            what: what.to_owned(),
            is_unsent: is_unsent(&error),
            why: error.to_string(),
        };
        let mut response = sent.map_err(failed)?;
        response.body_mut().with_config().limit(BODY_MAX).read_to_vec().map_err(failed)
    }
}

/// Whether a request failed before any of it was written.
fn is_unsent(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(io) => io.kind() == std::io::ErrorKind::ConnectionRefused,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => true,
        _ => false,
    }
}
