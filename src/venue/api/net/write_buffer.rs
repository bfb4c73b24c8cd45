//! A socket with a bounded write buffer, so that writes never block.

use mio::net::TcpStream;
use std::io::{self, Read, Write};
use std::net::Shutdown;

/// Most bytes that wait for a client to read them; a full snapshot of 2000 fills is 0.9 MB.
const OUT_MAX: usize = 4 * 1024 * 1024;

/// A client's socket and what has not been sent to it yet.
#[derive(Debug)]
pub struct WriteBuffer {
    pub stream: TcpStream,
    /// Where answers are put.
    pub out: Vec<u8>,
    sent: usize,
}

impl WriteBuffer {
    pub fn new(stream: TcpStream) -> WriteBuffer {
        WriteBuffer { stream, out: Vec::new(), sent: 0 }
    }

    /// Whether more waits than a client may leave unread.
    pub fn is_overfull(&self) -> bool {
        OUT_MAX < self.out.len() - self.sent
    }

    /// Whether everything was sent.
    pub fn is_dry(&self) -> bool {
        self.out.len() == self.sent
    }

    /// Sends what the client takes at once; gives whether it took some, or there was none to take.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn drain(&mut self) -> io::Result<bool> {
        let before = self.sent;
        while !self.is_dry() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => self.sent += len,
                Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => {}
                Err(wrong) if wrong.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(before < self.sent);
                }
                Err(wrong) => return Err(wrong),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(true)
    }

    /// Tells the client that nothing more comes.
    pub fn finish(&self) {
        // A socket that is already broken has nobody left to tell.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

impl Read for WriteBuffer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for WriteBuffer {
    /// Takes all of it, or fails when the client has left too much unread.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_overfull() {
            return Err(io::Error::other("the client does not read"));
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// The server drains every connection at the end of its turn.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
