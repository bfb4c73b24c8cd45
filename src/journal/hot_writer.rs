//! Records into buffers of 4 KiB on the hot thread: bytes are copied, nothing is allocated, numbered
//! or summed up; that is the cold thread's work.

use super::fact::{Dropped, Fact};
use super::kind::RecordKind;
use super::record::{Entry, HEAD, MORE, PIECE_MAX, REST, Raw, RecordHeader};
use crate::num::Stamp;
use std::fmt;

/// Records on their way from the hot thread to the cold one.
#[repr(C)]
pub struct Buffer {
    used: usize,
    bytes: [u8; Buffer::BYTES],
}
const _: () = assert!(size_of::<Buffer>() == 4096);

impl Buffer {
    /// Bytes of records one buffer holds, so that it fills a page.
    pub const BYTES: usize = HEAD + PIECE_MAX;

    /// With nothing in it.
    pub const fn new() -> Buffer {
        Buffer { used: 0, bytes: [0; Buffer::BYTES] }
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// How many bytes are free.
    pub const fn room(&self) -> usize {
        Buffer::BYTES - self.used
    }

    /// Forgets what is in it.
    pub const fn clear(&mut self) {
        self.used = 0;
    }

    /// The facts in it, in order: what a screen and a report live on. Facts are never split.
    pub fn facts(&self) -> impl Iterator<Item = (Stamp, Fact)> {
        let mut rest = &self.bytes[..self.used];
        std::iter::from_fn(move || {
            let head = RecordHeader::read(rest)?;
            let len = head.payload().expect("a buffer holds what `Buffer::put` wrote");
            let (record, after) = rest.split_at(HEAD + len);
            rest = after;
            Some((head, &record[HEAD..]))
        })
        .filter_map(|(head, payload)| {
            let entry = Entry::parse(RecordKind::from_number(head.kind)?, head.sub, payload)?;
            if let Entry::Fact(fact) = entry { Some((head.at, fact)) } else { None }
        })
    }

    /// The records in it, to be sealed.
    pub(super) fn records(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.used]
    }

    /// Appends one record of two parts. The caller has seen that there is room.
    fn put(&mut self, head: RecordHeader, front: &[u8], back: &[u8]) {
        assert!(
            HEAD + front.len() + back.len() <= self.room(),
            "a record beyond the buffer's room"
        );
        for part in [head.bytes().as_slice(), front, back] {
            self.bytes[self.used..][..part.len()].copy_from_slice(part);
            self.used += part.len();
        }
    }
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer::new()
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} of {} bytes)", self.used, Buffer::BYTES)
    }
}

/// Supplies empty buffers and takes full ones: a ring in live trading, a writer in simulation.
pub trait BufferPool {
    /// Buffers that can be taken in a row.
    fn free(&self) -> usize;
    /// An empty buffer; none when all are away.
    fn take(&mut self) -> Option<Box<Buffer>>;
    /// Sends a buffer off.
    fn send(&mut self, buffer: Box<Buffer>);
}

/// No buffer was free for a record: the cold thread is stuck, and an order that cannot be recorded
/// must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoBuffer;

/// Writes entries into buffers, one after another.
#[derive(Debug, Default)]
pub struct HotWriter {
    buffer: Option<Box<Buffer>>,
    dropped: Dropped,
    /// Whether [`Fact::Dropped`] is still to be written.
    owes_dropped: bool,
}

impl HotWriter {
    /// Writes an entry; whole or not at all.
    ///
    /// # Errors
    /// No buffer is free. The loss is counted, and stands in the journal as soon as there is room.
    pub fn write(
        &mut self,
        pool: &mut impl BufferPool,
        at: Stamp,
        entry: &Entry<'_>,
    ) -> Result<(), NoBuffer> {
        if self.owes_dropped {
            let dropped = Entry::Fact(Fact::Dropped(self.dropped));
            self.owes_dropped = self.put(pool, at, &dropped.raw()).is_err();
        }
        let raw = entry.raw();
        // While a loss is not on record nothing may follow it, or the gap would not show.
        let put = if self.owes_dropped { Err(NoBuffer) } else { self.put(pool, at, &raw) };
        put.inspect_err(|NoBuffer| {
            self.dropped.records += 1;
            self.dropped.bytes += (raw.fixed.len() + raw.body.len()) as u64;
            self.owes_dropped = true;
        })
    }

    /// Sends off what is written so far. Call it when nothing else is to be done.
    pub fn flush(&mut self, pool: &mut impl BufferPool) {
        if let Some(buffer) = self.buffer.take_if(|buffer| !buffer.is_empty()) {
            pool.send(buffer);
        }
    }

    /// Writes a record, or its pieces.
    fn put(
        &mut self,
        pool: &mut impl BufferPool,
        at: Stamp,
        raw: &Raw<'_>,
    ) -> Result<(), NoBuffer> {
        let bytes = raw.fixed.len() + raw.body.len();
        let room = self.buffer.as_ref().map_or(0, |buffer| buffer.room());
        if room < HEAD + bytes {
            let buffers = bytes.div_ceil(PIECE_MAX).max(1);
            // An empty buffer at hand is the first of them.
            let in_hand = usize::from(room == Buffer::BYTES);
            if pool.free() < buffers - in_hand {
                return Err(NoBuffer);
            }
        }
        split(raw, |head, front, back| {
            let buffer = self.with_room(pool, HEAD + front.len() + back.len());
            buffer.put(RecordHeader { at, ..head }, front, back);
        });
        Ok(())
    }

