//! Answers about accounts.

use super::super::hosted_venue::HostedVenue;
use super::market::ROWS_MAX;
use super::question::Span;
use super::render;
use crate::market::Address;
use crate::num::{Px, Qty, Usd};
use crate::venue::{AccountView, AddressRole, Leverage, MarketConfig, OrderKey, VenueFill};
use serde_json::{Value, json};

/// Newest orders and fills one answer holds (PROTOCOL 9.2).
const NEWEST_MAX: usize = 2_000;
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
pub fn state(desk: &HostedVenue, user: Address, dex: usize) -> Value {
    render::account(desk, &view(desk, user, dex), desk.exchange.now())
}

fn view(desk: &HostedVenue, user: Address, dex: usize) -> AccountView {
    desk.exchange.account(user, dex).unwrap_or_default()
}

/// Spot balances: none, all money is on the dexes.
pub fn spot_state() -> Value {
    json!({"balances": []})
}

/// Open orders of a dex as `openOrders` shows them.
pub fn open_orders(desk: &HostedVenue, user: Address, dex: usize) -> Value {
    let orders = desk.exchange.open_orders(user, dex);
    orders.iter().map(|news| render::order(desk, news)).collect()
}

/// Open orders of a dex as `frontendOpenOrders` shows them.
pub fn frontend_orders(desk: &HostedVenue, user: Address, dex: usize) -> Value {
    desk.exchange.open_orders(user, dex).iter().map(|view| render::frontend(desk, view)).collect()
}

/// Where an order stands.
pub fn order_status(desk: &HostedVenue, user: Address, which: OrderKey) -> Value {
    match desk.exchange.order(user, which) {
        Some(view) => json!({"status": "order", "order": render::history(desk, &view)}),
        None => json!({"status": "unknownOid"}),
    }
}

/// Orders of an account, newest first.
pub fn history(desk: &HostedVenue, user: Address) -> Vec<Value> {
    let orders = desk.exchange.orders(user);
    orders.take(NEWEST_MAX).map(|view| render::history(desk, view)).collect()
}

/// Fills of an account, newest first.
pub fn fills(desk: &HostedVenue, user: Address) -> Vec<Value> {
    let fills = desk.exchange.fills(user).take(NEWEST_MAX);
    fills.map(|fill| render::fill(desk, user, fill)).collect()
}

/// Fills of a span of time, oldest first unless reversed.
pub fn fills_of(desk: &HostedVenue, user: Address, span: Span, reversed: bool) -> Value {
    let row = |fill: &VenueFill| render::fill(desk, user, fill);
    let fills = desk.exchange.fills(user).filter(|fill| span.holds(fill.fill.venue));
    if reversed {
        fills.take(NEWEST_MAX).map(row).collect()
    } else {
        fills.rev().take(NEWEST_MAX).map(row).collect()
    }
}

/// Funding of a span of time, oldest first.
pub fn fundings_of(desk: &HostedVenue, user: Address, span: Span) -> Value {
    let fundings = desk.exchange.fundings(user).rev().filter(|news| span.holds(news.payment.venue));
    fundings.take(ROWS_MAX).map(|news| render::funding_delta(desk, news)).collect()
}

/// Funding of an account, newest first, as the socket shows it.
pub fn fundings(desk: &HostedVenue, user: Address) -> Vec<Value> {
    let fundings = desk.exchange.fundings(user).take(ROWS_MAX);
    fundings.map(|news| render::funding(desk, news)).collect()
}

/// The address budget.
pub fn rate_limit(desk: &HostedVenue, user: Address) -> Value {
    let limit = desk.exchange.rate_limit(user);
    json!({
        "cumVlm": render::usd(limit.volume),
        "nRequestsUsed": limit.used,
        "nRequestsCap": limit.cap,
        "nRequestsSurplus": 0,
    })
}

