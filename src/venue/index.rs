//! Places in the exchange's lists.

/// The place of an account in the exchange's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountIx(pub usize);

/// The place of a market in the exchange's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarketIx(pub usize);
