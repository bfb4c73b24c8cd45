//! How a session ends, and the only way out: what rests is cancelled by REST, then the venue is asked
//! for its truth. A machine without sockets; whoever has a connection does what it wishes for.

use crate::market::Oid;
use crate::num::{Mono, Nanos};
use crate::session::bootstrap::VenueAccount;

/// A venue that does not answer is asked for so long (MODEL 5.7).
const GIVE_UP: Nanos = Nanos::from_secs(60);
/// The first pause before it is asked again; it doubles with each.
const PAUSE_FIRST: Nanos = Nanos::from_millis(250);
/// The longest pause between two questions.
const PAUSE_MAX: Nanos = Nanos::from_secs(5);

/// The machinery failed; the engine cannot answer it. Trading stops, and what is open is cancelled by
/// another way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The queue to the sender is full: it is stuck.
    #[error("the sender takes no more requests")]
    SenderStuck,
    /// The journal takes no more records.
    #[error("the journal takes no more records")]
    JournalStuck,
    /// The journal could not be written; the session was stopped in good order.
    #[error("the journal could not be written, and the session was stopped")]
    Unrecorded,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// As asked, with nothing left at the venue.
    Stopped,
    /// The kill switch halted it.
    Halted,
    /// The machinery of the session failed.
    Failed(Fault),
    /// The stop took too long; what was left was cancelled by another way.
    CancelledByRest,
}

/// What a session that ends hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitInput {
    /// The hot thread has gone.
    Begun,
    /// Our orders that the venue has open.
    Open(Vec<Oid>),
    /// The venue took the cancels.
    Cancelled,
    /// The venue's word on what we have.
    Account(VenueAccount),
    /// The venue did not do or say what was wished for.
    Failed,
    /// The time that was waited for has come.
    Waited,
}

/// What a session that ends wishes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitWish {
    /// The orders of ours that the venue has open.
    List,
    /// That these are cancelled.
    Cancel(Vec<Oid>),
    /// What we have at the venue.
    Account,
    /// To be asked again then.
    Wait(Mono),
    /// Nothing: it is over.
    Done(VenueEnd),
}

/// What is known of the venue when a session has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VenueEnd {
    /// Orders of ours that are open; none when the venue could not be asked.
    pub open_orders: Option<usize>,
    /// What we have there; none when the venue could not be asked.
    pub account: Option<VenueAccount>,
}

/// What is wished for next, whatever became of the last wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitStage {
    List,
    Account,
}

/// The way out of a session: the venue's list of our orders must be empty twice, the second time asked
/// for after the last of them has expired. A venue that does not answer is asked for a minute.
#[derive(Clone, Copy, Debug)]
pub struct ExitMachine {
    /// From then on nothing that was sent can come to rest any more.
    settled_at: Mono,
    give_up_at: Mono,
    pause: Nanos,
    stage: ExitStage,
    /// Lists in a row that were empty.
    empty: u32,
    end: VenueEnd,
}

impl ExitMachine {
    /// The way out from `now` on. Of what was sent, nothing can come to rest after `settled_at`.
    pub fn new(now: Mono, settled_at: Mono) -> ExitMachine {
        ExitMachine {
            settled_at,
            give_up_at: now.max(settled_at) + GIVE_UP,
            pause: PAUSE_FIRST,
            stage: ExitStage::List,
            empty: 0,
            end: VenueEnd::default(),
        }
    }

    /// Takes what happened, and says what is wished for.
    pub fn step(&mut self, now: Mono, heard: ExitInput) -> ExitWish {
        match heard {
            ExitInput::Begun | ExitInput::Waited | ExitInput::Cancelled => self.wish(),
            ExitInput::Open(open) => self.on_list(now, open),
            ExitInput::Account(account) => {
                self.end.account = Some(account);
                ExitWish::Done(self.end)
            }
            ExitInput::Failed if self.give_up_at <= now => ExitWish::Done(self.end),
            ExitInput::Failed => {
                let at = now + self.pause;
                self.pause = (self.pause + self.pause).min(PAUSE_MAX);
                ExitWish::Wait(at)
            }
        }
    }

