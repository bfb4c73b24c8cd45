use super::*;
use crate::num::unit::E8;

/// A price of $100.
const BASE: i64 = 100 * E8;

/// Feeds a machine and says what is believed.
struct Judge {
    price: TrustedPrice,
    /// Variance of fair: 1 bps a square root of a second.
    variance: i64,
}

impl Judge {
    /// Trusts $100 since the first millisecond.
    fn settled() -> Judge {
        let mut judge = Judge { price: TrustedPrice::new(None), variance: 1_000_000_000_000 };
        judge.price.follow(at(0), px(0));
        judge
    }

    /// Best prices 1 bps around, `bps` from $100; the venue's time is ours.
    fn frame(&mut self, ms: u64, stream: BookStream, bps: i64) -> PriceVerdict {
        let (fair, half) = (px(bps), Px::from_e8(BASE / 10_000) - Px::ZERO);
        let touch = [fair - half, fair + half];
        let frame = PriceFrame {
            now: at(ms),
            stream,
            venue: WallMs::from_ms(ms),
            fair,
            touch,
            variance: self.variance,
        };
        self.price.on_frame(&frame)
    }

    fn bbo(&mut self, ms: u64, bps: i64) -> PriceVerdict {
        self.frame(ms, BookStream::Bbo, bps)
    }

    fn book(&mut self, ms: u64, bps: i64) -> PriceVerdict {
        self.frame(ms, BookStream::Book, bps)
    }

    fn trade(&mut self, ms: u64, bps: i64) -> PriceVerdict {
        self.price.on_trade(at(ms), WallMs::from_ms(ms), px(bps))
    }

    fn told(&mut self, ms: u64, of: ToldPrice, bps: i64) -> PriceVerdict {
        self.price.on_told(at(ms), of, px(bps))
    }
}

fn at(ms: u64) -> Mono {
    Mono::START + Nanos::from_millis(ms)
}

fn px(bps: i64) -> Px {
    Px::from_e8(BASE + BASE / 10_000 * bps)
}

use PriceVerdict::{Median, Newest, Wait};

#[test]
fn a_move_is_suspect_beyond_what_volatility_and_time_allow() {
    // sigma in bps a root of a second, seconds since, the move in bps, whether it passes
    let rows = [
        (1, 1, 60, true),
        (1, 1, 61, false),
        (1, 30, 65, true), // 12 sqrt(30) = 65.7
        (1, 30, 66, false),
        (10, 1, 120, true),
        (10, 1, 121, false),
        (10, 59, 200, true),
        (10, 59, 201, false),
    ];
    for (sigma, seconds, bps, passes) in rows {
        for bps in [bps, -bps] {
            let mut judge = Judge::settled();
            judge.variance = sigma * sigma * 1_000_000_000_000;
            let want = if passes { Newest } else { Wait };
            assert_eq!(judge.bbo(seconds * 1_000, bps), want, "{sigma} {seconds} {bps}");
            assert_eq!(judge.price.doubts(), !passes);
            let trust = if passes { PriceTrust::Trusted } else { PriceTrust::Suspect };
            assert_eq!(judge.price.trust(at(seconds * 1_000)), trust);
        }
    }
}

#[test]
fn two_witnesses_of_the_newest_price_make_it_trusted() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -300), Wait);
    assert_eq!(judge.bbo(1_499, -300), Wait, "the same stream, too soon");
    assert_eq!(judge.bbo(1_500, -300), Wait, "one witness");
    assert_eq!(judge.told(1_500, ToldPrice::Oracle, -279), Wait, "21 bps off");
    assert_eq!(judge.told(1_600, ToldPrice::Oracle, -285), Newest);
    assert_eq!(judge.price.closing(at(1_600)), Some(px(-300)));

    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -300), Wait);
    assert_eq!(judge.trade(1_000, -300), Wait, "of the same block: no later time");
    assert_eq!(judge.trade(1_001, -300), Wait);
    assert_eq!(judge.book(1_001, -301), Newest, "trade and the other stream");

    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -300), Wait);
    assert_eq!(judge.trade(1_001, -300), Wait);
    assert_eq!(judge.bbo(1_300, -340), Wait, "40 bps further: the trade is no witness of it");
    assert_eq!(judge.bbo(1_500, -340), Wait, "it repeats");
    assert_eq!(judge.told(1_600, ToldPrice::Reference, -335), Newest);
}

