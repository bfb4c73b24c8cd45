//! Numbers with a type of their own: what each is made of, and which sums and signs it has.

/// Declares numbers that are one raw number inside: how they are made of it, and told as it.
macro_rules! newtype {
    ($($(#[$doc:meta])* pub struct $name:ident($raw:ty): $from:ident, $to:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[repr(transparent)]
        pub struct $name($raw);

        impl $name {
            /// From the raw number, in the unit that the type's documentation names.
            #[must_use]
            pub const fn $from(raw: $raw) -> $name {
                $name(raw)
            }

            /// The raw number, in the unit that the type's documentation names.
            #[must_use]
            pub const fn $to(self) -> $raw {
                self.0
            }
        }
    )+};
}
pub(super) use newtype;

/// Sums of two of a kind.
macro_rules! additive {
    ($($unit:ident)*) => {$(
        impl std::ops::Add for $unit {
            type Output = $unit;
            fn add(self, other: $unit) -> $unit {
                $unit(self.0 + other.0)
            }
        }
        impl std::ops::AddAssign for $unit {
            fn add_assign(&mut self, other: $unit) {
                *self = *self + other;
            }
        }
    )*};
}
pub(super) use additive;

/// Differences of two of a kind.
macro_rules! subtractive {
    ($($unit:ident)*) => {$(
        impl std::ops::Sub for $unit {
            type Output = $unit;
            fn sub(self, other: $unit) -> $unit {
                $unit(self.0 - other.0)
            }
        }
        impl std::ops::SubAssign for $unit {
            fn sub_assign(&mut self, other: $unit) {
                *self = *self - other;
            }
        }
    )*};
}
pub(super) use subtractive;

/// Negation, for the units that have a sign, and the magnitude without it.
macro_rules! negatable {
    ($($unit:ident)*) => {$(
        impl std::ops::Neg for $unit {
            type Output = $unit;
            fn neg(self) -> $unit {
                $unit(-self.0)
            }
        }
        impl $unit {
            /// The magnitude, without the sign.
            #[must_use]
            pub const fn abs(self) -> $unit {
                $unit(self.0.abs())
            }
        }
    )*};
}
pub(super) use negatable;
