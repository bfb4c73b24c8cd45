//! A draft changes nothing, whatever the engine has seen and whenever it is made.

use super::*;
use crate::market::RejectReason;

/// A number below `below` (xorshift, Marsaglia 2003).
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

/// Something happens; the venue accepts what is sent, rejects it, or says nothing.
fn happen(venue: &mut TestVenue, seed: &mut u64) {
    let side = Side::BOTH[usize::from(draw(seed, 2) == 0)];
    let steps = i64::try_from(draw(seed, 160)).expect("a handful") - 80;
    let requests = match draw(seed, 60) {
        0 => venue.tell(&Event::Command(Command::Flatten)),
        1 => venue.tell(&Event::Link(Stream::Market, Link::Down)),
        2..8 => {
            venue.tell(&Event::Link(Stream::Market, Link::Up));
            venue.tell(&Event::OpenOrders(&[]))
        }
        8..20 => venue.hit(side, 1),
        20..30 => venue.pass(draw(seed, 2_000)),
        _ => venue.market(MID + steps * TICK),
    };
    match draw(seed, 6) {
        0 => {}
        1 => requests.iter().for_each(|request| {
            venue.reply(request.id, ReplyBody::Rejected(RejectReason::RateLimit));
        }),
        _ => venue.accept(&requests),
    }
}

fn drafted(venue: &TestVenue, at: Stamp) -> Draft {
    let mut draft = Draft::default();
    venue.engine.state.draft(at, &mut draft);
    draft
}

#[test]
fn a_hundred_thousand_drafts_at_random_moments_change_nothing() {
    let (mut seed, mut drafts, mut busy) = (0x9e37_79b9, 0, 0);
    for life in 0..10 {
        let mut venue = quoting_with(Setup { live: life % 2 == 0, ..setup() });
        for _ in 0..25 {
            (0..8).for_each(|_| happen(&mut venue, &mut seed));
            let before = format!("{:?}", venue.engine);
            for _ in 0..400 {
                let ms = draw(&mut seed, 30_000);
                let Stamp { mono, wall } = venue.now;
                let at = Stamp { mono: mono + Nanos::from_millis(ms), wall: wall.plus_ms(ms) };
                let [one, other] = [(); 2].map(|()| drafted(&venue, at));
                assert_eq!(one, other, "life {life}, {ms} ms later");
                drafts += 1;
                busy += u32::from(one != drafted(&venue, venue.now));
            }
            assert_eq!(format!("{:?}", venue.engine), before, "life {life}");
        }
    }
    assert_eq!(drafts, 100_000);
    assert!(10_000 < busy, "{busy} of them differed from what is due at once");
}
