//! The port of a live session's hot thread, with a venue on loopback and nobody behind its rings.

use super::venue::Line;
use crate::arm::contract::SECRET;
use crate::arm::market::COIN;
use evenkeel::engine::Setup;
use evenkeel::host::ring::{Consumer, PoolIn, PoolOut, Producer, pool, ring};
use evenkeel::host::socket::{MESSAGE_MAX, Socket};
use evenkeel::host::{Clock, Signals};
use evenkeel::journal::hot_writer::Buffer;
use evenkeel::market::CoinIx;
use evenkeel::num::Nanos;
use evenkeel::session::links::LinkMachine;
use evenkeel::session::live::cache_warmer::CacheWarmer;
use evenkeel::session::live::hot::{HotState, HotThread, IdleStrategy, Rings};
use evenkeel::session::live::message::{ColdReply, ColdRequest, Inbound, Outbound};
use evenkeel::wire::decode::Decoder;
use evenkeel::wire::nonce::{NonceProducer, Pool, Preparer};
use evenkeel::wire::{Encoder, RequestNonce, Signer, Source};
use std::net::TcpListener;
use std::thread;

/// Boxes of each ring: nobody takes anything out, unless asked.
const BOXES: usize = 1024;
/// How long a handshake may take.
const PATIENCE: Nanos = Nanos::from_secs(5);

/// A hot thread's port.
pub struct Hot {
    /// What turns.
    pub port: HotThread<'static>,
    /// The venue's end of the market's connection.
    pub line: Line,
    sent: PoolOut<Outbound>,
    written: PoolOut<Buffer>,
    filler: NonceProducer<'static>,
    preparer: Preparer,
    _answers: PoolIn<Inbound>,
    _asked: Consumer<ColdRequest>,
    _news: Producer<ColdReply>,
}

impl Hot {
    /// Connected; the news of it is the first that a turn finds.
    pub fn new(setup: &Setup, pace: IdleStrategy, clock: Clock) -> Hot {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}/ws", listener.local_addr().expect("it listens"));
        let venue = thread::spawn(move || Line::accept(&listener));
        let socket = Socket::connect(&url, PATIENCE).expect("the venue listens");
        let line = venue.join().expect("a handshake");
        let (requests, sent) = pool(BOXES, Outbound::default);
        let (answers_in, answers) = pool(1, Inbound::default);
        let (slots, written) = pool(BOXES, Buffer::new);
        let ((asks, asked), (mut news_in, news)) = (ring(BOXES), ring(1));
        assert!(news_in.push(ColdReply::Market(Box::new(socket))).is_ok(), "there is room");
        // They live as long as the process, which makes one of each.
        let (filler, nonces) = Box::leak(Box::new(Pool::new())).split();
        let (mut warm_up, taker) = Box::leak(Box::new(Pool::new())).split();
        warm_up.refill(
            &mut CacheWarmer::preparer(),
            |seed| getrandom::fill(seed).is_ok(),
            usize::MAX,
        );
        let spins = matches!(pace, IdleStrategy::Spin);
        let signer = Signer::new(&SECRET, Source::Testnet).expect("a key");
        let preparer = signer.preparer();
        let port = HotThread {
            clock,
            rings: Rings {
                requests,
                answers,
                cold_requests: asks,
                cold_replies: news,
                slots,
                nonces,
            },
            idle: pace,
            cache_warmer: spins.then(|| CacheWarmer::new(setup, taker).expect("a table")),
            signals: Signals::install().expect("handlers"),
            deadline: None,
            decoder: Decoder::new(&[COIN]),
            encoder: Encoder::new(None),
            signer,
            nonce: RequestNonce::after(0),
            coin: CoinIx(0),
            resubscription: Default::default(),
            state: HotState::new(MESSAGE_MAX, LinkMachine::market(0)),
        };
        let (_answers, _asked, _news) = (answers_in, asked, news_in);
        Hot { port, line, sent, written, filler, preparer, _answers, _asked, _news }
    }

    /// Nonces for requests to come.
    pub fn prepare(&mut self) {
        self.filler.refill(&mut self.preparer, |seed| getrandom::fill(seed).is_ok(), usize::MAX);
    }

    /// Empties the rings; gives what the last request sent says.
    pub fn drain(&mut self) -> Option<Vec<u8>> {
        let mut last = None;
        while let Some(outbound) = self.sent.receive() {
            last = Some(outbound.frame().to_vec());
            self.sent.give_back(outbound);
        }
        while let Some(slot) = self.written.receive() {
            self.written.give_back(slot);
        }
        last
    }
}