#[test]
fn what_others_said_before_the_jump_is_no_witness() {
    let mut judge = Judge::settled();
    judge.told(900, ToldPrice::Oracle, -300);
    judge.told(900, ToldPrice::Mark, -300);
    assert_eq!(judge.bbo(1_000, -300), Wait);
    assert_eq!(judge.told(1_100, ToldPrice::Oracle, -300), Wait, "not renewed");
    assert_eq!(judge.told(1_100, ToldPrice::Mark, -301), Wait);
    assert_eq!(judge.told(1_200, ToldPrice::Oracle, -299), Newest);
}

#[test]
fn oracle_and_mark_never_contradict_a_true_gap() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -300), Wait);
    for ms in (1_200..4_000).step_by(200) {
        assert_eq!(judge.told(ms, ToldPrice::Oracle, i64::try_from(ms % 7).expect("small")), Wait);
        assert_eq!(judge.bbo(ms, -300), Wait, "one stream, {ms} ms");
    }
    assert_eq!(judge.price.on_time(at(4_000)), Newest, "3 s without a contradiction");
}

#[test]
fn a_later_price_nearer_to_the_old_one_contradicts_until_ten_seconds_have_passed() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -1_000), Wait);
    assert_eq!(judge.trade(1_001, -400), Wait, "nearer to the old price");
    for (ms, bps) in [(2_000, -1_100), (3_000, -1_300), (4_000, -1_500), (5_000, -1_700)] {
        assert_eq!(judge.bbo(ms, bps), Wait, "{ms}");
    }
    assert_eq!(judge.bbo(10_999, -1_900), Wait);
    assert_eq!(judge.price.on_time(at(11_000)), Median(px(-1_500)));
    assert_eq!(judge.price.trust(at(11_001)), PriceTrust::Median);
    assert_eq!(judge.price.trust(at(70_999)), PriceTrust::Median);
    assert_eq!(judge.price.trust(at(71_000)), PriceTrust::Trusted);
}

#[test]
fn one_message_is_never_trusted_however_long_it_stands() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, 2_500), Wait);
    assert_eq!(judge.price.on_time(at(600_000)), Wait);
    assert_eq!(judge.price.closing(at(600_000)), Some(px(0)), "no second stream shows it");
    assert_eq!(judge.bbo(600_050, 3), Newest, "the old price is back");
}

#[test]
fn the_old_price_returns_and_nothing_has_happened() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -5_000), Wait);
    assert_eq!(judge.price.spared(at(1_000)), Some(Side::Ask), "it moves away from asks");
    assert_eq!(judge.price.spared(at(1_299)), Some(Side::Ask));
    assert_eq!(judge.price.spared(at(1_300)), None);
    assert_eq!(judge.bbo(1_050, 1), Newest);
    assert_eq!((judge.price.doubts(), judge.price.spared(at(1_050))), (false, None));
    assert_eq!(judge.price.trust(at(1_050)), PriceTrust::Trusted);
}

/// However wide an absurd spread is, what shows the old price is no witness of its middle.
#[test]
fn a_wide_spread_is_not_confirmed_by_the_old_price() {
    let mut judge = Judge::settled();
    let touch = [Px::from_e8(1), px(0)];
    let frame = PriceFrame {
        now: at(1_000),
        stream: BookStream::Bbo,
        venue: WallMs::from_ms(1_000),
        fair: Px::from_e8(BASE / 2),
        touch,
        variance: judge.variance,
    };
    assert_eq!(judge.price.on_frame(&frame), Wait);
    assert_eq!(judge.trade(1_001, 0), Wait);
    assert_eq!(judge.told(1_001, ToldPrice::Oracle, 1), Wait);
    assert_eq!(judge.told(1_001, ToldPrice::Mark, 1), Wait);
    assert!(judge.price.doubts());
}

