//! Other people's actions, typed: JSON with keys in any order in, the exact bytes they signed out.
//!
//! The venue never hashes the JSON it received (PROTOCOL 4.3). It parses into these types, whose
//! field order is the signing order, and encodes them again with canonical numbers and lower-case
//! addresses. An action that was signed in any other spelling recovers to a stranger.

pub(crate) mod approval;
pub(crate) mod order;
pub(crate) mod text;

use crate::market::{Address, Cloid, Oid, Tif};
use crate::num::WallMs;
use approval::{ApproveAgent, ApproveBuilderFee};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use text::{AddressText, CloidText, Number};

/// An action of a kind the exchange can check. Field order is signing order.
#[expect(missing_docs, reason = "each variant is named after the venue's own word for it")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ActionWire {
    Order(OrderActionWire),
    /// Cancel by the venue's names.
    Cancel(Cancels<CancelByOid>),
    /// Cancel by the account's names.
    CancelByCloid(Cancels<CancelByCloid>),
    Modify(Modify),
    BatchModify(BatchModify),
    /// Cancel everything at a time, or call that off.
    ScheduleCancel(ScheduleCancel),
    /// Set leverage and margin mode.
    UpdateLeverage(UpdateLeverage),
    /// Move margin into or out of an isolated position.
    UpdateIsolatedMargin(UpdateIsolatedMargin),
    /// Spends a nonce and does nothing else.
    Noop,
    SetReferrer {
        code: String,
    },
    /// Let another key sign. User-signed.
    ApproveAgent(ApproveAgent),
    /// Let a builder charge a fee. User-signed.
    ApproveBuilderFee(ApproveBuilderFee),
    // From here on: what the exchange checks and does not perform.
    /// The leverage that an isolated position is to reach, a decimal.
    TopUpIsolatedOnlyMargin {
        asset: u32,
        leverage: Number,
    },
    /// Buys requests beyond the address budget, for the signer's own address when none is named.
    ReserveRequestWeight {
        weight: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<AddressText>,
    },
    /// Places a time-weighted order (TWAP).
    TwapOrder {
        twap: Twap,
    },
    TwapCancel {
        #[serde(rename = "a")]
        asset: u32,
        #[serde(rename = "t")]
        twap: u64,
    },
    /// How the account holds its money: the mode as one letter, as clients send it.
    AgentSetAbstraction {
        abstraction: String,
    },
    /// Bids for an earlier feed to the node of an address.
    GossipPriorityBid {
        slot_id: u64,
        ip: String,
        max_gas: u64,
    },
    CreateSubAccount {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderActionWire {
    pub orders: Vec<OrderWire>,
    /// What they have to do with each other, or a priority fee.
    pub grouping: Grouping,
    /// Who brought the order, and what they charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builder: Option<Builder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderWire {
    #[serde(rename = "a")]
    pub asset: u32,
    #[serde(rename = "b")]
    pub is_buy: bool,
    #[serde(rename = "p")]
    pub px: Number,
    #[serde(rename = "s")]
    pub qty: Number,
    #[serde(rename = "r")]
    pub reduce_only: bool,
    #[serde(rename = "t")]
    pub kind: OrderTypeWire,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cloid: Option<CloidText>,
}

/// How an order trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderTypeWire {
    /// At its limit, from the start.
    Limit {
        /// How long it lives.
        tif: TifWire,
    },
    /// Once a price is reached.
    #[serde(rename_all = "camelCase")]
    Trigger {
        /// Whether it then takes any price.
        is_market: bool,
        /// The price that arms the order.
        trigger_px: Number,
        /// Take profit or stop loss.
        tpsl: Tpsl,
    },
}

/// How long an order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TifWire {
    /// Post only: refused when it would take.
    Alo,
    /// Immediate or cancel: what does not trade at once is dropped.
    Ioc,
    /// Good till cancelled: what does not trade rests.
    Gtc,
    /// What the venue's own page sends for a market order; it trades as [`TifWire::Ioc`].
    FrontendMarket,
}

/// The purpose of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tpsl {
    Tp,
    Sl,
}

/// What the orders of an action have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Grouping {
    /// One of the words.
    Word(GroupingWord),
    /// Nothing, but a fee buys them an earlier place (PROTOCOL 12.8).
    Priority {
        /// The rate, in 1e-8 of the worth.
        p: u64,
    },
}

/// The words for what orders have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupingWord {
    /// The orders are independent of each other.
    Na,
    /// Exits of the order before them.
    NormalTpsl,
    /// Exits of the position.
    PositionTpsl,
}

