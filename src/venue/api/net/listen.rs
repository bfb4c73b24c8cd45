//! The listening socket: on this machine alone unless somebody says otherwise.

use mio::net::TcpListener;
use std::io;
use std::net::SocketAddr;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address is not of this machine alone.
    #[error(
        "{0} can be reached from other machines, and this exchange trusts everybody: listen on \
         127.0.0.1, or allow remote clients explicitly"
    )]
    Remote(SocketAddr),
    /// Another program listens there.
    #[error("{0} is in use by another program: choose another port, or 0 for any")]
    InUse(SocketAddr),
    /// The system refused.
    #[error("cannot listen on {0}: {1}")]
    System(SocketAddr, io::Error),
}

/// Listens on `addr`.
///
/// # Errors
/// The address is not of this machine alone and remote clients are not allowed, the port is in use,
/// or the system refuses.
pub fn listen(addr: SocketAddr, allow_remote: bool) -> Result<TcpListener, BindError> {
    if !addr.ip().is_loopback() && !allow_remote {
        return Err(BindError::Remote(addr));
    }
    TcpListener::bind(addr).map_err(|wrong| match wrong.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(addr),
        _ => BindError::System(addr, wrong),
    })
}
