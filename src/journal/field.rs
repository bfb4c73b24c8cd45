//! Plain values as little-endian bytes of a fixed number, one after another without gaps.

use crate::market::{
    Cloid, CoinIx, KillReason, KillState, KillStatus, Oid, RequestId, TableParams, Tid,
};
use crate::num::{Bps, Lots, Mono, Nanos, Pos, Px, Q24, Qty, Side, Usd, WallMs};
use arrayvec::ArrayVec;

/// The longest fixed part of a payload.
pub const FIXED_MAX: usize = 512;

/// The fixed part of a payload, on the stack.
pub type FixedPart = ArrayVec<u8, FIXED_MAX>;

/// A value with a layout.
pub trait FixedLayout: Copy {
    /// Bytes it takes, whatever its value.
    const BYTES: usize;

    /// Appends it. The layout of every record is checked against [`FIXED_MAX`] at compile time.
    fn put(self, out: &mut FixedPart);

    /// Takes it from the front; none when bytes are missing or say nothing this type knows.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

/// Gives types a layout: their fields in the order of their bytes.
macro_rules! laid_out {
    ($($name:ident { $($field:ident: $type:ty,)+ })+) => {$(
        impl $crate::journal::field::FixedLayout for $name {
            const BYTES: usize = 0 $(+ <$type as $crate::journal::field::FixedLayout>::BYTES)+;

            fn put(self, out: &mut $crate::journal::field::FixedPart) {
                $($crate::journal::field::FixedLayout::put(self.$field, out);)+
            }

            fn take(from: &mut &[u8]) -> Option<$name> {
                Some($name { $($field: $crate::journal::field::FixedLayout::take(from)?,)+ })
            }
        }

        const _: () = assert!(
            <$name as $crate::journal::field::FixedLayout>::BYTES <= $crate::journal::field::FIXED_MAX
        );
    )+};
}
pub(super) use laid_out;

/// Declares a plain record: its fields in the order of its bytes.
macro_rules! plain {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)+ }

        $crate::journal::field::laid_out! { $name { $($field: $type,)+ } }
    };
}
pub(super) use plain;

/// Takes `N` bytes from the front.
fn split<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*front)
}

/// Gives whole numbers their layout: little-endian, as many bytes as the type has.
macro_rules! whole {
    ($($type:ty)*) => {$(
        impl FixedLayout for $type {
            const BYTES: usize = size_of::<$type>();

            fn put(self, out: &mut FixedPart) {
                out.extend(self.to_le_bytes());
            }

            fn take(from: &mut &[u8]) -> Option<$type> {
                split(from).map(<$type>::from_le_bytes)
            }
        }
    )*};
}
whole!(u8 u16 u32 u64 u128 i64);

/// Units that are a whole number inside: `unit(into, from)`.
macro_rules! unit {
    ($($unit:ty: $raw:ty, $to:expr, $from:expr;)*) => {$(
        impl FixedLayout for $unit {
            const BYTES: usize = <$raw as FixedLayout>::BYTES;

            fn put(self, out: &mut FixedPart) {
                let raw: fn($unit) -> $raw = $to;
                raw(self).put(out);
            }

            fn take(from: &mut &[u8]) -> Option<$unit> {
                let value: fn($raw) -> Option<$unit> = $from;
                value(<$raw>::take(from)?)
            }
        }
    )*};
}
unit! {
    Px: i64, Px::e8, |raw| Some(Px::from_e8(raw));
    Qty: i64, Qty::e8, |raw| (0 <= raw).then(|| Qty::from_e8(raw));
    Pos: i64, Pos::e8, |raw| Some(Pos::from_e8(raw));
    Usd: i64, Usd::e8, |raw| Some(Usd::from_e8(raw));
    Bps: i64, Bps::ubps, |raw| Some(Bps::from_ubps(raw));
    Lots: i64, Lots::q20, |raw| Some(Lots::from_q20(raw));
    Q24: i64, Q24::bits, |raw| Some(Q24::from_bits(raw));
    Mono: u64, Mono::ns, |raw| Some(Mono::from_ns(raw));
    Nanos: u64, Nanos::ns, |raw| Some(Nanos::from_ns(raw));
    WallMs: u64, WallMs::ms, |raw| Some(WallMs::from_ms(raw));
    Tid: u64, |tid| tid.0, |raw| Some(Tid(raw));
    Oid: u64, |oid| oid.0, |raw| Some(Oid(raw));
    Cloid: u128, |cloid| cloid.0, |raw| Some(Cloid(raw));
    RequestId: u64, |id| id.0, |raw| Some(RequestId(raw));
    KillState: u8, KillState::number, KillState::from_number;
    CoinIx: u8, |coin| coin.0, |raw| Some(CoinIx(raw));
    bool: u8, u8::from, |raw| match raw { 0 => Some(false), 1 => Some(true), _ => None };
    Side: u8, |side| match side { Side::Bid => 0, Side::Ask => 1 },
        |raw| match raw { 0 => Some(Side::Bid), 1 => Some(Side::Ask), _ => None };
}

/// The number of the state, and of the reason; 0 is none.
impl FixedLayout for KillStatus {
    const BYTES: usize = 2;

    fn put(self, out: &mut FixedPart) {
        self.state.put(out);
        self.reason.map_or(0, KillReason::number).put(out);
    }

    fn take(from: &mut &[u8]) -> Option<KillStatus> {
        let state = KillState::take(from)?;
        let reason = match u8::take(from)? {
            0 => None,
            number => Some(KillReason::from_number(number)?),
        };
        Some(KillStatus { state, reason })
    }
}

impl<T: FixedLayout + Default> FixedLayout for Option<T> {
    const BYTES: usize = 1 + T::BYTES;

    fn put(self, out: &mut FixedPart) {
        self.is_some().put(out);
        self.unwrap_or_default().put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Option<T>> {
        let present = bool::take(from)?;
        let value = T::take(from)?;
        Some(present.then_some(value))
    }
}

impl<T: FixedLayout, const N: usize> FixedLayout for [T; N] {
    const BYTES: usize = N * T::BYTES;

    fn put(self, out: &mut FixedPart) {
        for value in self {
            value.put(out);
        }
    }

    fn take(from: &mut &[u8]) -> Option<[T; N]> {
        let mut values = ArrayVec::<T, N>::new();
        for _ in 0..N {
            values.push(T::take(from)?);
        }
        values.into_inner().ok()
    }
}

impl<A: FixedLayout, B: FixedLayout> FixedLayout for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    fn put(self, out: &mut FixedPart) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<(A, B)> {
        Some((A::take(from)?, B::take(from)?))
    }
}

laid_out! {
    TableParams {
        seq: u64,
        g_q44: i64,
        x_q44: i64,
        kappa_q44: i64,
        a_q44: i64,
        sigma_q44: i64,
        fee_ubps: i64,
        half: u64,
    }
}
const _: () = assert!(size_of::<TableParams>() == TableParams::BYTES);