/// Terms of a trade over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twap {
    #[serde(rename = "a")]
    pub asset: u32,
    #[serde(rename = "b")]
    pub is_buy: bool,
    #[serde(rename = "s")]
    pub qty: Number,
    #[serde(rename = "r")]
    pub reduce_only: bool,
    #[serde(rename = "m")]
    pub minutes: u64,
    /// Whether the parts are traded at random moments.
    #[serde(rename = "t")]
    pub randomise: bool,
}

/// Who brought an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builder {
    #[serde(rename = "b")]
    pub address: AddressText,
    /// Fee in tenths of a basis point.
    #[serde(rename = "f")]
    pub fee: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancels<Item> {
    pub cancels: Vec<Item>,
    /// Whether it asks for priority.
    #[serde(rename = "f", default, skip_serializing_if = "Not::not")]
    pub fast: bool,
}

/// An order by the venue's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelByOid {
    #[serde(rename = "a")]
    pub asset: u32,
    #[serde(rename = "o")]
    pub oid: u64,
}

/// An order by the account's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelByCloid {
    pub asset: u32,
    pub cloid: CloidText,
}

/// An order by either name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrderKey {
    /// The id the venue gave it.
    Oid(u64),
    /// The id the account gave it.
    Cloid(CloidText),
}

/// One order to replace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modify {
    pub oid: OrderKey,
    pub order: OrderWire,
    /// Whether the new one is placed even when the old one was gone.
    #[serde(rename = "a", default, skip_serializing_if = "Not::not")]
    pub always: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchModify {
    pub modifies: Vec<Change>,
    /// Whether the new ones are placed even when the old ones were gone.
    #[serde(rename = "a", default, skip_serializing_if = "Not::not")]
    pub always: bool,
}

/// One order of several to replace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub oid: OrderKey,
    pub order: OrderWire,
}

/// When to cancel everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleCancel {
    /// Milliseconds since 1970; none calls it off.
    #[serde(rename = "time", default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
}

/// Leverage and margin mode of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateLeverage {
    pub asset: u32,
    /// Shared margin, or the position's own.
    pub is_cross: bool,
    pub leverage: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateIsolatedMargin {
    pub asset: u32,
    /// Without meaning; clients send true.
    pub is_buy: bool,
    /// Millionths of the collateral, negative to take out.
    #[serde(rename = "ntli")]
    pub micro_usd: i64,
}

/// Why a well-signed action is not performed, in the text of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedAction {
    /// A kind of action, or of order, the simulated exchange does not have.
    #[error("{0}: not part of this simulated exchange")]
    Kind(&'static str),
    /// Exits without a trigger: the venue's own refusal.
    #[error("Unexpected number of trigger orders")]
    TriggerCount,
}

/// The part of a block an action belongs to (PROTOCOL 12.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionClass {
    /// Nothing in it can take.
    Making,
    /// It cancels orders, by either name.
    Canceling,
    /// Something in it may take.
    Taking,
}

/// What an action is to the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionTerms {
    /// When in a block it is executed.
    pub class: ActionClass,
    /// Orders and cancels in it: what it costs of the address budget.
    pub items: usize,
    /// Orders and replacements in it.
    pub orders: usize,
}

/// A signed action, its signature already turned into the signer's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The caller's number for it: its answer carries the same.
    pub ticket: u64,
    /// Who signed: an account, or an agent of one.
    pub signer: Address,
    /// The nonce that was signed.
    pub nonce: u64,
    /// After this time it must be refused.
    pub expires: Option<WallMs>,
    /// A vault or sub-account to act for.
    pub vault: Option<Address>,
    pub action: ActionWire,
}

