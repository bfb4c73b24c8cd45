//! Answers of `POST /info` about accounts: money, orders, fills, fees.

use super::super::hosted_venue::HostedVenue;
use super::super::keys::Keys;
use super::render;
use crate::market::Address;
use crate::num::{Px, Qty, Usd};
use crate::venue::{AccountView, AddressRole, Leverage, MarketConfig, VenueFill};
use serde_json::{Value, json};

/// Volume beyond which a tier begins, its taker and its maker rate (PROTOCOL 12.1).
const TIERS: [(&str, &str, &str); 6] = [
    ("5000000.0", "0.0004", "0.00012"),
    ("25000000.0", "0.00035", "0.00008"),
    ("100000000.0", "0.0003", "0.00004"),
    ("500000000.0", "0.00028", "0.0"),
    ("2000000000.0", "0.00026", "0.0"),
    ("7000000000.0", "0.00024", "0.0"),
];

/// Money and positions; zeros for an address that is no account.
pub fn state(venue: &HostedVenue, user: Address, dex: usize) -> Value {
    render::account(venue, &view(venue, user, dex), venue.exchange.now())
}

fn view(venue: &HostedVenue, user: Address, dex: usize) -> AccountView {
    venue.exchange.account(user, dex).unwrap_or_default()
}

/// Spot balances: none, all money is on the dexes.
pub fn spot_state() -> Value {
    json!({"balances": []})
}

/// Open orders of a dex as `openOrders` shows them.
pub fn open_orders(venue: &HostedVenue, user: Address, dex: usize) -> Value {
    let orders = venue.exchange.open_orders(user, dex);
    orders.iter().map(|news| render::order(venue, news)).collect()
}

/// Open orders of a dex as `frontendOpenOrders` shows them.
pub fn frontend_orders(venue: &HostedVenue, user: Address, dex: usize) -> Value {
    venue.exchange.open_orders(user, dex).iter().map(|view| render::frontend(venue, view)).collect()
}

pub fn order_status(venue: &HostedVenue, keys: &Keys) -> Value {
    let order = keys.oid.and_then(|oid| venue.exchange.order(keys.user(), oid));
    match order {
        Some(news) => json!({"status": "order", "order": render::history(venue, &news)}),
        None => json!({"status": "unknownOid"}),
    }
}

/// Orders of an account, newest first.
pub fn history(venue: &HostedVenue, user: Address) -> Vec<Value> {
    venue.exchange.orders(user).map(|news| render::history(venue, news)).collect()
}

/// Fills of an account, newest first.
pub fn fills(venue: &HostedVenue, user: Address) -> Vec<Value> {
    venue.exchange.fills(user).map(|fill| render::fill(venue, user, fill)).collect()
}

/// Fills of a span of time, oldest first unless reversed.
pub fn fills_of(venue: &HostedVenue, keys: &Keys) -> Value {
    let row = |fill: &VenueFill| render::fill(venue, keys.user(), fill);
    let fills = venue.exchange.fills(keys.user()).filter(|fill| keys.spans(fill.fill.venue));
    if keys.reversed { fills.map(row).collect() } else { fills.rev().map(row).collect() }
}

/// Funding of a span of time, oldest first.
pub fn fundings_of(venue: &HostedVenue, keys: &Keys) -> Value {
    let fundings = venue.exchange.fundings(keys.user()).rev();
    let wanted = fundings.filter(|news| keys.spans(news.payment.venue));
    wanted.map(|news| render::funding_delta(venue, news)).collect()
}

/// Funding of an account, newest first, as the socket shows it.
pub fn fundings(venue: &HostedVenue, user: Address) -> Vec<Value> {
    venue.exchange.fundings(user).map(|news| render::funding(venue, news)).collect()
}

pub fn rate_limit(venue: &HostedVenue, user: Address) -> Value {
    let limit = venue.exchange.rate_limit(user);
    json!({
        "cumVlm": render::usd(limit.volume),
        "nRequestsUsed": limit.used,
        "nRequestsCap": limit.cap,
        "nRequestsSurplus": 0,
    })
}

/// Fees: everybody is at the base tier.
pub fn fees(venue: &HostedVenue) -> Value {
    let [maker, taker] = venue.dexes()[0].base_fees().map(render::rate);
    let tier = |(cutoff, cross, add): (&str, &str, &str)| json!({"ntlCutoff": cutoff, "cross": cross, "add": add, "spotCross": "0.0006", "spotAdd": "0.0003"});
    json!({
        "dailyUserVlm": [],
        "feeSchedule": {
            "cross": taker,
            "add": maker,
            "spotCross": "0.0007",
            "spotAdd": "0.0004",
            "tiers": {
                "vip": TIERS.map(tier),
                "mm": [
                    {"makerFractionCutoff": "0.005", "add": "-0.00001"},
                    {"makerFractionCutoff": "0.015", "add": "-0.00002"},
                    {"makerFractionCutoff": "0.03", "add": "-0.00003"},
                ],
            },
            "referralDiscount": "0.04",
            "stakingDiscountTiers": [{"bpsOfMaxSupply": "0.0", "discount": "0.0"}],
        },
        "userCrossRate": taker,
        "userAddRate": maker,
        "userSpotCrossRate": "0.0007",
        "userSpotAddRate": "0.0004",
        "activeReferralDiscount": render::number(venue.exchange.config().referral_discount_e8),
        "trial": null,
        "feeTrialReward": "0.0",
        "nextTrialAvailableTimestamp": null,
        "stakingLink": null,
        "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
    })
}

