//! Signals as flags that a loop reads when it likes.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell reports for a process that SIGINT ended: 128 + 2.
const EXIT_INTERRUPTED: i32 = 130;

/// The flags that signals set. Clones share them.
#[derive(Clone, Debug)]
pub struct Signals {
    interrupt: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
    halt: Arc<AtomicBool>,
}

impl Signals {
    /// Takes over SIGINT and SIGTERM (stop in good order), SIGUSR1 (halt) and SIGHUP, which must not
    /// end the session with its terminal. A second SIGINT ends the process at once with code 130.
    ///
    /// # Errors
    /// The system refused a handler.
    pub fn install() -> io::Result<Signals> {
        let off = || Arc::new(AtomicBool::new(false));
        let signals = Signals { interrupt: off(), terminate: off(), halt: off() };
        // Before the flag is set, or the first interrupt would already find it set and exit.
        let armed = Arc::clone(&signals.interrupt);
        flag::register_conditional_shutdown(SIGINT, EXIT_INTERRUPTED, armed)?;
        flag::register(SIGINT, Arc::clone(&signals.interrupt))?;
        flag::register(SIGTERM, Arc::clone(&signals.terminate))?;
        flag::register(SIGHUP, off())?;
        flag::register(SIGUSR1, Arc::clone(&signals.halt))?;
        Ok(signals)
    }

    /// Whether someone asked the process to stop; stays true.
    pub fn stop(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) || self.terminate.load(Ordering::Relaxed)
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
    }
}
