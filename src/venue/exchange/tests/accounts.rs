use super::*;
use crate::num::Usd;
use crate::num::time::HOUR_MS;
use crate::venue::AddressRole;

const AGENT: Address = Address([7; 20]);

fn usd(dollars: i64) -> Usd {
    Usd::from_e8(dollars * E8)
}

/// The refusal that came at once.
fn refused(venue: &mut Venue, ticket: u64) -> Reject {
    match answer_to(&std::mem::take(&mut venue.out), ticket) {
        Answer::Rejected(denied) => denied,
        other => panic!("{ticket} was not refused but {other:?}"),
    }
}

#[test]
fn whole_requests_are_refused_at_once() {
    let mut venue = Venue::new();
    let stranger = Address([9; 20]);
    let ticket = venue.send(stranger, ActionWire::Noop);
    assert_eq!(
        refused(&mut venue, ticket).to_string(),
        "User or API Wallet 0x0909090909090909090909090909090909090909 does not exist."
    );
    let ticket = venue.send_with(ME, ActionWire::Noop, |e| e.vault = Some(stranger));
    assert_eq!(refused(&mut venue, ticket), Reject::UnknownVault(stranger));
    let cancels = [(HYPE, Oid(1)); 201];
    let ticket = venue.send(ME, canceling(&cancels));
    assert_eq!(refused(&mut venue, ticket).to_string(), "Signed action over weight limit of 200.");
    let ticket = venue.send(ME, placing(&[]));
    assert_eq!(refused(&mut venue, ticket), Reject::EmptyBatch);
    assert_eq!(venue.ex.rate_limit(ME).used, 0, "what is refused whole costs nothing");
    assert!(matches!(venue.ask(ME, canceling(&cancels[..200])), Answer::Cancels(_)));
    assert_eq!(venue.ex.rate_limit(ME).used, 200);
    venue.send_with(ME, ActionWire::Noop, |e| e.nonce = START.ms());
    let ticket = venue.send_with(ME, ActionWire::Noop, |e| e.nonce = START.ms());
    let want = format!("Invalid nonce: duplicate nonce {}", START.ms());
    assert_eq!(refused(&mut venue, ticket).to_string(), want);
}

#[test]
fn agents_act_for_their_master() {
    let mut venue = Venue::new();
    assert_eq!(venue.ask(ME, approval(AGENT, "mm")), Answer::Default);
    assert!(!venue.ex.open_account(AGENT), "an agent has no account");
    assert_eq!(
        (venue.ex.role(AGENT), venue.ex.role(ME)),
        (AddressRole::Agent(ME), AddressRole::User)
    );
    assert_eq!(venue.ex.account(AGENT, 0), None);
    let oid = venue.rest(AGENT, alo(Side::Bid, 2_600, 100));
    assert_eq!(venue.status(ME, oid), "open", "it is the master's order");
    venue.send_with(ME, ActionWire::Noop, |e| e.nonce = START.ms());
    venue.send_with(AGENT, ActionWire::Noop, |e| e.nonce = START.ms());
    assert!(venue.out.is_empty(), "each signer has its own nonces");
    let ticket = venue.send(AGENT, approval(Address([8; 20]), "sub"));
    assert_eq!(refused(&mut venue, ticket), Reject::MustDeposit(AGENT));
    let next = Address([8; 20]);
    assert_eq!(venue.ask(ME, approval(next, "mm")), Answer::Default);
    let ticket = venue.send(AGENT, ActionWire::Noop);
    assert_eq!(refused(&mut venue, ticket), Reject::UnknownSigner(AGENT), "replaced by name");
    let names: Vec<_> = venue.ex.agents(ME).into_iter().map(|a: AgentView| a.address).collect();
    assert_eq!(names, [next]);
    assert_eq!(venue.ask(ME, approval(Address::default(), "mm")), Answer::Default);
    let ticket = venue.send(next, ActionWire::Noop);
    assert_eq!(refused(&mut venue, ticket), Reject::UnknownSigner(next), "revoked");
}

