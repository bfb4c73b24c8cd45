//! A recorded market that is traded: the exchange behind the recording, and what the engine begins
//! with.

use super::error::{RecordingError, RecordingErrorKind};
use super::merge::RecordingEvents;
use super::reader::RecordingReader;
use super::scan::RecordingInfo;
use super::{ASSET, FeedLatency};
use crate::backtest::session::LEVERAGE;
use crate::engine::{Config, Engine, Setup, Sizing, SizingError};
use crate::market::Spec;
use crate::num::{Bps, Nanos};
use crate::report;
use crate::session::crank;
use crate::session::facts::Noted;
use crate::session::simulated::{Delays, DirectPort, DirectSetup, MarketSource, SimulationError};
use crate::venue::{ExchangeConfig, FillModel, FlowTime, MarketConfig, Rules};
use std::convert::Infallible;
use std::path::Path;

/// How a recorded market is traded.
#[derive(Clone, Copy, Debug)]
pub struct RecordedTerms<'a> {
    /// The coin, where the recording has several.
    pub coin: Option<&'a str>,
    /// Decimals of a size; inferred when not given.
    pub sz_decimals: Option<u32>,
    /// What a maker and what a taker pays.
    pub fees: [Bps; 2],
    /// From a request to the venue, and from its answer to us.
    pub order_latency: Nanos,
    /// When the engine hears of the market.
    pub feed_latency: FeedLatency,
    /// Requests that the address may make before it has traded; the venue's own rule when not given.
    pub requests: Option<u64>,
    /// The settings that the engine trades with.
    pub config: Config,
}

/// A recorded market before its first message.
pub struct RecordedSession {
    /// What is in the recording.
    pub info: RecordingInfo,
    /// What the engine begins with.
    pub setup: Setup,
    /// The exchange behind the recording.
    pub simulation: DirectPort,
}

/// Why a recorded market cannot be traded.
#[derive(Debug, thiserror::Error)]
pub enum RecordedSessionError {
    /// The recording is not sound.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The capital is too small for the coin.
    #[error("{0}")]
    Capital(SizingError),
    /// The recording turned out to be damaged.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}

impl RecordedSession {
    /// Reads a recording and sets up the exchange behind it.
    ///
    /// # Errors
    /// It cannot be read, has no book with two sides, or its coin needs more capital.
    pub fn open(
        file: &Path,
        terms: &RecordedTerms<'_>,
    ) -> Result<RecordedSession, RecordedSessionError> {
        let reader = RecordingReader::open(file, terms.coin)?;
        let info = reader.info().clone();
        let one_sided = || RecordingError::new(file, RecordingErrorKind::OneSided);
        let mid = info.first_mid.ok_or_else(one_sided)?;
        let RecordedTerms { config, fees: [fee_maker, fee_taker], order_latency, .. } = *terms;
        let sz_decimals = terms.sz_decimals.unwrap_or(info.sz_decimals);
        let (asset, leverage_max) = (ASSET, LEVERAGE);
        let spec = Spec { asset, sz_decimals, leverage_max, fee_maker, fee_taker };
        let sizing = Sizing::new(config.capital, config.multiple, &spec, mid)
            .map_err(RecordedSessionError::Capital)?;
        let setup = Setup::flat(config, spec, sizing, mid);
        let mut rules = Rules { flow: FlowTime::AtOnce, funding: false, ..Rules::default() };
        rules.budget_initial = terms.requests.unwrap_or(rules.budget_initial);
        let mut exchange = ExchangeConfig { rules, ..ExchangeConfig::bare(1, info.span[0]) };
        exchange.dexes[0].deposit = config.capital;
        let (name, fill_model) = (info.coin.clone(), FillModel::Recorded);
        exchange.markets.push(MarketConfig { name, dex: 0, spec, mark: mid, fill_model });
        let events = RecordingEvents::new(reader, terms.feed_latency).moments();
        let delays = Delays { order: order_latency, feed: order_latency };
        let source = MarketSource::Recorded(events);
        let simulation = DirectPort::open(DirectSetup { exchange, source, delays })?;
        Ok(RecordedSession { info, setup, simulation })
    }

    /// Lets the engine trade the whole recording and enters what it did into `report`. `progress`
    /// hears after every step how many messages are through.
    ///
    /// # Errors
    /// The recording turned out to be damaged, or a table fails its checks.
    pub fn trade(
        &mut self,
        report: &mut report::Session,
        mut progress: impl FnMut(u64),
    ) -> Result<Box<Engine>, SimulationError> {
        let mut engine = Box::new(Engine::new(self.setup));
        let (mut noted, mut last) = (Noted::default(), None);
        crank::run(engine.as_mut(), &mut self.simulation, |at, engine: &Engine, simulation| {
            if noted.is_due(engine, at.mono) {
                let told = noted.on_step(engine, at.mono, Nanos::ZERO, |fact| {
                    report.fact(at.mono, fact);
                    Ok::<(), Infallible>(())
                });
                let Ok(()) = told;
            } else if let Some(mid) = engine.market().book().mid()
                && last != Some(mid)
            {
                last = Some(mid);
                report.mid(at.mono, mid);
            }
            progress(simulation.frames());
        })?;
        Ok(engine)
    }
}
