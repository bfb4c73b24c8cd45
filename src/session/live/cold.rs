//! The cold thread: writes the journal, builds tables, prepares nonces, sends others on errands, and
//! lets an observer see the facts.

use super::message::{ColdReply, ColdRequest};
use crate::host::Clock;
use crate::host::ring::{Consumer, PoolIn, PoolOut, Producer};
use crate::host::socket::ThreadWaker;
use crate::journal::fact::Fact;
use crate::journal::hot_writer::{Buffer, BufferPool};
use crate::market::Address;
use crate::model::glft;
use crate::num::{Mono, Nanos, Stamp};
use crate::session::files::{FilesError, SessionFiles};
use crate::session::live::rest_worker::RestWorker;
use crate::wire::nonce::{NonceProducer, Preparer};
use crate::wire::sign::recover;
use crate::wire::{Hash, Signature};
use std::collections::VecDeque;
use std::fs::File;

/// How long the cold thread sleeps when nothing is there.
const REST: Nanos = Nanos::from_millis(1);
/// A failure that comes again is told again after this.
const TELL_AGAIN: Nanos = Nanos::from_secs(30);
/// Failures that are known at a time.
const FAILURES_KNOWN: usize = 8;
/// Nonces prepared in one round: 25 us each.
const NONCES_A_ROUND: usize = 4;

/// Sees the facts of a session as they are written.
pub trait Observer: Send {
    /// A fact that was recorded.
    fn on_fact(&mut self, at: Stamp, fact: &Fact);
    /// Some time has passed.
    fn on_time(&mut self, at: Stamp);
    /// Something a person should know at once.
    fn on_notice(&mut self, words: &str);
}

impl BufferPool for PoolIn<Buffer> {
    fn free(&self) -> usize {
        PoolIn::free(self)
    }

    fn take(&mut self) -> Option<Box<Buffer>> {
        PoolIn::take(self)
    }

    fn send(&mut self, slot: Box<Buffer>) {
        PoolIn::send(self, slot);
    }
}

/// The cold thread's belongings.
pub struct Cold<'p, O> {
    /// The clock of all threads.
    pub clock: Clock,
    /// Records from the hot thread.
    pub slots: PoolOut<Buffer>,
    /// The files they go to.
    pub files: SessionFiles<File>,
    /// Wishes of the hot thread.
    pub requests: Consumer<ColdRequest>,
    /// What the hot thread gets back.
    pub replies: Producer<ColdReply>,
    /// Prepared nonces for it.
    pub nonces: NonceProducer<'p>,
    /// The same for the made-up market that keeps the hot thread warm.
    pub warm: Option<(NonceProducer<'p>, Preparer)>,
    /// Makes them; nothing once a signature was found not to be ours.
    pub preparer: Option<Preparer>,
    /// Whose signatures ours must be.
    pub signer: Address,
    /// Runs to the venue.
    pub rest_worker: RestWorker,
    /// What failed lately, and when it was told.
    pub failures: Vec<(Mono, String)>,
    /// Wakes the hot thread, where cores are scarce.
    pub waker: Option<ThreadWaker>,
    /// Sees the facts as they are written.
    pub observer: O,
}