    /// The buffer in hand, or the next one when `bytes` do not fit.
    fn with_room(&mut self, pool: &mut impl BufferPool, bytes: usize) -> &mut Buffer {
        if let Some(full) = self.buffer.take_if(|buffer| buffer.room() < bytes) {
            pool.send(full);
        }
        self.buffer.get_or_insert_with(|| {
            let mut buffer = pool.take().expect("the free buffers were counted, and only we take");
            buffer.clear();
            buffer
        })
    }
}

/// Cuts a payload into records that fit an empty buffer: `put(head, front, back)` for each.
pub(super) fn split(raw: &Raw<'_>, mut put: impl FnMut(RecordHeader, &[u8], &[u8])) {
    let head = RecordHeader {
        crc: 0,
        len: 0,
        kind: raw.kind.number(),
        sub: raw.sub,
        flags: 0,
        zero: 0,
        seq: 0,
        at: Stamp::default(),
    };
    let (mut front, mut rest, mut begun) = (raw.fixed.as_slice(), raw.body, 0);
    loop {
        let (back, after) = rest.split_at(rest.len().min(PIECE_MAX - front.len()));
        let more = if after.is_empty() { 0 } else { MORE };
        let len = u32::try_from(front.len() + back.len()).expect("at most PIECE_MAX");
        put(RecordHeader { len, flags: begun | more, ..head }, front, back);
        if after.is_empty() {
            return;
        }
        (front, rest, begun) = (&[], after, REST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Stream;
    use crate::num::{Mono, WallMs};

    /// A pool of a fixed number of buffers, and what was sent off.
    struct TestPool {
        free: Vec<Box<Buffer>>,
        sent: Vec<Box<Buffer>>,
    }

    impl BufferPool for TestPool {
        fn free(&self) -> usize {
            self.free.len()
        }
        fn take(&mut self) -> Option<Box<Buffer>> {
            self.free.pop()
        }
        fn send(&mut self, buffer: Box<Buffer>) {
            self.sent.push(buffer);
        }
    }

    fn pool(buffers: usize) -> TestPool {
        let free = (0..buffers).map(|_| Box::new(Buffer::new())).collect();
        TestPool { free, sent: Vec::new() }
    }

    fn at(ns: u64) -> Stamp {
        Stamp { mono: Mono::from_ns(ns), wall: WallMs::from_ms(0) }
    }

    fn heads(pool: &mut TestPool) -> Vec<(u8, u8, usize)> {
        let mut heads = Vec::new();
        for buffer in &mut pool.sent {
            let mut bytes = &*buffer.records();
            while let Some(head) = RecordHeader::read(bytes) {
                let len = head.payload().expect("plausible");
                heads.push((head.kind, head.flags, len));
                bytes = &bytes[HEAD + len..];
            }
        }
        heads
    }

    #[test]
    fn records_share_a_buffer_until_it_is_full() {
        let (mut pool, mut writer) = (pool(2), HotWriter::default());
        let frame = [7; 1472];
        for ns in 0..3 {
            let entry = Entry::Frame(Stream::Market, &frame);
            assert_eq!(writer.write(&mut pool, at(ns), &entry), Ok(()));
        }
        assert_eq!(pool.sent.len(), 1, "two fit, the third begins the next buffer");
        writer.flush(&mut pool);
        writer.flush(&mut pool);
        assert_eq!(pool.sent.len(), 2, "an empty buffer is not sent");
        assert_eq!(heads(&mut pool), [(2, 0, 1472); 3]);
    }

    #[test]
    fn a_long_message_is_cut_and_marked() {
        let (mut pool, mut writer) = (pool(3), HotWriter::default());
        let frame = vec![7; 2 * PIECE_MAX + 1];
        let entry = Entry::Frame(Stream::Orders, &frame);
        assert_eq!(writer.write(&mut pool, at(0), &entry), Ok(()));
        writer.flush(&mut pool);
        let want = [(2, MORE, PIECE_MAX), (2, MORE | REST, PIECE_MAX), (2, REST, 1)];
        assert_eq!(heads(&mut pool), want);
    }

    #[test]
    fn a_record_without_room_is_lost_whole_and_the_gap_is_recorded() {
        let (mut pool, mut writer) = (pool(2), HotWriter::default());
        let long = vec![7; 2 * PIECE_MAX + 1];
        let entry = Entry::Frame(Stream::Market, &long);
        assert_eq!(writer.write(&mut pool, at(0), &entry), Err(NoBuffer));
        assert_eq!((writer.dropped.records, pool.sent.len()), (1, 0), "not even a part");
        assert_eq!(writer.write(&mut pool, at(1), &Entry::Wake), Ok(()));
        writer.flush(&mut pool);
        assert_eq!(heads(&mut pool), [(132, 0, 16), (3, 0, 0)]);
    }

    #[test]
    fn while_nothing_is_free_everything_is_counted() {
        let (mut pool, mut writer) = (pool(0), HotWriter::default());
        for records in 1..4 {
            assert_eq!(writer.write(&mut pool, at(0), &Entry::Wake), Err(NoBuffer));
            assert_eq!(writer.dropped.records, records);
        }
        pool.free.push(Box::new(Buffer::new()));
        assert_eq!(writer.write(&mut pool, at(1), &Entry::Wake), Ok(()));
        writer.flush(&mut pool);
        assert_eq!(heads(&mut pool), [(132, 0, 16), (3, 0, 0)]);
    }
}