    fn wish(&self) -> ExitWish {
        match self.stage {
            ExitStage::List => ExitWish::List,
            ExitStage::Account => ExitWish::Account,
        }
    }

    fn on_list(&mut self, now: Mono, open: Vec<Oid>) -> ExitWish {
        self.pause = PAUSE_FIRST;
        self.end.open_orders = Some(open.len());
        if !open.is_empty() {
            self.empty = 0;
            return if self.give_up_at <= now {
                self.read_account()
            } else {
                ExitWish::Cancel(open)
            };
        }
        self.empty += 1;
        match self.empty {
            1 if now < self.settled_at => ExitWish::Wait(self.settled_at),
            1 => ExitWish::List,
            _ => self.read_account(),
        }
    }

    fn read_account(&mut self) -> ExitWish {
        self.stage = ExitStage::Account;
        ExitWish::Account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A venue on the way out: how many orders it has open at each list, when it does not answer, and
    /// whether it takes cancels.
    struct Venue {
        open: &'static [u64],
        dead_until: Mono,
    }

    /// What became of the way out: the end, when, lists asked for, orders cancelled.
    fn leave(venue: &Venue, settled_s: u64) -> (VenueEnd, u64, usize, usize) {
        let mut now = Mono::START + Nanos::from_secs(100);
        let settled_at = now + Nanos::from_secs(settled_s);
        let mut exit = ExitMachine::new(now, settled_at);
        let (mut heard, mut lists, mut cancelled) = (ExitInput::Begun, 0, 0);
        loop {
            let wish = exit.step(now, heard);
            now = now + Nanos::from_millis(10);
            let is_dead = now < venue.dead_until;
            heard = match wish {
                ExitWish::Wait(until) => {
                    now = until;
                    ExitInput::Waited
                }
                ExitWish::Done(end) => return (end, now.ms() / 1_000 - 100, lists, cancelled),
                ExitWish::List | ExitWish::Cancel(_) | ExitWish::Account if is_dead => {
                    ExitInput::Failed
                }
                ExitWish::List => {
                    lists += 1;
                    let open = venue.open.get(lists - 1).copied().unwrap_or_default();
                    ExitInput::Open((0..open).map(Oid).collect())
                }
                ExitWish::Cancel(oids) => {
                    cancelled += oids.len();
                    ExitInput::Cancelled
                }
                ExitWish::Account => ExitInput::Account(VenueAccount::default()),
            };
        }
    }

    #[test]
    fn what_rests_is_cancelled_until_the_list_is_empty_twice() {
        let dead = |s: u64| Mono::START + Nanos::from_secs(s);
        // what, open at each list, silent until, settled after, seconds, lists, cancelled, open in the end
        type Want = (u64, usize, usize, Option<usize>);
        let rows: [(&str, &[u64], u64, u64, Want); 6] = [
            ("nothing is open", &[], 0, 0, (0, 2, 0, Some(0))),
            ("one may still land", &[], 0, 3, (3, 2, 0, Some(0))),
            ("three are open", &[3], 0, 0, (0, 3, 3, Some(0))),
            ("one lands between", &[0, 1], 0, 3, (3, 4, 1, Some(0))),
            ("the venue is silent at first", &[2], 120, 0, (21, 3, 2, Some(0))),
            ("the venue is gone", &[], 10_000, 0, (61, 0, 0, None)),
        ];
        for (what, open, dead_s, settled_s, (seconds, lists, cancelled, left)) in rows {
            let venue = Venue { open, dead_until: dead(dead_s) };
            let (end, after, listed, sent) = leave(&venue, settled_s);
            assert_eq!((listed, sent, end.open_orders), (lists, cancelled, left), "{what}");
            assert!((seconds..=seconds + 4).contains(&after), "{what}: after {after} s");
            assert_eq!(end.account.is_some(), left.is_some(), "{what}");
        }
    }
}