impl<O: Observer> Cold<'_, O> {
    /// Works until the hot thread has gone and everything it recorded is written. A journal that
    /// cannot be written is told to the hot thread, and everything else goes on.
    pub fn run(mut self) -> O {
        let mut pending = VecDeque::new();
        while !self.slots.finished() {
            let worked = self.drain(&mut pending);
            self.serve(&mut pending);
            self.prepare();
            let at = self.clock.stamp();
            let kept = self.files.on_time(at);
            self.note(kept, &mut pending);
            self.observer.on_time(at);
            if !worked {
                self.clock.sleep(REST);
            }
        }
        if let Err(error) = self.files.finish() {
            self.observer.on_notice(&error.to_string());
        }
        self.observer
    }

    /// Writes what was recorded.
    fn drain(&mut self, pending: &mut VecDeque<ColdReply>) -> bool {
        let mut worked = false;
        while let Some(mut slot) = self.slots.receive() {
            worked = true;
            for (at, fact) in slot.facts() {
                let kept = self.files.on_fact(&fact);
                self.note(kept, pending);
                self.observer.on_fact(at, &fact);
            }
            let written = self.files.append(&mut slot);
            self.note(written, pending);
            self.slots.give_back(slot);
        }
        worked
    }

    /// Tells what could not be written: a person, and the hot thread where nothing is recorded any
    /// more.
    fn note(&mut self, written: Result<(), FilesError>, pending: &mut VecDeque<ColdReply>) {
        let Err(error) = written else { return };
        self.observer.on_notice(&error.to_string());
        if let FilesError::Journal(_) = error {
            pending.push_back(ColdReply::Unrecorded);
        }
    }

    /// Does what the hot thread asked for, and hands over what is ready.
    fn serve(&mut self, pending: &mut VecDeque<ColdReply>) {
        while let Some(ask) = self.requests.pop() {
            match ask {
                ColdRequest::Table(params) => match glft::table(&params) {
                    Ok(table) => pending.push_back(ColdReply::Table(Box::new(table))),
                    Err(bad) => {
                        self.observer
                            .on_notice(&format!("table {} is not used: {bad}", params.seq));
                        pending.push_back(ColdReply::NoTable);
                    }
                },
                ColdRequest::Sync => self.rest_worker.sync(),
                ColdRequest::Connect => self.rest_worker.connect(),
                ColdRequest::Say(words) => self.observer.on_notice(words),
                ColdRequest::Check(digest, signature) => self.check(&digest, &signature),
            }
        }
        while let Some(result) = self.rest_worker.poll() {
            match result {
                Ok(news) => pending.push_back(news),
                Err(why) => self.tell_failure(why),
            }
        }
        while let Some(news) = pending.pop_front() {
            if let Err(news) = self.replies.push(news) {
                pending.push_front(news); // The hot thread is behind; nothing is dropped.
                break;
            }
            if let Some(bell) = &self.waker {
                bell.ring();
            }
        }
    }

    /// Tells a person what failed; the same again only after a while.
    fn tell_failure(&mut self, why: String) {
        let now = self.clock.mono();
        let known = self.failures.iter().position(|(_, known)| *known == why);
        match known {
            Some(at) if now.since(self.failures[at].0) < TELL_AGAIN => return,
            Some(at) => self.failures[at].0 = now,
            None => {
                self.failures.truncate(FAILURES_KNOWN - 1);
                self.failures.insert(0, (now, why.clone()));
            }
        }
        self.observer.on_notice(&why);
    }

    /// Makes nonces, of this process and no other: a child that was forked has another number.
    fn prepare(&mut self) {
        if let Some((nonces, preparer)) = &mut self.warm {
            let entropy = |seed: &mut [u8; 32]| getrandom::fill(seed).is_ok();
            nonces.refill(preparer, entropy, NONCES_A_ROUND);
        }
        let Some(preparer) = &mut self.preparer else { return };
        self.nonces.set_generation(u64::from(std::process::id()));
        // Without randomness none are made, and the signer derives its nonces itself.
        let entropy = |seed: &mut [u8; 32]| getrandom::fill(seed).is_ok();
        self.nonces.refill(preparer, entropy, NONCES_A_ROUND);
    }

    /// Whether a signature is ours. When it is not, something is wrong with prepared nonces, and
    /// those that are ready are not used any more.
    fn check(&mut self, digest: &Hash, signature: &Signature) {
        if recover(digest, signature) != Some(self.signer) {
            self.preparer = None;
            self.nonces.set_generation(UNUSABLE);
            self.observer.on_notice("a signature was not ours: nonces are derived from here on");
        }
    }
}

/// No process has this number, so that no prepared nonce is of it.
const UNUSABLE: u64 = u64::MAX;
