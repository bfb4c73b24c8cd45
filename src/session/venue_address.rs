//! Where a venue is: the address of a process that serves one, on this machine.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// The scheme of a venue without TLS.
const SCHEME: &str = "http://";

/// A venue process on loopback. As text: `http://127.0.0.1:3001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueAddress(SocketAddr);

/// Why a text names no venue that can be traded on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueAddressError {
    /// It is not an address.
    #[error("{0:?} is no venue: say where one is served, such as http://127.0.0.1:3001")]
    Form(String),
    /// Another machine may listen in, and nothing is encrypted.
    #[error("{0} is not on loopback (127.0.0.1 or [::1]), and http is not encrypted")]
    Remote(SocketAddr),
}

impl VenueAddress {
    /// The REST side's base.
    pub fn rest(&self) -> String {
        self.to_string()
    }

    /// Address of the socket side.
    pub fn socket(&self) -> String {
        format!("ws://{}/ws", self.0)
    }
}

impl TryFrom<SocketAddr> for VenueAddress {
    type Error = VenueAddressError;

    fn try_from(addr: SocketAddr) -> Result<VenueAddress, VenueAddressError> {
        if !addr.ip().is_loopback() {
            return Err(VenueAddressError::Remote(addr));
        }
        Ok(VenueAddress(addr))
    }
}

impl FromStr for VenueAddress {
    type Err = VenueAddressError;

    fn from_str(text: &str) -> Result<VenueAddress, VenueAddressError> {
        let form = || VenueAddressError::Form(text.to_owned());
        let host = text.strip_prefix(SCHEME).ok_or_else(form)?;
        let host = host.strip_suffix('/').unwrap_or(host);
        let host = host.replace("localhost:", "127.0.0.1:");
        VenueAddress::try_from(host.parse::<SocketAddr>().map_err(|_| form())?)
    }
}

impl fmt::Display for VenueAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_a_venue_without_tls() {
        // text, the address again or a part of the complaint
        let rows = [
            ("http://127.0.0.1:3001", Ok("http://127.0.0.1:3001")),
            ("http://localhost:3001/", Ok("http://127.0.0.1:3001")),
            ("http://[::1]:80", Ok("http://[::1]:80")),
            ("http://10.0.0.1:3001", Err("10.0.0.1:3001 is not on loopback")),
            ("https://127.0.0.1:3001", Err("such as http://127.0.0.1:3001")),
            ("127.0.0.1:3001", Err("\"127.0.0.1:3001\" is no venue")),
            ("http://127.0.0.1", Err("is no venue")),
            ("http://127.0.0.1:99999", Err("is no venue")),
            ("", Err("is no venue")),
        ];
        for (text, want) in rows {
            match (text.parse::<VenueAddress>(), want) {
                (Ok(address), Ok(name)) => assert_eq!(address.to_string(), name),
                (Err(got), Err(part)) => assert!(got.to_string().contains(part), "{text}: {got}"),
                (got, want) => panic!("{text}: {got:?}, wanted {want:?}"),
            }
        }
        let address: VenueAddress = "http://127.0.0.1:3001".parse().expect("it is one");
        assert_eq!(address.socket(), "ws://127.0.0.1:3001/ws");
    }
}
