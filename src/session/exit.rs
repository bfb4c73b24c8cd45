//! How a session ends, and the only way out: what rests is cancelled by REST, then the venue is asked
//! for its truth. A machine without sockets; whoever has a connection does what it wishes for.

use crate::market::Oid;
use crate::session::bootstrap::VenueAccount;

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
    /// Nothing: it is over, with so many orders left and this account.
    Done(usize, VenueAccount),
}

/// Where the way out stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitMachine {
    /// The venue is being asked for the first time what rests.
    #[default]
    Begun,
    /// It has been cancelled, and the venue is being asked again.
    Cancelled,
    /// So many are left.
    Listed(usize),
}

impl ExitMachine {
    /// Takes what happened, and says what is wished for.
    pub fn step(&mut self, heard: ExitInput) -> ExitWish {
        match (heard, *self) {
            (ExitInput::Begun, _) => ExitWish::List,
            (ExitInput::Open(open), ExitMachine::Begun) if !open.is_empty() => {
                ExitWish::Cancel(open)
            }
            (ExitInput::Cancelled, _) => {
                *self = ExitMachine::Cancelled;
                ExitWish::List
            }
            (ExitInput::Open(open), _) => {
                *self = ExitMachine::Listed(open.len());
                ExitWish::Account
            }
            (ExitInput::Account(account), ExitMachine::Listed(left)) => {
                ExitWish::Done(left, account)
            }
            (ExitInput::Account(_), ExitMachine::Begun | ExitMachine::Cancelled) => ExitWish::List,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_is_cancelled_and_looked_for_again() {
        let account = VenueAccount::default();
        let orders = |n: u64| (0..n).map(Oid).collect::<Vec<_>>();
        // open at first, open after the cancels, cancelled
        for (first, then, cancelled) in [(0, 0, 0), (3, 0, 3), (3, 1, 3)] {
            let mut exit = ExitMachine::default();
            let (mut heard, mut lists, mut sent) = (ExitInput::Begun, 0, 0);
            let left = loop {
                heard = match exit.step(heard) {
                    ExitWish::List => {
                        lists += 1;
                        ExitInput::Open(orders(if lists == 1 { first } else { then }))
                    }
                    ExitWish::Cancel(oids) => {
                        sent += oids.len();
                        ExitInput::Cancelled
                    }
                    ExitWish::Account => ExitInput::Account(account),
                    ExitWish::Done(left, _) => break left,
                };
            };
            assert_eq!((left, sent), (usize::try_from(then).expect("few"), cancelled));
        }
    }
}
