//! Memory and the process: secrets kept out of dumps and swap, small pages, ends without delay.
//!
//! Everything here is best effort: a container may forbid it, and the session goes on.

use std::io;

/// Hardens the process; to be called before a key is in memory. What did not take hold is no reason
/// to stop: each step stands beside its outcome, in words for the person at the terminal.
pub fn harden() -> [(&'static str, io::Result<()>); 3] {
    [
        ("others of this user may read our memory", forbid_dumps()),
        ("a crash may leave a core file", forbid_core()),
        (
            "memory but the prepared nonces' may go to swap, unless `ulimit -l` is unlimited",
            lock_all(),
        ),
    ]
}

/// Makes the process invisible to `ptrace` and `/proc/PID/mem` of others.
fn forbid_dumps() -> io::Result<()> {
    // SAFETY: PR_SET_DUMPABLE reads one integer argument and no pointer.
    outcome(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) })
}

/// Sets the size limit of core files to nothing.
fn forbid_core() -> io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live rlimit that the call only reads.
    outcome(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) })
}

/// Locks all pages, present and future, where nothing limits how many: under a limit, whatever we
/// map later would fail for want of lockable memory, a thread's stack as well as a ring. Pages are
/// locked as they are touched, or an allocator's reserve would become resident.
fn lock_all() -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live rlimit that the call only writes.
    outcome(unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) })?;
    if limit.rlim_cur != libc::RLIM_INFINITY {
        return Err(io::Error::from_raw_os_error(libc::ENOMEM));
    }
    // SAFETY: mlockall takes flags only and touches no memory of ours.
    outcome(unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE | libc::MCL_ONFAULT) })
}

/// Keeps memory in small pages from here on: a short task touches little of each large one, and the
/// kernel clears all of it (a third of a short replay). Best effort.
pub fn small_pages() {
    // SAFETY: PR_SET_THP_DISABLE reads integer arguments and no pointer.
    let _ = outcome(unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) });
}

/// Keeps the pages that hold `secret` out of core files, should one be written after all, and in
/// memory, away from swap.
///
/// # Errors
/// The system refused one or the other.
pub fn keep<T: ?Sized>(secret: &T) -> io::Result<()> {
    let page = page_bytes();
    let start = std::ptr::from_ref(secret).cast::<u8>().addr();
    let first = start - start % page;
    let length = (start + size_of_val(secret)).next_multiple_of(page) - first;
    let pages = std::ptr::from_ref(secret).cast::<libc::c_void>().with_addr(first).cast_mut();
    // SAFETY: the range is the whole pages around a live value, so it is mapped; MADV_DONTDUMP
    // changes neither contents nor protection, only what a core file would include.
    outcome(unsafe { libc::madvise(pages, length, libc::MADV_DONTDUMP) })?;
    // SAFETY: the same pages; locking changes neither contents nor protection.
    outcome(unsafe { libc::mlock(pages, length) })
}

/// Bytes of a page of memory.
fn page_bytes() -> usize {
    /// What every machine we build for uses, should the system not say.
    const USUAL: usize = 4096;
    // SAFETY: sysconf takes a number and touches no memory of ours.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).ok().filter(|bytes| bytes.is_power_of_two()).unwrap_or(USUAL)
}

/// Ends the process at once: no destructors, no handlers, nothing that could wait.
pub fn exit_at_once(code: i32) -> ! {
    // SAFETY: _exit takes a number, does not return, and runs none of our code.
    unsafe { libc::_exit(code) }
}

/// The result of a system call that returns 0 on success.
fn outcome(code: libc::c_int) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the kernel's list of mappings says `dd` (do not dump) where `address` lies.
    fn concealed(address: usize) -> bool {
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("readable");
        let mut inside = false;
        for line in maps.lines() {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let parse = |hex: &str| usize::from_str_radix(hex, 16).ok();
            if let Some((Some(from), Some(to))) = range.map(|(a, b)| (parse(a), parse(b))) {
                inside = (from..to).contains(&address);
            }
            if inside && line.starts_with("VmFlags:") {
                return line.split(' ').any(|flag| flag == "dd");
            }
        }
        false
    }

    #[test]
    fn the_pages_of_a_secret_are_left_out_of_dumps() {
        let secret = vec![7u8; 3 * page_bytes()];
        keep(secret.as_slice()).expect("a few pages of our own may be locked");
        for at in [0, secret.len() - 1] {
            assert!(concealed(secret.as_ptr().addr() + at), "byte {at}");
        }
    }

    /// In a child, or the other tests of this process could not be looked at any more.
    #[test]
    fn a_hardened_process_leaves_neither_dumps_nor_cores() {
        // SAFETY: the child makes system calls only, and ends without running anything of ours.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let [dumps, core, _] = harden();
            let mut limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
            // SAFETY: PR_GET_DUMPABLE reads no argument; the rlimit is alive.
            let dumpable = unsafe {
                libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit);
                libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0)
            };
            let hard = dumps.1.is_ok() && core.1.is_ok() && dumpable == 0 && limit.rlim_max == 0;
            exit_at_once(i32::from(!hard));
        }
        let mut status = -1;
        // SAFETY: the status is alive, and the child is ours.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert_eq!((waited, status), (child, 0));
    }
}