#[test]
fn agents_are_few_and_lapse() {
    let mut venue = Venue::new();
    let agent = |n: u8| Address([n; 20]);
    for (n, name) in [(10, "a"), (11, "b"), (12, "c"), (13, "")] {
        assert_eq!(venue.ask(ME, approval(agent(n), name)), Answer::Default, "{name}");
    }
    let denied = |command, venue: &mut Venue| match venue.ask(ME, command) {
        Answer::Rejected(denied) => denied,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(denied(approval(agent(14), "d"), &mut venue), Reject::TooManyAgents(3));
    assert_eq!(denied(approval(agent(10), "b"), &mut venue), Reject::AgentUsed);
    let until = |at: WallMs, venue: &mut Venue| {
        venue.ask(ME, approval(agent(15), &format!("a valid_until {}", at.ms())))
    };
    let past = venue.ex.now();
    assert_eq!(until(past, &mut venue), Answer::Rejected(Reject::AgentExpired));
    let soon = venue.ex.now().plus_ms(1_000);
    assert_eq!(until(soon, &mut venue), Answer::Default);
    assert_eq!(venue.ask(agent(15), ActionWire::Noop), Answer::Default);
    venue.ex.advance(soon, &mut venue.out);
    let ticket = venue.send(agent(15), ActionWire::Noop);
    assert_eq!(refused(&mut venue, ticket), Reject::UnknownSigner(agent(15)), "lapsed");
}

#[test]
fn the_state_is_the_venues_algebra() {
    let mut venue = Venue::new();
    venue.ask(ME, leverage(HYPE, true, 5));
    venue.place(ME, ioc(Side::Bid, 2_621, 1_000));
    venue.flow(HYPE, MarketEventKind::Marks { mark: px(2_700), oracle: px(2_701) });
    venue.block();
    venue.rest(ME, alo(Side::Bid, 2_600, 500));
    let view = venue.ex.account(ME, 0).expect("an account");
    let fee = usd(0).e8() + 11_794_500;
    assert_eq!(view.all.raw_usd.e8(), usd(10_000).e8() - 26_210_000_000 - fee);
    assert_eq!(view.all.account_value.e8(), view.all.raw_usd.e8() + 27_000_000_000);
    assert_eq!((view.all.notional, view.all.margin_used), (usd(270), usd(54)));
    assert_eq!(view.maintenance, Usd::from_e8(1_350_000_000), "270 / 20");
    let held = &view.positions[0];
    assert_eq!((held.held.entry(), held.unrealised), (px(2_621), Usd::from_e8(790_000_000)));
    assert_eq!(held.return_on_equity_e8, 15_070_584, "7.90 / (262.10 / 5)");
    assert_eq!(held.liquidation, None, "far too rich");
    let spare = view.all.account_value.e8() - usd(54).e8() - usd(27).e8();
    assert_eq!(view.withdrawable.e8(), spare, "margin, and five more coins at mark");
    let context = venue.ex.context(HYPE).expect("a market");
    assert_eq!((context.mark, context.oracle), (px(2_700), px(2_701)));
    assert_eq!(context.open_interest, qty(1_000));
}

#[test]
fn each_dex_has_its_own_money() {
    let mut venue = Venue::new();
    let asset = AssetId(110_000);
    venue.quote(asset, &[2_619], &[2_621]);
    venue.block();
    venue.place(ME, NewOrder { asset, ..ioc(Side::Bid, 2_621, 200) });
    let value =
        |dex| venue.ex.account(ME, dex).map(|view| (view.all.raw_usd, view.positions.len()));
    assert_eq!(value(0), Some((usd(10_000), 0)));
    let fill = venue.ex.fills(ME).next().expect("a fill");
    assert_eq!(fill.fill.fee.e8(), 4_717_800, "9 bps of 52.42");
    assert_eq!(value(1), Some((Usd::from_e8(usd(1_000).e8() - 5_242_000_000 - 4_717_800), 1)));
}

#[test]
fn leverage_and_isolated_margin() {
    let mut venue = Venue::new();
    let lever = |cross, value| leverage(HYPE, cross, value);
    let denied = |denied| Answer::Rejected(denied);
    assert_eq!(venue.ask(ME, lever(true, 11)), denied(Reject::LeverageValue));
    assert_eq!(venue.ask(ME, lever(true, 0)), denied(Reject::LeverageValue));
    assert_eq!(venue.ask(ME, lever(false, 5)), Answer::Default);
    let add = |micro_usd| margin(HYPE, micro_usd);
    assert_eq!(venue.ask(ME, add(1_000_000)), denied(Reject::NotIsolated));
    venue.place(ME, ioc(Side::Bid, 2_621, 1_000));
    assert_eq!(venue.ask(ME, lever(true, 5)), denied(Reject::LeverageSwitch));
    let view = |venue: &Venue| venue.ex.account(ME, 0).expect("an account").positions[0];
    assert_eq!(view(&venue).held.isolated_cash.e8(), 5_242_000_000 - 26_210_000_000);
    assert_eq!(venue.ask(ME, add(10_000_000)), Answer::Default);
    assert_eq!(view(&venue).held.isolated_cash.e8(), 6_242_000_000 - 26_210_000_000);
    assert_eq!(venue.ask(ME, add(-9_000_000)), Answer::Default);
    assert_eq!(venue.ask(ME, add(-9_000_000)), denied(Reject::Margin(HYPE)), "below the initial");
    assert_eq!(venue.ask(ME, add(i64::MAX)), denied(Reject::Margin(HYPE)));
    assert_eq!(venue.ask(ME, lever(false, 2)), Answer::Default, "margin is moved in");
    assert!(usd(130) < view(&venue).margin_used);
}

#[test]
fn margin_is_checked_again_at_the_match() {
    let mut venue = Venue::new();
    let oid = venue.rest(ME, alo(Side::Bid, 2_600, 350_000));
    // The mark runs away upward: the same size needs more margin than there is.
    venue.flow(HYPE, MarketEventKind::Marks { mark: px(3_200), oracle: px(3_200) });
    venue.take(HYPE, Side::Ask, 2_600, 400_000);
    venue.block();
    assert_eq!(venue.status(ME, oid), "marginCanceled");
    assert!(venue.fills(ME).is_empty());
}

#[test]
fn below_maintenance_everything_is_closed() {
    let mut venue = Venue::new();
    let ten = |cents: i64| Level { qty: qty(1_000_000), ..level(cents, 1) };
    let deep =
        |bid: i64| MarketEventKind::Quotes { bids: vec![ten(bid)], asks: vec![ten(bid + 2)] };
    venue.flow(HYPE, deep(2_619));
    venue.block();
    venue.place(ME, ioc(Side::Bid, 2_621, 350_000));
    let oid = venue.rest(ME, alo(Side::Bid, 2_000, 100));
    let liquidation = venue.ex.account(ME, 0).and_then(|v| v.positions[0].liquidation);
    let at = liquidation.expect("it is heavily levered");
    venue.flow(HYPE, deep(2_300));
    venue.flow(HYPE, MarketEventKind::Marks { mark: Px::from_e8(at.e8() + 10), oracle: at });
    venue.block();
    assert_eq!(venue.status(ME, oid), "open", "a hair above it");
    venue.flow(HYPE, MarketEventKind::Marks { mark: Px::from_e8(at.e8() - 10), oracle: at });
    venue.block();
    assert_eq!(venue.status(ME, oid), "liquidatedCanceled");
    let fill = venue.ex.fills(ME).next().expect("closed");
    assert_eq!(
        (fill.dir(), fill.fill.crossed, fill.fill.qty),
        ("Liquidated Cross Long", true, qty(350_000))
    );
    assert!(venue.ex.account(ME, 0).is_some_and(|view| view.positions.is_empty()));
}

#[test]
fn over_budget_one_action_in_ten_seconds() {
    let mut venue = Venue::with(|config| config.rules.budget_initial = 3);
    let order = || placing(&[alo(Side::Bid, 2_600, 100); 3]);
    assert!(matches!(venue.ask(ME, order()), Answer::Orders(_)));
    assert!(matches!(venue.ask(ME, order()), Answer::Orders(_)), "the overdraft");
    let ticket = venue.send(ME, order());
    assert_eq!(
        refused(&mut venue, ticket).to_string(),
        "Too many cumulative requests sent (9 > 3) for cumulative volume traded $0. Place taker \
         orders to free up 1 request per USDC traded."
    );
}

#[test]
fn funding_is_paid_every_full_hour() {
    let mut venue = Venue::with(|config| config.rules.funding = true);
    venue.place(ME, ioc(Side::Bid, 2_621, 1_000));
    let before = venue.ex.account(ME, 0).expect("an account").all.raw_usd;
    let hour = START.ms() / HOUR_MS + 1;
    let mut news = Vec::new();
    while venue.ex.now().ms() / HOUR_MS < hour {
        news = venue.block();
    }
    let paid = news.iter().find_map(|output| match output {
        Output::Funding(who, funding) if *who == ME => Some(*funding),
        _ => None,
    });
    let paid = paid.expect("the first block of the hour pays");
    let oracle = venue.ex.context(HYPE).expect("a market").oracle;
    let want = -oracle.e8() * 10 * paid.rate.ubps() / 10_000_000_000;
    assert!(paid.payment.received.e8().abs_diff(want) <= 1, "{paid:?} is not {want}");
    let after = venue.ex.account(ME, 0).expect("an account");
    assert_eq!(after.all.raw_usd, before + paid.payment.received);
    assert_eq!(after.positions[0].held.funding_open, -paid.payment.received);
    let history: Vec<_> = venue.ex.funding_history(HYPE).collect();
    assert_eq!((history.len(), history[0].rate), (1, paid.rate));
    assert_eq!(history[0].at.ms(), hour * HOUR_MS);
}
