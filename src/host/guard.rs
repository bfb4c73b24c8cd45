//! A thread that sleeps until a panic, then has half a second to cancel what rests.
//!
//! The process aborts on a panic, but the panic hook runs first, while all other threads go on: it
//! wakes the guardian, which cancels everything on a warm connection of its own.

use super::lock::exit_at_once;
use crate::num::Nanos;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a panicking thread waits for the guardian (RELIABILITY 3, exit paths).
const PATIENCE: Duration = Duration::from_millis(500);
/// The name of the guardian thread in a debugger.
const NAME: &str = "guardian";
/// The exit code of a broken invariant.
const EXIT_BROKEN: i32 = 70;

/// What a guardian does.
pub trait GuardianTask: Send + 'static {
    /// Keeps its connection warm; called every so often while all is well.
    fn tend(&mut self);
    /// Cancels everything. `why` is the panic's message.
    fn act(&mut self, why: &str);
}

/// The sleeping thread. Clones share it.
#[derive(Clone, Debug)]
pub struct Guardian(Arc<GuardianShared>);

#[derive(Debug)]
struct GuardianShared {
    state: Mutex<GuardianState>,
    changed: Condvar,
}

/// Asleep, then alarmed, then done; or dismissed while asleep.
#[derive(Clone, Debug, PartialEq, Eq)]
enum GuardianState {
    Asleep,
    Alarmed(String),
    Done,
    Dismissed,
}

impl Guardian {
    /// Starts the thread. It calls [`GuardianTask::tend`] every `period` until it is alarmed.
    ///
    /// # Errors
    /// The system refused a thread.
    pub fn start(task: impl GuardianTask, period: Nanos) -> io::Result<Guardian> {
        let shared = Arc::new(GuardianShared {
            state: Mutex::new(GuardianState::Asleep),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        let period = Duration::from_nanos(period.ns());
        std::thread::Builder::new()
            .name(NAME.to_owned())
            .spawn(move || guard(&own, task, period))?;
        Ok(Guardian(shared))
    }

    /// Makes every panic of the process, in whatever thread, wake the guardian, wait at most 500 ms
    /// for it, print its message, and end the process with code 70.
    pub fn install(&self) {
        let guardian = self.clone();
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // First things first: a backtrace takes as long as the guardian has.
            guardian.alarm(&panic.to_string());
            print(panic);
            exit_at_once(EXIT_BROKEN);
        }));
    }

    /// Wakes the guardian and waits at most 500 ms for it. Returns whether it was done in time.
    /// The guardian's own thread does not wait for itself.
    pub fn alarm(&self, why: &str) -> bool {
        self.alarm_within(why, PATIENCE)
    }

    /// As [`Guardian::alarm`], with another patience.
    fn alarm_within(&self, why: &str, patience: Duration) -> bool {
        let mut state = self.0.lock();
        if std::thread::current().name() == Some(NAME) {
            return self.give_up(state, patience);
        }
        if *state == GuardianState::Asleep {
            *state = GuardianState::Alarmed(why.to_owned());
        }
        self.0.changed.notify_all();
        let busy = |state: &mut GuardianState| matches!(state, GuardianState::Alarmed(_));
        let waited = self.0.changed.wait_timeout_while(state, patience, busy);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == GuardianState::Done
    }

    /// The guardian itself panicked: whoever waits for it need not, and has a message of its own to
    /// print before the process ends.
    fn give_up(&self, mut state: MutexGuard<'_, GuardianState>, patience: Duration) -> bool {
        if matches!(*state, GuardianState::Alarmed(_)) {
            *state = GuardianState::Dismissed;
            self.0.changed.notify_all();
            drop(state);
            std::thread::park_timeout(patience);
        }
        false
    }

    /// Ends the thread without an alarm: the session stopped in good order.
    pub fn dismiss(&self) {
        let mut state = self.0.lock();
        if *state == GuardianState::Asleep {
            *state = GuardianState::Dismissed;
        }
        self.0.changed.notify_all();
    }
}

impl GuardianShared {
    /// The state; a panic while it was held leaves it as good as before.
    fn lock(&self) -> MutexGuard<'_, GuardianState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The guardian thread: tends its connection until it is alarmed or dismissed.
fn guard(shared: &GuardianShared, mut task: impl GuardianTask, period: Duration) {
    loop {
        let asleep = |state: &mut GuardianState| *state == GuardianState::Asleep;
        let waited = shared.changed.wait_timeout_while(shared.lock(), period, asleep);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
        match state {
            GuardianState::Asleep => task.tend(),
            GuardianState::Alarmed(why) => {
                task.act(&why);
                *shared.lock() = GuardianState::Done;
                shared.changed.notify_all();
                return;
            }
            GuardianState::Done | GuardianState::Dismissed => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Tells what was called.
    struct Told(Sender<String>);

    impl GuardianTask for Told {
        fn tend(&mut self) {
            let _ = self.0.send("tend".to_owned());
        }
        fn act(&mut self, why: &str) {
            let _ = self.0.send(why.to_owned());
        }
    }

    fn start(period: Nanos) -> (Guardian, Receiver<String>) {
        let (sender, receiver) = channel();
        (Guardian::start(Told(sender), period).expect("a thread"), receiver)
    }

    #[test]
    fn an_alarm_wakes_it_once_and_waits_until_it_is_done() {
        let (guardian, told) = start(Nanos::from_secs(1_000));
        assert!(guardian.alarm_within("first", Duration::MAX));
        assert!(guardian.alarm_within("second", Duration::MAX), "already done");
        assert_eq!(told.iter().collect::<Vec<_>>(), ["first"]);
    }

    #[test]
    fn it_tends_its_connection_while_all_is_well() {
        let (guardian, told) = start(Nanos::from_millis(1));
        assert_eq!(told.recv().as_deref(), Ok("tend"));
        assert_eq!(told.recv().as_deref(), Ok("tend"));
        guardian.dismiss();
        assert!(told.iter().all(|call| call == "tend"), "and never acts");
        assert!(!guardian.alarm("too late"));
    }
}
