//! Words for a person or a program. Whoever reads them may go away: that is no reason to stop a session,
//! and what the standard library's macros would make of it.

/// A line on stdout, if anybody reads it.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

/// A line on stderr, if anybody reads it.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}
