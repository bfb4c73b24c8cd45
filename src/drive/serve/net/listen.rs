//! The listening socket: on this machine alone unless somebody says otherwise.

use mio::net::TcpListener;
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Why a server does not start.
#[derive(Debug)]
pub enum BindError {
    /// The address is not of this machine alone.
    Remote(SocketAddr),
    /// The system refused.
    System(SocketAddr, io::Error),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindError::Remote(addr) => write!(
                f,
                "{addr} can be reached from other machines, and this exchange trusts everybody: \
                 listen on 127.0.0.1, or allow remote clients explicitly"
            ),
            BindError::System(addr, wrong) if wrong.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{addr} is in use by another program: choose another port, or 0 for any")
            }
            BindError::System(addr, wrong) => write!(f, "cannot listen on {addr}: {wrong}"),
        }
    }
}

impl std::error::Error for BindError {}

/// Listens on `addr`.
///
/// # Errors
/// The address is not of this machine alone and remote clients are not allowed, the port is in use,
/// or the system refuses.
pub fn listen(addr: SocketAddr, allow_remote: bool) -> Result<TcpListener, BindError> {
    if !addr.ip().is_loopback() && !allow_remote {
        return Err(BindError::Remote(addr));
    }
    TcpListener::bind(addr).map_err(|wrong| BindError::System(addr, wrong))
}
