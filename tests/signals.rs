//! Every signal moves the encoded orders the right way, and every setting is consumed.
//!
//! Prices are read back from the bytes that would leave us, after `Engine::step`.

mod signals {
    mod case;
    mod settings;
    mod signs;
    pub mod venue;
}