#[test]
fn at_the_start_and_after_a_minute_two_sources_must_agree() {
    let mut judge = Judge { price: TrustedPrice::new(None), variance: 0 };
    assert_eq!(judge.bbo(1_000, 0), Wait);
    assert_eq!(judge.price.trust(at(1_000)), PriceTrust::Trusted, "there is nothing to pull");
    assert_eq!(judge.bbo(1_600, 0), Wait, "the same source");
    assert_eq!(judge.book(1_700, 2), Newest);
    assert_eq!(judge.bbo(61_699, -50), Newest);
    assert_eq!(judge.bbo(121_699, -50), Wait, "a minute without a book");
    assert_eq!(judge.price.trust(at(121_699)), PriceTrust::Suspect);
    assert_eq!(judge.trade(121_700, -51), Newest);

    let mut judge = Judge { price: TrustedPrice::new(Some(px(5))), variance: 0 };
    assert_eq!(judge.bbo(1_000, 0), Newest, "the mark that was read before");
    let mut judge = Judge { price: TrustedPrice::new(Some(px(25))), variance: 0 };
    assert_eq!(judge.bbo(1_000, 0), Wait, "another one");
    assert_eq!((judge.bbo(2_000, 0), judge.bbo(3_999, 0)), (Wait, Wait));
    assert_eq!(judge.price.on_time(at(4_000)), Newest, "3 s of three frames");
}

#[test]
fn a_closing_order_is_limited_by_what_both_streams_show_after_three_seconds() {
    let mut judge = Judge::settled();
    assert_eq!(judge.bbo(1_000, -1_000), Wait);
    assert_eq!(judge.trade(1_001, -100), Wait, "it is disputed");
    assert_eq!(judge.book(1_100, -1_030), Wait);
    assert_eq!(judge.bbo(1_200, -1_060), Wait);
    assert_eq!(judge.price.closing(at(3_999)), Some(px(0)));
    assert_eq!(judge.price.closing(at(4_000)), Some(px(0)), "30 bps apart");
    assert_eq!(
        judge.price.on_behind(at(4_100), BookStream::Book, WallMs::from_ms(4_100), px(-1_050)),
        Wait
    );
    assert_eq!(judge.price.closing(at(4_100)), Some(px(-1_060)));
}

#[test]
fn a_told_value_that_jumps_waits_for_a_second_opinion() {
    let mut told = ToldValue::default();
    told.on_value(at(0), px(0), None);
    told.on_value(at(100), px(60), None);
    assert_eq!(told.used(), Some(px(60)));
    told.on_value(at(200), px(-100), Some(px(60)));
    assert_eq!((told.used(), told.waits()), (Some(px(60)), true));
    told.on_value(at(300), px(-100), Some(px(60)));
    assert_eq!(told.used(), Some(px(60)), "the same value again is no other frame");
    told.on_value(at(400), px(-110), Some(px(60)));
    assert_eq!((told.used(), told.waits()), (Some(px(-110)), false), "a different one agrees");
    told.on_value(at(500), px(0), Some(px(5)));
    assert_eq!(told.used(), Some(px(0)), "our own market agrees");
    told.on_value(at(600), px(5_000), None);
    told.on_value(at(700), px(10), None);
    assert_eq!((told.used(), told.waits()), (Some(px(10)), false), "it was nothing");
    told.on_value(at(800), px(5_000), None);
    told.on_time(at(3_799));
    assert_eq!(told.used(), Some(px(10)));
    told.on_time(at(3_800));
    assert_eq!(told.used(), Some(px(5_000)), "3 s");
}