/// Fees: everybody is at the base tier.
pub fn fees(desk: &HostedVenue) -> Value {
    let [maker, taker] = desk.dexes()[0].base_fees().map(render::rate);
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
        "activeReferralDiscount": "0.0",
        "trial": null,
        "feeTrialReward": "0.0",
        "nextTrialAvailableTimestamp": null,
        "stakingLink": null,
        "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
    })
}

/// What an account can trade in a market.
pub fn asset_data(desk: &HostedVenue, user: Address, coin: &str) -> Value {
    let Some(market) = desk.market(coin) else { return Value::Null };
    let view = view(desk, user, market.dex);
    let mark = desk.exchange.context(market.spec.asset).map_or(market.mark, |context| context.mark);
    let held = view.positions.iter().find(|held| held.asset == market.spec.asset);
    let raw_usd = held.map_or(Usd::ZERO, |view| view.held.isolated_cash);
    let chosen = desk.exchange.leverage(user, market.spec.asset);
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

/// What an address is.
pub fn role(desk: &HostedVenue, user: Address) -> Value {
    match desk.exchange.role(user) {
        AddressRole::Missing => json!({"role": "missing"}),
        AddressRole::User => json!({"role": "user"}),
        AddressRole::Agent(master) => {
            json!({"role": "agent", "data": {"user": master.to_string()}})
        }
    }
}

/// Named agents of an account.
pub fn agents(desk: &HostedVenue, user: Address) -> Value {
    let agents = desk.exchange.agents(user);
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
pub fn portfolio(desk: &HostedVenue, user: Address) -> Value {
    const SPANS: [&str; 8] =
        ["day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime"];
    let at = desk.exchange.now().ms();
    let value = render::usd(view(desk, user, 0).all.account_value);
    let volume = render::usd(desk.exchange.rate_limit(user).volume);
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
pub fn referral(desk: &HostedVenue, user: Address) -> Value {
    json!({
        "referredBy": null,
        "cumVlm": render::usd(desk.exchange.rate_limit(user).volume),
        "unclaimedRewards": "0.0",
        "claimedRewards": "0.0",
        "builderRewards": "0.0",
        "referrerState": {"stage": "needToTrade", "data": {"required": "10000.0"}},
        "rewardHistory": [],
    })
}

/// Everything the venue's page needs of an account, in one (PROTOCOL 8.8).
pub fn web_data_2(desk: &HostedVenue, user: Address) -> Value {
    let agent = desk.exchange.agents(user).into_iter().find(|agent| agent.name.is_empty());
    json!({
        "clearinghouseState": state(desk, user, 0),
        "leadingVaults": [],
        "totalVaultEquity": "0.0",
        "openOrders": frontend_orders(desk, user, 0),
        "agentAddress": agent.as_ref().map(|agent| agent.address.to_string()),
        "agentValidUntil": agent.as_ref().map(|agent| agent.until.ms()),
        "cumLedger": render::usd(desk.dexes()[0].deposit),
        "meta": super::market::meta(desk, 0),
        "assetCtxs": super::market::contexts(desk, 0),
        "serverTime": desk.exchange.now().ms(),
        "isVault": false,
        "user": user.to_string(),
        "twapStates": [],
        "spotState": spot_state(),
        "spotAssetCtxs": super::market::spot_contexts(),
    })
}

/// The slim successor of [`web_data_2`].
pub fn web_data_3(desk: &HostedVenue, user: Address) -> Value {
    let agent = desk.exchange.agents(user).into_iter().find(|agent| agent.name.is_empty());
    let state = json!({"totalVaultEquity": "0.0"});
    let states: Vec<_> = desk.dexes().iter().map(|_| state.clone()).collect();
    json!({
        "userState": {
            "agentAddress": agent.as_ref().map(|agent| agent.address.to_string()),
            "agentValidUntil": agent.as_ref().map(|agent| agent.until.ms()),
            "cumLedger": render::usd(desk.dexes()[0].deposit),
            "serverTime": desk.exchange.now().ms(),
            "isVault": false,
            "user": user.to_string(),
        },
        "perpDexStates": states,
    })
}
