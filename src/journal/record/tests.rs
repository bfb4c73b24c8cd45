use super::*;

#[test]
fn the_header_stands_as_documented() {
    let at = Stamp { mono: Mono::from_ns(0x1112), wall: WallMs::from_ms(0x2122) };
    let head =
        RecordHeader { crc: 0x0403_0201, len: 5, kind: 6, sub: 7, flags: 1, zero: 0, seq: 9, at };
    let bytes = head.bytes();
    assert_eq!(
        bytes,
        *b"\x01\x02\x03\x04\x05\0\0\0\x06\x07\x01\0\x09\0\0\0\
           \x12\x11\0\0\0\0\0\0\x22\x21\0\0\0\0\0\0"
    );
    assert_eq!(RecordHeader::read(&bytes), Some(head));
    assert_eq!(RecordHeader::read(&bytes[..HEAD - 1]), None);
}

#[test]
fn the_file_begins_as_documented() {
    assert_eq!(file_head()[..12], *b"EVENKEEL\x01\0\x02\0");
}

#[test]
fn numbers_and_kinds_agree() {
    for kind in RecordKind::ALL {
        assert_eq!(RecordKind::from_number(kind.number()), Some(kind));
    }
    assert_eq!(RecordKind::from_number(0), None);
}