/// What an account can trade in a market.
pub fn asset_data(venue: &HostedVenue, user: Address, coin: &str) -> Value {
    let Some(market) = venue.market(coin) else { return Value::Null };
    let view = view(venue, user, market.dex);
    let mark =
        venue.exchange.context(market.spec.asset).map_or(market.mark, |context| context.mark);
    let held = view.positions.iter().find(|held| held.asset == market.spec.asset);
    let raw_usd = held.map_or(Usd::ZERO, |view| view.held.isolated_cash);
    let chosen = venue.exchange.leverage(user, market.spec.asset);
    let leverage = chosen.unwrap_or(Leverage { cross: true, value: market.spec.leverage_max });
    let qty = tradable(view.withdrawable, leverage, mark, market);
    let (size, money) = (render::number(qty.e8()), render::usd(view.withdrawable));
    json!({
        "user": user.to_string(),
        "coin": coin,
        "leverage": render::leverage(leverage, raw_usd),
        "maxTradeSzs": [size, size],
        "availableToTrade": [money, money],
        "markPx": render::px(mark),
    })
}

/// The size that so much money is margin for, in whole lots.
fn tradable(money: Usd, leverage: Leverage, mark: Px, market: &MarketConfig) -> Qty {
    if money <= Usd::ZERO || mark <= Px::ZERO {
        return Qty::ZERO;
    }
    let worth = Usd::from_e8(money.e8().saturating_mul(i64::from(leverage.value)));
    let up = market.spec.qty_worth(worth, mark);
    if mark.notional(up) <= worth { up } else { up.saturating_sub(market.spec.lot()) }
}

pub fn role(venue: &HostedVenue, user: Address) -> Value {
    match venue.exchange.role(user) {
        AddressRole::Missing => json!({"role": "missing"}),
        AddressRole::User => json!({"role": "user"}),
        AddressRole::Agent(master) => {
            json!({"role": "agent", "data": {"user": master.to_string()}})
        }
    }
}

pub fn agents(venue: &HostedVenue, user: Address) -> Value {
    let agents = venue.exchange.agents(user);
    let named = agents.iter().filter(|agent| !agent.name.is_empty());
    named
        .map(|agent| {
            json!({
                "name": agent.name,
                "address": agent.address.to_string(),
                "validUntil": agent.until.ms(),
            })
        })
        .collect()
}

/// Account value and volume over the spans the venue's page shows; here they are all the same.
pub fn portfolio(venue: &HostedVenue, user: Address) -> Value {
    const SPANS: [&str; 8] =
        ["day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime"];
    let at = venue.exchange.now().ms();
    let value = render::usd(view(venue, user, 0).all.account_value);
    let volume = render::usd(venue.exchange.rate_limit(user).volume);
    let row = |span: &str| {
        json!([span, {
            "accountValueHistory": [[at, value]],
            "pnlHistory": [[at, "0.0"]],
            "vlm": volume,
        }])
    };
    SPANS.into_iter().map(row).collect()
}

/// What the venue's page asks about referrals: there are none.
pub fn referral(venue: &HostedVenue, user: Address) -> Value {
    json!({
        "referredBy": null,
        "cumVlm": render::usd(venue.exchange.rate_limit(user).volume),
        "unclaimedRewards": "0.0",
        "claimedRewards": "0.0",
        "builderRewards": "0.0",
        "referrerState": {"stage": "needToTrade", "data": {"required": "10000.0"}},
        "rewardHistory": [],
    })
}

/// What the venue's page needs beside an account's own topics (PROTOCOL 8.8).
pub fn web_data(venue: &HostedVenue, user: Address) -> Value {
    let agent = venue.exchange.agents(user).into_iter().find(|agent| agent.name.is_empty());
    let state = json!({"totalVaultEquity": "0.0"});
    let states: Vec<_> = venue.dexes().iter().map(|_| state.clone()).collect();
    json!({
        "userState": {
            "agentAddress": agent.as_ref().map(|agent| agent.address.to_string()),
            "agentValidUntil": agent.as_ref().map(|agent| agent.until.ms()),
            "cumLedger": render::usd(venue.dexes()[0].deposit),
            "serverTime": venue.exchange.now().ms(),
            "isVault": false,
            "user": user.to_string(),
        },
        "perpDexStates": states,
    })
}
