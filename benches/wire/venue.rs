//! The venue's end of a connection: it sends frames as they are and reads a request whole.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

/// A text frame that is whole.
const TEXT: u8 = 0x81;
/// The length that says that two bytes of length follow.
const LENGTH_FOLLOWS: u8 = 126;
/// The bit of the length's byte that says that the rest is masked.
const MASKED: u8 = 0x80;
/// Bytes of a mask.
const MASK: usize = 4;
/// More than a request has.
const ROOM: usize = 16 << 10;

/// A connection after its handshake.
pub struct Line {
    stream: TcpStream,
    bytes: Vec<u8>,
    len: usize,
}

impl Line {
    /// Waits for a client, and shakes hands with it.
    pub fn accept(listener: &TcpListener) -> Line {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("a socket");
        let shaken = tungstenite::accept(stream).expect("a handshake");
        let stream = shaken.get_ref().try_clone().expect("a handle");
        stream.set_nonblocking(true).expect("a socket");
        Line { stream, bytes: vec![0; ROOM], len: 0 }
    }

    /// Sends what [`framed`] made.
    pub fn send(&mut self, frame: &[u8]) {
        self.stream.write_all(frame).expect("the other end reads");
    }

    /// Looks once; whether a request is there, whole.
    pub fn look(&mut self) -> bool {
        match self.stream.read(&mut self.bytes[self.len..]) {
            Ok(0) => panic!("the other end has gone"),
            Ok(count) => self.len += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("the connection broke: {error}"),
        }
        let (head, len) = self.measures();
        head != 0 && head + MASK + len <= self.len
    }

    /// Takes the request out, without its mask.
    pub fn take(&mut self) -> Vec<u8> {
        let (head, len) = self.measures();
        assert_eq!(head + MASK + len, self.len, "one request a tick");
        self.len = 0;
        let (mask, masked) = self.bytes[head..head + MASK + len].split_at(MASK);
        masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    }

    /// Bytes before the mask, and of the request; zero before they are known.
    fn measures(&self) -> (usize, usize) {
        match self.bytes[..self.len] {
            [TEXT, second, high, low, ..] if second == MASKED | LENGTH_FOLLOWS => {
                (4, usize::from(u16::from_be_bytes([high, low])))
            }
            [TEXT, second, ..] if second < MASKED | LENGTH_FOLLOWS => {
                (2, usize::from(second - MASKED))
            }
            _ => (0, 0),
        }
    }
}

/// A message as a server sends it.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a short frame").to_be_bytes();
    let mut frame = match message.len() {
        0..126 => vec![TEXT, length[1]],
        126.. => vec![TEXT, LENGTH_FOLLOWS, length[0], length[1]],
    };
    frame.extend(message);
    frame
}
