//! Signals as numbers that a loop reads when it likes.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::{flag, low_level};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What signals have asked for. Clones share it.
#[derive(Clone, Debug)]
pub struct Signals {
    interrupts: Arc<AtomicU32>,
    terminate: Arc<AtomicBool>,
    halt: Arc<AtomicBool>,
}

impl Signals {
    /// Takes over SIGINT and SIGTERM (stop in good order), SIGUSR1 (halt) and SIGHUP, which must not
    /// end the session with its terminal. No signal ends the process by itself: every way out is the
    /// same way out.
    ///
    /// # Errors
    /// The system refused a handler.
    pub fn install() -> io::Result<Signals> {
        let off = || Arc::new(AtomicBool::new(false));
        let interrupts = Arc::new(AtomicU32::new(0));
        let signals = Signals { interrupts, terminate: off(), halt: off() };
        let counted = Arc::clone(&signals.interrupts);
        let count = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        // SAFETY: the handler only adds to an atomic number, which any signal may interrupt.
        unsafe { low_level::register(SIGINT, count) }?;
        flag::register(SIGTERM, Arc::clone(&signals.terminate))?;
        flag::register(SIGHUP, off())?;
        flag::register(SIGUSR1, Arc::clone(&signals.halt))?;
        Ok(signals)
    }

    /// Whether someone asked the process to stop; stays true.
    pub fn stop(&self) -> bool {
        self.urgency() != 0
    }

    /// How urgently someone asked the process to stop: not at all, once, with a second SIGINT, with a
    /// third.
    pub fn urgency(&self) -> u32 {
        let terminated = u32::from(self.terminate.load(Ordering::Relaxed));
        self.interrupts.load(Ordering::Relaxed).max(terminated)
    }

    /// Asks for a halt, as SIGUSR1 does.
    pub fn halt(&self) {
        self.halt.store(true, Ordering::Relaxed);
    }

    /// Whether someone asked for a halt since the last call.
    pub fn halt_asked(&self) -> bool {
        // The common case is a plain load.
        self.halt.load(Ordering::Relaxed) && self.halt.swap(false, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_hook::low_level::raise;

    /// One test, since signals belong to the whole process.
    #[test]
    fn a_signal_sets_its_flag_and_no_other() {
        let signals = Signals::install().expect("handlers can be set");
        assert!(!signals.stop() && !signals.halt_asked());
        raise(SIGHUP).expect("raised");
        assert!(!signals.stop() && !signals.halt_asked());
        raise(SIGUSR1).expect("raised");
        assert!(signals.halt_asked() && !signals.halt_asked(), "taken once");
        assert!(!signals.stop());
        raise(SIGTERM).expect("raised");
        assert!(signals.clone().stop() && signals.stop(), "a request to stop stays");
        assert_eq!(signals.urgency(), 1);
        for urgency in [1, 2, 3] {
            raise(SIGINT).expect("raised");
            assert_eq!(signals.urgency(), urgency, "the process goes on");
        }
    }
}