impl ActionWire {
    /// What each kind of action is to the exchange: a row a kind.
    ///
    /// Fees of builders and priority are accepted and not charged; naming a referrer and approving
    /// a builder's fee do nothing but spend their nonce.
    ///
    /// # Errors
    /// The exchange has no such thing.
    pub fn terms(&self) -> Result<ActionTerms, UnsupportedAction> {
        let lacks = |kind| Err(UnsupportedAction::Kind(kind));
        match self {
            ActionWire::Order(OrderActionWire { orders, grouping, .. }) => {
                let terms = ActionTerms::of_orders(orders.iter());
                terms.and_then(|terms| grouping.check().map(|()| terms))
            }
            ActionWire::Cancel(list) => Ok(ActionTerms::of_cancels(&list.cancels)),
            ActionWire::CancelByCloid(list) => Ok(ActionTerms::of_cancels(&list.cancels)),
            ActionWire::Modify(modify) => ActionTerms::of_orders([&modify.order].into_iter()),
            ActionWire::BatchModify(batch) => {
                ActionTerms::of_orders(batch.modifies.iter().map(|change| &change.order))
            }
            ActionWire::ScheduleCancel(_)
            | ActionWire::UpdateLeverage(_)
            | ActionWire::UpdateIsolatedMargin(_)
            | ActionWire::ApproveAgent(_)
            | ActionWire::ApproveBuilderFee(_)
            | ActionWire::SetReferrer { .. }
            | ActionWire::Noop => {
                Ok(ActionTerms { class: ActionClass::Making, items: 1, orders: 0 })
            }
            ActionWire::TopUpIsolatedOnlyMargin { .. } => lacks("topUpIsolatedOnlyMargin"),
            ActionWire::ReserveRequestWeight { .. } => lacks("reserveRequestWeight"),
            ActionWire::TwapOrder { .. } => lacks("twapOrder"),
            ActionWire::TwapCancel { .. } => lacks("twapCancel"),
            ActionWire::AgentSetAbstraction { .. } => lacks("agentSetAbstraction"),
            ActionWire::GossipPriorityBid { .. } => lacks("gossipPriorityBid"),
            ActionWire::CreateSubAccount { .. } => lacks("createSubAccount"),
        }
    }

    /// Whether it only takes orders away.
    pub fn is_cancel(&self) -> bool {
        matches!(
            self,
            ActionWire::Cancel(_) | ActionWire::CancelByCloid(_) | ActionWire::ScheduleCancel(_)
        )
    }

    /// The bytes that were signed, less the nonce and what follows it.
    ///
    /// # Panics
    /// Never for a value that was deserialised: msgpack holds all of them.
    pub fn msgpack(&self) -> Vec<u8> {
        rmp_serde::to_vec_named(self).expect("texts, numbers, flags and lists have a msgpack form")
    }
}

impl ActionTerms {
    fn of_orders<'a>(
        orders: impl ExactSizeIterator<Item = &'a OrderWire>,
    ) -> Result<ActionTerms, UnsupportedAction> {
        let (mut class, items) = (ActionClass::Making, orders.len());
        for order in orders {
            if order.kind.tif()? != Tif::Alo {
                class = ActionClass::Taking;
            }
        }
        Ok(ActionTerms { class, items, orders: items })
    }

    fn of_cancels<Item>(cancels: &[Item]) -> ActionTerms {
        ActionTerms { class: ActionClass::Canceling, items: cancels.len(), orders: 0 }
    }
}

impl OrderTypeWire {
    /// How long the order lives.
    ///
    /// # Errors
    /// It waits for a trigger.
    pub fn tif(&self) -> Result<Tif, UnsupportedAction> {
        match self {
            OrderTypeWire::Limit { tif: TifWire::Alo } => Ok(Tif::Alo),
            OrderTypeWire::Limit { tif: TifWire::Ioc | TifWire::FrontendMarket } => Ok(Tif::Ioc),
            OrderTypeWire::Limit { tif: TifWire::Gtc } => Ok(Tif::Gtc),
            OrderTypeWire::Trigger { .. } => Err(UnsupportedAction::Kind("trigger orders")),
        }
    }
}

impl From<Tif> for TifWire {
    fn from(tif: Tif) -> TifWire {
        match tif {
            Tif::Alo => TifWire::Alo,
            Tif::Ioc => TifWire::Ioc,
            Tif::Gtc => TifWire::Gtc,
        }
    }
}

impl Grouping {
    fn check(self) -> Result<(), UnsupportedAction> {
        match self {
            Grouping::Word(GroupingWord::Na) | Grouping::Priority { .. } => Ok(()),
            Grouping::Word(GroupingWord::NormalTpsl | GroupingWord::PositionTpsl) => {
                Err(UnsupportedAction::TriggerCount)
            }
        }
    }
}

impl From<Oid> for OrderKey {
    fn from(oid: Oid) -> OrderKey {
        OrderKey::Oid(oid.0)
    }
}

impl From<Cloid> for OrderKey {
    fn from(cloid: Cloid) -> OrderKey {
        OrderKey::Cloid(CloidText(cloid))
    }
}

impl OrderKey {
    /// Whether it names an order of these ids.
    pub fn names(self, oid: Oid, cloid: Option<Cloid>) -> bool {
        match self {
            OrderKey::Oid(wanted) => wanted == oid.0,
            OrderKey::Cloid(wanted) => cloid == Some(wanted.0),
        }
    }
}

#[cfg(test)]
mod tests;
