//! A live session: the hot thread, the sender, the cold thread, and how they begin and end.

pub mod cold;
pub mod errand;
pub mod message;
pub mod port;
pub mod rescue;
pub mod run;
pub mod sender;
pub mod shadow;
