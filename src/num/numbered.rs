//! Enums whose variants have numbers of their own (in a file, on a wire) and, often, names.

/// Declares an enum by one row a variant: its number, and `=> "name"` when people read it too.
///
/// ```ignore
/// numbered! {
///     #[derive(Clone, Copy)]
///     pub enum Light { Red = 1 => "red", Green = 2 => "green" }
/// }
/// ```
macro_rules! numbered {
    ($(#[$doc:meta])* pub enum $enum:ident {
        $($(#[$row_doc:meta])* $row:ident = $number:literal => $name:literal),+ $(,)?
    }) => {
        $crate::num::numbered! {
            $(#[$doc])* pub enum $enum { $($(#[$row_doc])* $row = $number),+ }
        }

        impl $enum {
            /// What people and files call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($enum::$row => $name),+ }
            }
        }
    };
    ($(#[$doc:meta])* pub enum $enum:ident {
        $($(#[$row_doc:meta])* $row:ident = $number:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[repr(u8)]
        pub enum $enum { $($(#[$row_doc])* $row = $number),+ }

        impl $enum {
            /// All of them, in the order of their numbers.
            pub const ALL: [$enum; [$($number),+].len()] = [$($enum::$row),+];

            /// The one with this number; none when no variant has it.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<$enum> {
                match number {
                    $($number => Some($enum::$row),)+
                    _ => None,
                }
            }

            /// Its place in an array of all of them, where numbers begin with 0.
            #[must_use]
            pub fn index(self) -> usize {
                usize::from(self.number())
            }

            /// Its number; once written to a file it is never given to another.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $($enum::$row => $number),+ }
            }
        }
    };
}
pub(crate) use numbered;
