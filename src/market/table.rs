//! A table of optimal quote distances by inventory: plain data, built on the cold thread by
//! `model::glft`, looked up by the engine, and named in the journal by its parameters and hash.

use crate::num::Bps;

/// The widest table: inventory from `-HALF_MAX` to `HALF_MAX` lots (MODEL 8).
pub const HALF_MAX: usize = 80;
/// Entries of the widest table.
pub const ROWS_MAX: usize = 2 * HALF_MAX + 1;

/// What a table was built from, in 44 fractional bits; the whole input, so that a replay can build
/// it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct TableParams {
    /// Which table of the session this is, counted from 1.
    pub seq: u64,
    /// Risk aversion per basis point and lot.
    pub g_q44: i64,
    /// Execution-risk aversion per basis point and lot: 0, or `g`.
    pub x_q44: i64,
    /// Decay of the fill intensity per basis point.
    pub kappa_q44: i64,
    /// Fill intensity at distance 0, per second and side.
    pub a_q44: i64,
    /// Volatility in basis points per square root of a second.
    pub sigma_q44: i64,
    /// Maker fee in micro basis points.
    pub fee_ubps: i64,
    /// The half-width: rows go from minus to plus this many lots.
    pub half: u64,
}

/// Optimal distances of bid and ask from fair, by whole lots of inventory. Fee included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it was built from.
    pub params: TableParams,
    /// Bid distances; entry `n + half` is for inventory `n`. The last one is not used: no bid at
    /// the bound.
    pub bid: [Bps; ROWS_MAX],
    /// Ask distances; entry `n + half` is for inventory `n`. The first one is not used.
    pub ask: [Bps; ROWS_MAX],
}

impl Table {
    /// The half-width: rows go from minus to plus this many lots.
    pub fn half(&self) -> usize {
        usize::try_from(self.params.half).expect("at most HALF_MAX")
    }

    /// A 64-bit FNV-1a hash over parameters and distances: equal tables, equal hashes.
    pub fn hash(&self) -> u64 {
        let p = &self.params;
        let head = [p.g_q44, p.x_q44, p.kappa_q44, p.a_q44, p.sigma_q44, p.fee_ubps];
        let sizes = [p.seq, p.half];
        let rows = 2 * self.half() + 1;
        let words = (head.iter().map(|word| word.to_le_bytes()))
            .chain(sizes.iter().map(|word| word.to_le_bytes()))
            .chain(self.bid[..rows].iter().map(|d| d.ubps().to_le_bytes()))
            .chain(self.ask[..rows].iter().map(|d| d.ubps().to_le_bytes()));
        words.flatten().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}
